"""Vectors with derivatives are dual numbers, one after the other."""

from fractions import Fraction

import numpy as np
from depth import examples
from hypothesis import given, settings, strategies as st
from one_by_one import Dual, dual

from symconv.evaluation.rows import Rows
from symconv.evaluation.slopes import Slopes, joined
from symconv.evaluation.vectors import Rationals
from tests.evaluation.test_vectors import numbers


def slopes(a: list[Fraction], d: list[Fraction]) -> Slopes:
    return Slopes(Rationals.of(a), Rationals.of(d)[:, None] * Rationals.whole(np.array([[1, 2]])))


def duals(x: Slopes) -> list[Dual]:
    pairs = np.array(numbers(x.d), dtype=object).reshape(-1, 2).tolist()
    return [Dual(v, {(0,): p, (1,): q}) for v, (p, q) in zip(numbers(x.v), pairs, strict=True)]


SHORT = st.lists(st.fractions(-3, 3, max_denominator=4).filter(bool), min_size=2, max_size=2)


@settings(max_examples=examples(30))
@given(SHORT, SHORT, SHORT, SHORT)
def test_derivatives_are_those_of_dual_numbers(
    a: list[Fraction], b: list[Fraction], c: list[Fraction], d: list[Fraction]
) -> None:
    x, y, still = slopes(a, b), slopes(c, d), Rationals.of(c)
    pairs = list(zip(duals(x), duals(y), strict=True))
    assert duals(x * y) == [p * q for p, q in pairs] and duals(x + y) == [p + q for p, q in pairs]
    assert duals(x * still) == [p * n for p, n in zip(duals(x), c, strict=True)] == duals(still * x)
    assert duals(still + x) == [p + n for p, n in zip(duals(x), c, strict=True)]
    assert duals(x.power(-2)) == [p.along(p.v**-2, -2 * p.v**-3) for p in duals(x)]
    assert duals(joined([x, y])) == duals(x) + duals(y)
    both = joined([x, still])  # numbers with derivatives and without
    assert duals(both) == [*duals(x), *(Dual(n, {(0,): 0, (1,): 0}) for n in c)]
    assert duals(x.summed(Rows(np.array([0, 0]), 1))) == [duals(x)[0] + duals(x)[1]]
    assert x.count == 2 and x.positive.tolist() == [n > 0 for n in a]


# ---------------------------------------------------------------------- what they are held against
whole = st.integers(-9, 9)
sparse = st.builds(lambda v, a, b: Dual(v, {(0,): a, (1,): b}), whole, whole, whole)
NOTHING: dict[tuple[int, ...], int] = {}


def test_a_number_has_no_derivative() -> None:
    assert dual(3) == Dual(3, NOTHING)
    assert dual(Dual(3, {(0,): 1})) == Dual(3, {(0,): 1})


@given(sparse, sparse)
def test_sum_and_product_rule(x: Dual, y: Dual) -> None:
    for at in ((0,), (1,)):
        assert (x + y).d[at] == x.d[at] + y.d[at]
        assert (x * y).d[at] == x.v * y.d[at] + x.d[at] * y.v
    assert ((x + y).v, (x * y).v) == (x.v + y.v, x.v * y.v)


@given(sparse, whole)
def test_numbers_on_either_side(x: Dual, c: int) -> None:
    assert c + x == x + c == Dual(x.v + c, x.d)
    assert (c * x).d == (x * c).d == {at: c * slope for at, slope in x.d.items()}


def test_different_entries_keep_their_own_slopes() -> None:
    x, y = Dual(2, {(0,): 1}), Dual(5, {(1,): 1})
    assert x * y == Dual(10, {(0,): 5, (1,): 2})


def test_the_chain_rule() -> None:
    x = Dual(Fraction(2), {(0,): Fraction(3)})
    assert x.along(x.v**2, 2 * x.v) == Dual(Fraction(4), {(0,): Fraction(12)})
