"""An expression as a formula, in the order in which one reads it: weights, gradients, deltas, tensors, conditions."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import prod

from sympy import Add, Expr, Float, Integer, Mul, Pow, Rational, Symbol, exp, log
from sympy.core.numbers import Pi

from symconv.derivation.functions import Flag, at_least, at_most, clamp, clip, negative_part, relu
from symconv.derivation.index import Delta, Entry, In, Iverson, MaxOver, Partial, Quot, Sum, Winner
from symconv.derivation.tensors import gradient, is_gradient, original, without_gradient
from symconv.formula.compose import (
    COMMA,
    EMPTY,
    EQUALS,
    IN,
    LARGEST,
    MINUS,
    PLUS,
    SLASH,
    SUM,
    THIN,
    coloured,
    condition,
    derivative,
    fenced,
    gradient as gradient_of,
    gradient_inline,
    listed,
    numeral,
    power,
    sum_over,
    whole,
)
from symconv.formula.lines import lines
from symconv.formula.nodes import Fraction, Function, Letter, Node, Number, Root, Scripts, Sign, Stack, row
from symconv.formula.width import letters
from symconv.handout.applied import APPLIED, AT_MOST, LESS, ZERO
from symconv.handout.habits import USUAL, Habits, attached
from symconv.handout.numerals import decimal, number
from symconv.handout.symbols import AS_THEY_ARE, Symbols, delta, letter
from symconv.text.notation import content_of, is_long, reading_key

LONG = 16  # letters that a fraction may hold below its line
SHORT = 9  # signs of a decimal that is not rounded
DIVIDES, ONE = Sign("\u2223"), Number("1")
ORDER = ["n", "v", "g", "o", "k", "m", "c", "t", "i", "l", "j", "q", "z", "h", "r", "u", "w", "x", "a", "b", "e"]


@dataclass(frozen=True)
class Printer:
    """Prints expressions. Axes of extent 1 in `shapes` are not printed; `parameters` stand first in a product."""

    shapes: Mapping[str, tuple[int, ...]]
    parameters: frozenset[str] = frozenset()
    bounds: bool = False  # sums with their limits
    floors: bool = False  # a quotient as the floor of a fraction; else it is known to be whole
    short: Mapping[Expr, Node] = field(default_factory=dict)  # index expressions that have a name
    inside: tuple[tuple[tuple[Expr, ...], str], ...] = ()  # extents and the tensor that has them: [(i,j) in X]
    place: Node | None = None  # the name of a winner's place, where there is one winner only
    habits: Habits = USUAL
    outputs: frozenset[str] = frozenset()  # the tensors that layers make: their gradients may have a letter
    names: Symbols = AS_THEY_ARE  # the tensors' names in print

    def __call__(self, e: Expr) -> Node:
        if e in self.short:
            return self.short[e]
        printer = PRINTERS.get(type(e)) or next((p for t, p in PRINTERS.items() if isinstance(e, t)), None)
        return printer(self, e) if printer else Letter(str(e))

    # -------------------------------------------------------------------------------------------- tensors
    def entry(self, e: Entry, inline: bool = False) -> Node:
        """X[i+a, b], or dL/dS[i] for a gradient, which is a fraction where it is short and not `inline`."""
        if not is_gradient(e.tensor):
            return self.plain(e, copied=False)
        name = without_gradient(e.tensor)
        if self.by_letter(name):
            return coloured("bw", attached(*self._indexed(delta(self.names(name)), None, e)))
        head, subscripts = self._parts(Entry(name, *e.at), name)
        if letters(head) + letters(subscripts) >= LONG:
            return row(gradient_inline(head), coloured("bw", subscripts))
        return (gradient_inline if inline else gradient_of)(attached(head, subscripts))

    def by_letter(self, tensor: str) -> bool:
        """Whether the gradient of this tensor, or of the tensor that it is a copy of, has a letter of its own."""
        return self.habits.delta and original(tensor) in self.outputs

    def gradient_of(self, tensor: str) -> Node:
        """dL/dX."""
        return coloured("bw", delta(self.names(tensor))) if self.by_letter(tensor) else gradient_of(self.names(tensor))

    def inline_gradient(self, tensor: str) -> Node:
        """The same on one line."""
        return self.gradient_of(tensor) if self.by_letter(tensor) else gradient_inline(self.names(tensor))

    def plain(self, e: Entry, copied: bool = True) -> Node:
        return attached(*self._parts(e, e.tensor if copied else original(e.tensor)))

    def _parts(self, e: Entry, name: str) -> tuple[Node, Node]:
        """The entry's letter and its subscripts, by the name of its tensor or of a copy."""
        return self._indexed(self.names(name), self.names.of_entries(name), e)

    def _indexed(self, name: Node, small: Node | None, e: Entry) -> tuple[Node, Node]:
        """Axes of extent 1 are left out."""
        shape = self.shapes.get(without_gradient(original(e.tensor)))
        shown = [self.index(i) for k, i in enumerate(e.at) if shape is None or shape[k] != 1]
        known = shape is not None and all(i.is_Integer for i in e.at)
        place = sum(int(i) * prod(shape[k + 1 :]) for k, i in enumerate(e.at)) if known and shape else None
        return self.habits.parts(name, shown, place, small)

    def index(self, e: Expr) -> Node:
        """A subscript."""
        return self(e) if e in self.short else self(self.habits.index(e))

    def partial(self, e: Partial) -> Node:
        if isinstance(e.body, Entry):
            if e.body.tensor == "L":
                return self.entry(Entry(gradient(e.entry.tensor), *e.entry.at))
            return derivative(self.plain(e.body), self.plain(e.entry))
        body = fenced(self(e.body), "(", "big") if e.body.is_Mul else self.grouped(e.body)
        return row(derivative(EMPTY, self.plain(e.entry)), body)

    def grouped(self, e: Expr) -> Node:
        return fenced(self(e), "(", "Big") if e.is_Add else self(e)

    # -------------------------------------------------------------------------------------------- sums and products
    def terms(self, e: Expr) -> list[Node]:
        """The signed terms of a sum: the first without a plus."""
        parts = sorted(Add.make_args(e), key=self.term_key)
        out = []
        for k, p in enumerate(parts):
            negative = p.could_extract_minus_sign()
            out.append(row(MINUS if negative else PLUS if k else EMPTY, self(-p if negative else p)))
        return out

    def term_key(self, e: Expr) -> tuple[bool, bool, int, int, str]:
        """Parameters last; what holds of a part of an axis stands where the part does."""
        negative, place, text = reading_key(ORDER)(e)
        starts = [at[1] for f in Mul.make_args(e) if isinstance(f, Delta | In) and (at := part_of_axis(f))]
        return (isinstance(e, Entry) and e.tensor in self.parameters, negative, place, sum(starts), text)

    def add(self, e: Expr) -> Node:
        content, inner = content_of(e)
        if content != 1:
            return row(self(content), fenced(row(*self.terms(inner))))
        return row(*self.terms(e))

    def mul(self, e: Expr) -> Node:
        if e.could_extract_minus_sign():
            return row(MINUS, self(-e))
        below = [f for f in e.args if isinstance(f, Pow) and f.exp.is_number and f.exp < 0]
        above = [f for f in e.args if isinstance(f, exp)] if below else []
        rest = sorted((f for f in e.args if f not in above and f not in below), key=self.factor_key)
        if not below:
            return self.joined(rest)
        if not above and len(rest) == 1 and isinstance(rest[0], Entry) and not is_gradient(rest[0].tensor):
            above, rest = rest, []
        under = self(below[0].base) if below[1:] == [] and below[0].exp == -1 else self._under(below)
        ratio = Fraction(self.joined(above) if above else ONE, under)
        sums = [f for f in rest if isinstance(f, Sum)]
        before = self.joined(f for f in rest if f not in sums)
        return row(before, ratio, *((THIN, self.joined(sums)) if sums else ()))

    def _under(self, below: list[Expr]) -> Node:
        return self.joined([f.base ** (-f.exp) for f in below])

    def joined(self, factors: Iterable[Expr]) -> Node:
        """Factors side by side, a thin space where two tensors meet; one guard for each tensor that has a name."""
        rest, guards = list(factors), []
        for extents, tensor in self.inside:
            found = [f for n in extents for f in rest if isinstance(f, In) and f.args[1] == n]
            if len(found) == len(extents):
                rest = [f for f in rest if f not in found]
                at = fenced(listed((self(f.args[0]) for f in found), COMMA))
                guards.append(condition(row(at, IN, Letter(tensor))))
        return listed([*map(self.factor, rest), *guards], THIN)

    def factor(self, f: Expr) -> Node:
        if not f.is_Add or content_of(f)[0] != 1:
            return self(f)
        return fenced(self(f), "(", "big" if f.atoms(Entry) else "")

    def factor_key(self, f: Expr) -> tuple[int, tuple[bool, int, str]]:
        kinds = (
            f.is_number, isinstance(f, Symbol), isinstance(f, Flag | Winner), self._is(f, self.parameters),
            isinstance(f, Entry) and is_gradient(f.tensor), isinstance(f, Delta), isinstance(f, Entry),
            isinstance(f, exp | log | relu | clip | clamp | at_least | at_most | negative_part | Pow | Add),
            isinstance(f, Partial),
            isinstance(f, Sum), True,
        )  # fmt: skip
        return (kinds.index(True), reading_key(ORDER)(f))

    def _is(self, f: Expr, tensors: Iterable[str]) -> bool:
        return isinstance(f, Entry) and f.tensor in tensors

    def sum(self, e: Sum) -> Node:
        return row(self.summation(e), self.grouped(e.body))

    def summation(self, e: Sum) -> Node:
        if not self.bounds:
            return sum_over(*(self(i) for i, _ in e.ranges))
        first = self.habits.first
        return row(*(Scripts(SUM, row(self(i), EQUALS, whole(first)), self(n - 1 + first)) for i, n in e.ranges))

    # -------------------------------------------------------------------------------------------- conditions
    def condition(self, e: Iverson) -> Node:
        """The condition without its brackets."""
        first, second = e.args
        part = part_of_axis(e) if isinstance(e, Delta | In) else None
        if isinstance(e, Delta):
            left, right = (second, first) if first.is_number else (first, second)  # j=0, and never 0=j
            left, right = (part[0], Integer(part[1])) if part else (left, right)
            return row(self.index(left), EQUALS, self.index(right))
        if part and part[1] and second.is_Integer:  # 3 <= c < 5 rather than 0 <= c - 3 < 2
            low, high = part[1], part[1] + int(second)
            if self.habits.first:
                return row(whole(low + 1), AT_MOST, self.index(part[0]), AT_MOST, whole(high))
            return row(whole(low), AT_MOST, self(part[0]), LESS, whole(high))
        if not isinstance(e, In):
            return row(self(second), DIVIDES, self(self.habits.offset(first)))
        if self.habits.first:
            return row(ONE, AT_MOST, self.index(first), AT_MOST, self(second))
        return row(ZERO, AT_MOST, self(first), LESS, self(second))

    def iverson(self, e: Iverson) -> Node:
        return condition(self.condition(e))

    def winner(self, e: Winner) -> Node:
        """[at = arg max over the window of the body]."""
        at = listed(map(self.index, e.at), COMMA)
        left = at if len(e.at) == 1 else fenced(at)
        if self.place:
            return condition(row(left, EQUALS, self.place))
        return condition(row(left, EQUALS, self.argmax(e)), "big")

    def argmax(self, e: Winner | MaxOver) -> Node:
        return row(Scripts(Function("arg max", limits=True), self.under(e)), self(e.body))

    def largest(self, e: MaxOver) -> Node:
        return row(Scripts(LARGEST, self.under(e)), self(e.body))

    def under(self, e: Winner | MaxOver) -> Node:
        """What stands below an operator: its indices, and the conditions on them."""
        over = listed(map(self, e.bound), COMMA)
        conditions = [self.condition(c) for c in Mul.make_args(e.guard) if isinstance(c, Iverson)]
        return Stack((over, *conditions)) if conditions else over

    # -------------------------------------------------------------------------------------------- the rest
    def quotient(self, e: Quot) -> Node:
        first, second = e.args
        if self.floors:
            return fenced(Fraction(self(first), self(second)), "\u230a", "Big")
        above = fenced(self(first)) if first.is_Add or first.is_Mul else self(first)
        return row(above, SLASH, self(second))

    def power(self, e: Pow) -> Node:
        if e.exp.is_number and e.exp < 0:
            return Fraction(ONE, self(Pow(e.base, -e.exp)))
        if 2 * e.exp == 1:
            return Root(self(e.base))
        if not e.exp.is_Integer and (2 * e.exp).is_Integer:
            return Scripts(fenced(self(Pow(e.base, Rational(1, 2))), "(", "big"), above=whole(int(2 * e.exp)))
        return power(self.factor(e.base), self(e.exp))

    def rational(self, e: Rational) -> Node:
        """A fraction; of a long one its decimals, rounded where these are many."""
        decimals = repr(float(e))
        return number(e) if not is_long(e) else numeral(decimals) if len(decimals) <= SHORT else decimal(e)

    def broken(self, e: Expr, width: float) -> tuple[Node, ...]:
        """The expression on as many lines as its width (in letters) asks for."""
        return lines(self(e), width)


def part_of_axis(e: Delta | In) -> tuple[Symbol, int] | None:
    """Of a condition that one index lies in a part of its axis: the index, and where the part starts."""
    first, second = e.args
    at = second if isinstance(e, Delta) and first.is_number else first
    start = first + second - at if isinstance(e, Delta) else Integer(0)
    before, index = at.as_coeff_Add()
    if not (index.is_Symbol and before.is_Integer and start.is_Integer):
        return None
    return index, int(start - before)


PRINTERS: dict[type, Callable[..., Node]] = {
    Entry: Printer.entry, Partial: Printer.partial, Sum: Printer.sum, MaxOver: Printer.largest, Winner: Printer.winner,
    Iverson: Printer.iverson, Quot: Printer.quotient, Add: Printer.add, Mul: Printer.mul, Pow: Printer.power, **APPLIED,
    Symbol: lambda p, e: letter(e.name), Pi: lambda p, e: Letter("\u03c0"),
    Float: lambda p, e: decimal(e), Integer: lambda p, e: whole(int(e)), Rational: Printer.rational,
}  # fmt: skip
