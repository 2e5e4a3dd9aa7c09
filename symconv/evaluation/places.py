"""Many places at once: the values of letters at each, and whether conditions hold there."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from sympy import Expr, Symbol

from symconv.array import Array
from symconv.derivation.index import Delta, Div, In, Iverson, Quot, Range
from symconv.errors import Broken
from symconv.evaluation.kinds import Kind
from symconv.evaluation.rows import IntegerArray, Mask, Rows, Vector

Position = int | IntegerArray  # a size is one integer, an index an array of them
LetterValues = Mapping[str, Position]


@dataclass(frozen=True)
class Tensor:
    """Its entries, a vector, in row-major order."""

    shape: tuple[int, ...]
    entries: Vector

    @property
    def array(self) -> Array:
        """Its entries one by one."""
        return Array(self.shape, tuple(self.entries.numbers()))


class Surroundings(Protocol):
    """What a value depends on, besides the places."""

    kind: Kind
    seen: dict[Expr, set[int]]  # for each condition, the values it has taken

    def tensor(self, name: str) -> Tensor: ...

    def perturbed(self, tensor: str, entries: IntegerArray) -> AbstractContextManager[None]:
        """Inside, these entries of the tensor (by their places in row-major order) have a derivative each."""


class Points:
    """Places, each a value for every letter."""

    def __init__(self, letters: LetterValues, count: int) -> None:
        self.letters, self.count = letters, count

    def only(self, kept: IntegerArray) -> "Points":
        """These of the places."""
        return Points({s: x if isinstance(x, int) else x[kept] for s, x in self.letters.items()}, len(kept))

    def beside(self, name: str, n: int) -> "Points":
        """Each place with each of n values of one more letter."""
        letters = {s: x if isinstance(x, int) else np.repeat(x, n) for s, x in self.letters.items()}
        return Points({**letters, name: np.tile(np.arange(n), self.count)}, self.count * n)

    def of(self, names: Iterable[Symbol]) -> "Points":
        """With these letters only."""
        wanted = {s.name for s in names}
        return Points({s: x for s, x in self.letters.items() if s in wanted}, self.count)


# ------------------------------------------------------------------------------------------------ indices
def position(e: Expr, here: Points) -> Position:
    """Index arithmetic, in whole numbers."""
    if e.is_Integer:
        return int(e)
    if e.is_Symbol:
        return here.letters[e.name]
    parts = [position(a, here) for a in e.args]
    if isinstance(e, Quot):
        return parts[0] // parts[1]
    if not (e.is_Add or e.is_Mul):
        raise Broken(f"{e} is no index")
    return sum(parts) if e.is_Add else math.prod(parts)


CONDITIONS: Mapping[type[Iverson], Callable[[IntegerArray, IntegerArray], Mask]] = {
    Delta: lambda x, y: np.equal(x, y),
    In: lambda e, n: (e >= 0) & (e < n),
    Div: lambda e, m: np.equal(e % m, 0),
}


def holds(c: Iverson, here: Points) -> Mask:
    """Where a condition holds."""
    first, second = (np.asarray(position(a, here)) for a in c.args)
    return CONDITIONS[type(c)](first, second)


def seen(c: Expr, here: Points, around: Surroundings) -> Mask:
    """The same at each place, and recorded."""
    held = np.broadcast_to(holds(c, here), here.count)
    around.seen.setdefault(c, set()).update(np.unique(held).astype(int).tolist())
    return held


class Inside:
    """Places put beside those of a node's ranges, with the outer place that each belongs to."""

    def __init__(self, here: Points, around: Surroundings) -> None:
        self.here, self.around, self._count = here, around, here.count
        self.of = np.arange(here.count)

    @property
    def rows(self) -> Rows:
        return Rows(self.of, self._count)

    def keep(self, held: Mask) -> None:
        """Only where this is true."""
        if not np.all(held):
            kept = np.flatnonzero(held)
            self.here, self.of = self.here.only(kept), self.of[kept]

    def range_over(self, ranges: Iterable[Range], conditions: list[Expr]) -> "Inside":
        """The ranges one after the other, a condition being asked as soon as its letters are known."""
        left = list(ranges)
        self._ask(conditions, left)
        while left:
            i, n = left.pop(0)
            size = max(int(position(n, self.here)), 0)
            self.here, self.of = self.here.beside(i.name, size), np.repeat(self.of, size)
            self._ask([c for c in conditions if i in c.free_symbols], left)
        return self

    def _ask(self, conditions: Iterable[Expr], left: list[Range]) -> None:
        for c in conditions:
            if self.here.count and not any(i in c.free_symbols for i, _ in left):
                self.keep(seen(c, self.here, self.around))


def flat(at: Sequence[Position], shape: tuple[int, ...]) -> Position:
    """Places in row-major order. IndexError for one that lies outside the shape."""
    if len(at) != len(shape):
        raise IndexError(f"{len(at)} subscripts do not index the shape {shape}")
    place: Position = 0
    for k, n in zip(at, shape, strict=True):
        if np.any(outside := (np.asarray(k) < 0) | (np.asarray(k) >= n)):
            raise IndexError(f"{int(np.asarray(k)[outside].ravel()[0])} lies outside the shape {shape}")
        place = place * n + k
    return place
