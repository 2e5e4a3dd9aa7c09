"""Operations entry by entry, and those that move or add: their equations against plain loops."""

import operator
from collections.abc import Mapping
from random import Random

import mpmath
import pytest
from pointwise import EXPECTED, of_kind, pointwise
from sympy import Rational

from symconv.array import Array, indices
from symconv.derivation.derive import gradients
from symconv.derivation.entrywise import (
    bias,
    combine,
    copies,
    flatten,
    linear,
    pattern,
    sloped,
)
from symconv.derivation.tensors import without_gradient
from symconv.networks.layers.layers import POINTWISE
from symconv.verification.worlds import numbers, size_sets

TENTH = Rational(1, 10)


def test_every_function_is_expected() -> None:
    assert set(EXPECTED) == {layer.kind for layer in POINTWISE}


@pytest.mark.parametrize("kind", EXPECTED)
def test_a_function_is_what_it_is_called(kind: str) -> None:
    layer, operation = of_kind(kind), pointwise(kind, "ncij")
    constants = [float(getattr(layer, constant)) for constant in layer.constants()]
    with mpmath.workdps(45):
        world = numbers(operation, next(size_sets(operation)), Random(0), {})
        for x, y in zip(world.tensors["S"].entries, world.tensors["P"].entries, strict=True):
            assert float(y) == pytest.approx(EXPECTED[kind](float(x), *constants), rel=1e-14, abs=1e-16)


def test_flatten_numbers_the_entries_as_one_reads_them() -> None:
    operation = flatten("ncij")
    world = numbers(operation, next(size_sets(operation)), Random(0), {})
    assert world.tensors["v"].entries == world.tensors["P"].entries
    assert len(world.tensors["v"].shape) == 2


def test_sums_copies_and_biases() -> None:
    for operation, wanted in (
        (combine("add", operator.add, "cij", ("cij", "cij")), lambda t, at: t["P"][at] + t["X"][at]),
        (combine("sub", operator.sub, "cij", ("ij", "c11")), lambda t, at: t["P"][at[1:]] - t["X"][at[0], 0, 0]),
        (combine("mul", operator.mul, "nm", ("n1", "1")), lambda t, at: t["P"][at[0], 0] * t["X"][(0,)]),
        (sloped("ncij", True), lambda t, at: t["S"][at] * (1 if t["S"][at] > 0 else t["a"][at[1:2]])),
        (sloped("ncij", False), lambda t, at: t["S"][at] * (1 if t["S"][at] > 0 else t["a"][(0,)])),
        (sloped("nm", True), lambda t, at: t["S"][at] * (1 if t["S"][at] > 0 else t["a"][at[1:]])),
        (bias("ncij"), lambda t, at: t["X"][at] + t["b"][at[1:2]]),
        (bias("nm"), lambda t, at: t["X"][at] + t["b"][at[1:]]),
        (bias("ij"), lambda t, at: t["X"][at] + t["b"][(0,)]),
        (copies("ij", outputs=("P|A", "P|B")), lambda t, at: t["P|B"][at]),
    ):
        tensors = numbers(operation, next(size_sets(operation)), Random(2), {}).tensors
        made = tensors[operation.output]
        assert all(made[at] == wanted(tensors, at) for at in indices(made.shape))


def test_a_pattern_names_the_axes_that_a_tensor_has() -> None:
    """Aligned at the last; an axis of one entry is none, but where the other tensor's is one as well."""
    whole = (2, 3, 4, 4)
    for shape, own in (
        (whole, "ncij"), ((3, 1, 1), "c11"), ((4,), "j"), ((2, 1, 1, 4), "n11j"), ((1,), "1"), ((), ""),
    ):  # fmt: skip
        assert pattern("ncij", shape, whole) == own
    assert pattern("cij", (1, 4), (3, 1, 4)) == "ij"


def test_what_a_second_tensor_is_decides_whether_it_has_a_gradient() -> None:
    for role, derived in (("other", {"P", "X"}), ("weight", {"P", "X"}), ("constant", {"P"})):
        made = combine("div", operator.truediv, "nij", ("nij", "j"), role=role)
        assert {without_gradient(d.entry.tensor) for d in gradients(made)} == derived and made.positives == {"X"}
    assert combine("sub", operator.sub, "nij", ("nij", "j")).positives == frozenset()


def test_a_linear_operation_works_on_all_axes_or_on_the_last() -> None:
    for operation, wanted in (
        (linear("ncj", last=True), lambda t, at: sum(t["W"][at[2], j] * t["x"][*at[:2], j] for j in _last(t))),
        (
            linear("j", last=True, bias=True),
            lambda t, at: t["b"][at] + sum(t["W"][*at, j] * t["x"][j,] for j in _last(t)),
        ),
        (linear("cj"), lambda t, at: sum(t["W"][at[0], k] * x for k, x in enumerate(t["x"].entries))),
    ):
        tensors = numbers(operation, next(size_sets(operation)), Random(5), {}).tensors
        made = tensors["z"]
        assert all(made[at] == wanted(tensors, at) for at in indices(made.shape))


def _last(tensors: Mapping[str, Array]) -> range:
    return range(tensors["x"].shape[-1])
