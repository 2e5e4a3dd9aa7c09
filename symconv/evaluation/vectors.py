"""Many numbers at once: exact ones over one denominator, rounded ones in floats (any others: `objects`; all with their
derivatives: `slopes`).

Operations go entry by entry. Exact vectors hold whole numerators, in 64 bits while a bound says that they fit and in
Python's integers beyond, and one denominator for all, so that sums, products and comparisons are exact. From the first
exp, log or root on, and from a quotient by many different numbers, vectors are of floats.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from operator import mul

import numpy as np

from symconv.evaluation.arithmetic import AnyNumber
from symconv.evaluation.rows import FloatArray, IntegerArray, Mask, Numerators, Rows, Selection, Vector

WHOLE = 2**62  # up to here int64 holds a sum of two
BITS = 2**53  # up to here a float holds every integer
COMMON = 2**100  # denominators up to here are brought to one
HUGE = 2**400  # up to here one may grow
FRACTION = np.frompyfunc(lambda over, under: Fraction(over) / under, 2, 1)
ERF = np.frompyfunc(math.erf, 1, 1)
REST = 1e-13  # a sum so much smaller than its parts is 0, rounded
NEAR = 1e-8  # rounded numbers that differ by no more, as a part of 1 or of the larger one, are held for equal


# ------------------------------------------------------------------------------------------------ exact
@dataclass(frozen=True)
class Rationals:
    """`over` holds the numerators, none of a size above `most`; `under` is their denominator. Where a common one would
    be huge, it is 1, and the numerators are Fractions."""

    over: Numerators
    under: int
    most: int

    @staticmethod
    def of(numbers: Sequence[int | Fraction]) -> "Rationals":
        """The vector of these numbers."""
        under = math.lcm(*{x.denominator for x in numbers})
        if under >= COMMON:
            return _apart(np.array(numbers, dtype=object), 1)
        over = [x.numerator * (under // x.denominator) for x in numbers]
        most = max(map(abs, over), default=0)
        return Rationals(np.array(over, dtype=object if most >= WHOLE else np.int64), under, most)

    @staticmethod
    def whole(numbers: IntegerArray | Mask) -> "Rationals":
        """Of integers that are not large, or of truths."""
        over = np.asarray(numbers, dtype=np.int64)
        return Rationals(over, 1, _size(over))

    @property
    def shape(self) -> tuple[int, ...]:
        return self.over.shape

    def __getitem__(self, key: Selection) -> "Rationals":
        return Rationals(self.over[key], self.under, self.most)

    def __neg__(self) -> "Rationals":
        return Rationals(-self.over, self.under, self.most)

    def __add__(self, other: Vector) -> Vector:
        if not isinstance(other, Rationals):
            return other + self
        under = math.lcm(self.under, other.under)
        a, b = self.over_of(under), other.over_of(under)
        most = a.most + b.most
        total = _room(a.over, most) + _room(b.over, most)
        return Rationals(total, under, most) if under < HUGE else _apart(total, under)

    def __mul__(self, other: Vector) -> Vector:
        if not isinstance(other, Rationals):
            return other * self
        most = self.most * other.most
        if most >= WHOLE:
            most = _size(self.over) * _size(other.over)
        product, under = _room(self.over, most) * _room(other.over, most), self.under * other.under
        return Rationals(product, under, most) if under < HUGE else _apart(product, under)

    def over_of(self, under: int) -> "Rationals":
        """Over a multiple of the denominator."""
        factor = under // self.under
        if factor == 1:
            return self
        most = self.most * factor
        return Rationals(_room(self.over, max(most, factor)) * factor, under, most)

    def spread(self, *shape: int) -> "Rationals":
        return self if self.shape == shape else Rationals(np.broadcast_to(self.over, shape), self.under, self.most)

    def summed(self, rows: Rows) -> "Rationals":
        most = self.most * int(rows.lengths.max(initial=0))
        return Rationals(rows.added(_room(self.over, most)), self.under, most)

    def largest(self, rows: Rows) -> IntegerArray:
        return rows.first_largest(self.over)

    def maximum(self, rows: Rows) -> "Rationals":
        return self[self.largest(rows)]

    @property
    def positive(self) -> Mask:
        above: Mask = self.over > 0
        return above

    def positive_part(self) -> "Rationals":
        return Rationals(self.over * self.positive, self.under, self.most)

    def power(self, n: int | Fraction) -> Vector:
        if isinstance(n, Fraction):
            return self.rounded.power(n)
        if n < 0:
            return self._inverse().power(-n)
        return reduce(mul, [self] * n) if n else Rationals.whole(np.ones(self.shape, dtype=np.int64))

    def _inverse(self) -> "Rationals | Reals":
        """Exact where the numerators have one small multiple."""
        if not np.all(self.over):
            raise ZeroDivisionError("a power of 0")
        if self.apart:
            return _apart(self.under / self.over, 1)
        common = 1
        for size in set(np.abs(self.over).ravel().tolist()):
            common = math.lcm(common, int(size))
            if common >= COMMON:
                return self.rounded.power(-1)
        most = common * self.under
        parts = _room(self.over, most)
        return Rationals(common // parts * self.under, common, most)

    def exp(self) -> "Reals":
        return self.rounded.exp()

    def log(self) -> "Reals":
        return self.rounded.log()

    def erf(self) -> "Reals":
        return self.rounded.erf()

    def erf_slope(self) -> "Reals":
        return self.rounded.erf_slope()

    def sin(self) -> "Reals":
        return self.rounded.sin()

    def cos(self) -> "Reals":
        return self.rounded.cos()

    def numbers(self) -> list[AnyNumber]:
        return [self.number(k) for k in range(len(self.over))]

    @property
    def apart(self) -> bool:
        """Whether each number has a denominator of its own."""
        return bool(self.over.size) and isinstance(self.over.flat[0], Fraction)

    def number(self, k: int) -> Fraction:
        """One of them."""
        return Fraction(self.over[k]) / self.under

    @property
    def rounded(self) -> "Reals":
        """As floats."""
        over = self.over if max(self.most, self.under) < BITS else self.over.astype(object)
        return Reals(np.asarray(over / self.under, dtype=float))


def _apart(over: Numerators, under: int) -> Rationals:
    """Each number with a denominator of its own."""
    numbers = np.asarray(FRACTION(over.astype(object), under), dtype=object)
    return Rationals(numbers, 1, _size(numbers) + 1)


def _room(x: Numerators, most: int) -> Numerators:
    """The numerators in a type that holds numbers up to `most`."""
    return x if most < WHOLE or x.dtype == object else x.astype(object)


def _size(x: Numerators) -> int:
    return int(np.abs(x).max(initial=0))


# ------------------------------------------------------------------------------------------------ rounded
@dataclass(frozen=True)
class Reals:
    """Floats of 64 bits. A sum that is nothing beside what is added up is 0, as the gradient of a bias in front of a
    batch norm is, but for last bits."""

    f: FloatArray

    @property
    def shape(self) -> tuple[int, ...]:
        return self.f.shape

    def __getitem__(self, key: Selection) -> "Reals":
        return Reals(self.f[key])

    def __neg__(self) -> "Reals":
        return Reals(-self.f)

    def __add__(self, other: Vector) -> Vector:
        if not isinstance(other, Rationals | Reals):
            return other + self
        a, b = self.f, floats(other)
        return Reals(cancelled(a + b, np.maximum(np.abs(a), np.abs(b))))

    def __mul__(self, other: Vector) -> Vector:
        return Reals(self.f * floats(other)) if isinstance(other, Rationals | Reals) else other * self

    def spread(self, *shape: int) -> "Reals":
        return self if self.shape == shape else Reals(np.broadcast_to(self.f, shape))

    def summed(self, rows: Rows) -> "Reals":
        return Reals(cancelled(rows.added(self.f), rows.added(np.abs(self.f))))

    def largest(self, rows: Rows) -> IntegerArray:
        return rows.first_largest(self.f)

    def maximum(self, rows: Rows) -> "Reals":
        return self[self.largest(rows)]

    @property
    def positive(self) -> Mask:
        return self.f > 0

    def positive_part(self) -> "Reals":
        return Reals(self.f * self.positive)

    def power(self, n: int | Fraction) -> "Reals":
        # of 0, which may be what underflowed, infinite; of what overflowed no number, for 1/inf would pass for 0
        return Reals(np.where(np.isinf(self.f), np.nan, self.f ** float(n)))

    def exp(self) -> "Reals":
        return Reals(np.exp(self.f))

    def log(self) -> "Reals":
        return Reals(np.log(self.f))

    def erf(self) -> "Reals":
        return Reals(np.asarray(ERF(self.f), dtype=float))

    def erf_slope(self) -> "Reals":
        return Reals(2 / math.sqrt(math.pi) * np.exp(-self.f * self.f))

    def sin(self) -> "Reals":
        return Reals(np.sin(self.f))

    def cos(self) -> "Reals":
        return Reals(np.cos(self.f))

    def numbers(self) -> list[AnyNumber]:
        return list(self.f.tolist())


def cancelled(total: FloatArray, size: FloatArray) -> FloatArray:
    """A sum, or 0 where it is nothing beside the sum of the sizes; no number where that is infinite."""
    return np.where(np.abs(total) < REST * size, 0.0 * size, total)


def floats(x: Vector) -> FloatArray:
    """A vector's numbers as floats."""
    assert isinstance(x, Rationals | Reals), x
    return x.f if isinstance(x, Reals) else x.rounded.f


def equal(x: Vector, y: Vector) -> Mask:
    """Where two vectors are equal: exactly, or as nearly as floats are."""
    if isinstance(x, Rationals) and isinstance(y, Rationals):
        under = math.lcm(x.under, y.under)
        same: Mask = x.over_of(under).over == y.over_of(under).over
        return same
    a, b = floats(x), floats(y)
    with np.errstate(invalid="ignore"):  # what is no number, or infinite, is equal to nothing
        return np.abs(a - b) < NEAR * np.maximum(1, np.maximum(np.abs(a), np.abs(b)))
