r"""What every chapter of a handout needs at hand: the study, its printers, its sentences and its equation numbers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

from sympy import Expr, Integer, Mul, Symbol

from symconv.array import Array, indices
from symconv.derivation import Derivation
from symconv.document import Line
from symconv.equations import Equation
from symconv.evaluate import World
from symconv.index import Entry, Iverson, Sum, rebuild
from symconv.latex import Tex, decimal, exact_in_short, in_cell, letter, matrix, number
from symconv.network import shapes
from symconv.pictures import Rows
from symconv.prose import Prose
from symconv.special import equation_with
from symconv.stages import LOSS, PROBABILITIES, Stage
from symconv.study import Study

WIDTH = 58.0  # letters that fit beside a short left-hand side
MERGED = {"linearity", "scalar_function", "product_rule"}


@dataclass(frozen=True)
class Pen:
    """One study in one language. `marks` numbers the equations: (direction, tensor) -> number."""

    study: Study
    say: Prose

    @cached_property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        return shapes(self.study.network)

    @cached_property
    def tex(self) -> Tex:
        return Tex(self.shapes, frozenset(self.study.parameters))

    @cached_property
    def bounded(self) -> Tex:
        return Tex(self.shapes, frozenset(self.study.parameters), bounds=True)

    @cached_property
    def marks(self) -> Mapping[tuple[str, str], str]:
        """Forward equations first, then the gradients in the order in which they are derived."""
        order = [("fw", s.output) for s in self.study.line]
        order += [("bw", t) for s in reversed(self.study.line) for t in self.derived(s)]
        order += [("up", p) for p in self.study.parameters]
        return {key: str(k + 1) for k, key in enumerate(order)}

    def derived(self, stage: Stage) -> tuple[str, ...]:
        """The tensors whose gradients are derived at a stage: its parameters, then its input (the network's own
        input learns nothing and is left out)."""
        if stage.output == PROBABILITIES:
            return ()
        given = dict(stage.operation.roles)["input"]
        return (*stage.parameters, *((given,) if given != self.study.network.input.name else ()))

    @cached_property
    def equations(self) -> Mapping[str, Equation]:
        """Each output's equation with the network's numbers."""
        return {s.output: equation_with(s.operation.equation, dict(s.sizes)) for s in self.study.line}

    # -------------------------------------------------------------------------------------------- numbers
    def grid(self, values: Array) -> Rows:
        """The entries for the cells of a figure; a vector stands upright."""
        rows, columns = self.size(values.shape)
        cells = [in_cell(e) for e in values.entries]
        return tuple(tuple(cells[r * columns : (r + 1) * columns]) for r in range(rows))

    def size(self, shape: tuple[int, ...]) -> tuple[int, int]:
        """(rows, columns) in print: a vector is a column."""
        return (shape[0], shape[1]) if len(shape) == 2 else (shape[0] if shape else 1, 1)

    def shape(self, tensor: str) -> str:
        return r"\times".join(map(str, self.size(self.shapes[tensor])))

    def exact(self, values: Array, colour: str = "") -> str:
        r"""The entries exactly: a number, (a, b, c) for one row of them, else a matrix."""
        return self._written(values, number, colour)

    def rounded(self, values: Array, colour: str = "") -> str:
        """The entries to four decimals."""
        return self._written(values, decimal, colour)

    def _written(self, values: Array, write: Any, colour: str) -> str:
        texts = [write(e) for e in values.entries]
        long = [n for n in values.shape if n != 1]
        if not long:
            text = texts[0]
        elif len(long) == 1:
            high = any(r"\frac" in t for t in texts)
            left, right = (r"\Bigl(", r"\Bigr)") if high else (r"\bigl(", r"\bigr)") if any("frac" in t for t in texts) else "()"
            text = left + r",\ ".join(texts) + right
        else:
            rows, columns = self.size(values.shape)
            text = matrix(texts[r * columns : (r + 1) * columns] for r in range(rows))
        return rf"\{colour}{{{text}}}" if colour else text

    def relation(self, values: Array) -> str:
        return "=" if all(exact_in_short(e) for e in values.entries) else r"\approx"

    # -------------------------------------------------------------------------------------------- equations
    def indices_of(self, equation: Equation) -> str:
        """`i=0,1,2` for the free indices of an equation; '' if it has none."""
        return r",\ ".join(rf"{self.tex(i)}={counted(n)}" for i, n in equation.ranges)

    def terms(self, e: Expr, at: Mapping[Symbol, int]) -> list[list[str]]:
        """A sum of products at one index, as factors with their numbers put in; one list for each of the outermost
        index's values. Terms whose condition is false are left out."""
        e = rebuild(e, {i: Integer(k) for i, k in at.items()})
        rows: dict[int, list[str]] = {}
        for part in e.args if e.is_Add else (e,):
            ranges = part.ranges if isinstance(part, Sum) else ()
            body = part.body if isinstance(part, Sum) else part
            for point in product(*(range(int(n)) for _, n in ranges)):
                here = rebuild(body, {i: Integer(k) for (i, _), k in zip(ranges, point, strict=True)})
                if here != 0:
                    rows.setdefault(point[0] if point else -1, []).append(self._numbers(here))
        return [rows[k] for k in sorted(rows)]

    def _numbers(self, term: Expr) -> str:
        factors = sorted((f for f in Mul.make_args(term) if not isinstance(f, Iverson)), key=self.tex.factor_key)
        texts = [self._factor(f) for f in factors]
        return r"\cdot".join(f"({t})" if t.startswith("-") and len(texts) > 1 else t for t in texts)

    def _factor(self, f: Expr) -> str:
        if isinstance(f, Entry) and f.tensor in self.study.exact_values:
            return number(self.study.exact_values[f.tensor][tuple(int(i) for i in f.at)])
        return self.tex(f)

    def value(self, e: Expr, world: World, at: Mapping[Symbol, int]) -> Any:
        return world.closure(e)({i.name: k for i, k in at.items()})

    # -------------------------------------------------------------------------------------------- derivations
    def chain(self, d: Derivation, mark: str, tex: Tex | None = None, width: float = WIDTH) -> tuple[Line, ...]:
        """A derivation line by line with the rule of each line; the last one carries the number."""
        tex = tex or self.tex
        left, out = tex(d.entry), []
        for k, (rules, after, definition) in enumerate(self.printed_steps(d)):
            last = after == d.steps[-1].after
            pieces = tex.broken(after, width)
            rule = self.rule(rules, definition)
            out.append(Line(left if not k else "", "=" + pieces[0], rule, mark if last and mark else ""))
            out += [Line("", p, continued=True) for p in pieces[1:]]
        return tuple(out)

    def printed_steps(self, d: Derivation) -> list[tuple[tuple[str, ...], Expr, str]]:
        """Steps as printed: differentiation of nested functions in one line, and a sift with its conditions."""
        out: list[tuple[tuple[str, ...], Expr, str]] = []
        for k, s in enumerate(d.steps):
            previous = d.steps[k - 1].rule if k else ""
            together = {s.rule, previous} <= MERGED or (s.rule, previous) in (("domains", "sift"), ("sift", "sift"))
            rules = (*(out.pop()[0] if together else ()), s.rule)
            out.append((tuple(dict.fromkeys(rules)), s.after, self._defined(s.before)))
        return out

    def _defined(self, e: Expr) -> str:
        """The tensor whose definition a step puts in."""
        found = sorted({x.body.tensor for x in e.atoms() | set() if False})
        return found[0] if found else ""

    def rule(self, rules: tuple[str, ...], tensor: str) -> str:
        return self.say("rule." + "_".join(rules))


def counted(n: Expr) -> str:
    """0,1,2 or 0,...,n-1."""
    last = int(n) - 1
    return ",".join(map(str, range(last + 1))) if last <= 3 else rf"0,\dots,{last}"


def vector(values: Iterable[str]) -> str:
    return r"\bigl(" + r",\ ".join(values) + r"\bigr)"


_ = (LOSS, indices, letter)
