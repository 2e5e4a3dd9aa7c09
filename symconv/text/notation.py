"""Index expressions as text, in the order in which one reads them: `i*sh + a*dh`, never `a*dh + i*sh`.

SymPy sorts by its own rules; here a name's place in an order (indices first, then extents, then options) decides.
`reading_key` is that decision alone, so that Python text and LaTeX agree on it.
"""

from collections.abc import Callable, Iterable

from sympy import Add, Expr, Integer, Max, Mul, Pow
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from symconv.derivation.functions import (
    absolute,
    at_least,
    at_most,
    between,
    clamp,
    clip,
    huber,
    negative_part,
    not_above,
    not_below,
    not_positive,
    relu,
    step,
    within,
)
from symconv.derivation.index import Delta, Div, Entry, In, Iverson, MaxOver, Quot, Range, Sum, Winner, spelt

LONG = 1000  # above the line and below it
NOUNS = {
    "n": "image", "g": "group", "k": "output channel", "m": "input channel",
    "o": "output channel {} of the group", "c": "input channel {} of the group",
    "t": "output plane", "i": "output row", "j": "output column",
    "r": "kernel plane", "a": "kernel row", "b": "kernel column",
    "z": "input plane", "h": "input row", "w": "input column",
}  # fmt: skip


def counted(index: object) -> str:
    """An index with what it counts, `output row i`; a letter that is no one's first choice is only called an index."""
    words = NOUNS.get(str(index), "index")
    return words.format(index) if "{}" in words else f"{words} {index}"


def noun(index: object) -> str:
    """What one value of an index is: `output row`."""
    return NOUNS.get(str(index), "entry").replace(" {}", "")


def plural(index: object) -> str:
    """What all values of an index are: `output rows`."""
    first, _, rest = NOUNS.get(str(index), "value").partition(" {}")
    return first + "s" + rest


def is_long(q: Expr) -> bool:
    """Whether a rational number is a fraction that nobody would write as one: 8943/200000, which is 0.044715."""
    return bool(min(abs(q.p), q.q) >= LONG)


def content_of(e: Expr) -> tuple[Expr, Expr]:
    """2 z - 2 t as 2 and z - t: the one number that all terms of a sum hold, and what it stands before."""
    content, inner = e.primitive() if e.is_Add else (Integer(1), e)
    alike = all(abs(a.as_coeff_Mul()[0]) == 1 for a in Add.make_args(inner))
    return (content, inner) if alike and not any(a.is_number for a in Add.make_args(inner)) else (Integer(1), e)


def reading_key(order: Iterable[str]) -> Callable[[Expr], tuple[bool, int, str]]:
    """The sort key of addends and factors: negative ones last, then by the earliest name in `order`, numbers last."""
    rank = {name: place for place, name in enumerate(dict.fromkeys(order))}

    def key(e: Expr) -> tuple[bool, int, str]:
        unknown = len(rank)
        places = [rank.get(s.name, unknown) for s in e.free_symbols]
        return bool(e.as_coeff_Mul()[0] < 0), min(places, default=unknown + 1), spelt(e)

    return key


class Reader(StrPrinter):
    """Prints index arithmetic as Python text; `times` stands between factors."""

    times = "*"

    def __init__(self, order: Iterable[str]) -> None:
        super().__init__({})
        self.key = reading_key(order)

    def __call__(self, e: Expr) -> str:
        return str(self.doprint(e))

    def _as_ordered_terms(self, e: Expr, order: str | None = None) -> list[Expr]:
        return sorted(Add.make_args(e), key=self.key)

    def _print_Mul(self, e: Expr) -> str:
        coefficient, rest = e.as_coeff_Mul()
        factors = [self.parenthesize(f, PRECEDENCE["Mul"]) for f in sorted(Mul.make_args(rest), key=self.key)]
        sign = "-" if coefficient < 0 else ""
        number = [] if abs(coefficient) == 1 else [self._print(abs(coefficient))]
        return sign + self.times.join(number + factors)

    def parenthesize(self, item: Expr, level: int, strict: bool = False) -> str:
        if isinstance(item, Quot) and level >= PRECEDENCE["Mul"]:
            return self._within(item)
        return str(super().parenthesize(item, level, strict))

    def _within(self, e: Quot) -> str:
        """A quotient in a product or a power: 2*(a//b) is not 2*a//b."""
        return f"({self._print(e)})"

    def _parts(self, e: Quot) -> tuple[str, str]:
        above = self.parenthesize(e.args[0], PRECEDENCE["Mul"], strict=True)
        return above, self.parenthesize(e.args[1], PRECEDENCE["Pow"])

    def _print_Quot(self, e: Quot) -> str:
        return "//".join(self._parts(e))

    def _print_Max(self, e: Max) -> str:
        return f"max({', '.join(map(self._print, sorted(e.args, key=self.key)))})"


class Formula(Reader):
    """Prints for people: `i·sh + a·dh`, ⌊a/b⌋ for a quotient, `Σ_{a, b} K[a, b]·X[i + a, j + b]`."""

    printmethod = "_formula"  # a node's own text is for Python
    times = "·"

    def _print_Rational(self, e: Expr) -> str:
        return repr(float(e)) if is_long(e) else str(super()._print_Rational(e))

    def _print_Entry(self, e: Entry) -> str:
        return f"{e.tensor}[{', '.join(map(self._print, e.at))}]" if e.at else e.tensor

    def _print_Mul(self, e: Expr) -> str:
        """Numbers, entries, conditions; what is divided by last."""
        below = [
            Pow(f.base, -f.exp) for f in e.args if f.is_Pow and f.exp.is_number and f.exp < 0 and not f.base.is_number
        ]
        conditions = [f for f in e.args if isinstance(f, Iverson | Winner)]
        rest = Mul(*(f for f in e.args if Pow(f, -1) not in below and f not in conditions))
        text = super()._print_Mul(rest) if rest.is_Mul else self._print(rest)
        if rest == 1 and conditions and not below:
            text = self._print(min(conditions, key=self.key))
            conditions.remove(min(conditions, key=self.key))
        over = "".join(f"/{self._below(f)}" for f in below)
        tests = "".join(self._print(f) for f in sorted(conditions, key=self.key))
        return f"{text}{over}{self.times if tests else ''}{tests}"

    def _below(self, f: Expr) -> str:
        base = self.parenthesize(f, PRECEDENCE["Pow"])
        return f"({base})" if isinstance(f, Sum) and f.body.atoms(Iverson) else base

    def _over(self, name: str, e: Expr) -> str:
        return f"{name}_{{{', '.join(map(str, e.bound))}}} {self.parenthesize(e.body, PRECEDENCE['Mul'], strict=True)}"

    def _print_Sum(self, e: Sum) -> str:
        return self._over("Σ", e)

    def _print_MaxOver(self, e: MaxOver) -> str:
        return self._over("max", e) + ("" if e.guard == 1 else f" where {self._print(e.guard)}")

    def _print_Winner(self, e: Winner) -> str:
        at = ", ".join(map(self._print, e.at))
        return f"[{at if len(e.at) == 1 else f'({at})'} = {self._over('first argmax', e)}]"

    def _print_Delta(self, e: Delta) -> str:
        left, right = e.args[::-1] if e.args[0].is_number else e.args  # j = 0, and never 0 = j
        return f"[{self._print(left)} = {self._print(right)}]"

    def _print_In(self, e: In) -> str:
        return f"[0 <= {self._print(e.args[0])} < {self._print(e.args[1])}]"

    def _print_Div(self, e: Div) -> str:
        return f"[{self._print(e.args[1])} divides {self._print(e.args[0])}]"

    def _print_relu(self, e: relu) -> str:
        return f"max(0, {self._print(e.args[0])})"

    def _print_clip(self, e: clip) -> str:
        x, low, high = map(self._print, e.args)
        return f"min({high}, max({low}, {x}))"

    def _print_huber(self, e: huber) -> str:
        x, delta = map(self._print, e.args)
        return f"huber({x}, {delta})"

    def _print_clamp(self, e: clamp) -> str:
        x, low, high = map(self._print, e.args)
        return f"min({high}, max({low}, {x}))"

    def _print_at_least(self, e: at_least) -> str:
        return f"max({self._print(e.args[1])}, {self._print(e.args[0])})"

    def _print_at_most(self, e: at_most) -> str:
        return f"min({self._print(e.args[1])}, {self._print(e.args[0])})"

    def _print_not_below(self, e: not_below) -> str:
        return f"[{self._print(e.args[0])} >= {self._print(e.args[1])}]"

    def _print_not_above(self, e: not_above) -> str:
        return f"[{self._print(e.args[0])} <= {self._print(e.args[1])}]"

    def _print_within(self, e: within) -> str:
        x, low, high = map(self._print, e.args)
        return f"[{low} <= {x} <= {high}]"

    def _print_negative_part(self, e: negative_part) -> str:
        return f"min(0, {self._print(e.args[0])})"

    def _print_not_positive(self, e: not_positive) -> str:
        return f"[{self._print(e.args[0])} <= 0]"

    def _print_between(self, e: between) -> str:
        x, low, high = map(self._print, e.args)
        return f"[{low} < {x} < {high}]"

    def _print_absolute(self, e: absolute) -> str:
        return f"|{self._print(e.args[0])}|"

    def _print_step(self, e: step) -> str:
        return f"[{self._print(e.args[0])} > 0]"

    def _print_Add(self, e: Expr, order: str | None = None) -> str:
        content, inner = content_of(e)
        if content == 1 or not inner.is_Add:
            return str(super()._print_Add(e, order))
        return f"{self._print(content)}{self.times}({self._print(inner)})"

    def _print_Pow(self, e: Expr, rational: bool = False) -> str:
        """√v, 1/√v; other powers as in Python."""
        if e.exp.is_number and e.exp < 0:
            return f"1/{self.parenthesize(Pow(e.base, -e.exp), PRECEDENCE['Pow'])}"
        root = f"√{self.parenthesize(e.base, PRECEDENCE['Func'])}"
        if 2 * e.exp == 1:
            return root
        return (
            f"({root})**{2 * e.exp}" if not e.exp.is_Integer and (2 * e.exp).is_Integer else str(super()._print_Pow(e))
        )

    def _print_Pi(self, e: Expr) -> str:
        return "π"

    def _print_Quot(self, e: Quot) -> str:
        return f"⌊{'/'.join(self._parts(e))}⌋"

    def _within(self, e: Quot) -> str:
        return self._print_Quot(e)

    def product(self, factors: Iterable[Entry], ranges: Iterable[Range] = ()) -> str:
        """`Σ_{a, b} K[a, b]·X[i + a, j + b]`: the factors in the order given."""
        over = ", ".join(str(i) for i, _ in ranges)
        return (f"Σ_{{{over}}} " if over else "") + "·".join(map(self, factors))
