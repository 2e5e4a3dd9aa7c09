"""A network with its derivations and its exact numbers: what every output reads."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, partial

from mpmath import mpf
from sympy import Expr

from symconv.array import Array, Seen, Tensors
from symconv.derivation import rules, sums
from symconv.derivation.derivation import Derivation, Step
from symconv.derivation.once import gradients_of
from symconv.derivation.rules import Facts
from symconv.derivation.special import derivation_with, equation_with
from symconv.derivation.tensors import gradient, is_copy, original, without_gradient
from symconv.derivation.traits import domains
from symconv.errors import SpecError
from symconv.evaluation.arithmetic import DIGITS, Digits, long, wide
from symconv.evaluation.places import Tensor
from symconv.evaluation.vectors import Rationals
from symconv.networks.layers.layers import Conv
from symconv.networks.network import CrossEntropy, Network
from symconv.worked import exactness, numbers as worked, rough
from symconv.worked.stages import LOSS, PROBABILITIES, TARGET, Stage, stages_of


@dataclass(frozen=True)
class Derived:
    """One network with its derivations.

    `general` holds them for any sizes, `derivations` with the network's numbers put in: dL/d(tensor) under the
    tensor's name, in forward order.
    """

    network: Network
    stages: tuple[Stage, ...]
    general: Mapping[str, Derivation]
    derivations: Mapping[str, Derivation]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The tensors that learn, in forward order."""
        further = (each.name for each in self.network.tensors if each.learns)
        held = (original(p) for s in self.stages for p in s.parameters)
        return tuple(dict.fromkeys((*further, *held)))

    @cached_property
    def given(self) -> Tensors:
        """The input, the parameters and the target, as SymPy numbers."""
        if self.exact:
            return worked.given(self.network)
        return {t: rough.given(a) for t, a in worked.fractions(self.network).items()}

    @cached_property
    def exact_values(self) -> Tensors:
        """Every tensor's exact entries: the given ones, each layer's output, y, t and L. NotSupported where they
        would explode."""
        exactness.require(self.network.name, self.stages)
        return worked.forward(self.stages, self.given)

    @cached_property
    def exact_gradients(self) -> Tensors:
        """dL/d(tensor), exact, for the input, every parameter and every layer's output."""
        return worked.backward(self.stages, self.general, self.exact_values)

    @property
    def digits(self) -> int:
        """What the network's numbers are computed with where e or log appears: as many more than are compared as the
        largest numbers that its layers and their gradients can make have in front of the point."""
        sizes = (max(abs(x) for x in a.entries) for a in self.given.values())
        return DIGITS + 5 + 3 * sum(len(str(int(size))) - 1 for size in sizes)

    def require_domains(self) -> None:
        """SpecError where a function of one number meets a number that it is not defined for."""
        if any(domains(s.operation) for s in self.stages):
            self.values_to_show  # noqa: B018 - its forward pass looks

    @property
    def exact(self) -> bool:
        """Whether the exact numbers can be had."""
        return not exactness.why_not(self.stages)

    @cached_property
    def _rough(self) -> tuple[rough.Vectors, rough.Vectors] | None:
        """Values and gradients in floats; None where one is beyond them, and of a small network: there many digits cost
        little, and a gradient of 10^-12, what is left of a probability less 1, keeps its own."""
        if exactness.products(self.stages) <= exactness.PRODUCTS:
            return None
        try:
            given = {t: rough.reals(a) for t, a in worked.fractions(self.network).items()}
        except OverflowError:
            return None
        values = rough.forward(self.stages, given)
        gradients = rough.backward(self.stages, self.general, values)
        return (values, gradients) if rough.finite(values) and rough.finite(gradients) else None

    @cached_property
    def values_to_show(self) -> Tensors:
        """The exact values; where these would explode, rounded ones (SymPy floats) of all that is not rational."""
        if self.exact:
            return self.exact_values
        if self._rough is None:
            values: Tensors = worked.forward(self.stages, self.given, Digits())
        else:
            values = {t: rough.shown(x) for t, x in self._rough[0].items()}
        return {**values, **self.given, **self._rational}

    @property
    def _rational(self) -> Tensors:
        """What layers make of rational numbers that stays so, exactly."""
        stages, given = exactness.rational(self.stages, self.given), worked.fractions(self.network)
        read = {t for s in stages for t in s.operation.operands if t in given}
        values = rough.forward(stages, {t: Tensor(given[t].shape, Rationals.of(given[t].entries)) for t in read})
        return {t: rough.shown(x) for t, x in values.items() if t not in read}

    @cached_property
    def gradients_to_show(self) -> Tensors:
        """The exact gradients, or rounded ones."""
        if self.exact:
            return self.exact_gradients
        if self._rough is None:
            return worked.backward(self.stages, self.general, self.values_to_show, Digits())
        return {t: rough.shown(x) for t, x in self._rough[1].items()}

    @cached_property
    def floats(self) -> Tensors:
        """Every value, and under the name ∂S every gradient, as floats (numbers of mpmath where they are beyond)."""
        if self.exact or self._rough is None:
            both = {**self.values_to_show, **{gradient(t): g for t, g in self.gradients_to_show.items()}}
            return {t: a.map(wide) for t, a in both.items()}
        values, gradients = self._rough
        all_of_them = {**values, **{gradient(t): g for t, g in gradients.items()}}
        return {t: Array(x.shape, tuple(rough.near(x))) for t, x in all_of_them.items()}

    @cached_property
    def moved(self) -> Tensors:
        """Every parameter after one step of gradient descent, exact or rounded."""
        values, gradients, rate = self.values_to_show, self.gradients_to_show, self.network.learning_rate
        if self.exact or self._rough is None:
            return worked.update(self.parameters, values, gradients, rate)
        near = rough.moved(*self._rough, self.parameters, rate)
        steps = {p: partial(worked.step, values[p], gradients[p], rate) for p in self.parameters}
        return {p: Array(near[p].shape, Seen(rough.near(near[p]), made)) for p, made in steps.items()}

    @cached_property
    def loss_after(self) -> Expr | mpf:
        """The loss after that step, rounded: even few powers of e have grown many."""
        with _after_the_step():
            if self.exact or self._rough is None:
                return long(worked.forward(self.stages, {**self.given, **self.moved}, Digits())[LOSS][()])
            values, gradients = self._rough
            moved = rough.moved(values, gradients, self.parameters, self.network.learning_rate)
            after = rough.forward(self.stages, {**values, **moved})[LOSS]
            return rough.shown(after)[()]

    @cached_property
    def known(self) -> Tensors:
        """Values and gradients together, the gradient of S under the name ∂S."""
        both = {**self.exact_values, **{gradient(t): g for t, g in self.exact_gradients.items()}}
        return {t: a for t, a in both.items() if not is_copy(t)}

    @cached_property
    def updated(self) -> Tensors:
        """Every parameter after one step of gradient descent, exact."""
        return worked.update(self.parameters, self.exact_values, self.exact_gradients, self.network.learning_rate)

    @cached_property
    def after(self) -> Tensors:
        """The forward pass once more, with the updated parameters."""
        with _after_the_step():
            return worked.forward(self.stages, {**self.given, **self.updated})

    @cached_property
    def rounding(self) -> Mapping[str, float]:
        """What float64 is expected to be off by in the worst entry of every tensor and, under ∂S, of every gradient;
        not finite where a number is beyond it."""
        return rough.rounding(self.stages, self.general, worked.fractions(self.network))

    @cached_property
    def losses(self) -> Tensors:
        """For every value and gradient (as in `known`) how much float64 may lose of it."""
        return worked.losses(self.stages, self.general, self.network)


@contextmanager
def _after_the_step() -> Iterator[None]:
    """Says of an error inside that the network's own numbers do not have it."""
    try:
        yield
    except SpecError as error:
        raise SpecError(f"after one step of gradient descent, {error}\n  or give a smaller learning_rate") from error


def short_loss(d: Derived) -> Derivation | None:
    """L with the network's numbers and its target put in: log of the sum, less the target's score. None where there is
    no single one-hot target."""
    loss = d.network.loss
    if not isinstance(loss, CrossEntropy) or not isinstance(loss.target, int) or loss.label_smoothing:
        return None
    (stage,) = (s for s in d.stages if s.output == LOSS)
    equation = equation_with(stage.operation.equation, dict(stage.sizes))
    facts = Facts(targets={TARGET: loss.target})
    steps, e = [], equation.value
    for rule in (rules.one_hot, sums.one_sum, sums.sift):
        after = rule(e, facts)
        if after is not None:
            steps.append(Step(rule.name, e, after, facts))
            e = after
    return Derivation(equation.entry, equation.ranges, tuple(steps))


def derived(network: Network, rotated: bool = False) -> Derived:
    """Every gradient of the network, derived step by step; nothing is evaluated yet.

    `rotated`: with convolutions as mathematics means them, which turn the kernel: the kernels are those of the network
    turned by 180 degrees, so that every other tensor stays what it is.
    """
    network = rotate_kernels(network) if rotated else network
    stages = stages_of(network, rotated)
    probabilities = {s.output: s.operation.equation for s in stages if s.output == PROBABILITIES}
    general: dict[str, Derivation] = {}
    for stage in differentiated(stages):
        for d in gradients_of(stage.operation, tuple(probabilities.items()) if stage.output == LOSS else ()):
            general[without_gradient(d.entry.tensor)] = d
    sizes = {t: dict(s.sizes) for s in differentiated(stages) for t in s.operation.operands}
    special = {name: derivation_with(d, sizes[name]) for name, d in general.items()}
    return Derived(network, stages, general, special)


def rotate_kernels(network: Network) -> Network:
    """The network with the kernel of every convolution turned by 180 degrees, but for those that are computed."""
    return replace(network, layers=tuple(_rotated(x) if isinstance(x, Conv) else x for x in network.layers))


def _rotated(layer: Conv) -> Conv:
    if layer.weight is None:
        return layer
    value, dims = layer.weight.value, len(layer.window().kernel)

    def opposite(at: tuple[int, ...]) -> Fraction:
        ahead, there = at[: len(at) - dims], zip(at[-dims:], value.shape[-dims:], strict=True)
        entry: Fraction = value[(*ahead, *(n - 1 - k for k, n in there))]
        return entry

    return replace(layer, weight=replace(layer.weight, value=Array.build(value.shape, opposite)))


def differentiated(stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
    """The stages on the way to the loss: all but the probabilities, which the loss does not read."""
    return tuple(s for s in stages if s.output != PROBABILITIES)
