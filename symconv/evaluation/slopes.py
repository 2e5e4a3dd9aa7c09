"""Vectors of numbers with derivatives: dual numbers v + d eps with eps^2 = 0, many at once, each with respect to many
entries (Wengert, A simple automatic derivative evaluation program, 1964)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from symconv.errors import Broken
from symconv.evaluation.arithmetic import AnyNumber
from symconv.evaluation.objects import Objects
from symconv.evaluation.rows import IntegerArray, Mask, Rows, Selection, Vector
from symconv.evaluation.uncertain import Uncertain, uncertain
from symconv.evaluation.vectors import Rationals, Reals, floats


@dataclass(frozen=True)
class Slopes:
    """Dual numbers: `v`, with the derivatives `d` along the last axis."""

    v: Vector
    d: Vector

    @property
    def shape(self) -> tuple[int, ...]:
        return self.v.shape

    @property
    def count(self) -> int:
        """How many derivatives each number has."""
        return self.d.shape[-1]

    def __getitem__(self, key: Selection) -> "Slopes":
        return Slopes(self.v[key], self.d[key])

    def __neg__(self) -> "Slopes":
        return Slopes(-self.v, -self.d)

    def __add__(self, other: Vector) -> "Slopes":
        if not isinstance(other, Slopes):
            return Slopes(self.v + other, self.d)
        return Slopes(self.v + other.v, self.d + other.d)

    def __mul__(self, other: Vector) -> "Slopes":
        if not isinstance(other, Slopes):
            return self.along(self.v * other, other)
        return Slopes(self.v * other.v, self.d * other.v[..., None] + other.d * self.v[..., None])

    def along(self, value: Vector, slope: Vector) -> "Slopes":
        """A function of these numbers, its value and its derivative being given."""
        return Slopes(value, self.d * slope[..., None])

    def spread(self, *shape: int) -> "Slopes":
        return Slopes(self.v.spread(*shape), self.d.spread(*shape, self.count))

    def summed(self, rows: Rows) -> "Slopes":
        return Slopes(self.v.summed(rows), self.d.summed(rows))

    def largest(self, rows: Rows) -> IntegerArray:
        return self.v.largest(rows)

    def maximum(self, rows: Rows) -> "Slopes":
        return self[self.largest(rows)]

    @property
    def positive(self) -> Mask:
        return self.v.positive

    def positive_part(self) -> "Slopes":
        return self.along(self.v.positive_part(), Rationals.whole(self.positive))

    def power(self, n: int | Fraction) -> "Slopes":
        before = self.v.power(n - 1)
        return self.along(before * self.v, before * Rationals.of([Fraction(n)]))

    def exp(self) -> "Slopes":
        y = self.v.exp()
        return self.along(y, y)

    def log(self) -> "Slopes":
        return self.along(self.v.log(), self.v.power(-1))

    def erf(self) -> "Slopes":
        return self.along(self.v.erf(), self.v.erf_slope())

    def erf_slope(self) -> Vector:
        raise Broken("a derivative has no derivative here")

    def sin(self) -> "Slopes":
        return self.along(self.v.sin(), self.v.cos())

    def cos(self) -> "Slopes":
        return self.along(self.v.cos(), -self.v.sin())

    def numbers(self) -> list[AnyNumber]:
        return self.v.numbers()


def joined(parts: Sequence[Vector]) -> Vector:
    """One vector after the other."""
    count = next((x.count for x in parts if isinstance(x, Slopes)), 0)
    if count:
        still = [
            x if isinstance(x, Slopes) else Slopes(x, Rationals.whole(np.zeros((*x.shape, count), dtype=np.int64)))
            for x in parts
        ]
        return Slopes(joined([x.v for x in still]), joined([x.d for x in still]))
    own = next((x for x in parts if isinstance(x, Objects)), None)
    if own:
        alike = [x for part in parts if (x := own.alike(part))]
        return Objects(np.concatenate([x.each for x in alike]), own.arithmetic)
    if any(isinstance(x, Uncertain) for x in parts):
        each = [uncertain(x) for x in parts]
        return Uncertain(np.concatenate([x.f for x in each]), np.concatenate([x.off for x in each]))
    exact = [x for x in parts if isinstance(x, Rationals)]
    if len(exact) < len(parts):
        return Reals(np.concatenate([floats(x) for x in parts]))
    under = math.lcm(*(x.under for x in exact))
    over = [x.over_of(under) for x in exact]
    return Rationals(np.concatenate([x.over for x in over]), under, max(x.most for x in over))
