"""The pipeline, read aloud: a network, its derivations, and everything that is made of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import mpmath
from sympy import ImmutableDenseNDimArray

from symconv import derive as deriving
from symconv import verify as verifying
from symconv import worked
from symconv.array import Array
from symconv.derivation import Derivation
from symconv.evaluate import DIGITS, World
from symconv.network import Network
from symconv.rules import gradient
from symconv.special import derivation_with, equation_with
from symconv.stages import LOSS, PROBABILITIES, Stage, stages
from symconv.verify import Report

Tensors = Mapping[str, Array]


@dataclass(frozen=True)
class Study:
    """One network with its derivations.

    `general` holds them for any sizes, `derivations` with the network's numbers put in: dL/d(tensor) under the
    tensor's name, in forward order.
    """

    network: Network
    line: tuple[Stage, ...]
    general: Mapping[str, Derivation]
    derivations: Mapping[str, Derivation]

    @cached_property
    def exact_values(self) -> Tensors:
        """Every tensor's exact entries: the given ones, each layer's output, y, t and L."""
        return worked.forward(self.line, worked.given(self.network))

    @cached_property
    def exact_gradients(self) -> Tensors:
        """dL/d(tensor), exact, for the input, every parameter and every layer's output."""
        return worked.backward(self.line, self.general, self.exact_values)

    @cached_property
    def known(self) -> Tensors:
        """Values and gradients together, the gradient of S under the name ∂S."""
        return {**self.exact_values, **{gradient(t): g for t, g in self.exact_gradients.items()}}

    @property
    def values(self) -> Mapping[str, ImmutableDenseNDimArray]:
        """The exact values as SymPy arrays of the tensors' shapes."""
        return _sympy(self.exact_values)

    @property
    def gradients(self) -> Mapping[str, ImmutableDenseNDimArray]:
        """The exact gradients as SymPy arrays of the tensors' shapes."""
        return _sympy(self.exact_gradients)

    @cached_property
    def updated(self) -> Tensors:
        """Every parameter after one step of gradient descent, exact."""
        return worked.update(self.parameters, self.exact_values, self.exact_gradients, self.network.learning_rate)

    @cached_property
    def after(self) -> Tensors:
        """The forward pass once more, with the updated parameters."""
        return worked.forward(self.line, {**worked.given(self.network), **self.updated})

    @property
    def parameters(self) -> tuple[str, ...]:
        """The tensors that learn, in forward order."""
        return tuple(p for s in self.line for p in s.parameters)

    def verify(self) -> Report:
        """Every step of every derivation: at several sets of sizes, as polynomials where it is one, and at the
        network's own sizes with its own numbers."""
        general = Report()
        for stage in self.line:
            general += verifying.verify(stage.operation, self._of(stage), self._named(stage))
        with mpmath.workdps(DIGITS + 5):
            own = verifying.at_own_sizes(self.world(), self.derivations.values())
        kinds = dict(sorted({**general.by_kind, **own.by_kind}.items()))
        return Report(own.checked, kinds, general.failed + own.failed)

    def _of(self, stage: Stage) -> tuple[Derivation, ...]:
        return tuple(self.general[t] for t in stage.operation.operands if t in self.general and _reader(stage))

    def _named(self, stage: Stage) -> dict[str, deriving.Operation]:
        return {s.output: s.operation for s in self.line if s.kind == "softmax"} if stage.output == LOSS else {}

    def world(self) -> World:
        """The network's own numbers, with dL/d(tensor) from dual numbers through the whole network."""
        equations = tuple(equation_with(s.operation.equation, dict(s.sizes)) for s in self.line)
        return verifying.network_world(worked.given(self.network), equations, self.derivations)


def _reader(stage: Stage) -> bool:
    return stage.output != PROBABILITIES


def _sympy(tensors: Tensors) -> Mapping[str, ImmutableDenseNDimArray]:
    return {name: ImmutableDenseNDimArray(list(a.entries), a.shape) for name, a in tensors.items()}


def derive(network: Network) -> Study:
    """Every gradient of the network, derived step by step; nothing is evaluated yet."""
    line = stages(network)
    softmax = {s.output: s.operation.equation for s in line if s.kind == "softmax"}
    general: dict[str, Derivation] = {}
    for stage in line:
        if _reader(stage):
            for d in deriving.gradients(stage.operation, softmax if stage.output == LOSS else None):
                general[d.entry.tensor.removeprefix(gradient(""))] = d
    sizes = {t: dict(s.sizes) for s in line if _reader(s) for t in s.operation.operands}
    special = {name: derivation_with(d, sizes[name]) for name, d in general.items()}
    return Study(network, line, general, special)
