"""What rounding on the way takes of a number: how far one that is computed by hand, with four decimals, may be off.

The same for a page's fields and for files of answers.
"""

from collections.abc import Mapping
from fractions import Fraction
from functools import cached_property
from math import isfinite

from symconv.array import Array
from symconv.errors import SpecError
from symconv.grading.precision import fraction, is_exact, largest
from symconv.worked.derived import Derived
from symconv.worked.machine import Real, by_hand_machine
from symconv.worked.numbers import fractions

LEAST = Fraction(2, 10**4)  # of a number up to 1
TIMES = 3  # as much as one order of computing loses, for the others
FLIPPED = Fraction(1, 20)  # more is not lost by rounding: a comparison has come out otherwise
SMALL = Fraction(1, 10)  # of the tensor's largest entry: four decimals say nothing about smaller numbers


def slack(right: object, carried: Real, size: Fraction) -> Fraction:
    """How far an answer may be off, 0 for an exact one; `carried`: the same number where each one on the way is rounded
    to four decimals; `size`: of the largest entry of its tensor."""
    if is_exact(right):
        return Fraction(0)
    x = fraction(right)
    scale = max(Fraction(1), abs(x))
    rounded = float(carried)
    lost = TIMES * abs(x - Fraction(rounded)) if isfinite(rounded) else FLIPPED * scale + 1
    return min(max(LEAST * scale, lost if lost <= FLIPPED * scale else Fraction(0)), SMALL * size)


class ByHand:
    """One network computed by hand: worked out when it is first asked for."""

    def __init__(self, d: Derived) -> None:
        self._d = d

    @cached_property
    def _carried(self) -> Mapping[str, Array]:
        machine = by_hand_machine(self._d)
        try:
            return machine.backward(machine.forward(fractions(self._d.network)))
        except (
            ArithmeticError,
            ValueError,
            SpecError,
        ):  # with four decimals it cannot be computed: a logarithm of 0, say
            return {}

    def slacks(self, name: str, right: Array) -> tuple[Fraction, ...]:
        """How far each entry of a tensor may be off."""
        if all(map(is_exact, right.entries)):
            return (Fraction(0),) * len(right.entries)
        size, carried = largest(right), self._carried.get(name, right)
        return tuple(slack(x, y, size) for x, y in zip(right.entries, carried.entries, strict=True))
