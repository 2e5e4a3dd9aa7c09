"""The printer's formulas as LaTeX: the one border behind which chapters that still compose text live.

What is asked for here is made as a tree and written once; a chapter that composes trees has no use for this module.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sympy import Expr

from symconv.derivation.index import Entry, Iverson, MaxOver, Sum
from symconv.formula.compose import matrix as matrix_of, whole
from symconv.formula.latex import latex
from symconv.formula.lines import lines
from symconv.formula.read import read
from symconv.formula.width import letters
from symconv.handout import numerals, symbols
from symconv.handout.habits import USUAL, Habits
from symconv.handout.printer import Printer
from symconv.handout.symbols import AS_THEY_ARE, Symbols


def letters_in(source: str) -> float:
    """The width of a formula in LaTeX."""
    return letters(read(source))


def broken(source: str, width: float) -> tuple[str, ...]:
    """A formula in LaTeX on lines of at most `width` letters, where it can be broken."""
    tree = read(source)
    return (source,) if letters(tree) <= width else tuple(map(latex, lines(tree, width)))


@dataclass(frozen=True)
class SymbolTexts:
    """The printed names of tensors."""

    symbols: Symbols

    def __call__(self, name: str) -> str:
        return latex(self.symbols(name))

    @property
    def number(self) -> str:
        return latex(self.symbols.number)


@dataclass(frozen=True)
class Tex:
    """A Printer, with the names that it is given as LaTeX too."""

    shapes: Mapping[str, tuple[int, ...]]
    parameters: frozenset[str] = frozenset()
    bounds: bool = False
    floors: bool = False
    short: Mapping[Expr, str] = field(default_factory=dict)
    inside: tuple[tuple[tuple[Expr, ...], str], ...] = ()
    place: str = ""
    habits: Habits = USUAL
    outputs: frozenset[str] = frozenset()
    names: Symbols = AS_THEY_ARE

    @cached_property
    def printer(self) -> Printer:
        short = {e: read(text) for e, text in self.short.items()}
        place = read(self.place) if self.place else None
        return Printer(self.shapes, self.parameters, self.bounds, self.floors, short, self.inside, place, self.habits,
                       self.outputs, self.names)  # fmt: skip

    def __call__(self, e: Expr) -> str:
        return latex(self.printer(e))

    def broken(self, e: Expr, width: float) -> tuple[str, ...]:
        """The expression on as many lines as its width (in letters) asks for."""
        return tuple(map(latex, self.printer.broken(e, width)))

    def plain(self, e: Entry, copied: bool = True) -> str:
        return latex(self.printer.plain(e, copied))

    def by_letter(self, tensor: str) -> bool:
        return self.printer.by_letter(tensor)

    def gradient_of(self, tensor: str) -> str:
        return latex(self.printer.gradient_of(tensor))

    def inline_gradient(self, tensor: str) -> str:
        return latex(self.printer.inline_gradient(tensor))

    def condition(self, e: Iverson) -> str:
        return latex(self.printer.condition(e))

    def summation(self, e: Sum) -> str:
        return latex(self.printer.summation(e))

    def under(self, e: MaxOver) -> str:
        return latex(self.printer.under(e))

    def factor_key(self, f: Expr) -> tuple[int, tuple[bool, int, str]]:
        return self.printer.factor_key(f)


def letter(name: str) -> str:
    return latex(symbols.letter(name))


def primed(math: str) -> str:
    return latex(symbols.primed(read(math)))


def entry(habits: Habits, name: str, at: Sequence[int]) -> str:
    """A part of a tensor: its name and the subscripts that are fixed."""
    return latex(habits.entry(read(name), [whole(k) for k in at]))


def number(x: Expr) -> str:
    return latex(numerals.number(x))


def in_cell(x: Expr) -> str:
    return latex(numerals.in_cell(x))


def decimal(x: Expr) -> str:
    return latex(numerals.decimal(x))


def rounded(x: Expr) -> str:
    return latex(numerals.rounded(x))


def power_of_ten(x: object) -> str:
    return latex(numerals.power_of_ten(x))


def matrix(rows: Iterable[Iterable[str]]) -> str:
    return latex(matrix_of(map(read, r) for r in rows))
