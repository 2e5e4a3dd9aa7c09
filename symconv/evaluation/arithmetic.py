"""The numbers an expression is evaluated in: exact fractions, SymPy numbers, or polynomials in the entries.

exp and log of a Fraction are mpmath numbers of 40 digits; of a SymPy number they stay as they are.
"""

import math
import operator
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

import mpmath
from mpmath import mpf
from mpmath.libmp import from_rational
from sympy import Expr, Rational, cos, erf, exp, log, pi, sin

from symconv.evaluation.polynomial import NotPolynomial, Polynomial

AnyNumber: TypeAlias = Any  # of whatever kind a world's are: what Python's operators take
Symbolic: TypeAlias = Expr | int | Fraction
Rounded64: TypeAlias = float | mpf
ManyDigits: TypeAlias = int | Fraction | mpf | Expr
DIGITS = 40
LONG = mpmath.MPContext()
LONG.dps = 60
BITS = 53  # of a float
CANCELLED = 133  # powers of 2, 40 digits: a sum so much smaller than its parts is 0, rounded
EXPONENT, FAR = 100, 1e40  # of e, and of numbers, up to where products of a few of them are floats


class Numbers:
    """Fractions, and 40 digits where exp or log appears; or polynomials, of which only constants can be compared."""

    add: Callable[..., AnyNumber] = staticmethod(operator.add)  # for every term: a function of C is quick
    rounds = False  # whether rounding is followed, also that of other formulas for a named function

    def rational(self, x: Fraction) -> AnyNumber:
        """A fraction that stands in an expression."""
        return x

    def exp(self, x: AnyNumber) -> AnyNumber:
        """e^x. NotPolynomial of a letter, as are all of these."""
        return mpmath.exp(_mpf(x))

    def log(self, x: AnyNumber) -> AnyNumber:
        """The natural logarithm."""
        return mpmath.log(_mpf(x))

    def erf(self, x: AnyNumber) -> AnyNumber:
        """2/sqrt(pi) times the integral of e^(-t^2) from 0 to x."""
        return mpmath.erf(_mpf(x))

    def sin(self, x: AnyNumber) -> AnyNumber:
        """The sine."""
        return mpmath.sin(_mpf(x))

    def cos(self, x: AnyNumber) -> AnyNumber:
        """The cosine."""
        return mpmath.cos(_mpf(x))

    def pi(self) -> AnyNumber:
        """pi, to as many digits as there are."""
        return +mpmath.pi

    def positive(self, x: AnyNumber) -> bool:
        """Whether x > 0. NotPolynomial where letters decide."""
        return bool((x.constant if isinstance(x, Polynomial) else x) > 0)

    def first_largest(self, found: Sequence[AnyNumber]) -> int:
        """The place of the first of the largest ones."""
        best = 0
        for k in range(1, len(found)):
            # a Fraction less a number of mpmath is not defined, their sum is
            if self.positive(found[k] + -found[best]):
                best = k
        return best

    def maximum(self, found: Sequence[AnyNumber]) -> AnyNumber:
        """The first of the largest ones."""
        return found[self.first_largest(found)]

    def positive_part(self, x: AnyNumber) -> AnyNumber:
        """x where it is positive, else 0."""
        return x if self.positive(x) else 0

    def function(self, x: AnyNumber, y: AnyNumber) -> AnyNumber:
        """The value y of a named function at x."""
        return y

    def power(self, x: AnyNumber, n: int | Fraction) -> AnyNumber:
        """x to the power of n, an integer or a fraction such as 1/2. ZeroDivisionError for 0 to a negative one."""
        if isinstance(x, int):
            x = Fraction(x)
        return _mpf(x) ** _mpf(n) if isinstance(n, Fraction) else x**n


def _mpf(x: AnyNumber) -> mpf:
    if isinstance(x, Polynomial):
        raise NotPolynomial(x)
    return mpmath.mpf(x.numerator) / x.denominator if isinstance(x, int | Fraction) else x


class Exact(Numbers):
    """SymPy numbers: e and log(2) stay as they are; only comparisons look at digits."""

    def exp(self, x: Symbolic) -> Symbolic:
        return exp(_sympy(x))

    def log(self, x: Symbolic) -> Symbolic:
        return log(_sympy(x))

    def erf(self, x: Symbolic) -> Symbolic:
        return erf(_sympy(x))

    def sin(self, x: Symbolic) -> Symbolic:
        return sin(_sympy(x))

    def cos(self, x: Symbolic) -> Symbolic:
        return cos(_sympy(x))

    def pi(self) -> Symbolic:
        return pi

    def power(self, x: Symbolic, n: int | Fraction) -> Symbolic:
        return _sympy(x) ** _sympy(n)

    def positive(self, x: Symbolic) -> bool:
        if isinstance(x, int | Fraction):
            return x > 0
        known = x.is_positive
        return bool(x.evalf(DIGITS) > 0) if known is None else bool(known)


class Floats(Numbers):
    """For rounded numbers at once: Python floats, and mpmath's numbers of the same precision where those would overflow
    or vanish, as e to the power of 1000 would."""

    def exp(self, x: Rounded64) -> Rounded64:
        return math.exp(x) if abs(x) < EXPONENT else mpmath.exp(wide(x))

    def log(self, x: Rounded64) -> Rounded64:
        return mpmath.log(x) if isinstance(x, mpmath.mpf) else math.log(x)

    def erf(self, x: Rounded64) -> Rounded64:
        return mpmath.erf(x) if isinstance(x, mpmath.mpf) else math.erf(x)

    def sin(self, x: Rounded64) -> Rounded64:
        return mpmath.sin(x) if isinstance(x, mpmath.mpf) else math.sin(x)

    def cos(self, x: Rounded64) -> Rounded64:
        return mpmath.cos(x) if isinstance(x, mpmath.mpf) else math.cos(x)

    def pi(self) -> Rounded64:
        return math.pi

    def power(self, x: Rounded64, n: int | Fraction) -> Rounded64:
        return (x if isinstance(x, mpmath.mpf) else float(x)) ** float(n)


class Digits(Numbers):
    """For numbers that are only shown: with so many digits that a sum which cancels is seen to be 0, as the gradient of
    a bias in front of a batch norm is, where floats leave some last bits."""

    def rational(self, x: Fraction) -> ManyDigits:
        return int(x) if x.denominator == 1 else long(x)

    def add(self, a: ManyDigits, b: ManyDigits) -> ManyDigits:
        if not a or not b:
            return a or b
        if type(a) is type(b) is int:  # subscripts, and whole numbers
            return a + b
        a, b = long(a), long(b)
        total = a + b
        return 0 if total and _power(total) < max(_power(a), _power(b)) - CANCELLED else total

    def exp(self, x: ManyDigits) -> ManyDigits:
        return LONG.exp(long(x))

    def log(self, x: ManyDigits) -> ManyDigits:
        return LONG.log(long(x))

    def erf(self, x: ManyDigits) -> ManyDigits:
        return LONG.erf(long(x))

    def sin(self, x: ManyDigits) -> ManyDigits:
        return LONG.sin(long(x))

    def cos(self, x: ManyDigits) -> ManyDigits:
        return LONG.cos(long(x))

    def pi(self) -> ManyDigits:
        return +LONG.pi

    def power(self, x: ManyDigits, n: int | Fraction) -> ManyDigits:
        return long(x) ** long(n)


def _power(x: mpf) -> int:
    """The power of 2 above a number of mpmath other than 0; its function for all numbers takes ten times as long."""
    _, _, exponent, bits = x._mpf_
    return int(exponent + bits)


def long(x: ManyDigits) -> mpf:
    """A real number with many digits."""
    if type(x) is LONG.mpf:
        return x
    if isinstance(x, Expr) and not x.is_Rational:
        near = x.evalf(LONG.dps)
        return LONG.make_mpf(near._mpf_) if near.is_Float else LONG.mpf(int(near))
    return LONG.mpf(int(x.numerator)) / int(x.denominator)


def wide(x: ManyDigits | float) -> Rounded64:
    """A real number as a float; a very large or a very small one as a number of mpmath."""
    if type(x) is float:
        return x
    if isinstance(x, Expr) and x.is_Rational:  # rounded once, and ten times as fast as by evalf
        x = mpmath.mp.make_mpf(from_rational(int(x.p), int(x.q), BITS, "n"))
    elif isinstance(x, Expr) and not x.is_Float:
        x = x.evalf()
    near = mpmath.mpf(x.numerator) / x.denominator if isinstance(x, int | Fraction) else mpmath.mpf(x)
    return float(near) if near == 0 or 1 / FAR < abs(near) < FAR else near


def _sympy(x: Symbolic) -> Expr:
    return Rational(x.numerator, x.denominator) if isinstance(x, int | Fraction) else x
