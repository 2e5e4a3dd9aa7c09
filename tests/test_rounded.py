"""What float64 may lose: no sum, product or function loses more in any order, and integers lose nothing."""

import math
from fractions import Fraction
from random import Random
from typing import Any

import mpmath
import pytest
from hypothesis import given, strategies as st

from symconv.verification.rounded import Rounding, off_by, rounded

NUMBER = st.fractions(-1000, 1000, max_denominator=1000)
SMALL = st.integers(-100, 100).map(Fraction) | st.integers(-100, 100).map(lambda n: Fraction(n, 8))


def off(found: float, exact: Any) -> Fraction:
    return abs(Fraction(found) - (exact if isinstance(exact, Fraction) else Fraction(str(exact))))


@given(st.lists(st.tuples(NUMBER, NUMBER), min_size=1, max_size=8), st.integers())
def test_a_sum_of_products_loses_no_more_in_any_order(pairs: list[tuple[Fraction, Fraction]], seed: int) -> None:
    bound = sum((rounded(a) * rounded(b) for a, b in pairs), rounded(0)).bound
    exact = sum((a * b for a, b in pairs), Fraction(0))
    floats = [float(a) * float(b) for a, b in pairs]
    for k in range(4):
        Random(seed + k).shuffle(floats)
        assert off(sum(floats), exact) <= bound


@given(st.lists(st.tuples(SMALL, SMALL), min_size=1, max_size=8))
def test_integers_and_eighths_lose_nothing(pairs: list[tuple[Fraction, Fraction]]) -> None:
    total = sum((rounded(a) * rounded(b) for a, b in pairs), rounded(0))
    assert total.bound == (total - 3).bound == (-total * Fraction(1, 4)).bound == 0
    assert total.v == sum(a * b for a, b in pairs)


def test_numbers_of_more_than_53_bits_lose_something() -> None:
    assert rounded(2**53 + 1).bound > 0 == rounded(2**53).bound
    assert (rounded(2**53) + 1).bound > 0 and (rounded(2**27 + 1) * (2**27 + 1)).bound > 0
    assert rounded(Fraction(1, 3)).bound > 0 and (rounded(Fraction(1, 2**40)) + 2**20).bound > 0


@given(st.fractions(Fraction(-20), Fraction(20), max_denominator=50))
def test_functions_lose_no_more(x: Fraction) -> None:
    number = Rounding()
    with mpmath.workdps(60):
        exact = mpmath.mpf(x.numerator) / x.denominator
        for made, found, want in (
            (number.exp(x), math.exp(float(x)), mpmath.exp(exact)),
            (number.erf(x), math.erf(float(x)), mpmath.erf(exact)),
            (number.log(number.exp(x)), math.log(math.exp(float(x))), exact),
            (number.power(number.exp(x), Fraction(1, 2)), math.sqrt(math.exp(float(x))), mpmath.exp(exact / 2)),
            (number.power(number.exp(x), -1), 1 / math.exp(float(x)), mpmath.exp(-exact)),
            (number.power(x, 2), float(x) * float(x), exact**2),
            (number.pi() * x, math.pi * float(x), mpmath.pi * exact),
        ):
            assert made.v == pytest.approx(found, rel=1e-14) and off(found, want) <= made.bound


def test_an_inverse_of_a_power_of_two_is_exact() -> None:
    number = Rounding()
    assert number.power(4, -1).bound == 0 < number.power(3, -1).bound
    assert (number.power(8, -1) * 3).v == 0.375 and number.power(3, 0).v == 1


def test_a_named_function_may_pass_through_numbers_as_large_as_its_argument() -> None:
    """log(1 + e^-19) by z + max(-z, 0) + log(...), as torch computes it, cancels nineteens."""
    number = Rounding()
    z = rounded(Fraction(-58, 3))
    plain = number.log(number.exp(z) + 1)
    with mpmath.workdps(60):
        exact = mpmath.log(1 + mpmath.exp(mpmath.mpf(-58) / 3))
    found = z.v + -z.v + math.log(math.exp(z.v) + 1)
    assert off(found, exact) <= number.function(z, plain).bound > plain.bound


def test_a_comparison_is_decided_unless_rounding_may_turn_it() -> None:
    number, third = Rounding(), rounded(Fraction(1, 3))
    assert number.positive(third) and not number.positive(-third) and not number.positive(0)
    assert not number.positive(rounded(1) - 1) and not number.undecided
    assert not number.positive(third - third) and number.undecided


def test_what_is_off_by_all_it_is_has_no_bound() -> None:
    number = Rounding()
    assert number.exp(rounded(800)).bound == (number.exp(rounded(800)) * 0 + 1).bound == math.inf
    assert number.log(off_by(1.0, 1.0)).bound == number.power(off_by(1.0, 2.0), -1).bound == math.inf
