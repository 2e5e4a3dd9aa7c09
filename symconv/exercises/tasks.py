"""What a student is asked to compute, and the same worked out: each tensor by its equation, entry by entry."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

from sympy import Add, Expr, Integer, Symbol

from symconv.array import indices
from symconv.derivation.index import Entry, MaxOver, Sum, Winner, rebuild
from symconv.derivation.operation import Equation
from symconv.derivation.tensors import is_gradient, is_updated, without_gradient, without_update
from symconv.exercises.drawn import FACTOR, PLAIN, RELATION, BlankAnswer, Numbering
from symconv.formula.compose import (
    ABOUT,
    COLON,
    EMPTY,
    EQUALS,
    LARGEST,
    MINUS,
    PLUS,
    WORD,
    begins,
    coloured,
    equals,
    in_turn,
    matrix,
    multiplied,
    vector,
)
from symconv.formula.nodes import Drawn, Group, Number, mapped, parts_of, row
from symconv.formula.width import letters
from symconv.grading.mistakes.case import everywhere
from symconv.handout.chains import COLUMN
from symconv.handout.document import Line
from symconv.handout.layout import PRODUCT, RESULT
from symconv.handout.pen import Pen, single_winner
from symconv.handout.pictures import Math
from symconv.handout.printer import Printer
from symconv.handout.symbols import PLACE, primed
from symconv.handout.terms import SignedProduct, candidates, terms
from symconv.worked.derived import short_loss
from symconv.worked.stages import LOSS, PROBABILITIES, TARGET, Stage

MARGIN = 7  # letters of a row of blanks that may stand in the margin, which is empty there
# about as wide as a number that is exact, or rounded
SAMPLES: Mapping[str | bool, Math] = {RELATION: EQUALS, True: Number("00"), False: Number("00.000")}
LONG = 6  # entries of a vector that stand side by side
PRODUCTS, ENTRIES, WHOLE = 1, 2, 3  # the levels: every product; every entry; the gradients, the update and the loss


@dataclass(frozen=True)
class Tasks:
    """One student's work on one network. `solved`: every product and every result is printed in its place."""

    pen: Pen
    numbering: Numbering
    level: int
    solved: bool

    @property
    def given(self) -> frozenset[str]:
        """The tensors whose numbers are printed before anything is computed."""
        network = self.pen.study.network
        further = (each.name for each in network.tensors)
        return frozenset((network.input.name, *further, *self.pen.study.parameters, TARGET))

    @cached_property
    def printer(self) -> Printer:
        """Where one window alone is pooled, its winner's place has a name."""
        single = any(single_winner(self.pen, s) for s in self.pen.study.stages)
        return replace(self.pen.printer, place=PLACE) if single else self.pen.printer

    # ------------------------------------------------------------------------------------------------ tensors
    def tensor(self, equation: Equation) -> tuple[Line, ...]:
        """The tensor that an equation defines: entry by entry, or at once."""
        name = equation.entry.tensor
        if self.solved or self.level == PRODUCTS:
            sizes = (int(n) for _, n in equation.ranges)
            each = [line for at in indices(sizes) for line in self.entry(equation, at)]
            flat = sum(n != 1 for n in self.shape(name)) < 2
            return tuple(each) if flat or not self.solved else (*each, self.whole(name))
        return (self.whole(name),)

    def whole(self, name: str) -> Line:
        """All entries of a tensor at once."""
        shape, left = self.shape(name), self._name(name)
        table = self.table(name, shape)
        grouped = Group(table) if self.solved else table  # whatever the relation before it will be
        return Line(left, row(self._equals(name, *indices(shape)), grouped))

    def table(self, name: str, shape: tuple[int, ...], given: bool = False) -> Math:
        """A number, (a, b, c), or a matrix, of blanks or of numbers."""
        put = self.number if given else self.result
        cells = [put(name, at) for at in indices(shape)]
        long = [n for n in shape if n != 1]
        if not long:
            return cells[0]
        if len(long) == 1 and long[0] <= LONG and not given:
            return vector(cells, "big")
        rows, columns = self.pen.size(shape)
        return matrix(cells[r * columns : (r + 1) * columns] for r in range(rows))

    def shape(self, name: str) -> tuple[int, ...]:
        return self.pen.shapes[without_update(without_gradient(name))]

    def number(self, name: str, at: tuple[int, ...]) -> Math:
        return self.numbering.put(Entry(name, *at))

    def result(self, name: str, at: tuple[int, ...]) -> Math:
        """A blank for an entry, or its number."""
        if self.solved:
            return coloured("bw" if is_gradient(name) else "res", self.numbering.put(Entry(name, *at)))
        return self.numbering.ask(BlankAnswer(Entry(name, *at), self._label(name, at), name, at), RESULT)

    def _label(self, name: str, at: tuple[int, ...]) -> Math:
        return self.pen.printer(Entry(name, *at)) if not is_updated(name) else self._after(name, at)

    def _after(self, name: str, at: tuple[int, ...]) -> Math:
        return primed(self.pen.printer.plain(Entry(without_update(name), *at)))

    def _name(self, name: str) -> Math:
        return self.pen.printer.gradient_of(without_gradient(name)) if is_gradient(name) else self.pen.letter(name)

    def _exact(self, name: str) -> bool:
        """Whether a tensor is computed without e and log."""
        return not is_gradient(name) and not is_updated(name) and name not in (PROBABILITIES, LOSS)

    def target(self) -> Math:
        """The class that is the target's, as it is counted in print."""
        classes = range(self.shape(TARGET)[0])
        return self.numbering.put(Add(*(self.pen.number(k) * Entry(TARGET, k) for k in classes)))

    def of(self, stage: Stage) -> tuple[Line, ...]:
        """What a layer computes."""
        return self.loss() if stage.output == LOSS else self.tensor(self.pen.equations[stage.output])

    def place(self, stage: Stage) -> tuple[Line, ...]:
        """Where the winner of a single window stands: a number for each axis that has several places."""
        if not single_winner(self.pen, stage):
            return ()
        entries = {at: self._winner(stage, at) for at in indices(self.shape(stage.input))}
        axes = [k for k, n in enumerate(self.shape(stage.input)) if n != 1] or [0]
        numbers = [Add(*(self.pen.number(at[k]) * w for at, w in entries.items())) for k in axes]
        if self.solved:
            places = [coloured("res", self.numbering.put(x)) for x in numbers]
        else:
            places = [self.numbering.ask(BlankAnswer(x, PLACE), PRODUCT) for x in numbers]
        return (Line(PLACE, equals(places[0] if len(places) == 1 else vector(places, "big"))),)

    def _winner(self, stage: Stage, at: tuple[int, ...]) -> Expr:
        """1 at the entry that won, else 0: the factor that the gradient is multiplied by."""
        equation = self.pen.study.derivations[stage.input].equation
        here = {i: Integer(k) for i, k in zip(equation.entry.at, at, strict=True) if i.is_Symbol}
        (winner,) = rebuild(equation.value, here).atoms(Winner) or {Integer(1)}
        return winner

    def loss(self) -> tuple[Line, ...]:
        """The loss from the scores: of the sum over the classes the target keeps one term."""
        short = short_loss(self.pen.study)
        if short is None or (not self.solved and self.level != PRODUCTS):
            return (self.whole(LOSS),)
        value = short.equation.value
        (score,) = value.atoms(Entry) - {x for s in value.atoms(Sum) for x in s.atoms(Entry)}
        k = Symbol("k", integer=True)
        chosen = Add(*(Entry(TARGET, c) * Entry(score.tensor, c) for c in range(self.shape(TARGET)[0])))
        one = Entry(score.tensor, k)
        names = {one: self.numbering.put(chosen, FACTOR)} if self.solved else {k: self.target()}
        known = self._other(rebuild(value, {score: one}), names)
        return (Line(self._name(LOSS), row(equals(known), self._equals(LOSS, ()), self.result(LOSS, ()))),)

    # ------------------------------------------------------------------------------------------------ entries
    def entry(self, equation: Equation, at: tuple[int, ...]) -> Iterator[Line]:
        """One entry: its terms, their products, their sum."""
        name = equation.entry.tensor
        here = {i: Integer(k) for (i, _), k in zip(equation.ranges, at, strict=True)}
        entry, value = rebuild(equation.entry, here), rebuild(equation.value, here)
        place = tuple(int(i) for i in entry.at)
        left = self.pen.printer(entry)
        room = COLUMN - letters(left) - 2 + MARGIN
        found = terms(self.pen, value)
        several = len(found) > 1 and any(len(t.factors) > 1 for t in found)
        relation = EQUALS if value.is_number else self._equals(name, place)
        shown = self._shown(found, value, relation if self.solved else EQUALS)
        products = [self._product(k, t, left) for k, t in enumerate(found)] if several else []
        result = row(relation, self.result(name, place))
        if several:
            first = self._rows(shown, room)
            second = self._rows([row(relation, products[0]), *products[1:], result], room)
        else:
            first, second = self._rows([*shown, result], room), []
        for k, part in enumerate((*first, *second)):
            starts = k == 0 or begins(part, EQUALS, ABOUT) or isinstance(parts_of(part)[0], Drawn)
            yield Line(EMPTY if k else left, part, continued=not starts)

    def _equals(self, name: str, *places: tuple[int, ...]) -> Math:
        """What stands before results: after the softmax numbers are rounded, unless all are exact all the same."""
        if self.solved:
            return self.numbering.put(Add(*(Entry(name, *at) for at in places)), RELATION)
        return EQUALS if self._exact(name) else ABOUT

    def _shown(self, found: tuple[SignedProduct, ...], value: Expr, relation: Math) -> list[Math]:
        """The right-hand side with its numbers put in, of which a sum of products has rounded ones where its result is
        rounded. An entry that is taken over as it is keeps its letter, as its number is the result; so is a constant.
        """
        if value.is_number:
            return []
        if not found:
            return [equals(self._other(value))]
        if len(found) == len(found[0].factors) == 1:
            return [equals(self._signed(0, found[0], self.printer(found[0].factors[0])))]
        first, *rest = (self._signed(k, t, self._factors(t)) for k, t in enumerate(found))
        return [row(relation, first), *rest]

    def _signed(self, k: int, term: SignedProduct, factors: Math) -> Math:
        return row(MINUS if term.sign < 0 else PLUS if k else EMPTY, factors)

    def _factors(self, term: SignedProduct) -> Math:
        return multiplied(map(self._factor, term.factors))

    def _factor(self, f: Expr) -> Math:
        """A number where it is known by then, else its letter."""
        if f.is_Rational:
            return self.pen.printer(f)
        gradient = isinstance(f, Entry) and is_gradient(f.tensor)
        if not self.solved and not (isinstance(f, Entry) and f.tensor in self.given):
            return self.printer(f)
        return coloured("bw" if gradient else "", self.numbering.put(f, FACTOR))

    def _product(self, k: int, term: SignedProduct, left: Math) -> Math:
        """A blank for a product, or its number, with its sign in the number."""
        plus = PLUS if k else EMPTY
        if self.solved:
            return row(plus, self.numbering.put(term.value, FACTOR if k else PLAIN))
        label = row(left, COLON, WORD, self._signed(0, term, self._factors(term)))
        return row(plus, self.numbering.ask(BlankAnswer(term.value, label), PRODUCT))

    def _other(self, e: Expr, names: Mapping[Expr, Math] = MappingProxyType({})) -> Math:
        """What is no sum of products: a maximum, a power of e, a logarithm; its sums written out."""
        largest = isinstance(e, MaxOver)
        parts = candidates(e) if largest else (everywhere(e, Sum, lambda s: Add(*self.pen.each(s))),)
        if self.solved:
            entries = sorted({x for p in parts for x in p.atoms(Entry)} - set(names), key=str)
            names = {**names, **{x: self.numbering.put(x) for x in entries}}
        printer = replace(self.pen.printer, short={**self.pen.printer.short, **names})
        written = [*map(printer, parts)]
        return row(LARGEST, vector(written, "big")) if largest else in_turn(written)

    # ------------------------------------------------------------------------------------------------ lines
    def _rows(self, parts: list[Math], room: float) -> list[Math]:
        """As many parts on a line as there is room for."""
        rows = [parts[0]]
        for part in parts[1:]:
            if self._letters(rows[-1]) + self._letters(part) <= room:
                rows[-1] = row(rows[-1], part)
            else:
                rows.append(part)
        return rows

    def _letters(self, line: Math) -> float:
        """About how wide a line prints, in letters."""
        return letters(mapped(line, lambda leaf: self._sample(leaf) if isinstance(leaf, Drawn) else leaf))

    def _sample(self, place: Drawn) -> Math:
        drawn = self.numbering.drawn[place.number]
        exact = all(self._exact(x.tensor) for x in drawn.value.atoms(Entry))
        return SAMPLES.get(drawn.style, SAMPLES[exact])
