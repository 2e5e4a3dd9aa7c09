"""A contraction is the sum that it stands for: of every convolution and linear layer, their gradients, in floats."""

from random import Random

import numpy as np
import pytest
from sympy import Expr, Integer, Rational, Symbol, exp

from symconv.derivation.index import Delta, Entry, In, Sum, Winner, index
from symconv.evaluation import contraction
from symconv.evaluation.contraction import contracted
from symconv.evaluation.evaluate import TOGETHER, World
from symconv.evaluation.places import Tensor
from symconv.evaluation.vectors import Reals, floats
from symconv.verification.worlds import numbers, size_sets
from tests.verification.test_verify import OPERATIONS, derivations

i, j, k = index("i"), index("j"), index("k")
TWO, THREE = Integer(2), Integer(3)
LINEAR = [
    n for n in OPERATIONS if n in ("mean", "add", "bias", "flatten") or n.startswith(("conv", "linear", "global_avg"))
]


def in_floats(world: World) -> World:
    tensors = {t: Tensor(x.shape, Reals(floats(x.entries))) for t in world.tensors for x in [world.tensor(t)]}
    return World({Symbol(s): n for s, n in world.sizes.items()}, tensors, kind=TOGETHER)


@pytest.mark.parametrize("name", LINEAR)
def test_operations_and_their_gradients(name: str) -> None:
    operation = OPERATIONS[name]
    found = 0
    for n, sizes in zip(range(2), size_sets(operation), strict=False):
        world = in_floats(numbers(operation, sizes, Random(n), {}, TOGETHER))
        for e, ranges in [(operation.equation.value, operation.equation.ranges)] + [
            (d.equation.value, d.ranges) for d in derivations(operation)
        ]:
            for part in e.args if e.is_Add else (e,):
                fast = contracted(part, ranges, world.sizes, world)
                if fast is not None:
                    slow = world.values(part, ranges, list(np.ndindex(*world.shape(ranges))))
                    assert np.allclose(fast.f, floats(slow)) and fast.f.shape == floats(slow).shape, part
                    found += 1
            assert np.array_equal(
                floats(world.table(e, ranges).entries),
                floats(world.values(e, ranges, list(np.ndindex(*world.shape(ranges))))),
            )  # whole numbers are exact in floats
    assert found >= 2


TENSORS = {
    "x": Tensor((3,), Reals(np.array([1.0, -2.0, 5.0]))),
    "w": Tensor((2, 3), Reals(np.arange(6.0).reshape(-1))),
}


WORLD = World({}, TENSORS, kind=TOGETHER)


def x(*at: object) -> Entry:
    return Entry("x", *at)


@pytest.mark.parametrize(
    "e",
    [
        Sum(x(j) * Entry("w", i, j), (j, THREE)), Rational(2, 3) * x(k), Sum(x(j), (j, THREE), (index("m"), TWO)), x(0),
        Sum(x(j) * x(i), (j, THREE)), Sum(In(i + j - 1, TWO) * x(i + j - 1), (j, THREE)), Delta(i, k) * x(k),
        Sum(In(k - j, TWO) * In(j - i, TWO) * x(j) * Entry("w", i, k), (j, THREE)), Entry("w", 1 - i, k),
    ],
    ids=str,
)  # fmt: skip
def test_sums_of_products(e: Expr) -> None:
    world, ranges = WORLD, ((i, TWO), (k, THREE))
    found = contracted(e, ranges, {}, WORLD)
    right = world.values(e, ranges, list(np.ndindex(2, 3)))
    assert found is not None and np.allclose(found.f, floats(right))


def test_other_factors_are_none_of_its_business() -> None:
    for e in (exp(x(0)) * x(1), Winner(x(j), 1, (i,), (j, THREE)) * x(i), i * x(i), Rational(1, 2), x(0) ** 2):
        assert contracted(e, ((i, TWO),), {}, WORLD) is None


def test_a_factor_that_is_too_large_is_not_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contraction, "LARGEST", 2)
    assert contracted(x(k), ((k, THREE),), {}, WORLD) is None


def test_an_unguarded_read_out_of_bounds_is_an_error() -> None:
    with pytest.raises(IndexError, match="outside"):
        contracted(x(k + 1), ((k, THREE),), {}, WORLD)
    with pytest.raises(IndexError, match="outside"):
        contracted(In(k, TWO) * x(k - 1), ((k, THREE),), {}, WORLD)


def test_what_cancels_is_nothing() -> None:
    tensors = {"x": Tensor((4,), Reals(np.array([1 / 3, 1 / 3, 1 / 3, -1 + 2**-53])))}
    found = contracted(Sum(x(j), (j, Integer(4))), (), {}, World({}, tensors, kind=TOGETHER))
    assert found is not None and found.f.tolist() == [0.0]
