"""Operations along axes: the sum, the mean or the largest of all entries, and the softmax.

A tensor's axes are given by their letters (see `entrywise`); `over` are the numbers of those that go.
"""

from collections.abc import Callable, Iterable, Sequence

from sympy import Expr, Integer, exp, log, prod

from symconv.derivation.entrywise import frame
from symconv.derivation.index import Entry, MaxOver, Range, Sum
from symconv.derivation.letters import Letters
from symconv.derivation.operation import Equation, Operand, Operation, extents_of, indices_of, operation

Fold = Callable[[Entry, tuple[Range, ...]], Expr]


def total(x: Entry, over: tuple[Range, ...]) -> Expr:
    """The sum."""
    return Sum(x, *over)


def average(x: Entry, over: tuple[Range, ...]) -> Expr:
    """The sum divided by the number of entries."""
    return Sum(x, *over) / prod(extents_of(over))


def largest(x: Entry, over: tuple[Range, ...]) -> Expr:
    """The maximum; of several the first, in row-major order, has the gradient."""
    return MaxOver(x, Integer(1), *over)


def reduce(
    name: str, how: Fold, axes: str, over: Sequence[int], keep: bool, *,
    output: str = "Y", input: str = "X", taken: Iterable[str] = (),
) -> Operation:  # fmt: skip
    """Y[n, c] = the sum over i, j of X[n, c, i, j]; `keep`: Y[n, c, 0, 0], every axis that goes has extent 1. Where all
    go, Y is a list of one."""
    ranges = frame(Letters({output, input, *taken}), axes)
    summed = tuple(r for k, r in enumerate(ranges) if k in over)
    left = tuple(r for k, r in enumerate(ranges) if k not in over)
    x = Operand("input", Entry(input, *indices_of(ranges)), ranges, extents_of(ranges))
    at: tuple[Expr, ...] = indices_of(left) or (Integer(0),)
    shape: tuple[Expr, ...] = extents_of(left) or (Integer(1),)
    if keep:
        at = tuple(Integer(0) if k in over else i for k, (i, _) in enumerate(ranges))
        shape = tuple(Integer(1) if k in over else n for k, (_, n) in enumerate(ranges))
    return operation(name, Equation(Entry(output, *at), how(x.entry, summed), left), shape, (x,))


def softmax(
    axes: str, axis: int, *, logarithm: bool = False, output: str = "Y", input: str = "X", taken: Iterable[str] = ()
) -> Operation:
    """Y[n, c] = e^X[n, c] / sum over k of e^X[n, k], along one axis; its `logarithm`: X[n, c] - log of that sum."""
    letters = Letters({output, input, *taken})
    ranges = frame(letters, axes)
    x = Operand("input", Entry(input, *indices_of(ranges)), ranges, extents_of(ranges))
    summed = (letters.index("k"), ranges[axis][1])
    total = Sum(exp(Entry(input, *x.entry.at[:axis], summed[0], *x.entry.at[axis + 1 :])), summed)
    value = x.entry - log(total) if logarithm else exp(x.entry) / total
    name = "axis_log_softmax" if logarithm else "axis_softmax"
    return operation(name, Equation(Entry(output, *x.entry.at), value, ranges), x.shape, (x,))
