"""Layers that multiply two tensors and add over the axes that go: the input and an earlier tensor, or one that the
layer holds. Matrix products and torch.einsum are of one equation."""

import re
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from string import ascii_lowercase
from typing import ClassVar

from symconv.array import Shape
from symconv.derivation.contractions import contract
from symconv.derivation.plan import Plan, Read
from symconv.errors import Fault
from symconv.networks.exact import show
from symconv.networks.fields import faults_of, truth
from symconv.networks.form import Fit, TensorForm, by, misfit
from symconv.networks.in_torch import Met, Tensor
from symconv.networks.layers.arithmetic import OfTwo
from symconv.networks.parameter import Parameter

EQUATION = re.compile(r"([a-z]+),([a-z]+)->([a-z]+)")
HELD = "gncij"  # the axes of what a layer holds
AxisLetters = tuple[str, str, str]  # of the input, of the second tensor, and of the output


class Contraction(OfTwo):
    """The sum of products over every axis that the output does not have."""

    def fit(self, form: TensorForm, *others: TensorForm) -> Fit:
        second = others[0] if others else TensorForm(self.held().value.shape)
        axes = self._axes(ascii_lowercase[: len(form.shape)], ascii_lowercase[: len(second.shape)])
        fault = self._misfit(axes, form.shape, second.shape)
        if fault is not None:
            return None, (fault,)
        extents = _extents(axes, form.shape, second.shape)
        made = tuple(extents[x] for x in axes[2])
        if not made:
            return misfit("makes one number of two lists", "give one of them a further axis, or use mul and axis_sum")
        counted = ((each, own[0]) for each, own in zip((form, second), axes, strict=False))
        batch = any(each.batch and axes[2][0] == x and each.shape[0] == made[0] for each, x in counted)
        return TensorForm(made, 0 if len(made) == 1 + batch else None, batch), ()

    @abstractmethod
    def _axes(self, one: str, two: str) -> AxisLetters:
        """Letters for all axes, of an input of the axes `one` and a second tensor of the axes `two`."""

    def _misfit(self, axes: AxisLetters, one: Shape, two: Shape) -> Fault | None:
        """What keeps the two shapes from going together."""
        extents = _extents(axes, one, two)
        pairs = (pair for own, shape in zip(axes, (one, two), strict=False) for pair in zip(own, shape, strict=True))
        if all(n in self._allowed(x, axes, extents[x]) for x, n in pairs):
            return None
        called = self.other or self.held().name
        return Fault("", f"its input is {by(one)}, {called} is {by(two)}", self._wanted())

    def _allowed(self, letter: str, axes: AxisLetters, extent: int) -> tuple[int, ...]:
        return (1, extent)

    @abstractmethod
    def _wanted(self) -> str:
        """What the shapes of two tensors have to be."""

    def plans(self, read: Read, *others: Read) -> Iterator[Plan]:
        shape = others[0].shape if others else self.held().value.shape
        axes = self._axes(read.axes, others[0].axes if others else HELD[len(HELD) - len(shape) :])
        extents = _extents(axes, read.shape, shape)
        first, second = (
            "".join("1" if n == 1 != extents[x] else x for x, n in zip(own, its, strict=True))
            for own, its in zip(axes, (read.shape, shape), strict=False)
        )
        reads, named, holds = self.second(read, *others)
        make = partial(contract, self.kind, first, second, axes[2], **named)
        yield Plan(self.kind, self.name, reads, {}, make, holds)


def _extents(axes: AxisLetters, one: Shape, two: Shape) -> Mapping[str, int]:
    """The extent of each letter: the larger one, where one of two is 1."""
    found: dict[str, int] = {}
    for own, shape in zip(axes, (one, two), strict=False):
        for x, n in zip(own, shape, strict=True):
            found[x] = max(found.get(x, 1), n)
    return found


@dataclass(frozen=True)
class MatMul(Contraction):
    """The matrix product of the input and a second tensor; `left`: of the second tensor and the input.

    The last two axes are rows and columns; those before them are broadcast, as in torch. A tensor of one axis is a row
    on the left, a column on the right, and the output has no axis in its place.
    """

    kind: ClassVar[str] = "matmul"
    name: str
    other: str = ""
    input: str = ""
    weight: Parameter | None = None
    constant: Parameter | None = None
    left: bool = False

    def _own_faults(self) -> Iterator[Fault]:
        yield from super()._own_faults()
        yield from faults_of(truth, self.left, "left")

    def _axes(self, one: str, two: str) -> AxisLetters:
        """Rows keep their letter, k is what is summed over."""
        if self.left:
            left, right, made = self._product(two, one)
            return right, left, made
        return self._product(one, two)

    def _product(self, one: str, two: str) -> AxisLetters:
        lead = max(one[:-2], two[:-2], key=len)
        row = _new(one[-2] + "ircg", lead) if len(one) > 1 else ""
        k = _new("kmq", lead + row)
        column = _new("jwvo", lead + row + k) if len(two) > 1 else ""
        left, right = (lead[len(lead) - max(0, len(each) - 2) :] for each in (one, two))
        return left + row + k, right + k + column, lead + row + column

    def _allowed(self, letter: str, axes: AxisLetters, extent: int) -> tuple[int, ...]:
        """What is summed over is never broadcast."""
        return (extent,) if letter not in axes[2] else (1, extent)

    def _wanted(self) -> str:
        return "give the left one as many columns as the right one has rows; axes before them agree or are 1"

    def in_torch(self, met: Met) -> Tensor:
        second = self.second_in_torch(met)
        made: Tensor = met.torch.matmul(*((second, met.x) if self.left else (met.x, second)))
        return made


def _new(wanted: str, taken: str) -> str:
    return next(x for x in wanted + ascii_lowercase if x not in taken)


@dataclass(frozen=True)
class Einsum(Contraction):
    """What `equation` says in torch's way, "nqd,nkd->nqk": a letter for each axis of the input, of the second tensor
    and of the output; the sum over each letter that the output does not have. No letter stands twice in one tensor."""

    kind: ClassVar[str] = "einsum"
    name: str
    equation: str
    other: str = ""
    input: str = ""
    weight: Parameter | None = None
    constant: Parameter | None = None

    def _normalise(self) -> None:
        super()._normalise()
        self._set(equation=self.equation.replace(" ", ""))

    def _own_faults(self) -> Iterator[Fault]:
        yield from super()._own_faults()
        yield from self._equation_faults()

    def _equation_faults(self) -> Iterator[Fault]:
        found = EQUATION.fullmatch(self.equation.replace(" ", "")) if isinstance(self.equation, str) else None
        if found is None:
            remedy = 'write the letters of two tensors and of the output, as "nqd,nkd->nqk"'
            yield Fault("equation", f"{show(self.equation)} is no equation of two tensors", remedy)
            return
        twice = next((own for own in found.groups() if len(set(own)) < len(own)), None)
        if twice is not None:
            yield Fault("equation", f'a letter stands twice in "{twice}"', "give every axis a letter of its own")
        unknown = "".join(x for x in found[3] if x not in found[1] + found[2])
        if unknown:
            yield Fault("equation", f'the output has "{unknown}", which no tensor has', "give letters of the tensors")

    def _axes(self, one: str, two: str) -> AxisLetters:
        first, rest = self.equation.split(",")
        second, made = rest.split("->")
        return first, second, made

    def _misfit(self, axes: AxisLetters, one: Shape, two: Shape) -> Fault | None:
        if (len(one), len(two)) != (len(axes[0]), len(axes[1])):
            called = self.other or self.held().name
            text = f'its input is {by(one)}, {called} is {by(two)}, "{self.equation}" has {axes[0]} and {axes[1]}'
            return Fault("", text, "give a letter for each axis")
        return super()._misfit(axes, one, two)

    def _wanted(self) -> str:
        return f'"{self.equation}" goes with tensors whose axes of one letter have one extent, or 1'

    def in_torch(self, met: Met) -> Tensor:
        made: Tensor = met.torch.einsum(self.equation, met.x, self.second_in_torch(met))
        return made


CONTRACTIONS = (MatMul, Einsum)
