r"""An expression as LaTeX, in the order in which one reads it: weights, gradients, deltas, tensors, then conditions.

The macros \dL, \tdL, \dd, \bw, \fw, \half are the handout's (templates/preamble.tex.jinja).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from math import prod

from mpmath import mag, nstr
from sympy import Add, E, Expr, Float, Integer, Mul, Pow, Rational, Symbol, exp, fraction, log
from sympy.core.numbers import Pi

from symconv.derivation.functions import Named, Phi, relu, sigmoid, softplus, step, tanh
from symconv.derivation.index import Delta, Entry, In, Iverson, MaxOver, Partial, Quot, Sum, Winner
from symconv.derivation.tensors import gradient, is_gradient, original, without_gradient
from symconv.evaluation.arithmetic import wide
from symconv.formula.lines import broken
from symconv.formula.width import letters_in
from symconv.handout.habits import USUAL, Habits
from symconv.handout.symbols import AS_THEY_ARE, Symbols, letter
from symconv.text.notation import content_of, reading_key
from symconv.worked.numbers import fixed

CELL = 12  # signs that a number in a cell may have
FAR = 10**6  # powers of 2
LONG = 16  # letters that a fraction may hold below its line
COMMA, ROW = r",\,", r"\\"
ORDER = ["n", "v", "g", "o", "k", "m", "c", "t", "i", "l", "j", "q", "z", "h", "r", "u", "w", "x", "a", "b", "e"]


@dataclass(frozen=True)
class Tex:
    """Prints expressions. Axes of extent 1 in `shapes` are not printed; `parameters` stand first in a product."""

    shapes: Mapping[str, tuple[int, ...]]
    parameters: frozenset[str] = frozenset()
    bounds: bool = False  # sums with their limits
    floors: bool = False  # a quotient as the floor of a fraction; else it is known to be whole
    short: Mapping[Expr, str] = field(default_factory=dict)  # index expressions that have a name
    inside: tuple[tuple[tuple[Expr, ...], str], ...] = ()  # extents and the tensor that has them: [(i,j) in X]
    place: str = ""  # the name of a winner's place, where there is one winner only
    habits: Habits = USUAL
    outputs: frozenset[str] = frozenset()  # the tensors that layers make: their gradients may have a letter
    names: Symbols = AS_THEY_ARE  # the tensors' names in print

    def __call__(self, e: Expr) -> str:
        if e in self.short:
            return self.short[e]
        printer = PRINTERS.get(type(e)) or next((p for t, p in PRINTERS.items() if isinstance(e, t)), None)
        return printer(self, e) if printer else str(e)

    # -------------------------------------------------------------------------------------------- tensors
    def entry(self, e: Entry) -> str:
        """X[i+a, b], or \\dL{S[i]} for a gradient."""
        if not is_gradient(e.tensor):
            return self.plain(e, copied=False)
        name = without_gradient(e.tensor)
        if self.by_letter(name):
            delta = rf"\delta^{{{self.names(name)}}}"
            return rf"\bw{{{''.join(self._indexed(delta, '', e))}}}"
        head, subscripts = self._parts(Entry(name, *e.at), name)
        if letters_in(head) + letters_in(subscripts) < LONG:
            return rf"\dL{{{head}{subscripts}}}"
        return rf"\tdL{{{head}}}\bw{{{subscripts}}}"

    def by_letter(self, tensor: str) -> bool:
        """Whether the gradient of this tensor, or of the tensor that it is a copy of, has a letter of its own."""
        return self.habits.delta and original(tensor) in self.outputs

    def gradient_of(self, tensor: str) -> str:
        """dL/dX."""
        return rf"\bw{{\delta^{{{self.names(tensor)}}}}}" if self.by_letter(tensor) else rf"\dL{{{self.names(tensor)}}}"

    def inline_gradient(self, tensor: str) -> str:
        """The same on one line."""
        return self.gradient_of(tensor) if self.by_letter(tensor) else rf"\tdL{{{self.names(tensor)}}}"

    def plain(self, e: Entry, copied: bool = True) -> str:
        return "".join(self._parts(e, e.tensor if copied else original(e.tensor)))

    def _parts(self, e: Entry, name: str) -> tuple[str, str]:
        """The entry's letter and its subscripts, by the name of its tensor or of a copy."""
        return self._indexed(self.names(name), self.names.of_entries(name), e)

    def _indexed(self, letters: str, small: str, e: Entry) -> tuple[str, str]:
        """Axes of extent 1 are left out."""
        shape = self.shapes.get(without_gradient(original(e.tensor)))
        shown = [self.index(i) for k, i in enumerate(e.at) if shape is None or shape[k] != 1]
        known = shape is not None and all(i.is_Integer for i in e.at)
        place = sum(int(i) * prod(shape[k + 1 :]) for k, i in enumerate(e.at)) if known and shape else None
        return self.habits.parts(letters, shown, place, small)

    def index(self, e: Expr) -> str:
        """A subscript."""
        return self(e) if e in self.short else self(self.habits.index(e))

    def partial(self, e: Partial) -> str:
        if isinstance(e.body, Entry):
            if e.body.tensor == "L":
                return self.entry(Entry(gradient(e.entry.tensor), *e.entry.at))
            return rf"\dd{{{self.plain(e.body)}}}{{{self.plain(e.entry)}}}"
        body = rf"\bigl({self(e.body)}\bigr)" if e.body.is_Mul else self.grouped(e.body)
        return rf"\dd{{}}{{{self.plain(e.entry)}}}{body}"

    def grouped(self, e: Expr) -> str:
        return rf"\Bigl({self(e)}\Bigr)" if e.is_Add else self(e)

    # -------------------------------------------------------------------------------------------- sums and products
    def terms(self, e: Expr) -> list[str]:
        """The signed terms of a sum: the first without a plus."""
        parts = sorted(Add.make_args(e), key=self.term_key)
        out = []
        for k, p in enumerate(parts):
            negative = p.could_extract_minus_sign()
            body = self(-p if negative else p)
            out.append(("-" if negative else "+" if k else "") + body)
        return out

    def term_key(self, e: Expr) -> tuple[bool, tuple[bool, int, str]]:
        return (isinstance(e, Entry) and e.tensor in self.parameters, reading_key(ORDER)(e))

    def add(self, e: Expr) -> str:
        content, inner = content_of(e)
        if content != 1:
            return f"{self(content)}({''.join(self.terms(inner))})"
        return "".join(self.terms(e))

    def mul(self, e: Expr) -> str:
        if e.could_extract_minus_sign():
            return "-" + self(-e)
        below = [f for f in e.args if isinstance(f, Pow) and f.exp.is_number and f.exp < 0]
        above = [f for f in e.args if isinstance(f, exp)] if below else []
        rest = sorted((f for f in e.args if f not in above and f not in below), key=self.factor_key)
        if not below:
            return self.joined(rest)
        under = self(below[0].base) if below[1:] == [] and below[0].exp == -1 else self._under(below)
        ratio = rf"\frac{{{self.joined(above) if above else '1'}}}{{{under}}}"
        sums = [f for f in rest if isinstance(f, Sum)]
        before = self.joined(f for f in rest if f not in sums)
        return before + ratio + (r"\," + self.joined(sums) if sums else "")

    def _under(self, below: list[Expr]) -> str:
        return self.joined([f.base ** (-f.exp) for f in below])

    def joined(self, factors: Iterable[Expr]) -> str:
        """Factors side by side, a thin space where two tensors meet; one guard for each tensor that has a name."""
        rest, guards = list(factors), []
        for extents, tensor in self.inside:
            found = [f for n in extents for f in rest if isinstance(f, In) and f.args[1] == n]
            if len(found) == len(extents):
                rest = [f for f in rest if f not in found]
                guards.append(rf"[\,({','.join(self(f.args[0]) for f in found)})\in {tensor}\,]")
        return r"\,".join([*map(self.factor, rest), *guards])

    def factor(self, f: Expr) -> str:
        if f.is_Add and content_of(f)[0] != 1:
            return self(f)
        return rf"\bigl({self(f)}\bigr)" if f.is_Add and f.atoms(Entry) else f"({self(f)})" if f.is_Add else self(f)

    def factor_key(self, f: Expr) -> tuple[int, tuple[bool, int, str]]:
        kinds = (
            f.is_number, isinstance(f, Symbol), isinstance(f, step | Winner), self._is(f, self.parameters),
            isinstance(f, Entry) and is_gradient(f.tensor), isinstance(f, Delta), isinstance(f, Entry),
            isinstance(f, exp | log | relu | Pow | Add), isinstance(f, Partial), isinstance(f, Sum), True,
        )  # fmt: skip
        return (kinds.index(True), reading_key(ORDER)(f))

    def _is(self, f: Expr, tensors: Iterable[str]) -> bool:
        return isinstance(f, Entry) and f.tensor in tensors

    def sum(self, e: Sum) -> str:
        return self.summation(e) + " " + self.grouped(e.body)

    def summation(self, e: Sum) -> str:
        if self.bounds:
            first = self.habits.first
            return "".join(rf"\sum_{{{self(i)}={first}}}^{{{self(n - 1 + first)}}}" for i, n in e.ranges)
        return rf"\sum_{{{','.join(self(i) for i, _ in e.ranges)}}}"

    # -------------------------------------------------------------------------------------------- conditions
    def condition(self, e: Iverson) -> str:
        """The condition without its brackets."""
        first, second = e.args
        if isinstance(e, Delta):
            left, right = (second, first) if first.is_number else (first, second)  # j=0, and never 0=j
            return f"{self.index(left)}={self.index(right)}"
        if not isinstance(e, In):
            return rf"{self(second)}\mid {self(self.habits.offset(first))}"
        if self.habits.first:
            return rf"1\le {self.index(first)}\le {self(second)}"
        return rf"0\le {self(first)}<{self(second)}"

    def iverson(self, e: Iverson) -> str:
        return rf"[\,{self.condition(e)}\,]"

    def winner(self, e: Winner) -> str:
        """[at = arg max over the window of the body]."""
        at, over = ",".join(map(self.index, e.at)), ",".join(self(i) for i in e.bound)
        left = at if len(e.at) == 1 else f"({at})"
        if self.place:
            return rf"[\,{left}={self.place}\,]"
        return rf"\bigl[\,{left}=\operatorname*{{arg\,max}}_{{{self.under(over, e.guard)}}}{self(e.body)}\,\bigr]"

    def largest(self, e: MaxOver) -> str:
        over = ",".join(self(i) for i in e.bound)
        return rf"\max_{{{self.under(over, e.guard)}}}{self(e.body)}"

    def under(self, over: str, guard: Expr) -> str:
        """What stands below an operator: its indices, and the conditions on them."""
        conditions = [self.condition(c) for c in Mul.make_args(guard) if isinstance(c, Iverson)]
        return rf"\substack{{{ROW.join([over, *conditions])}}}" if conditions else over

    # -------------------------------------------------------------------------------------------- the rest
    def quotient(self, e: Quot) -> str:
        if self.floors:
            return rf"\Bigl\lfloor\frac{{{self(e.args[0])}}}{{{self(e.args[1])}}}\Bigr\rfloor"
        above = f"({self(e.args[0])})" if e.args[0].is_Add or e.args[0].is_Mul else self(e.args[0])
        return f"{above}/{self(e.args[1])}"

    def power(self, e: Pow) -> str:
        if e.exp.is_number and e.exp < 0:
            return rf"\frac{{1}}{{{self(Pow(e.base, -e.exp))}}}"
        if 2 * e.exp == 1:
            return rf"\sqrt{{{self(e.base)}}}"
        if not e.exp.is_Integer and (2 * e.exp).is_Integer:
            return rf"\bigl({self(Pow(e.base, Rational(1, 2)))}\bigr)^{{{2 * e.exp}}}"
        base = self.factor(e.base)
        return rf"\bigl({base}\bigr)^{{{self(e.exp)}}}" if "^" in base else f"{base}^{{{self(e.exp)}}}"

    def exponential(self, e: exp) -> str:
        return "e" if e.args[0] == 1 else f"e^{{{self(e.args[0])}}}"

    def named(self, e: Named) -> str:
        """sigma(x), tanh x, ...: the function by its name."""
        return rf"{FUNCTIONS[type(e)]}\bigl({self(e.args[0])}\bigr)"

    def logarithm(self, e: log) -> str:
        inner = e.args[0]
        return rf"\log {self(inner)}" if not inner.is_Add else rf"\log({self(inner)})"

    def broken(self, e: Expr, width: float) -> tuple[str, ...]:
        """The expression on as many lines as its width (in letters) asks for."""
        return broken(self(e), width)


FUNCTIONS = {
    sigmoid: r"\sigma", tanh: r"\tanh", softplus: r"\operatorname{softplus}", Phi: r"\Phi",
}  # fmt: skip
PRINTERS: dict[type, Callable[..., str]] = {
    Entry: Tex.entry, Partial: Tex.partial, Sum: Tex.sum, MaxOver: Tex.largest, Winner: Tex.winner,
    Iverson: Tex.iverson, Quot: Tex.quotient, relu: lambda t, e: rf"\max(0,\,{t(e.args[0])})",
    step: lambda t, e: rf"[\,{t(e.args[0])}>0\,]", exp: Tex.exponential, log: Tex.logarithm,
    Add: Tex.add, Mul: Tex.mul, Pow: Tex.power, Symbol: lambda t, e: letter(e.name),
    Named: Tex.named, Pi: lambda t, e: r"\pi", Float: lambda t, e: decimal(e),
    Integer: lambda t, e: str(e), Rational: lambda t, e: number(e),
}  # fmt: skip


# ------------------------------------------------------------------------------------------------ numbers
def number(x: Expr) -> str:
    r"""An exact number: `-1`, `\tfrac{5}{2}`, `\frac{2e}{5(1+e)}`."""
    if x.is_Integer:
        return str(x)
    if x.is_Rational:
        sign = "-" if x < 0 else ""
        return sign + (r"\half" if abs(x) == Rational(1, 2) else rf"\tfrac{{{abs(x.p)}}}{{{x.q}}}")
    if x.is_Float:
        return decimal(x)
    if x.could_extract_minus_sign():
        return "-" + number(-x)
    above, below = fraction(x)
    if below != 1:
        return rf"\frac{{{_poly(above)}}}{{{_poly(below)}}}"
    return _poly(x)


def _poly(x: Expr) -> str:
    """A polynomial in powers of e, constants first: 1+e, 5(1+e), log(1+e)."""
    if x.is_Add:
        common, inner = x.primitive()
        if common != 1:
            return f"{_poly(common)}({_poly(inner)})"
        terms = sorted(x.args, key=lambda t: (not t.is_Rational, str(t)))
        text = "".join(("" if t.could_extract_minus_sign() or not k else "+") + _poly(t) for k, t in enumerate(terms))
        return text
    if x.is_Mul:
        c, rest = x.as_coeff_Mul()
        sign = {1: "", -1: "-"}.get(c, _poly(c))
        return sign + "".join(f"({_poly(f)})" if f.is_Add else _poly(f) for f in Mul.make_args(rest))
    if isinstance(x, log):
        return rf"\log({_poly(x.args[0])})"
    if x == E:
        return "e"
    if isinstance(x, exp):
        return f"e^{{{x.args[0]}}}"
    if x.is_Pow:
        return f"{_poly(x.base)}^{{{x.exp}}}" if not x.base.is_Add else f"({_poly(x.base)})^{{{x.exp}}}"
    return number(x) if x.is_Rational else str(x)


def in_cell(x: Expr) -> str:
    """A number for a cell of a grid: 5/2 stays on one line; what is no rational, or a long one, is rounded."""
    return str(x) if x.is_Rational and len(str(x)) <= CELL else decimal(x)


def decimal(x: Expr, digits: int = 4) -> str:
    """x rounded, or as it is where that many decimals hold it."""
    if x.is_Rational and (x * 10**digits).is_Integer:
        text = fixed(x, digits)
        return text.rstrip("0").rstrip(".")
    return fixed(x, digits)


def rounded(x: Expr) -> str:
    """`decimal`, but what its digits would lose is written with a power of ten, and a zero is one. Of a number that is
    no exact one, less than 1e-9 stays 0.0000."""
    if x.is_zero:
        return "0"
    text = decimal(x)
    if text.strip("-0.") or (x.is_Float and abs(x) < 1e-9):
        return text
    return power_of_ten(x)


def power_of_ten(x: object) -> str:
    """A number to three digits, times a power of ten; 0.0000 for one that is 0 to as many digits as are computed."""
    near = wide(x)
    if not near:
        return "0.0000"
    far = abs(mag(near)) > FAR  # beyond a Decimal
    digits, power = (nstr(near, 3, strip_zeros=False) if far else f"{Decimal(str(near)):.2e}").split("e")
    return rf"{digits}\cdot10^{{{int(power)}}}"


def exact_in_short(x: Expr) -> bool:
    """Whether `decimal` is x itself."""
    return bool(x.is_Rational and (x * 10**4).is_Integer)


def matrix(rows: Iterable[Iterable[str]]) -> str:
    r"""\begin{mat}...\end{mat}."""
    return r"\begin{mat}" + r"\\".join("&".join(r) for r in rows) + r"\end{mat}"
