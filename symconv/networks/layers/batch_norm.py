"""Batch normalisation: what is read is shifted by the mean of each channel and divided by its standard deviation."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from math import prod
from typing import ClassVar

from symconv.array import Shape
from symconv.derivation.plan import Plan, Read
from symconv.errors import Fault
from symconv.networks.exact import show
from symconv.networks.fields import place_of_entry
from symconv.networks.form import Fit, TensorForm, by
from symconv.networks.in_torch import Met, Tensor
from symconv.networks.layers.affine import count_faults, no_channel
from symconv.networks.layers.norms import EPSILON, STATISTICS, Norm
from symconv.networks.parameter import Parameter, parameter_faults


@dataclass(frozen=True)
class BatchNorm(Norm):
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
    epsilon: Fraction = EPSILON
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
        yield from self._shared_faults()

    def on_the_way(self) -> tuple[str, ...]:
        return super().on_the_way() if self.training else ()

    def on_the_way_shape(self, form: TensorForm) -> Shape:
        return () if form.channel_axis is None else (form.shape[form.channel_axis],)

    def on_the_way_axes(self, axes: str) -> str:
        return "".join(axes[k] for k in _channel(axes))

    def fit(self, form: TensorForm, *others: TensorForm) -> Fit:
        axis = form.channel_axis
        if axis is None:
            return form, (no_channel(form),)
        channels = form.shape[axis]
        faults = [fault for given in self._parameters() for fault in count_faults(given, channels, form, axis)]
        if self.training and prod(form.shape) == channels:
            text = f"each channel of its input {by(form.shape)} has one number, and no variance to train with"
            faults.append(Fault("", text, "give mean and variance, or an input of more numbers"))
        return form, tuple(faults)

    def _parameters(self) -> Iterator[Parameter]:
        given = (getattr(self, field) for field in ("weight", "bias", *STATISTICS))
        return (p for p in given if p is not None)

    def plans(self, read: Read, *others: Read) -> Iterator[Plan]:
        """Inference: one operation. Training: the mean, the variance and then that operation, each with gradients."""
        channel = _channel(read.axes)
        if self.mean is None or self.variance is None:
            yield from self._plans(read, "", channel, channel)
        else:
            make = self._make(read, channel, channel)
            yield self._plan(read, partial(make, mean=self.mean.name, variance=self.variance.name, constant=True))

    def in_torch(self, met: Met) -> Tensor:
        own, given = met.own, met.x if met.batch else met.x[None]
        statistics = (None, None) if self.training else (own["mean"].detach(), own["variance"].detach())
        weight, bias, epsilon = own.get("weight"), own.get("bias"), float(self.epsilon)
        out = met.call("batch_norm", given, *statistics, weight, bias, self.training, 0.0, epsilon)
        if self.training:
            self._keep_statistics(met, given, [k for k in range(given.ndim) if k != 1])
        return out if met.batch else out[0]


def _channel(axes: str) -> list[int]:
    """The axis of the channels, or of a vector's entries."""
    return [k for k, axis in enumerate(axes) if axis in "cm"]


def _negative_faults(variance: Parameter) -> Iterator[Fault]:
    for at, entry in variance.value.items():
        if entry < 0:
            yield Fault(f"variance.value{place_of_entry(at)}", f"{show(entry)} is negative", "give a number >= 0")
