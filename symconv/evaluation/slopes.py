"""Vectors of numbers with derivatives: dual numbers, many at once."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from symconv.evaluation.vectors import FloatArray, IntegerArray, Mask, Rationals, Reals, Rows, floats


@dataclass(frozen=True)
class Slopes:
    """Dual numbers: `v`, with the derivatives `d` along the last axis (see `evaluation.dual`)."""

    v: Any
    d: Any

    @property
    def exact(self) -> bool:
        return bool(self.v.exact)

    def __getitem__(self, key: Any) -> "Slopes":
        return Slopes(self.v[key], self.d[key])

    def __neg__(self) -> "Slopes":
        return Slopes(-self.v, -self.d)

    def __add__(self, other: Any) -> "Slopes":
        return (
            Slopes(self.v + other.v, self.d + other.d) if isinstance(other, Slopes) else Slopes(self.v + other, self.d)
        )

    def __mul__(self, other: Any) -> "Slopes":
        if not isinstance(other, Slopes):
            return self.along(self.v * other, other)
        return Slopes(self.v * other.v, self.d * other.v[..., None] + other.d * self.v[..., None])

    def along(self, value: Any, slope: Any) -> "Slopes":
        """A function of these numbers, its value and its derivative being given."""
        return Slopes(value, self.d * slope[..., None])

    def spread(self, *shape: int) -> "Slopes":
        return Slopes(self.v.spread(*shape), self.d.spread(*shape, self.count))

    @property
    def count(self) -> int:
        """How many derivatives each number has."""
        return int((self.d.over if self.d.exact else self.d.f).shape[-1])

    def summed(self, rows: Rows) -> "Slopes":
        return Slopes(self.v.summed(rows), self.d.summed(rows))

    def largest(self, rows: Rows) -> IntegerArray:
        return self.v.largest(rows)

    @property
    def positive(self) -> Mask:
        return self.v.positive

    def power(self, n: int | Fraction) -> "Slopes":
        before = self.v.power(n - 1)
        return self.along(before * self.v, before * Rationals.of([Fraction(n)]))

    def through(self, function: Callable[[FloatArray], FloatArray]) -> Any:
        raise TypeError("a function of numbers with derivatives needs its own derivative")


def joined(parts: Sequence[Any]) -> Any:
    """One vector after the other."""
    count = next((x.count for x in parts if isinstance(x, Slopes)), 0)
    if count:
        still = [
            x if isinstance(x, Slopes) else Slopes(x, Rationals.whole([0]).spread(_length(x), count)) for x in parts
        ]
        return Slopes(joined([x.v for x in still]), joined([x.d for x in still]))
    if all(isinstance(x, Rationals) for x in parts):
        under = math.lcm(*(x.under for x in parts))
        over = [x.over_of(under) for x in parts]
        return Rationals(np.concatenate([x.over for x in over]), under, max(x.most for x in over))
    return Reals(np.concatenate([floats(x) for x in parts]))


def _length(x: Any) -> int:
    return len(x.over) if isinstance(x, Rationals) else len(x.f)
