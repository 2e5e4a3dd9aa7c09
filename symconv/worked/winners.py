"""Where each maximum was found: the first of the largest entries, as everywhere."""

from collections.abc import Mapping

import numpy as np

from symconv.array import Array, Index
from symconv.derivation.index import Entry, MaxOver
from symconv.derivation.special import equation_with
from symconv.errors import Broken
from symconv.evaluation.arithmetic import Exact
from symconv.evaluation.evaluate import World
from symconv.evaluation.kinds import OneByOne
from symconv.evaluation.places import Points, position
from symconv.evaluation.points import first_largest
from symconv.worked.stages import Stage


def winners(stage: Stage, values: Mapping[str, Array]) -> tuple[Index, ...]:
    """For each entry of a pooling layer's output, in row-major order, the index of its winner in the layer's input."""
    equation = equation_with(stage.operation.equation, dict(stage.sizes))
    world, e = World({}, values, kind=OneByOne(Exact())), equation.value
    here = world.everywhere(equation.ranges)
    if isinstance(e, MaxOver):  # a window of one entry is that entry
        best = {i.name: k for i, k in first_largest(e, here, world).items()}
        here, e = Points({**here.letters, **best}, here.count), e.body
    if not isinstance(e, Entry):
        raise Broken(f"{e} is no maximum over the entries of a tensor")
    at = [np.broadcast_to(position(i, here), here.count).tolist() for i in e.at]
    return tuple(zip(*at, strict=True))
