"""How much float64 may lose: each number with a bound of its rounding error, whatever the order of a sum is.

A sum of n numbers is off by at most (n - 1) u times the sum of their sizes, u = 2^-53, in any order (Higham, Accuracy
and Stability of Numerical Algorithms, 2002, section 4.2), and by nothing where all of them are multiples of one power
of two and none of their sums needs more than 53 bits: integers are held to the last bit. A product is off by what its
factors are off, and once u. Functions may be evaluated by other formulas than ours, which shift their argument.
"""

import math
from fractions import Fraction
from typing import Any

from symconv.verification.arithmetic import Numbers

U = 2.0**-53
BITS = 2.0**53
LARGEST = 700.0  # e to a larger number overflows
FUNCTION = 2 * U  # of a function's value: a library's exp is off by less than one unit in the last place


class Rounded:
    """A sum that may yet grow: its value, what its addends may be off, their sizes' sum, how many there are, and the
    least k for which all are multiples of 2^-k (infinite where one has been rounded)."""

    __slots__ = ("addends", "off", "scale", "sizes", "v")

    def __init__(self, v: float, off: float, sizes: float, addends: int, scale: float) -> None:
        self.v, self.off, self.sizes, self.addends, self.scale = v, off, sizes, addends, scale

    @property
    def bound(self) -> float:
        """What the number may be off, once its sum is taken."""
        if self.addends == 1 or (not self.off and _fits(self.sizes, self.scale)):
            return self.off
        return self.off + (self.addends - 1) * U * (self.sizes + self.off)

    def __add__(self, other: Any) -> "Rounded":
        more = rounded(other)
        if not (more.v or more.off):
            return self
        if not (self.v or self.off):
            return more
        sizes, addends = self.sizes + more.sizes, self.addends + more.addends
        return Rounded(self.v + more.v, self.off + more.off, sizes, addends, max(self.scale, more.scale))

    __radd__ = __add__

    def __neg__(self) -> "Rounded":
        return Rounded(-self.v, self.off, self.sizes, self.addends, self.scale)

    def __sub__(self, other: Any) -> "Rounded":
        return self + -rounded(other)

    def __rsub__(self, other: Any) -> "Rounded":
        return rounded(other) + -self

    def __mul__(self, other: Any) -> "Rounded":
        other = rounded(other)
        for a, b in ((self, other), (other, self)):
            if abs(a.v) == 1 and not a.bound:
                return b if a.v > 0 else -b
        mine, its, v = self.bound, other.bound, self.v * other.v
        scale = self.scale + other.scale
        if not (mine or its) and _fits(abs(v), scale):
            return Rounded(v, 0.0, abs(v), 1, scale)
        return off_by(v, abs(self.v) * its + abs(other.v) * mine + mine * its + U * abs(v))

    __rmul__ = __mul__


def off_by(v: float, off: float) -> Rounded:
    """A number that is off by at most so much; by any amount where float64 overflows."""
    if not (math.isfinite(v) and math.isfinite(off)):
        return Rounded(1.0, math.inf, 1.0, 1, math.inf)
    scale = math.inf if off else float(v.as_integer_ratio()[1].bit_length() - 1)
    return Rounded(v, off, abs(v), 1, scale)


def rounded(x: Any) -> Rounded:
    """An exact number as float64 holds it."""
    if isinstance(x, Rounded):
        return x
    v = float(x)
    return off_by(v, 0.0 if Fraction(v) == x else U * abs(v))


def _fits(size: float, scale: float) -> bool:
    """Whether multiples of 2^-scale up to this size are held by 53 bits."""
    return scale < 1000 and math.ldexp(size, int(scale)) < BITS


class Rounding(Numbers):
    """Arithmetic of such numbers. `undecided` is set where a comparison might turn out otherwise once numbers are
    rounded: what hangs on it cannot be bounded."""

    rounds = True

    def __init__(self) -> None:
        self.undecided = False

    def rational(self, x: Fraction) -> Any:
        return rounded(x)

    def positive(self, x: Any) -> bool:
        x = rounded(x)
        self.undecided |= 0 < x.bound >= abs(x.v)
        return bool(x.v > 0)

    def exp(self, x: Any) -> Any:
        x = rounded(x)
        lost = x.bound + U * abs(x.v)
        if max(x.v, lost) > LARGEST:
            return off_by(math.inf, math.inf)
        v = math.exp(x.v)
        return off_by(v, v * (math.expm1(lost) + FUNCTION))

    def log(self, x: Any) -> Any:
        x = rounded(x)
        v = math.log(x.v)
        return off_by(v, _part(x.bound, x.v) + FUNCTION * (1 + abs(v)))

    def erf(self, x: Any) -> Any:
        x = rounded(x)
        return off_by(math.erf(x.v), 2 / math.sqrt(math.pi) * x.bound + FUNCTION)

    def pi(self) -> Any:
        return off_by(math.pi, U * math.pi)

    def power(self, x: Any, n: int | Fraction) -> Any:
        x = rounded(x)
        if isinstance(n, int) and n >= 0:
            return math.prod([x] * n, start=rounded(1))
        v = x.v ** float(n)
        exact = n == -1 and not x.bound and abs(math.frexp(x.v)[0]) == 0.5
        return off_by(v, 0.0 if exact else abs(float(n) * v) * _part(x.bound, x.v) + FUNCTION * abs(v))

    def function(self, x: Any, y: Any) -> Any:
        """A named function's value y at x: a library's formula may pass through numbers as large as x."""
        x, y = rounded(x), rounded(y)
        return off_by(y.v, y.bound + FUNCTION * (1 + abs(x.v)))


def _part(off: float, v: float) -> float:
    """What a number is off as a part of the least that it may be."""
    return off / (abs(v) - off) if off < abs(v) else math.inf
