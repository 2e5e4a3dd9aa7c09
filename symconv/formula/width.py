"""About how wide a formula prints, in letters: for breaking lines and placing things, never for cutting them."""

from collections.abc import Callable, Mapping
from functools import lru_cache

from symconv.formula import nodes
from symconv.formula.compose import MINUS
from symconv.formula.nodes import Node, alone, is_large, opened, parts_of, walk
from symconv.formula.signs import HAN

LETTER = 2.15  # mm of one, about
PRIME = 0.6
SMALL, NARROW = 0.7, 0.8  # of its size: what stands below or above, a wide matrix
SIGN = 1.5  # a minus that is no operation
WIDTHS: Mapping[str, float] = {
    **dict.fromkeys("+\u2212", 2.3), **dict.fromkeys("=<>\u2260\u2264\u2265\u2248", 2.5),
    **dict.fromkeys("[](),;.\u230a\u230b\u2308\u2309", 0.6), "\u00d7": 2.3, "\u22c5": 1.4, "\u2208": 2.0,
    **dict.fromkeys("ijlt", 0.7), **dict.fromkeys("mw", 1.4), **dict.fromkeys("MW", 1.8),
    "\u2223": 2.0, "\u2192": 2.5, "\u2211": 3.0, "\u220f": 3.0, "\u03a6": 1.4, "\u2202": 1.2, "/": 1.4,
}  # fmt: skip
SPACES: Mapping[str, float] = {",": 0.4, " ": 0.6, "qquad": 4.0, "quad": 2.0, ";": 0.6, ":": 0.5, "!": -0.4}
FUNCTIONS: Mapping[str, float] = {"log": 2.5, "max": 4.0, "min": 4.0}


@lru_cache(maxsize=32768)
def letters(node: Node) -> float:
    """The width of a formula: of a fraction the wider part, of a matrix its columns."""
    return MEASURES[type(node)](node)


def _row(node: nodes.Row) -> float:
    pairs = zip((None, *node.parts), node.parts, strict=False)
    return sum(SIGN if part == MINUS and alone(before) else letters(part) for before, part in pairs)


def _sign(node: nodes.Sign) -> float:
    return WIDTHS.get(node.char, 1.0) + (0.3 if node.size else 0.0)


def _fraction(node: nodes.Fraction) -> float:
    wider = max(letters(node.above), letters(node.below))
    return (SMALL * wider if node.small else wider) + 0.5


def _scripts(node: nodes.Scripts) -> float:
    """What is below and above stands one over the other; of a sum or a maximum under it, and not behind it, where
    primes hardly count."""
    base, parts = letters(node.base) + PRIME * node.primes, [x for x in (node.below, node.above) if x]
    if isinstance(node.base, nodes.Function) or is_large(node.base):
        return max([base, *(SMALL * (letters(x) - PRIME / 2 * _primes(x)) for x in parts)])
    return base + SMALL * max(map(letters, parts), default=0.0)


def _primes(node: Node) -> int:
    return sum(x.primes for x in walk(node) if isinstance(x, nodes.Scripts))


def _matrix(node: nodes.Matrix) -> float:
    return 1.5 + sum(max(map(letters, column)) + 1.2 for column in zip(*node.rows, strict=True))


def _words(node: nodes.Words | nodes.Letter | nodes.Function) -> float:
    text = node.text if isinstance(node, nodes.Words) else node.name
    return sum(map(_letter, text))


def _letter(char: str) -> float:
    return 1.7 if HAN.match(char) else WIDTHS.get(char) or (1.4 if char.isupper() else 1.0)


MEASURES: Mapping[type, Callable[..., float]] = {
    nodes.Number: lambda n: sum(WIDTHS.get(c, 1.0) for c in n.digits),
    nodes.Letter: _words,
    nodes.Sign: _sign,
    nodes.Space: lambda n: SPACES[n.name],
    nodes.Row: _row,
    nodes.Group: lambda n: _row(nodes.Row(parts_of(n.body))),
    nodes.Accent: lambda n: letters(n.body),
    nodes.Fraction: _fraction,
    nodes.Root: lambda n: 1.6 + letters(n.body),
    nodes.Scripts: _scripts,
    nodes.Fenced: lambda n: _row(nodes.Row(opened(n))),
    nodes.Matrix: _matrix,
    nodes.Stack: lambda n: max(map(letters, n.lines)),
    nodes.Function: lambda n: FUNCTIONS.get(n.name) or _words(n),
    nodes.Coloured: lambda n: _row(nodes.Row(parts_of(n.body))),
    nodes.Styled: lambda n: letters(n.body) * (NARROW if n.style == "narrow" else 1.0),
    nodes.Words: _words,
    nodes.Blank: lambda n: n.width / LETTER,
    nodes.Drawn: lambda n: 4.0,
}
