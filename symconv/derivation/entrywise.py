"""Operations entry by entry, and those that move, copy or add entries.

A tensor's axes are given by their letters: n image, c channel, t, i, j depth, row and column, m entry of a vector.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from sympy import Expr, Integer, Pow, prod

from symconv.array import Shape
from symconv.derivation.functions import negative_part, relu
from symconv.derivation.index import Entry, Range, Sum
from symconv.derivation.letters import Letters
from symconv.derivation.operation import Equation, Operand, Operation, extents_of, indices_of, operation
from symconv.derivation.traits import NOT_HUGE, domain

EXTENTS = {"n": "N", "c": "C", "t": "D", "i": "H", "j": "W", "m": "M", "k": "K"}
EXTENTS |= {x: x.upper() for x in "gorabz"}  # of further axes


def frame(letters: Letters, axes: str) -> tuple[Range, ...]:
    """An index and an extent for each axis."""
    at = [letters.index(x) for x in axes]
    return tuple((i, letters.extent(EXTENTS[x])) for i, x in zip(at, axes, strict=True))


def flat(ranges: tuple[Range, ...]) -> Expr:
    """The number of an entry in row-major order: (c H + i) W + j."""
    number: Expr = Integer(0)
    for i, n in ranges:
        number = number * n + i
    return number


def entrywise(
    name: str, function: Callable[[Expr], Expr], axes: str, *,
    output: str = "P", input: str = "S", taken: Iterable[str] = (),
) -> Operation:  # fmt: skip
    """P[i, j] = f(S[i, j]); `axes` has a letter for each axis of both, such as "ncij"."""
    ranges = frame(Letters({output, input, *taken}), axes)
    x = Operand("input", Entry(input, *indices_of(ranges)), ranges, extents_of(ranges))
    made = operation(name, Equation(Entry(output, *x.entry.at), function(x.entry), ranges), x.shape, (x,))
    return made if domain(made) in (None, NOT_HUGE) else replace(made, positives=frozenset({input}))


def pattern(axes: str, shape: Shape, whole: Shape) -> str:
    """Which axes of `whole` a tensor of `shape` has, aligned at the last: a letter for each, 1 where it has one entry
    for all of them, as "c11" of "ncij" for (C, 1, 1)."""
    own = zip(axes[len(whole) - len(shape) :], shape, whole[len(whole) - len(shape) :], strict=True)
    return "".join("1" if n == 1 != m else x for x, n, m in own)


def combine(
    name: str, function: Callable[[Expr, Expr], Expr], axes: str, patterns: tuple[str, str], *,
    output: str = "A", input: str = "P", other: str = "X", role: str = "other", taken: Iterable[str] = (),
) -> Operation:  # fmt: skip
    """A[n, c, i, j] = f(P[n, c, i, j], X[n, c, 0, 0]): two tensors, broadcast to `axes`.

    patterns: the axes that each of them has, see `pattern`. role: what the second is; a "constant" has no gradient.
    """
    ranges = frame(Letters({output, input, other, *taken}), axes)

    def operand(role: str, tensor: str, own: str) -> Operand:
        pairs = list(zip(own, ranges[len(ranges) - len(own) :], strict=True))
        at = tuple(Integer(0) if x == "1" else i for x, (i, _) in pairs)
        kept = tuple(r for x, r in pairs if x != "1")
        return Operand(role, Entry(tensor, *at), kept, tuple(Integer(1) if x == "1" else n for x, (_, n) in pairs))

    x, y = operand("input", input, patterns[0]), operand(role, other, patterns[1])
    equation = Equation(Entry(output, *indices_of(ranges)), function(x.entry, y.entry), ranges)
    divisors = {p.base.tensor for p in equation.value.atoms(Pow) if isinstance(p.base, Entry) and p.exp.is_negative}
    return operation(
        name, equation, extents_of(ranges), (x, y), constant=frozenset({"constant"}), positives=frozenset(divisors)
    )


def copies(axes: str, *, outputs: tuple[str, ...], input: str = "P", taken: Iterable[str] = ()) -> Operation:
    """P1[i, j] = P[i, j], P2[i, j] = P[i, j], ...: one for each operation that reads P."""
    ranges = frame(Letters({*outputs, input, *taken}), axes)
    at, shape = indices_of(ranges), extents_of(ranges)
    x = Operand("input", Entry(input, *at), ranges, shape)
    first, *further = (Equation(Entry(t, *at), x.entry, ranges) for t in outputs)
    return Operation(
        name="copies",
        equation=first,
        shapes=(*((t, shape) for t in outputs), (input, shape)),
        targets=(x.target,),
        roles=(("input", input),),
        further=tuple(further),
    )


def flatten(axes: str, *, output: str = "v", input: str = "P", taken: Iterable[str] = ()) -> Operation:
    """v[n, (c H + i) W + j] = P[n, c, i, j]; without n a vector."""
    ranges = frame(Letters({output, input, *taken}), axes)
    lead, rest = ranges[: axes.startswith("n")], ranges[axes.startswith("n") :]
    x = Operand("input", Entry(input, *indices_of(ranges)), ranges, extents_of(ranges))
    at, shape = (*indices_of(lead), flat(rest)), (*extents_of(lead), prod(extents_of(rest), start=Integer(1)))
    return operation("flatten", Equation(Entry(output, *at), x.entry, ranges), shape, (x,))


def linear(
    axes: str, bias: bool = False, last: bool = False, *,
    output: str = "z", input: str = "x", weight: str = "W", offset: str = "b", taken: Iterable[str] = (),
) -> Operation:  # fmt: skip
    """z[n, k] = b[k] + sum over m of W[k, m] x[n, m], x flattened in row-major order: m = i W + j for two axes.

    `last`: only its last axis is summed, for every place of the others.
    """
    letters = Letters({output, input, weight, *([offset] if bias else []), *taken})
    kept = axes[:-1] if last else "n" if axes.startswith("n") else ""
    lead = frame(letters, kept)
    k, K = letters.index("k"), letters.extent("K")
    summed = frame(letters, axes[len(kept) :])
    at, shape = indices_of(summed), extents_of(summed)
    x = Operand("input", Entry(input, *indices_of(lead), *at), lead + summed, extents_of(lead) + shape)
    w = Operand("weight", Entry(weight, k, flat(summed)), ((k, K), *summed), (K, prod(shape, start=Integer(1))))
    value: Expr = Sum(w.entry * x.entry, *summed)
    operands = [x, w]
    if bias:
        operands.append(Operand("bias", Entry(offset, k), ((k, K),), (K,)))
        value = operands[-1].entry + value
    equation = Equation(Entry(output, *indices_of(lead), k), value, (*lead, (k, K)))
    return operation("linear", equation, (*extents_of(lead), K), operands)


def bias(axes: str, *, output: str = "Y", input: str = "X", offset: str = "b", taken: Iterable[str] = ()) -> Operation:
    """Y[n, c, i, j] = X[n, c, i, j] + b[c]; a vector's entry has one each, an image without channels one in all."""
    ranges = frame(Letters({output, input, offset, *taken}), axes)
    at, shape = indices_of(ranges), extents_of(ranges)
    own = _channel(axes, ranges)
    x = Operand("input", Entry(input, *at), ranges, shape)
    b = Operand("bias", Entry(offset, *(indices_of(own) or (0,))), own, extents_of(own) or (Integer(1),))
    return operation("bias", Equation(Entry(output, *at), x.entry + b.entry, ranges), shape, (x, b))


def sloped(
    axes: str, each: bool, *, output: str = "P", input: str = "S", weight: str = "a", taken: Iterable[str] = ()
) -> Operation:
    """P[n, c, i, j] = max(0, S[n, c, i, j]) + a[c] min(0, S[n, c, i, j]); one a in all but where `each` channel, or
    each entry of a vector, has its own."""
    ranges = frame(Letters({output, input, weight, *taken}), axes)
    own = _channel(axes, ranges) if each else ()
    x = Operand("input", Entry(input, *indices_of(ranges)), ranges, extents_of(ranges))
    a = Operand("weight", Entry(weight, *(indices_of(own) or (0,))), own, extents_of(own) or (Integer(1),))
    value = relu(x.entry) + a.entry * negative_part(x.entry)
    return operation("prelu", Equation(Entry(output, *x.entry.at), value, ranges), x.shape, (x, a))


def _channel(axes: str, ranges: tuple[Range, ...]) -> tuple[Range, ...]:
    """The axis of the channels, or of a vector's entries."""
    return tuple(r for x, r in zip(axes, ranges, strict=True) if x in "cm")
