"""An equation that somebody may get wrong, and how a change is made everywhere in it."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from sympy import Basic, Expr, Symbol
from sympy.core.symbol import Str

from symconv.derivation.operation import Equation, Operation
from symconv.derivation.tensors import is_gradient
from symconv.worked.stages import Stage


@dataclass(frozen=True)
class Case:
    """One equation that may be got wrong: of the stage's output, or of the gradient of what it reads. `rate`: the
    network's learning rate."""

    stage: Stage
    equation: Equation
    batch: bool = False
    rate: Fraction = Fraction(1)

    @property
    def operation(self) -> Operation:
        return self.stage.operation

    @property
    def roles(self) -> dict[str, str]:
        return dict(self.operation.roles)

    @property
    def backward(self) -> bool:
        return is_gradient(self.equation.entry.tensor)

    def option(self, name: str) -> tuple[Symbol, ...]:
        return dict(self.operation.options).get(name, ())

    @property
    def outputs(self) -> tuple[Symbol, ...]:
        """The output's own indices."""
        return tuple(i for i, _ in self.operation.equation.ranges)

    @property
    def dims(self) -> int:
        """In how many directions a window moves; 0 where there is no window."""
        return len(self.option("stride"))

    def with_value(self, value: Expr) -> Equation:
        return Equation(self.equation.entry, value, self.equation.ranges)


def everywhere(e: Basic, kind: type[Basic] | tuple[type[Basic], ...], change: Callable[[Expr], Expr]) -> Basic:
    """e with every node of a kind changed, from the inside out."""
    if not e.args or isinstance(e, Str):
        return change(e) if isinstance(e, kind) else e
    args = tuple(a if isinstance(a, Str) else everywhere(a, kind, change) for a in e.args)
    e = e if args == e.args else e.func(*args)
    return change(e) if isinstance(e, kind) else e
