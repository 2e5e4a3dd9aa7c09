"""Where each tensor of a network comes from: one equation, and the tensors that this reads."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from symconv.derivation.index import Entry
from symconv.derivation.operation import Equation
from symconv.worked.derived import Derived, differentiated
from symconv.worked.stages import Stage


@dataclass(frozen=True)
class Source:
    """An equation of a stage, with the tensors that it reads."""

    stage: Stage
    equation: Equation
    reads: tuple[str, ...]


def sources(d: Derived) -> Mapping[str, Source]:
    """For every value that is computed and every gradient, under the name ∂S, in an order in which each comes after
    those that it reads."""
    return {equation.entry.tensor: _source(stage, equation) for stage, equation in _equations(d)}


def _equations(d: Derived) -> Iterator[tuple[Stage, Equation]]:
    for stage in d.stages:
        for equation in stage.operation.equations:
            yield stage, equation
    for stage in reversed(differentiated(d.stages)):
        for operand in stage.operation.operands:
            if operand in d.general:
                yield stage, d.general[operand].equation


def _source(stage: Stage, equation: Equation) -> Source:
    return Source(stage, equation, tuple(sorted({x.tensor for x in equation.value.atoms(Entry)})))
