"""One entry's influence on the loss, path by path: every factor of the chain with its number.

The numbers are computed by dual numbers from each layer's equation, not taken from the derivations.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sympy import Expr, Integer

from symconv.derivation.index import Entry, Partial, index
from symconv.derivation.special import equation_with
from symconv.evaluation.arithmetic import Exact
from symconv.evaluation.evaluate import World
from symconv.evaluation.kinds import OneByOne
from symconv.worked.derived import Derived, differentiated
from symconv.worked.numbers import neat


@dataclass(frozen=True)
class Path:
    """dL/dz[k], dz[k]/dh, ..., from the loss to the entry: the factors and their exact numbers."""

    factors: tuple[Expr, ...] = ()
    numbers: tuple[Expr, ...] = ()


def paths(study: Derived, entry: Entry, most: int = 64) -> tuple[Path, ...]:
    """Every path on which no factor is 0, outermost factor first; () if there are more than `most`.

    It starts at the layer that reads the entry's tensor and goes through every later one.
    """
    stages = differentiated(study.stages)
    equations = tuple(equation_with(s.operation.equation, dict(s.sizes)) for s in stages)
    world = World({}, study.exact_values, equations, OneByOne(Exact()))
    first = next(k for k, s in enumerate(stages) if entry.tensor in s.operation.operands)
    found = [Path()]
    for stage in stages[first:]:
        found = [longer for path in found for longer in _longer(path, entry, stage.output, world)]
        if len(found) > most:
            return ()
    return tuple(found)


def _longer(path: Path, entry: Entry, output: str, world: World) -> Iterator[Path]:
    """The path continued by each entry of the next layer's output that depends on its head."""
    head = path.factors[0].body if path.factors else entry
    shape = world.tensor(output).shape
    ranges = tuple((index(f"p{k}"), Integer(n)) for k, n in enumerate(shape))
    slopes = world.table(Partial(Entry(output, *(i for i, _ in ranges)), head), ranges)
    for at, slope in slopes.array.items():
        if value := neat(slope):
            yield Path((Partial(Entry(output, *at), head), *path.factors), (value, *path.numbers))
