"""What every chapter of a handout needs at hand: the study, its printers, its sentences and its equation numbers."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from math import inf
from typing import Any

from sympy import Expr, Integer, Mul, Rational, Symbol

from symconv.array import Array
from symconv.derivation.derivation import Derivation, Step
from symconv.derivation.equations import Equation
from symconv.derivation.functions import Named
from symconv.derivation.index import Entry, Iverson, Partial, Sum, entries, rebuild
from symconv.derivation.special import equation_with
from symconv.derivation.tensors import is_copy, is_gradient, original
from symconv.evaluation.arithmetic import Exact
from symconv.evaluation.dual import Index
from symconv.evaluation.evaluate import World
from symconv.formula.compose import (
    ABOUT,
    COMMA,
    CROSS,
    DOTS,
    EMPTY,
    EQUALS,
    QQUAD,
    begins,
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
from symconv.formula.lines import lines as on_lines
from symconv.formula.nodes import Fraction, Size, Styled, row, walk
from symconv.formula.width import letters
from symconv.handout.differentiated import functions, reason
from symconv.handout.document import Chain, Line
from symconv.handout.habits import Habits
from symconv.handout.numerals import exact_in_short, in_cell, number, power_of_ten, rounded
from symconv.handout.options import PLAIN, Options
from symconv.handout.pictures import Math, MathRows
from symconv.handout.printer import Printer
from symconv.handout.symbols import Symbols, symbols
from symconv.networks.network import shapes
from symconv.text.prose import Prose
from symconv.worked.derived import Derived
from symconv.worked.machine import Real
from symconv.worked.numbers import neat
from symconv.worked.stages import PROBABILITIES, Stage

COLUMN = 54.0  # letters that fit the main column
WIDE = 36.0  # a matrix wider than this is set in smaller type
WIDTH = 47.0  # and beside a left-hand side
MERGED = {"linearity", "scalar_function", "product_rule"}


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
        """The tensors whose gradients are derived at a stage: its parameters, then what else it reads."""
        if stage.output == PROBABILITIES:
            return ()
        others = (t for t in stage.operation.operands if t not in stage.parameters)
        return (*stage.parameters, *(t for t in others if t in self.study.derivations))

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
        world = World({}, self.study.known, arithmetic=Exact())
        return neat(world.closure(term)({}))

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


def chained(lines: Iterable[Line]) -> Chain:
    """A chain in which every line that is too wide goes on below."""
    lines = tuple(lines)
    room = COLUMN - max((letters(line.lhs) for line in lines), default=0)
    return Chain(tuple(part for line in lines for part in fitted(line, room)))


def fitted(line: Line, room: float) -> tuple[Line, ...]:
    """A line as it is, or broken where its right-hand side can be: before a relation, an operator, a condition."""
    first, *rest = on_lines(line.rhs, room)
    return (replace(line, rhs=first), *(Line(EMPTY, x, continued=not begins(x, EQUALS, ABOUT)) for x in rest))


def chain(d: Derivation, printer: Printer, say: Prose, mark: str, forward: Callable[[str], str]) -> tuple[Line, ...]:
    """A derivation line by line with the rule of each line; the last one carries the number `mark`. `forward` is the
    number of the equation that defines a tensor."""
    left, names = printer(d.entry), printer.names
    out: list[Line] = []
    room = COLUMN - letters(row(left, EQUALS))
    for step in printed(d):
        first, *rest = printer.broken(step.after, room)
        last = step.after == d.steps[-1].after
        out.append(Line(EMPTY if out else left, equals(first), step.named(say, forward, names), mark if last else ""))
        out += [Line(EMPTY, piece, continued=True) for piece in rest]
    return tuple(out)


def shortened(lines: tuple[Line, ...], say: Prose) -> tuple[Line, ...]:
    """The first and the last line of a derivation; beside the last, in how many steps it follows."""
    starts = [k for k, line in enumerate(lines) if not line.continued]
    if len(starts) < 3:
        return lines
    last = lines[starts[-1]]
    reached = replace(last, rule=say("rule.in_steps", count=len(starts) - 1))
    return (*lines[: starts[1]], reached, *lines[starts[-1] + 1 :])


@dataclass(frozen=True)
class Printed:
    """One printed line of a derivation: the rules that lead to it, and the tensor whose definition was used."""

    rules: tuple[str, ...]
    after: Expr
    tensor: str
    functions: tuple[Math, ...] = ()  # of one number, those that are differentiated here

    def named(self, say: Prose, forward: Callable[[str], str], names: Symbols) -> str:
        if set(self.rules) <= MERGED and (len(self.rules) > 1 or self.functions):
            return reason(say, self.rules, self.functions, names.number)
        key = "_".join(self.rules)
        if key == "definition" and is_copy(self.tensor):
            return say("rule.copy")
        if key in ("definition", "fold"):
            return say(f"rule.{key}", tensor=names(self.tensor), mark=forward(self.tensor))
        return say(f"rule.{key}")


def printed(d: Derivation) -> tuple[Printed, ...]:
    """The steps as printed: nested functions are differentiated in one line, a sift goes with its conditions."""
    out: list[Printed] = []
    for k, s in enumerate(d.steps):
        previous = d.steps[k - 1].rule if k else ""
        together = {s.rule, previous} <= MERGED or (previous == "sift" and s.rule in ("sift", "domains"))
        before = out.pop() if together else Printed((), s.before, "")
        met = (*before.functions, *(functions(s.before) if s.rule == "scalar_function" else ()))
        out.append(Printed(tuple(dict.fromkeys((*before.rules, s.rule))), s.after, _defined(s), met))
    return tuple(out)


def _defined(s: Step) -> str:
    """The tensor whose definition a step puts in or reads backwards."""
    if s.rule == "fold":
        return min({x.tensor for x in entries(s.after)} - {x.tensor for x in entries(s.before)})
    return min((p.body.tensor for p in s.before.atoms(Partial) if isinstance(p.body, Entry)), default="")


def counted(n: Expr, first: int = 0) -> Math:
    """0,1,2 or 0,...,n-1; from 1 on if that is the first."""
    every = [whole(k) for k in range(first, int(n) + first)]
    return listed(every if len(every) <= 4 else [every[0], DOTS, every[-1]], COMMA)


def extents(shape: Iterable[int]) -> Math:
    r"""4\times3."""
    return listed(map(whole, shape), CROSS)


def in_decimals(x: Expr | Real) -> str:
    """A real number to four decimals, fewer where they are it; "" for one that these would lose."""
    if x and not 0.01 <= abs(x) < 100_000:  # a zero of SymPy's floats does not equal 0
        return ""
    near = float(x) or 0.0
    text = f"{near:.4f}"
    return text.rstrip("0").rstrip(".") if float(text) == near else text
