"""What an operation is: one index equation, with the shapes, options and extents it speaks of."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sympy import Expr, Symbol

from symconv.derivation.index import Entry, Range, spelt

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
    distributions: frozenset[str] = frozenset()  # operands whose rows sum to one
    positives: frozenset[str] = frozenset()  # operands that have no negative entry
    roles: tuple[tuple[str, str], ...] = ()  # input, weight, bias, target -> tensor
    further: tuple[Equation, ...] = ()  # the other outputs, where an operation has several

    @property
    def output(self) -> str:
        return self.equation.entry.tensor

    @property
    def equations(self) -> tuple[Equation, ...]:
        """One for each output."""
        return (self.equation, *self.further)

    @property
    def outputs(self) -> tuple[str, ...]:
        return tuple(e.entry.tensor for e in self.equations)

    @property
    def operands(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.shapes if name not in self.outputs)

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
        return tuple(sorted(used - {s for s, _ in self.derived}, key=spelt))


@dataclass(frozen=True)
class Operand:
    """What an operation reads, in its role: the entry at which its gradient is written, with ranges, and its shape."""

    role: str
    entry: Entry
    ranges: tuple[Range, ...]
    shape: tuple[Expr, ...]

    @property
    def target(self) -> Target:
        return Target(self.entry, self.ranges)


def indices_of(ranges: tuple[Range, ...]) -> tuple[Symbol, ...]:
    return tuple(i for i, _ in ranges)


def extents_of(ranges: tuple[Range, ...]) -> tuple[Expr, ...]:
    return tuple(n for _, n in ranges)


def operation(
    name: str, equation: Equation, shape: tuple[Expr, ...], operands: Iterable[Operand], **more: Any
) -> Operation:
    """An operation whose operands all have a gradient, but for those that `more` may declare constant."""
    operands = tuple(operands)
    constant = more.pop("constant", frozenset())
    return Operation(
        name=name,
        equation=equation,
        shapes=((equation.entry.tensor, shape), *((x.entry.tensor, x.shape) for x in operands)),
        targets=tuple(x.target for x in operands if x.role not in constant),
        roles=tuple((x.role, x.entry.tensor) for x in operands),
        **more,
    )
