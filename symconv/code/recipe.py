"""What is to be emitted: an operation with its derived gradients, the form in which they are written, and the numbers
that are folded in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sympy import Expr, Integer, Symbol, prod

from symconv.code.forms import Form, Way
from symconv.code.program import Program, backward, forward
from symconv.derivation.derivation import Derivation
from symconv.derivation.equations import Operation
from symconv.derivation.index import rebuild
from symconv.derivation.special import derivation_with, operation_with


@dataclass(frozen=True)
class Recipe:
    """`general` is the operation with all its options, `gradients` its derivations for any sizes."""

    name: str  # of the function
    title: str
    general: Operation
    gradients: tuple[Derivation, ...]
    form: Form
    numbers: Mapping[Symbol, Expr | int] = field(default_factory=dict)
    says: str = ""  # which numbers these are
    caution: str = ""  # why an empty extent is refused that torch takes

    @cached_property
    def op(self) -> Operation:
        """The operation with the numbers put in."""
        return operation_with(self.general, self.numbers)

    def forward(self, more: Mapping[Symbol, Expr | int] | None = None) -> Program:
        """The operation's own equation, with the numbers and `more` of them."""
        return forward(operation_with(self.op, more or {}))

    def backward(self, more: Mapping[Symbol, Expr | int] | None = None) -> Program:
        """Its gradients."""
        op = operation_with(self.op, more or {})
        return backward(op, [derivation_with(d, {**self.numbers, **(more or {})}, op.derived) for d in self.gradients])

    @property
    def gradient(self) -> str:
        """The name of the function of the gradients."""
        return f"{self.name}_backward"

    def ways(self, program: Program) -> tuple[tuple[Way, "Condition"], ...]:
        """The ways that can be taken, in order; those whose condition is never true are left out, and those behind one
        that always is."""
        found = []
        for way in self.form.ways:
            condition = _condition(self.op, program, way)
            if not condition.never:
                found.append((way, condition))
            if condition.always:
                break
        return tuple(found)


@dataclass(frozen=True)
class Condition:
    """Extents that are 1 there, and bounds on products of extents, as far as they are not decided."""

    ones: tuple[Symbol, ...]
    bounds: tuple[tuple[Expr, str, int], ...]
    never: bool = False

    @property
    def always(self) -> bool:
        return not self.ones and not self.bounds and not self.never


def _condition(op: Operation, program: Program, way: Way) -> Condition:
    extents = dict(op.equation.ranges) | {i: n for t in op.targets for i, n in t.ranges}
    known = {i.name: n for i, n in extents.items()}
    ones = [known[x] for x in way.ones if x in known]
    never = any(n.is_Integer and n != 1 for n in ones) or (way.only != "" and not set(way.only) & set(known))
    bounds = []
    for sign, bound in ((">", way.beyond), ("<=", way.within)):
        if bound:
            letters, number = bound
            spoken = {i.name for i in program.multiplied}
            size: Expr = prod([known[x] for x in letters if x in known and x in spoken], start=Integer(1))
            if not size.is_Integer:
                bounds.append((size, sign, number))
            elif not (size > number if sign == ">" else size <= number):
                never = True
    return Condition(tuple(n for n in ones if not n.is_Integer), tuple(bounds), never)


def exact(numbers: Mapping[Symbol, Expr | int]) -> dict[Symbol, Expr]:
    """Plain integers as SymPy's, expressions as they are."""
    return {s: Integer(n) if isinstance(n, int) else n for s, n in numbers.items()}


def aliases(op: Operation, numbers: Mapping[Symbol, Expr | int]) -> dict[Symbol, Expr]:
    """One name for extents that are equal once these numbers are put in: with one group, the channels of the group are
    all channels; with one kernel per channel there are as many groups and outputs."""
    read = {n for t in op.operands for n in op.shape(t)}
    new = exact(numbers)
    found = {s: rebuild(e, new) for s, e in op.solved}
    names = {rebuild(e, new): s for s, e in op.derived if s in read}
    found |= {s: names[rebuild(e, new)] for s, e in op.derived if s in read} | names
    return {s: e for s, e in found.items() if s.is_Symbol and e.is_Symbol and s != e}
