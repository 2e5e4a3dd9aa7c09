"""Where each maximum was found: the first of the largest entries, as everywhere."""

from collections.abc import Mapping

from sympy import Expr

from symconv.array import Array, indices
from symconv.derivation.index import Entry, MaxOver
from symconv.derivation.special import equation_with
from symconv.errors import Broken
from symconv.evaluation.arithmetic import Exact
from symconv.evaluation.closures import largest
from symconv.evaluation.dual import Index
from symconv.evaluation.evaluate import World
from symconv.worked.stages import Stage


def winners(stage: Stage, values: Mapping[str, Array]) -> tuple[Index, ...]:
    """For each entry of a pooling layer's output, in row-major order, the index of its winner in the layer's input."""
    equation = equation_with(stage.operation.equation, dict(stage.sizes))
    world = World({}, values, arithmetic=Exact())
    found = []
    for at in indices(values[stage.output].shape):
        env = {i.name: at[k] for k, i in enumerate(equation.entry.at) if i.is_Symbol}
        found.append(_winner(world, equation.value, env))
    return tuple(found)


def _winner(world: World, e: Expr, env: dict[str, int]) -> Index:
    """A window of one entry is that entry; its maximum has disappeared from the equation."""
    if isinstance(e, MaxOver):
        best = largest(e, world)(env)
        env = env | {i.name: k for i, k in zip(e.bound, best, strict=True)}
        e = e.body
    if not isinstance(e, Entry):
        raise Broken(f"{e} is no maximum over the entries of a tensor")
    return tuple(int(world.closure(i)(env)) for i in e.at)
