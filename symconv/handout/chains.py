"""Equations line by line: what is too wide goes on below, and of a derivation each line has its reason beside it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from sympy import Expr

from symconv.derivation.derivation import Derivation, Step
from symconv.derivation.index import Entry, Partial, entries
from symconv.derivation.tensors import is_copy
from symconv.formula.compose import ABOUT, EMPTY, EQUALS, begins, equals
from symconv.formula.lines import lines as on_lines
from symconv.formula.nodes import row
from symconv.formula.width import letters
from symconv.handout.differentiated import functions, reason
from symconv.handout.document import Chain, Line
from symconv.handout.pictures import Math, Rich
from symconv.handout.printer import Printer
from symconv.handout.symbols import Symbols
from symconv.text.prose import Prose

COLUMN = 56.2  # letters that fit the main column
MERGED = {"linearity", "scalar_function", "product_rule"}


def chained(lines: Iterable[Line]) -> Chain:
    """A chain in which every line that is too wide goes on below."""
    lines = tuple(lines)
    room = COLUMN - max((letters(line.lhs) for line in lines), default=0)
    return Chain(tuple(part for line in lines for part in fitted(line, room)))


def fitted(line: Line, room: float) -> tuple[Line, ...]:
    """A line as it is, or broken where its right-hand side can be: before a relation, an operator, a condition."""
    first, *rest = on_lines(line.rhs, room)
    if any(letters(x) > room - letters(EQUALS) and not begins(x, EQUALS, ABOUT) for x in rest):
        first, *rest = on_lines(line.rhs, room - letters(EQUALS))  # below, a line begins where the sign ends
    return (replace(line, rhs=first), *(Line(EMPTY, x, continued=not begins(x, EQUALS, ABOUT)) for x in rest))


def in_lines(left: Math, right: Iterable[Math], rule: Rich = "", mark: str = "") -> tuple[Line, ...]:
    """An equation whose right-hand side takes several lines."""
    first, *rest = right
    return (Line(left, equals(first), rule, mark), *(Line(EMPTY, x, continued=True) for x in rest))


def chain(d: Derivation, printer: Printer, say: Prose, mark: str, forward: Callable[[str], str]) -> tuple[Line, ...]:
    """A derivation line by line with the rule of each line; the last one carries the number `mark`. `forward` is the
    number of the equation that defines a tensor."""
    left, out = printer(d.entry), list[Line]()
    room = COLUMN - letters(row(left, EQUALS))
    for step in printed(d):
        number = mark if step.after == d.steps[-1].after else ""
        rule = step.named(say, forward, printer.names)
        out += in_lines(EMPTY if out else left, printer.broken(step.after, room), rule, number)
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
