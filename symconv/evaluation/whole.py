"""A world of whole tensors: its expressions are evaluated at all places at once.

It is to `evaluation.evaluate.World` as NumPy is to a loop: the same equations and the same conventions, exact numbers
as long as they are fractions, floats from the first exp, log or root on.
"""

import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial, reduce
from math import prod
from typing import Any

import numpy as np
from sympy import Add, Expr, Integer, Symbol

from symconv.array import Array
from symconv.derivation.index import KEPT, Binder, Entry, Range
from symconv.derivation.operation import Equation
from symconv.errors import Broken
from symconv.evaluation.contraction import contracted
from symconv.evaluation.dual import Index
from symconv.evaluation.places import Points, Tensor, flat, position
from symconv.evaluation.points import values
from symconv.evaluation.slopes import Slopes, joined
from symconv.evaluation.vectors import IntegerArray, Rationals, Reals

AT_ONCE = 500_000  # terms of a sum: their subscripts and factors take some 50 MB
silent = partial(np.errstate, all="ignore")  # what overflows is equal to nothing, and known by that


class WholeWorld:
    """Sizes, tensors and the equations that define some of them; see `World`, whose words these are."""

    def __init__(
        self,
        sizes: Mapping[Symbol, int],
        tensors: Mapping[str, Array] | Mapping[str, Tensor],
        equations: tuple[Equation, ...] = (),
    ) -> None:
        self.sizes = {s.name: n for s, n in sizes.items()}
        self.tensors: Mapping[str, Tensor] = {
            name: Tensor(a.shape, _vector(a)) if isinstance(a, Array) else a for name, a in tensors.items()
        }
        self.equations = equations
        self.seen: dict[Expr, set[int]] = {}
        self._perturbed: dict[tuple[str, bytes], Mapping[str, Tensor]] = {}

    def size(self, n: Expr) -> int:
        """An extent's number."""
        return int(position(n, Points(self.sizes, 1)))

    def shape(self, ranges: Iterable[Range]) -> tuple[int, ...]:
        """How many values each index has."""
        return tuple(self.size(n) for _, n in ranges)

    def values(self, e: Expr, ranges: Sequence[Range], places: Sequence[Index]) -> Any:
        """The vector of e at some values of its free indices."""
        at = np.array(places, dtype=np.int64).reshape(len(places), len(ranges))
        letters = {i.name: at[:, k] for k, (i, _) in enumerate(ranges)}
        return self._at(e, Points({**self.sizes, **letters}, len(places)))

    def table(self, e: Expr, ranges: Sequence[Range]) -> Any:
        """The vector of e at every value of its free indices, in row-major order."""
        read = (self.tensors[x.tensor].entries for x in e.atoms(Entry))
        if all(isinstance(x, Reals) for x in read):
            with silent():
                parts = [contracted(part, ranges, self.sizes, self) for part in Add.make_args(e)]
                if all(parts):
                    return reduce(operator.add, parts)
        return self._at(e, self._everywhere(ranges))

    def _everywhere(self, ranges: Sequence[Range]) -> Points:
        extents = self.shape(ranges)
        at = np.indices(extents).reshape(len(extents), prod(extents))
        letters = {i.name: at[k] for k, (i, _) in enumerate(ranges)}
        return Points({**self.sizes, **letters}, prod(extents))

    def _at(self, e: Expr, here: Points) -> Any:
        inner = max((prod(map(self.size, n)) for n in extents_of(e)), default=1)
        step = max(1, AT_ONCE // max(inner, 1))
        with silent():
            if step >= here.count:
                return values(e, here, self).spread(here.count)
            parts = [here.only(np.arange(k, min(k + step, here.count))) for k in range(0, here.count, step)]
            return joined([values(e, part, self).spread(part.count) for part in parts])

    def define(self, equation: Equation, shape: tuple[Expr, ...]) -> None:
        """Compute a tensor from its equation and keep it; every entry must be written exactly once."""
        sizes, here = tuple(map(self.size, shape)), self._everywhere(equation.ranges)
        try:
            place = np.broadcast_to(flat([position(i, here) for i in equation.entry.at], sizes), here.count)
        except IndexError:
            place = np.empty(0, dtype=np.int64)
        if len(place) != prod(sizes) or len(np.unique(place)) != prod(sizes):
            raise Broken(f"{equation.entry} does not write each entry of {sizes} once")
        entries = self.table(equation.value, equation.ranges)[np.argsort(place)]
        self.tensors = {**self.tensors, equation.entry.tensor: Tensor(sizes, entries)}

    def slope(self, scalar: str, tensor: str) -> Tensor:
        """d(scalar)/d(tensor), entry by entry, by dual numbers through every equation."""
        shape = self.tensors[tensor].shape
        with self.perturbed(tensor, np.arange(prod(shape))):
            found = self.tensors[scalar].entries
        return Tensor(shape, found.d[0] if isinstance(found, Slopes) else Rationals.whole(np.zeros(prod(shape))))

    @contextmanager
    def perturbed(self, tensor: str, entries: IntegerArray) -> Iterator[None]:
        """Inside, these entries of the tensor are v + eps each, and every tensor defined from it is computed anew."""
        kept, key = self.tensors, (tensor, entries.tobytes())
        try:
            if key not in self._perturbed:
                self._perturbed[key] = self._moved(tensor, entries)
            self.tensors = self._perturbed[key]
            yield
        finally:
            self.tensors = kept

    def _moved(self, tensor: str, entries: IntegerArray) -> Mapping[str, Tensor]:
        given = self.tensors[tensor]
        seeds = Rationals.whole(np.arange(prod(given.shape))[:, None] == entries)
        self.tensors = {**self.tensors, tensor: Tensor(given.shape, Slopes(given.entries, seeds))}
        touched = {tensor}
        for equation in self.equations:
            if any(x.tensor in touched for x in equation.value.atoms(Entry)):
                output = equation.entry.tensor
                self.define(equation, tuple(map(Integer, self.tensors[output].shape)))
                touched.add(output)
        return self.tensors


def _vector(a: Array) -> Rationals | Reals:
    """Exact numbers; where they have no small common denominator, floats: derivatives would take their time."""
    numbers = Rationals.of(a.entries)
    return numbers.rounded if numbers.apart else numbers


@lru_cache(KEPT)
def extents_of(e: Expr) -> tuple[tuple[Expr, ...], ...]:
    """The extents of each node that binds indices."""
    return tuple(tuple(n for _, n in b.ranges) for b in e.atoms(Binder))
