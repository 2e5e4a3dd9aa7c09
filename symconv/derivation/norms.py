"""The operations of normalisation: a mean, a variance, and what is shifted by the one and divided by the root of the
other.

They are taken over some axes of a tensor; `kept` numbers the others: the channels of a batch norm, all but the last
ones of a layer norm. `grouped` is the axis of the channels where those are in groups, over each of which they are
taken: channel c of group g is g (C/groups) + c.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sympy import Expr, Mul, Rational, prod, sqrt

from symconv.derivation.entrywise import EXTENTS
from symconv.derivation.index import Entry, Quot, Range, Sum
from symconv.derivation.letters import Letters
from symconv.derivation.operation import Equation, Operand, Operation, extents_of, indices_of, operation


def mean(
    axes: str, kept: Sequence[int], grouped: int | None = None, *,
    output: str = "mu", input: str = "x", taken: Iterable[str] = (),
) -> Operation:  # fmt: skip
    """mu[c] = the mean of x[n, c, i, j] over all axes that are not `kept` (Ioffe and Szegedy 2015, algorithm 1)."""
    frame = _frame(axes, grouped, (output, input, *taken))
    x, own = frame.operand("input", input), frame.own(kept)
    summed = frame.beside(own)
    value = Sum(x.entry, *summed) / prod(extents_of(summed))
    equation = Equation(Entry(output, *indices_of(own)), value, own)
    return operation("mean", equation, extents_of(own), (x,), **frame.facts)


def variance(
    axes: str, kept: Sequence[int], grouped: int | None = None, *,
    output: str = "v", input: str = "x", mean: str = "mu", taken: Iterable[str] = (),
) -> Operation:  # fmt: skip
    """v[c] = the mean of (x[n, c, i, j] - mu[c])^2 over all axes that are not `kept`: that of the population."""
    frame = _frame(axes, grouped, (output, input, mean, *taken))
    x, own = frame.operand("input", input), frame.own(kept)
    mu, summed = _along("mean", mean, own), frame.beside(own)
    value = Sum((x.entry - mu.entry) ** 2, *summed) / prod(extents_of(summed))
    equation = Equation(Entry(output, *indices_of(own)), value, own)
    return operation("variance", equation, extents_of(own), (x, mu), **frame.facts)


def normalise(
    name: str, axes: str, kept: Sequence[int], learnt: Sequence[int], epsilon: Rational, grouped: int | None = None, *,
    output: str = "Y", input: str = "x", mean: str = "mu", variance: str = "v", weight: str = "", offset: str = "",
    constant: bool = False, taken: Iterable[str] = (),
) -> Operation:  # fmt: skip
    """Y[n, c, i, j] = gamma[c] (x[n, c, i, j] - mu[c]) / sqrt(v[c] + epsilon) + beta[c].

    gamma is `weight` and beta is `offset`, of the axes `learnt`, each left out where it has no name; mu and v have no
    gradient where they are `constant`. Of a batch: Ioffe and Szegedy 2015, algorithm 1; of each place: Ba, Kiros and
    Hinton 2016, equation 4; of each channel of an image: Ulyanov, Vedaldi and Lempitsky 2016; in groups: Wu and He
    2018.
    """
    names = {"weight": weight, "bias": offset}
    frame = _frame(axes, grouped, (output, input, mean, variance, *names.values(), *taken))
    x, own = frame.operand("input", input), frame.own(kept)
    mu, v = _along("mean", mean, own), _along("variance", variance, own)
    given = [frame.operand(role, tensor, learnt) for role, tensor in names.items() if tensor]
    value = (x.entry - mu.entry) / sqrt(v.entry + epsilon)
    value = Mul(value, *(p.entry for p in given if p.role == "weight"))
    for p in given:
        value = value + p.entry if p.role == "bias" else value
    return operation(
        name, Equation(Entry(output, *x.entry.at), value, x.ranges), x.shape, (x, *given, mu, v),
        constant=frozenset({"mean", "variance"} if constant else ()), positives=frozenset({variance}), **frame.facts,
    )  # fmt: skip


@dataclass(frozen=True)
class _Frame:
    """The axes of a tensor: where each is indexed, its extent, and the ranges that it is made of, (g, c) in groups."""

    at: tuple[Expr, ...]
    shape: tuple[Expr, ...]
    parts: tuple[tuple[Range, ...], ...]
    grouped: int | None
    facts: dict[str, Any] = field(default_factory=dict)  # of an operation on it

    def operand(self, role: str, tensor: str, which: Sequence[int] | None = None) -> Operand:
        """A tensor of all axes, or of some of them."""
        axes = range(len(self.at)) if which is None else which
        ranges = tuple(r for k in axes for r in self.parts[k])
        return Operand(role, Entry(tensor, *(self.at[k] for k in axes)), ranges, tuple(self.shape[k] for k in axes))

    def own(self, kept: Sequence[int]) -> tuple[Range, ...]:
        """The ranges of a mean: those of the axes `kept`, and the groups."""
        groups = () if self.grouped is None else self.parts[self.grouped][:1]
        return (*(r for k in kept for r in self.parts[k]), *groups)

    def beside(self, own: tuple[Range, ...]) -> tuple[Range, ...]:
        """The others."""
        return tuple(r for part in self.parts for r in part if r not in own)


def _frame(axes: str, grouped: int | None, taken: Iterable[str]) -> _Frame:
    letters = Letters(taken)
    at: list[Expr] = [letters.index(x) for x in axes]
    shape = [letters.extent(EXTENTS[x]) for x in axes]
    parts: list[tuple[Range, ...]] = [((i, n),) for i, n in zip(at, shape, strict=True)]
    facts: dict[str, Any] = {}
    if grouped is not None:
        g, c, whole = letters.index("g"), at[grouped], shape[grouped]
        G, Cg = letters.extent("groups"), letters.extent("Cg")
        at[grouped], parts[grouped] = g * Cg + c, ((g, G), (c, Cg))
        facts = {"options": (("groups", (G,)),), "derived": ((whole, G * Cg),), "solved": ((Cg, Quot(whole, G)),)}
    return _Frame(tuple(at), tuple(shape), tuple(parts), grouped, facts)


def _along(role: str, tensor: str, own: tuple[Range, ...]) -> Operand:
    return Operand(role, Entry(tensor, *indices_of(own)), own, extents_of(own))
