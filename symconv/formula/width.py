"""About how wide a formula prints, in letters: for breaking lines and placing things, never for cutting them."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from symconv.formula.nodes import (
    Accent,
    Blank,
    Coloured,
    Drawn,
    Fenced,
    Fraction,
    Function,
    Group,
    Letter,
    Matrix,
    Node,
    Number,
    Root,
    Row,
    Scripts,
    Sign,
    Space,
    Stack,
    Styled,
    Words,
    opened,
    parts_of,
)
from symconv.formula.read import read
from symconv.formula.signs import HAN, SIGNS

LETTER = 2.1  # mm of one
PRIME = 0.6
SMALL, NARROW = 0.6, 0.8  # of its size: what stands below or above, a wide matrix
SIGN = 1.5  # a plus or a minus that is no operation
WIDTHS: Mapping[str, float] = {
    **dict.fromkeys("+\u2212", 2.3), **dict.fromkeys("=<>\u2260\u2264\u2265\u2248", 2.5),
    **dict.fromkeys("[](),;.\u230a\u230b\u2308\u2309", 0.6), "\u00d7": 2.3, "\u22c5": 1.4, "\u2208": 2.0,
    "\u2223": 2.0, "\u2211": 3.0, "\u220f": 3.0, "\u03a6": 1.4,
}  # fmt: skip
SPACES: Mapping[str, float] = {",": 0.4, " ": 0.6, "qquad": 4.0, "quad": 2.0, ";": 0.6, ":": 0.5, "!": -0.4}
FUNCTIONS: Mapping[str, float] = {"log": 2.5}


def letters_in(source: str) -> float:
    """The width of a formula in LaTeX."""
    return letters(read(source))


@lru_cache(maxsize=32768)
def letters(node: Node) -> float:
    """The width of a formula: of a fraction the wider part, of a matrix its columns."""
    return MEASURES[type(node)](node)


def _row(node: Row) -> float:
    total, before = 0.0, None
    for part in node.parts:
        alone = before is None or (isinstance(before, Sign) and SIGNS[before.char].kind in ("opening", "comma"))
        total += SIGN if part == Sign("\u2212") and alone else letters(part)
        before = part
    return total


def _sign(node: Sign) -> float:
    return WIDTHS.get(node.char, 1.0) + (0.3 if node.size else 0.0)


def _fraction(node: Fraction) -> float:
    wider = max(letters(node.above), letters(node.below))
    return SMALL * wider if node.small else wider + 0.5


def _scripts(node: Scripts) -> float:
    """What is below and above stands one over the other, under a sum or a maximum and not behind it."""
    base = letters(node.base) + PRIME * node.primes
    small = SMALL * max(letters(x) if x else 0.0 for x in (node.below, node.above))
    if isinstance(node.base, Function) or (isinstance(node.base, Sign) and SIGNS[node.base.char].kind == "large"):
        return max(base, small)
    return base + small


def _matrix(node: Matrix) -> float:
    return 1.5 + sum(max(map(letters, column)) + 1.2 for column in zip(*node.rows, strict=True))


def _words(node: Words | Letter | Function) -> float:
    text = node.text if isinstance(node, Words) else node.name
    return sum(1.7 if HAN.match(c) else WIDTHS.get(c, 1.0) for c in text)


MEASURES: Mapping[type, Callable[[Any], float]] = {
    Number: lambda n: sum(WIDTHS.get(c, 1.0) for c in n.digits),
    Letter: _words,
    Sign: _sign,
    Space: lambda n: SPACES[n.name],
    Row: _row,
    Group: lambda n: _row(Row(parts_of(n.body))),
    Accent: lambda n: letters(n.body),
    Fraction: _fraction,
    Root: lambda n: 1.6 + letters(n.body),
    Scripts: _scripts,
    Fenced: lambda n: _row(Row(opened(n))),
    Matrix: _matrix,
    Stack: lambda n: max(map(letters, n.lines)),
    Function: lambda n: FUNCTIONS.get(n.name) or _words(n),
    Coloured: lambda n: _row(Row(parts_of(n.body))),
    Styled: lambda n: letters(n.body) * (NARROW if n.style == "narrow" else 1.0),
    Words: _words,
    Blank: lambda n: n.width / LETTER,
    Drawn: lambda n: 4.0,
}
