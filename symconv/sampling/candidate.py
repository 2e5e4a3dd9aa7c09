"""A network of the shape whose numbers may turn out pleasant: each tensor is computed when it is first asked for, so
that most candidates are given up after one layer."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from symconv.array import Array, Index, Tensors
from symconv.derivation.tensors import gradient
from symconv.evaluation.evaluate import World
from symconv.evaluation.places import position
from symconv.evaluation.points import window
from symconv.sampling.choices import FreeTensor, choices
from symconv.worked.derived import Derived
from symconv.worked.machine import Machine, stepped
from symconv.worked.sources import sources
from symconv.worked.stages import LOSS, Stage

POOLS = ("max_pool", "global_max_pool")
WindowPlaces = tuple[Index, ...]


@dataclass(frozen=True)
class CandidateStage:
    """A stage, as far as the criteria ask for it. `masked`: its input is what a ReLU gives; `windows`: of a max pool,
    the places in its input that each entry is the largest of."""

    kind: str
    input: str
    output: str
    blanks: tuple[FreeTensor, ...]  # what is drawn for it
    masked: bool
    scores: bool  # its output is what the softmax reads
    windows: tuple[WindowPlaces, ...]


class CandidateFrame:
    """What all candidates share, made once: the places, and the equations of every value and gradient."""

    def __init__(self, derived: Derived) -> None:
        self.network = derived.network
        self.parameters = derived.parameters
        self.choices = choices(derived.network)
        self.machine = Machine(derived)
        self.sources = sources(derived)
        self.places = tuple(self._places(derived.stages))

    def _places(self, line: tuple[Stage, ...]) -> Iterator[CandidateStage]:
        blanks = {b.name: b for b in self.choices.blanks}
        relus = {s.output for s in line if s.kind == "relu"}
        scores = self.sources[LOSS].stage.input
        for s in line:
            drawn = tuple(blanks[t] for t in s.operation.operands if t in blanks)
            windows = tuple(_windows(s)) if s.kind in POOLS else ()
            yield CandidateStage(s.kind, s.input, s.output, drawn, s.input in relus, s.output == scores, windows)


def _windows(stage: Stage) -> Iterator[WindowPlaces]:
    """The places of the input inside each window, in row-major order of the output."""
    world, equation = World(dict(stage.sizes), {}), stage.operation.equation
    inside = window(equation.value, world.everywhere(equation.ranges), world)
    at = np.stack(
        [np.broadcast_to(position(i, inside.here), inside.here.count) for i in equation.value.body.at], axis=1
    )
    for rows in np.split(at, inside.rows.starts[1:]):
        yield tuple(map(tuple, rows.tolist()))


class Candidate:
    """`candidate["S"]`, `candidate["∂U"]`: exact, with mpmath's digits from the softmax on."""

    def __init__(self, shape: CandidateFrame, numbers: Tensors) -> None:
        self.shape = shape
        self.numbers = dict(numbers)
        self._known = dict(numbers)

    def __getitem__(self, tensor: str) -> Array:
        if tensor not in self._known:
            source = self.shape.sources[tensor]
            known = {t: self[t] for t in source.reads}
            self._known[tensor] = self.shape.machine.table(source.stage, source.equation, known)
        return self._known[tensor]

    def extended(self, numbers: Tensors) -> "Candidate":
        """With more numbers, and all that is computed already."""
        more = Candidate(self.shape, {**self.numbers, **numbers})
        more._known |= self._known
        return more

    @cached_property
    def updated(self) -> "Candidate":
        """After one step of gradient descent."""
        rate = self.shape.network.learning_rate
        after = {p: stepped(self[p], self[gradient(p)], rate) for p in self.shape.parameters}
        return Candidate(self.shape, {**self.numbers, **after})
