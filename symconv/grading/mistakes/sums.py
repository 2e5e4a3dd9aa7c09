"""The mistakes in what a gradient is divided by, and in what the loss's logarithm is taken to; each a change of one
equation."""

from collections.abc import Callable
from math import prod

from sympy import Expr, Integer, Mul, Pow, log

from symconv.derivation.index import Entry, Sum, rebuild
from symconv.derivation.operation import Equation
from symconv.derivation.tensors import gradient, is_gradient
from symconv.grading.mistakes.case import Case, everywhere

LOGARITHMIC = ("cross_entropy", "binary_cross_entropy")


def mean_forgotten(case: Case) -> Equation | None:
    """Every 1/N -> 1."""
    return _undivided(case, lambda n: True)


def images_forgotten(case: Case) -> Equation | None:
    """1/N -> 1 for the number of images only."""
    first = next((shape[0] for t, shape in case.operation.shapes if t == case.stage.input and shape), None)
    return _undivided(case, lambda n: n == first) if case.batch else None


def _undivided(case: Case, which: Callable[[Expr], bool]) -> Equation | None:
    """No longer divided by the extents that `which` picks, nor by a number of places."""

    def changed(e: Pow) -> Expr:
        counts = e.base.is_Symbol or (isinstance(e.base, Sum) and not e.base.atoms(Entry))
        return Integer(1) if e.exp == -1 and counts and which(e.base) else e

    return case.with_value(everywhere(case.equation.value, Pow, changed))


def jacobian_diagonal(case: Case) -> Equation | None:
    """y (g - g y) in place of y (g - sum of g y): in a softmax each number depends on all along the axis."""
    if not case.backward or not case.operation.name.startswith("axis_"):
        return None

    def alone(e: Sum) -> Expr:
        own = [i for i in case.equation.entry.at if i not in e.free_symbols]
        arrives = any(is_gradient(x.tensor) for x in e.atoms(Entry))
        return rebuild(e.body, {e.ranges[0][0]: own[0]}) if arrives and len(own) == len(e.ranges) == 1 else e

    return case.with_value(everywhere(case.equation.value, Sum, alone)) if "softmax" in case.operation.name else None


def factor_forgotten(case: Case) -> Equation | None:
    """A scale without its factor: attention without 1 / sqrt(d)."""
    if case.operation.name != "scale":
        return None

    def plain(e: Mul) -> Expr:
        return e / e.as_coeff_Mul()[0] if e.atoms(Entry) else e

    return case.with_value(everywhere(case.equation.value, Mul, plain))


def weight_averaged(case: Case) -> Equation | None:
    """A weight's gradient divided by the number of images and places that it is summed over."""
    return _averaged(case, "weight")


def bias_averaged(case: Case) -> Equation | None:
    return _averaged(case, "bias")


def _averaged(case: Case, role: str) -> Equation | None:
    if case.roles.get(role) is None or case.equation.entry.tensor != gradient(case.roles[role]):
        return None
    return case.with_value(case.equation.value / prod(_summed(case, role)))


def images_averaged(case: Case) -> Equation | None:
    """The gradient of a weight or a bias divided by the number of images, where it is summed over places as well."""
    role = next((r for r in ("weight", "bias") if case.equation.entry.tensor == gradient(case.roles.get(r, ""))), None)
    summed = _summed(case, role) if role and case.batch else []
    return case.with_value(case.equation.value / summed[0]) if len(summed) > 1 else None


def _summed(case: Case, role: str) -> list[Expr]:
    """The output's extents that the gradient of an operand is summed over: the images', then the places'."""
    own = {i for i, _ in case.operation.target(case.roles[role]).ranges}
    return [n for i, n in case.operation.equation.ranges if i not in own]


def scores_averaged(case: Case) -> Equation | None:
    """Cross entropy divided by the number of classes too: the mean over all scores."""
    if case.stage.kind != "cross_entropy":
        return None
    return case.with_value(case.equation.value / case.operation.shape(case.stage.input)[-1])


def log_base_2(case: Case) -> Equation | None:
    """log x / log 2 in place of log x."""
    return _log_base(case, 2)


def log_base_10(case: Case) -> Equation | None:
    """log x / log 10 in place of log x."""
    return _log_base(case, 10)


def _log_base(case: Case, base: int) -> Equation | None:
    """The loss is a logarithm, so that another base divides it by one number."""
    return case.with_value(case.equation.value / log(Integer(base))) if case.stage.kind in LOGARITHMIC else None
