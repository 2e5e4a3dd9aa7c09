"""One entry's influence on the loss, path by path: every factor of the chain with its number.

The numbers are computed by dual numbers from each layer's equation, not taken from the derivations.
"""

from dataclasses import dataclass

from sympy import Expr, Integer

from symconv.evaluate import Exact, World
from symconv.index import Entry, Partial
from symconv.special import equation_with
from symconv.stages import LOSS, PROBABILITIES
from symconv.study import Study
from symconv.worked import neat


@dataclass(frozen=True)
class Path:
    """dL/dz[k], dz[k]/dh, ..., from the loss to the entry: the factors and their exact numbers."""

    factors: tuple[Expr, ...]
    numbers: tuple[Expr, ...]


def paths(study: Study, entry: Entry, most: int = 64) -> tuple[Path, ...]:
    """Every path on which no factor is 0, outermost first; () if there are more than `most`."""
    equations = {s.output: equation_with(s.operation.equation, dict(s.sizes)) for s in study.line}
    readers = {dict(s.operation.roles)["input"]: s.output for s in study.line if s.output != PROBABILITIES}
    owner = next((s.output for s in study.line if entry.tensor in s.operation.operands), LOSS)
    world = World({}, study.exact_values, tuple(equations.values()), Exact())
    open_: list[Path] = [Path((), ())]
    heads: list[Entry] = [entry]
    follower = owner
    while True:
        longer, ends = [], []
        for path, head in zip(open_, heads, strict=True):
            for at, _ in study.exact_values[follower].items():
                link = Partial(Entry(follower, *map(Integer, at)), head)
                value = neat(world.closure(link)({}))
                if value != 0:
                    longer.append(Path((link, *path.factors), (value, *path.numbers)))
                    ends.append(link.body)
        open_, heads = longer, ends
        if len(open_) > most:
            return ()
        if follower == LOSS:
            return tuple(open_)
        follower = readers[follower]
