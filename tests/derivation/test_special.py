"""General equations with numbers put in: what becomes trivial disappears, and nothing else changes."""

from collections.abc import Mapping
from itertools import islice
from random import Random

import pytest
from pointwise import pointwise
from sympy import Integer, Symbol, Tuple

from symconv.derivation import equations
from symconv.derivation.derive import gradients
from symconv.derivation.equations import Operation
from symconv.derivation.index import Binder, Delta, Div, Entry, In, MaxOver, Quot, Sum, Winner, extent, index
from symconv.derivation.special import derivation_with, equation_with, finishing, put_in, ranges_with
from symconv.errors import Broken
from symconv.evaluation.evaluate import World
from symconv.verification.worlds import numbers, size_sets

i, j, n, m = index("i"), index("j"), extent("n"), extent("m")
SIZES = {n: 3, m: 1}


def x(*at: object) -> Entry:
    return Entry("x", *at)


def test_sizes_become_numbers_and_single_ranges_vanish() -> None:
    assert put_in(Sum(x(i, j) * n, (i, n), (j, m)), (), SIZES) == Sum(3 * x(i, 0), (i, 3))
    assert put_in(Sum(Sum(x(i, j), (i, m)), (j, m)), (), SIZES) == x(0, 0)
    assert put_in(x(j, i), ((j, m), (i, n)), SIZES) == x(0, i)


def test_conditions_that_the_numbers_imply_are_1() -> None:
    assert put_in(Sum(In(i, n) * x(i), (i, n)), (), SIZES) == Sum(x(i), (i, 3))
    assert put_in(Sum(In(i + 1, n) * x(i), (i, n)), (), SIZES) == Sum(In(i + 1, 3) * x(i), (i, 3))
    assert put_in(In(i, n) * x(i), ((i, n),), SIZES) == x(i)


def test_inside_an_extent_of_1_is_at_0() -> None:
    assert put_in(Sum(In(i - 1, m) * x(i), (i, n)), (), SIZES) == Sum(Delta(i - 1, 0) * x(i), (i, 3))


def test_a_quotient_that_divides_is_0_only_where_its_numerator_is() -> None:
    guard = Div(2 - 2 * i, 3) * In(Quot(2 - 2 * i, 3), m)
    assert put_in(Sum(guard * x(i), (i, n)), (), SIZES) == Sum(Delta(2 - 2 * i, 0) * x(i), (i, 3))
    alone = In(Quot(2 - 2 * i, 3), m) * x(i)
    assert put_in(Sum(alone, (i, n)), (), SIZES) == Sum(Delta(Quot(2 - 2 * i, 3), 0) * x(i), (i, 3))


def test_maxima_and_winners_lose_single_ranges_too() -> None:
    assert put_in(MaxOver(x(i, j), 1, (i, n), (j, m)), (), SIZES) == MaxOver(x(i, 0), 1, (i, 3))
    assert put_in(MaxOver(x(j), 1, (j, m)), (), SIZES) == x(0)
    assert put_in(Winner(x(i, j), 1, (Integer(2), Integer(0)), (i, n), (j, m)), (), SIZES) == Winner(
        x(i, 0), 1, (Integer(2),), (i, Integer(3))
    )
    assert put_in(Winner(x(j), 1, (Integer(0),), (j, m)), (), SIZES) == 1


def test_an_unknown_binder_is_named() -> None:
    class Product(Binder):
        """A binder that special does not know."""

    with pytest.raises(Broken, match="Product"):
        put_in(Product(x(j), Tuple(j, m)), (), SIZES)


def test_ranges_of_one_value_are_left_out() -> None:
    assert ranges_with(((i, n), (j, m)), SIZES) == ((i, 3),)


OPERATIONS = [
    equations.conv(2, channels=False), equations.max_pool(2), equations.global_max_pool(2),
    equations.linear("ij", bias=True), pointwise("relu", "ij"),
]  # fmt: skip


def sets(operation: Operation) -> list[Mapping[Symbol, int]]:
    """Some sizes, and some with extents of 1."""
    found = list(islice(size_sets(operation), 60))
    return found[:4] + [s for s in found if 1 in (s[e] for _, shape in operation.shapes for e in shape if e in s)][:6]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: o.name)
def test_an_equation_keeps_its_values(operation: Operation) -> None:
    for k, sizes in enumerate(sets(operation)):
        world = numbers(operation, dict(sizes), Random(k), {})
        special = equation_with(operation.equation, sizes)
        here = World({}, world.tensors)
        here.define(special, tuple(Integer(n) for n in world.tensors[operation.output].shape))
        assert here.tensors[operation.output] == world.tensors[operation.output]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: o.name)
def test_a_derivation_keeps_the_value_of_its_result(operation: Operation) -> None:
    for k, sizes in enumerate(sets(operation)):
        world = numbers(operation, dict(sizes), Random(k), {})
        here = World({}, world.tensors)
        for d, target in zip(gradients(operation), operation.targets, strict=True):
            special = derivation_with(d, sizes)
            assert not special.equation.value.free_symbols - {i for i, _ in special.ranges}
            unsolved = {s for delta in special.equation.value.atoms(Delta) for s in delta.free_symbols}
            assert not unsolved & {i for s in special.equation.value.atoms(Sum) for i in s.bound}
            here.define(special.equation, tuple(Integer(n) for n in world.tensors[target.entry.tensor].shape))
            assert here.tensors[special.entry.tensor] == world.slope("L", target.entry.tensor).array


def test_steps_with_nothing_left_to_do_are_left_out() -> None:
    operation = equations.conv(2, channels=False)
    sizes = {s: 1 for s in operation.sizes if s.is_positive} | {s: 0 for s in operation.sizes if not s.is_positive}
    sizes |= {s: 1 for s, _ in operation.derived}
    d = derivation_with(gradients(operation)[1], sizes)
    assert d.equation.value == Entry("∂Y", 0, 0) * Entry("X", 0, 0)
    assert len(d.steps) < len(gradients(operation)[1].steps)


@pytest.mark.parametrize("operation", [o for o in OPERATIONS if o.name != "max_pool"], ids=lambda o: o.name)
def test_a_finished_derivation_never_returns_to_a_line(operation: Operation) -> None:
    """What stands in front of a sum already stays there: writing it as one sum again is no step."""
    for sizes in sets(operation):
        for d in gradients(operation):
            lines = [derivation_with(d, sizes).steps[0].before, *(s.after for s in derivation_with(d, sizes).steps)]
            assert len(set(lines)) == len(lines)


def test_a_normalised_layer_is_finished_as_it_is() -> None:
    """Of its gradients the constants stand in front of the sum: the case in which a line came back."""
    hoisted = x(i) * Sum(x(j), (j, Integer(3)))
    assert finishing(hoisted, ((i, Integer(2)),)) == ()
    assert finishing(Sum(Delta(j, 1) * x(j), (j, Integer(3))), ((i, Integer(2)),)) == (("sift", x(1)),)
