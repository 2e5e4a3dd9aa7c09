"""A sum as a function of nested loops whose text is written for it: nothing is evaluated more often.

The text is of integers and of our own letters. Tensors, fractions, and the closures of all that is no product of
entries are handed to it under such letters, so that no name from outside is in it.
"""

import operator
from fractions import Fraction
from functools import lru_cache, reduce
from types import CodeType
from typing import Any

from sympy import Expr, Mul, Symbol

from symconv.derivation.index import Delta, Div, Entry, In, Iverson, Quot, Range, Sum, Winner
from symconv.evaluation.scope import Scope, Value

KEPT = 2_000  # texts: sums of different worlds often have the same
CONDITIONS: dict[type[Expr], str] = {Delta: "{} == {}", In: "0 <= {} < {}", Div: "{} % {} == 0"}


def looped(e: Sum, scope: Scope) -> Value:
    """Loops from the outside in; a condition is looked at as soon as its indices are known, and those loops come first
    that let one be known. What follows a condition that does not hold is not evaluated."""
    factors = Mul.make_args(e.body)
    conditions = [c for c in factors if isinstance(c, Iverson)]
    text = _Text(scope)
    text.sum(soonest(e.ranges, conditions), conditions, [f for f in factors if not isinstance(f, Iverson)])
    return text.function()


def soonest(ranges: tuple[Range, ...], conditions: list[Expr]) -> list[Range]:
    """The ranges in an order in which the conditions are decided early: a finite sum may be taken in any."""
    left, out = list(ranges), []
    while left:
        open_ = {i for i, _ in left}
        missing = [c.free_symbols & open_ for c in conditions]
        first = min((m for m in missing if m), key=len, default=open_)
        chosen = next(r for r in left if r[0] in first)
        left.remove(chosen)
        out.append(chosen)
    return out


@lru_cache(KEPT)
def _compiled(source: str) -> CodeType:
    return compile(source, "<sum>", "exec")


class _Text:
    """The lines of one function, and what its letters stand for."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._given: dict[str, Any] = {"scope": scope, "add": scope.arithmetic.add}
        self._letters: dict[Symbol, str] = {}
        self._tensors: dict[str, str] = {}
        self._head: list[str] = []
        self._lines: list[str] = []
        self._closures = False
        self._plain = scope.arithmetic.add is operator.add

    def function(self) -> Value:
        """The function of an environment that the lines make."""
        copied = ["env = dict(env)"] if self._closures else []
        lines = [line for line in self._lines if self._closures or not line.lstrip().startswith("env[")]
        source = "\n    ".join(["def value(env):", *copied, *self._head, *lines])
        names = dict(self._given)
        exec(_compiled(source), names)
        made: Value = names["value"]
        return made

    def sum(self, ranges: list[Range], conditions: list[Expr], factors: list[Expr]) -> None:
        """The loops, with a total for each, so that rounded numbers are added in the order of the nested sums."""
        bound = {i for i, _ in ranges}
        for i, _ in ranges:
            self._letters[i] = f"v{len(self._letters)}"
        for c in conditions:
            if not c.free_symbols & bound:
                self._condition("", c, "return 0")
        for depth, (i, n) in enumerate(ranges):
            pad, later = "    " * depth, {j for j, _ in ranges[depth + 1 :]}
            self._line(pad, f"total{depth} = 0")
            self._line(pad, f"for {self._letters[i]} in range({self._number(n)}):")
            self._bind(pad, i)
            for c in conditions:
                if i in c.free_symbols and not c.free_symbols & later:
                    self._condition(pad + "    ", c, "continue")
        inside = "    " * len(ranges)
        for w in factors:
            if isinstance(w, Winner):
                self._line(inside, f"if {self._call(w)} == 0: continue")
        terms = [self._term(f) for f in factors if not isinstance(f, Winner)]
        self._add(inside, len(ranges) - 1, " * ".join(terms) or "1")
        for depth in reversed(range(len(ranges) - 1)):
            self._add("    " * (depth + 1), depth, f"total{depth + 1}")
        self._line("", "return total0")

    def _line(self, pad: str, text: str) -> None:
        self._lines.append(pad + text)

    def _add(self, pad: str, depth: int, text: str) -> None:
        total = f"total{depth}"
        self._line(pad, f"{total} = {self._sum_of(total, text)}")

    def _bind(self, pad: str, i: Symbol) -> None:
        """For the closures, which read the environment; left out where there are none."""
        self._line(pad, f"    env[{self._hold('n', i.name)}] = {self._letters[i]}")

    def _condition(self, pad: str, c: Expr, otherwise: str) -> None:
        first, second = (self._number(a) for a in c.args)
        seen = self._hold("s", self._scope.seen.setdefault(c, set()).add)
        self._line(pad, f"holds = {CONDITIONS[type(c)].format(first, second)}")
        self._line(pad, f"{seen}(int(holds))")
        self._line(pad, f"if not holds: {otherwise}")

    # ---- expressions
    def _term(self, f: Expr) -> str:
        if f.is_Rational and not f.is_Integer:
            return self._hold("q", self._scope.arithmetic.rational(Fraction(int(f.p), int(f.q))))
        if isinstance(f, Entry):
            return self._entry(f)
        parts = [] if isinstance(f, Sum) or f.atoms(Iverson, Winner) else f.args
        if f.is_Mul and parts:
            return f"({' * '.join(map(self._term, parts))})"
        if f.is_Add and parts:
            return reduce(self._sum_of, map(self._term, parts))
        return self._number(f)

    def _sum_of(self, a: str, b: str) -> str:
        return f"({a} + {b})" if self._plain else f"add({a}, {b})"

    def _entry(self, x: Entry) -> str:
        if x.tensor not in self._tensors:
            self._tensors[x.tensor] = tensor = f"t{len(self._tensors)}"
            self._head.append(f"{tensor} = scope.tensors[{self._hold('n', x.tensor)}].places")
        return f"{self._tensors[x.tensor]}[({''.join(f'{self._number(i)}, ' for i in x.at)})]"

    def _number(self, e: Expr) -> str:
        """Arithmetic of integers and indices as text; of all else a call of its closure."""
        return self._plainly(e) or self._call(e)

    def _plainly(self, e: Expr) -> str:
        if e.is_Integer:
            return f"({int(e)})"
        if e.is_Symbol:
            return self._letter(e)
        if not (e.is_Add or e.is_Mul or isinstance(e, Quot)):
            return ""
        parts = [self._plainly(a) for a in e.args]
        sign = " + " if e.is_Add else " * " if e.is_Mul else " // "
        return f"({sign.join(parts)})" if all(parts) else ""

    def _letter(self, s: Symbol) -> str:
        if s not in self._letters:
            self._letters[s] = letter = f"v{len(self._letters)}"
            self._head.append(f"{letter} = env[{self._hold('n', s.name)}]")
        return self._letters[s]

    def _call(self, e: Expr) -> str:
        self._closures = True
        return f"{self._hold('f', self._scope.closure(e))}(env)"

    def _hold(self, letter: str, thing: Any) -> str:
        name = f"{letter}{len(self._given)}"
        self._given[name] = thing
        return name
