"""Layers that multiply by given numbers or add them: linear, bias, batch normalisation."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from math import prod
from typing import ClassVar

from sympy import Rational

from symconv.array import Array
from symconv.derivation import equations
from symconv.derivation.plan import Plan, Read
from symconv.errors import Fault
from symconv.networks.exact import show
from symconv.networks.fields import LONGEST_NAME, faults_of, place_of_entry, truth
from symconv.networks.form import Fit, TensorForm, by, many
from symconv.networks.in_torch import Met, Tensor
from symconv.networks.parameter import (
    LayerBase,
    Parameter,
    length_faults,
    named,
    parameter_faults,
    range_faults,
    rank_faults,
)

STATISTICS = ("mean", "variance")  # of a batch; they are called NAME.mean and NAME.variance


@dataclass(frozen=True)
class Linear(LayerBase):
    """weight of (outputs, inputs) times the input, plus bias of (outputs,).

    All axes but that of the batch are flattened in row-major order first; or `last`: it works on the last axis, for
    every place of the others, as torch does.
    """

    kind: ClassVar[str] = "linear"
    name: str
    weight: Parameter
    bias: Parameter | None = None
    input: str = ""
    last: bool = False

    def _own_faults(self) -> Iterator[Fault]:
        wrong = list(parameter_faults(self, ["weight"], ["bias"]))
        if isinstance(self.weight, Parameter):
            wrong += rank_faults(self.weight, (2,), "a list of rows")
        yield from wrong
        yield from faults_of(truth, self.last, "last")
        if not wrong:
            rows = self.weight.value.shape[0]
            yield from length_faults(self.bias, rows, f"the weight has {rows} row{'s' * (rows > 1)}")

    def fit(self, form: TensorForm, *others: TensorForm) -> Fit:
        rows, columns = self.weight.value.shape
        kept = len(form.shape) - 1 if self.last else int(form.batch)
        output = form.with_shape((*form.shape[:kept], rows), 0 if kept == form.batch else None)
        summed = form.shape[kept:]
        entries = prod(summed)
        if columns == entries:
            return output, ()
        held = many(entries, "entry", "entries")
        text = f"weight {self.weight.name} has {many(columns, 'column')}, but its input {by(summed)} has {held}"
        return output, (Fault("", text, f"give {many(entries, 'number')} in each row"),)

    def plans(self, read: Read, *others: Read) -> Iterator[Plan]:
        yield self._plan(read, partial(equations.linear, read.axes, self.bias is not None, self.last, **named(self)))

    def in_torch(self, met: Met) -> Tensor:
        given = met.x if self.last else met.x.reshape(*met.x.shape[: int(met.batch)], -1)
        return met.call("linear", given, met.own["weight"], met.own.get("bias"))


@dataclass(frozen=True)
class Bias(LayerBase):
    """Adds bias of (C,), one number for each channel, or for each entry of a vector; one number without channels."""

    kind: ClassVar[str] = "bias"
    name: str
    bias: Parameter
    input: str = ""

    def _normalise(self) -> None:
        if self.bias.value.shape == ():
            self._set(bias=Parameter(self.bias.name, Array((1,), self.bias.value.entries)))

    def _own_faults(self) -> Iterator[Fault]:
        wrong = list(parameter_faults(self, ["bias"], []))
        yield from wrong
        if not wrong and len(self.bias.value.shape) > 1:
            yield Fault("bias.value", f"has shape {self.bias.value.shape}", "give one number for each channel")

    def fit(self, form: TensorForm, *others: TensorForm) -> Fit:
        if form.channel_axes > 1:
            return form, (_no_channel(form),)
        axis = form.channel_axis
        count = 1 if axis is None else form.shape[axis]
        return form, tuple(_count_faults(self.bias, count, form, axis))

    def plans(self, read: Read, *others: Read) -> Iterator[Plan]:
        yield self._plan(read, partial(equations.bias, read.axes, offset=self.bias.name))

    def in_torch(self, met: Met) -> Tensor:
        return met.x + met.own["bias"].reshape(met.channel)


@dataclass(frozen=True)
class BatchNorm(LayerBase):
    """weight (x - mean) / sqrt(variance + epsilon) + bias, for each channel; all four of shape (C,).

    Inference: mean and variance are given numbers. Training, where they are left out: they are the mean and the
    variance (of the population) of the batch, and the gradient flows through them; they get the names NAME.mean and
    NAME.variance. Ioffe and Szegedy 2015, algorithm 1; without the running averages.
    """

    kind: ClassVar[str] = "batch_norm"
    name: str
    weight: Parameter | None = None
    bias: Parameter | None = None
    mean: Parameter | None = None
    variance: Parameter | None = None
    epsilon: Fraction = Fraction(1, 100_000)
    input: str = ""

    @property
    def training(self) -> bool:
        """Whether mean and variance are those of the batch."""
        return self.mean is None

    def _own_faults(self) -> Iterator[Fault]:
        given = {key: getattr(self, key) for key in ("weight", "bias", *STATISTICS)}
        yield from parameter_faults(self, [], given)
        for key, value in given.items():
            if isinstance(value, Parameter) and len(value.value.shape) != 1:
                yield Fault(f"{key}.value", f"has shape {value.value.shape}", "give a list, a number for each channel")
        if (self.mean is None) != (self.variance is None):
            lacking = "mean" if self.mean is None else "variance"
            yield Fault(lacking, "is missing", "give mean and variance (inference), or neither (training)")
        if isinstance(self.variance, Parameter):
            yield from _negative_faults(self.variance)
        yield from range_faults(self.epsilon, "epsilon", lambda n: n > 0, "> 0")
        yield from self._name_faults()

    def fit(self, form: TensorForm, *others: TensorForm) -> Fit:
        axis = form.channel_axis
        if axis is None:
            return form, (_no_channel(form),)
        channels = form.shape[axis]
        faults = [fault for given in self._parameters() for fault in _count_faults(given, channels, form, axis)]
        if self.training and prod(form.shape) == channels:
            text = f"each channel of its input {by(form.shape)} has one number, and no variance to train with"
            faults.append(Fault("", text, "give mean and variance, or an input of more numbers"))
        return form, tuple(faults)

    def _parameters(self) -> Iterator[Parameter]:
        given = (getattr(self, field) for field in ("weight", "bias", *STATISTICS))
        return (p for p in given if p is not None)

    def plans(self, read: Read, *others: Read) -> Iterator[Plan]:
        """Inference: one operation. Training: the mean, the variance and then that operation, each with gradients."""
        epsilon = Rational(self.epsilon.numerator, self.epsilon.denominator)
        make = partial(equations.normalise, read.axes, epsilon, constant=not self.training, **named(self))
        if self.mean is not None and self.variance is not None:
            yield self._plan(read, partial(make, mean=self.mean.name, variance=self.variance.name))
            return
        mean, variance = (f"{self.name}.{each}" for each in STATISTICS)
        given = {"input": read.tensor}
        yield Plan("mean", mean, given, {}, partial(equations.mean, read.axes))
        yield Plan("variance", variance, {**given, "mean": mean}, {}, partial(equations.variance, read.axes))
        yield Plan(self.kind, self.name, {**given, "mean": mean, "variance": variance}, {}, make)

    def in_torch(self, met: Met) -> Tensor:
        own, given = met.own, met.x if met.batch else met.x[None]
        statistics = (None, None) if self.training else (own["mean"].detach(), own["variance"].detach())
        weight, bias, epsilon = own.get("weight"), own.get("bias"), float(self.epsilon)
        out = met.call("batch_norm", given, *statistics, weight, bias, self.training, 0.0, epsilon)
        if self.training:
            axes = [k for k in range(given.ndim) if k != 1]
            met.tensors[f"{self.name}.mean"] = given.mean(axes)
            met.tensors[f"{self.name}.variance"] = given.var(axes, unbiased=False)
        return out if met.batch else out[0]

    def _name_faults(self) -> Iterator[Fault]:
        """The statistics get names of their own, which are no longer than any name."""
        longest = LONGEST_NAME - len(f".{STATISTICS[1]}")
        if self.training and isinstance(self.name, str) and longest < len(self.name) <= LONGEST_NAME:
            text = f"{show(self.name)} leaves no room for the name of its variance"
            yield Fault("name", text, f"use at most {longest} characters")


def _negative_faults(variance: Parameter) -> Iterator[Fault]:
    for at, entry in variance.value.items():
        if entry < 0:
            yield Fault(f"variance.value{place_of_entry(at)}", f"{show(entry)} is negative", "give a number >= 0")


def _no_channel(form: TensorForm) -> Fault:
    """A layer that works by channels needs one axis of them."""
    if form.channel_axes < 1:
        return Fault("", f"its input {by(form.shape)} has no channels", "give the input an axis for channels")
    text = f"its input has shape {form.shape}, with {form.channel_axes} axes that may count channels"
    return Fault("", text, "write batch = true under [input] if the first counts images")


def _count_faults(given: Parameter, count: int, form: TensorForm, axis: int | None) -> Iterator[Fault]:
    """A parameter has one number for each channel; one in all where there are none."""
    if given.value.shape != (count,):
        held = "has no channels" if axis is None else f"has {many(count, 'channel')}"
        text = f"{given.name} has shape {given.value.shape}, but its input {by(form.shape)} {held}"
        yield Fault("", text, f"give {many(count, 'number')}")
