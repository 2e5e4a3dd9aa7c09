"""Layers that change no number: they put the axes into one."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import ClassVar

from symconv.derivation import equations
from symconv.derivation.plan import Plan, Read
from symconv.networks.form import Fit, TensorForm
from symconv.networks.in_torch import Met, Tensor
from symconv.networks.parameter import LayerBase


@dataclass(frozen=True)
class Flatten(LayerBase):
    """All axes but that of the batch become one, in row-major order."""

    kind: ClassVar[str] = "flatten"
    name: str
    input: str = ""

    def fit(self, form: TensorForm, *others: TensorForm) -> Fit:
        return form.with_shape((*form.shape[: form.batch], prod(form.inner)), 0), ()

    def plans(self, read: Read, *others: Read) -> Iterator[Plan]:
        yield self._plan(read, partial(equations.flatten, read.axes))

    def in_torch(self, met: Met) -> Tensor:
        return met.x.reshape(*met.x.shape[: int(met.batch)], -1)
