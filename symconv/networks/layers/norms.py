"""Layers that normalise: what they read is shifted by a mean and divided by a standard deviation."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from math import prod
from typing import ClassVar

from sympy import Rational

from symconv.array import Shape
from symconv.derivation import equations
from symconv.derivation.plan import Make, Plan, Read
from symconv.errors import Fault
from symconv.networks.exact import show
from symconv.networks.fields import LONGEST_NAME, faults_of, whole_numbers
from symconv.networks.form import Fit, TensorForm, by, many, misfit
from symconv.networks.in_torch import Met, Tensor
from symconv.networks.layers.affine import count_faults, no_channel
from symconv.networks.parameter import LayerBase, Parameter, named, parameter_faults, range_faults, whole_faults

STATISTICS = ("mean", "variance")  # made on the way; they are called NAME.mean and NAME.variance
EPSILON = Fraction(1, 100_000)


class Norm(LayerBase):
    """What they share: the mean and the variance that they make on the way."""

    weight: Parameter | None
    bias: Parameter | None
    epsilon: Fraction

    def on_the_way(self) -> tuple[str, ...]:
        return tuple(f"{self.name}.{each}" for each in STATISTICS)

    def _shared_faults(self) -> Iterator[Fault]:
        yield from range_faults(self.epsilon, "epsilon", lambda n: n > 0, "> 0")
        longest = LONGEST_NAME - len(f".{STATISTICS[1]}")  # the statistics' names are no longer than any name
        if self.on_the_way() and isinstance(self.name, str) and longest < len(self.name) <= LONGEST_NAME:
            text = f"{show(self.name)} leaves no room for the name of its variance"
            yield Fault("name", text, f"use at most {longest} characters")

    def _plans(
        self, read: Read, prefix: str, kept: Sequence[int], learnt: Sequence[int], groups: int = 0
    ) -> Iterator[Plan]:
        """The mean, the variance and then the layer itself, each with gradients."""
        options: Mapping[str, Shape] = {"groups": (groups,)} if groups else {}
        grouped = learnt[0] if groups else None
        mean, variance = self.on_the_way()
        given = {"input": read.tensor}
        yield Plan(f"{prefix}mean", mean, given, options, partial(equations.mean, read.axes, kept, grouped))
        given = {**given, "mean": mean}
        yield Plan(f"{prefix}variance", variance, given, options, partial(equations.variance, read.axes, kept, grouped))
        given = {**given, "variance": variance}
        yield Plan(self.kind, self.name, given, options, self._make(read, kept, learnt, grouped), named(self))

    def _make(self, read: Read, kept: Sequence[int], learnt: Sequence[int], grouped: int | None = None) -> Make:
        epsilon = Rational(self.epsilon.numerator, self.epsilon.denominator)
        return partial(equations.normalise, self.kind, read.axes, kept, learnt, epsilon, grouped)

    def _keep_statistics(self, met: Met, given: Tensor, axes: Iterable[int]) -> None:
        along = tuple(axes)
        mean, variance = self.on_the_way()
        met.tensors.update({mean: given.mean(along), variance: given.var(along, unbiased=False)})


@dataclass(frozen=True)
class LayerNorm(Norm):
    """weight (x - mean) / sqrt(variance + epsilon) + bias: mean and variance (of the population) of the last axes, for
    each place of the others by itself; `shape` is that of those axes, and of weight and bias.

    The gradient flows through mean and variance, which get the names NAME.mean and NAME.variance. Ba, Kiros and Hinton
    2016; torch.nn.LayerNorm.
    """

    kind: ClassVar[str] = "layer_norm"
    name: str
    shape: tuple[int, ...]
    weight: Parameter | None = None
    bias: Parameter | None = None
    epsilon: Fraction = EPSILON
    input: str = ""

    def _normalise(self) -> None:
        self._set(shape=whole_numbers(self.shape))

    def _own_faults(self) -> Iterator[Fault]:
        wrong = faults_of(whole_numbers, self.shape, "shape")
        yield from (*wrong, *parameter_faults(self, [], ["weight", "bias"]), *self._shared_faults())
        for field in () if wrong else ("weight", "bias"):
            given, shape = getattr(self, field), whole_numbers(self.shape)
            if isinstance(given, Parameter) and given.value.shape != shape:
                text = f"has shape {given.value.shape}, and what is normalised {shape}"
                yield Fault(f"{field}.value", text, f"give {by(shape)} numbers")

    def on_the_way_shape(self, form: TensorForm) -> Shape:
        return form.shape[: -len(self.shape)]

    def on_the_way_axes(self, axes: str) -> str:
        return axes[: -len(self.shape)]

    def fit(self, form: TensorForm, *others: TensorForm) -> Fit:
        last = form.inner[-len(self.shape) :]
        if last == self.shape:
            return form, ()
        if not last:
            return misfit(f"its input has shape {form.shape}, and no axis to norm along", "put it before the reduction")
        each = "an image of its input" if form.batch else "its input"
        return form, (Fault("shape", f"is {by(self.shape)}, and {each} ends in {by(last)}", f"give {list(last)}"),)

    def plans(self, read: Read, *others: Read) -> Iterator[Plan]:
        """The mean, the variance and then the layer itself."""
        first = len(read.axes) - len(self.shape)
        yield from self._plans(read, "norm_", range(first), range(first, len(read.axes)))

    def in_torch(self, met: Met) -> Tensor:
        self._keep_statistics(met, met.x, range(met.x.ndim - len(self.shape), met.x.ndim))
        own, epsilon = met.own, float(self.epsilon)
        return met.call("layer_norm", met.x, self.shape, own.get("weight"), own.get("bias"), epsilon)


class ChannelNorm(Norm):
    """A norm of each image by itself, with a number of weight and bias for each channel."""

    def _own_faults(self) -> Iterator[Fault]:
        yield from parameter_faults(self, [], ["weight", "bias"])
        yield from self._shared_faults()

    def fit(self, form: TensorForm, *others: TensorForm) -> Fit:
        axis = form.channel_axis
        if axis is None:
            return form, (no_channel(form),)
        given = (p for p in (self.weight, self.bias) if p is not None)
        faults = [fault for p in given for fault in count_faults(p, form.shape[axis], form, axis)]
        return form, (*faults, *self._channel_faults(form, axis))

    @abstractmethod
    def _channel_faults(self, form: TensorForm, axis: int) -> Iterator[Fault]:
        """What keeps the channels, along `axis`, from being normalised."""


@dataclass(frozen=True)
class InstanceNorm(ChannelNorm):
    """weight (x - mean) / sqrt(variance + epsilon) + bias: mean and variance (of the population) of each channel of
    each image; weight and bias are (C,).

    The gradient flows through mean and variance, which get the names NAME.mean and NAME.variance. Ulyanov, Vedaldi and
    Lempitsky 2016; torch.nn.InstanceNorm2d without running statistics.
    """

    kind: ClassVar[str] = "instance_norm"
    name: str
    weight: Parameter | None = None
    bias: Parameter | None = None
    epsilon: Fraction = EPSILON
    input: str = ""

    def on_the_way_shape(self, form: TensorForm) -> Shape:
        return form.shape[: int(form.batch) + 1]

    def on_the_way_axes(self, axes: str) -> str:
        return axes[: axes.index("c") + 1]

    def _channel_faults(self, form: TensorForm, axis: int) -> Iterator[Fault]:
        if prod(form.shape[axis + 1 :]) == 1:
            text = f"each channel of an image of its input {by(form.shape)} has one number, and no variance"
            yield Fault("", text, "give an input of more numbers, or leave the layer out")

    def plans(self, read: Read, *others: Read) -> Iterator[Plan]:
        """The mean, the variance and then the layer itself."""
        channel = read.axes.index("c")
        yield from self._plans(read, "norm_", range(channel + 1), [channel])

    def in_torch(self, met: Met) -> Tensor:
        given = met.x if met.batch else met.x[None]
        self._keep_statistics(met, met.x, range(int(met.batch) + 1, met.x.ndim))
        own, epsilon = met.own, float(self.epsilon)
        out = met.call("instance_norm", given, None, None, own.get("weight"), own.get("bias"), True, 0.0, epsilon)
        return out if met.batch else out[0]


@dataclass(frozen=True)
class GroupNorm(ChannelNorm):
    """weight (x - mean) / sqrt(variance + epsilon) + bias: mean and variance (of the population) of each of `groups`
    groups of channels of each image; weight and bias are (C,).

    The gradient flows through mean and variance, which get the names NAME.mean and NAME.variance. Wu and He 2018;
    torch.nn.GroupNorm.
    """

    kind: ClassVar[str] = "group_norm"
    name: str
    groups: int
    weight: Parameter | None = None
    bias: Parameter | None = None
    epsilon: Fraction = EPSILON
    input: str = ""

    def _own_faults(self) -> Iterator[Fault]:
        yield from whole_faults(self.groups, "groups", 1)
        yield from super()._own_faults()

    def on_the_way_shape(self, form: TensorForm) -> Shape:
        return (*form.shape[: int(form.batch)], self.groups)

    def on_the_way_axes(self, axes: str) -> str:
        return "ng" if axes.startswith("n") else "g"

    def _channel_faults(self, form: TensorForm, axis: int) -> Iterator[Fault]:
        channels = form.shape[axis]
        if channels % self.groups:
            text = f"{many(channels, 'channel')} of its input {by(form.shape)} in {many(self.groups, 'group')}"
            yield Fault("groups", text, f"give a number that divides {channels}")
        elif prod(form.shape) == self.groups:  # torch refuses that, and only that
            text = f"each group of its input {by(form.shape)} has one number, and no variance"
            yield Fault("groups", text, "give fewer groups, or leave the layer out")

    def plans(self, read: Read, *others: Read) -> Iterator[Plan]:
        """The mean, the variance and then the layer itself."""
        lead = int(read.batch)
        yield from self._plans(read, "norm_", range(lead), [lead], self.groups)

    def in_torch(self, met: Met) -> Tensor:
        given = met.x if met.batch else met.x[None]
        self._keep_statistics(met, met.x.reshape(*met.x.shape[: int(met.batch)], self.groups, -1), [-1])
        weight, bias, epsilon = met.own.get("weight"), met.own.get("bias"), float(self.epsilon)
        if weight is None and bias is not None:  # torch's backward pass fails where it has a bias alone
            weight = met.torch.ones_like(bias)
        out = met.call("group_norm", given, self.groups, weight, bias, epsilon)
        return out if met.batch else out[0]


NORMS = (LayerNorm, InstanceNorm, GroupNorm)
