"""A world: tensors by their equations, and derivatives by dual numbers through all of them; the same one place after
the other, and whether numbers are together or one by one."""

from fractions import Fraction
from itertools import islice
from random import Random

import mpmath
import numpy as np
import pytest
from depth import examples, spread
from hypothesis import given, settings, strategies as st
from one_by_one import Single
from sympy import Expr, Integer, Symbol, exp

from symconv.array import Array, indices
from symconv.derivation import equations
from symconv.derivation.equations import Equation, Operation
from symconv.derivation.functions import relu
from symconv.derivation.index import Entry, Partial, Quot, Sum, index
from symconv.errors import Broken
from symconv.evaluation import evaluate
from symconv.evaluation.evaluate import FRACTIONS, TOGETHER, World
from symconv.evaluation.kinds import Kind
from symconv.evaluation.polynomial import NotPolynomial, letters
from symconv.verification.worlds import numbers, size_sets
from tests.verification.test_verify import OPERATIONS, derivations, named

i, j = index("i"), index("j")
TWO = Integer(2)


def x(*at: object) -> Entry:
    return Entry("x", *at)


def test_a_table_runs_in_row_major_order() -> None:
    world = World({}, {"x": Array.of([1, 10])})
    assert world.table(x(i) + 100 * j, ((i, TWO), (j, TWO))).array.nested() == [[1, 101], [10, 110]]


def test_an_equation_defines_a_tensor() -> None:
    world = World({}, {"x": Array.of([1, 10])})
    world.define(Equation(Entry("y", 1 - i), 2 * x(i), ((i, TWO),)), (TWO,))
    assert world.tensors["y"].entries == (20, 2)


@pytest.mark.parametrize("at", [i + 1, 0 * i, 2 * i])
def test_every_entry_is_written_exactly_once(at: Expr) -> None:
    world = World({}, {"x": Array.of([1, 10])})
    with pytest.raises(Broken, match="once"):
        world.define(Equation(Entry("y", at), x(i), ((i, TWO),)), (TWO,))


def test_all_entries_must_be_written() -> None:
    world = World({}, {"x": Array.of([1, 10])})
    with pytest.raises(Broken, match="once"):
        world.define(Equation(Entry("y", i), x(i), ((i, TWO),)), (Integer(3),))


CHAIN = (
    Equation(Entry("y", i), x(i) * x(0), ((i, TWO),)),
    Equation(Entry("L"), Sum(Entry("y", i) * (i + 1), (i, TWO)), ()),
)


def chain(*entries: object) -> World:
    world = World({}, {"x": Array.of(list(entries))}, CHAIN)
    world.define(CHAIN[0], (TWO,))
    world.define(CHAIN[1], ())
    return world


def test_a_slope_goes_through_every_equation() -> None:
    """L = x0^2 + 2 x0 x1."""
    world = chain(3, 5)
    assert world.tensors["L"][()] == 39
    assert world.slope("L", "x").array.entries == (16, 6)
    assert world.slope("L", "y").array.entries == (1, 2)
    assert world.value(Partial(Entry("L"), x(1))) == 6


def test_the_tensors_are_as_before_afterwards() -> None:
    world = chain(3, 5)
    before = dict(world.tensors)
    world.slope("L", "x")
    assert world.tensors == before
    (a,) = letters("a")
    broken = World({}, {"x": Array.of([a]), "L": Array.of(0)}, (Equation(Entry("L"), relu(x(0)), ()),))
    with pytest.raises(NotPolynomial):
        broken.slope("L", "x")
    assert broken.tensors["x"].entries == (a,)


def test_with_symbols_for_entries_a_slope_is_a_polynomial() -> None:
    a, b = letters("ab")
    assert chain(a, b).tensors["L"][()] == a**2 + 2 * a * b
    assert chain(a, b).slope("L", "x").array.entries == (2 * a + 2 * b, 2 * a)


BILINEAR = [equations.conv(2, channels=False), equations.conv(1), equations.linear("ij", bias=True)]


@pytest.mark.parametrize("operation", BILINEAR, ids=lambda o: o.name)
def test_a_linear_map_grows_by_exactly_its_slope(operation: Operation) -> None:
    """f(v + 1) - f(v), entry by entry: no limit, no tolerance."""
    for k, sizes in enumerate(islice(size_sets(operation), 2)):
        world = numbers(operation, sizes, Random(k), {})
        before = world.tensors["L"][()]
        for tensor in operation.operands:
            slope, given_ = world.slope("L", tensor).array, world.tensors[tensor]
            for at in indices(given_.shape):
                moved = World(sizes, world.tensors | {tensor: given_.replace(at, given_[at] + 1)}, world.equations)
                for equation in world.equations:
                    shape = tuple(map(Integer, world.tensors[equation.entry.tensor].shape))
                    moved.define(equation, shape)
                assert moved.tensors["L"][()] - before == slope[at]


@settings(max_examples=examples(30))
@given(st.lists(st.fractions(-4, 4, max_denominator=4), min_size=3, max_size=3))
def test_a_maximum_and_a_relu_grow_by_their_slope(entries: list[Fraction]) -> None:
    """One-sided, with a move smaller than any gap: the slope of torch's conventions is a right or a left one."""
    operation = equations.global_max_pool(1, output="m", input="x")
    pooled = operation.equation
    length: dict[Symbol, int] = {s: 3 for s in operation.sizes}
    loss = Equation(Entry("L"), relu(Entry("m", 0)), ())

    def at(values: list[Fraction]) -> World:
        world = World(length, {"x": Array.of(values)}, (pooled, loss))
        world.define(pooled, (Integer(1),))
        world.define(loss, ())
        return world

    world = at(entries)
    small = Fraction(1, 1000)
    for k, slope in world.slope("L", "x").array.items():
        moves = [[e + d * (c == k[0]) for c, e in enumerate(entries)] for d in (small, -small)]
        sides = {
            (at(m).tensors["L"][()] - world.tensors["L"][()]) / d for m, d in zip(moves, (small, -small), strict=True)
        }
        assert slope in sides


def test_exp_goes_to_digits() -> None:
    world = World({}, {"x": Array.of([Fraction(0)])})
    assert world.value(exp(x(0))) == 1


def test_names_stand_for_sizes() -> None:
    n = Symbol("n", integer=True, positive=True)
    assert World({n: 3}, {"x": Array.of([1, 2, 4])}).size(Quot(2 * n + 1, 2)) == 3


def test_tensors_are_read_when_they_are_asked_for() -> None:
    total, world = Sum(x(i), (i, TWO)), World({}, {"x": Array.of([1, 2])})
    assert world.value(total) == 3
    world.give({"x": Array.of([1, 1])})
    assert world.value(total) == 2
    with pytest.raises(KeyError):
        world.tensor("y")


# ------------------------------------------------------------------------------------------------ of every operation
FEW = 6  # places
KINDS = pytest.mark.parametrize("kind", [FRACTIONS, TOGETHER], ids=["one by one", "together"])


def both(operation: Operation, kind: Kind) -> tuple[Single, World]:
    """The same numbers."""
    sizes = next(islice(size_sets(operation), 1, None))
    world = numbers(operation, sizes, Random(1), named(operation), kind)
    exact = numbers(operation, sizes, Random(1), named(operation))
    return Single(exact.tensors, world.equations, world.sizes), world


def agree(found: list[object], right: list[object]) -> bool:
    if all(isinstance(x, int | Fraction) for x in (*found, *right)):
        return found == right
    return np.allclose([float(x) for x in found], [float(x) for x in right], rtol=1e-9, atol=1e-9)  # type: ignore[arg-type]


@KINDS
@pytest.mark.parametrize("name", spread(OPERATIONS, 30))
def test_every_line_of_every_derivation_has_the_same_values(name: str, kind: Kind) -> None:
    operation = OPERATIONS[name]
    one, world = both(operation, kind)
    with mpmath.workdps(30):
        for equation in world.equations:
            tensor = equation.entry.tensor
            right = one.defined(equation).tensors[tensor]
            assert agree(list(world.tensors[tensor].entries), list(right.entries))
            assert world.tensor(tensor).shape == right.shape
        for d in derivations(operation):
            every = list(np.ndindex(*world.shape(d.ranges)))
            places = [tuple(map(int, at)) for at in every[:: max(1, len(every) // FEW)]]
            for e in d.lines:
                assert agree(world.values(e, d.ranges, places).numbers(), one.values(e, d.ranges, places)), e
    assert all(seen <= one.asked[c] for c, seen in world.seen.items())


@KINDS
def test_slopes_are_those_one_by_one(kind: Kind) -> None:
    one, world = both(equations.conv(2, channels=False), kind)
    for tensor in ("X", "K", "Y"):
        found = world.slope("L", tensor).array
        assert list(found.entries) == one.slope("L", tensor) and found.shape == one.tensors[tensor].shape
    assert world.slope("X", "L").array.entries == (0,)  # X does not hang on L


@KINDS
def test_entries_are_written_where_the_equation_says(kind: Kind) -> None:
    world = World({}, {"x": Array.of([1, 2, 3, 4, 5, 6])}, kind=kind)
    world.define(Equation(Entry("y", i + 3 * j), x(2 * i + j), ((i, Integer(3)), (j, TWO))), (Integer(6),))
    assert world.tensors["y"].entries == (1, 3, 5, 2, 4, 6)
    for at in (Integer(0), i + 1, 2 * i):
        with pytest.raises(Broken, match="once"):
            world.define(Equation(Entry("y", at), x(i), ((i, TWO),)), (TWO,))


@pytest.mark.parametrize("name", ["conv2d", "max_pool", "cross_entropy of a batch"])
def test_few_places_at_a_time_are_all_places(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    operation = OPERATIONS[name]
    (d, *_), (_, world) = derivations(operation), both(operation, TOGETHER)
    places = list(np.ndindex(*world.shape(d.ranges)))[:20]

    def values(e: Expr) -> list[object]:
        return world.values(e, d.ranges, places).numbers()

    right = [values(e) for e in d.lines]
    monkeypatch.setattr(evaluate, "AT_ONCE", 1)
    assert [values(e) for e in d.lines] == right


def test_a_tensor_is_given_as_it_is() -> None:
    first = World({}, {"x": Array.of([1, 2])}, kind=TOGETHER)
    other = World({}, {"x": first.tensor("x")}, kind=TOGETHER)
    assert other.tensor("x") is first.tensor("x")
    assert other.table(Sum(x(i), (i, TWO)), ()).array[()] == 3
