"""Rounding errors to be expected: never far below those that there are, and those of a product, a sum, a function."""

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from mpmath import mp, mpf
from sympy import Symbol

from symconv.derivation.index import Delta, Entry, Sum, index
from symconv.evaluation.evaluate import EXPECTING, TOGETHER, World
from symconv.evaluation.places import Tensor
from symconv.evaluation.rows import Rows, Vector
from symconv.evaluation.slopes import joined
from symconv.evaluation.uncertain import FUNCTION, UNIT, Expecting, Uncertain, expected, off, uncertain, variances
from symconv.evaluation.vectors import Rationals, Reals

KIND = Expecting()
LIKELY = 6
RANDOM = np.random.default_rng(0)


def exactly(*numbers: float) -> Uncertain:
    return Uncertain(np.array(numbers), np.zeros(len(numbers)))


def test_fractions_are_as_floats_hold_them() -> None:
    x = KIND.entries([Fraction(1, 4), Fraction(1, 3), 0, -5])
    assert x.f.tolist() == [0.25, 1 / 3, 0, -5] and x.off.tolist() == [0, UNIT / 3, 0, 0]
    assert off(Rationals.of([Fraction(1, 4), 3])).tolist() == [0, 0]
    assert off(Rationals.of([Fraction(1, 3), Fraction(1, 4)])).tolist() == [UNIT / 3, UNIT / 4]  # over 12 together
    assert off(Reals(np.array([0.1]))).tolist() == [0] and expected(Reals(np.array([0.1]))).tolist() == [0.1]
    assert off(KIND.pi()).tolist() == [UNIT * np.pi] and variances(KIND.pi()).tolist() == [(UNIT * np.pi) ** 2]


def test_a_product_loses_and_so_do_its_factors() -> None:
    x, y = Uncertain(np.array([2.0]), np.array([3e-10])), Uncertain(np.array([-5.0]), np.array([4e-10]))
    product = uncertain(x * y)
    assert product.f.tolist() == [-10] and product.off == pytest.approx([np.hypot(15e-10, 8e-10)])
    assert off(exactly(3.0) * exactly(0.1)).tolist() == pytest.approx([UNIT * 0.3])
    masks = Rationals.whole(np.array([1, 0]))
    assert off(exactly(3.0, 0.1) * masks).tolist() == [0, 0]  # nothing is rounded
    assert off(masks * exactly(3.0, 0.1)).tolist() == [0, 0] == off(-exactly(3.0, 0.1)).tolist()


def test_a_sum_loses_by_the_sizes_of_its_terms() -> None:
    rows = Rows(np.array([0, 0, 0, 2]), 3)
    total = Uncertain(np.array([1.0, -1.0, 0.0, 7.0]), np.array([3e-10, 4e-10, 0.0, 0.0])).summed(rows)
    assert total.f.tolist() == [0, 0, 7] and total.off == pytest.approx([5e-10, 0, 0], rel=1e-6)
    assert exactly(1.0, -1.0, 0.0, 7.0).summed(rows).off.tolist() == [2 * UNIT, 0, 0]  # one addition, sizes 1 and 1
    assert off(exactly(1.0) + exactly(2.0)).tolist() == [3 * UNIT] and off(exactly(1.0) + exactly(0.0)).tolist() == [0]
    assert off(Reals(np.array([1.0])) + exactly(2.0)).tolist() == [3 * UNIT]


def test_a_maximum_is_as_far_off_as_any_candidate() -> None:
    x, rows = Uncertain(np.array([1.0, 1.0, -3.0]), np.array([1e-10, 2e-10, 9e-10])), Rows(np.array([0, 0, 2]), 3)
    assert x.largest(rows).tolist() == [0, 2]
    assert (x.maximum(rows).f.tolist(), x.maximum(rows).off.tolist()) == ([1, -3], [2e-10, 9e-10])
    y = Uncertain(np.array([1.0, -1.0, -1e-11]), np.full(3, 1e-10))
    assert y.positive.tolist() == [True, False, False]
    assert (y.positive_part().f.tolist(), y.positive_part().off.tolist()) == ([1, 0, 0], [1e-10, 0, 1e-10])


SLOPES: dict[str, tuple[Callable[[Uncertain], Vector], Callable[[mpf], mpf]]] = {
    "exp": (Uncertain.exp, mp.exp),
    "log": (Uncertain.log, mp.log),
    "erf": (Uncertain.erf, mp.erf),
    "erf_slope": (Uncertain.erf_slope, lambda x: mp.diff(mp.erf, x)),
    "sin": (Uncertain.sin, mp.sin),
    "cos": (Uncertain.cos, mp.cos),
    "square": (lambda x: x.power(2), lambda x: x**2),
    "inverse": (lambda x: x.power(-1), lambda x: 1 / x),
    "root": (lambda x: x.power(Fraction(1, 2)), mp.sqrt),
}


@pytest.mark.parametrize("name", SLOPES)
def test_a_function_carries_an_error_by_its_slope(name: str) -> None:
    made, exact = SLOPES[name]
    at = [0.3, 1.7, 4.0]
    y = uncertain(made(Uncertain(np.array(at), np.full(3, 1e-8))))
    assert y.f == pytest.approx([float(exact(mpf(x))) for x in at])
    assert y.off == pytest.approx([1e-8 * abs(float(mp.diff(exact, mpf(x)))) for x in at], rel=1e-5, abs=1e-14)
    own = uncertain(made(exactly(*at)))
    assert np.all((own.off > 0) & (own.off < 40 * FUNCTION * (1 + np.abs(own.f))))


def test_powers_that_change_nothing_lose_nothing() -> None:
    x = Uncertain(np.array([0.0, 3.0]), np.array([1e-10, 1e-10]))
    assert uncertain(x.power(1)).off.tolist() == [1e-10, 1e-10] and uncertain(x.power(0)).f.tolist() == [1, 1]


def test_a_named_function_may_pass_through_numbers_as_large_as_its_argument() -> None:
    x, y = exactly(1000.0), exactly(1e-9)
    assert off(KIND.named(x, y)).tolist() == [FUNCTION * 1001]


@pytest.mark.parametrize("count", [3, 50, 2000])
def test_sums_of_products_are_off_by_about_that_much(count: int) -> None:
    """Against exact sums: no farther than a few times what is expected, which holds in any order of the terms."""
    parts = []
    for _ in range(20):
        x, y = RANDOM.standard_normal((2, count))
        total = uncertain(exactly(*x) * exactly(*y)).summed(Rows(np.zeros(count, dtype=np.int64), 1))
        exact = sum(Fraction(a) * Fraction(b) for a, b in zip(x, y, strict=True))
        parts.append(abs(float(Fraction(float(total.f[0])) - exact)) / total.off[0])
    assert 1e-4 < max(parts) < LIKELY


def test_a_world_of_them_has_the_same_numbers() -> None:
    i, j, n, m = (
        index("i"),
        index("j"),
        Symbol("n", integer=True, positive=True),
        Symbol("m", integer=True, positive=True),
    )
    x, w = RANDOM.standard_normal(3), RANDOM.standard_normal(12)
    e = Sum(Entry("w", i, j) * Entry("x", j), (j, m))
    both = []
    for kind, of in ((TOGETHER, Reals), (EXPECTING, lambda a: Uncertain(a, np.abs(a) * 1e-10))):
        tensors = {"x": Tensor((3,), of(x)), "w": Tensor((4, 3), of(w))}
        world = World({n: 4, m: 3}, tensors, kind=kind)  # type: ignore[arg-type]
        both += [world.table(e, ((i, n),)).entries, world.values(e, ((i, n),), [(k,) for k in range(4)])]
    assert all(np.allclose(expected(a), expected(b)) for a, b in pairwise(both))
    fast, slow = both[2:]  # as a contraction, and place by place
    assert off(fast) == pytest.approx(off(slow)) and off(fast).min() > 1e-11
    picked = World({m: 3}, {"x": Tensor((3,), Uncertain(x, x * 0 + 1e-9))}, kind=EXPECTING)
    assert off(picked.table(Sum(Delta(i, j) * Entry("x", j), (j, m)), ((i, m),)).entries).tolist() == pytest.approx(
        [1e-9] * 3
    )


def test_parts_are_joined() -> None:
    whole = joined([exactly(1.0), Rationals.of([Fraction(1, 3)]), Uncertain(np.array([2.0]), np.array([1e-9]))])
    assert expected(whole).tolist() == [1, 1 / 3, 2] and off(whole).tolist() == [0, UNIT / 3, 1e-9]
    assert exactly(1.0, 2.0)[1:].numbers() == [2] and exactly(1.0).spread(2).off.tolist() == [0, 0]
