"""One call of a traced model, in torch's words, and how what has no derivation is refused."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NoReturn

from symconv.array import Shape
from symconv.errors import Fault, NotSupported, SpecError
from symconv.networks.exact import show
from symconv.networks.layers.layers import Layer, Parameter

TorchOptions = Mapping[str, Any]


@dataclass(frozen=True)
class TorchRule:
    """What a function means: the rule for it, its arguments in torch's order (the last may be all that follow, as
    *shape), its dimensions."""

    kind: str
    arguments: tuple[str, ...]
    dims: int = 0


Layers = Layer | tuple[Layer, ...] | None  # what a call means; None: it changes nothing


@dataclass(frozen=True)
class Call:
    """One call of a traced model, with all that its layers are made of.

    sides: the argument that each of the tensors is, of those in `tensors`; `at`: which of several results is meant, of
    the shapes `made`.
    """

    known: TorchRule
    options: TorchOptions
    name: str  # of the layer, and of its output
    input: str  # what it reads; "": the output of the layer before
    tensors: tuple[str, ...]  # all that it reads, by name
    sides: tuple[str, ...]
    parameters: Mapping[str, Parameter]
    learned: frozenset[str]  # the parameters that learn
    shapes: tuple[Shape, ...]  # of the tensors
    made: tuple[Shape, ...]
    at: int
    batch: bool

    @property
    def reads(self) -> Shape:
        """The shape of the first tensor."""
        return self.shapes[0]

    @property
    def gives(self) -> Shape:
        """The shape of the result."""
        return self.made[self.at]

    def axis(self, dim: int, rank: int = 0) -> int:
        """An axis counted from the first, of `rank` axes, or of those of the first tensor."""
        return dim % (rank or len(self.reads))


def chain(call: Call, *makers: Callable[[str, str], Layer]) -> Layers:
    """Layers one after the other, each made of its name and of what it reads: the last has the call's name."""
    names = [*(f"{call.name}.{k}" for k in range(1, len(makers))), call.name]
    inputs = [call.input, *[""] * len(makers)]
    made = tuple(make(name, given) for make, name, given in zip(makers, names, inputs, strict=False))
    return made or None


def refuse(problem: str, remedy: str) -> NoReturn:
    raise NotSupported(problem, [Fault("", problem, remedy, unsupported=True)])


def decimal(value: object) -> Fraction:
    """An option as it is written in decimals: 0.01 is 1/100, not the float next to it."""
    try:
        return Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        text, remedy = f"{show(value)} is not a number", 'give a number, or text such as "1/10"'
        raise SpecError(f"{text}\n  {remedy}", [Fault("", text, remedy)]) from None


def each(value: int | Sequence[int], dims: int) -> Shape:
    """One number for each dimension, from one for all of them; torch takes () for "not given"."""
    return (value,) * dims if isinstance(value, int) else tuple(value) * (dims if len(value) == 1 else 1)


def both_sides(value: int | Sequence[int], dims: int) -> tuple[tuple[int, int], ...]:
    return tuple((p, p) for p in each(value, dims))


def refuse_value(argument: str, given: object, known: object) -> NoReturn:
    if isinstance(known, str):
        refuse(f'{argument}="{given}" has no derivation', f'known: {argument}="{known}"')
    refuse(f"{argument} {given} has no derivation", f"known: {argument}={known}")
