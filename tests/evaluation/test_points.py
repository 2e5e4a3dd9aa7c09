"""Each node at many places at once is what its closure says of one place after the other: values, conditions seen,
errors, conventions at the edges."""

import inspect
from fractions import Fraction

import numpy as np
import pytest
from depth import examples
from hypothesis import given, settings, strategies as st
from sympy import Expr, Integer, Pow, Rational, Symbol, erf, exp, log, pi, sin, sqrt

from symconv.array import Array
from symconv.derivation import functions, index as nodes
from symconv.derivation.functions import relu, step
from symconv.derivation.index import Delta, Div, Entry, In, MaxOver, Partial, Quot, Sum, Winner, index
from symconv.derivation.operation import Equation
from symconv.errors import Broken
from symconv.evaluation.evaluate import World
from symconv.evaluation.places import flat
from symconv.evaluation.points import values
from symconv.evaluation.vectors import Rationals, floats
from symconv.evaluation.whole import WholeWorld
from tests.evaluation.test_loops import BODIES

i, j, k = index("i"), index("j"), index("k")
TWO, THREE = Integer(2), Integer(3)
RANGES = ((i, TWO), (k, THREE))
PLACES = [(a, b) for a in range(2) for b in range(3)]


def x(*at: object) -> Entry:
    return Entry("x", *at)


def test_every_node_has_a_value() -> None:
    made = {
        c
        for module in (functions, nodes)
        for _, c in inspect.getmembers(module, inspect.isclass)
        if issubclass(c, Expr) and c.__module__ == module.__name__
    }
    inner = {nodes.Binder, nodes.Place, functions.Named, nodes.Iverson}  # what others are made of
    unknown = values.dispatch(object)
    assert {c.__name__ for c in made - inner if values.dispatch(c) is unknown} == set()


EXPRESSIONS: tuple[Expr, ...] = (
    *(Sum(body, (i, TWO), (j, THREE)) for body in BODIES),
    In(i - 1, TWO) * x(i - 1) + 2, Div(i, TWO) * Delta(i, k) * x(k), Quot(i + k, TWO) * x(k), i * k - 1,
    relu(x(k) - 1), step(x(k)) * x(i), (x(k) ** 2 + 1) ** -1, Rational(2, 3) * x(k) ** 3,
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
    Partial(sqrt(x(k) ** 2 + 3), x(k)),
)  # fmt: skip
NUMBERS = st.one_of(st.integers(-2, 2).map(Fraction), st.fractions(-3, 3, max_denominator=3))


def worlds(entries: tuple[Fraction, ...]) -> tuple[World, WholeWorld]:
    """x of three entries, and S, the sum of their squares by its equation."""
    total = nodes.Sum(x(j) ** 2, (j, THREE))
    equation = Equation(Entry("S"), total, ())
    given = {"x": Array((3,), entries), "L": Array.of(7), "w": Array.of([[1, 2, 3], [4, 5, 6]])}
    made = World({}, given, (equation,)), WholeWorld({}, given, (equation,))
    for world in made:
        world.define(equation, ())
    return made


@pytest.mark.parametrize("e", EXPRESSIONS, ids=str)
@settings(max_examples=examples(10))
@given(st.tuples(NUMBERS, NUMBERS, NUMBERS))
def test_exact_values_are_the_closures(e: Expr, entries: tuple[Fraction, ...]) -> None:
    one, whole = worlds(entries)
    if e.has(exp):
        right = [float(v) for v in one.values(e, RANGES, PLACES)]
        assert np.allclose(floats(whole.values(e, RANGES, PLACES)), right)
        return
    found = whole.values(e, RANGES, PLACES)
    assert isinstance(found, Rationals)
    assert [Fraction(int(n), found.under) for n in found.over] == list(one.values(e, RANGES, PLACES))
    asked = {c for c in e.atoms(nodes.Iverson)}
    assert {c: whole.seen.get(c, set()) for c in asked} == {c: one.seen.get(c, set()) for c in asked}


@pytest.mark.parametrize("e", ROUNDED, ids=str)
@settings(max_examples=examples(10))
@given(st.tuples(NUMBERS, NUMBERS, NUMBERS))
def test_rounded_values_are_the_closures(e: Expr, entries: tuple[Fraction, ...]) -> None:
    one, whole = worlds(entries)
    found = whole.values(e, RANGES, PLACES)
    assert not found.exact
    assert np.allclose(floats(found), [float(v) for v in one.values(e, RANGES, PLACES)], rtol=1e-12, atol=1e-12)


def value(e: Expr, *entries: object, **letters: list[int]) -> list[Fraction]:
    here = WholeWorld({}, {"x": Array.of([Fraction(n) for n in entries])})
    places = list(zip(*letters.values(), strict=True)) or [()]
    found = here.values(e, tuple((index(s), Integer(99)) for s in letters), places)
    return [Fraction(int(n), found.under) for n in found.over]


def test_a_false_condition_silences_a_read_out_of_bounds() -> None:
    assert value(In(i, TWO) * x(i), 5, 6, i=[0, 7, 1]) == [5, 0, 6]
    assert value(Div(i, TWO) * x(7), 5, i=[1, 3]) == [0, 0]
    assert value(Winner(x(i), 1, (Integer(1),), (i, TWO)) * x(9), 5, 4) == [0]
    assert value(Sum(In(j, Integer(1)) * x(i + 7), (i, TWO)), 5, j=[1]) == [0]


def test_an_unguarded_read_out_of_bounds_is_an_error() -> None:
    for at in (-1, 2):
        with pytest.raises(IndexError, match=f"{at} lies outside"):
            value(x(i), 5, 6, i=[0, at])
    with pytest.raises(IndexError, match="do not index"):
        flat([0, 0], (2,))


def test_what_has_no_value_is_named() -> None:
    for e, name in ((sin(x(0)), "sin"), (Pow(x(0), sqrt(TWO)), "no value"), (x(Pow(i, 2)), "no index")):
        with pytest.raises(Broken, match=name):
            value(e, 1, i=[0])
    with pytest.raises(Broken, match="no condition"):
        value(MaxOver(x(i), x(0), (i, TWO)), 1, 1)
    with pytest.raises(Broken, match="empty window"):
        value(MaxOver(x(i), In(i - 9, TWO), (i, TWO)), 1, 1)


def test_an_empty_sum_is_nothing() -> None:
    n = Symbol("n", integer=True)
    here = WholeWorld({n: 0}, {"x": Array.of([1, 2])})
    assert floats(here.values(Sum(x(i), (i, n)), ((k, TWO),), [(0,), (1,)])).tolist() == [0, 0]


def test_no_place_has_no_values() -> None:
    here = WholeWorld({}, {"x": Array.of([1, 2])})
    assert len(floats(here.values(Sum(In(i, TWO) * x(i) * x(k), (i, THREE)), ((k, TWO),), []))) == 0
