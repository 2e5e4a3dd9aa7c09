"""A network with its derivations and its exact numbers: what every output reads."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from symconv.array import Array
from symconv.derivation import rules, sums
from symconv.derivation.derivation import Derivation, Step
from symconv.derivation.once import gradients_of
from symconv.derivation.rules import Facts, gradient
from symconv.networks.network import Conv, CrossEntropy, Network
from symconv.verification.arithmetic import DIGITS, Digits, long
from symconv.worked import exactness, worked
from symconv.worked.special import derivation_with, equation_with
from symconv.worked.stages import COPY, LOSS, PROBABILITIES, TARGET, Stage, stages

Tensors = Mapping[str, Array]


@dataclass(frozen=True)
class Derived:
    """One network with its derivations.

    `general` holds them for any sizes, `derivations` with the network's numbers put in: dL/d(tensor) under the
    tensor's name, in forward order.
    """

    network: Network
    line: tuple[Stage, ...]
    general: Mapping[str, Derivation]
    derivations: Mapping[str, Derivation]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The tensors that learn, in forward order."""
        return tuple(p for s in self.line for p in s.parameters)

    @cached_property
    def given(self) -> Tensors:
        """The input, the parameters and the target, as SymPy numbers."""
        return worked.given(self.network)

    @cached_property
    def exact_values(self) -> Tensors:
        """Every tensor's exact entries: the given ones, each layer's output, y, t and L. NotSupported where they
        would explode."""
        exactness.require(self.network.name, self.line)
        return worked.forward(self.line, self.given)

    @cached_property
    def exact_gradients(self) -> Tensors:
        """dL/d(tensor), exact, for the input, every parameter and every layer's output."""
        return worked.backward(self.line, self.general, self.exact_values)

    @property
    def digits(self) -> int:
        """What the network's numbers are computed with where e or log appears: as many more than are compared as the
        largest numbers that its layers and their gradients can make have in front of the point."""
        sizes = (max(abs(x) for x in a.entries) for a in self.given.values())
        return DIGITS + 5 + 3 * sum(len(str(int(size))) - 1 for size in sizes)

    @property
    def exact(self) -> bool:
        """Whether the exact numbers can be had."""
        return not exactness.why_not(self.line)

    @cached_property
    def values_to_show(self) -> Tensors:
        """The exact values; where these would explode, rounded ones (SymPy floats) of all that is not rational."""
        if self.exact:
            return self.exact_values
        rational = worked.forward(exactness.rational(self.line, self.given), self.given)
        return {**worked.forward(self.line, self.given, Digits()), **rational}

    @cached_property
    def gradients_to_show(self) -> Tensors:
        """The exact gradients, or rounded ones."""
        if self.exact:
            return self.exact_gradients
        return worked.backward(self.line, self.general, self.values_to_show, Digits())

    @cached_property
    def moved(self) -> Tensors:
        """Every parameter after one step of gradient descent, exact or rounded."""
        rate = self.network.learning_rate
        return worked.update(self.parameters, self.values_to_show, self.gradients_to_show, rate)

    @cached_property
    def loss_after(self) -> Any:
        """The loss after that step, rounded: even few powers of e have grown many."""
        return long(worked.forward(self.line, {**self.given, **self.moved}, Digits())[LOSS][()])

    @cached_property
    def known(self) -> Tensors:
        """Values and gradients together, the gradient of S under the name ∂S."""
        both = {**self.exact_values, **{gradient(t): g for t, g in self.exact_gradients.items()}}
        return {t: a for t, a in both.items() if COPY not in t}

    @cached_property
    def updated(self) -> Tensors:
        """Every parameter after one step of gradient descent, exact."""
        return worked.update(self.parameters, self.exact_values, self.exact_gradients, self.network.learning_rate)

    @cached_property
    def after(self) -> Tensors:
        """The forward pass once more, with the updated parameters."""
        return worked.forward(self.line, {**self.given, **self.updated})

    @cached_property
    def losses(self) -> Tensors:
        """For every value and gradient (as in `known`) how much float64 may lose of it."""
        return worked.losses(self.line, self.general, self.network)


def short_loss(d: Derived) -> Derivation | None:
    """L with the network's numbers and its target put in: log of the sum, less the target's score. None where there is
    no single one-hot target."""
    loss = d.network.loss
    if not isinstance(loss, CrossEntropy) or not isinstance(loss.target, int) or loss.label_smoothing:
        return None
    (stage,) = (s for s in d.line if s.output == LOSS)
    equation = equation_with(stage.operation.equation, dict(stage.sizes))
    facts = Facts(targets={TARGET: loss.target})
    steps, e = [], equation.value
    for rule in (rules.one_hot, sums.one_sum, sums.sift):
        after = rule(e, facts)
        if after is not None:
            steps.append(Step(rule.name, e, after, facts))
            e = after
    return Derivation(equation.entry, equation.ranges, tuple(steps))


def derived(network: Network, flip: bool = False) -> Derived:
    """Every gradient of the network, derived step by step; nothing is evaluated yet.

    `flip`: with convolutions as mathematics means them, which turn the kernel: the kernels are those of the network
    turned by 180 degrees, so that every other tensor stays what it is.
    """
    network = turned(network) if flip else network
    line = stages(network, flip)
    probabilities = {s.output: s.operation.equation for s in line if s.output == PROBABILITIES}
    general: dict[str, Derivation] = {}
    for stage in differentiated(line):
        for d in gradients_of(stage.operation, tuple(probabilities.items()) if stage.output == LOSS else ()):
            general[d.entry.tensor.removeprefix(gradient(""))] = d
    sizes = {t: dict(s.sizes) for s in differentiated(line) for t in s.operation.operands}
    special = {name: derivation_with(d, sizes[name]) for name, d in general.items()}
    return Derived(network, line, general, special)


def turned(network: Network) -> Network:
    """The network with the kernel of every convolution turned by 180 degrees."""
    return replace(network, layers=tuple(_turned(x) if isinstance(x, Conv) else x for x in network.layers))


def _turned(layer: Conv) -> Conv:
    value, dims = layer.weight.value, len(layer.kernel)

    def opposite(at: tuple[int, ...]) -> Any:
        ahead, there = at[: len(at) - dims], zip(at[-dims:], value.shape[-dims:], strict=True)
        return value[(*ahead, *(n - 1 - k for k, n in there))]

    return replace(layer, weight=replace(layer.weight, value=Array.build(value.shape, opposite)))


def differentiated(line: tuple[Stage, ...]) -> tuple[Stage, ...]:
    """The stages on the way to the loss: all but the probabilities, which the loss does not read."""
    return tuple(s for s in line if s.output != PROBABILITIES)
