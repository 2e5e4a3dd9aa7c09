"""What each layer means: one index equation per operation, with the shapes and extents it speaks of.

Cross-correlation, max pooling and the linear layer are as in torch.nn.functional; cross entropy is written from the
logits (log-sum-exp), so that one equation serves the loss and, through `softmax`, the probabilities.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sympy import Expr, Integer, Mul, Symbol, exp, log, prod

from symconv.derivation.index import Entry, MaxOver, Quot, Range, Sum, relu
from symconv.derivation.letters import Letters
from symconv.derivation.windows import axes, guard, ranges_of, window_options

LOSS = "L"


@dataclass(frozen=True)
class Equation:
    """`entry = value` for every value of the indices in `ranges`."""

    entry: Entry
    value: Expr
    ranges: tuple[Range, ...]


@dataclass(frozen=True)
class Target:
    """Where a derivative is asked for: the entry, and the range of each of its indices."""

    entry: Entry
    ranges: tuple[Range, ...]


@dataclass(frozen=True)
class Operation:
    """One equation and all that is declared about it.

    `shapes` lists the tensors in reading order (output first); `options` the public arguments and the symbols they
    unpack to; `derived` the extents that follow from others, in order of dependence, `solved` the same facts read the
    other way (an extent that a caller cannot read off a shape); `limits` what an option must stay below; `paddings` the
    two sides of the last axes. `targets` says at which entry each operand's gradient is written.
    """

    name: str
    equation: Equation
    shapes: tuple[tuple[str, tuple[Expr, ...]], ...]
    targets: tuple[Target, ...]
    options: tuple[tuple[str, tuple[Symbol, ...]], ...] = ()
    derived: tuple[tuple[Symbol, Expr], ...] = ()
    solved: tuple[tuple[Symbol, Expr], ...] = ()
    limits: tuple[tuple[Symbol, Expr], ...] = ()
    paddings: tuple[tuple[Expr, Expr], ...] = ()  # of each direction: the zeros before and after
    distributions: frozenset[str] = frozenset()  # operands whose entries sum to one
    roles: tuple[tuple[str, str], ...] = ()  # input, weight, bias, target -> tensor

    @property
    def output(self) -> str:
        return self.equation.entry.tensor

    @property
    def operands(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.shapes if name != self.output)

    def shape(self, tensor: str) -> tuple[Expr, ...]:
        return dict(self.shapes)[tensor]

    def target(self, tensor: str) -> Target:
        return next(t for t in self.targets if t.entry.tensor == tensor)

    @property
    def sizes(self) -> tuple[Symbol, ...]:
        """The symbols that must be given a number: extents and options, without the derived ones."""
        used = {s for _, shape in self.shapes for e in shape for s in e.free_symbols}
        used |= {s for _, symbols in self.options for s in symbols}
        used |= {s for _, e in self.derived for s in e.free_symbols}
        return tuple(sorted(used - {s for s, _ in self.derived}, key=str))


# ------------------------------------------------------------------------------------------------ the layers
def conv(
    dims: int, channels: bool = True, bias: bool = True, *,
    output: str = "Y", input: str = "X", weight: str = "K", offset: str = "bias", taken: Iterable[str] = (),
) -> Operation:  # fmt: skip
    """Cross-correlation in `dims` dimensions; with channels also batched and grouped.

    Y[i, j] = bias[0] + sum over a, b of K[a, b] X[i sh + a dh - pt, j sw + b dw - pl], entries of the padding being 0.
    With channels X is (N, C, ...), K (O, C/groups, ...), bias (O,), Y (N, O, ...); without, X, K and Y have only the
    spatial axes and bias one entry.
    """
    letters = Letters({output, input, weight, *([offset] if bias else []), *taken})
    ax = axes(dims, letters)
    lead = _channels(letters) if channels else _no_channels()
    outs, taps, places = ranges_of(ax)
    term = Mul(Entry(weight, *lead.k, *_indices(taps)), Entry(input, *lead.x, *(x.read for x in ax)), guard(ax))
    value: Any = Sum(term, *lead.summed, *taps)
    operands = [
        _Operand(
            "input", Entry(input, *lead.x, *_indices(places)), lead.x_ranges + places, lead.x_shape + _extents(places)
        ),
        _Operand(
            "weight", Entry(weight, *lead.k, *_indices(taps)), lead.k_ranges + taps, lead.k_shape + _extents(taps)
        ),
    ]
    if bias:
        operands.append(_Operand("bias", Entry(offset, *lead.bias), lead.bias_ranges, lead.bias_shape))
        value = operands[-1].entry + value
    return Operation(
        name=f"conv{dims}d",
        equation=Equation(Entry(output, *lead.y, *_indices(outs)), value, lead.y_ranges + outs),
        shapes=((output, lead.y_shape + _extents(outs)), *((x.entry.tensor, x.shape) for x in operands)),
        targets=tuple(Target(x.entry, x.ranges) for x in operands),
        options=window_options(ax) + lead.options,
        derived=lead.derived + tuple((x.outs, x.outs_from) for x in ax),
        solved=lead.solved,
        paddings=tuple((x.before, x.after) for x in ax),
        roles=tuple((x.role, x.entry.tensor) for x in operands),
    )


@dataclass(frozen=True)
class _Operand:
    """What an operation reads, in its role: the entry at which its gradient is written, with ranges, and its shape."""

    role: str
    entry: Entry
    ranges: tuple[Range, ...]
    shape: tuple[Expr, ...]


def _indices(ranges: tuple[Range, ...]) -> tuple[Symbol, ...]:
    return tuple(i for i, _ in ranges)


def _extents(ranges: tuple[Range, ...]) -> tuple[Expr, ...]:
    return tuple(n for _, n in ranges)


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


def _channels(letters: Letters) -> _Lead:
    """Channels in groups: output channel o of group g is g Og + o, its input channel c is g Cg + c."""
    n, g, o, c = (letters.index(x) for x in "ngoc")
    N, G, Og, Cg, Os, Cs = (letters.extent(x) for x in ("N", "groups", "Og", "Cg", "O", "C"))
    outs, ins = g * Og + o, g * Cg + c
    return _Lead(
        y=(n, outs), x=(n, ins), k=(outs, c), bias=(outs,),
        y_shape=(N, Os), x_shape=(N, Cs), k_shape=(Os, Cg), bias_shape=(Os,),
        y_ranges=((n, N), (g, G), (o, Og)), x_ranges=((n, N), (g, G), (c, Cg)),
        k_ranges=((g, G), (o, Og), (c, Cg)), bias_ranges=((g, G), (o, Og)),
        summed=((c, Cg),), options=(("groups", (G,)),),
        derived=((Os, G * Og), (Cs, G * Cg)), solved=((Og, Quot(Os, G)),),
    )  # fmt: skip


def elementwise_relu(rank: int, *, output: str = "P", input: str = "S", taken: Iterable[str] = ()) -> Operation:
    """P[i, j] = max(0, S[i, j]) for tensors of `rank` axes."""
    letters = Letters({output, input, *taken})
    at = tuple(letters.index(x) for x in "ncij"[4 - rank :])
    shape = tuple(letters.extent(x) for x in "NCHW"[4 - rank :])
    ranges = tuple(zip(at, shape, strict=True))
    return Operation(
        name="relu",
        equation=Equation(Entry(output, *at), relu(Entry(input, *at)), ranges),
        shapes=((output, shape), (input, shape)),
        targets=(Target(Entry(input, *at), ranges),),
        roles=(("input", input),),
    )


def max_pool(dims: int, *, output: str = "h", input: str = "P", taken: Iterable[str] = ()) -> Operation:
    """h[i, j] = the largest P[i sh + a dh - pt, j sw + b dw - pl] in the window; the padding never wins."""
    letters = Letters({output, input, *taken})
    ax = axes(dims, letters)
    outs, taps, places = ranges_of(ax)
    value = MaxOver(Entry(input, *(x.read for x in ax)), guard(ax), *taps)
    return Operation(
        name="max_pool",
        equation=Equation(Entry(output, *_indices(outs)), value, outs),
        shapes=((output, _extents(outs)), (input, _extents(places))),
        targets=(Target(Entry(input, *_indices(places)), places),),
        options=(("kernel", _extents(taps)), *window_options(ax)),
        derived=tuple((x.outs, x.outs_from) for x in ax),
        paddings=tuple((x.before, x.after) for x in ax),
        roles=(("input", input),),
    )


def global_max_pool(dims: int, *, output: str = "h", input: str = "P", taken: Iterable[str] = ()) -> Operation:
    """h = the largest entry of P; h keeps one entry per axis."""
    letters = Letters({output, input, *taken})
    ax = axes(dims, letters)
    _, taps, places = ranges_of(ax)
    over = tuple(zip(_indices(taps), _extents(places), strict=True))
    return Operation(
        name="global_max_pool",
        equation=Equation(
            Entry(output, *(0 for _ in ax)), MaxOver(Entry(input, *_indices(taps)), Integer(1), *over), ()
        ),
        shapes=((output, tuple(Integer(1) for _ in ax)), (input, _extents(places))),
        targets=(Target(Entry(input, *_indices(places)), places),),
        roles=(("input", input),),
    )


def linear(
    rank: int, bias: bool = False, *,
    output: str = "z", input: str = "x", weight: str = "W", offset: str = "b", taken: Iterable[str] = (),
) -> Operation:  # fmt: skip
    """z[k] = b[k] + sum over m of W[k, m] x[m], x flattened in row-major order: m = i W + j for two axes."""
    letters = Letters({output, input, weight, *([offset] if bias else []), *taken})
    k, K = letters.index("k"), letters.extent("K")
    at = tuple(letters.index(x) for x in ("m",) * (rank == 1) or "tij"[3 - rank :])
    shape = tuple(letters.extent(x) for x in ("M",) * (rank == 1) or ("D", "H", "W")[3 - rank :])
    flat: Any = Integer(0)
    for i, n in zip(at, shape, strict=True):
        flat = flat * n + i
    summed = tuple(zip(at, shape, strict=True))
    value: Any = Sum(Entry(weight, k, flat) * Entry(input, *at), *summed)
    operands = [
        _Operand("input", Entry(input, *at), summed, shape),
        _Operand("weight", Entry(weight, k, flat), ((k, K), *summed), (K, prod(shape))),
    ]
    if bias:
        operands.append(_Operand("bias", Entry(offset, k), ((k, K),), (K,)))
        value = operands[-1].entry + value
    return Operation(
        name="linear",
        equation=Equation(Entry(output, k), value, ((k, K),)),
        shapes=((output, (K,)), *((x.entry.tensor, x.shape) for x in operands)),
        targets=tuple(Target(x.entry, x.ranges) for x in operands),
        roles=tuple((x.role, x.entry.tensor) for x in operands),
    )


def softmax(*, output: str = "y", input: str = "z", taken: Iterable[str] = ()) -> Operation:
    """y[k] = e^z[k] / sum over m of e^z[m]."""
    letters = Letters({output, input, *taken})
    k, m, C = letters.index("k"), letters.index("m"), letters.extent("C")
    value = exp(Entry(input, k)) / Sum(exp(Entry(input, m)), (m, C))
    return Operation(
        name="softmax",
        equation=Equation(Entry(output, k), value, ((k, C),)),
        shapes=((output, (C,)), (input, (C,))),
        targets=(Target(Entry(input, k), ((k, C),)),),
        roles=(("input", input),),
    )


def cross_entropy(*, output: str = LOSS, input: str = "z", target: str = "t", taken: Iterable[str] = ()) -> Operation:
    """L = sum over k of t[k] (log(sum over m of e^z[m]) - z[k]): -sum t[k] log softmax(z)[k]; t sums to one."""
    letters = Letters({output, input, target, *taken})
    k, m, C = letters.index("k"), letters.index("m"), letters.extent("C")
    value = Sum(Entry(target, k) * (log(Sum(exp(Entry(input, m)), (m, C))) - Entry(input, k)), (k, C))
    return Operation(
        name="cross_entropy",
        equation=Equation(Entry(output), value, ()),
        shapes=((output, ()), (input, (C,)), (target, (C,))),
        targets=(Target(Entry(input, k), ((k, C),)),),
        distributions=frozenset({target}),
        roles=(("input", input), ("target", target)),
    )
