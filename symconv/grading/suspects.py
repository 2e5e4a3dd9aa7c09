"""Every mistake made at every place, and what comes out further on when all else is done right.

Numbers are the machine's: Fractions, with mpmath's digits from the first exp or log on, as in the verification.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from symconv.array import Array
from symconv.derivation.operation import Equation
from symconv.derivation.rules import gradient
from symconv.errors import Broken
from symconv.grading.answers import GRADIENTS
from symconv.grading.case import Case
from symconv.grading.known import Tensors, key
from symconv.grading.mistakes import changes
from symconv.grading.precision import same
from symconv.grading.reasons import Reason
from symconv.grading.slips import Asked, slips
from symconv.worked.derived import Derived, differentiated
from symconv.worked.exactness import products
from symconv.worked.machine import Machine
from symconv.worked.sources import sources
from symconv.worked.stages import original

NEAR = 2_000  # products of the forward pass: in a larger network a mistake is looked for in one equation only


class Ways:
    """The ways in which a network of one shape can be got wrong: each is worked out once, when it is asked for."""

    def __init__(self, d: Derived) -> None:
        self.d = d
        self.machine = Machine(d)
        self.sources = sources(d)
        self._changes: dict[str, tuple[tuple[Reason, Equation], ...]] = {}

    @cached_property
    def far(self) -> bool:
        """Whether mistakes are looked for in other equations than the tensor's own as well."""
        return products(self.d.line) <= NEAR

    @cached_property
    def before(self) -> Mapping[str, frozenset[str]]:
        """For everything that is computed: itself and all that it depends on."""
        found: dict[str, frozenset[str]] = {}
        for name, source in self.sources.items():
            found[name] = frozenset({name}).union(*(found.get(t, {t}) for t in source.reads))
        return found

    def changes(self, place: str) -> tuple[tuple[Reason, Equation], ...]:
        """The mistakes that may be made in the equation of a tensor, ∂S for a gradient."""
        if place not in self._changes:
            source = self.sources[place]
            self._changes[place] = tuple(changes(Case(source.stage, source.equation, self.d.network.batch)))
        return self._changes[place]

    def places(self, tensor: str, backward: bool) -> list[str]:
        """Whose equations may be wrong where a tensor or its gradient is: the nearest first, back to the input, or up
        to the loss."""
        if backward:
            return [gradient(t) for t in (tensor, *(self.above(tensor) if self.far else ()))]
        line = self.d.line
        own = next((k for k, s in enumerate(line) if tensor in s.operation.outputs), -1)
        nearest = [s.output for s in reversed(line[: own + 1])]
        return nearest if self.far else nearest[:1]

    def above(self, tensor: str) -> list[str]:
        """The tensors nearer to the loss, the nearest to `tensor` first."""
        line = differentiated(self.d.line)
        own = next(k for k, s in enumerate(line) if tensor in s.operation.operands)
        return [t for s in line[own + 1 :] for t in s.operation.operands if t in self.d.general]


class Suspects:
    """All that may have gone wrong with the numbers of one network of the shape, made when it is asked for: a right
    tensor needs none of it. To be used with mpmath's precision at DIGITS + 5."""

    def __init__(self, ways: Ways, known: Tensors) -> None:
        self.ways = ways
        self.known = known
        self._at: dict[str, tuple[Suspect, ...]] = {}

    def at(self, place: str) -> tuple["Suspect", ...]:
        """The mistakes in one equation that give other numbers there."""
        if place not in self._at:
            made = ((reason, self.table(place, equation, {})) for reason, equation in self.ways.changes(place))
            self._at[place] = tuple(Suspect(reason, Trail(self, place, x)) for reason, x in made if x is not None)
        return self._at[place]

    def follows(self, source: str, given: Array, tensor: str) -> Array | None:
        """The gradient of `tensor` if that of `source` were as given; None where it does not depend on it."""
        return Trail(self, gradient(source), given).at(gradient(tensor))

    def table(self, name: str, equation: Equation, wrong: Tensors) -> Array | None:
        """What the equation gives for a tensor, the wrong ones put in; None where it comes out right, or where a wrong
        equation cannot be computed: a window without an entry, or an entry read outside."""
        try:
            found = self.ways.machine.table(self.ways.sources[name].stage, equation, {**self.known, **wrong})
        except (Broken, IndexError, ZeroDivisionError):
            return None
        return None if same(found, self.known[name]) else found


class Trail:
    """A tensor that is wrong, and what follows from it where all else is done right."""

    def __init__(self, suspects: Suspects, place: str, wrong: Array) -> None:
        self.place = place
        self._suspects = suspects
        self._found: dict[str, Array | None] = {place: wrong}

    def at(self, name: str) -> Array | None:
        """The wrong numbers of another tensor; None where it is right all the same."""
        ways = self._suspects.ways
        if name not in self._found and self.place in ways.before[name]:
            for t in ways.before:  # in the order of computation
                if t in ways.before[name] and t not in self._found and self.place in ways.before[t]:
                    self._found[t] = self._next(t)
        return self._found.get(name)

    def _next(self, name: str) -> Array | None:
        source = self._suspects.ways.sources[name]
        reads = {t: self._found.get(t) for t in source.reads}
        wrong = {t: a for t, a in reads.items() if a is not None}
        return self._suspects.table(name, source.equation, wrong) if wrong else None


@dataclass(frozen=True)
class Suspect:
    """One mistake at one place, with what follows from it."""

    reason: Reason
    trail: Trail


def explanations(suspects: Suspects, section: str, tensor: str) -> Iterator[tuple[Reason, Array]]:
    """What may have been done, with the numbers that come out, the likeliest first: what is done with the right
    numbers, the mistakes in equations from the tensor's own on, and last what may fit by chance."""
    d, known = suspects.ways.d, suspects.known
    backward = section == GRADIENTS
    name = key(tensor, backward)
    own = Asked(
        section, known[name], known[tensor], known.get(gradient(tensor)), d.network.learning_rate,
        tensor in d.parameters,
    )  # fmt: skip
    yield from slips(own, tensor, likely=True)
    for place in suspects.ways.places(tensor, backward):
        at = original(place.removeprefix(gradient("")))
        for suspect in suspects.at(place):
            wrong = suspect.trail.at(name)
            if wrong is not None:
                elsewhere = "" if at == tensor else at
                yield replace(suspect.reason, place=elsewhere, backward=bool(elsewhere) and backward), wrong
    yield from slips(own, tensor, likely=False)
