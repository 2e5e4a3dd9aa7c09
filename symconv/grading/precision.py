"""A number as somebody gave it, and whether a known one is what it stands for.

A fraction and an integer stand for themselves; a decimal for every number that rounds to it at its own number of
decimals; a float for every number within the tolerance of the comparison.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from typing import Any

import mpmath
from sympy import Expr

from symconv.array import Array
from symconv.networks.exact import NUMBER, exact
from symconv.verification.arithmetic import DIGITS

HAIR = Fraction(1, 10 ** (DIGITS - 8))  # how far a number of so many digits may lie from what it is computed for
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Given:
    """The numbers that one given number stands for, both ends included; none where `low` > `high`.

    `decimals`: how many were given. `rounded`: a float, to be compared with a tolerance.
    """

    text: str
    low: Fraction
    high: Fraction
    decimals: int = 0
    rounded: bool = False

    @property
    def single(self) -> bool:
        """Whether it stands for one number only."""
        return self.low == self.high


def number_given(value: Any) -> Given:
    """An int, a Fraction, text such as "1/3" or "0.29", a float, or a number of SymPy; SpecError for anything else."""
    if isinstance(value, float):
        if not isfinite(value):
            return Given(str(value), Fraction(1), Fraction(0))
        return Given(repr(value), Fraction(value), Fraction(value), rounded=True)
    if isinstance(value, Expr) and value.is_number and value.is_finite and value.is_real:
        at = fraction(plain(value))
        return Given(str(value), at, at)
    at = exact(value)
    decimals = (NUMBER.fullmatch(value)[3] or "") if isinstance(value, str) else ""  # type: ignore[index]
    half = Fraction(1, 2 * 10 ** len(decimals)) if decimals else Fraction(0)
    return Given(str(value), at - half, at + half, len(decimals))


def plain(x: Any) -> Any:
    """A SymPy number as a Fraction, or with more digits than are compared."""
    if x.is_Rational:
        return Fraction(int(x.p), int(x.q))
    digits = x.evalf(DIGITS + 5)  # an integer where all digits cancel
    return mpmath.mp.make_mpf(digits._mpf_) if digits.is_Float else mpmath.mpf(int(digits))


def fraction(x: Any) -> Fraction:
    """An int, a Fraction or a number of mpmath as a Fraction."""
    if isinstance(x, int | Fraction):
        return Fraction(x)
    top, bottom = mpmath.libmp.to_rational(x._mpf_)
    return Fraction(int(top), int(bottom))


def margin(x: Any) -> Fraction:
    """How far a computed number may be off; a Fraction is exact."""
    return Fraction(0) if isinstance(x, int | Fraction) else HAIR * (1 + abs(fraction(x)))


def same(a: Array, b: Array) -> bool:
    """Whether two tensors computed by different roads are one."""
    pairs = zip(a.entries, b.entries, strict=True)
    return a.shape == b.shape and all(abs(fraction(x) - fraction(y)) <= margin(x) + margin(y) for x, y in pairs)


def agreeing(given: Sequence[Given], known: Array, tolerance: float) -> tuple[bool, ...]:
    """For each entry whether the given number stands for the known one.

    `tolerance`, for floats, is relative to the largest entry of the known tensor, to 1 where all are 0.
    """
    numbers = [fraction(x) for x in known.entries]
    reach = Fraction(tolerance) * (max(map(abs, numbers), default=Fraction(0)) or 1)
    margins = [margin(x) + reach * g.rounded for x, g in zip(known.entries, given, strict=True)]
    return tuple(g.low - m <= x <= g.high + m for g, x, m in zip(given, numbers, margins, strict=True))
