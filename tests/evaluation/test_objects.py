"""Vectors of objects say what their numbers say one by one, in the arithmetic that they are given."""

from fractions import Fraction

import numpy as np
import pytest
from sympy import Expr, Rational, erf, exp, log, pi, symbols

from symconv.evaluation.arithmetic import Digits, Exact, Numbers
from symconv.evaluation.objects import Objects
from symconv.evaluation.polynomial import letters
from symconv.evaluation.rounded import Rounding
from symconv.evaluation.rows import Rows
from symconv.evaluation.slopes import Slopes, joined
from symconv.evaluation.vectors import Rationals

NUMBER, EXACT, DIGITS = Numbers(), Exact(), Digits()
ROWS = Rows(np.array([0, 0, 2]), 4)  # rows 1 and 3 are empty


def test_polynomials_are_numbers() -> None:
    a, b = letters("ab")
    x = Objects.of([a, b, a * b], NUMBER)
    assert x.shape == (3,) and x[1:].numbers() == [b, a * b] and (-x).numbers() == [-a, -b, -a * b]
    assert (x + x).numbers() == [2 * a, 2 * b, 2 * a * b] and (x * x).numbers() == [a**2, b**2, a**2 * b**2]
    assert x.summed(ROWS).numbers() == [a + b, 0, a * b, 0] and x.power(2)[0].each == [a**2]
    assert x[:1].spread(2).numbers() == [a, a]


def test_numbers_are_added_in_their_arithmetic() -> None:
    """With many digits, what cancels is 0: Python's own sum leaves some last bits."""
    e = DIGITS.exp(1)
    x = Objects.of([3 * e, -e, -2 * e], DIGITS)
    assert x.summed(Rows(np.zeros(3, dtype=int), 1)).numbers() == [0] and 3 * e - e - 2 * e != 0
    assert (Objects.of([3 * e - e], DIGITS) + Objects.of([-2 * e], DIGITS)).numbers() == [0]


def test_exact_ones_among_them() -> None:
    x = Objects.of([Fraction(1, 2), 3], NUMBER)
    halves = Rationals.of([Fraction(1, 2), Fraction(1)])
    assert (x + halves).numbers() == (halves + x).numbers() == [1, 4]
    assert (x * halves).numbers() == (halves * x).numbers() == [Fraction(1, 4), 3]
    assert joined([x, halves]).numbers() == [Fraction(1, 2), 3, Fraction(1, 2), 1]


def test_of_largest_ones_the_first_counts() -> None:
    x = Objects.of([2, 2, -1], NUMBER)
    assert x.largest(ROWS).tolist() == [0, 2] and x.maximum(ROWS).numbers() == [2, -1]
    assert x.positive.tolist() == [True, True, False] and x.positive_part().numbers() == [2, 2, 0]


def test_a_maximum_is_as_far_off_as_any_of_them() -> None:
    third, half = Rounding().exp(-1), Rounding().exp(0)
    x = Objects.of([half, third], Rounding())
    assert x.maximum(Rows(np.array([0, 0]), 1)).numbers()[0].bound == max(half.bound, third.bound)


T = symbols("t")


@pytest.mark.parametrize("value, e", [("exp", exp(T)), ("log", log(T)), ("erf", erf(T)), ("erf_slope", erf(T).diff(T))])
def test_functions_are_those_of_the_arithmetic(value: str, e: Expr) -> None:
    x = Objects.of([Rational(1, 3), 2], EXACT)
    found = getattr(x, value)().numbers()
    assert [abs((y - e.subs(T, k)).evalf()) < 1e-14 for y, k in zip(found, x.each, strict=True)] == [True, True]


def test_with_derivatives() -> None:
    x = Slopes(Objects.of([2, 3], NUMBER), Rationals.whole(np.eye(2, dtype=int)))
    square = Objects.of([1, 1], NUMBER) * x * x
    assert square.numbers() == [4, 9] and [square.d[k].numbers() for k in range(2)] == [[4, 0], [0, 6]]  # type: ignore[attr-defined]
    assert (Objects.of([pi, 1], EXACT) + x).numbers() == [pi + 2, 4]
