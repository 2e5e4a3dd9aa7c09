"""A network's numbers in floats, whole tensors at a time: for a network that has no exact ones, or far too many."""

from collections.abc import Iterable, Mapping
from fractions import Fraction

import numpy as np
from sympy import Float, Integer

from symconv.array import Array, Seen
from symconv.derivation.derivation import Derivation
from symconv.derivation.operation import Equation
from symconv.derivation.tensors import gradient
from symconv.evaluation.evaluate import EXPECTING, TOGETHER, World
from symconv.evaluation.kinds import Kind
from symconv.evaluation.places import Tensor
from symconv.evaluation.uncertain import off as expected_off
from symconv.evaluation.vectors import Rationals, Reals, floats
from symconv.worked import domains
from symconv.worked.numbers import number
from symconv.worked.stages import LOSS, Stage

Vectors = Mapping[str, Tensor]


def reals(numbers: Array) -> Tensor:
    """Fractions as floats. OverflowError where one is beyond them."""
    return Tensor(numbers.shape, Reals(np.array([x.numerator / x.denominator for x in numbers.entries])))


def forward(stages: Iterable[Stage], tensors: Vectors, kind: Kind = TOGETHER) -> dict[str, Tensor]:
    """The given tensors and every layer's output, y and L with them: exact ones where the given ones are, as long as
    there is no exp, log or root."""
    known = dict(tensors)
    for stage in stages:
        domains.require(stage, known)
        for equation in stage.operation.equations:
            tensor = equation.entry.tensor
            known[tensor] = _table(stage, equation, tensor, known, kind)
    return known


def backward(
    stages: tuple[Stage, ...], derivations: Mapping[str, Derivation], values: Vectors, kind: Kind = TOGETHER
) -> dict[str, Tensor]:
    """dL/d(tensor), under the tensor's name, for every tensor with a derivation."""
    known, found = dict(values), dict[str, Tensor]()
    for stage in reversed(stages):
        for tensor in stage.operation.operands:
            if tensor in derivations and (stage.output == LOSS or set(stage.operation.outputs) <= set(found)):
                found[tensor] = _table(stage, derivations[tensor].equation, tensor, known, kind)
                known[gradient(tensor)] = found[tensor]
    return found


def _table(stage: Stage, equation: Equation, tensor: str, known: Vectors, kind: Kind) -> Tensor:
    world = World(dict(stage.sizes), known, kind=kind)
    world.define(equation, stage.operation.shape(tensor))
    return world.tensor(equation.entry.tensor)


def rounding(
    stages: tuple[Stage, ...], derivations: Mapping[str, Derivation], given: Mapping[str, Array]
) -> dict[str, float]:
    """What float64 is expected to be off by in the worst entry of every tensor and, under the name ∂S, of every
    gradient; infinite or no number where something is beyond it. `given`: fractions."""
    tensors = {t: Tensor(a.shape, EXPECTING.entries(a.entries)) for t, a in given.items()}
    values = forward(stages, tensors, EXPECTING)
    found = {**values, **{gradient(t): x for t, x in backward(stages, derivations, values, EXPECTING).items()}}
    return {t: float(expected_off(x.entries).max(initial=0.0)) for t, x in found.items()}


def finite(tensors: Vectors) -> bool:
    """Whether every number is one: e to the power of 1000 is not."""
    return all(bool(np.all(np.isfinite(floats(x.entries)))) for x in tensors.values())


def moved(values: Vectors, gradients: Vectors, parameters: Iterable[str], rate: Fraction) -> dict[str, Tensor]:
    """Each parameter after one step against its gradient."""
    return {
        p: Tensor(values[p].shape, Reals(floats(values[p].entries) - float(rate) * floats(gradients[p].entries)))
        for p in parameters
    }


def near(tensor: Tensor) -> list[float]:
    """Its entries as floats."""
    found: list[float] = floats(tensor.entries).tolist()
    return found


def given(numbers: Array) -> Array:
    """Fractions as SymPy's numbers."""
    return Array(numbers.shape, Seen(near(reals(numbers)), lambda k: number(numbers.entries[k])))


def shown(tensor: Tensor) -> Array:
    """As SymPy's numbers: rationals exactly, others as floats."""
    x = tensor.entries
    if isinstance(x, Rationals):
        return Array(tensor.shape, Seen(near(tensor), lambda k: number(x.number(k))))
    rounded = near(tensor)
    return Array(tensor.shape, Seen(rounded, lambda k: Float(rounded[k]) if rounded[k] else Integer(0)))
