"""What follows from equations that are wrong, where all else is done right: computed no further than is asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import groupby

from symconv.array import Array, Tensors
from symconv.derivation.index import Entry
from symconv.derivation.operation import Equation
from symconv.derivation.tensors import is_gradient, without_gradient
from symconv.grading.reasons import Reason
from symconv.worked.sources import Source

Recomputed = Callable[[str, Equation, Tensors], Array | None]  # what an equation gives, the wrong tensors put in


@dataclass(frozen=True)
class Order:
    """Everything that is computed, each after those that it reads, a parameter's gradient before the other ones of its
    stage: an update may be read on the way back."""

    sources: Mapping[str, Source]

    @staticmethod
    def of(sources: Mapping[str, Source]) -> "Order":
        ordered: dict[str, Source] = {}
        for _, group in groupby(sources.items(), lambda x: (x[1].stage.output, is_gradient(x[0]))):
            own = list(group)
            last = [x for x in own if is_gradient(x[0]) and without_gradient(x[0]) not in x[1].stage.parameters]
            ordered |= dict([*(x for x in own if x not in last), *last])
        return Order(ordered)

    @cached_property
    def before(self) -> Mapping[str, frozenset[str]]:
        """For everything that is computed: itself and all that it depends on."""
        found: dict[str, frozenset[str]] = {}
        for name, source in self.sources.items():
            found[name] = frozenset({name}).union(*(found.get(t, {t}) for t in source.reads))
        return found


class Trail:
    """Equations that are wrong, by the tensor that they give, or tensors that are; and what follows."""

    def __init__(
        self, order: Order, table: Recomputed, changed: Mapping[str, Equation], wrong: Mapping[str, Array] | None = None
    ) -> None:
        self._order, self._table, self._changed = order, table, changed
        self._found: dict[str, Array | None] = dict(wrong or {})
        self._places = frozenset({*changed, *self._found})

    def at(self, name: str) -> Array | None:
        """The wrong numbers of another tensor; None where it is right all the same."""
        if name not in self._found and self._reaches(name):
            needed = self._needed(name)
            for t in self._order.sources:
                if t in needed and t not in self._found and self._reaches(t):
                    self._found[t] = self._next(t)
        return self._found.get(name)

    def _reaches(self, name: str) -> bool:
        return not self._places.isdisjoint(self._order.before.get(name, ()))

    def _needed(self, name: str) -> frozenset[str]:
        """All that a tensor depends on, by the wrong equations too."""
        needed = self._order.before[name]
        while True:
            read = {t for place, e in self._changed.items() if place in needed for t in _reads(e)}
            more = needed.union(*(self._order.before.get(t, {t}) for t in read))
            if more == needed:
                return needed
            needed = more

    def _next(self, name: str) -> Array | None:
        source = self._order.sources[name]
        equation = self._changed.get(name, source.equation)
        reads = {t: self._found.get(t) for t in (_reads(equation) if name in self._changed else source.reads)}
        wrong = {t: a for t, a in reads.items() if a is not None}
        return self._table(name, equation, wrong) if wrong or name in self._changed else None


@lru_cache(1_000)
def _reads(equation: Equation) -> frozenset[str]:
    return frozenset(x.tensor for x in equation.value.atoms(Entry))


@dataclass(frozen=True)
class Suspect:
    """One mistake, at one place or at several, with what follows from it."""

    reason: Reason
    trail: Trail
