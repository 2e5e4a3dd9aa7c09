"""Vectors with derivatives are dual numbers, one after the other."""

from fractions import Fraction

import numpy as np
from depth import examples
from hypothesis import given, settings, strategies as st

from symconv.evaluation.dual import Dual
from symconv.evaluation.slopes import Slopes, joined
from symconv.evaluation.vectors import Rationals, Rows
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
