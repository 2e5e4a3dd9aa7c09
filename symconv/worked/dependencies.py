"""What each entry is computed from, read off the index maps of the equations: for a page to point at.

Structure only: whatever an equation reads at these indices counts, were it multiplied by a 0 among the network's
numbers. A maximum depends on its whole window, and so does the gradient of who wins it. What a condition on indices
cuts off does not count: a read of the padding is no dependency.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod
from operator import attrgetter

import numpy as np
from sympy import Expr, Mul, Symbol

from symconv.derivation.index import Binder, Entry, Iverson, MaxOver, Range, Sum, Winner
from symconv.derivation.operation import Equation
from symconv.derivation.special import equation_with
from symconv.derivation.tensors import gradient, original
from symconv.errors import Broken
from symconv.evaluation.evaluate import World
from symconv.evaluation.places import Points, position
from symconv.networks.network import shapes
from symconv.worked.derived import Derived

PlacePair = tuple[int, int]
Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class IndexMap:
    """That some entries of the tensor `written` are computed from some of the tensor `read`.

    Places are row-major numbers. Each factor is a set of (written, read) parts that share an index: one pair from every
    factor adds up to a place that is written and one that is read for it.
    """

    written: str
    read: str
    factors: tuple[tuple[PlacePair, ...], ...]

    @property
    def count(self) -> int:
        """How many reads these are."""
        return prod(map(len, self.factors))

    def pairs(self) -> Iterator[PlacePair]:
        """Every place that is written with each that is read for it."""
        for parts in product(*self.factors):
            yield sum(w for w, _ in parts), sum(r for _, r in parts)


def dependencies(study: Derived) -> tuple[IndexMap, ...]:
    """One for each read in the equation of each tensor and then of each gradient, in forward order; the gradient of S
    is the tensor ∂S.

    A copy of a tensor, one for each layer that reads it, is the tensor itself.
    """
    given = shapes(study.network)
    known = {**given, **{gradient(t): shape for t, shape in given.items()}}
    found = (m for equation in _equations(study) for m in index_maps(equation, known))
    return tuple(m for m in found if m.written != m.read)  # which a copy, or the sum over copies, would be


def _equations(study: Derived) -> Iterator[Equation]:
    """Each tensor's and each gradient's, with the network's numbers."""
    for stage in study.stages:
        yield from (equation_with(e, dict(stage.sizes)) for e in stage.operation.equations)
    yield from (d.equation for d in study.derivations.values())


def index_maps(equation: Equation, known: Shapes) -> Iterator[IndexMap]:
    """One for each read in an equation whose sizes are numbers; `known` are the shapes of the tensors in it."""
    for read, ranges, conditions in _reads(equation.value, equation.ranges, ()):
        yield _factored(equation.entry, read, ranges, conditions, known)


def _reads(
    e: Expr, ranges: tuple[Range, ...], conditions: tuple[Expr, ...]
) -> Iterator[tuple[Entry, tuple[Range, ...], tuple[Expr, ...]]]:
    """Every entry in an expression, with the indices in scope and the conditions without which it is not read."""
    if isinstance(e, Entry):
        yield e, ranges, conditions
    elif isinstance(e, Sum):
        yield from _reads(e.body, (*ranges, *e.ranges), conditions)
    elif isinstance(e, MaxOver | Winner):
        yield from _reads(Mul(e.guard, e.body), (*ranges, *e.ranges), conditions)
    else:
        assert not isinstance(e, Binder), e
        more = tuple(a for a in e.args if isinstance(a, Iverson)) if isinstance(e, Mul) else ()
        for a in e.args:
            if a.has(Entry):
                yield from _reads(a, ranges, (*conditions, *more))


@dataclass(frozen=True)
class StridedAxis:
    """An index expression at an axis of some extent; how far a step along it goes in the tensor that is written, and in
    the one that is read."""

    index: Expr
    extent: int
    to: int
    from_: int

    def parts(self, k: int) -> PlacePair:
        """What the index at k adds to the place that is written and to the one that is read. Broken outside it."""
        if not 0 <= k < self.extent:
            raise Broken(f"index {self.index} = {k} of an axis of extent {self.extent}, and no condition cuts it off")
        return k * self.to, k * self.from_


def _factored(
    written: Entry, read: Entry, ranges: tuple[Range, ...], conditions: tuple[Expr, ...], known: Shapes
) -> IndexMap:
    """Indices that meet in an axis or in a condition belong to one factor; what has no index, to one of its own."""
    to, from_ = original(written.tensor), original(read.tensor)
    axes = [StridedAxis(e, n, step, 0) for e, n, step in zip(written.at, known[to], _steps(known[to]), strict=True)]
    axes += [StridedAxis(e, n, 0, step) for e, n, step in zip(read.at, known[from_], _steps(known[from_]), strict=True)]
    groups = _connected([e.free_symbols for e in (*written.at, *read.at, *conditions)], {i for i, _ in ranges})
    factors = (
        _pairs(
            [axis for axis in axes if _belongs(axis.index, group)],
            [c for c in conditions if _belongs(c, group)],
            tuple((i, n) for i, n in ranges if i in group),
        )
        for group in groups
    )
    return IndexMap(to, from_, tuple(factors))


def _connected(meeting: Iterable[set[Symbol]], names: set[Symbol]) -> list[set[Symbol]]:
    """The indices in groups such that those that meet are together; the first group is empty."""
    groups = [{name} for name in sorted(names, key=attrgetter("name"))]
    for together in meeting:
        touching = [g for g in groups if g & together]
        groups = [g for g in groups if not g & together] + ([set[Symbol]().union(*touching)] if touching else [])
    return [set(), *groups]


def _belongs(e: Expr, group: set[Symbol]) -> bool:
    return bool(e.free_symbols & group) or not (e.free_symbols or group)


def _pairs(axes: list[StridedAxis], conditions: list[Expr], ranges: tuple[Range, ...]) -> tuple[PlacePair, ...]:
    """The (written, read) parts for all values of some indices at which the conditions hold, each once."""
    here = Points({}, 1).inside(ranges, tuple(conditions), World({}, {})).here
    at = np.zeros((here.count, len(axes)), dtype=int)
    for n, axis in enumerate(axes):
        at[:, n] = position(axis.index, here)
    parts = ([axis.parts(k) for axis, k in zip(axes, place, strict=True)] for place in at.tolist())
    return tuple(sorted({(sum(w for w, _ in pairs), sum(r for _, r in pairs)) for pairs in parts}))


def _steps(shape: tuple[int, ...]) -> tuple[int, ...]:
    """How far apart neighbours along each axis are, row by row."""
    return tuple(prod(shape[k + 1 :]) for k in range(len(shape)))
