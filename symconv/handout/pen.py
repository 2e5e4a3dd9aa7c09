r"""What every chapter of a handout needs at hand: the study, its printers, its sentences and its equation numbers."""

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
from symconv.evaluation.evaluate import World
from symconv.evaluation.kinds import OneByOne
from symconv.formula.lines import broken
from symconv.formula.width import letters_in
from symconv.handout.differentiated import functions, reason
from symconv.handout.document import Chain, Line
from symconv.handout.habits import Habits
from symconv.handout.options import PLAIN, Options
from symconv.handout.pictures import MathRows
from symconv.handout.printer import Tex, exact_in_short, in_cell, matrix, number, power_of_ten, rounded
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
    def tex(self) -> Tex:
        outputs = frozenset(s.output for s in self.study.stages if not is_copy(s.output))
        return Tex(
            self.shapes, frozenset(self.study.parameters), habits=self.habits, outputs=outputs, names=self.letter
        )  # fmt: skip

    @cached_property
    def letter(self) -> Symbols:
        """Every tensor's name in print."""
        named = any(s.operation.equation.value.atoms(Named) for s in self.study.stages)
        return symbols(self.shapes, self.habits.entries != "brackets", self.habits.delta, named)

    @cached_property
    def bounded(self) -> Tex:
        return replace(self.tex, bounds=True)

    @property
    def habits(self) -> Habits:
        return self.options.notation

    def number(self, k: int) -> int:
        """An index in print, or a class: counted from where the book's habits start."""
        return k + self.habits.first

    def entry(self, tensor: str, *at: int) -> str:
        return self.tex.plain(Entry(tensor, *at))

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
    def short(self, x: Expr | Real) -> str:
        """A real number to four decimals; one that these would lose to three digits, with a power of ten."""
        if not x or 0.01 <= abs(x) < 100_000:  # a zero of SymPy's floats does not equal 0
            near = float(x) or 0.0
            text = f"{near:.4f}"
            return text.rstrip("0").rstrip(".") if float(text) == near else text
        return power_of_ten(x)

    def exactly(self, x: Expr) -> bool:
        """Whether `short` writes x itself."""
        text = self.short(float(x)) if x.is_Rational else ""
        return x.is_zero or (bool(text) and "cdot" not in text and Rational(text) == x)

    def grid(self, values: Array) -> MathRows:
        """The entries for the cells of a figure; a vector stands upright."""
        rows, columns = self.size(values.shape)
        cells = [in_cell(e) for e in values.entries]
        return tuple(tuple(cells[r * columns : (r + 1) * columns]) for r in range(rows))

    def size(self, shape: tuple[int, ...]) -> tuple[int, int]:
        """(rows, columns) in print: a vector is a column."""
        return (shape[0], shape[1]) if len(shape) == 2 else (shape[0] if shape else 1, 1)

    def shape(self, tensor: str) -> str:
        """Rows and columns; all extents where the network has tensors of more axes."""
        shape, flat = self.shapes[tensor], all(len(s) < 3 for s in self.shapes.values())
        return r"\times".join(map(str, self.size(shape) if flat or not shape else shape))

    def exact(self, values: Array, colour: str = "", upright: bool = False) -> str:
        r"""The entries exactly: a number, (a, b, c) for one row of them, else a matrix; `upright`: always a matrix."""
        return self._written(values, number, colour, upright)

    def rounded(self, values: Array, colour: str = "", upright: bool = False) -> str:
        """The entries to four decimals; of those that these would lose three digits."""
        return self._written(values, rounded, colour, upright)

    def _written(self, values: Array, write: Callable[..., str], colour: str, upright: bool) -> str:
        texts = [write(e) for e in values.entries]
        long = [n for n in values.shape if n != 1]
        if not long:
            text = texts[0]
        elif len(long) == 1 and not (upright and len(values.shape) == 2):
            high = any(r"\frac" in t for t in texts)
            left, right = (
                (r"\Bigl(", r"\Bigr)") if high else (r"\bigl(", r"\bigr)") if any("frac" in t for t in texts) else "()"
            )
            text = left + r",\ ".join(texts) + right
        else:
            rows, columns = self.size(values.shape)
            text = matrix(texts[r * columns : (r + 1) * columns] for r in range(rows))
            text = rf"\narrow{{{text}}}" if letters_in(text) > WIDE else text
        return rf"\{colour}{{{text}}}" if colour else text

    def relation(self, *values: Array) -> str:
        """What stands before decimals of these: = where all are exact."""
        return "=" if all(exact_in_short(e) for a in values for e in a.entries) else r"\approx"

    # -------------------------------------------------------------------------------------------- equations
    def indices_of(self, equation: Equation) -> str:
        """`i=0,1,2` for the free indices of an equation; '' if it has none."""
        return r",\ ".join(rf"{self.tex(i)}={counted(n, self.habits.first)}" for i, n in equation.ranges)

    def terms(self, e: Expr, at: Mapping[Symbol, int]) -> list[list[str]]:
        """A sum of products at one index, as factors with their numbers put in; one list for each of the outermost
        index's values, what stands outside the sums last. Terms whose condition is false are left out."""
        e = rebuild(e, {i: Integer(k) for i, k in at.items()})
        rows: dict[float, list[str]] = {}
        for part in e.args if e.is_Add else (e,):
            ranges = part.ranges if isinstance(part, Sum) else ()
            body = part.body if isinstance(part, Sum) else part
            for point in product(*(range(int(n)) for _, n in ranges)):
                here = rebuild(body, {i: Integer(k) for (i, _), k in zip(ranges, point, strict=True)})
                if here != 0:
                    rows.setdefault(point[0] if point else inf, []).append(self._numbers(here))
        return [rows[k] for k in sorted(rows)]

    def _numbers(self, term: Expr) -> str:
        factors = sorted((f for f in Mul.make_args(term) if not isinstance(f, Iverson)), key=self.tex.factor_key)
        texts = [self._factor(f) for f in factors]
        return r"\cdot".join(f"({t})" if t.startswith("-") else t for t in texts)

    def _factor(self, f: Expr) -> str:
        if isinstance(f, Entry) and f.tensor in self.study.exact_values:
            return number(self.study.exact_values[f.tensor][tuple(int(i) for i in f.at)])
        return self.tex(f)

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

    def rounded_term(self, term: Expr) -> str:
        """A product of entries in numbers, gradients rounded and coloured."""
        out: list[str] = []
        for f in sorted(Mul.make_args(term), key=self.tex.factor_key):
            x = self.exact_term(f)
            text = rounded(x)
            coloured = isinstance(f, Entry) and is_gradient(f.tensor)
            signed = f"({text})" if text.startswith("-") and (out or coloured) else text
            out.append(rf"\bw{{{signed}}}" if coloured else signed)
        return r"\cdot".join(out)

    def relation_of(self, x: Expr) -> str:
        return "=" if exact_in_short(x) else r"\approx"

    def layer(self, stage: Stage) -> Any:
        """The network's layer that a stage stands for."""
        return next(x for x in self.study.network.layers if x.name == stage.output)

    def at(self, tensor: str, index: tuple[int, ...]) -> str:
        """An index in print: axes of extent 1 are left out, `1,2` with brackets where there are several."""
        shown = [str(self.number(k)) for k, n in zip(index, self.shapes[tensor], strict=True) if n != 1]
        return shown[0] if len(shown) == 1 else f"({','.join(shown)})"

    # -------------------------------------------------------------------------------------------- derivations
    def chain(self, d: Derivation, mark: str) -> tuple[Line, ...]:
        """A derivation of this network line by line; in brief, its ends."""
        lines = chain(d, self.tex, self.say, mark, lambda tensor: self.marks["fw", tensor])
        return shortened(lines, self.say) if self.options.brief else lines


def single_winner(pen: Pen, stage: Stage) -> bool:
    """Whether a stage is a pooling with one window, whose winner's place has a name."""
    return "max_pool" in stage.kind and len(pen.study.exact_values[stage.output].entries) == 1


def chained(lines: Iterable[Line]) -> Chain:
    """A chain in which every line that is too wide goes on below."""
    lines = tuple(lines)
    room = COLUMN - max((letters_in(line.lhs) for line in lines), default=0)
    return Chain(tuple(part for line in lines for part in fitted(line, room)))


def fitted(line: Line, room: float) -> tuple[Line, ...]:
    """A line as it is, or broken where its right-hand side can be: before a relation, an operator, a condition."""
    first, *rest = broken(line.rhs, room)
    parts = [replace(line, rhs=first)]
    for piece in rest:
        parts.append(Line("", piece, continued=not piece.startswith(("=", r"\approx"))))
    return tuple(parts)


def chain(d: Derivation, tex: Tex, say: Prose, mark: str, forward: Callable[[str], str]) -> tuple[Line, ...]:
    """A derivation line by line with the rule of each line; the last one carries the number `mark`. `forward` is the
    number of the equation that defines a tensor."""
    left = tex(d.entry)
    out: list[Line] = []
    room = COLUMN - letters_in(left + "=")
    for step in printed(d):
        first, *rest = tex.broken(step.after, room)
        last = step.after == d.steps[-1].after
        out.append(Line("" if out else left, "=" + first, step.named(say, forward, tex.names), mark if last else ""))
        out += [Line("", piece, continued=True) for piece in rest]
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
    functions: tuple[str, ...] = ()  # of one number, those that are differentiated here

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


def counted(n: Expr, first: int = 0) -> str:
    """0,1,2 or 0,...,n-1; from 1 on if that is the first."""
    last = int(n) - 1 + first
    return ",".join(map(str, range(first, last + 1))) if int(n) <= 4 else rf"{first},\dots,{last}"
