"""One call of a traced model, in torch's words, and how what has no derivation is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NoReturn

from symconv.array import Shape
from symconv.errors import Fault, NotSupported, SpecError
from symconv.networks.exact import show
from symconv.networks.layers.layers import Parameter

TorchOptions = Mapping[str, Any]


@dataclass(frozen=True)
class TorchRule:
    """What a function means: the rule for it, its arguments in torch's order (the last may be all that follow, as
    *shape), its dimensions."""

    kind: str
    arguments: tuple[str, ...]
    dims: int = 0


@dataclass(frozen=True)
class Call:
    """One call of a traced model, with all that its layer is made of."""

    known: TorchRule
    options: TorchOptions
    name: str  # of the layer, and of its output
    input: str  # what it reads; "": the output of the layer before
    other: str  # what an addition reads besides
    parameters: Mapping[str, Parameter]
    reads: Shape
    gives: Shape
    batch: bool


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
