"""Vectors say what their numbers say one by one: exactly, over any denominators and beyond 64 bits; as floats; with
derivatives."""

import math
from fractions import Fraction

import numpy as np
import pytest
from depth import examples
from hypothesis import given, settings, strategies as st

from symconv.evaluation.rows import Rows
from symconv.evaluation.slopes import joined
from symconv.evaluation.vectors import Rationals, Reals, equal, floats

NUMBERS = st.one_of(
    st.integers(-3, 3).map(Fraction), st.fractions(max_denominator=12), st.integers(-(10**30), 10**30).map(Fraction)
)
LISTS = st.lists(NUMBERS, min_size=4, max_size=4)
ROWS = Rows(np.array([0, 0, 2, 2]), 4)  # rows 1 and 3 are empty


def numbers(x: object) -> list[Fraction]:
    assert isinstance(x, Rationals)
    assert all(abs(int(n)) <= x.most for n in x.over.ravel())
    return [Fraction(n if isinstance(n, Fraction) else int(n)) / x.under for n in x.over.ravel()]


@settings(max_examples=examples(60))
@given(LISTS, LISTS)
def test_exact_vectors_are_exact(a: list[Fraction], b: list[Fraction]) -> None:
    x, y = Rationals.of(a), Rationals.of(b)
    assert numbers(x) == a and numbers(-x) == [-n for n in a] and numbers(x[1:3]) == a[1:3]
    assert numbers(x + y) == [n + m for n, m in zip(a, b, strict=True)]
    assert numbers(x * y) == [n * m for n, m in zip(a, b, strict=True)]
    assert numbers(x * y * x + y) == [n * m * n + m for n, m in zip(a, b, strict=True)]
    assert equal(x, y).tolist() == [n == m for n, m in zip(a, b, strict=True)]
    assert x.positive.tolist() == [n > 0 for n in a]
    assert numbers(x.power(3)) == [n**3 for n in a] and numbers(x.power(0)) == [1] * 4
    assert numbers(x.summed(ROWS)) == [a[0] + a[1], 0, a[2] + a[3], 0]
    assert x.largest(ROWS).tolist() == [int(a[1] > a[0]), 2 + int(a[3] > a[2])]
    assert numbers(joined([x, y])) == a + b
    assert np.array_equal(x.rounded.f, [float(n) for n in a])


@settings(max_examples=examples(30))
@given(st.lists(st.integers(-9, 9).filter(bool), min_size=3, max_size=3), st.integers(1, 3), st.integers(1, 5))
def test_quotients_by_few_numbers_are_exact(below: list[int], n: int, under: int) -> None:
    found = Rationals.of([Fraction(k, under) for k in below]).power(-n)
    assert numbers(found) == [Fraction(k, under) ** -n for k in below]


def test_quotients_by_many_numbers_are_floats() -> None:
    below = [Fraction(p) for p in range(10**9, 10**9 + 40)]
    found = Rationals.of(below).power(-1)
    assert isinstance(found, Reals) and found.f.tolist() == [float(1 / p) for p in below]


@settings(max_examples=examples(20))
@given(st.lists(st.integers(1, 9).map(lambda n: Fraction(n, 10**40 + n)), min_size=4, max_size=4), LISTS)
def test_numbers_without_a_common_denominator_keep_their_own(a: list[Fraction], b: list[Fraction]) -> None:
    a = [*a[:3], Fraction(1, 3**90)]
    x, y = Rationals.of(a), Rationals.of(b)
    assert x.apart and not y.apart and numbers(x) == a and [x.number(k) for k in range(4)] == a
    assert numbers(x * y) == [n * m for n, m in zip(a, b, strict=True)]
    assert numbers(y + x) == [n + m for n, m in zip(a, b, strict=True)]
    assert numbers(x.power(-2)) == [n**-2 for n in a] and x.positive.all()
    assert x.largest(ROWS).tolist() == [int(a[1] > a[0]), 2 + int(a[3] > a[2])]
    assert numbers(x.summed(ROWS)) == [a[0] + a[1], 0, a[2] + a[3], 0]
    grown = Rationals.of([Fraction(1, 2**90), Fraction(3)])
    assert grown.power(5).apart and numbers(grown.power(5)) == [Fraction(1, 2**450), 243]
    assert equal(x, x).all() and not equal(x, x + x).any()


def test_what_overflows_is_equal_to_nothing() -> None:
    far = Reals(np.array([1.0, np.inf, 2.0, np.nan]))
    with np.errstate(all="ignore"):
        assert equal(far, far).tolist() == [True, False, True, False]
        assert not equal(Reals(np.array([5.0, 0.0])), far[1:3]).any()
        assert floats(far + Rationals.of([1]))[:3].tolist() == [2, np.inf, 3]
        assert np.isnan(floats(far.power(-1)))[[1, 3]].all()  # 1/inf would pass for 0
        assert np.isinf(floats(far.summed(ROWS))[0]) and np.isnan(floats(far.summed(ROWS))[2])
        huge = Reals(np.array([1e308, -1e308, 1e308, -1e308])).summed(Rows(np.zeros(4, dtype=int), 1))
        assert np.isnan(floats(huge)).all()  # what its parts sum up to is infinite


@pytest.mark.parametrize(("entries", "first"), [([1, 3, 3], 1), ([1, np.nan, 3], 1), ([np.nan, 9, np.nan], 0)])
def test_what_is_no_number_is_the_largest(entries: list[float], first: int) -> None:
    x = Reals(np.array(entries, dtype=float))
    assert x.largest(Rows(np.zeros(3, dtype=int), 1)).tolist() == [first]


def test_an_exact_zero_has_no_inverse() -> None:
    with pytest.raises(ZeroDivisionError):
        Rationals.of([1, 0]).power(-1)


def test_large_numerators_leave_64_bits() -> None:
    x = Rationals.of([2**40, -(2**40)])
    assert x.over.dtype == np.int64 and (x * x).over.dtype == object
    assert numbers(x * x * x) == [Fraction(2**120), Fraction(-(2**120))]
    small = Rationals(np.array([1, 2]), 1, 2**61)  # a bound that is far too large is looked at again
    assert (small * small).over.dtype == np.int64


FLOATS = st.floats(-4, 4).map(lambda x: round(x, 3))


@settings(max_examples=examples(30))
@given(st.lists(FLOATS, min_size=4, max_size=4), LISTS)
def test_floats_take_exact_numbers_among_them(a: list[float], b: list[Fraction]) -> None:
    x, y = Reals(np.array(a)), Rationals.of(b)
    near = np.array([float(n) for n in b])
    for found, right in ((x * y, a * near), (y * x, a * near), (x.exp(), np.exp(a))):
        assert isinstance(found, Reals) and np.array_equal(found.f, right)
    assert np.allclose(floats(x + y), a + near, rtol=1e-12) and np.array_equal(floats(x + y), floats(y + x))


def test_what_cancels_is_nothing() -> None:
    """1/3 in floats, three times, less 1."""
    third = Reals(np.array([1 / 3, 1 / 3, 1 / 3, -1 + 2**-53]))
    assert third.summed(Rows(np.zeros(4, dtype=int), 1)).f.tolist() == [0.0]
    assert (Reals(np.array([0.1 + 0.2])) + Reals(np.array([-0.3]))).f.tolist() == [0.0]
    assert (Reals(np.array([1.0])) + Reals(np.array([1e-9 - 1.0]))).f[0] != 0.0


def test_floats_are_equal_where_they_nearly_are() -> None:
    x = Reals(np.array([1.0, 1000.0, 0.0, math.inf]))
    assert equal(x, Reals(np.array([1.0 + 1e-12, 1000.001, 1e-6, math.inf]))).tolist() == [True, False, False, False]
