r"""Numbers that are put into a document after it was made: `\drawn{3}` in a formula stands for the fourth of them.

So the document of a network's shape is made once, and what it says with the numbers of many networks is filled in.
`\blank{7}{14}` is room for an answer: the eighth that is asked for, 14 mm wide.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

from sympy import Expr, Rational

from symconv.array import Array
from symconv.derivation.index import Entry
from symconv.evaluation.evaluate import World
from symconv.grading.precision import fraction
from symconv.handout.document import Document
from symconv.handout.pictures import Math
from symconv.handout.printer import number
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
        return rf"\drawn{{{self._places[number]}}}"

    def ask(self, answer: BlankAnswer, width: int) -> Math:
        """Room for an answer, so many millimetres wide."""
        self.answers.append(answer)
        return rf"\blank{{{len(self.answers) - 1}}}{{{width}}}"


@lru_cache(maxsize=65536, typed=True)  # a rounded number may equal an exact one
def written(x: object, style: str) -> Math:
    """A Fraction exactly, a number of mpmath to four decimals; as a factor, in brackets where it is negative."""
    q = fraction(x)
    value = Rational(q.numerator, q.denominator)
    text = number(value) if _exact(x) else fixed(value)
    return f"({text})" if style == FACTOR and text.startswith("-") else text


def _exact(x: object) -> bool:
    return isinstance(x, int | Fraction)


def filled(document: Document, texts: Sequence[Math]) -> Document:
    """The document with the numbers put in; what its heading says is nobody's formula."""
    parts, blanks = (_mapped(x, lambda text: put_in(text, texts)) for x in (document.parts, document.blanks))
    return replace(document, parts=parts, blanks=blanks)


def put_in(text: str, texts: Sequence[Math]) -> str:
    """The numbers in a formula; one with a sign in a group, where the sign is no operation."""
    return DRAWN.sub(lambda m: grouped(texts[int(m[1])]), text)


def grouped(text: Math) -> Math:
    return f"{{{text}}}" if text.startswith("-") else text


def _mapped(part: object, change: Callable[[str], str]) -> Any:
    if isinstance(part, str):
        return change(part)
    if isinstance(part, tuple):
        return tuple(_mapped(x, change) for x in part)
    if is_dataclass(part) and not isinstance(part, type):
        return replace(part, **{f.name: _mapped(getattr(part, f.name), change) for f in fields(part)})
    return part


class Values:
    """Values of expressions in entries, for the tensors of one network after another."""

    def __init__(self) -> None:
        self._world = World({}, {})

    def of(self, expressions: Iterable[Expr], tensors: Mapping[str, Array]) -> list[Real]:
        self._world.give(tensors)
        return [self._value(e) for e in expressions]

    def texts(self, drawn: Iterable[DrawnNumber], tensors: Mapping[str, Array]) -> list[Math]:
        """The numbers of a document as they are written; `tensors` as of Machine.whole."""
        self._world.give(tensors)
        return [self._text(d) for d in drawn]

    def _text(self, d: DrawnNumber) -> Math:
        """A product with 0 is an exact 0, whatever else is in it."""
        if d.style == RELATION:
            return "=" if all(map(_exact, map(self._value, d.value.atoms(Entry)))) else r"\approx"
        return written(settled(self._value(d.value)), d.style)

    def _value(self, e: Expr) -> Real:
        return self._world.value(e)
