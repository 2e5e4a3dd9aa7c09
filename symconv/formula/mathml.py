"""A formula as MathML Core, which every browser shows without a script.

Each node becomes pieces of a row; spacing.py sets them side by side.
"""

from collections.abc import Callable, Iterator, Mapping
from html import escape
from typing import Literal

from symconv.formula import nodes
from symconv.formula.nodes import DRAWN, Node, parts_of
from symconv.formula.signs import ACCENTS, SIGNS, SPACES, SignClass
from symconv.formula.spacing import APPLIED, SpacedElement, em, spaced

Style = Literal["display", "text", "small"]
SIZES = {"big": "1.2em", "Big": "1.623em"}
STRETCHY = frozenset("()[]{}|\u230a\u230b\u2308\u2309\u2192\u2190\u21a6")


def mathml(node: Node, display: bool = False, said: str = "") -> str:
    """The <math> element of a formula, coloured by class `bw` and `fw`; `said`: what is read aloud."""
    style = ' displaystyle="true"' if display else ""
    spoken = f' alttext="{escape(said)}"' if said else ""
    return f"<math{style}{spoken}>{_row(node, 'display' if display else 'text')}</math>"


def _row(node: Node, style: Style) -> str:
    """What is in a row, without an element around it."""
    pieces = [piece for part in parts_of(node) for piece in PIECES[type(part)](part, style)]
    return spaced(pieces, style == "small")


def _one(node: Node, style: Style) -> str:
    """The same as a single element."""
    parts = parts_of(node)
    if len(parts) == 1:
        pieces = list(PIECES[type(parts[0])](parts[0], style))
        if len(pieces) == 1:
            return spaced(pieces, style == "small")
    return f"<mrow>{_row(node, style)}</mrow>"


# ------------------------------------------------------------------------------------------------ one node each
def _plain(text: str, kind: SignClass = "letter") -> Iterator[SpacedElement]:
    yield SpacedElement(kind, kind, text)


def _operator(char: str, kind: SignClass, attributes: str = "") -> SpacedElement:
    return SpacedElement(kind, kind, f"<mo{attributes}{{}}>{escape(char)}</mo>", char)


def _sign(node: nodes.Sign, style: Style) -> Iterator[SpacedElement]:
    kind = SIGNS[node.char].kind
    if node.char == "\u2202" or node.char in "\u221e%#":
        yield from _plain(f"<mi>{escape(node.char)}</mi>")
    elif node.size in SIZES:
        size = SIZES[node.size]
        yield _operator(node.char, kind, f' minsize="{size}" maxsize="{size}"')
    else:
        yield _operator(node.char, kind, ' stretchy="false"' if node.char in STRETCHY else "")


def _letter(node: nodes.Letter, style: Style) -> Iterator[SpacedElement]:
    yield from _plain(f"<mi{_upright(node)}>{escape(_in_font(node))}</mi>")


def _upright(node: nodes.Letter) -> str:
    return ' mathvariant="normal"' if node.font == "upright" and len(node.name) == 1 else ""


def _in_font(node: nodes.Letter) -> str:
    if node.font not in ALPHABETS or (node.font == "italic" and len(node.name) == 1):
        return node.name
    return "".join(ALPHABETS[node.font].get(c, c) for c in node.name)


def _alphabet(capital: int, small: int, **others: str) -> Mapping[str, str]:
    letters = {chr(ord("A") + k): chr(capital + k) for k in range(26)}
    return {**letters, **{chr(ord("a") + k): chr(small + k) for k in range(26)}, **others}


ALPHABETS: Mapping[str, Mapping[str, str]] = {
    "italic": _alphabet(0x1D434, 0x1D44E, h="\u210e"),
    "bold": _alphabet(0x1D400, 0x1D41A),
    "double": _alphabet(0x1D538, 0x1D552, C="\u2102", N="\u2115", P="\u2119", Q="\u211a", R="\u211d", Z="\u2124"),
}


def _fenced(node: nodes.Fenced, style: Style) -> Iterator[SpacedElement]:
    if node.size == "left":
        left, right = (f"<mo>{escape(x)}</mo>" for x in (node.left, node.right))
        yield from _plain(f"<mrow>{left}{_row(node.body, style)}{right}</mrow>", "inner")
        return
    yield from _sign(nodes.Sign(node.left, node.size), style)
    for part in parts_of(node.body):
        yield from PIECES[type(part)](part, style)
    yield from _sign(nodes.Sign(node.right, node.size), style)


def _fraction(node: nodes.Fraction, style: Style) -> Iterator[SpacedElement]:
    inner: Style = "text" if style == "display" and not node.small else "small"
    small = ' displaystyle="false"' if node.small else ""
    yield from _plain(f"<mfrac{small}>{_one(node.above, inner)}{_one(node.below, inner)}</mfrac>")


def _scripts(node: nodes.Scripts, style: Style) -> Iterator[SpacedElement]:
    """What stands below and above belongs to the operator that it is at: its white, and what it is applied to."""
    pieces = list(PIECES[type(node.base)](node.base, style))
    first, last = pieces[0], pieces[-1]
    if isinstance(node.base, nodes.Function):
        under = node.base.limits and style == "display"
        yield SpacedElement(first.left, first.right, _with_scripts(first.text, node, under))
        yield last
    elif isinstance(node.base, nodes.Sign) and first.left == "large":
        yield SpacedElement(first.left, last.right, _with_scripts(first.text, node, under=True), first.sign)
    else:
        inner = spaced(pieces, style == "small")
        alone = len(pieces) == 1 and not (isinstance(node.base, nodes.Sign) and node.base.size)
        inner = inner if alone else f"<mrow>{inner}</mrow>"  # browsers give a bracket its size in a row only
        yield SpacedElement(first.left, last.right, _with_scripts(inner, node, under=False))


def _with_scripts(inner: str, node: nodes.Scripts, under: bool) -> str:
    if node.primes and node.above:
        inner = _primed(inner, node.primes)
    scripts = [(name, part) for name, part in zip("sp", (node.below, node.above), strict=True) if part]
    if scripts:
        tag = _TAGS[under]["".join(name for name, _ in scripts)]
        inner = f"<{tag}>{inner}{''.join(_one(part, 'small') for _, part in scripts)}</{tag}>"
    return _primed(inner, node.primes) if node.primes and not node.above else inner


_TAGS = {False: {"s": "msub", "p": "msup", "sp": "msubsup"}, True: {"s": "munder", "p": "mover", "sp": "munderover"}}


def _primed(inner: str, primes: int) -> str:
    """A prime is raised by its own shape, and not once more."""
    return f'<mrow>{inner}<mo lspace="0" rspace="0">{PRIMES.get(primes, chr(0x2032) * primes)}</mo></mrow>'


PRIMES = {1: "\u2032", 2: "\u2033", 3: "\u2034"}


def _function(node: nodes.Function, style: Style) -> Iterator[SpacedElement]:
    yield SpacedElement("large", "letter", f"<mi>{escape(node.name)}</mi>")
    yield SpacedElement("letter", "large", f"<mo{{}}>{APPLIED}</mo>", APPLIED)


def _matrix(node: nodes.Matrix, style: Style) -> Iterator[SpacedElement]:
    rows = "".join(
        "<mtr>" + "".join(f"<mtd>{_row(cell, 'text')}</mtd>" for cell in cells) + "</mtr>" for cells in node.rows
    )
    table = f'<mtable class="mat" displaystyle="false" scriptlevel="0">{rows}</mtable>'
    yield from _plain(f"<mrow><mo>[</mo>{table}<mo>]</mo></mrow>", "inner")


def _stack(node: nodes.Stack, style: Style) -> Iterator[SpacedElement]:
    """As small as what is under a sum, which it stands under."""
    rows = "".join(f"<mtr><mtd>{_row(line, 'small')}</mtd></mtr>" for line in node.lines)
    yield from _plain(f'<mrow class="stack"><mtable displaystyle="false">{rows}</mtable></mrow>')


def _styled(node: nodes.Styled, style: Style) -> Iterator[SpacedElement]:
    if node.style == "narrow":  # smaller type on paper only: a page can be scrolled
        yield from _plain(_one(node.body, style), "inner")
        return
    large = node.style == "display"
    display = ' displaystyle="true" scriptlevel="0"' if large else ' displaystyle="false" scriptlevel="0"'
    yield from _plain(f"<mrow{display}>{_row(node.body, 'display' if large else 'text')}</mrow>")


def _space(node: nodes.Space, style: Style) -> Iterator[SpacedElement]:
    yield SpacedElement("letter", "letter", f'<mspace width="{em(SPACES[node.name])}"/>', space=True)


def _words(node: nodes.Words, style: Style) -> Iterator[SpacedElement]:
    yield from _plain(f"<mtext>{escape(node.text).replace(' ', chr(0xA0))}</mtext>")


def _accent(node: nodes.Accent, style: Style) -> Iterator[SpacedElement]:
    mark = f'<mo stretchy="false">{ACCENTS[node.mark]}</mo>'
    yield from _plain(f'<mover accent="true">{_one(node.body, style)}{mark}</mover>')


def _coloured(node: nodes.Coloured, style: Style) -> Iterator[SpacedElement]:
    yield from _plain(f'<mrow class="{node.way}">{_row(node.body, style)}</mrow>')


PIECES: Mapping[type, Callable[..., Iterator[SpacedElement]]] = {
    nodes.Number: lambda n, s: _plain(f"<mn>{n.digits}</mn>"),
    nodes.Letter: _letter,
    nodes.Sign: _sign,
    nodes.Space: _space,
    nodes.Row: lambda n, s: _plain(_one(n, s)),
    nodes.Group: lambda n, s: _plain(_one(n.body, s)),
    nodes.Accent: _accent,
    nodes.Fraction: _fraction,
    nodes.Root: lambda n, s: _plain(f"<msqrt>{_row(n.body, s)}</msqrt>"),
    nodes.Scripts: _scripts,
    nodes.Fenced: _fenced,
    nodes.Matrix: _matrix,
    nodes.Stack: _stack,
    nodes.Function: _function,
    nodes.Coloured: _coloured,
    nodes.Styled: _styled,
    nodes.Words: _words,
    nodes.Blank: lambda n, s: _plain("<mi>\u25a1</mi>"),
    nodes.Drawn: lambda n, s: _plain(f"<mi>{chr(DRAWN + n.number)}</mi>"),
}
