"""What the numbers of a world are: exact ones together, floats from the first exp, log or root on; or one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np

from symconv.evaluation.arithmetic import AnyNumber, Numbers
from symconv.evaluation.objects import Objects
from symconv.evaluation.rows import IntegerArray, Mask, Vector
from symconv.evaluation.vectors import Rationals, Reals


class Kind(Protocol):
    """How vectors are made of what stands in an expression."""

    def entries(self, numbers: Sequence[AnyNumber]) -> Vector:
        """A tensor's."""

    def constant(self, x: int | Fraction) -> Vector:
        """The vector of one number."""

    def whole(self, numbers: IntegerArray | Mask) -> Vector:
        """Integers that are not large, or truths."""

    def pi(self) -> Vector:
        """The vector of pi."""

    def named(self, x: Vector, y: Vector) -> Vector:
        """The values y of a named function at x."""


@dataclass(frozen=True)
class Together:
    """`Rationals`, and `Reals` from the first exp, log or root on."""

    def entries(self, numbers: Sequence[int | Fraction]) -> Rationals | Reals:
        """Exact numbers; where they have no small common denominator, floats: derivatives would take their time."""
        exact = Rationals.of(numbers)
        return exact.rounded if exact.apart else exact

    def constant(self, x: int | Fraction) -> Rationals:
        return Rationals.of([x])

    def whole(self, numbers: IntegerArray | Mask) -> Rationals:
        return Rationals.whole(numbers)

    def pi(self) -> Reals:
        return Reals(np.array([np.pi]))

    def named(self, x: Vector, y: Vector) -> Vector:
        return y


@dataclass(frozen=True)
class OneByOne:
    """`Objects` of an arithmetic."""

    arithmetic: Numbers

    def entries(self, numbers: Sequence[AnyNumber]) -> Objects:
        return Objects.of(numbers, self.arithmetic)

    def constant(self, x: int | Fraction) -> Objects:
        return Objects.of([x if isinstance(x, int) else self.arithmetic.rational(x)], self.arithmetic)

    def whole(self, numbers: IntegerArray | Mask) -> Objects:
        return Objects(np.asarray(numbers, dtype=np.int64).astype(object), self.arithmetic)

    def pi(self) -> Objects:
        return Objects.of([self.arithmetic.pi()], self.arithmetic)

    def named(self, x: Vector, y: Vector) -> Vector:
        return x.map(self.arithmetic.function, y) if isinstance(x, Objects) and isinstance(y, Objects) else y
