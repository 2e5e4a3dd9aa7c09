"""The mistakes in the derivative of an activation and in batch normalisation, each a change of one equation."""

from collections.abc import Callable
from math import prod

from sympy import Expr, Integer, Mul

from symconv.derivation.functions import between, sg, step
from symconv.derivation.index import Entry, rebuild
from symconv.derivation.operation import Equation
from symconv.derivation.tensors import gradient
from symconv.derivation.traits import is_masked, read_alone
from symconv.grading.mistakes.case import Case, everywhere
from symconv.networks.layers.layers import BatchNorm
from symconv.networks.layers.norms import NORMS

NORMALISING = {BatchNorm.kind, *(layer.kind for layer in NORMS)}


def derivative_forgotten(case: Case) -> Equation | None:
    """dL/dy in place of dL/dy f'(z)."""
    return case.with_value(_incoming(case)) if _own_backward(case) and not is_masked(case.operation) else None


def stop_forgotten(case: Case) -> Equation | None:
    """dL/dy in place of 0, behind a stop-gradient."""
    return case.with_value(_incoming(case)) if case.backward and isinstance(case.operation.equation.value, sg) else None


def product_rule_forgotten(case: Case) -> Equation | None:
    """dL/dy g(z) for a function z g(z)."""
    z = read_alone(case.operation)
    if not case.backward or z is None or z not in Mul.make_args(value := case.operation.equation.value):
        return None
    return case.with_value(_incoming(case) * value / z)


def bound_forgotten(case: Case) -> Equation | None:
    """[low < z] in place of [low < z < high]."""
    if not case.backward:
        return None
    return case.with_value(everywhere(case.equation.value, between, lambda e: step(e.args[0] - e.args[1])))


def _incoming(case: Case) -> Entry:
    return Entry(gradient(case.stage.output), *case.operation.equation.entry.at)


def derivative_of_input(case: Case) -> Equation | None:
    """z (1 - z) in place of y (1 - y)."""
    return _own_value(case, lambda y: Entry(case.roles["input"], *y.at))


def derivative_of_output(case: Case) -> Equation | None:
    """f'(y) in place of f'(z): f(y) (1 - f(y)), f being applied once more."""
    own = case.operation.equation
    given = Entry(case.roles["input"], *own.entry.at)
    return _own_value(case, lambda y: rebuild(own.value, {given: y}) if y.at == own.entry.at else y)


def _own_value(case: Case, change: Callable[[Entry], Expr]) -> Equation | None:
    """Where the derivative is written with the function's own value: y (1 - y), 1 - y^2."""
    if not _own_backward(case):
        return None
    changed = everywhere(case.equation.value, Entry, lambda x: change(x) if x.tensor == case.stage.output else x)
    return case.with_value(changed)


def _own_backward(case: Case) -> bool:
    """Whether this is the derivative of a function of one number, and hangs on that number or on the function's."""
    if not case.backward or read_alone(case.operation) is None:
        return False
    return any(x.tensor in (case.stage.input, case.stage.output) for x in case.equation.value.atoms(Entry))


def scale_forgotten(case: Case) -> Equation | None:
    """A normalisation without its factor gamma."""
    weight = case.roles.get("weight")
    if case.operation.name not in NORMALISING or not weight:
        return None
    return case.with_value(everywhere(case.equation.value, Entry, lambda x: Integer(1) if x.tensor == weight else x))


def variance_unbiased(case: Case) -> Equation | None:
    """The sum of squares divided by their number less 1."""
    if case.operation.name != "variance":
        return None
    kept = {i for i, _ in case.operation.equation.ranges}
    summed = prod(n for i, n in case.operation.target(case.roles["input"]).ranges if i not in kept)
    return case.with_value(case.equation.value * summed / (summed - 1))
