"""What every chapter of a handout needs at hand: the study, its printers, its sentences and its equation numbers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from math import inf
from typing import Any

from sympy import Expr, Integer, Mul, Rational, Symbol

from symconv.array import Array, Index
from symconv.derivation.derivation import Derivation
from symconv.derivation.equations import Equation
from symconv.derivation.functions import Named
from symconv.derivation.index import Entry, Iverson, Sum, rebuild
from symconv.derivation.special import equation_with
from symconv.derivation.tensors import is_copy, is_gradient, original
from symconv.evaluation.arithmetic import Exact
from symconv.evaluation.evaluate import World
from symconv.evaluation.kinds import OneByOne
from symconv.formula.compose import (
    ABOUT,
    COMMA,
    EQUALS,
    QQUAD,
    bracketed,
    coloured,
    equals,
    fenced,
    in_turn,
    listed,
    matrix,
    multiplied,
    numeral,
    vector,
    whole,
)
from symconv.formula.nodes import Fraction, Size, Styled, row, walk
from symconv.formula.width import letters
from symconv.handout.chains import chain, shortened
from symconv.handout.document import Line
from symconv.handout.habits import Habits
from symconv.handout.numerals import (
    counted,
    exact_in_short,
    extents,
    in_cell,
    in_decimals,
    number,
    power_of_ten,
    rounded,
)
from symconv.handout.options import PLAIN, Options
from symconv.handout.pictures import Math, MathRows
from symconv.handout.printer import Printer
from symconv.handout.symbols import Symbols, symbols
from symconv.networks.layers.conv_window import ConvWindow
from symconv.networks.network import shapes, windows_of
from symconv.text.prose import Prose
from symconv.worked.derived import Derived
from symconv.worked.machine import Real
from symconv.worked.numbers import neat
from symconv.worked.stages import PROBABILITIES, Stage

WIDE = 36.0  # a matrix wider than this is set in smaller type


@dataclass(frozen=True)
class Pen:
    """One study in one language. `marks` numbers the equations: (direction, tensor) -> number."""

    study: Derived
    say: Prose
    options: Options = PLAIN

    @cached_property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        return shapes(self.study.network)

    def read(self, stage: Stage) -> tuple[int, ...]:
        """The shape of what a stage reads, be it one of several copies."""
        return self.shapes[original(stage.input)]

    @cached_property
    def printer(self) -> Printer:
        outputs = frozenset(s.output for s in self.study.stages if not is_copy(s.output))
        return Printer(
            self.shapes, frozenset(self.study.parameters), habits=self.habits, outputs=outputs, names=self.letter
        )

    @cached_property
    def letter(self) -> Symbols:
        """Every tensor's name in print."""
        named = any(s.operation.equation.value.atoms(Named) for s in self.study.stages)
        return symbols(self.shapes, self.habits.entries != "brackets", self.habits.delta, named)

    @cached_property
    def bounded(self) -> Printer:
        return replace(self.printer, bounds=True)

    @property
    def habits(self) -> Habits:
        return self.options.notation

    def number(self, k: int) -> int:
        """An index in print, or a class: counted from where the book's habits start."""
        return k + self.habits.first

    def entry(self, tensor: str, *at: int) -> Math:
        return self.printer.plain(Entry(tensor, *at))

    def part(self, name: Math, at: Index) -> Math:
        """A part of a tensor that is called so: the first of its indices fixed."""
        return self.habits.entry(name, [whole(self.number(k)) for k in at])

    @cached_property
    def marks(self) -> Mapping[tuple[str, str], str]:
        """Forward equations first, then the gradients in the order in which they are derived."""
        order = [("fw", s.output) for s in self.study.stages if not is_copy(s.output)]
        order += [("bw", t) for s in reversed(self.study.stages) for t in self.derived(s)]
        order += [("up", p) for p in self.study.parameters]
        return {key: str(k + 1) for k, key in enumerate(order)}

    def derived(self, stage: Stage) -> tuple[str, ...]:
        """The tensors whose gradients are derived at a stage: its parameters, then what else it reads; none behind a
        gradient that is 0."""
        if stage.output == PROBABILITIES:
            return ()
        others = (t for t in stage.operation.operands if t not in stage.parameters)
        asked = (*stage.parameters, *(t for t in others if t in self.study.derivations))
        return tuple(t for t in asked if t not in self.unreached)

    @cached_property
    def unreached(self) -> Mapping[str, None]:
        """The tensors that no gradient comes to, in the order of the way back: each way from them to the loss goes
        through a tensor whose gradient is 0 by its derivation, as behind a detach."""
        still, found = set[str](), dict[str, None]()
        for stage in reversed(self.study.stages):
            reads = [t for t in stage.operation.operands if t in self.study.derivations]
            if stage.output != PROBABILITIES and still.issuperset(stage.operation.outputs):
                found |= dict.fromkeys(reads)
                still.update(reads)
            still.update(t for t in reads if self.study.derivations[t].equation.value == 0)
        return found

    @cached_property
    def equations(self) -> Mapping[str, Equation]:
        """Each output's equation with the network's numbers."""
        return {s.output: equation_with(s.operation.equation, dict(s.sizes)) for s in self.study.stages}

    # -------------------------------------------------------------------------------------------- numbers
    def short(self, x: Expr | Real) -> Math:
        """A real number to four decimals; one that these would lose to three digits, with a power of ten."""
        text = in_decimals(x)
        return numeral(text) if text else power_of_ten(x)

    def exactly(self, x: Expr) -> bool:
        """Whether `short` writes x itself."""
        text = in_decimals(float(x)) if x.is_Rational else ""
        return x.is_zero or (bool(text) and Rational(text) == x)

    def grid(self, values: Array) -> MathRows:
        """The entries for the cells of a figure; a vector stands upright."""
        rows, columns = self.size(values.shape)
        cells = [in_cell(e) for e in values.entries]
        return tuple(tuple(cells[r * columns : (r + 1) * columns]) for r in range(rows))

    def size(self, shape: tuple[int, ...]) -> tuple[int, int]:
        """(rows, columns) in print: a vector is a column."""
        return (shape[0], shape[1]) if len(shape) == 2 else (shape[0] if shape else 1, 1)

    def shape(self, tensor: str) -> Math:
        """Rows and columns; all extents where the network has tensors of more axes."""
        shape, flat = self.shapes[tensor], all(len(s) < 3 for s in self.shapes.values())
        return extents(self.size(shape) if flat or not shape else shape)

    def exact(self, values: Array, colour: str = "", upright: bool = False) -> Math:
        """The entries exactly: a number, (a, b, c) for one row of them, else a matrix; `upright`: always a matrix."""
        return self._written(values, number, colour, upright)

    def rounded(self, values: Array, colour: str = "", upright: bool = False) -> Math:
        """The entries to four decimals; of those that these would lose three digits."""
        return self._written(values, rounded, colour, upright)

    def _written(self, values: Array, write: Callable[..., Math], colour: str, upright: bool) -> Math:
        cells = [write(e) for e in values.entries]
        long = [n for n in values.shape if n != 1]
        if not long:
            return coloured(colour, cells[0])
        if len(long) == 1 and not (upright and len(values.shape) == 2):
            ratios = [x for cell in cells for x in walk(cell) if isinstance(x, Fraction)]
            size: Size = "" if not ratios else "big" if all(x.small for x in ratios) else "Big"
            return coloured(colour, vector(cells, size))
        rows, columns = self.size(values.shape)
        table = matrix(cells[r * columns : (r + 1) * columns] for r in range(rows))
        return coloured(colour, Styled("narrow", table) if letters(table) > WIDE else table)

    def relation(self, *values: Array) -> Math:
        """What stands before decimals of these: = where all are exact."""
        return EQUALS if all(exact_in_short(e) for a in values for e in a.entries) else ABOUT

    # -------------------------------------------------------------------------------------------- equations
    def indices_of(self, equation: Equation) -> list[Math]:
        """`i=0,1,2` for each of the free indices of an equation."""
        return [row(self.printer(i), equals(counted(n, self.habits.first))) for i, n in equation.ranges]

    def definition(self, equation: Equation) -> Math:
        """The right-hand side of an equation, and behind it what its free indices are."""
        free = self.indices_of(equation)
        return row(equals(self.bounded(equation.value)), *((COMMA, QQUAD, in_turn(free)) if free else ()))

    def terms(self, e: Expr, at: Mapping[Symbol, int]) -> list[list[Math]]:
        """A sum of products at one index, as factors with their numbers put in; one list for each of the outermost
        index's values, what stands outside the sums last. Terms whose condition is false are left out."""
        e = rebuild(e, {i: Integer(k) for i, k in at.items()})
        rows: dict[float, list[Math]] = {}
        for part in e.args if e.is_Add else (e,):
            ranges = part.ranges if isinstance(part, Sum) else ()
            body = part.body if isinstance(part, Sum) else part
            for point in product(*(range(int(n)) for _, n in ranges)):
                here = rebuild(body, {i: Integer(k) for (i, _), k in zip(ranges, point, strict=True)})
                if here != 0:
                    rows.setdefault(point[0] if point else inf, []).append(self._numbers(here))
        return [rows[k] for k in sorted(rows)]

    def _numbers(self, term: Expr) -> Math:
        factors = sorted((f for f in Mul.make_args(term) if not isinstance(f, Iverson)), key=self.printer.factor_key)
        return multiplied(bracketed(self._factor(f)) for f in factors)

    def _factor(self, f: Expr) -> Math:
        if isinstance(f, Entry) and f.tensor in self.study.exact_values:
            return number(self.study.exact_values[f.tensor][tuple(int(i) for i in f.at)])
        return self.printer(f)

    def each(self, e: Expr) -> list[Expr]:
        """The terms of a sum over numbers, written out; those whose condition is false are left out."""
        out: list[Expr] = []
        for part in e.args if e.is_Add else (e,):
            ranges = part.ranges if isinstance(part, Sum) else ()
            body = part.body if isinstance(part, Sum) else part
            for point in product(*(range(int(n)) for _, n in ranges)):
                out.append(rebuild(body, {i: Integer(k) for (i, _), k in zip(ranges, point, strict=True)}))
        return [t for t in out if t != 0]

    def exact_term(self, term: Expr) -> Expr:
        """A product of entries, values and gradients, as a number."""
        world = World({}, self.study.known, kind=OneByOne(Exact()))
        return neat(world.value(term))

    def rounded_term(self, term: Expr) -> Math:
        """A product of entries in numbers, gradients rounded and coloured."""
        out: list[Math] = []
        for f in sorted(Mul.make_args(term), key=self.printer.factor_key):
            factor = rounded(self.exact_term(f))
            if isinstance(f, Entry) and is_gradient(f.tensor):
                out.append(coloured("bw", bracketed(factor)))
            else:
                out.append(bracketed(factor) if out else factor)
        return multiplied(out)

    def relation_of(self, x: Expr) -> Math:
        return EQUALS if exact_in_short(x) else ABOUT

    def layer(self, stage: Stage) -> Any:
        """The network's layer that a stage stands for."""
        return next(x for x in self.study.network.layers if x.name == stage.output)

    def window(self, stage: Stage) -> ConvWindow:
        """The window of a convolution."""
        return windows_of(self.study.network)[stage.output]

    def at(self, tensor: str, index: tuple[int, ...]) -> Math:
        """An index in print: axes of extent 1 are left out, `1,2` with brackets where there are several."""
        shown = [whole(self.number(k)) for k, n in zip(index, self.shapes[tensor], strict=True) if n != 1]
        return shown[0] if len(shown) == 1 else fenced(listed(shown, COMMA))

    # -------------------------------------------------------------------------------------------- derivations
    def chain(self, d: Derivation, mark: str) -> tuple[Line, ...]:
        """A derivation of this network line by line; in brief, its ends."""
        lines = chain(d, self.printer, self.say, mark, lambda tensor: self.marks["fw", tensor])
        return shortened(lines, self.say) if self.options.brief else lines


def single_winner(pen: Pen, stage: Stage) -> bool:
    """Whether a stage is a pooling with one window, whose winner's place has a name."""
    return "max_pool" in stage.kind and len(pen.study.exact_values[stage.output].entries) == 1
