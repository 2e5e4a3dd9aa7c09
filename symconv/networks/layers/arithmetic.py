"""Layers that bring two tensors together, entry by entry: the input and an earlier tensor, or one that the layer holds.

Shapes are aligned at their last axes, as in NumPy and torch: an axis of extent 1, or one that is not there, goes with
every entry of the other tensor's, and its gradient is the sum over them.
"""

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from sympy import Expr

from symconv.array import Array, Shape
from symconv.derivation import entrywise
from symconv.derivation.functions import absolute
from symconv.derivation.plan import Plan, Read
from symconv.errors import Fault
from symconv.networks.fields import faults_of, tensor_name
from symconv.networks.form import Fit, TensorForm, misfit
from symconv.networks.in_torch import Met, Tensor
from symconv.networks.parameter import LayerBase, Parameter, parameter_faults

SECOND = ("other", "weight", "constant")  # the fields of which a layer has one


class OfTwo(LayerBase):
    """What works with a second tensor: an earlier one (`other`), one that learns (`weight`), or one that does not
    (`constant`)."""

    other: str
    weight: Parameter | None
    constant: Parameter | None

    def besides(self) -> tuple[tuple[str, str], ...]:
        return (("other", self.other),) if self.other else ()

    def _normalise(self) -> None:
        """A single number is a list of one."""
        for field in SECOND[1:]:
            held = getattr(self, field)
            if held is not None and held.value.shape == ():
                self._set(**{field: Parameter(held.name, Array((1,), held.value.entries))})

    def _own_faults(self) -> Iterator[Fault]:
        given = [field for field in SECOND if getattr(self, field) not in ("", None)]
        if len(given) != 1:
            found = f"{' and '.join(given)} are given" if given else "nothing is given"
            text = f"{found} to {self.kind} with"
            yield Fault("other", text, "give one of other (an earlier tensor), weight and constant (numbers)")
        if self.other != "":
            yield from faults_of(tensor_name, self.other, "other")
        yield from parameter_faults(self, [], SECOND[1:])

    def held(self) -> Parameter:
        """The numbers that the layer holds, where it works with no earlier tensor."""
        held = self.weight or self.constant
        assert held is not None  # or there is another
        return held

    def second(self, read: Read, *others: Read) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
        """What an operation reads, by role, what it is told of the second tensor besides, and the parameter that this
        is."""
        if others:
            return {"input": read.tensor, "other": self.other}, {}, {}
        if self.weight:
            return {"input": read.tensor}, {"role": "weight"}, {"other": self.weight.name}
        return {"input": read.tensor}, {"role": "constant", "other": self.held().name}, {}

    def second_in_torch(self, met: Met) -> Tensor:
        """The second tensor."""
        return met.tensors[self.other] if self.other else met.own["weight" if self.weight else "constant"]


@dataclass(frozen=True)
class Arithmetic(OfTwo):
    """Entry by entry, broadcast."""

    of: ClassVar[Callable[[Expr, Expr], Expr]]  # of two numbers
    name: str
    other: str = ""
    input: str = ""
    weight: Parameter | None = None
    constant: Parameter | None = None

    def fit(self, form: TensorForm, *others: TensorForm) -> Fit:
        second = others[0] if others else TensorForm(self.held().value.shape)
        shape = broadcast(form.shape, second.shape)
        if shape is None:
            called = self.other or self.held().name
            text = f"its input has shape {form.shape}, {called} has {second.shape}"
            return misfit(text, f"{self.kind} goes with tensors whose extents, from the last on, agree or are 1")
        whole = form if form.shape == shape and (form.spatial is not None or not others) else second
        whole = whole if whole.shape == shape else max((form, second), key=lambda x: len(x.shape))
        batch = any(x.batch and len(x.shape) == len(shape) for x in (form, second))
        return TensorForm(shape, whole.spatial, batch), ()

    def plans(self, read: Read, *others: Read) -> Iterator[Plan]:
        shape = others[0].shape if others else self.held().value.shape
        whole = broadcast(read.shape, shape)
        assert whole is not None  # it fits
        axes = read.axes if len(read.axes) == len(whole) or not others else others[0].axes
        axes = "c" * (len(whole) - len(axes)) + axes
        patterns = entrywise.pattern(axes, read.shape, whole), entrywise.pattern(axes, shape, whole)
        reads, named, holds = self.second(read, *others)
        make = partial(entrywise.combine, self.kind, type(self).of, axes, patterns, **named)
        yield Plan(self.kind, self.name, reads, {}, make, holds)

    def in_torch(self, met: Met) -> Tensor:
        made: Tensor = getattr(met.torch, self.kind)(met.x, self.second_in_torch(met))
        return made


@dataclass(frozen=True)
class Add(Arithmetic):
    """The sum of the input and a second tensor: a residual connection, where that is an earlier tensor."""

    kind: ClassVar[str] = "add"
    of = operator.add


@dataclass(frozen=True)
class Subtract(Arithmetic):
    """The input less a second tensor."""

    kind: ClassVar[str] = "sub"
    of = operator.sub


@dataclass(frozen=True)
class Multiply(Arithmetic):
    """The product of the input and a second tensor: a gate, where that is an earlier tensor."""

    kind: ClassVar[str] = "mul"
    of = operator.mul


@dataclass(frozen=True)
class Divide(Arithmetic):
    """The input divided by a second tensor, of which no entry may be 0."""

    kind: ClassVar[str] = "div"
    of = operator.truediv


def _larger(x: Expr, y: Expr) -> Expr:
    return (x + y + absolute(x - y)) / 2


def _smaller(x: Expr, y: Expr) -> Expr:
    return (x + y - absolute(x - y)) / 2


@dataclass(frozen=True)
class Maximum(Arithmetic):
    """The larger of two numbers, (x + y + |x - y|) / 2; of two equal ones each has half the gradient, as in torch."""

    kind: ClassVar[str] = "maximum"
    of = _larger


@dataclass(frozen=True)
class Minimum(Arithmetic):
    """The smaller of two numbers, (x + y - |x - y|) / 2; of two equal ones each has half the gradient, as in torch."""

    kind: ClassVar[str] = "minimum"
    of = _smaller


def broadcast(one: Shape, two: Shape) -> Shape | None:
    """The shape of both together, as torch has it; None where they do not go together."""
    rank = max(len(one), len(two))
    pairs = zip(*((1,) * (rank - len(shape)) + shape for shape in (one, two)), strict=True)
    found = [n if m == 1 else m if n in (1, m) else None for n, m in pairs]
    return None if None in found else tuple(n for n in found if n is not None)


ARITHMETIC = (Add, Subtract, Multiply, Divide, Maximum, Minimum)
