"""The mistakes that are made with the right numbers: a sign, a factor, rows for columns, one tensor for another."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from symconv.array import Array
from symconv.grading.answers import VALUES, turned


@dataclass(frozen=True)
class Asked:
    """What was asked for, with what may be mistaken for it."""

    section: str
    right: Array
    value: Array
    gradient: Array | None
    rate: Any
    learns: bool

    @property
    def forward(self) -> bool:
        return self.section == VALUES


@dataclass(frozen=True)
class Slip:
    """`change` gives the wrong numbers, None where the mistake cannot be made."""

    name: str
    words: str
    change: Callable[[Asked], Array | None]


def sign(asked: Asked) -> Array | None:
    return asked.right.map(lambda x: -x)


def transposed(asked: Asked) -> Array | None:
    """Rows for columns, of a square matrix."""
    square = len(asked.right.shape) == 2 and turned(asked.right.shape) == asked.right.shape
    return turned_round(asked.right) if square else None


def turned_round(a: Array) -> Array:
    """A matrix with rows and columns exchanged."""
    return Array.build(turned(a.shape), lambda at: a[at[::-1]])


def times_rate(asked: Asked) -> Array | None:
    return None if asked.forward else asked.right.map(lambda x: asked.rate * x)


def minus_times_rate(asked: Asked) -> Array | None:
    return None if asked.forward or asked.rate == 1 else asked.right.map(lambda x: -asked.rate * x)


def updated(asked: Asked) -> Array | None:
    """The parameter after one step."""
    if asked.gradient is None or not asked.learns:
        return None
    pairs = zip(asked.value.entries, asked.gradient.entries, strict=True)
    return Array(asked.value.shape, tuple(v + -asked.rate * g for v, g in pairs))


def value_given(asked: Asked) -> Array | None:
    return None if asked.forward else asked.value


def gradient_given(asked: Asked) -> Array | None:
    return asked.gradient if asked.forward else None


SLIPS: tuple[Slip, ...] = (
    Slip("sign", "every sign is turned", sign),
    Slip("transposed", "rows and columns are exchanged", transposed),
    Slip("value", "the values of {tensor} are given in place of its gradient", value_given),
    Slip("gradient", "the gradient of {tensor} is given in place of its values", gradient_given),
    Slip("learning rate", "the gradient is multiplied by the learning rate", times_rate),
    Slip("step", "the gradient is multiplied by the learning rate and its sign turned", minus_times_rate),
    Slip("updated", "{tensor} after the step of gradient descent is given", updated),
)


def slips(asked: Asked, tensor: str) -> Mapping[str, Array]:
    """The words of each slip with the numbers that it gives."""
    found = {slip.words.format(tensor=tensor): slip.change(asked) for slip in SLIPS}
    return {words: wrong for words, wrong in found.items() if wrong is not None}
