r"""Numbers that are put into a document after it was made: Drawn(3) in a formula, `\drawn{3}` in that of a sentence,
stands for the fourth of them.

So the document of a network's shape is made once, and what it says with the numbers of many networks is filled in.
Blank(7, 14) is room for an answer: the eighth that is asked for, 14 mm wide.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

from sympy import Expr, Rational

from symconv.array import Array, Index
from symconv.derivation.index import KEPT, Entry
from symconv.evaluation.evaluate import World
from symconv.formula.compose import ABOUT, EQUALS, bracketed, is_negative, numeral
from symconv.formula.latex import latex
from symconv.formula.nodes import Blank, Drawn, Group, Node, mapped
from symconv.grading.precision import fraction
from symconv.handout.document import Document
from symconv.handout.numerals import number
from symconv.handout.pictures import Math
from symconv.worked.machine import Real, settled
from symconv.worked.numbers import fixed

PLAIN, FACTOR = "plain", "factor"  # how a number is written
RELATION = "relation"  # of = and about, the one that stands before the entries of a value
DRAWN = re.compile(r"\\drawn\{(\d+)\}")


@dataclass(frozen=True)
class DrawnNumber:
    """A number that depends on the network's: a value made of entries (∂U[0, 1] for a gradient's), and its style."""

    value: Expr
    style: str = PLAIN


@dataclass(frozen=True)
class BlankAnswer:
    """What a blank asks for: its value, how it is called, the tensor that it belongs to ("" for a product), where."""

    value: Expr
    label: Math
    tensor: str = ""
    at: tuple[int, ...] = ()


@dataclass
class Numbering:
    """What has been put into a document so far, each number once."""

    drawn: list[DrawnNumber] = field(default_factory=list)
    answers: list[BlankAnswer] = field(default_factory=list)
    _places: dict[DrawnNumber, int] = field(default_factory=dict)

    def put(self, value: Expr, style: str = PLAIN) -> Math:
        """The formula that stands for the number."""
        number = DrawnNumber(value, style)
        if number not in self._places:
            self._places[number] = len(self.drawn)
            self.drawn.append(number)
        return Drawn(self._places[number])

    def ask(self, answer: BlankAnswer, width: int) -> Math:
        """Room for an answer, so many millimetres wide."""
        self.answers.append(answer)
        return Blank(len(self.answers) - 1, width)


@lru_cache(maxsize=65536, typed=True)  # a rounded number may equal an exact one
def written(x: object, style: str) -> Math:
    """A Fraction exactly, a number of mpmath to four decimals; as a factor, in brackets where it is negative."""
    q = fraction(x)
    value = Rational(q.numerator, q.denominator)
    math = number(value) if _exact(x) else numeral(fixed(value))
    return bracketed(math) if style == FACTOR else math


def _exact(x: object) -> bool:
    return isinstance(x, int | Fraction)


def filled(document: Document, numbers: Sequence[Math]) -> Document:
    """The document with the numbers put in; what its heading says is nobody's formula."""
    parts, blanks = (_filled(x, numbers) for x in (document.parts, document.blanks))
    return replace(document, parts=parts, blanks=blanks)


def _filled(part: object, numbers: Sequence[Math]) -> Any:
    if isinstance(part, Node):
        return put_in(part, numbers)
    if isinstance(part, str):
        return DRAWN.sub(lambda m: latex(grouped(numbers[int(m[1])])), part)
    if isinstance(part, tuple):
        return tuple(_filled(x, numbers) for x in part)
    if is_dataclass(part) and not isinstance(part, type):
        return replace(part, **{f.name: _filled(getattr(part, f.name), numbers) for f in fields(part)})
    return part


def put_in(formula: Math, numbers: Sequence[Math]) -> Math:
    """The formula with its numbers."""
    return mapped(formula, lambda leaf: grouped(numbers[leaf.number]) if isinstance(leaf, Drawn) else leaf)


def grouped(number: Math) -> Math:
    """A number with a sign as one thing, so that the sign is no operation."""
    return Group(number) if is_negative(number) else number


class Values:
    """Values of expressions in entries, for the tensors of one network after another."""

    def __init__(self) -> None:
        self._world = World({}, {})
        self._tensors: Mapping[str, Array] = {}

    def of(self, expressions: Iterable[Expr], tensors: Mapping[str, Array]) -> list[Real]:
        self._give(tensors)
        return [self._value(e) for e in expressions]

    def written(self, drawn: Iterable[DrawnNumber], tensors: Mapping[str, Array]) -> list[Math]:
        """The numbers of a document as they are written; `tensors` as of Machine.whole."""
        self._give(tensors)
        return [self._written(d) for d in drawn]

    def _give(self, tensors: Mapping[str, Array]) -> None:
        self._tensors = tensors
        self._world.give(tensors)

    def _written(self, d: DrawnNumber) -> Math:
        """A product with 0 is an exact 0, whatever else is in it."""
        if d.style == RELATION:
            return EQUALS if all(map(_exact, map(self._value, _entries(d.value)))) else ABOUT
        return written(settled(self._value(d.value)), d.style)

    def _value(self, e: Expr) -> Real:
        """Most expressions are one entry, which is looked up."""
        return self._tensors[e.tensor][_place(e)] if isinstance(e, Entry) else self._world.value(e)


@lru_cache(KEPT)
def _place(e: Entry) -> Index:
    return tuple(map(int, e.at))


@lru_cache(KEPT)
def _entries(e: Expr) -> frozenset[Entry]:
    return frozenset(e.atoms(Entry))
