"""Numbers of four kinds: exact or to 40 digits, symbolic, polynomial, and rounded ones that are only shown."""

import math
from fractions import Fraction
from typing import Any

import mpmath
import pytest
import sympy
from hypothesis import given, strategies as st
from sympy import E, Float, Integer, Rational, exp, log, sqrt

from symconv.evaluation.arithmetic import DIGITS, Digits, Exact, Floats, Numbers, long, wide
from symconv.evaluation.polynomial import NotPolynomial, letters

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
    (x,) = letters("x")
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
    (x,) = letters("x")
    assert NUMBERS.positive(x + -x + 3)
    assert not NUMBERS.positive(x + -x)
    assert not NUMBERS.positive(x + -x + -1)


def test_exact_numbers_stay_symbols() -> None:
    assert EXACT.exp(1) == E and EXACT.exp(Fraction(1, 2)) == sympy.exp(Rational(1, 2))
    assert EXACT.log(1) == 0 and EXACT.log(Integer(2)) == sympy.log(2)


@pytest.mark.parametrize("x", [E - 2, sympy.log(2), 1 - sympy.log(2), Rational(1, 10**9)])
def test_exact_comparisons_look_at_the_value(x: sympy.Expr) -> None:
    assert EXACT.positive(x) and not EXACT.positive(-x)


def test_rounded_numbers_neither_overflow_nor_vanish() -> None:
    """e to the power of 1000 is beyond floats, and a softmax divides such numbers."""
    numbers = Floats()
    large, small = numbers.exp(1000.0), numbers.exp(-1000)
    assert large / (large + numbers.exp(999.0)) == pytest.approx(1 / (1 + math.exp(-1)))
    assert numbers.log(large) == 1000 and numbers.log(small) == -1000 and large * small == pytest.approx(1)
    assert numbers.power(large, Fraction(1, 2)) == pytest.approx(numbers.exp(500)) and numbers.erf(large) == 1
    assert isinstance(numbers.exp(1.5), float) and numbers.exp(Fraction(3, 2)) == math.exp(1.5)


@pytest.mark.parametrize("x", [0, 1.5, -2, Fraction(1, 3), Rational(1, 3), Float("0.25"), exp(1) / 3, mpmath.mpf(7)])
def test_numbers_of_everyday_size_are_floats(x: Any) -> None:
    assert isinstance(wide(x), float) and wide(x) == pytest.approx(float(x), rel=1e-15)


@pytest.mark.parametrize("x", [10**400, Fraction(1, 10**400), Float("1e400"), exp(1000), mpmath.mpf("1e-400")])
def test_very_large_and_very_small_ones_stay_what_they_are(x: Any) -> None:
    assert isinstance(wide(x), mpmath.mpf) and wide(x) not in (0, mpmath.inf)
    assert abs(mpmath.log10(wide(x))) == pytest.approx(400, abs=40)


def test_what_is_left_of_a_sum_that_cancels_is_nothing() -> None:
    """Of thirds, and of powers of e; but not what is small by itself, or the smaller of two."""
    numbers = Digits()
    third, power = long(Fraction(1, 3)), numbers.exp(1)
    total = numbers.add(numbers.add(long(1), -third), -third)
    assert total and numbers.add(total, -third) == 0
    assert numbers.add(power * numbers.power(power, -1), long(-1)) == 0
    assert numbers.add(numbers.exp(-1000), 0) > 0 and numbers.add(long(1), long(Fraction(1, 10**30)) - 1) > 0
    assert numbers.add(2, 3) == 5 and isinstance(numbers.add(2, 3), int)
    assert isinstance(numbers.rational(Fraction(2)), int) and not isinstance(numbers.rational(Fraction(1, 2)), int)


def test_numbers_with_many_digits() -> None:
    numbers, two = Digits(), long(Fraction(2))
    assert numbers.log(numbers.exp(two)) - two == pytest.approx(0, abs=1e-58)
    assert numbers.power(two, Fraction(1, 2)) ** 2 - two == pytest.approx(0, abs=1e-58)
    assert numbers.power(numbers.pi(), -1) == pytest.approx(0.3183098861837907)
    assert numbers.erf(Rational(1, 2)) == pytest.approx(math.erf(0.5)) and long(sqrt(2)) == pytest.approx(math.sqrt(2))
    assert long(exp(log(3) - log(3))) == 1 == long(1)
