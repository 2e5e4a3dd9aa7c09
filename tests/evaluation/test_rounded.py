"""What float64 may lose: no sum, product or function loses more in any order, and integers lose nothing."""

import math
from fractions import Fraction
from random import Random
from typing import Any

import mpmath
import pytest
from hypothesis import given, strategies as st

from symconv.evaluation.rounded import Rounding, off_by, rounded

NUMBER = st.fractions(-1000, 1000, max_denominator=1000)
SMALL = st.integers(-100, 100).map(Fraction) | st.integers(-100, 100).map(lambda n: Fraction(n, 8))


def off(found: float, exact: Any) -> Any:
    """With 60 digits, and no number rounded to begin with."""
    with mpmath.workdps(60):
        if isinstance(exact, Fraction):
            exact = mpmath.mpf(exact.numerator) / exact.denominator
        return abs(mpmath.mpf(found) - exact)


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


def test_what_cancels_may_be_summed_after_what_does_not() -> None:
    """(1/3 + 40) - 40 has lost the last bits of a third."""
    total = (rounded(40) + -40) + Fraction(1, 3)
    assert total.v == pytest.approx(1 / 3) and off((1 / 3 + 40) - 40, Fraction(1, 3)) <= total.bound


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


def test_a_maximum_is_bounded_whichever_number_rounding_makes_the_largest() -> None:
    number, third = Rounding(), rounded(Fraction(1, 3))
    wider = third + Fraction(1, 5) - Fraction(1, 5)
    highest = number.maximum((third, wider, rounded(0)))
    assert highest.v == pytest.approx(1 / 3) and highest.bound == wider.bound > third.bound
    assert number.positive_part(wider - third).bound > 0 and not number.undecided
    assert number.positive_part(rounded(-2)) == number.maximum((3, 5, 5)).bound == 0


def test_what_is_off_by_all_it_is_has_no_bound() -> None:
    number = Rounding()
    assert number.log(off_by(1, 1)).bound == number.power(off_by(1, 2), -1).bound == math.inf
    assert number.log(0).bound == number.power(0, -1).bound == number.power(-2, Fraction(1, 2)).bound == math.inf
    assert number.exp(Fraction(10**399)).bound == number.exp(off_by(1, 10**7)).bound == math.inf
    assert (number.exp(10**7) * 0 + 1).bound == math.inf


@pytest.mark.parametrize("scores", [(-1000, -1000), (-746, -744), (-744, -744), (1000, 0), (-740, 0), (800, 799)])
def test_a_softmax_is_bounded_however_far_its_scores_are_from_0(scores: tuple[int, int]) -> None:
    """Float64 computes it less the largest one; what underflows is off by the least of its numbers."""
    number = Rounding()
    powers = [number.exp(x) for x in scores]
    p = (powers[0] * number.power(powers[0] + powers[1], -1)).finished
    loss = (number.log(powers[0] + powers[1]) + -scores[0]).finished
    shifted = [math.exp(x - max(scores)) for x in scores]
    with mpmath.workdps(60):
        exact = 1 / (1 + mpmath.exp(mpmath.mpf(scores[1] - scores[0])))
    assert off(shifted[0] / sum(shifted), exact) <= p.bound < 1e-12 and loss.bound < 1e-11


def test_a_tensor_is_what_float64_holds() -> None:
    number, huge = Rounding(), rounded(10**160)
    assert (huge * huge).bound < math.inf == (huge * huge).finished.bound == rounded(10**399).finished.bound
    assert rounded(10**300).finished.bound < math.inf
    tiny = (number.exp(-745) * 1).finished
    assert off(math.exp(-745), mpmath.exp(-745)) <= tiny.bound and rounded(Fraction(1, 2**1075)).finished.bound > 0
    assert rounded(7).finished.bound == 0


def test_one_number_far_from_the_others_loses_them() -> None:
    total = rounded(2**600) * rounded(Fraction(1, 2**600)) + rounded(Fraction(1, 2**500))
    assert total.v == 1 and 0 < total.bound < 1e-15
