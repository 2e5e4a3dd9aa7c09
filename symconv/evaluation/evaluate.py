"""Exact evaluation of every node: the second road to each number, independent of the rules.

Expressions are evaluated at many places at once. Numbers are of one kind: fractions together, and floats from the first
exp, log or root on; or one by one, Fractions (mpmath at 40 digits from the first exp or log on), SymPy numbers for
worked values, or elements of a polynomial ring with one symbol for each entry. A derivative is not derived here but
computed, by dual numbers.
"""

import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial, reduce
from math import prod

import numpy as np
from sympy import Add, Expr, Integer, Symbol

from symconv.array import Array, Shape
from symconv.derivation.index import KEPT, Binder, Entry, Range
from symconv.derivation.operation import Equation
from symconv.errors import Broken
from symconv.evaluation.arithmetic import AnyNumber, Numbers
from symconv.evaluation.contraction import contracted
from symconv.evaluation.kinds import Kind, OneByOne, Together
from symconv.evaluation.places import Points, Tensor, nodes
from symconv.evaluation.points import values
from symconv.evaluation.rows import IntegerArray, Vector
from symconv.evaluation.slopes import Slopes, joined
from symconv.evaluation.uncertain import Expecting, Uncertain
from symconv.evaluation.vectors import Rationals, Reals

AT_ONCE = 500_000  # terms of a sum: their subscripts and factors take some 50 MB
TOGETHER, FRACTIONS, EXPECTING = Together(), OneByOne(Numbers()), Expecting()
silent = partial(np.errstate, all="ignore")  # what overflows is equal to nothing, and known by that


class World:
    """Sizes, tensors and the equations that define some of them: everything an expression needs to have a value.

    `equations` are in forward order. `seen` collects, for each condition, the values it has taken. A tensor is given or
    defined before the first derivative is asked for: its perturbed values are kept.
    """

    def __init__(
        self,
        sizes: Mapping[Symbol, int],
        tensors: Mapping[str, Array | Tensor],
        equations: tuple[Equation, ...] = (),
        kind: Kind = FRACTIONS,
    ) -> None:
        self.sizes = {s.name: n for s, n in sizes.items()}
        self._one = Points(self.sizes, 1)
        self.equations = equations
        self.kind = kind
        self.seen: dict[Expr, set[int]] = {}
        self._most = dict[Expr, int]()
        self._orders = dict[tuple[Entry, tuple[Range, ...], Shape], IntegerArray]()
        self._everywhere_of = dict[tuple[Range, ...], Points]()
        self.forget({})
        self.give(tensors)

    def forget(self, seen: Mapping[Expr, set[int]]) -> None:
        """No condition but these has been seen: what is asked from here on is recorded."""
        self.seen = {c: set(values) for c, values in seen.items()}
        self._last: tuple[tuple[tuple[str, ...], tuple[Shape, ...]], Points] = ((), ()), Points(self.sizes, 0)

    def give(self, tensors: Mapping[str, Array | Tensor]) -> None:
        """These tensors in place of all that there are."""
        self._given = dict(tensors)
        self._tensors = dict[str, Tensor]()  # as they are read
        self._pending: Mapping[str, Equation] = {}  # what a perturbed tensor is still to be computed from
        self._perturbed = dict[tuple[str, bytes], tuple[dict[str, Tensor], Mapping[str, Equation]]]()

    def tensor(self, name: str) -> Tensor:
        """A tensor by its name. KeyError where there is none."""
        if name not in self._tensors:
            if name in self._pending:
                equation = self._pending[name]
                self.define(equation, tuple(map(Integer, self._given[name].shape)))
            else:
                a = self._given[name]
                self._tensors[name] = a if isinstance(a, Tensor) else Tensor(a.shape, self.kind.entries(a.entries))
        return self._tensors[name]

    @property
    def tensors(self) -> dict[str, Array]:
        """All that are given or defined, their entries one by one."""
        return {name: self.tensor(name).array for name in self._given}

    def size(self, n: Expr) -> int:
        """An extent's number."""
        return int(self._one.at(n))

    def shape(self, ranges: Iterable[Range]) -> Shape:
        """How many values each index has."""
        return tuple(self.size(n) for _, n in ranges)

    # ------------------------------------------------------------------------------------------------ values
    def value(self, e: Expr) -> AnyNumber:
        """The number of an expression without free indices."""
        return self.values(e, (), [()]).numbers()[0]

    def values(self, e: Expr, ranges: Sequence[Range], places: Sequence[Shape]) -> Vector:
        """The vector of e at some values of its free indices, one for each place; errors: see `points.values`."""
        key = tuple(i.name for i, _ in ranges), tuple(places)
        if self._last[0] != key:
            at = np.array(places, dtype=np.int64).reshape(len(places), len(ranges))
            letters = {name: at[:, k] for k, name in enumerate(key[0])}
            self._last = key, Points({**self.sizes, **letters}, len(places))
        return self._at(e, self._last[1])

    def table(self, e: Expr, ranges: Sequence[Range]) -> Tensor:
        """e at every value of its free indices."""
        return Tensor(self.shape(ranges), self._everywhere(e, ranges))

    def _everywhere(self, e: Expr, ranges: Sequence[Range]) -> Vector:
        if self.kind in (TOGETHER, EXPECTING) and self._reads_floats(e):
            with silent():
                parts = [contracted(part, ranges, self.sizes, self) for part in Add.make_args(e)]
                whole = [x for x in parts if x]
                if len(whole) == len(parts):
                    return reduce(operator.add, whole[1:], whole[0])
        return self._at(e, self.everywhere(ranges))

    def _reads_floats(self, e: Expr) -> bool:
        read = [self.tensor(t).entries for t in tensors_in(e)]
        return bool(read) and all(isinstance(x, Reals | Uncertain) for x in read)

    def everywhere(self, ranges: Sequence[Range]) -> Points:
        """Every place of some ranges, in row-major order."""
        key = tuple(ranges)
        if key not in self._everywhere_of:
            extents = self.shape(ranges)
            at = np.indices(extents).reshape(len(extents), prod(extents))
            letters = {i.name: at[k] for k, (i, _) in enumerate(ranges)}
            self._everywhere_of[key] = Points({**self.sizes, **letters}, prod(extents))
        return self._everywhere_of[key]

    def _at(self, e: Expr, here: Points) -> Vector:
        step = max(1, AT_ONCE // self._terms(e))
        with silent():
            if step >= here.count:
                return values(e, here, self).spread(here.count)
            parts = [here.only(np.arange(k, min(k + step, here.count))) for k in range(0, here.count, step)]
            return joined([values(e, part, self).spread(part.count) for part in parts])

    def _terms(self, e: Expr) -> int:
        """How many places a node of e puts beside each place at most."""
        if e not in self._most:
            self._most[e] = max((prod(map(self.size, n)) for n in extents_of(e)), default=1)
        return max(1, self._most[e])

    def define(self, equation: Equation, shape: Iterable[Expr]) -> None:
        """Compute a tensor from its equation and keep it. Broken where not every entry is written exactly once."""
        sizes = tuple(map(self.size, shape))
        order = self._order(equation, sizes)
        self.keep(equation.entry.tensor, Tensor(sizes, self._everywhere(equation.value, equation.ranges)[order]))

    def _order(self, equation: Equation, sizes: Shape) -> IntegerArray:
        """Which of the places of an equation writes each entry."""
        key = equation.entry, equation.ranges, sizes
        if key not in self._orders:
            here = self.everywhere(equation.ranges)
            try:
                place = np.broadcast_to(here.place(equation.entry.at, sizes), here.count)
            except IndexError:
                place = np.empty(0, dtype=np.int64)
            if np.any(np.bincount(place, minlength=prod(sizes)) != 1):
                raise Broken(f"{equation.entry} does not write each entry of {sizes} once")
            self._orders[key] = np.argsort(place)
        return self._orders[key]

    def keep(self, name: str, tensor: Tensor) -> None:
        """One more tensor."""
        self._tensors[name] = tensor
        self._given.setdefault(name, tensor)

    # ------------------------------------------------------------------------------------------------ derivatives
    def slope(self, scalar: str, tensor: str) -> Tensor:
        """d(scalar)/d(tensor), in the tensor's shape, by dual numbers through every equation."""
        shape = self.tensor(tensor).shape
        with self.perturbed(tensor, np.arange(prod(shape))):
            found = self.tensor(scalar).entries
        still = self.kind.whole(np.zeros(prod(shape), dtype=np.int64))
        return Tensor(shape, found.d[0] if isinstance(found, Slopes) else still)

    @contextmanager
    def perturbed(self, tensor: str, entries: IntegerArray) -> Iterator[None]:
        """Inside, these entries of the tensor are v + eps each, and every tensor defined from it is computed anew, when
        it is read."""
        kept, key = (self._tensors, self._pending), (tensor, entries.tobytes())
        if key not in self._perturbed:
            self._perturbed[key] = self._moved(tensor, entries)
        try:
            self._tensors, self._pending = self._perturbed[key]
            yield
        finally:
            self._tensors, self._pending = kept

    def _moved(self, tensor: str, entries: IntegerArray) -> tuple[dict[str, Tensor], Mapping[str, Equation]]:
        given, pending = self.tensor(tensor), dict[str, Equation]()
        for equation in self.equations:
            if any(t == tensor or t in pending for t in tensors_in(equation.value)):
                pending[equation.entry.tensor] = equation
        seeds = Rationals.whole(np.arange(prod(given.shape))[:, None] == entries)
        still = {name: x for name, x in self._tensors.items() if name not in pending}
        return {**still, tensor: Tensor(given.shape, Slopes(given.entries, seeds))}, pending


@lru_cache(KEPT)
def tensors_in(e: Expr) -> tuple[str, ...]:
    """The tensors that an expression reads."""
    return tuple(sorted({x.tensor for x in nodes(e) if isinstance(x, Entry)}))


@lru_cache(KEPT)
def extents_of(e: Expr) -> tuple[tuple[Expr, ...], ...]:
    """The extents of each node that binds indices."""
    return tuple(tuple(n for _, n in b.ranges) for b in nodes(e) if isinstance(b, Binder))
