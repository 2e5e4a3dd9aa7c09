"""Layers along axes: the sum, the mean or the largest of all entries, and the softmax.

Axes count the batch's axis, as in torch.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from symconv.derivation import reductions
from symconv.derivation.plan import Plan, Read
from symconv.derivation.reductions import Fold
from symconv.errors import Fault
from symconv.networks.fields import faults_of, truth, whole_numbers
from symconv.networks.form import Fit, TensorForm, by, misfit
from symconv.networks.in_torch import Met, Tensor
from symconv.networks.parameter import LayerBase, whole_faults

HOW: Mapping[str, Fold] = {
    "axis_sum": reductions.total, "axis_mean": reductions.average, "axis_max": reductions.largest,
}  # fmt: skip


SINGLE = (1,)  # the shape where all axes go: one number is a list of one


def as_list(x: Tensor) -> Tensor:
    """A number that torch gives without an axis has one here."""
    return x if x.ndim else x.reshape(SINGLE)


@dataclass(frozen=True)
class AxisReduction(LayerBase):
    """What all of them share: the axes that go; `keep`: they stay, with extent 1. Where all go, a list of one stays."""

    name: str
    axes: tuple[int, ...]
    keep: bool = False
    input: str = ""

    def _normalise(self) -> None:
        self._set(axes=tuple(sorted(whole_numbers(self.axes, 0))))

    def _own_faults(self) -> Iterator[Fault]:
        wrong = faults_of(lambda n: whole_numbers(n, 0), self.axes, "axes")
        yield from wrong
        if not wrong and len(set(self.axes)) < len(self.axes):
            yield Fault("axes", f"{list(self.axes)} names an axis twice", "give each axis once")
        yield from faults_of(truth, self.keep, "keep")

    def fit(self, form: TensorForm, *others: TensorForm) -> Fit:
        rank, shape = len(form.shape), form.shape
        if self.axes[-1] >= rank:
            return misfit(f"its input {by(shape)} has no axis {self.axes[-1]}", f"give axes below {rank}")
        if self.keep:
            return TensorForm(
                tuple(1 if k in self.axes else n for k, n in enumerate(shape)), form.spatial, form.batch
            ), ()
        left = tuple(n for k, n in enumerate(shape) if k not in self.axes)
        if not left:
            return TensorForm(SINGLE, 0), ()
        batch = form.batch and 0 not in self.axes
        return TensorForm(left, 0 if len(left) == 1 + batch else None, batch), ()

    def plans(self, read: Read, *others: Read) -> Iterator[Plan]:
        yield self._plan(read, partial(reductions.reduce, self.kind, HOW[self.kind], read.axes, self.axes, self.keep))


@dataclass(frozen=True)
class AxisSum(AxisReduction):
    """The sum along some axes."""

    kind: ClassVar[str] = "axis_sum"

    def in_torch(self, met: Met) -> Tensor:
        return as_list(met.x.sum(self.axes, keepdim=self.keep))


@dataclass(frozen=True)
class AxisMean(AxisReduction):
    """The mean along some axes."""

    kind: ClassVar[str] = "axis_mean"

    def in_torch(self, met: Met) -> Tensor:
        return as_list(met.x.mean(self.axes, keepdim=self.keep))


@dataclass(frozen=True)
class AxisMax(AxisReduction):
    """The largest entry along some axes; of several the first, in row-major order, has the gradient, as in torch.max
    along one axis."""

    kind: ClassVar[str] = "axis_max"

    def in_torch(self, met: Met) -> Tensor:
        """torch.max along one axis: torch.amax shares a gradient among several."""
        rest = [k for k in range(met.x.ndim) if k not in self.axes]
        flat = met.x.permute(*rest, *self.axes).flatten(len(rest))
        found = flat.max(-1).values
        shape = [1 if k in self.axes else n for k, n in enumerate(met.x.shape)]
        return found.reshape(shape) if self.keep else as_list(found)


@dataclass(frozen=True)
class AxisSoftmax(LayerBase):
    """e^x divided by the sum of e^x along one axis: positive numbers that sum to 1."""

    kind: ClassVar[str] = "axis_softmax"
    name: str
    axis: int
    input: str = ""

    def _own_faults(self) -> Iterator[Fault]:
        yield from whole_faults(self.axis, "axis")

    def fit(self, form: TensorForm, *others: TensorForm) -> Fit:
        if self.axis >= len(form.shape):
            return misfit(
                f"its input {by(form.shape)} has no axis {self.axis}", f"give an axis below {len(form.shape)}"
            )
        return form, ()

    def plans(self, read: Read, *others: Read) -> Iterator[Plan]:
        logarithm = isinstance(self, AxisLogSoftmax)
        yield self._plan(read, partial(reductions.softmax, read.axes, self.axis, logarithm=logarithm))

    def in_torch(self, met: Met) -> Tensor:
        return met.call(self.kind.removeprefix("axis_"), met.x, self.axis)


@dataclass(frozen=True)
class AxisLogSoftmax(AxisSoftmax):
    """The logarithm of the softmax along one axis."""

    kind: ClassVar[str] = "axis_log_softmax"


REDUCTIONS = (AxisSum, AxisMean, AxisMax, AxisSoftmax, AxisLogSoftmax)
