"""Numbers of any kind, each a Python object: SymPy's, mpmath's, polynomials, or those that say how far off they are."""

import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from symconv.evaluation.arithmetic import AnyNumber, Numbers
from symconv.evaluation.rows import IntegerArray, Mask, ObjectArray, Rows, Selection, Vector
from symconv.evaluation.vectors import Rationals


@dataclass(frozen=True)
class Objects:
    """Such numbers and their arithmetic."""

    each: ObjectArray
    arithmetic: Numbers

    @staticmethod
    def of(numbers: Iterable[AnyNumber], arithmetic: Numbers) -> "Objects":
        """The vector of these numbers."""
        given = list(numbers)
        each = np.empty(len(given), dtype=object)
        each[:] = given
        return Objects(each, arithmetic)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.each.shape

    def __getitem__(self, key: Selection) -> "Objects":
        return self._new(self.each[key])

    def __neg__(self) -> "Objects":
        return self._new(-self.each)

    def __add__(self, other: Vector) -> Vector:
        its = self.alike(other)
        return other + self if its is None else self._new(self._plus(self.each, its.each))

    def __mul__(self, other: Vector) -> Vector:
        its = self.alike(other)
        return other * self if its is None else self._new(self.each * its.each)

    def alike(self, other: Vector) -> "Objects | None":
        """Exact numbers in this arithmetic; None for numbers with derivatives."""
        if isinstance(other, Rationals):
            over = other.over.astype(object)
            return self._new(over if other.under == 1 else over * self.arithmetic.rational(Fraction(1, other.under)))
        return other if isinstance(other, Objects) else None

    def spread(self, *shape: int) -> "Objects":
        return self if self.shape == shape else self._new(np.broadcast_to(self.each, shape))

    def summed(self, rows: Rows) -> "Objects":
        return self._new(rows.added(self.each, self._plus))

    def largest(self, rows: Rows) -> IntegerArray:
        parts = zip(rows.starts.tolist(), rows.lengths.tolist(), strict=True)
        return np.array([k + self.arithmetic.first_largest(self.each[k : k + n].tolist()) for k, n in parts], dtype=int)

    def maximum(self, rows: Rows) -> "Objects":
        parts = zip(rows.starts.tolist(), rows.lengths.tolist(), strict=True)
        found = (self.arithmetic.maximum(self.each[k : k + n].tolist()) for k, n in parts)
        return Objects.of(found, self.arithmetic)

    @property
    def positive(self) -> Mask:
        return np.asarray(np.frompyfunc(self.arithmetic.positive, 1, 1)(self.each), dtype=bool)

    def positive_part(self) -> "Objects":
        return self.map(self.arithmetic.positive_part)

    def power(self, n: int | Fraction) -> "Objects":
        return self.map(lambda x: self.arithmetic.power(x, n))

    def exp(self) -> "Objects":
        return self.map(self.arithmetic.exp)

    def log(self) -> "Objects":
        return self.map(self.arithmetic.log)

    def erf(self) -> "Objects":
        return self.map(self.arithmetic.erf)

    def erf_slope(self) -> "Objects":
        number = self.arithmetic
        return self.map(lambda x: 2 * number.exp(-(x * x)) * number.power(number.pi(), Fraction(-1, 2)))

    def sin(self) -> "Objects":
        return self.map(self.arithmetic.sin)

    def cos(self) -> "Objects":
        return self.map(self.arithmetic.cos)

    def numbers(self) -> list[AnyNumber]:
        return list(self.each.tolist())

    def map(self, function: Callable[..., AnyNumber], *others: "Objects") -> "Objects":
        """A function of each number, and of those of others at its place."""
        return self._new(np.frompyfunc(function, 1 + len(others), 1)(self.each, *(x.each for x in others)))

    def _new(self, each: ObjectArray | AnyNumber) -> "Objects":
        return Objects(np.asarray(each, dtype=object), self.arithmetic)

    @property
    def _plus(self) -> np.ufunc:
        add = self.arithmetic.add
        return np.add if add is operator.add else np.frompyfunc(add, 2, 1)
