"""Every mistake made at every place, and what comes out further on when all else is done right.

Numbers are Fractions, with mpmath's digits from the first exp or log on, as in the verification.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from symconv.array import Array
from symconv.derivation.operation import Equation
from symconv.derivation.rules import gradient
from symconv.errors import Broken
from symconv.grading.answers import GRADIENTS
from symconv.grading.case import Case
from symconv.grading.known import Tensors, key
from symconv.grading.mistakes import changes
from symconv.grading.precision import same
from symconv.grading.slips import Asked, slips
from symconv.verification.evaluate import World
from symconv.worked.derived import Derived, differentiated
from symconv.worked.exactness import products
from symconv.worked.stages import Stage, original

NEAR = 2_000  # products of the forward pass: in a larger network a mistake is looked for in one equation only


@dataclass(frozen=True)
class Suspect:
    """One mistake at one place: its words, and the tensors that come out wrong with their wrong numbers."""

    name: str
    words: str
    place: str  # the tensor whose equation is wrong, ∂S for a gradient
    wrong: Tensors


@dataclass(frozen=True)
class Suspects:
    """All that may have gone wrong, made when it is asked for: a right tensor needs none of it."""

    d: Derived
    known: Tensors

    @property
    def far(self) -> bool:
        """Whether mistakes are looked for in other equations than the tensor's own as well."""
        return products(self.d.line) <= NEAR

    def for_gradient(self, tensor: str) -> Iterator[Suspect]:
        """The nearest place first: the tensor's own equation, then those that it depends on, up to the loss."""
        line = differentiated(self.d.line)
        own = next(k for k, s in enumerate(line) if tensor in s.operation.operands)
        for k in range(own, len(line) if self.far else own + 1):
            for operand in line[k].operation.operands:
                if operand in self.d.general and (k > own or operand == tensor):
                    equation = self.d.general[operand].equation
                    yield from self._at(line[k], equation, operand, line[own:k], tensor)

    def _at(
        self, stage: Stage, equation: Equation, operand: str, below: tuple[Stage, ...], tensor: str
    ) -> Iterator[Suspect]:
        for name, words, changed in changes(Case(stage, equation, self.d.network.batch)):
            wrong = self._tables(stage, (changed,), {}, operand)
            if wrong:
                carried = self.carried(wrong, below, tensor)
                yield Suspect(name, words, gradient(operand), carried)

    def carried(self, wrong: Tensors, below: tuple[Stage, ...], tensor: str) -> Tensors:
        """The wrong gradients and all that follow from them on the way down to `tensor`."""
        found = dict(wrong)
        for stage in reversed(below):
            if any(gradient(t) in found for t in stage.operation.outputs):
                for operand in stage.operation.operands:
                    if operand in self.d.general and (operand == tensor or operand not in stage.parameters):
                        found |= self._tables(stage, (self.d.general[operand].equation,), found, operand)
        return found

    def above(self, tensor: str) -> list[str]:
        """The tensors nearer to the loss, the nearest to `tensor` first."""
        line = differentiated(self.d.line)
        own = next(k for k, s in enumerate(line) if tensor in s.operation.operands)
        return [t for s in line[own + 1 :] for t in s.operation.operands if t in self.d.general]

    def follows(self, source: str, given: Array, tensor: str) -> Array | None:
        """The gradient of `tensor` if that of `source` were as given; None where it does not depend on it."""
        line = differentiated(self.d.line)
        own, above = (next(k for k, s in enumerate(line) if t in s.operation.operands) for t in (tensor, source))
        return self.carried({gradient(source): given}, line[own:above], tensor).get(gradient(tensor))

    def for_value(self, tensor: str) -> Iterator[Suspect]:
        """The nearest place first, back to the input."""
        line = self.d.line
        own = next((k for k, s in enumerate(line) if tensor in s.operation.outputs), -1)
        for k in range(own, -1 if self.far else max(own - 1, -1), -1):
            equation = line[k].operation.equation
            for name, words, changed in changes(Case(line[k], equation, self.d.network.batch)):
                wrong = self._tables(line[k], (changed,), {}, equation.entry.tensor)
                for stage in line[k + 1 : own + 1]:
                    if wrong and set(stage.operation.operands) & set(wrong):
                        wrong |= self._tables(stage, stage.operation.equations, wrong)
                if wrong:
                    yield Suspect(name, words, equation.entry.tensor, wrong)

    def _tables(
        self, stage: Stage, equations: tuple[Equation, ...], wrong: Tensors, operand: str = ""
    ) -> dict[str, Array]:
        """What the equations give, the wrong tensors put in: only what comes out wrong. Nothing where a wrong equation
        cannot be computed: a window without an entry, or an entry read outside."""
        world = World(dict(stage.sizes), {**self.known, **wrong})
        found = {}
        for equation in equations:
            name = equation.entry.tensor
            try:
                world.define(equation, stage.operation.shape(operand or name))
            except (Broken, IndexError, ZeroDivisionError):
                return {}
            if not same(world.tensors[name], self.known[name]):
                found[name] = world.tensors[name]
        return found


def explanations(suspects: Suspects, section: str, tensor: str) -> Iterator[tuple[str, Array]]:
    """What may have been done, in words, with the numbers that come out: first what is done with the right numbers."""
    d, known = suspects.d, suspects.known
    backward = section == GRADIENTS
    name = key(tensor, backward)
    rate = d.network.learning_rate
    learns = tensor in d.parameters
    own = Asked(section, known[name], known[tensor], known.get(gradient(tensor)), rate, learns)
    yield from slips(own, tensor).items()
    for suspect in suspects.for_gradient(tensor) if backward else suspects.for_value(tensor):
        if name in suspect.wrong:
            at = suspect.place.removeprefix(gradient(""))
            of = "the gradient of " if backward else ""
            elsewhere = "" if original(at) == tensor else f" in {of}{original(at)}, and all else follows from it"
            yield suspect.words + elsewhere, suspect.wrong[name]
