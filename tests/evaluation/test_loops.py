"""A sum's loops say what its nodes say one by one: conditions, records, orders, numbers of every kind."""

from fractions import Fraction

import mpmath
import pytest
from depth import examples
from hypothesis import given, settings, strategies as st
from sympy import Expr, Integer, Mul, Rational, Symbol, exp
from sympy.polys.domains import QQ
from sympy.polys.rings import ring

from symconv.array import Array
from symconv.derivation.functions import relu
from symconv.derivation.index import Delta, Div, Entry, In, MaxOver, Quot, Sum, Winner, index, rebuild
from symconv.evaluation.arithmetic import Digits, Floats
from symconv.evaluation.dual import Dual
from symconv.evaluation.evaluate import World
from symconv.evaluation.loops import CONDITIONS
from symconv.evaluation.scope import CONDITIONS as FUNCTIONS

i, j, k = index("i"), index("j"), index("k")
TWO, THREE = Integer(2), Integer(3)


def x(*at: object) -> Entry:
    return Entry("x", *at)


def world(*entries: object) -> World:
    return World({}, {"x": Array.of(list(entries)), "L": Array.of(7)})


def by_hand(e: Sum, here: World, **env: int) -> object:
    """One body after the other, none of them a sum."""
    total: object = 0
    ((a, n), *rest) = e.ranges
    for at in range(int(n)):
        body = rebuild(Sum(e.body, *rest) if rest else e.body, {a: Integer(at)})
        part = by_hand(body, here, **env) if isinstance(body, Sum) else here.closure(body)(dict(env))
        total = total + part  # type: ignore[operator]
    return total


NUMBERS = st.integers(-3, 3)
BODIES: tuple[Expr, ...] = (
    x(i), x(i) * x(j), 2 * x(i) - x(j) / 3, x(Quot(i + 1, 2)) * Rational(2, 3), relu(x(i)) * x(j) ** 2,
    In(i + j - 1, TWO) * x(i + j - 1), Div(i, TWO) * x(Quot(i, TWO)), Delta(i, j) * x(i) * i, i + 2 * j,
    In(k, TWO) * x(k),
    (x(i) + Entry("L")) * x(1), Winner(x(k), 1, (i,), (k, THREE)) * x(i), MaxOver(x(k) * x(i), 1, (k, TWO)),
    Sum(x(k) * x(i), (k, THREE)) * x(j), exp(x(i) - x(i)) + 1, Mul(-1, x(2), i + j),
)  # fmt: skip


@pytest.mark.parametrize("body", BODIES, ids=str)
@settings(max_examples=examples(20))
@given(st.tuples(NUMBERS, NUMBERS, NUMBERS), st.integers(0, 2))
def test_a_sum_is_that_of_its_bodies(body: Expr, entries: tuple[int, ...], at: int) -> None:
    e = Sum(body, (i, TWO), (j, THREE))
    assert isinstance(e, Sum)
    here = world(*entries)
    env = {"k": at} if k in e.free_symbols else {}
    assert here.closure(e)(env) == by_hand(e, world(*entries), **env)
    assert env == ({"k": at} if env else {})  # whoever calls it keeps its letters


def test_the_conditions_are_those_of_the_nodes() -> None:
    assert CONDITIONS.keys() == FUNCTIONS.keys()
    for node, holds in FUNCTIONS.items():
        for e in range(-4, 5):
            for n in range(1, 4):
                once = Sum(node(i + e, Integer(n), evaluate=False), (i, Integer(1)))
                assert world(1).closure(once)({}) == int(holds(e, n))


def test_what_a_false_condition_guards_is_not_read_and_both_are_recorded() -> None:
    here, guard = world(5, 6), In(i - 1, TWO)
    assert here.closure(Sum(guard * x(i - 1), (i, Integer(4))))({}) == 11
    assert here.seen[guard] == {0, 1}
    with pytest.raises(IndexError, match="outside"):
        here.closure(Sum(x(i - 1), (i, Integer(4))))({})


def test_an_extent_may_be_a_letter() -> None:
    n = Symbol("n", integer=True, positive=True)
    here = World({n: 2}, {"x": Array.of([1, 10, 100])})
    assert here.closure(Sum(x(i), (i, n)))({"n": 2}) == 11
    assert here.closure(Sum(x(i), (i, Quot(n + 4, 2))))({"n": 2}) == 111


def test_tensors_are_read_when_it_is_called() -> None:
    here = world(1, 2, 3)
    total = here.closure(Sum(x(i), (i, THREE)))
    assert total({}) == 6
    here.tensors["x"] = Array.of([1, 1, 1])
    assert total({}) == 3


def test_numbers_of_every_kind_are_added() -> None:
    _, a, b = ring("a, b", QQ)
    e = Sum(x(i) * x(j), (i, TWO), (j, TWO))
    assert world(a, b).closure(e)({}) == a**2 + 2 * a * b + b**2
    assert world(Dual(2, {(0,): 1}), Dual(3, {})).closure(e)({}) == Dual(25, {(0,): 10})
    assert world(mpmath.mpf("0.5"), 1).closure(e)({}) == mpmath.mpf("2.25")
    assert world(Fraction(1, 2), 1).closure(e)({}) == Fraction(9, 4)
    cancel = World({}, {"x": Array.of([Rational(1, 3), Rational(-1, 3)])}, arithmetic=Digits())
    assert cancel.closure(Sum(x(i), (i, TWO)))({}) == 0  # what is left of 60 digits is nothing


def test_rounded_numbers_are_added_in_the_order_of_the_nested_sums() -> None:
    """(1e16 + 1) + (1 - 1e16) is 0 in floats, not 2 or 1."""
    here = World({}, {"x": Array.of([[1e16, 1.0], [1.0, -1e16]])}, arithmetic=Floats())
    assert here.closure(Sum(x(i, j), (i, TWO), (j, TWO)))({}) == (1e16 + 1.0) + (1.0 - 1e16)


def test_no_name_from_outside_is_in_the_text() -> None:
    """A tensor may be called anything."""
    name = "x'] + __import__('os').getcwd() + ['"
    here = World({}, {name: Array.of([1, 2])})
    assert here.closure(Sum(Entry(name, i), (i, TWO)))({}) == 3
