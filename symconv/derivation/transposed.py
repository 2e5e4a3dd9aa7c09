"""The transposed convolution: the derived gradient of a convolution's input, read forwards.

dL/dX of a convolution adds, for each entry of dL/dY, that entry times the kernel to the window it was computed from.
With dL/dY for an input and dL/dX for an output this is the operation that deep-learning libraries call transposed
convolution (Dumoulin and Visin, A guide to convolution arithmetic for deep learning, 2016, section 4). Its sum is
that line of the derivation before the sift, with equal indices named alike, and its extents are the convolution's
solved for its input; the bias and the order of the options are torch's.
"""

from collections.abc import Iterable, Mapping

from sympy import Add, Expr, Integer, Max, Symbol

from symconv.derivation.derivation import Derivation
from symconv.derivation.derive import derive
from symconv.derivation.equations import Equation, Operation, Target, conv
from symconv.derivation.index import Entry, Quot, Range, rebuild
from symconv.derivation.letters import Letters
from symconv.derivation.renamed import renamed
from symconv.derivation.sums import domains, match, one_sum, pairs
from symconv.derivation.tensors import gradient
from symconv.errors import Broken

# What the convolution reads becomes what is written: its letters change places, so that i and o stay with the output.
EXCHANGED = (
    ("o", "c"), ("Og", "Cg"), ("O", "C"), ("t", "z"), ("i", "h"), ("j", "w"), ("Do", "D"), ("Ho", "H"), ("Wo", "W"),
)  # fmt: skip


def conv_transpose(
    dims: int, channels: bool = True, bias: bool = True, batch: bool = True, *,
    output: str = "Y", input: str = "X", weight: str = "K", offset: str = "bias", taken: Iterable[str] = (),
) -> Operation:  # fmt: skip
    """Transposed cross-correlation in `dims` dimensions, as torch.nn.functional.conv_transpose2d; with channels also
    batched and grouped.

    Y[n, k, i, j] = bias[k] + sum over c, h, w, a, b of X[n, m, h, w] K[m, o, a, b] [i = h sh + a dh - pt] [j = ...],
    with k = g Og + o, m = g Cg + c. X is (N, C, H, W), K (C, O/groups, kh, kw), bias (O,), Y (N, O, Ho, Wo), where
    Ho = (H - 1) sh + (kh - 1) dh + 1 + oph - pt - pb (Dumoulin and Visin 2016, chapter 4): of the extents that a
    convolution maps to H, oph chooses one.
    Without channels X, K and Y have only the spatial axes and bias one entry.
    """
    plain = conv(dims, channels, bias=False, batch=batch, output="X", input="Y")
    swap = _exchange(plain)
    target = plain.target("Y")
    value = rebuild(read_forwards(derive(plain, "Y"), "X"), swap)
    ranges = _swapped(target.ranges, swap)
    entry = rebuild(target.entry, swap)
    shapes = {t: tuple(rebuild(n, swap) for n in plain.shape(t)) for t in ("Y", "X", "K")}
    targets = [_target(plain.equation, swap), _target(plain.target("K"), swap)]
    roles = [("input", "X"), ("weight", "K")]
    if bias:
        k = entry.at[-dims - 1] if channels else Integer(0)
        value = Entry("bias", k) + value
        targets.append(Target(Entry("bias", k), tuple(r for r in ranges if k.has(r[0]))))
        shapes["bias"] = (shapes["Y"][-dims - 1] if channels else Integer(1),)
        roles.append(("bias", "bias"))
    options, rest, limits = _options(plain)
    made = Operation(
        name=f"conv_transpose{dims}d",
        equation=Equation(entry, value, ranges),
        shapes=tuple(shapes.items()),
        targets=tuple(targets),
        options=options,
        derived=_derived(plain, swap, rest),
        solved=tuple((swap.get(s, s), rebuild(e, swap)) for s, e in plain.solved),
        limits=limits,
        paddings=plain.paddings,
        roles=tuple(roles),
    )
    return renamed(made, {"Y": output, "X": input, "K": weight, "bias": offset}, taken)


def _target(written: Equation | Target, swap: Mapping[Symbol, Symbol]) -> Target:
    return Target(rebuild(written.entry, swap), _swapped(written.ranges, swap))


def _swapped(ranges: tuple[Range, ...], swap: Mapping[Symbol, Symbol]) -> tuple[Range, ...]:
    return tuple((swap.get(i, i), rebuild(n, swap)) for i, n in ranges)


def _exchange(plain: Operation) -> dict[Symbol, Symbol]:
    """Every letter that changes places, and the tensors' names."""
    known = {s.name: s for _, shape in plain.shapes for n in shape for s in n.free_symbols}
    known |= {s.name: s for s, e in (*plain.derived, *plain.solved) for s in {s, *e.free_symbols}}
    ranges = [*plain.equation.ranges, *(r for t in plain.targets for r in t.ranges)]
    known |= {i.name: i for i, _ in ranges}
    swap: dict[Symbol, Symbol] = {}
    for a, b in EXCHANGED:
        if a in known and b in known:
            swap |= {known[a]: known[b], known[b]: known[a]}
    return swap


def read_forwards(derived: Derivation, output: str) -> Expr:
    """The line before the sift as an equation: equal indices named alike, the gradient of `output` named as a tensor of
    the same name."""
    e, facts = derived.scatter, derived.steps[0].facts
    for rule in (one_sum, pairs, match, domains):
        e = rule(e, facts) or e
    return e.replace(lambda x: isinstance(x, Entry) and x.tensor == gradient(output), lambda x: Entry(output, *x.at))


def _options(
    plain: Operation,
) -> tuple[tuple[tuple[str, tuple[Symbol, ...]], ...], dict[Symbol, Symbol], tuple[tuple[Symbol, Expr], ...]]:
    """torch's options in torch's order; for each output extent what is left over, and its bound."""
    options = dict(plain.options)
    letters = Letters(s.name for symbols in options.values() for s in symbols)
    spatial = plain.shape("X")[-len(options["stride"]) :]
    rest = {outs: letters.amount(f"op{str(outs)[0].lower()}") for outs, _ in plain.derived if outs in spatial}
    steps = zip(rest.values(), options["stride"], options["dilation"], strict=True)
    order = {**options, "output_padding": tuple(rest.values())}
    names = ("stride", "padding", "output_padding", "groups", "dilation")
    return (
        tuple((name, order[name]) for name in names if name in order),
        rest,
        tuple((r, Max(s, d)) for r, s, d in steps),
    )


def _derived(
    plain: Operation, swap: Mapping[Symbol, Symbol], rest: Mapping[Symbol, Symbol]
) -> tuple[tuple[Symbol, Expr], ...]:
    """Each fact with its letters exchanged; an extent Ho = (H + ...)//sh + 1 solved for H, what is left over added."""
    return tuple(
        (swap[_place(plain, s)], rebuild(_solved(_place(plain, s), s, e, rest[s]), swap)) if s in rest
        else (swap.get(s, s), rebuild(e, swap))
        for s, e in plain.derived
    )  # fmt: skip


def _place(plain: Operation, outs: Symbol) -> Symbol:
    """The input extent of the same direction as an output extent."""
    place: Symbol = plain.shape("Y")[plain.shape("X").index(outs)]
    return place


def _solved(places: Symbol, outs: Symbol, value: Expr, rest: Symbol) -> Expr:
    """H, where outs = Quot(H + x, m) + 1 and `rest` is the remainder: H + x = m (outs - 1) + rest."""
    quotient = next(iter(value.atoms(Quot)), None)
    if quotient is None or value != quotient + 1:
        raise Broken(f"{outs} = {value} cannot be solved for {places}")
    numerator, m = quotient.args
    others = Add(*(-x for x in Add.make_args(numerator) if x != places))
    return m * (outs - 1) + rest + others
