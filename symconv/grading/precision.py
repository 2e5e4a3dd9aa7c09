"""A number as somebody gave it, and whether a known one is what it stands for.

A fraction and an integer stand for themselves; a decimal for every number that rounds to it at its own number of
decimals; a float for every number within the tolerance of the comparison. What is given by hand may be off by what
rounding takes: see `judged`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite

import mpmath
from sympy import Expr

from symconv.array import Array
from symconv.errors import Fault, SpecError
from symconv.evaluation.arithmetic import DIGITS
from symconv.networks.exact import exact, show
from symconv.text import typed
from symconv.worked.machine import Real

HAIR = Fraction(1, 10 ** (DIGITS - 8))  # how far a number of so many digits may lie from what it is computed for
FAINTEST = -3300  # the power of 2 that has a thousand zeros behind the point
TOLERANCE = 1e-9  # of a float, where none is given
# How a given number stands to a known one; all but WRONG are true.
WRONG, RIGHT, CUT, CARRIED, WITHIN, MISSING = "", "right", "cut", "carried", "within", "missing"


@dataclass(frozen=True)
class Interval:
    """The numbers that one given number stands for, both ends included; none where `low` > `high`.

    `decimals`: how many were given. `rounded`: a float, to be compared with a tolerance. `by_hand`: a number that
    somebody may have rounded on the way.
    """

    text: str
    low: Fraction
    high: Fraction
    decimals: int = 0
    rounded: bool = False
    by_hand: bool = False

    @property
    def single(self) -> bool:
        """Whether it stands for one number only."""
        return self.low == self.high

    @property
    def value(self) -> Fraction:
        return (self.low + self.high) / 2


def is_blank(value: object) -> bool:
    """Whether nothing is given: None, an empty text, a question mark."""
    return value is None or (isinstance(value, str) and typed.is_blank(value))


def number_given(value: object) -> Interval:
    """An int, a Fraction, text such as "1/3" or "0,29", a float, or a number of SymPy; SpecError for anything else."""
    if isinstance(value, float):
        if not isfinite(value):
            return Interval(str(value), Fraction(1), Fraction(0))
        return Interval(repr(value), Fraction(value), Fraction(value), rounded=True)
    if isinstance(value, Expr) and value.is_number and value.is_finite and value.is_real:
        at = fraction(plain(value))
        return Interval(str(value), at, at)
    if not isinstance(value, str):
        at = exact(value)
        return Interval(str(value), at, at, by_hand=True)
    number = typed.read(value)
    if number is None:
        raise _no_number(value)
    half = Fraction(1, 2 * 10**number.decimals) if number.decimals else Fraction(0)
    return Interval(value.strip(), number.value - half, number.value + half, number.decimals, by_hand=True)


def _no_number(text: str) -> SpecError:
    problem = f"{show(text)} is not an exact number"
    return SpecError(problem, [Fault("", problem, typed.remedy(text))])


def plain(x: Expr) -> Real:
    """A SymPy number as a Fraction, or with more digits than are compared."""
    if x.is_Rational:
        return Fraction(int(x.p), int(x.q))
    digits = x.evalf(DIGITS + 5)  # an integer where all digits cancel
    return mpmath.mp.make_mpf(digits._mpf_) if digits.is_Float else mpmath.mpf(int(digits))


def fraction(x: Real) -> Fraction:
    """An int, a Fraction or a number of mpmath as a Fraction; 0 for one of more than a thousand zeros behind the point:
    written out, e to the power of -10^18 would fill the memory."""
    if isinstance(x, int | Fraction):
        return Fraction(x)
    if mpmath.mp.mag(x) < FAINTEST:
        return Fraction(0)
    top, bottom = mpmath.libmp.to_rational(x._mpf_)
    return Fraction(int(top), int(bottom))


def is_exact(x: object) -> bool:
    """Whether a known number is itself, and not its first digits."""
    return isinstance(x, int | Fraction)


def margin(x: object) -> Fraction:
    """How far a computed number may be off, in either direction; a Fraction is exact, and so 0."""
    return Fraction(0) if is_exact(x) else HAIR * (1 + abs(fraction(x)))


def same(a: Array, b: Array) -> bool:
    """Whether two tensors computed by different roads are one."""
    pairs = zip(a.entries, b.entries, strict=True)
    return a.shape == b.shape and all(abs(fraction(x) - fraction(y)) <= margin(x) + margin(y) for x, y in pairs)


def judged(given: Interval, x: Fraction, margin: Fraction, slack: Fraction = Fraction(0)) -> str:
    """How a given number stands to the known x, itself off by `margin`, as `judged` in templates/reader.js.

    CUT: its last decimal, the second or a later one, is cut off instead of rounded. CARRIED: it is off by no more than
    `slack`, which is what rounding on the way may take. (The page asks for two decimals; one is enough here.)
    """
    if given.low - margin <= x <= given.high + margin:
        return RIGHT
    if not given.by_hand:
        return WRONG
    off, two = abs(x - given.value), given.decimals > 1
    if two and given.value * x > 0 and abs(x) > abs(given.value) and off < Fraction(1, 10**given.decimals):
        return CUT
    reach = slack + ((given.high - given.low) / 2 if two else 0)
    return CARRIED if slack and off <= reach + margin else WRONG


def agreeing(
    given: Sequence[Interval | None], known: Array, tolerance: float | None, slack: Sequence[Fraction] = ()
) -> tuple[str, ...]:
    """For each entry how the given number stands to the known one: WRONG, which is false, or another word.

    `tolerance` is relative to the largest entry of the known tensor, to 1 where all are 0; where there is none, floats
    are held to TOLERANCE and what is given by hand may be off by `slack` instead, for each entry.
    """
    reach = Fraction(TOLERANCE if tolerance is None else tolerance) * largest(known)
    slacks = slack or (Fraction(0),) * len(known.entries)
    return tuple(
        MISSING if g is None else _stands(g, x, reach, s, tolerance)
        for g, x, s in zip(given, known.entries, slacks, strict=True)
    )


def _stands(given: Interval, x: object, reach: Fraction, slack: Fraction, tolerance: float | None) -> str:
    at, own = fraction(x), margin(x)
    if given.rounded:
        return judged(given, at, own + reach)
    if tolerance is None:
        return judged(given, at, own, slack)
    if given.low - own <= at <= given.high + own:
        return RIGHT
    return WITHIN if given.low - own - reach <= at <= given.high + own + reach else WRONG


def largest(known: Array) -> Fraction:
    """The size of the largest entry, its absolute value; 1 where all are 0."""
    return max((abs(fraction(x)) for x in known.entries), default=Fraction(0)) or Fraction(1)
