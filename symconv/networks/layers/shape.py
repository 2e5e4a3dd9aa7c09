"""Layers that put the same entries into another shape or order, or repeat them.

Axes and shapes count the batch's axis, as in torch.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from math import prod
from typing import ClassVar

from symconv.array import Shape
from symconv.derivation import moves
from symconv.derivation.moves import Unit
from symconv.derivation.plan import Plan, Read
from symconv.errors import Fault
from symconv.networks.fields import extents, faults_of, whole_numbers
from symconv.networks.form import Fit, TensorForm, by, many, misfit
from symconv.networks.in_torch import Met, Tensor
from symconv.networks.parameter import LayerBase, whole_faults

LETTERS = "ijmkgorabzct"  # of units that have none yet


@dataclass(frozen=True)
class Reshape(LayerBase):
    """The same entries in row-major order, in another shape; an axis is cut, or several are joined."""

    kind: ClassVar[str] = "reshape"
    name: str
    shape: tuple[int, ...]
    input: str = ""

    def _normalise(self) -> None:
        self._set(shape=whole_numbers(self.shape))

    def _own_faults(self) -> Iterator[Fault]:
        yield from faults_of(whole_numbers, self.shape, "shape")

    def fit(self, form: TensorForm, *others: TensorForm) -> Fit:
        have, want = prod(form.shape), prod(self.shape)
        if have != want:
            text = f"its input {by(form.shape)} has {many(have, 'entry', 'entries')}, {by(self.shape)} has {want}"
            return misfit(text, f"give a shape of {many(have, 'entry', 'entries')}")
        if cut(form.shape, self.shape) is None:
            text = f"{by(self.shape)} cuts across the axes of its input {by(form.shape)}"
            return misfit(text, f"put a reshape to {have} before it")
        batch = form.batch and _counts_images(form.shape[0], self.shape)
        return TensorForm(self.shape, 0 if len(self.shape) == 1 + batch else None, batch), ()

    def plans(self, read: Read, *others: Read) -> Iterator[Plan]:
        parts = cut(read.shape, self.shape)
        assert parts is not None  # it fits
        units, given, made = units_of(read, self.shape, parts)
        yield self._plan(read, partial(moves.rearrange, self.kind, units, given, made))

    def in_torch(self, met: Met) -> Tensor:
        return met.x.reshape(self.shape)


def _counts_images(given: int, made: Shape) -> bool:
    """Whether a first axis, of so many before, still counts what layers work on one by one: the images, their parts (as
    the frames of each film), or groups of them. A list of numbers has no images."""
    return len(made) > 1 and (made[0] % given == 0 or given % made[0] == 0)


def cut(given: Shape, made: Shape) -> tuple[int, ...] | None:
    """The extents of the units that both shapes are made of; None where the one cuts across the other."""
    marks = sorted({prod(shape[k:]) for shape in (given, made) for k in range(len(shape) + 1)}, reverse=True)
    if any(m % n for m, n in pairwise(marks)):
        return None
    return tuple(m // n for m, n in pairwise(marks))


def units_of(
    read: Read, made: Shape, parts: tuple[int, ...]
) -> tuple[tuple[Unit, ...], tuple[tuple[int, ...], ...], tuple[tuple[int, ...], ...]]:
    """The units of two shapes, and which of them each axis counts. A unit that an axis shows has no number."""
    sides = (_counted(read.shape, parts), _counted(made, parts))
    alone = {group[0] for side in sides for group in side if len(group) == 1}
    letters = {group[0]: read.axes[k] for k, group in enumerate(sides[0]) if len(group) == 1}
    rest = (x for x in LETTERS if x not in letters.values())
    units = tuple(Unit(letters.get(k) or next(rest), None if k in alone else n) for k, n in enumerate(parts))
    return units, *sides


def _counted(shape: Shape, parts: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    found, at = [], 0
    for n in shape:
        start, left = at, n
        while left > 1:
            left //= parts[at]
            at += 1
        found.append(tuple(range(start, at)))
    return tuple(found)


@dataclass(frozen=True)
class Permute(LayerBase):
    """The same axes in another order: the output's axis k is the input's axis `axes[k]`."""

    kind: ClassVar[str] = "permute"
    name: str
    axes: tuple[int, ...]
    input: str = ""

    def _normalise(self) -> None:
        self._set(axes=whole_numbers(self.axes, 0))

    def _own_faults(self) -> Iterator[Fault]:
        wrong = faults_of(lambda n: whole_numbers(n, 0), self.axes, "axes")
        yield from wrong
        if not wrong and sorted(whole_numbers(self.axes, 0)) != list(range(len(self.axes))):
            yield Fault("axes", f"{list(self.axes)} is no order of axes", "give each number from 0 on once")

    def fit(self, form: TensorForm, *others: TensorForm) -> Fit:
        if len(self.axes) != len(form.shape):
            text = f"its input {by(form.shape)} has {many(len(form.shape), 'axis', 'axes')}, {len(self.axes)} are given"
            return misfit(text, "give the number of each axis once")
        return TensorForm(tuple(form.shape[k] for k in self.axes), None, form.batch and self.axes[0] == 0), ()

    def plans(self, read: Read, *others: Read) -> Iterator[Plan]:
        units = tuple(map(Unit, read.axes))
        given, made = [(k,) for k in range(len(units))], [(k,) for k in self.axes]
        yield self._plan(read, partial(moves.rearrange, self.kind, units, given, made))

    def in_torch(self, met: Met) -> Tensor:
        return met.x.permute(self.axes)


@dataclass(frozen=True)
class PixelShuffle(LayerBase):
    """(C r r, H, W) to (C, H r, W r): r r channels become a square of r rows and columns. Shi et al. 2016."""

    kind: ClassVar[str] = "pixel_shuffle"
    name: str
    factor: int
    input: str = ""

    def _own_faults(self) -> Iterator[Fault]:
        yield from whole_faults(self.factor, "factor", 1)

    def fit(self, form: TensorForm, *others: TensorForm) -> Fit:
        r = self.factor
        if len(form.shape) < 3 or form.shape[-3] % (r * r):
            return misfit(f"its input has shape {form.shape}", f"give (..., C, H, W), C a multiple of {r * r}")
        *lead, channels, rows, columns = form.shape
        return TensorForm((*lead, channels // (r * r), rows * r, columns * r), 2, form.batch), ()

    def plans(self, read: Read, *others: Read) -> Iterator[Plan]:
        units, lead, (c, a, b, i, j) = _pixels(read.axes, self.factor)
        given, made = (*lead, (c, a, b), (i,), (j,)), (*lead, (c,), (i, a), (j, b))
        yield self._plan(read, partial(moves.rearrange, self.kind, units, given, made))

    def in_torch(self, met: Met) -> Tensor:
        return met.call("pixel_shuffle", met.x, self.factor)


@dataclass(frozen=True)
class PixelUnshuffle(LayerBase):
    """(C, H r, W r) to (C r r, H, W): the reverse of pixel_shuffle."""

    kind: ClassVar[str] = "pixel_unshuffle"
    name: str
    factor: int
    input: str = ""

    def _own_faults(self) -> Iterator[Fault]:
        yield from whole_faults(self.factor, "factor", 1)

    def fit(self, form: TensorForm, *others: TensorForm) -> Fit:
        r = self.factor
        if len(form.shape) < 3 or form.shape[-2] % r or form.shape[-1] % r:
            return misfit(f"its input has shape {form.shape}", f"give (..., C, H, W), H and W multiples of {r}")
        *lead, channels, rows, columns = form.shape
        return TensorForm((*lead, channels * r * r, rows // r, columns // r), 2, form.batch), ()

    def plans(self, read: Read, *others: Read) -> Iterator[Plan]:
        units, lead, (c, a, b, i, j) = _pixels(read.axes, self.factor)
        given, made = (*lead, (c,), (i, a), (j, b)), (*lead, (c, a, b), (i,), (j,))
        yield self._plan(read, partial(moves.rearrange, self.kind, units, given, made))

    def in_torch(self, met: Met) -> Tensor:
        return met.call("pixel_unshuffle", met.x, self.factor)


def _pixels(axes: str, factor: int) -> tuple[tuple[Unit, ...], tuple[tuple[int, ...], ...], tuple[int, ...]]:
    """The units of a shuffle, the axes before the channels, and the numbers of the units of the others."""
    lead = len(axes) - 3
    last = (Unit(axes[-3]), Unit("a", factor), Unit("b", factor), Unit(axes[-2]), Unit(axes[-1]))
    units = (*map(Unit, axes[:lead]), *last)
    return units, tuple((k,) for k in range(lead)), tuple(range(lead, lead + 5))


@dataclass(frozen=True)
class Upsample(LayerBase):
    """Each entry `factor` times along each of the last axes: the nearest neighbour, where the factor is whole."""

    kind: ClassVar[str] = "upsample"
    name: str
    factor: tuple[int, ...]
    input: str = ""

    def _normalise(self) -> None:
        self._set(factor=extents(self.factor, dims=None))

    def _own_faults(self) -> Iterator[Fault]:
        yield from faults_of(lambda n: extents(n, dims=None), self.factor, "factor")

    def fit(self, form: TensorForm, *others: TensorForm) -> Fit:
        dims = len(self.factor)
        if len(form.shape) < dims + form.batch:
            return misfit(f"its input has shape {form.shape}", f"give a factor for at most {len(form.inner)} axes")
        size = (n * r for n, r in zip(form.shape[-dims:], self.factor, strict=True))
        return TensorForm((*form.shape[:-dims], *size), dims, form.batch), ()

    def plans(self, read: Read, *others: Read) -> Iterator[Plan]:
        rank, dims = len(read.axes), len(self.factor)
        units = (*map(Unit, read.axes), *(Unit(x, r) for x, r in zip("rab"[3 - dims :], self.factor, strict=True)))
        given = tuple((k,) for k in range(rank))
        made = (*given[: rank - dims], *((rank - dims + k, rank + k) for k in range(dims)))
        yield self._plan(read, partial(moves.rearrange, self.kind, units, given, made))

    def in_torch(self, met: Met) -> Tensor:
        x = met.x
        for axis, factor in enumerate(reversed(self.factor), start=1):
            x = x.repeat_interleave(factor, -axis)
        return x


@dataclass(frozen=True)
class Repeat(LayerBase):
    """The whole tensor `times` as often along each axis, one copy after the other; an axis of one entry grows so."""

    kind: ClassVar[str] = "repeat"
    name: str
    times: tuple[int, ...]
    input: str = ""

    def _normalise(self) -> None:
        self._set(times=whole_numbers(self.times))

    def _own_faults(self) -> Iterator[Fault]:
        yield from faults_of(whole_numbers, self.times, "times")

    def fit(self, form: TensorForm, *others: TensorForm) -> Fit:
        if len(self.times) != len(form.shape):
            text = (
                f"its input {by(form.shape)} has {many(len(form.shape), 'axis', 'axes')}, {len(self.times)} are given"
            )
            return misfit(text, "give a number for each axis")
        shape = tuple(n * r for n, r in zip(form.shape, self.times, strict=True))
        return TensorForm(shape, form.spatial, form.batch), ()

    def plans(self, read: Read, *others: Read) -> Iterator[Plan]:
        """An axis of one entry is none: what it becomes has the letter."""
        single = [n == 1 and r > 1 for n, r in zip(read.shape, self.times, strict=True)]
        units = [Unit(x, r if one else None) for x, one, r in zip(read.axes, single, self.times, strict=True)]
        rest = (x for x in LETTERS if x not in read.axes)
        given, made = [() if one else (k,) for k, one in enumerate(single)], list[tuple[int, ...]]()
        for k, r in enumerate(self.times):
            made.append((k,) if single[k] or r == 1 else (len(units), k))
            units += [] if single[k] or r == 1 else [Unit(next(rest), r)]
        yield self._plan(read, partial(moves.rearrange, self.kind, units, given, made))

    def in_torch(self, met: Met) -> Tensor:
        return met.x.repeat(self.times)


SHAPES: Sequence[type[LayerBase]] = (Reshape, Permute, PixelShuffle, PixelUnshuffle, Upsample, Repeat)
