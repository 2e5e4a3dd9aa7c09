"""What all vectors of numbers have, and how their entries belong together."""

from fractions import Fraction
from types import EllipsisType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from symconv.evaluation.arithmetic import AnyNumber

ObjectArray = NDArray[np.object_]
IntegerArray = NDArray[np.int64]
Numerators = NDArray[Any]  # of int64, of Python's integers or of Fractions, which numpy's types cannot say
FloatArray = NDArray[np.float64]
Mask = NDArray[np.bool_]
Selection = int | slice | IntegerArray | tuple[slice | EllipsisType | IntegerArray | int | None, ...]


class Vector(Protocol):
    """What all vectors have; an operation of two goes by NumPy's rules for their shapes. No class is derived from it:
    to ask for the class of an instance of such a one takes many times longer, and is done for every node."""

    @property
    def shape(self) -> tuple[int, ...]:
        """One axis of places; of derivatives a second one."""

    def __getitem__(self, key: Selection) -> "Vector": ...
    def __neg__(self) -> "Vector": ...
    def __add__(self, other: "Vector") -> "Vector": ...
    def __mul__(self, other: "Vector") -> "Vector": ...

    def spread(self, *shape: int) -> "Vector":
        """In this shape, entries being repeated."""

    def summed(self, rows: "Rows") -> "Vector":
        """The sum of each row, 0 of an empty one."""

    def largest(self, rows: "Rows") -> IntegerArray:
        """Where the first largest number of each row that is not empty stands."""

    def maximum(self, rows: "Rows") -> "Vector":
        """The first largest number of each row, none being empty."""

    @property
    def positive(self) -> Mask:
        """Which are above 0."""

    def positive_part(self) -> "Vector":
        """The numbers where they are above 0, else 0."""

    def power(self, n: int | Fraction) -> "Vector":
        """To the power of n. ZeroDivisionError for an exact 0 to a negative one."""

    def exp(self) -> "Vector":
        """e^x. NotPolynomial of polynomials, as are the next."""

    def log(self) -> "Vector":
        """The natural logarithm."""

    def erf(self) -> "Vector":
        """2/sqrt(pi) times the integral of e^(-t^2) from 0 to x."""

    def erf_slope(self) -> "Vector":
        """erf' = 2 e^(-x^2) / sqrt(pi)."""

    def sin(self) -> "Vector":
        """The sine."""

    def cos(self) -> "Vector":
        """The cosine."""

    def numbers(self) -> list[AnyNumber]:
        """They, one by one: Fractions, or whatever they are."""


class Rows:
    """Which of `count` rows each entry of a vector belongs to; the rows ascend."""

    def __init__(self, of: IntegerArray, count: int) -> None:
        self.of, self.count = of, count
        first = np.ones(len(of), dtype=bool)
        np.not_equal(of[1:], of[:-1], out=first[1:])
        self.starts = np.flatnonzero(first)
        self.there = of[self.starts]
        self.lengths = np.append(self.starts[1:], len(of)) - self.starts

    def added(self, x: Numerators, plus: np.ufunc = np.add) -> Numerators:
        """The sum of each row."""
        out = np.zeros((self.count, *x.shape[1:]), x.dtype)
        if len(self.starts):
            out[self.there] = plus.reduceat(x, self.starts, axis=0)
        return out

    def first_largest(self, x: Numerators) -> IntegerArray:
        """Where the first largest entry of each row that is not empty stands; what is no number is the largest."""
        highest = np.repeat(np.maximum.reduceat(x, self.starts), self.lengths)
        found = np.flatnonzero((x == highest) | (x != x))
        return found[Rows(self.of[found], self.count).starts]
