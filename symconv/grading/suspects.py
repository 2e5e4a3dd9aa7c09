"""Every mistake made at every place, and what comes out further on when all else is done right.

Numbers are the machine's: Fractions, with mpmath's digits from the first exp or log on, as in the verification.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property

from symconv.array import Array, Tensors
from symconv.derivation.operation import Equation
from symconv.derivation.tensors import gradient, is_gradient, original, without_gradient
from symconv.errors import Broken
from symconv.grading.answers import GRADIENTS
from symconv.grading.known import key
from symconv.grading.mistakes.case import Case
from symconv.grading.mistakes.mistakes import SELDOM, changes
from symconv.grading.precision import same
from symconv.grading.reasons import BACKWARD, BOTH_WAYS, FORWARD, Reason, joined
from symconv.grading.slips import Question, slips
from symconv.grading.trails import Order, Suspect, Trail
from symconv.worked.derived import Derived, differentiated
from symconv.worked.exactness import products
from symconv.worked.machine import Machine
from symconv.worked.sources import sources

NEAR = 2_000  # products of the forward pass: in a larger network a mistake is looked for in one equation only
Changed = Mapping[str, Equation]  # by the tensor that an equation gives


class Ways:
    """The ways in which a network of one shape can be got wrong: each is worked out once, when it is asked for."""

    def __init__(self, d: Derived) -> None:
        self.d = d
        self.machine = Machine(d)
        self.order = Order.of(sources(d))
        self._changes: dict[str, tuple[tuple[Reason, Equation], ...]] = {}

    @cached_property
    def far(self) -> bool:
        """Whether mistakes are looked for in other equations than the tensor's own as well."""
        return products(self.d.stages) <= NEAR

    def changes(self, place: str) -> tuple[tuple[Reason, Equation], ...]:
        """The mistakes that may be made in the equation of a tensor, ∂S for a gradient."""
        if place not in self._changes:
            source = self.order.sources[place]
            case = Case(source.stage, source.equation, self.d.network.batch, self.d.network.learning_rate)
            self._changes[place] = tuple(changes(case))
        return self._changes[place]

    @cached_property
    def habits(self) -> tuple[tuple[Reason, Changed], ...]:
        """The mistakes that are made at several places at once: forward and back in one layer, then in all layers where
        they can be made, on the way back alone or in both directions."""
        made: dict[str, dict[str, tuple[Reason, Equation]]] = {}
        for place in self.order.sources:
            for reason, equation in self.changes(place):
                made.setdefault(reason.mistake, {})[place] = (reason, equation)
        return tuple(habit for at in made.values() for habit in self._habits(at))

    def _habits(self, at: Mapping[str, tuple[Reason, Equation]]) -> Iterator[tuple[Reason, Changed]]:
        back = [p for p in at if is_gradient(p)]
        layers = {p: self.order.sources[p].stage.output for p in at}
        own = [[p for p in at if layers[p] == layer] for layer in dict.fromkeys(layers.values())]
        seen: list[set[str]] = [{p} for p in at]
        for places in (*own, back, [*at]):
            if places and set(places) not in seen:
                seen.append(set(places))
                directions = {BACKWARD if p in back else FORWARD for p in places}
                spread = BOTH_WAYS if len(directions) > 1 else directions.pop()
                yield joined([at[p][0] for p in places], spread), {p: at[p][1] for p in places}

    def places(self, tensor: str, backward: bool) -> list[str]:
        """Whose equations may be wrong where a tensor or its gradient is: the nearest first, back to the input, or up
        to the loss."""
        if backward:
            return [gradient(t) for t in (tensor, *(self.above(tensor) if self.far else ()))]
        stages = self.d.stages
        own = next((k for k, s in enumerate(stages) if tensor in s.operation.outputs), -1)
        nearest = [s.output for s in reversed(stages[: own + 1])]
        return nearest if self.far else nearest[:1]

    def above(self, tensor: str) -> list[str]:
        """The tensors nearer to the loss, the nearest to `tensor` first."""
        stages = differentiated(self.d.stages)
        own = next(k for k, s in enumerate(stages) if tensor in s.operation.operands)
        return [t for s in stages[own + 1 :] for t in s.operation.operands if t in self.d.general]


class Suspects:
    """All that may have gone wrong with the numbers of one network of the shape, made when it is asked for: a right
    tensor needs none of it. To be used with mpmath's precision at DIGITS + 5."""

    def __init__(self, ways: Ways, known: Tensors) -> None:
        self.ways = ways
        self.known = known
        self._at: dict[str, tuple[Suspect, ...]] = {}

    def at(self, place: str) -> tuple[Suspect, ...]:
        """The mistakes in one equation that give other numbers there."""
        if place not in self._at:
            made = ((reason, e, self.table(place, e, {})) for reason, e in self.ways.changes(place))
            self._at[place] = tuple(
                Suspect(reason, self._trail({place: e}, {place: x})) for reason, e, x in made if x is not None
            )
        return self._at[place]

    @cached_property
    def habits(self) -> tuple[Suspect, ...]:
        """The mistakes that are made at several places at once."""
        return tuple(Suspect(reason, self._trail(changed)) for reason, changed in self.ways.habits)

    def follows(self, source: str, given: Array, tensor: str) -> Array | None:
        """The gradient of `tensor` if that of `source` were as given; None where it does not depend on it."""
        return self._trail({}, {gradient(source): given}).at(gradient(tensor))

    def _trail(self, changed: Changed, wrong: Tensors | None = None) -> Trail:
        return Trail(self.ways.order, lambda *given: self.table(*given), changed, wrong)

    def table(self, name: str, equation: Equation, wrong: Tensors) -> Array | None:
        """What the equation gives for a tensor, the wrong ones put in; None where it comes out right, or where a wrong
        equation cannot be computed: a window without an entry, an entry read outside, a logarithm of 0."""
        try:
            found = self.ways.machine.table(self.ways.order.sources[name].stage, equation, {**self.known, **wrong})
        except (Broken, IndexError, ArithmeticError, ValueError):
            return None
        return None if same(found, self.known[name]) else found


def explanations(
    suspects: Suspects, section: str, tensor: str, whole: bool = True
) -> Iterator[tuple[Reason, Array]]:  # fmt: skip
    """What may have been done, with the numbers that come out, the likeliest first: what is done with the right
    numbers, the mistakes in one equation from the tensor's own on, and last what may fit by chance.

    `whole`: also the mistakes of the forward pass that a gradient follows from, those made at several places, and those
    that are seldom made by hand.
    """
    d, known = suspects.ways.d, suspects.known
    backward = section == GRADIENTS
    name = key(tensor, backward)
    own = Question(
        section, known[name], known[tensor], known.get(gradient(tensor)), d.network.learning_rate,
        tensor in d.parameters,
    )  # fmt: skip
    yield from slips(own, tensor, likely=True)
    yield from _at_one_place(suspects, section, tensor, whole)
    if whole and suspects.ways.far:
        made = ((suspect.reason, suspect.trail.at(name)) for suspect in suspects.habits)
        yield from ((reason, wrong) for reason, wrong in made if wrong is not None)
    yield from slips(own, tensor, likely=False)


def _at_one_place(suspects: Suspects, section: str, tensor: str, whole: bool) -> Iterator[tuple[Reason, Array]]:
    """The mistakes in one equation, the nearest first; for a gradient those of the forward pass last."""
    ways, backward = suspects.ways, section == GRADIENTS
    before = ways.places(ways.d.stages[-1].output, False) if backward and whole and ways.far else ()
    for place in (*ways.places(tensor, backward), *before):
        at, back = original(without_gradient(place)), is_gradient(place)
        elsewhere = "" if at == tensor and back == backward else at
        for suspect in suspects.at(place):
            seldom = not whole and back and suspect.reason.mistake in SELDOM
            wrong = None if seldom else suspect.trail.at(key(tensor, backward))
            if wrong is not None:
                yield replace(suspect.reason, place=elsewhere, backward=bool(elsewhere) and back), wrong
