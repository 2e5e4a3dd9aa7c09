"""A formula as MathML Core, which every browser shows without a script.

What stands between two signs is TeX's: no white beside a bracket, a little around an operation, more around a
relation, none of both in what is small (The TeXbook, chapter 18). Browsers know these spaces by the sign and its place
in a row; where theirs is another, the element says so.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Any, Literal

from symconv.formula import nodes
from symconv.formula.nodes import DRAWN, Node, parts_of
from symconv.formula.signs import ACCENTS, SIGNS, SPACES, Class

Style = Literal["display", "text", "small"]
THIN, MEDIUM, THICK = 1 / 6, 2 / 9, 5 / 18
APPLIED = "\u2061"  # the invisible sign between a function and what it is of
SIZES = {"big": "1.2em", "Big": "1.623em"}
USUAL: Mapping[str, tuple[float, float]] = {  # white before and behind a sign between others, in MathML Core
    **dict.fromkeys("+\u2212", (MEDIUM, MEDIUM)),
    **dict.fromkeys("=\u2260\u2248<>\u2264\u2265\u2208\u2223\u2192\u21a6", (THICK, THICK)),
    **dict.fromkeys(",;", (0.0, THIN)),
    **dict.fromkeys("\u2211\u220f", (THIN, THIN)),
    **dict.fromkeys("()[]{}\u230a\u230b\u2308\u2309\u2032\u2061", (0.0, 0.0)),
}
STRETCHY = frozenset("()[]{}|\u230a\u230b\u2308\u2309\u2192\u2190\u21a6")


def mathml(node: Node, display: bool = False, said: str = "") -> str:
    """The <math> element of a formula, coloured by class `bw` and `fw`; `said`: what is read aloud."""
    style = ' displaystyle="true"' if display else ""
    spoken = f' alttext="{escape(said)}"' if said else ""
    return f"<math{style}{spoken}>{_row(node, 'display' if display else 'text')}</math>"


# ------------------------------------------------------------------------------------------------ pieces of a row
@dataclass(frozen=True, slots=True)
class _Piece:
    """An element, its class to the left and to the right; of an operator the sign, as white belongs to it.

    `text`: the element, with {} for an operator's attributes of white.
    """

    left: Class
    right: Class
    text: str
    sign: str = ""
    space: bool = False

    def written(self, before: float, behind: float, first: bool) -> str:
        if not self.sign:
            return self.text
        usual = USUAL.get(self.sign, (-1.0, -1.0))
        usual = (0.0, 0.0) if first and self.sign in "+\u2212" else usual
        asked = (("lspace", before, usual[0]), ("rspace", behind, usual[1]))
        said = "".join(f' {name}="{_em(x)}"' for name, x, there in asked if abs(x - there) > 1e-6)
        return self.text.replace("{}", said, 1)


def _em(x: float) -> str:
    return f"{x:.4f}".rstrip("0").rstrip(".") + ("em" if x else "")


def _row(node: Node, style: Style) -> str:
    """What is in a row, without an element around it."""
    pieces = [piece for part in parts_of(node) for piece in PIECES[type(part)](part, style)]
    return _spaced(pieces, style == "small")


def _one(node: Node, style: Style) -> str:
    """The same as a single element."""
    parts = parts_of(node)
    if len(parts) == 1:
        pieces = list(PIECES[type(parts[0])](parts[0], style))
        if len(pieces) == 1:
            return _spaced(pieces, style == "small")
    return f"<mrow>{_row(node, style)}</mrow>"


def _spaced(pieces: list[_Piece], small: bool) -> str:
    """The pieces with the white between them: an operator's own where one stands beside it, else an element."""
    if pieces and pieces[-1].sign == APPLIED:  # to nothing
        pieces = pieces[:-1]
    atoms = [k for k, piece in enumerate(pieces) if not piece.space]
    kinds = _as_in_place([pieces[k] for k in atoms])
    before, behind, between = ([0.0] * len(pieces) for _ in range(3))
    for (j, (_, left)), (k, (right, _)) in pairwise(zip(atoms, kinds, strict=True)):
        owner = _owner(pieces[j], left, pieces[k], right)
        place = {"left": (behind, j), "right": (before, k), "": (between, k)}[owner]
        place[0][place[1]] = _gap(left, right, small)
    out = []
    for k, piece in enumerate(pieces):
        if between[k]:
            out.append(f'<mspace width="{_em(between[k])}"/>')
        out.append(piece.written(before[k], behind[k], k == 0 and len(pieces) > 1))
    return "".join(out)


def _as_in_place(pieces: list[_Piece]) -> list[tuple[Class, Class]]:
    """The classes; an operation that has nothing to combine is a letter."""
    kinds: list[tuple[Class, Class]] = [(p.left, p.right) for p in pieces]
    for k, (kind, _) in enumerate(kinds):
        if kind == "operation":
            alone = k == 0 or kinds[k - 1][1] in ("operation", "large", "relation", "opening", "comma")
            ends = k + 1 == len(kinds) or kinds[k + 1][0] in ("relation", "closing", "comma")
            if alone or ends:
                kinds[k] = ("letter", "letter")
    return kinds


def _gap(left: Class, right: Class, small: bool) -> float:
    """TeX's white between two classes, em."""
    if (left, right) in ALWAYS:
        return THIN
    if small:
        return 0.0
    if "operation" in (left, right):
        return MEDIUM
    if left == "relation":
        return THICK if right in ("letter", "large", "opening", "inner") else 0.0
    if left == "comma":
        return THIN
    if right == "relation":
        return THICK if left != "opening" else 0.0
    return THIN if (left, right) in INNER else 0.0


ALWAYS = {("letter", "large"), ("large", "letter"), ("large", "large"), ("closing", "large"), ("inner", "large"),
          ("large", "inner")}  # fmt: skip
INNER = {("letter", "inner"), ("closing", "inner"), ("inner", "letter"), ("inner", "inner"), ("inner", "opening"),
         ("inner", "comma")}  # fmt: skip


def _owner(left: _Piece, kind: Class, right: _Piece, next_kind: Class) -> str:
    """Which of two neighbours carries the white between them."""
    if right.sign and next_kind in ("operation", "relation"):
        return "right"
    if left.sign and kind != "letter":
        return "left"
    return "right" if right.sign and next_kind == "large" else ""


# ------------------------------------------------------------------------------------------------ one node each
def _plain(text: str, kind: Class = "letter") -> Iterator[_Piece]:
    yield _Piece(kind, kind, text)


def _operator(char: str, kind: Class, attributes: str = "") -> _Piece:
    return _Piece(kind, kind, f"<mo{attributes}{{}}>{escape(char)}</mo>", char)


def _sign(node: nodes.Sign, style: Style) -> Iterator[_Piece]:
    kind = SIGNS[node.char].kind
    if node.char == "\u2202" or node.char in "\u221e%#":
        yield from _plain(f"<mi>{escape(node.char)}</mi>")
    elif node.size in SIZES:
        size = SIZES[node.size]
        yield _operator(node.char, kind, f' minsize="{size}" maxsize="{size}"')
    else:
        yield _operator(node.char, kind, ' stretchy="false"' if node.char in STRETCHY else "")


def _letter(node: nodes.Letter, style: Style) -> Iterator[_Piece]:
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


def _fenced(node: nodes.Fenced, style: Style) -> Iterator[_Piece]:
    if node.size == "left":
        left, right = (f"<mo>{escape(x)}</mo>" for x in (node.left, node.right))
        yield from _plain(f"<mrow>{left}{_row(node.body, style)}{right}</mrow>", "inner")
        return
    yield from _sign(nodes.Sign(node.left, node.size), style)
    for part in parts_of(node.body):
        yield from PIECES[type(part)](part, style)
    yield from _sign(nodes.Sign(node.right, node.size), style)


def _fraction(node: nodes.Fraction, style: Style) -> Iterator[_Piece]:
    inner: Style = "text" if style == "display" and not node.small else "small"
    small = ' displaystyle="false"' if node.small else ""
    yield from _plain(f"<mfrac{small}>{_one(node.above, inner)}{_one(node.below, inner)}</mfrac>")


def _scripts(node: nodes.Scripts, style: Style) -> Iterator[_Piece]:
    """What stands below and above belongs to the operator that it is at: its white, and what it is applied to."""
    pieces = list(PIECES[type(node.base)](node.base, style))
    first, last = pieces[0], pieces[-1]
    if isinstance(node.base, nodes.Function):
        under = node.base.limits and style == "display"
        yield _Piece(first.left, first.right, _with_scripts(first.text, node, under))
        yield last
    elif isinstance(node.base, nodes.Sign) and first.left == "large":
        yield _Piece(first.left, last.right, _with_scripts(first.text, node, under=True), first.sign)
    else:
        inner = _spaced(pieces, style == "small")
        alone = len(pieces) == 1 and not (isinstance(node.base, nodes.Sign) and node.base.size)
        inner = inner if alone else f"<mrow>{inner}</mrow>"  # browsers give a bracket its size in a row only
        yield _Piece(first.left, last.right, _with_scripts(inner, node, under=False))


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


def _function(node: nodes.Function, style: Style) -> Iterator[_Piece]:
    yield _Piece("large", "letter", f"<mi>{escape(node.name)}</mi>")
    yield _Piece("letter", "large", f"<mo{{}}>{APPLIED}</mo>", APPLIED)


def _matrix(node: nodes.Matrix, style: Style) -> Iterator[_Piece]:
    rows = "".join(
        "<mtr>" + "".join(f"<mtd>{_row(cell, 'text')}</mtd>" for cell in cells) + "</mtr>" for cells in node.rows
    )
    table = f'<mtable class="mat" displaystyle="false" scriptlevel="0">{rows}</mtable>'
    yield from _plain(f"<mrow><mo>[</mo>{table}<mo>]</mo></mrow>", "inner")


def _stack(node: nodes.Stack, style: Style) -> Iterator[_Piece]:
    """As small as what is under a sum, which it stands under."""
    rows = "".join(f"<mtr><mtd>{_row(line, 'small')}</mtd></mtr>" for line in node.lines)
    yield from _plain(f'<mrow class="stack"><mtable displaystyle="false">{rows}</mtable></mrow>')


def _styled(node: nodes.Styled, style: Style) -> Iterator[_Piece]:
    if node.style == "narrow":  # smaller type on paper only: a page can be scrolled
        yield from _plain(_one(node.body, style), "inner")
        return
    large = node.style == "display"
    display = ' displaystyle="true" scriptlevel="0"' if large else ' displaystyle="false" scriptlevel="0"'
    yield from _plain(f"<mrow{display}>{_row(node.body, 'display' if large else 'text')}</mrow>")


def _space(node: nodes.Space, style: Style) -> Iterator[_Piece]:
    yield _Piece("letter", "letter", f'<mspace width="{_em(SPACES[node.name])}"/>', space=True)


def _words(node: nodes.Words, style: Style) -> Iterator[_Piece]:
    yield from _plain(f"<mtext>{escape(node.text).replace(' ', chr(0xA0))}</mtext>")


def _accent(node: nodes.Accent, style: Style) -> Iterator[_Piece]:
    mark = f'<mo stretchy="false">{ACCENTS[node.mark]}</mo>'
    yield from _plain(f'<mover accent="true">{_one(node.body, style)}{mark}</mover>')


def _coloured(node: nodes.Coloured, style: Style) -> Iterator[_Piece]:
    yield from _plain(f'<mrow class="{node.way}">{_row(node.body, style)}</mrow>')


PIECES: Mapping[type, Callable[[Any, Style], Iterator[_Piece]]] = {
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
