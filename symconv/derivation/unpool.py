"""Max unpooling: the derived gradient of max pooling, read forwards.

dL/dX of max pooling adds each entry of dL/dY to the place of its window's first largest entry. With dL/dY for an input
and dL/dX for an output this is the operation that brings entries back to where the largest stood (Zeiler, Taylor and
Fergus, Adaptive deconvolutional networks for mid and high level feature learning, 2011): its sum is that line of the
derivation before the sift, with equal indices named alike.
"""

from collections.abc import Iterable

from symconv.derivation.derive import derive
from symconv.derivation.index import Entry
from symconv.derivation.operation import Equation, Operation, Target
from symconv.derivation.pools import max_pool
from symconv.derivation.renamed import renamed
from symconv.derivation.transposed import read_forwards


def max_unpool(
    dims: int, lead: str = "", *, output: str = "Y", input: str = "Z", other: str = "X", taken: Iterable[str] = ()
) -> Operation:
    """Y[h, w] = sum over i, j, a, b of Z[i, j] [X[i sh + a - pt, j sw + b - pl] is the first largest of its window]
    [h = i sh + a - pt] [w = j sw + b - pl].

    Z is of the shape that max pooling makes of X, Y of X's own. Which entry is the largest does not change while X
    changes by little: the gradient of X is 0.
    """
    pool = max_pool(dims, lead, output="Z", input="X")
    target = pool.target("X")
    value = read_forwards(derive(pool, "X"), "Z")
    read = Target(pool.equation.entry, pool.equation.ranges)
    made = Operation(
        name="max_unpool",
        equation=Equation(Entry("Y", *target.entry.at), value, target.ranges),
        shapes=(("Y", pool.shape("X")), ("Z", pool.shape("Z")), ("X", pool.shape("X"))),
        targets=(read, target),
        options=pool.options,
        derived=pool.derived,
        solved=pool.solved,
        limits=pool.limits,
        paddings=pool.paddings,
        roles=(("input", "Z"), ("other", "X")),
    )
    return renamed(made, {"Y": output, "Z": input, "X": other}, taken)
