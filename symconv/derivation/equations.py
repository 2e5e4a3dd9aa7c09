"""What each layer means: one index equation per operation. All of them are at hand here; convolution is written here.

Everything is as in torch.nn.functional: cross-correlation, pooling, the linear layer, the losses.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sympy import Expr, Integer, Mul, Symbol

from symconv.derivation.entrywise import (
    bias,
    combine,
    copies,
    entrywise,
    flatten,
    linear,
)
from symconv.derivation.index import Entry, Quot, Range, Sum
from symconv.derivation.letters import Letters
from symconv.derivation.loss_equations import (
    absolute_error,
    binary_cross_entropy,
    cross_entropy,
    huber_error,
    logistic,
    mean_squared_error,
    output_alone,
    softmax,
)
from symconv.derivation.norms import mean, normalise, variance
from symconv.derivation.operation import LOSS, Equation, Operand, Operation, Target, extents_of, indices_of
from symconv.derivation.pools import avg_pool, global_avg_pool, global_max_pool, max_pool
from symconv.derivation.windows import axes, guard, ranges_of, window_options

__all__ = [
    "LOSS", "Equation", "Operation", "Target", "absolute_error", "avg_pool", "bias", "binary_cross_entropy", "combine",
    "conv", "copies", "cross_entropy", "entrywise", "flatten", "global_avg_pool", "global_max_pool", "huber_error",
    "linear", "logistic", "max_pool", "mean", "mean_squared_error", "normalise", "output_alone", "softmax", "variance",
]  # fmt: skip


def conv(
    dims: int, channels: bool = True, bias: bool = True, batch: bool = True, *, rotated: bool = False,
    output: str = "Y", input: str = "X", weight: str = "K", offset: str = "bias", taken: Iterable[str] = (),
) -> Operation:  # fmt: skip
    """Cross-correlation in `dims` dimensions; with channels also batched and grouped. `rotated`: by 180 degrees,
    kh - 1 - a for a and so on in every direction: convolution as mathematics means it.

    Y[i, j] = bias[0] + sum over a, b of K[a, b] X[i sh + a dh - pt, j sw + b dw - pl], entries of the padding being 0.
    With channels X is (N, C, ...), or (C, ...) without `batch`, K (O, C/groups, ...), bias (O,), Y (N, O, ...); without
    channels X, K and Y have only the spatial axes and bias one entry. Y's extents are those of Dumoulin and Visin 2016.
    """
    letters = Letters({output, input, weight, *([offset] if bias else []), *taken})
    ax = axes(dims, letters, rotated=rotated)
    lead = _channels(letters, batch) if channels else _no_channels()
    outs, taps, places = ranges_of(ax)
    term = Mul(Entry(weight, *lead.k, *indices_of(taps)), Entry(input, *lead.x, *(x.read for x in ax)), guard(ax))
    value: Expr = Sum(term, *lead.summed, *taps)
    operands = [
        Operand(
            "input",
            Entry(input, *lead.x, *indices_of(places)),
            lead.x_ranges + places,
            lead.x_shape + extents_of(places),
        ),
        Operand(
            "weight", Entry(weight, *lead.k, *indices_of(taps)), lead.k_ranges + taps, lead.k_shape + extents_of(taps)
        ),
    ]
    if bias:
        operands.append(Operand("bias", Entry(offset, *lead.bias), lead.bias_ranges, lead.bias_shape))
        value = operands[-1].entry + value
    return Operation(
        name=f"conv{dims}d",
        equation=Equation(Entry(output, *lead.y, *indices_of(outs)), value, lead.y_ranges + outs),
        shapes=((output, lead.y_shape + extents_of(outs)), *((x.entry.tensor, x.shape) for x in operands)),
        targets=tuple(Target(x.entry, x.ranges) for x in operands),
        options=window_options(ax)[:3] + lead.options,
        derived=lead.derived + tuple((x.outs, x.outs_from) for x in ax),
        solved=lead.solved,
        paddings=tuple((x.before, x.after) for x in ax),
        roles=tuple((x.role, x.entry.tensor) for x in operands),
    )


@dataclass(frozen=True)
class _Lead:
    """The axes in front of the spatial ones: how each tensor is indexed there."""

    y: tuple[Expr, ...]
    x: tuple[Expr, ...]
    k: tuple[Expr, ...]
    bias: tuple[Expr, ...]
    y_shape: tuple[Expr, ...]
    x_shape: tuple[Expr, ...]
    k_shape: tuple[Expr, ...]
    bias_shape: tuple[Expr, ...]
    y_ranges: tuple[Range, ...] = ()
    x_ranges: tuple[Range, ...] = ()
    k_ranges: tuple[Range, ...] = ()
    bias_ranges: tuple[Range, ...] = ()
    summed: tuple[Range, ...] = ()
    options: tuple[tuple[str, tuple[Symbol, ...]], ...] = ()
    derived: tuple[tuple[Symbol, Expr], ...] = ()
    solved: tuple[tuple[Symbol, Expr], ...] = ()


def _no_channels() -> _Lead:
    return _Lead((), (), (), (Integer(0),), (), (), (), (Integer(1),))


def _channels(letters: Letters, batch: bool) -> _Lead:
    """Channels in groups: output channel o of group g is g Og + o, its input channel c is g Cg + c."""
    n, g, o, c = (letters.index(x) for x in "ngoc")
    N, G, Og, Cg, Os, Cs = (letters.extent(x) for x in ("N", "groups", "Og", "Cg", "O", "C"))
    outs, ins = g * Og + o, g * Cg + c
    images = ((n, N),) if batch else ()
    return _Lead(
        y=(*indices_of(images), outs), x=(*indices_of(images), ins), k=(outs, c), bias=(outs,),
        y_shape=(*extents_of(images), Os), x_shape=(*extents_of(images), Cs), k_shape=(Os, Cg), bias_shape=(Os,),
        y_ranges=(*images, (g, G), (o, Og)), x_ranges=(*images, (g, G), (c, Cg)),
        k_ranges=((g, G), (o, Og), (c, Cg)), bias_ranges=((g, G), (o, Og)),
        summed=((c, Cg),), options=(("groups", (G,)),),
        derived=((Os, G * Og), (Cs, G * Cg)), solved=((Og, Quot(Os, G)),),
    )  # fmt: skip
