"""Three kinds of numbers: exact or to 40 digits, symbolic, polynomial; and intervals that enclose."""

from fractions import Fraction

import mpmath
import pytest
import sympy
from hypothesis import given, strategies as st
from sympy import E, Integer, Rational
from sympy.polys.domains import QQ
from sympy.polys.rings import ring

from symconv.verification.arithmetic import DIGITS, Exact, NotPolynomial, Numbers

NUMBERS, EXACT = Numbers(), Exact()


def test_exp_and_log_have_40_digits() -> None:
    with mpmath.workdps(DIGITS + 5):
        assert abs(NUMBERS.exp(1) - mpmath.e) < mpmath.mpf(10) ** -DIGITS
        assert abs(NUMBERS.log(NUMBERS.exp(Fraction(1, 3))) - mpmath.mpf(1) / 3) < mpmath.mpf(10) ** -DIGITS


@given(st.fractions(max_denominator=9), st.integers(0, 3))
def test_fractions_stay_exact(x: Fraction, n: int) -> None:
    assert NUMBERS.power(x, n) == x**n
    assert NUMBERS.positive(x) == EXACT.positive(x) == (x > 0)


def test_an_integer_has_an_exact_inverse() -> None:
    assert NUMBERS.power(4, -1) == Fraction(1, 4)


def test_polynomials_neither_compare_nor_divide() -> None:
    _, x = ring("x", QQ)
    for ask in (
        lambda: NUMBERS.positive(x),
        lambda: NUMBERS.exp(x),
        lambda: NUMBERS.log(x),
        lambda: NUMBERS.power(x, -1),
    ):
        with pytest.raises(NotPolynomial):
            ask()
    assert NUMBERS.power(x, 2) == x * x


def test_a_constant_polynomial_compares() -> None:
    _, x = ring("x", QQ)
    assert NUMBERS.positive(x - x + 3)
    assert not NUMBERS.positive(x - x)
    assert not NUMBERS.positive(x - x - 1)


def test_exact_numbers_stay_symbols() -> None:
    assert EXACT.exp(1) == E and EXACT.exp(Fraction(1, 2)) == sympy.exp(Rational(1, 2))
    assert EXACT.log(1) == 0 and EXACT.log(Integer(2)) == sympy.log(2)


@pytest.mark.parametrize("x", [E - 2, sympy.log(2), 1 - sympy.log(2), Rational(1, 10**9)])
def test_exact_comparisons_look_at_the_value(x: sympy.Expr) -> None:
    assert EXACT.positive(x) and not EXACT.positive(-x)
