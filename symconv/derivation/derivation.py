"""The waist: a derivation is frozen data, a tuple of steps whose ends meet. Nothing to its right changes it."""

from dataclasses import dataclass

from sympy import Expr

from symconv.derivation.index import Delta, Entry, Partial, Range
from symconv.derivation.operation import Equation
from symconv.derivation.rules import Facts
from symconv.derivation.scopes import check_scopes
from symconv.errors import Broken


@dataclass(frozen=True)
class Step:
    """`before = after`, by the rule named; `facts` are what the rule was allowed to use."""

    rule: str
    before: Expr
    after: Expr
    facts: Facts


@dataclass(frozen=True)
class Derivation:
    """`entry = steps[0].before = ... = steps[-1].after` for every value of the indices in `ranges`."""

    entry: Entry
    ranges: tuple[Range, ...]
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        if not self.steps:
            raise Broken(f"the derivation of {self.entry} has no step")
        for one, two in zip(self.steps, self.steps[1:], strict=False):
            if one.after != two.before:
                raise Broken(f"the derivation of {self.entry} breaks between {one.rule} and {two.rule}")
        free = frozenset(i for i, _ in self.ranges)
        for e in self.lines:
            check_scopes(e, free)

    @property
    def lines(self) -> tuple[Expr, ...]:
        """Every expression of the chain, first to last."""
        return (self.steps[0].before, *(s.after for s in self.steps))

    @property
    def equation(self) -> Equation:
        """The result."""
        return Equation(self.entry, self.steps[-1].after, self.ranges)

    @property
    def scatter(self) -> Expr:
        """The first line without a derivative, its deltas unsolved: read as `entry += ...` it is the gradient in
        scatter form. The result where no line has a delta."""
        with_deltas = (e for e in self.lines if e.atoms(Delta) and not e.atoms(Partial))
        return next(with_deltas, self.lines[-1])
