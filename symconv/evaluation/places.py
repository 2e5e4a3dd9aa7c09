"""Many places at once: the values of letters at each, and whether conditions hold there."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Protocol

import numpy as np
from sympy import Basic, Expr, Symbol

from symconv.array import Array
from symconv.derivation.index import KEPT, Binder, Delta, Div, Entry, In, Iverson, Quot, Range
from symconv.errors import Broken
from symconv.evaluation.kinds import Kind
from symconv.evaluation.rows import IntegerArray, Mask, Rows, Vector

Position = int | IntegerArray  # a size is one integer, an index an array of them
ALONG = ""  # in place of a letter's name: which derivative is asked for
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

    def tensor(self, name: str) -> Tensor:
        """A tensor by its name. KeyError where there is none."""

    def perturbed(self, tensor: str, entries: IntegerArray) -> AbstractContextManager[None]:
        """Inside, these entries of the tensor (by their places in row-major order) have a derivative each."""


class Points:
    """Places, each a value for every letter. What is made of them alone is made once."""

    def __init__(self, letters: LetterValues, count: int) -> None:
        self.letters, self.count = letters, count
        self._of = dict[frozenset[str], Points]()
        self._positions = dict[Expr, Position]()
        self._places = dict[tuple[tuple[Expr, ...], tuple[int, ...]], Position]()
        self._inside = dict[tuple[tuple[Range, ...], tuple[Expr, ...]], Inside]()

    def only(self, kept: IntegerArray) -> "Points":
        """These of the places."""
        return Points({s: x if isinstance(x, int) else x[kept] for s, x in self.letters.items()}, len(kept))

    def beside(self, name: str, n: int) -> "Points":
        """Each place with each of n values of one more letter."""
        letters = {s: x if isinstance(x, int) else np.repeat(x, n) for s, x in self.letters.items()}
        return Points({**letters, name: np.arange(self.count * n) % n if n else NOWHERE}, self.count * n)

    def of(self, names: frozenset[str]) -> "Points":
        """With these letters only."""
        if names not in self._of:
            self._of[names] = Points({s: x for s, x in self.letters.items() if s in names or s == ALONG}, self.count)
        return self._of[names]

    def along(self, column: IntegerArray) -> "Points":
        """At each place one derivative of those that numbers have there."""
        return Points({**self.letters, ALONG: column}, self.count)

    def at(self, e: Expr) -> Position:
        """Index arithmetic, in whole numbers."""
        if e not in self._positions:
            self._positions[e] = position(e, self)
        return self._positions[e]

    def place(self, at: tuple[Expr, ...], shape: tuple[int, ...]) -> Position:
        """Of an entry in row-major order. IndexError where it lies outside the shape."""
        if (at, shape) not in self._places:
            self._places[at, shape] = flat([self.at(i) for i in at], shape)
        return self._places[at, shape]

    def inside(self, ranges: tuple[Range, ...], conditions: tuple[Expr, ...], around: "Surroundings") -> "Inside":
        """The places of some ranges beside these, where conditions hold."""
        key = ranges, conditions
        if key not in self._inside:
            self._inside[key] = Inside(self, np.arange(self.count), self.count).ranged(ranges, conditions, around)
        return self._inside[key]


# ------------------------------------------------------------------------------------------------ indices
def position(e: Expr, here: Points) -> Position:
    """Index arithmetic, in whole numbers. Broken for what is none."""
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


NOWHERE = np.zeros(0, dtype=np.int64)
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
    either = around.seen.setdefault(c, set())
    if here.count:
        either |= {int(held.any()), int(held.all())}
    return held


@lru_cache(KEPT)
def nodes(e: Basic) -> frozenset[Expr]:
    """The entries, the conditions and all that binds indices in an expression: those of a part are found once."""
    found = frozenset[Expr]().union(*map(nodes, e.args))
    return found | {e} if isinstance(e, Entry | Iverson | Binder) else found


@lru_cache(KEPT)
def free(e: Expr) -> frozenset[Symbol]:
    """The letters in an expression."""
    return frozenset(e.free_symbols)


@dataclass(frozen=True)
class Inside:
    """Places put beside `count` others, with the outer place that each belongs to."""

    here: Points
    of: IntegerArray
    count: int

    @cached_property
    def rows(self) -> Rows:
        """Those of one outer place are a row."""
        return Rows(self.of, self.count)

    def where(self, held: Mask) -> "Inside":
        """Only where this is true."""
        if held.all():
            return self
        kept = np.flatnonzero(held)
        return Inside(self.here.only(kept), self.of[kept], self.count)

    def ranged(self, ranges: Sequence[Range], conditions: Iterable[Expr], around: Surroundings) -> "Inside":
        """The ranges one after the other, a condition being asked as soon as its letters are known."""
        later = {i for i, _ in ranges}
        asked = self._where(conditions, later, around)
        if not ranges:
            return asked
        (i, n), *left = ranges
        size = max(int(position(n, asked.here)), 0)
        beside = Inside(asked.here.beside(i.name, size), np.repeat(asked.of, size), self.count)
        return beside.ranged(left, [c for c in conditions if free(c) & later], around)

    def _where(self, conditions: Iterable[Expr], later: set[Symbol], around: Surroundings) -> "Inside":
        inside = self
        for c in conditions:
            if inside.here.count and not free(c) & later:
                inside = inside.where(seen(c, inside.here, around))
        return inside


def flat(at: Sequence[Position], shape: tuple[int, ...]) -> Position:
    """Places in row-major order. IndexError for one that lies outside the shape."""
    if len(at) != len(shape):
        raise IndexError(f"{len(at)} subscripts do not index the shape {shape}")
    if not shape:
        return 0
    try:
        return np.ravel_multi_index(tuple(map(np.asarray, at)), shape)
    except ValueError:
        outside = (np.ravel(k)[(np.ravel(k) < 0) | (np.ravel(k) >= n)] for k, n in zip(at, shape, strict=True))
        wrong = next(int(k[0]) for k in outside if k.size)
        raise IndexError(f"{wrong} lies outside the shape {shape}") from None
