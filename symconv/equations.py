"""What each layer means: one index equation per operation, with the shapes and extents it speaks of.

Cross-correlation, max pooling and the linear layer are as in torch.nn.functional; cross entropy is written from the
logits (log-sum-exp), so that one equation serves the loss and, through `softmax`, the probabilities.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sympy import Expr, Integer, Mul, Symbol, exp, log, prod

from symconv.index import Entry, In, MaxOver, Quot, Range, Sum, relu
from symconv.letters import Letters

AXES = ("d", "h", "w")  # depth, height, width: a d-dimensional operation uses the last d


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
    other way (an extent that a caller cannot read off a shape). `targets` says at which entry each operand's gradient
    is written.
    """

    name: str
    equation: Equation
    shapes: tuple[tuple[str, tuple[Expr, ...]], ...]
    targets: tuple[Target, ...]
    options: tuple[tuple[str, tuple[Symbol, ...]], ...] = ()
    derived: tuple[tuple[Symbol, Expr], ...] = ()
    solved: tuple[tuple[Symbol, Expr], ...] = ()
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


@dataclass(frozen=True)
class Axis:
    """One spatial dimension of a window: its indices, extents and options."""

    out: Symbol  # index and extent of the output
    outs: Symbol
    tap: Symbol  # of the kernel
    taps: Symbol
    place: Symbol  # of the input
    places: Symbol
    stride: Symbol
    dilation: Symbol
    before: Symbol  # padding in front of the first entry, and behind the last
    after: Symbol

    @property
    def read(self) -> Expr:
        """The input position that output position `out` reads through tap `tap`."""
        return self.out * self.stride + self.tap * self.dilation - self.before

    @property
    def outs_from(self) -> Expr:
        """The number of positions at which the kernel fits the padded input."""
        padded = self.places + self.before + self.after
        return Quot(padded - (self.taps - 1) * self.dilation - 1, self.stride) + 1


def axes(dims: int, letters: Letters) -> tuple[Axis, ...]:
    """The last `dims` of depth, height, width."""
    out, tap, place = "tij"[3 - dims :], "rab"[3 - dims :], "zhw"[3 - dims :]
    ends = (("pf", "pk"), ("pt", "pb"), ("pl", "pr"))[3 - dims :]  # front/back, top/bottom, left/right
    return tuple(
        Axis(
            out=letters.index(i), outs=letters.extent(f"{x.upper()}o"),
            tap=letters.index(a), taps=letters.extent(f"k{x}"),
            place=letters.index(h), places=letters.extent(x.upper()),
            stride=letters.extent(f"s{x}"), dilation=letters.extent(f"d{x}"),
            before=letters.amount(lo), after=letters.amount(hi),
        )
        for i, a, h, x, (lo, hi) in zip(out, tap, place, AXES[3 - dims :], ends, strict=True)
    )  # fmt: skip


def window_options(ax: Iterable[Axis]) -> tuple[tuple[str, tuple[Symbol, ...]], ...]:
    ax = tuple(ax)
    return (
        ("stride", tuple(x.stride for x in ax)),
        ("padding", tuple(p for x in ax for p in (x.before, x.after))),
        ("dilation", tuple(x.dilation for x in ax)),
    )


def guard(ax: Iterable[Axis]) -> Expr:
    """1 where every read lies inside the input, 0 in the padding."""
    return prod([In(x.read, x.places) for x in ax])


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
    out, tap, place = (tuple(getattr(x, f) for x in ax) for f in ("out", "tap", "place"))
    out_ranges = tuple((x.out, x.outs) for x in ax)
    tap_ranges = tuple((x.tap, x.taps) for x in ax)
    place_ranges = tuple((x.place, x.places) for x in ax)
    spatial = {f: tuple(getattr(x, f) for x in ax) for f in ("outs", "taps", "places")}
    read = tuple(x.read for x in ax)
    lead = _channels(letters) if channels else _no_channels()
    shapes = [
        (output, lead.y_shape + spatial["outs"]),
        (input, lead.x_shape + spatial["places"]),
        (weight, lead.k_shape + spatial["taps"]),
    ]
    value: Any = Sum(
        Mul(Entry(weight, *lead.k, *tap), Entry(input, *lead.x, *read), guard(ax)), *lead.summed, *tap_ranges
    )
    targets = [
        Target(Entry(input, *lead.x, *place), lead.x_ranges + place_ranges),
        Target(Entry(weight, *lead.k, *tap), lead.k_ranges + tap_ranges),
    ]
    roles = [("input", input), ("weight", weight)]
    if bias:
        value = Entry(offset, *lead.bias) + value
        shapes.append((offset, lead.bias_shape))
        targets.append(Target(Entry(offset, *lead.bias), lead.bias_ranges))
        roles.append(("bias", offset))
    return Operation(
        name=f"conv{dims}d",
        equation=Equation(Entry(output, *lead.y, *out), value, lead.y_ranges + out_ranges),
        shapes=tuple(shapes),
        targets=tuple(targets),
        options=window_options(ax) + lead.options,
        derived=lead.derived + tuple((x.outs, x.outs_from) for x in ax),
        solved=lead.solved,
        roles=tuple(roles),
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


def _channels(letters: Letters) -> _Lead:
    """Channels in groups: output channel o of group g is g Og + o, its input channel c is g Cg + c."""
    n, g, o, c = (letters.index(x) for x in "ngoc")
    N, G, Og, Cg, O, C = (letters.extent(x) for x in ("N", "groups", "Og", "Cg", "O", "C"))
    outs, ins = g * Og + o, g * Cg + c
    return _Lead(
        y=(n, outs), x=(n, ins), k=(outs, c), bias=(outs,),
        y_shape=(N, O), x_shape=(N, C), k_shape=(O, Cg), bias_shape=(O,),
        y_ranges=((n, N), (g, G), (o, Og)), x_ranges=((n, N), (g, G), (c, Cg)),
        k_ranges=((g, G), (o, Og), (c, Cg)), bias_ranges=((g, G), (o, Og)),
        summed=((c, Cg),), options=(("groups", (G,)),),
        derived=((O, G * Og), (C, G * Cg)), solved=((Og, Quot(O, G)),),
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
    ranges = tuple((x.out, x.outs) for x in ax)
    body = Entry(input, *(x.read for x in ax))
    taps = tuple((x.tap, x.taps) for x in ax)
    return Operation(
        name="max_pool",
        equation=Equation(Entry(output, *(x.out for x in ax)), MaxOver(body, guard(ax), *taps), ranges),
        shapes=((output, tuple(x.outs for x in ax)), (input, tuple(x.places for x in ax))),
        targets=(Target(Entry(input, *(x.place for x in ax)), tuple((x.place, x.places) for x in ax)),),
        options=(("kernel", tuple(x.taps for x in ax)), *window_options(ax)),
        derived=tuple((x.outs, x.outs_from) for x in ax),
        roles=(("input", input),),
    )


def global_max_pool(dims: int, *, output: str = "h", input: str = "P", taken: Iterable[str] = ()) -> Operation:
    """h = the largest entry of P; h keeps one entry per axis."""
    letters = Letters({output, input, *taken})
    ax = axes(dims, letters)
    place = tuple(x.place for x in ax)
    over = tuple((x.tap, x.places) for x in ax)
    one = tuple(Integer(0) for _ in ax)
    return Operation(
        name="global_max_pool",
        equation=Equation(
            Entry(output, *one), MaxOver(Entry(input, *(x.tap for x in ax)), Integer(1), *over), ()
        ),
        shapes=((output, tuple(Integer(1) for _ in ax)), (input, tuple(x.places for x in ax))),
        targets=(Target(Entry(input, *place), tuple((x.place, x.places) for x in ax)),),
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
    shapes = [(output, (K,)), (input, shape), (weight, (K, prod(shape)))]
    targets = [Target(Entry(input, *at), summed), Target(Entry(weight, k, flat), ((k, K), *summed))]
    roles = [("input", input), ("weight", weight)]
    if bias:
        value = Entry(offset, k) + value
        shapes.append((offset, (K,)))
        targets.append(Target(Entry(offset, k), ((k, K),)))
        roles.append(("bias", offset))
    return Operation(
        name="linear",
        equation=Equation(Entry(output, k), value, ((k, K),)),
        shapes=tuple(shapes),
        targets=tuple(targets),
        roles=tuple(roles),
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


def cross_entropy(
    *, output: str = "L", input: str = "z", target: str = "t", taken: Iterable[str] = ()
) -> Operation:
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

