"""What each entry is computed from, read off the index maps of the equations: for a page to point at.

Structure only: whatever an equation reads at these indices counts, were it multiplied by a 0 among the network's
numbers. A maximum depends on its whole window, and so does the gradient of who wins it. What a condition on indices
cuts off does not count: a read of the padding is no dependency.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, singledispatch
from math import prod
from operator import attrgetter
from typing import Any

from sympy import Expr, Mul

from symconv.array import indices
from symconv.derivation.index import Binder, Entry, Iverson, MaxOver, Sum, Winner
from symconv.derivation.operation import Equation
from symconv.derivation.rules import gradient
from symconv.networks.network import shapes
from symconv.verification.closures import Env
from symconv.verification.evaluate import World
from symconv.worked.derived import Derived
from symconv.worked.special import equation_with
from symconv.worked.stages import COPY

MOST = 4_000  # entries of all tensors: more than a page can show


@dataclass(frozen=True, order=True)
class Cell:
    """One entry of a tensor, or of dL/d(tensor)."""

    tensor: str
    at: tuple[int, ...]
    gradient: bool = False


Cells = frozenset[Cell]
Reads = Callable[[Env], Cells]  # the indices being known


def small(study: Derived) -> bool:
    """Whether the network's tensors have at most MOST entries, gradients not counted."""
    return sum(map(prod, shapes(study.network).values())) <= MOST


def dependencies(study: Derived) -> Mapping[Cell, tuple[Cell, ...]]:
    """For every entry of every tensor and of every gradient the cells that its equation reads, sorted; () for what is
    given. Values first, both in forward order.

    A copy of a tensor, one for each layer that reads it, is no cell: it stands for what it is computed from.
    """
    found: dict[Cell, Cells] = {
        Cell(t, at): frozenset() for t, shape in shapes(study.network).items() for at in indices(shape)
    }
    for equation in _equations(study):
        found.update(_read_by(equation))
    ordered = cache(_ordered)  # many entries read the same
    cells = (cell for cell in found if COPY not in cell.tensor)
    return {cell: ordered(_without_copies(found[cell], found)) for cell in cells}


def _equations(study: Derived) -> Iterator[Equation]:
    """Each tensor's and each gradient's, with the network's numbers."""
    for stage in study.line:
        yield from (equation_with(e, dict(stage.sizes)) for e in stage.operation.equations)
    yield from (d.equation for d in study.derivations.values())


def _read_by(equation: Equation) -> Iterator[tuple[Cell, Cells]]:
    """Every entry that the equation writes, with those it reads for it."""
    world = World({}, {})
    written, reads = reads_of(equation.entry, world), reads_of(equation.value, world)
    for env in _places(equation.ranges, world, {}):
        (cell,) = written(env)
        yield cell, reads(env)


def _without_copies(cells: Cells, found: Mapping[Cell, Cells]) -> Cells:
    copies = [c for c in cells if COPY in c.tensor]
    return cells.difference(copies).union(*(_without_copies(found[c], found) for c in copies))


def _ordered(cells: Cells) -> tuple[Cell, ...]:
    return tuple(sorted(cells, key=attrgetter("tensor", "at", "gradient")))


# ------------------------------------------------------------------------------------------------ node by node
@singledispatch
def reads_of(e: Any, world: World) -> Reads:
    """What a node reads: all that its arguments read."""
    parts = [reads_of(a, world) for a in e.args if a.has(Entry)]
    return parts[0] if len(parts) == 1 else lambda env: _union(f(env) for f in parts)


@reads_of.register
def reads_entry(e: Entry, world: World) -> Reads:
    tensor, at = e.tensor.removeprefix(gradient("")), [world.closure(i) for i in e.at]
    cell = cache(lambda *place: frozenset({Cell(tensor, place, tensor != e.tensor)}))
    return lambda env: cell(*[f(env) for f in at])


@reads_of.register
def reads_mul(e: Mul, world: World) -> Reads:
    """Nothing where a condition fails: the other factors may then lie out of bounds."""
    conditions = [world.closure(a) for a in e.args if isinstance(a, Iverson)]
    factors = [reads_of(a, world) for a in e.args if a.has(Entry)]
    return lambda env: _union(f(env) for f in factors) if all(c(env) for c in conditions) else frozenset()


@reads_of.register
def reads_sum(e: Sum, world: World) -> Reads:
    return _over(e, e.body, world)


@reads_of.register
def reads_max(e: MaxOver | Winner, world: World) -> Reads:
    """The whole window, as far as it lies in the tensor."""
    return _over(e, Mul(e.guard, e.body), world)


def _over(e: Binder, body: Expr, world: World) -> Reads:
    """What the body reads at any value of the bound indices; found once for each value of the free ones."""
    inside, free = reads_of(body, world), sorted(i.name for i in e.free_symbols)

    @cache
    def known(*at: int) -> Cells:
        return _union(map(inside, _places(e.ranges, world, dict(zip(free, at, strict=True)))))

    return lambda env: known(*[env[i] for i in free])


def _places(ranges: Any, world: World, env: Env) -> Iterator[Env]:
    """The indices known already, with each value of those in the ranges: one environment, changed in place."""
    env, names = dict(env), [i.name for i, _ in ranges]
    for at in indices(world.shape(ranges)):
        env.update(zip(names, at, strict=True))
        yield env


def _union(parts: Iterable[Cells]) -> Cells:
    return frozenset[Cell]().union(*parts)
