"""Many floats at once, each with the rounding error to be expected of it, as independent errors add up.

A product of two loses at most u = 2^-53 times its size, and a sum of n numbers about sqrt(n) u times the sum of their
sizes (Higham and Mary, A new approach to probabilistic rounding error analysis, 2019); what operands have lost arrives
at a result as the root of the sum of squares, to first order. That is no proof, as `rounded` is, whose bounds hold for
certain and are a formality in a deep network; it is near. Where one error arrives by many paths, as of a mean that all
read, it is too small. Comparisons are taken as they turn out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from symconv.evaluation.arithmetic import AnyNumber
from symconv.evaluation.rows import FloatArray, IntegerArray, Mask, Rows, Selection, Vector
from symconv.evaluation.vectors import BITS, Rationals, Reals, floats

UNIT = 2.0**-53
FUNCTION = 2 * UNIT  # of a function's value: a library's exp is off by less than one unit in the last place


@dataclass(frozen=True)
class Uncertain:
    """Floats, and what each is expected to be off."""

    f: FloatArray
    off: FloatArray

    @property
    def shape(self) -> tuple[int, ...]:
        return self.f.shape

    def __getitem__(self, key: Selection) -> "Uncertain":
        return Uncertain(self.f[key], self.off[key])

    def __neg__(self) -> "Uncertain":
        return Uncertain(-self.f, self.off)

    def __add__(self, other: Vector) -> Vector:
        if not isinstance(other, Rationals | Reals | Uncertain):
            return other + self
        its = uncertain(other)
        total = self.f + its.f
        both = (self.f != 0) & (its.f != 0)
        return Uncertain(total, np.hypot(np.hypot(self.off, its.off), UNIT * np.abs(total) * both))

    def __mul__(self, other: Vector) -> Vector:
        if not isinstance(other, Rationals | Reals | Uncertain):
            return other * self
        its = uncertain(other)
        product = self.f * its.f
        rounds = 0.0 if isinstance(other, Rationals) and other.under == 1 and other.most <= 1 else UNIT
        off = np.hypot(np.hypot(self.f * its.off, its.f * self.off), rounds * product)
        return Uncertain(product, off)

    def spread(self, *shape: int) -> "Uncertain":
        return (
            self if self.shape == shape else Uncertain(np.broadcast_to(self.f, shape), np.broadcast_to(self.off, shape))
        )

    def summed(self, rows: Rows) -> "Uncertain":
        addends = rows.added((self.f != 0).astype(float))
        off = np.hypot(
            np.sqrt(rows.added(self.off**2)), np.sqrt(np.maximum(addends - 1, 0)) * UNIT * rows.added(np.abs(self.f))
        )
        return Uncertain(rows.added(self.f), off)

    def largest(self, rows: Rows) -> IntegerArray:
        return rows.first_largest(self.f)

    def maximum(self, rows: Rows) -> "Uncertain":
        """As far off as the farthest of them: rounding may make any of them the largest."""
        return Uncertain(self.f[self.largest(rows)], rows.added(self.off, np.maximum)[rows.there])

    @property
    def positive(self) -> Mask:
        return self.f > 0

    def positive_part(self) -> "Uncertain":
        return Uncertain(self.f * self.positive, self.off * (self.f + self.off > 0))

    def power(self, n: int | Fraction) -> "Uncertain":
        y = Reals(self.f).power(n).f
        slope = float(n) * Reals(self.f).power(n - 1).f if n else np.zeros_like(y)
        return self._along(y, slope, 0.0 if n in (0, 1) else FUNCTION * np.abs(y))

    def exp(self) -> "Uncertain":
        y = np.exp(self.f)
        return self._along(y, y, (FUNCTION + UNIT * np.abs(self.f)) * y)

    def log(self) -> "Uncertain":
        y = np.log(self.f)
        return self._along(y, 1 / self.f, FUNCTION * (1 + np.abs(y)))

    def erf(self) -> "Uncertain":
        return self._along(Reals(self.f).erf().f, Reals(self.f).erf_slope().f, FUNCTION)

    def erf_slope(self) -> "Uncertain":
        y = Reals(self.f).erf_slope().f
        return self._along(y, 2 * self.f * y, (FUNCTION + UNIT * self.f * self.f) * y)

    def sin(self) -> "Uncertain":
        return self._along(np.sin(self.f), np.cos(self.f), FUNCTION)

    def cos(self) -> "Uncertain":
        return self._along(np.cos(self.f), np.sin(self.f), FUNCTION)

    def _along(self, y: FloatArray, slope: FloatArray, own: FloatArray | float) -> "Uncertain":
        """A function's values, with its slopes and what it is off by itself."""
        return Uncertain(y, np.hypot(slope * self.off, own))

    def numbers(self) -> list[AnyNumber]:
        return list(self.f.tolist())


def uncertain(x: Vector) -> Uncertain:
    """Any vector of one number each: floats as they are, fractions as floats hold them."""
    if isinstance(x, Uncertain):
        return x
    f = floats(x)
    return Uncertain(f, np.zeros_like(f) if isinstance(x, Reals) or _held(x) else UNIT * np.abs(f))


def expected(x: Vector) -> FloatArray:
    """A vector's numbers as floats."""
    return uncertain(x).f


def off(x: Vector) -> FloatArray:
    """What a vector's numbers are expected to be off."""
    return uncertain(x).off


def variances(x: Vector) -> FloatArray:
    """The squares of that."""
    return off(x) ** 2


def _held(x: Vector) -> bool:
    """Whether floats hold fractions exactly."""
    return isinstance(x, Rationals) and not x.apart and x.most < BITS and x.under & (x.under - 1) == 0


@dataclass(frozen=True)
class Expecting:
    """The kind of numbers of a world whose tensors are `Uncertain`."""

    def entries(self, numbers: Sequence[AnyNumber]) -> Uncertain:
        exact = [Fraction(x) for x in numbers]
        f = np.array([x.numerator / x.denominator for x in exact])
        held = np.array([Fraction(y) == x for x, y in zip(exact, f.tolist(), strict=True)], dtype=bool)
        return Uncertain(f, np.where(held, 0.0, UNIT * np.abs(f)))

    def constant(self, x: int | Fraction) -> Rationals:
        return Rationals.of([x])

    def whole(self, numbers: IntegerArray | Mask) -> Rationals:
        return Rationals.whole(numbers)

    def pi(self) -> Uncertain:
        return Uncertain(np.array([np.pi]), np.array([UNIT * np.pi]))

    def named(self, x: Vector, y: Vector) -> Vector:
        """A named function's values: a library's formula may pass through numbers as large as x."""
        x, y = uncertain(x), uncertain(y)
        return Uncertain(y.f, y.off + FUNCTION * (1 + np.abs(x.f)))
