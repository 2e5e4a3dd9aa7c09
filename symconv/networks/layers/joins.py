"""Layers that make one tensor of several, along an axis. Axes count the batch's axis, as in torch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from symconv.derivation import moves
from symconv.derivation.plan import Plan, Read
from symconv.errors import Fault
from symconv.networks.fields import faults_of, tensor_names
from symconv.networks.form import Fit, TensorForm, by, misfit, replaced
from symconv.networks.in_torch import Met, Tensor
from symconv.networks.parameter import LayerBase, whole_faults


class Joined(LayerBase):
    """The input and `others`, in this order, along an axis."""

    others: tuple[str, ...]
    axis: int

    def besides(self) -> tuple[tuple[str, str], ...]:
        return tuple((f"others[{k}]", name) for k, name in enumerate(self.others))

    def _normalise(self) -> None:
        self._set(others=tuple(self.others))

    def _own_faults(self) -> Iterator[Fault]:
        yield from whole_faults(self.axis, "axis")
        yield from faults_of(tensor_names, self.others, "others")

    def _reads(self, read: Read) -> dict[str, str]:
        tensors = (read.tensor, *self.others)
        return dict(zip(moves.roles(len(tensors)), tensors, strict=True))


@dataclass(frozen=True)
class Cat(Joined):
    """Tensors one after the other along an axis: skip connections of U-Nets, branches of Inception."""

    kind: ClassVar[str] = "cat"
    name: str
    others: tuple[str, ...]
    axis: int
    input: str = ""

    def fit(self, form: TensorForm, *others: TensorForm) -> Fit:
        if self.axis >= len(form.shape):
            return misfit(
                f"its input {by(form.shape)} has no axis {self.axis}", f"give an axis below {len(form.shape)}"
            )
        for name, other in zip(self.others, others, strict=True):
            same = len(other.shape) == len(form.shape)
            if not same or replaced(other.shape, self.axis, 1) != replaced(form.shape, self.axis, 1):
                text = f"its input has shape {form.shape}, {name} has {other.shape}"
                return misfit(text, f"cat goes with tensors that differ along axis {self.axis} alone")
        total = sum(each.shape[self.axis] for each in (form, *others))
        spatial = next((each.spatial for each in (form, *others) if each.spatial is not None), None)
        batch = any(each.batch for each in (form, *others))
        return TensorForm(replaced(form.shape, self.axis, total), spatial, batch), ()

    def plans(self, read: Read, *others: Read) -> Iterator[Plan]:
        extents = tuple(each.shape[self.axis] for each in (read, *others))
        make = partial(moves.cat, read.axes, self.axis, extents)
        yield Plan(self.kind, self.name, self._reads(read), {}, make)

    def in_torch(self, met: Met) -> Tensor:
        made: Tensor = met.torch.cat([met.x, *(met.tensors[name] for name in self.others)], self.axis)
        return made


@dataclass(frozen=True)
class Stacked(Joined):
    """Tensors of one shape side by side, along an axis that is new."""

    kind: ClassVar[str] = "stack"
    name: str
    others: tuple[str, ...]
    axis: int
    input: str = ""

    def fit(self, form: TensorForm, *others: TensorForm) -> Fit:
        if self.axis > len(form.shape):
            return misfit(
                f"its input {by(form.shape)} has no axis {self.axis}", f"give an axis up to {len(form.shape)}"
            )
        for name, other in zip(self.others, others, strict=True):
            if other.shape != form.shape:
                text = f"its input has shape {form.shape}, {name} has {other.shape}"
                return misfit(text, "stack goes with tensors of one shape")
        shape = (*form.shape[: self.axis], 1 + len(others), *form.shape[self.axis :])
        return TensorForm(shape, None, any(each.batch for each in (form, *others)) and self.axis > 0), ()

    def plans(self, read: Read, *others: Read) -> Iterator[Plan]:
        yield Plan(self.kind, self.name, self._reads(read), {}, partial(moves.stack, read.axes, self.axis))

    def in_torch(self, met: Met) -> Tensor:
        made: Tensor = met.torch.stack([met.x, *(met.tensors[name] for name in self.others)], self.axis)
        return made


JOINS: Sequence[type[LayerBase]] = (Cat, Stacked)
