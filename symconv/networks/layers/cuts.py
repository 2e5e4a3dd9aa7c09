"""Layers that take a part of their input, run it backwards, or put something around it.

Axes count the batch's axis, as in torch.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from symconv.derivation import moves
from symconv.derivation.moves import AxisPart, Cut
from symconv.derivation.plan import Plan, Read
from symconv.errors import Fault
from symconv.networks.exact import show
from symconv.networks.fields import Pads, faults_of
from symconv.networks.form import Fit, TensorForm, by, misfit, replaced
from symconv.networks.in_torch import Met, Tensor
from symconv.networks.parameter import LayerBase, margins, whole_faults

MODES = ("zeros", "reflect", "replicate", "circular")


class AlongAxis(LayerBase):
    """What works along one axis."""

    axis: int

    def _own_faults(self) -> Iterator[Fault]:
        yield from whole_faults(self.axis, "axis")

    def fit(self, form: TensorForm, *others: TensorForm) -> Fit:
        if self.axis >= len(form.shape):
            text = f"its input {by(form.shape)} has no axis {self.axis}"
            return misfit(text, f"give an axis below {len(form.shape)}")
        return self._along(form, form.shape[self.axis])

    def _along(self, form: TensorForm, extent: int) -> Fit:
        raise NotImplementedError


@dataclass(frozen=True)
class Slice(AlongAxis):
    """The entries `start`, `start` + `step`, ... before `stop` of one axis."""

    kind: ClassVar[str] = "slice"
    name: str
    axis: int
    start: int
    stop: int
    step: int = 1
    input: str = ""

    def _own_faults(self) -> Iterator[Fault]:
        yield from super()._own_faults()
        wrong = (*whole_faults(self.start, "start"), *whole_faults(self.step, "step", 1))
        yield from wrong or whole_faults(self.stop, "stop", self.start + 1)

    @property
    def count(self) -> int:
        """How many entries."""
        return len(range(self.start, self.stop, self.step))

    def _along(self, form: TensorForm, extent: int) -> Fit:
        if self.stop > extent:
            text = (
                f"its input {by(form.shape)} has {extent} entries along axis {self.axis}, and ends before {self.stop}"
            )
            return misfit(text, f"give a stop of at most {extent}")
        return TensorForm(replaced(form.shape, self.axis, self.count), form.spatial, form.batch), ()

    def plans(self, read: Read, *others: Read) -> Iterator[Plan]:
        part = AxisPart(0, self.count, self.start, self.step)
        cuts = (Cut(self.axis, read.shape[self.axis], self.count, (part,)),)
        yield self._plan(read, partial(moves.take, self.kind, read.axes, cuts))

    def in_torch(self, met: Met) -> Tensor:
        return met.x[(*(slice(None),) * self.axis, slice(self.start, self.stop, self.step))]


@dataclass(frozen=True)
class Select(AlongAxis):
    """One entry of an axis, which the output has no more: the last time step, one channel."""

    kind: ClassVar[str] = "select"
    name: str
    axis: int
    place: int
    input: str = ""

    def _own_faults(self) -> Iterator[Fault]:
        yield from super()._own_faults()
        yield from whole_faults(self.place, "place")

    def _along(self, form: TensorForm, extent: int) -> Fit:
        if self.place >= extent:
            text = f"its input {by(form.shape)} has {extent} entries along axis {self.axis}, and none at {self.place}"
            return misfit(text, f"give a place below {extent}")
        shape = form.shape[: self.axis] + form.shape[self.axis + 1 :]
        batch = form.batch and self.axis > 0
        if not shape:
            return misfit(f"its input {by(form.shape)} has one axis only", "give an input of two axes or more")
        return TensorForm(shape, 0 if len(shape) == 1 + batch else None, batch), ()

    def plans(self, read: Read, *others: Read) -> Iterator[Plan]:
        extent = read.shape[self.axis]
        yield self._plan(read, partial(moves.select, read.axes, self.axis, extent, self.place))

    def in_torch(self, met: Met) -> Tensor:
        return met.x.select(self.axis, self.place)


@dataclass(frozen=True)
class Flip(AlongAxis):
    """One axis run backwards."""

    kind: ClassVar[str] = "flip"
    name: str
    axis: int
    input: str = ""

    def _along(self, form: TensorForm, extent: int) -> Fit:
        return form, ()

    def plans(self, read: Read, *others: Read) -> Iterator[Plan]:
        n = read.shape[self.axis]
        cuts = (Cut(self.axis, n, n, (AxisPart(0, n, n - 1, -1),)),)
        yield self._plan(read, partial(moves.take, self.kind, read.axes, cuts))

    def in_torch(self, met: Met) -> Tensor:
        return met.x.flip(self.axis)


@dataclass(frozen=True)
class Pad(LayerBase):
    """More entries before and behind the last axes, in as many dimensions as there are pairs: zeros, or entries of the
    input as torch has them (reflect: its mirror image without the edge, replicate: the edge, circular: from the other
    end)."""

    kind: ClassVar[str] = "pad"
    name: str
    padding: Pads
    mode: str = "zeros"
    input: str = ""

    def _normalise(self) -> None:
        self._set(padding=margins(self.padding))

    def _own_faults(self) -> Iterator[Fault]:
        yield from faults_of(margins, self.padding, "padding")
        if self.mode not in MODES:
            yield Fault("mode", f"{show(self.mode)} is not a known mode", f"known: {', '.join(MODES)}")

    def fit(self, form: TensorForm, *others: TensorForm) -> Fit:
        dims = len(self.padding)
        if len(form.shape) < dims + form.batch:
            return misfit(f"its input has shape {form.shape}", f"give padding for at most {len(form.inner)} axes")
        most = {"reflect": lambda n: n - 1, "circular": lambda n: n}.get(self.mode)
        for n, sides in zip(form.shape[-dims:], self.padding, strict=True):
            if most is not None and max(sides) > most(n):
                return misfit(
                    f"{max(sides)} is more than {self.mode} can take from {n} entries", f"give at most {most(n)}"
                )
        size = (n + sum(sides) for n, sides in zip(form.shape[-dims:], self.padding, strict=True))
        return TensorForm((*form.shape[:-dims], *size), form.spatial, form.batch), ()

    def plans(self, read: Read, *others: Read) -> Iterator[Plan]:
        first = len(read.axes) - len(self.padding)
        pairs = zip(read.shape[first:], self.padding, strict=True)
        cuts = tuple(Cut(first + k, n, n + sum(sides), self._parts(n, *sides)) for k, (n, sides) in enumerate(pairs))
        cuts = tuple(c for c in cuts if c.size != c.extent) or cuts[:1]
        yield self._plan(read, partial(moves.take, self.kind, read.axes, cuts))

    def _parts(self, n: int, before: int, after: int) -> tuple[AxisPart, ...]:
        """Of one axis: what is before it, itself, and what is behind it."""
        ends = {
            "zeros": (), "reflect": ((before, -1), (n - 2, -1)), "replicate": ((0, 0), (n - 1, 0)),
            "circular": ((n - before, 1), (0, 1)),
        }[self.mode]  # fmt: skip
        own = [AxisPart(before, n, 0)]
        for (start, step), first, count in zip(ends, (0, before + n), (before, after), strict=False):
            own += [AxisPart(first, count, start, step)] if count else []
        return tuple(sorted(own, key=lambda part: part.first))

    def in_torch(self, met: Met) -> Tensor:
        x, first = met.x, met.x.ndim - len(self.padding)
        for axis, sides in enumerate(self.padding, start=first):
            n = x.shape[axis]
            parts = self._parts(n, *sides)
            zero = met.torch.zeros_like(x.select(axis, 0)).unsqueeze(axis)
            source = met.torch.cat([x, zero], axis)  # its entry n is 0
            places = [n] * (n + sum(sides))
            for part in parts:
                for k in range(part.count):
                    places[part.first + k] = part.start + part.step * k
            x = source.index_select(axis, met.torch.tensor(places))
        return x


CUTS: Sequence[type[LayerBase]] = (Slice, Select, Flip, Pad)
