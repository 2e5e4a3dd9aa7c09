"""How much float64 may lose: each number with a bound of its rounding error, whatever the order of a sum is.

A sum of n numbers is off by at most (n - 1) u times the sum of their sizes, u = 2^-53, in any order (Higham, Accuracy
and Stability of Numerical Algorithms, 2002, section 4.2), and by nothing where all of them are multiples of one power
of two and none of their sums needs more than 53 bits: integers are held to the last bit. A product is off by what its
factors are off, and once u. Functions may be evaluated by other formulas than ours, which shift their argument: so
numbers in between may be of any size (e^1000 in a softmax), those of a finished tensor may not.
"""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import TypeAlias

from mpmath import mp, mpf

from symconv.evaluation.arithmetic import Numbers, Rounded64

U = mpf(2) ** -53
BITS = 2.0**53
LEAST = mpf(2) ** -1074  # of float64's numbers above 0: what underflows is off by no more
LARGEST = mpf(2) ** 1000  # of a finished tensor: a sum of entries must not overflow either
FARTHEST = 1e6  # of exponents
FUNCTION = 2 * U  # of a function's value: a library's exp is off by less than one unit in the last place


class Rounded:
    """A sum that may yet grow: its value, what its addends may be off, their sizes' sum, how many there are, and the
    least k for which all are multiples of 2^-k (infinite where one has been rounded)."""

    __slots__ = ("addends", "off", "scale", "sizes", "v")

    def __init__(self, v: mpf, off: mpf, sizes: mpf, addends: int, scale: float) -> None:
        self.v, self.off, self.sizes, self.addends, self.scale = v, off, sizes, addends, scale

    @property
    def bound(self) -> mpf:
        """What the number may be off, once its sum is taken."""
        if self.addends == 1 or (not self.off and _fits(self.sizes, self.scale)):
            return self.off
        return self.off + (self.addends - 1) * U * (self.sizes + self.off)

    def __add__(self, other: "Rounded | int | Fraction") -> "Rounded":
        more = rounded(other)
        if not (more.sizes or more.off):
            return self
        if not (self.sizes or self.off):
            return more
        sizes, addends = self.sizes + more.sizes, self.addends + more.addends
        return Rounded(self.v + more.v, self.off + more.off, sizes, addends, max(self.scale, more.scale))

    __radd__ = __add__

    def __neg__(self) -> "Rounded":
        return Rounded(-self.v, self.off, self.sizes, self.addends, self.scale)

    def __sub__(self, other: "Rounded | int | Fraction") -> "Rounded":
        return self + -rounded(other)

    def __rsub__(self, other: "Rounded | int | Fraction") -> "Rounded":
        return rounded(other) + -self

    def __mul__(self, other: "Rounded | int | Fraction") -> "Rounded":
        other = rounded(other)
        for a, b in ((self, other), (other, self)):
            if abs(a.v) == 1 and not a.bound:
                return b if a.v > 0 else -b
        mine, its, v = self.bound, other.bound, self.v * other.v
        scale = self.scale + other.scale
        if not (mine or its) and _fits(abs(v), scale):
            return Rounded(v, mpf(0), abs(v), 1, scale)
        return off_by(v, abs(self.v) * its + abs(other.v) * mine + mine * its + U * abs(v))

    @property
    def finished(self) -> "Rounded":
        """As an entry of a tensor, which float64 has to hold."""
        bound = self.bound
        if not abs(self.v) + bound < LARGEST:
            return off_by(mpf(1), mp.inf)
        return off_by(self.v, bound + self.addends * LEAST if bound else bound)

    __rmul__ = __mul__


Roundable: TypeAlias = Rounded | int | Fraction


def off_by(v: Rounded64, off: Rounded64) -> Rounded:
    """A number that is off by at most so much, or by any amount."""
    v, off = mpf(v), mpf(off)
    if not (mp.isfinite(v) and mp.isfinite(off)):
        return Rounded(mpf(1), mp.inf, mpf(1), 1, math.inf)
    return Rounded(v, off, abs(v), 1, math.inf if off else max(0, -v.man_exp[1]) if v else 0)


def rounded(x: Roundable) -> Rounded:
    """An exact number as float64 holds it."""
    if isinstance(x, Rounded):
        return x
    n, m = Fraction(x).as_integer_ratio()
    v = mpf(n) / m
    bits = (n // (n & -n)).bit_length() if n else 0
    return off_by(v, 0 if (m & (m - 1) == 0 and bits <= 53 and abs(v) >= LEAST) or not n else U * abs(v))


def _fits(size: mpf, scale: float) -> bool:
    """Whether multiples of 2^-scale up to this size are held by 53 bits."""
    return scale < 1000 and mp.ldexp(size, int(scale)) < BITS


class Rounding(Numbers):
    """Arithmetic of such numbers. `undecided` is set where a comparison might turn out otherwise once numbers are
    rounded: what hangs on it cannot be bounded."""

    rounds = True

    def __init__(self) -> None:
        self.undecided = False

    def rational(self, x: Fraction) -> Rounded:
        return rounded(x)

    def positive(self, x: Roundable) -> bool:
        x = rounded(x)
        self.undecided |= bool(0 < x.bound >= abs(x.v))
        return bool(x.v > 0)

    def maximum(self, found: Sequence[Roundable]) -> Rounded:
        """No more off than any of them, whichever rounding makes the largest."""
        numbers = [rounded(x) for x in found]
        bound = max(x.bound for x in numbers)
        return off_by(max(x.v for x in numbers), bound)

    def positive_part(self, x: Roundable) -> Roundable:
        return self.maximum((x, 0)) if rounded(x).bound else super().positive_part(x)

    def exp(self, x: Roundable) -> Rounded:
        x = rounded(x)
        lost = x.bound + U * abs(x.v)
        if not max(abs(x.v), lost) < FARTHEST:
            return off_by(1, mp.inf)
        v = mp.exp(x.v)
        return off_by(v, v * (mp.expm1(lost) + FUNCTION))

    def log(self, x: Roundable) -> Rounded:
        x = rounded(x)
        if x.v <= 0:
            return off_by(1, mp.inf)
        v = mp.log(x.v)
        return off_by(v, _part(x) + FUNCTION * (1 + abs(v)))

    def erf(self, x: Roundable) -> Rounded:
        x = rounded(x)
        return off_by(mp.erf(x.v), 2 / mp.sqrt(mp.pi) * x.bound + FUNCTION)

    def sin(self, x: Roundable) -> Rounded:
        x = rounded(x)
        return off_by(mp.sin(x.v), x.bound + FUNCTION)

    def cos(self, x: Roundable) -> Rounded:
        x = rounded(x)
        return off_by(mp.cos(x.v), x.bound + FUNCTION)

    def pi(self) -> Rounded:
        return off_by(mp.pi, U * mp.pi)

    def power(self, x: Roundable, n: int | Fraction) -> Rounded:
        x = rounded(x)
        if isinstance(n, int) and n >= 0:
            return math.prod([x] * n, start=rounded(1))
        if not abs(x.v) > x.bound or (x.v < 0 and not isinstance(n, int)):
            return off_by(1, mp.inf)
        v = x.v ** (mpf(n.numerator) / n.denominator)
        exact = n == -1 and not x.bound and abs(mp.frexp(x.v)[0]) == 0.5
        relative = mp.expm1(abs(float(n)) * mp.log1p(_part(x))) + FUNCTION
        return off_by(v, 0 if exact else relative * abs(v))

    def function(self, x: Roundable, y: Roundable) -> Rounded:
        """A named function's value y at x: a library's formula may pass through numbers as large as x."""
        x, y = rounded(x), rounded(y)
        return off_by(y.v, y.bound + FUNCTION * (1 + abs(x.v)))


def _part(x: Rounded) -> mpf:
    """What a number is off as a part of the least that it may be."""
    off, v = x.bound, abs(x.v)
    return off / (v - off) if off < v else mp.inf
