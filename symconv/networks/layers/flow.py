"""Layers that change no number: they put the axes into one, or bring two tensors together."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import ClassVar

from symconv.derivation import equations
from symconv.derivation.plan import Plan, Read
from symconv.errors import Fault
from symconv.networks.fields import faults_of, tensor_name
from symconv.networks.form import Fit, TensorForm, misfit
from symconv.networks.in_torch import Met, Tensor
from symconv.networks.parameter import LayerBase


@dataclass(frozen=True)
class Flatten(LayerBase):
    """All axes but that of the batch become one, in row-major order."""

    kind: ClassVar[str] = "flatten"
    name: str
    input: str = ""

    def fit(self, form: TensorForm, other: TensorForm | None = None) -> Fit:
        return form.with_shape((*form.shape[: form.batch], prod(form.inner)), 0), ()

    def plans(self, read: Read) -> Iterator[Plan]:
        yield self._plan(read, partial(equations.flatten, read.axes))

    def in_torch(self, met: Met) -> Tensor:
        return met.x.flatten(int(met.batch))


@dataclass(frozen=True)
class Add(LayerBase):
    """The sum of the input and of an earlier tensor `other` of the same shape: a residual connection."""

    kind: ClassVar[str] = "add"
    name: str
    other: str
    input: str = ""

    def _own_faults(self) -> Iterator[Fault]:
        yield from faults_of(tensor_name, self.other, "other")

    def fit(self, form: TensorForm, other: TensorForm | None = None) -> Fit:
        if other is None:
            return None, ()
        if form.shape != other.shape:
            return misfit(
                f"its input has shape {form.shape}, {self.other} has {other.shape}", "add tensors of one shape"
            )
        return (other if form.spatial is None else form), ()

    def plans(self, read: Read) -> Iterator[Plan]:
        reads = {"input": read.tensor, "other": self.other}
        yield Plan(self.kind, self.name, reads, {}, partial(equations.add, read.axes))

    def in_torch(self, met: Met) -> Tensor:
        return met.x + met.tensors[self.other]
