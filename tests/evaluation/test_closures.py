"""What each node evaluates to, its conventions at the edges included."""

import inspect
from fractions import Fraction

import mpmath
import pytest
from hypothesis import given, strategies as st
from sympy import Expr, Integer, Mul, Pow, Symbol, exp, log, sin, sqrt

from symconv.array import Array
from symconv.derivation import functions, index as nodes
from symconv.derivation.functions import relu, step
from symconv.derivation.index import Delta, Div, Entry, In, Iverson, MaxOver, Partial, Quot, Sum, Winner, index
from symconv.errors import Broken
from symconv.evaluation.closures import largest, value_of
from symconv.evaluation.evaluate import World
from symconv.evaluation.scope import CONDITIONS

i, j = index("i"), index("j")
N = Integer


def x(*at: object) -> Entry:
    return Entry("x", *at)


def world(*entries: object) -> World:
    return World({}, {"x": Array.of([Fraction(e) for e in entries])})


def value(e: Expr, *entries: object, **env: int) -> object:
    return world(*entries).closure(e)(dict(env))


def test_every_node_has_a_value() -> None:
    made = {
        c
        for module in (functions, nodes)
        for _, c in inspect.getmembers(module, inspect.isclass)
        if issubclass(c, Expr) and c.__module__ == module.__name__
    }
    inner = {nodes.Binder, nodes.Place, functions.Named, Iverson}  # what others are made of
    unknown = value_of.dispatch(object)
    assert {c.__name__ for c in made - inner if value_of.dispatch(c) is unknown} == set()
    assert set(CONDITIONS) == {c for c in made if issubclass(c, Iverson)} - {Iverson}


SMALL = st.integers(-3, 3)


@given(st.tuples(SMALL, SMALL, SMALL, SMALL, SMALL), st.tuples(SMALL, SMALL, SMALL))
def test_a_subscript_is_an_integer(factors: tuple[int, ...], at: tuple[int, ...]) -> None:
    """Of no letter, one, two, three; and with a product of two, which is no sum of multiples."""
    letters = (i, j, index("k"))
    *multiples, product, constant = factors
    e = sum((n * x for n, x in zip(multiples, letters, strict=True)), N(constant)) + product * i * j
    found = value(e, **{x.name: n for x, n in zip(letters, at, strict=True)})
    assert type(found) is int and found == e.subs(dict(zip(letters, at, strict=True)))


def test_what_has_no_value_is_named() -> None:
    with pytest.raises(Broken, match="sin"):
        value(sin(x(0)), 1)
    with pytest.raises(Broken, match="no value"):
        value(Pow(x(0), sqrt(2)), 1)


@given(st.integers(-9, 9), st.integers(1, 5))
def test_conditions_and_quotients(e: int, n: int) -> None:
    point = {"i": e, "j": n}
    assert value(Delta(i, j), **point) == int(e == n)
    assert value(In(i, j), **point) == int(0 <= e < n)
    assert value(Div(i, j), **point) == int(e % n == 0)
    assert value(Quot(i, j), **point) == e // n


def test_a_false_condition_silences_a_read_out_of_bounds() -> None:
    assert value(In(i, N(2)) * x(i), 5, 6, i=7) == 0
    assert value(Sum(In(i - 1, N(2)) * x(i - 1), (i, N(4))), 5, 6) == 11
    assert value(Div(i, N(2)) * x(7), 5, i=1) == 0
    assert value(Winner(x(i), 1, (N(1),), (i, N(2))) * x(9), 5, 4) == 0


def test_an_unguarded_read_out_of_bounds_is_an_error() -> None:
    for at in (N(-1), N(2)):
        with pytest.raises(IndexError):
            value(x(at), 5, 6)
    with pytest.raises(IndexError):
        value(In(N(0), N(1)) * x(i), 5, 6, i=7)


def test_a_condition_without_summed_index_is_asked_before_the_sum() -> None:
    assert value(Sum(In(j, N(1)) * x(i + 7), (i, N(2))), 5, j=1) == 0


def test_sums_of_products() -> None:
    assert value(Sum(x(i) * x(j), (i, N(2)), (j, N(2))), 2, 3) == 25
    assert value(2 * x(0) - x(1) / 3, 2, 3) == 3
    assert value(Pow(x(0), -2), 2) == Fraction(1, 4)


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


def test_a_maximum_hands_its_slope_to_the_first_winner() -> None:
    highest = MaxOver(x(i), 1, (i, N(3)))
    assert [value(Partial(highest, x(at)), 4, 7, 7) for at in range(3)] == [0, 1, 0]


def test_largest_is_the_place_of_the_first() -> None:
    here = world(4, 7, 7)
    assert largest(MaxOver(x(i), 1, (i, N(3))), here)({}) == (1,)


def test_a_maximum_of_fractions_and_digits() -> None:
    """0 from a mask or an exact entry stands beside numbers of mpmath."""
    entries = (mpmath.mpf("0.5"), Fraction(2, 3), mpmath.mpf("0.25"))
    here = World({}, {"x": Array((3,), entries)})
    highest = MaxOver(x(i), 1, (i, N(3)))
    assert largest(highest, here)({}) == (1,) and here.closure(highest)({}) == Fraction(2, 3)


def test_conditions_remember_what_they_were() -> None:
    here = world(1, 2)
    guard = In(i, N(2))
    for at in (0, 1, 2):
        here.closure(Mul(guard, x(i), evaluate=False))({"i": at})
    assert here.seen[guard] == {0, 1}


def test_names_stand_for_sizes() -> None:
    n = Symbol("n", integer=True, positive=True)
    assert World({n: 3}, {"x": Array.of([1, 2, 4])}).size(Quot(2 * n + 1, 2)) == 3
