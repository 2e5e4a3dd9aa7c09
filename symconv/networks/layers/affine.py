"""Layers that multiply by given numbers or add them: linear, bias."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import ClassVar

from symconv.array import Array
from symconv.derivation import equations
from symconv.derivation.plan import Plan, Read
from symconv.errors import Fault
from symconv.networks.fields import faults_of, truth
from symconv.networks.form import Fit, TensorForm, by, many
from symconv.networks.in_torch import Met, Tensor
from symconv.networks.parameter import (
    LayerBase,
    Parameter,
    length_faults,
    parameter_faults,
    rank_faults,
)


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
            wrong += rank_faults(self.weight.value.shape, (2,), "a list of rows")
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
        yield self._plan(read, partial(equations.linear, read.axes, self.bias is not None, self.last))

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
            return form, (no_channel(form),)
        axis = form.channel_axis
        count = 1 if axis is None else form.shape[axis]
        return form, tuple(count_faults(self.bias, count, form, axis))

    def plans(self, read: Read, *others: Read) -> Iterator[Plan]:
        yield self._plan(read, partial(equations.bias, read.axes))

    def in_torch(self, met: Met) -> Tensor:
        return met.x + met.own["bias"].reshape(met.channel)


def no_channel(form: TensorForm) -> Fault:
    """A layer that works by channels needs one axis of them."""
    if form.channel_axes < 1:
        return Fault("", f"its input {by(form.shape)} has no channels", "give the input an axis for channels")
    text = f"its input has shape {form.shape}, with {form.channel_axes} axes that may count channels"
    return Fault("", text, "write batch = true under [input] if the first counts images")


def count_faults(given: Parameter, count: int, form: TensorForm, axis: int | None) -> Iterator[Fault]:
    """A parameter has one number for each channel; one in all where there are none."""
    if given.value.shape != (count,):
        held = "has no channels" if axis is None else f"has {many(count, 'channel')}"
        text = f"{given.name} has shape {given.value.shape}, but its input {by(form.shape)} {held}"
        yield Fault("", text, f"give {many(count, 'number')}")
