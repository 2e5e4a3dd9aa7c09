"""A formula as words, in each language: what a screen reader says.

Nothing is left to guess: what begins also ends, so that the words could be read back to the same formula. What is
only for the eye is left out: white, colours, the size of brackets. A name of several letters stands in quotation
marks, which are not heard.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from symconv.formula import nodes
from symconv.formula.compose import EMPTY, partial
from symconv.formula.nodes import SAID, Node, alone, is_large, parts_of
from symconv.formula.signs import NAMES
from symconv.language import PLACEHOLDER, table


@dataclass(frozen=True)
class Tongue:
    """The words of a language: the table [speech] of its file, where each is explained. What begins with one of them
    ends with `end`, but where another word ends it."""

    end: str
    minus: str
    capital: str
    bold: str
    double: str
    at: str
    fraction: tuple[str, str]
    simple: str
    derivative: tuple[str, str]
    root: str
    matrix: tuple[str, str, str]
    lines: tuple[str, str]
    over: tuple[str, str]
    bounds: tuple[str, str]
    below: tuple[str, str]
    power: tuple[str, str]
    above: str
    primes: tuple[str, str, str]
    group: str
    accents: Mapping[str, str]
    function: str
    blank: str
    signs: Mapping[str, str]
    greek: Mapping[str, str]

    @staticmethod
    @cache
    def of(language: str) -> "Tongue":
        """SpecError for a table that is not as the model's."""
        said: dict[str, Any] = {k: tuple(x) if isinstance(x, list) else x for k, x in table(language, "speech").items()}
        return Tongue(**said)


def speech(node: Node, language: str) -> str:
    """The formula in words, each apart from the next by a space; a comma follows what is before it."""
    t = Tongue.of(language)
    tied = "" if t.signs[","].isalpha() else t.signs[","]
    return "".join(word if word == tied or not k else f" {word}" for k, word in enumerate(_said(t, node)))


def _said(t: Tongue, node: Node) -> list[str]:
    return SPEAKERS[type(node)](t, node)


def _row(t: Tongue, node: nodes.Row) -> list[str]:
    out: list[str] = []
    for before, part in zip((None, *node.parts), node.parts, strict=False):
        if isinstance(part, nodes.Fenced) and part.left == "[" and _named(before):
            out += [t.at, *_said(t, part.body), t.end]
        elif part == nodes.Sign("\u2212") and alone(before):
            out.append(t.minus)
        else:
            out += _said(t, part)
    return out


def _named(node: Node | None) -> bool:
    """Whether brackets that follow hold indices."""
    return isinstance(node, nodes.Letter) or (isinstance(node, nodes.Scripts) and isinstance(node.base, nodes.Letter))


def _letter(t: Tongue, node: nodes.Letter) -> list[str]:
    font = {"bold": [t.bold], "double": [t.double]}.get(node.font, [])
    if len(node.name) > 1:
        return [*font, f"\u201c{node.name}\u201d"]
    name = NAMES.get(node.name, node.name)
    capital = node.name.isupper()
    if node.name in NAMES:
        name = t.greek[name.lower()]
    return [*font, *([t.capital] if capital else []), name]


def _fraction(t: Tongue, node: nodes.Fraction) -> list[str]:
    if isinstance(node.above, nodes.Number) and isinstance(node.below, nodes.Number):
        digits = {"above": node.above.digits, "below": node.below.digits}
        return [PLACEHOLDER.sub(lambda m: digits[m[1]], t.simple)]
    first, second = t.fraction
    of, by = parts_of(node.above), parts_of(node.below)
    differential = parts_of(partial(nodes.Row()))
    if of[:1] == differential and by[:1] == differential and len(by) > 1:
        first, second = t.derivative
        return [first, *_said(t, nodes.Row(of[1:])), second, *_said(t, nodes.Row(by[1:])), t.end]
    return [first, *_said(t, node.above), second, *_said(t, node.below), t.end]


def _scripts(t: Tongue, node: nodes.Scripts) -> list[str]:
    base, below, above = node.base, _said(t, node.below or EMPTY), _said(t, node.above or EMPTY)
    if not (below or above or node.primes):  # what is only for the eye, as white, is no script
        return _said(t, base)
    if _operator(base) and below and not node.primes:
        first, last = t.over
        begin, until = t.bounds
        return [*_said(t, base), *([begin, *below, until, *above] if above else [first, *below]), last]
    plain = _bare(base)
    inner = _said(t, plain)
    out = [t.group, *inner, t.end] if isinstance(plain, nodes.Row | nodes.Scripts) or not inner else inner
    threes, rest = divmod(node.primes, 3)
    out += [t.primes[2]] * threes + ([t.primes[rest - 1]] if rest else [])
    if node.below and below:
        one, several = t.below
        out += [one, *below] if _single(node.below) else [several, *below, t.end]
    if node.above and above:
        first, last = t.power if _is_power(base, node.above) else (t.above, t.end)
        out += [first, *above, last]
    return out


def _operator(node: Node) -> bool:
    return isinstance(node, nodes.Function) or is_large(node)


def _bare(node: Node) -> Node:
    """Without what is only for the eye."""
    while isinstance(node, nodes.Group | nodes.Coloured | nodes.Styled):
        node = node.body
    return node


def _single(node: Node) -> bool:
    return isinstance(_bare(node), nodes.Number | nodes.Letter)


def _is_power(base: Node, above: Node) -> bool:
    """Whether what stands above is an exponent, and not a part of a name."""
    first = parts_of(_bare(above))[:1]
    number = bool(first) and isinstance(first[0], nodes.Number | nodes.Fraction)
    return base in (nodes.Letter("e"), nodes.Number("10")) or number or first == (nodes.Sign("\u2212"),)


def _fenced(t: Tongue, node: nodes.Fenced) -> list[str]:
    return [t.signs[node.left], *_said(t, node.body), t.signs[node.right]]


def _matrix(t: Tongue, node: nodes.Matrix) -> list[str]:
    first, line, further = t.matrix
    out = [first]
    for cells in node.rows:
        for k, cell in enumerate(cells):
            out += [further if k else line, *_said(t, cell)]
    return [*out, t.end]


def _stack(t: Tongue, node: nodes.Stack) -> list[str]:
    out = []
    for k, line in enumerate(node.lines):
        out += [t.lines[bool(k)], *_said(t, line)]
    return [*out, t.end]


def _function(t: Tongue, node: nodes.Function) -> list[str]:
    return [t.function, f"\u201c{node.name}\u201d"]


SPEAKERS: Mapping[type, Callable[[Tongue, Any], list[str]]] = {
    nodes.Number: lambda t, n: [n.digits],
    nodes.Letter: _letter,
    nodes.Sign: lambda t, n: [t.signs[n.char]],
    nodes.Space: lambda t, n: [],
    nodes.Row: _row,
    nodes.Group: lambda t, n: _said(t, n.body),
    nodes.Accent: lambda t, n: [t.accents[n.mark], *_said(t, n.body), t.end],
    nodes.Fraction: _fraction,
    nodes.Root: lambda t, n: [t.root, *_said(t, n.body), t.end],
    nodes.Scripts: _scripts,
    nodes.Fenced: _fenced,
    nodes.Matrix: _matrix,
    nodes.Stack: _stack,
    nodes.Function: _function,
    nodes.Coloured: lambda t, n: _said(t, n.body),
    nodes.Styled: lambda t, n: _said(t, n.body),
    nodes.Words: lambda t, n: [f"\u201c {' '.join(n.text.split())} \u201d"] if n.text.strip() else [],
    nodes.Blank: lambda t, n: [t.blank, str(n.number + 1)],
    nodes.Drawn: lambda t, n: [chr(SAID + n.number)],
}
