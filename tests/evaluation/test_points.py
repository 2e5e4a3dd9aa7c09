"""Each node at many places at once is what it is at one place after the other: values, conditions seen, errors,
conventions at the edges. Numbers of every kind."""

import inspect
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from depth import examples
from hypothesis import given, settings, strategies as st
from one_by_one import Dual, Single
from sympy import Expr, Integer, Mul, Pow, Rational, Symbol, cos, cosh, erf, exp, log, pi, sin, sqrt

from symconv.array import Array
from symconv.derivation import functions, index as nodes
from symconv.derivation.functions import relu, step
from symconv.derivation.index import Delta, Div, Entry, In, MaxOver, Partial, Quot, Sum, Winner, index
from symconv.derivation.operation import Equation
from symconv.errors import Broken
from symconv.evaluation.arithmetic import Digits, Floats, Numbers
from symconv.evaluation.evaluate import FRACTIONS, TOGETHER, World
from symconv.evaluation.kinds import Kind, OneByOne
from symconv.evaluation.places import Points
from symconv.evaluation.points import first_largest, values, window
from symconv.evaluation.polynomial import letters
from symconv.evaluation.vectors import Rationals

i, j, k = index("i"), index("j"), index("k")
N, TWO, THREE = Integer, Integer(2), Integer(3)
RANGES = ((i, TWO), (k, THREE))
PLACES = [(a, b) for a in range(2) for b in range(3)]
KINDS = pytest.mark.parametrize("kind", [FRACTIONS, TOGETHER], ids=["one by one", "together"])


def x(*at: object) -> Entry:
    return Entry("x", *at)


def test_every_node_has_a_value() -> None:
    made = {
        c
        for module in (functions, nodes)
        for _, c in inspect.getmembers(module, inspect.isclass)
        if issubclass(c, Expr) and c.__module__ == module.__name__
    }
    inner = {nodes.Binder, nodes.Place, functions.Flag, nodes.Iverson}  # what others are made of
    unknown = values.dispatch(object)
    assert {c.__name__ for c in made - inner if values.dispatch(c) is unknown} == set()


# ------------------------------------------------------------------------------------------------ one after the other
BODIES: tuple[Expr, ...] = (
    x(i), x(i) * x(j), 2 * x(i) - x(j) / 3, x(Quot(i + 1, 2)) * Rational(2, 3), relu(x(i)) * x(j) ** 2,
    In(i + j - 1, TWO) * x(i + j - 1), Div(i, TWO) * x(Quot(i, TWO)), Delta(i, j) * x(i) * i, i + 2 * j,
    In(k, TWO) * x(k),
    (x(i) + Entry("L")) * x(1), Winner(x(k), 1, (i,), (k, THREE)) * x(i), MaxOver(x(k) * x(i), 1, (k, TWO)),
    Sum(x(k) * x(i), (k, THREE)) * x(j), exp(x(i) - x(i)) + 1, Mul(-1, x(2), i + j),
)  # fmt: skip
EXPRESSIONS: tuple[Expr, ...] = (
    *(Sum(body, (i, TWO), (j, THREE)) for body in BODIES),
    In(i - 1, TWO) * x(i - 1) + 2, Div(i, TWO) * Delta(i, k) * x(k), Quot(i + k, TWO) * x(k), i * k - 1,
    relu(x(k) - 1), step(x(k)) * x(i), functions.clip(x(k), -1, Rational(3, 2)), functions.absolute(x(k) - 1),
    functions.negative_part(x(k)), functions.between(x(k), -1, 1) - functions.sign(x(i)), functions.not_positive(x(k)),
    functions.clamp(x(k), -1, 1) * functions.within(x(i), -1, 1),
    functions.at_least(x(k), 1) * functions.at_most(x(i), 0),
    functions.not_below(x(k), 1) - functions.not_above(x(i), 0), Partial(functions.clamp(x(k), -1, 2), x(k)),
    Partial(functions.clip(x(k), -1, 2) * functions.absolute(x(k)), x(k)),
    (x(k) ** 2 + 1) ** -1, Rational(2, 3) * x(k) ** 3,
    MaxOver(x(j) * x(i), In(j + k - 1, THREE), (j, THREE)), Winner(x(j), 1, (k,), (j, THREE)),
    Winner(x(j), In(j + i, THREE), (k,), (j, THREE)) * x(i),
    Sum(Winner(x(j), 1, (k,), (j, THREE)) * x(j) * x(i), (j, THREE)),
    Partial(x(i) * x(k) + relu(x(0)), x(k)), Partial(x(i) ** 2, x(i + 2)), Partial(MaxOver(x(j), 1, (j, THREE)), x(k)),
    Partial(Entry("S"), x(k)), Sum(Partial(Entry("S"), x(j)) * x(k), (j, THREE)), Partial(Entry("x", 0), Entry("S")),
    Partial((x(k) ** 2 + 1) ** -1 + step(x(i)) * x(i), x(i)),
    Partial(Entry("w", 1, 0) ** 2, Entry("w", 0, k + 1)), Partial(Entry("w", 0, 2) ** 2, Entry("w", 1, k - 1)),
)  # fmt: skip
ROUNDED: tuple[Expr, ...] = (
    exp(x(k)) / (1 + exp(x(i))), log(x(k) ** 2 + 1), sqrt(x(k) ** 2 + 1), erf(x(i)) * pi, functions.tanh(x(k)),
    Partial(exp(x(i)) * log(x(k) ** 2 + 2), x(k)), Partial(functions.Phi(x(k)), x(i)),
    Partial(sqrt(x(k) ** 2 + 3), x(k)), sin(x(k)) * cos(x(i)), Partial(sin(x(k)) * cos(2 * x(k)), x(k)),
)  # fmt: skip
NUMBERS = st.one_of(st.integers(-2, 2).map(Fraction), st.fractions(-3, 3, max_denominator=3))


def worlds(entries: tuple[Fraction, ...], kind: Kind) -> tuple[Single, World]:
    """x of three entries, and S, the sum of their squares by its equation."""
    equation = Equation(Entry("S"), Sum(x(j) ** 2, (j, THREE)), ())
    given = {"x": Array((3,), entries), "L": Array.of(7), "w": Array.of([[1, 2, 3], [4, 5, 6]])}
    whole = World({}, given, (equation,), kind)
    whole.define(equation, ())
    return Single({**given, "S": Array.of(sum(n * n for n in entries))}, (equation,)), whole


@KINDS
@pytest.mark.parametrize("e", EXPRESSIONS, ids=str)
@settings(max_examples=examples(10))
@given(st.tuples(NUMBERS, NUMBERS, NUMBERS))
def test_exact_values_are_those_of_each_place(e: Expr, kind: Kind, entries: tuple[Fraction, ...]) -> None:
    one, whole = worlds(entries, kind)
    found, right = whole.values(e, RANGES, PLACES), one.values(e, RANGES, PLACES)
    if e.has(exp):
        assert np.allclose([float(v) for v in found.numbers()], [float(v) for v in right])
        return
    assert found.numbers() == right
    assert isinstance(found, Rationals) or kind is FRACTIONS
    conditions = e.atoms(nodes.Iverson)
    for c in conditions:  # one that is not asked for, as another does not hold, may not have been seen
        assert whole.seen.get(c, set()) <= one.asked.get(c, set())
        assert len(conditions) > 1 or whole.seen.get(c, set()) == one.asked.get(c, set())


@KINDS
@pytest.mark.parametrize("e", ROUNDED, ids=str)
@settings(max_examples=examples(10))
@given(st.tuples(NUMBERS, NUMBERS, NUMBERS))
def test_rounded_values_are_those_of_each_place(e: Expr, kind: Kind, entries: tuple[Fraction, ...]) -> None:
    one, whole = worlds(entries, kind)
    found = [float(v) for v in whole.values(e, RANGES, PLACES).numbers()]
    assert np.allclose(found, [float(v) for v in one.values(e, RANGES, PLACES)], rtol=1e-12, atol=1e-12)


# ------------------------------------------------------------------------------------------------ each node
def here(*entries: object, kind: Kind = FRACTIONS) -> World:
    return World({}, {"x": Array.of(list(entries)), "L": Array.of(7)}, kind=kind)


def each(e: Expr, *entries: object, kind: Kind = FRACTIONS, **letters: list[int]) -> list[object]:
    places = list(zip(*letters.values(), strict=True)) or [()]
    world = here(*(Fraction(n) for n in entries), kind=kind)  # type: ignore[arg-type]
    return world.values(e, tuple((index(s), Integer(99)) for s in letters), places).numbers()


def value(e: Expr, *entries: object, **env: int) -> object:
    (found,) = each(e, *entries, **{s: [n] for s, n in env.items()})
    return found


SMALL = st.integers(-3, 3)


@given(st.tuples(SMALL, SMALL, SMALL, SMALL, SMALL), st.tuples(SMALL, SMALL, SMALL))
def test_a_subscript_is_an_integer(factors: tuple[int, ...], at: tuple[int, ...]) -> None:
    """Of no letter, one, two, three; and with a product of two, which is no sum of multiples."""
    letters = (i, j, k)
    *multiples, product, constant = factors
    e = sum((n * x for n, x in zip(multiples, letters, strict=True)), N(constant)) + product * i * j
    found = value(e, **{x.name: n for x, n in zip(letters, at, strict=True)})
    assert type(found) is int and found == e.subs(dict(zip(letters, at, strict=True)))


@KINDS
def test_what_has_no_value_is_named(kind: Kind) -> None:
    for e, name in ((cosh(x(0)), "cosh"), (Pow(x(0), sqrt(TWO)), "no value"), (x(Pow(i, 2)), "no index")):
        with pytest.raises(Broken, match=name):
            each(e, 1, i=[0], kind=kind)
    with pytest.raises(Broken, match="no condition"):
        each(MaxOver(x(i), x(0), (i, TWO)), 1, 1, kind=kind)
    with pytest.raises(Broken, match="empty window"):
        each(MaxOver(x(i), In(i - 9, TWO), (i, TWO)), 1, 1, kind=kind)


@given(st.integers(-9, 9), st.integers(1, 5))
def test_conditions_and_quotients(e: int, n: int) -> None:
    point = {"i": e, "j": n}
    assert value(Delta(i, j), **point) == int(e == n)
    assert value(In(i, j), **point) == int(0 <= e < n)
    assert value(Div(i, j), **point) == int(e % n == 0)
    assert value(Quot(i, j), **point) == e // n


@KINDS
def test_a_false_condition_silences_a_read_out_of_bounds(kind: Kind) -> None:
    assert each(In(i, TWO) * x(i), 5, 6, i=[0, 7, 1], kind=kind) == [5, 0, 6]
    assert each(Div(i, TWO) * x(7), 5, i=[1, 3], kind=kind) == [0, 0]
    assert each(Winner(x(i), 1, (N(1),), (i, TWO)) * x(9), 5, 4, kind=kind) == [0]
    assert each(Sum(In(i - 1, TWO) * x(i - 1), (i, N(4))), 5, 6, kind=kind) == [11]


@KINDS
def test_an_unguarded_read_out_of_bounds_is_an_error(kind: Kind) -> None:
    for at in (-1, 2):
        with pytest.raises(IndexError, match=f"{at} lies outside"):
            each(x(i), 5, 6, i=[0, at], kind=kind)
    with pytest.raises(IndexError):
        each(In(N(0), N(1)) * x(i), 5, 6, i=[7], kind=kind)
    with pytest.raises(IndexError, match="outside"):
        each(Sum(x(i - 1), (i, N(4))), 5, 6, kind=kind)


@KINDS
def test_a_condition_without_summed_index_is_asked_before_the_sum(kind: Kind) -> None:
    assert each(Sum(In(j, Integer(1)) * x(i + 7), (i, TWO)), 5, j=[1], kind=kind) == [0]


def test_conditions_remember_what_they_were() -> None:
    world, guard = here(1, 2), In(i, TWO)
    for at in (0, 1, 2):
        world.values(Mul(guard, x(i), evaluate=False), ((i, THREE),), [(at,)])
        assert world.seen[guard] == ({1} if at < 2 else {0, 1})
    summed = In(i - 1, TWO)
    world.value(Sum(summed * x(i - 1), (i, Integer(4))))
    assert world.seen[summed] == {0, 1}


def test_sums_of_products() -> None:
    assert value(Sum(x(i) * x(j), (i, TWO), (j, TWO)), 2, 3) == 25
    assert value(2 * x(0) - x(1) / 3, 2, 3) == 3
    assert value(Pow(x(0), -2), 2) == Fraction(1, 4)


@KINDS
def test_an_empty_sum_is_nothing(kind: Kind) -> None:
    n = Symbol("n", integer=True)
    world = World({n: 0}, {"x": Array.of([1, 2])}, kind=kind)
    assert world.values(Sum(x(i), (i, n)), ((k, TWO),), [(0,), (1,)]).numbers() == [0, 0]


@KINDS
def test_no_place_has_no_values(kind: Kind) -> None:
    world = World({}, {"x": Array.of([1, 2])}, kind=kind)
    assert world.values(Sum(In(i, TWO) * x(i) * x(k), (i, THREE)), ((k, TWO),), []).numbers() == []
    assert world.values(Partial(x(k), x(k)), ((k, TWO),), []).numbers() == []


def test_an_extent_may_be_a_letter() -> None:
    n = Symbol("n", integer=True, positive=True)
    world = World({n: 2}, {"x": Array.of([1, 10, 100])})
    assert world.value(Sum(x(i), (i, n))) == 11
    assert world.value(Sum(x(i), (i, Quot(n + 4, 2)))) == 111


@pytest.mark.parametrize("entry, mask", [(-1, 0), (0, 0), (2, 1)])
def test_relu_and_step_are_0_at_0(entry: int, mask: int) -> None:
    assert value(relu(x(0)), entry) == max(0, entry)
    assert value(step(x(0)), entry) == mask
    assert value(Partial(relu(x(0)), x(0)), entry) == mask


def test_derivatives_of_every_node() -> None:
    first = N(0)
    assert value(Partial(x(0) * x(1) * x(0), x(first)), 2, 5) == 20
    assert value(Partial(x(0) ** 3, x(first)), 2) == 12
    assert value(Partial(x(0) ** -1, x(first)), 2) == Fraction(-1, 4)
    assert value(Partial(log(x(0)), x(first)), 4) == Fraction(1, 4)
    assert value(Partial(exp(2 * x(0)), x(first)), 0) == 2
    assert value(Partial(x(0), x(1)), 2, 5) == 0
    assert value(Partial(step(x(0)) * x(0), x(first)), 2) == 1


@KINDS
def test_a_maximum_hands_its_slope_to_the_first_winner(kind: Kind) -> None:
    highest = MaxOver(x(i), 1, (i, N(3)))
    assert each(Partial(highest, x(k)), 4, 7, 7, k=[0, 1, 2], kind=kind) == [0, 1, 0]


def test_a_window_and_the_first_of_its_largest() -> None:
    world, highest = here(4, 7, 7), MaxOver(x(i), In(i + j - 1, N(3)), (i, N(3)))
    places = Points({"j": np.array([0, 1])}, 2)
    inside = window(highest, places, world)
    assert inside.of.tolist() == [0, 0, 1, 1, 1] and inside.here.letters["i"].tolist() == [1, 2, 0, 1, 2]  # type: ignore[union-attr]
    assert {s: at.tolist() for s, at in first_largest(highest, places, world).items()} == {i: [1, 1]}


def test_a_maximum_of_fractions_and_digits() -> None:
    """0 from a mask or an exact entry stands beside numbers of mpmath."""
    world = here(mpmath.mpf("0.5"), Fraction(2, 3), mpmath.mpf("0.25"))
    highest = MaxOver(x(i), 1, (i, N(3)))
    assert first_largest(highest, Points({}, 1), world)[i].tolist() == [1] and world.value(highest) == Fraction(2, 3)


def test_numbers_of_every_kind_are_added() -> None:
    a, b = letters("ab")
    e = Sum(x(i) * x(j), (i, TWO), (j, TWO))
    assert here(a, b).value(e) == a**2 + 2 * a * b + b**2
    assert Single({"x": Array.of([Dual(2, {(0,): 1}), Dual(3, {})])}).value(e) == Dual(25, {(0,): 10})
    assert here(mpmath.mpf("0.5"), 1).value(e) == mpmath.mpf("2.25")
    assert here(Fraction(1, 2), 1).value(e) == Fraction(9, 4)
    cancel = here(Rational(1, 3), Rational(-1, 3), kind=OneByOne(Digits()))
    assert cancel.value(Sum(x(i), (i, TWO))) == 0  # what is left of 60 digits is nothing


def test_rounded_numbers_are_added_one_after_the_other() -> None:
    """((1e16 + 1) + 1) - 1e16 is 0 in floats, not 2."""
    world = here([1e16, 1.0], [1.0, -1e16], kind=OneByOne(Floats()))
    assert world.value(Sum(x(i, j), (i, TWO), (j, TWO))) == ((1e16 + 1.0) + 1.0) - 1e16


@pytest.mark.parametrize("name", ["x'] + __import__('os').getcwd() + ['", "∂W", ""])
def test_a_tensor_may_be_called_anything(name: str) -> None:
    assert World({}, {name: Array.of([1, 2])}).value(Sum(Entry(name, i), (i, TWO))) == 3


class Doubled(Numbers):
    """Named functions are twice what they are."""

    def function(self, x: object, y: int) -> int:
        return 2 * y


def test_a_named_function_is_what_the_arithmetic_says_of_it() -> None:
    e = functions.sigmoid(x(0))
    assert here(0).value(e) == Fraction(1, 2) and here(0, kind=OneByOne(Doubled())).value(e) == 1
