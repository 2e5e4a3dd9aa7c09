"""A formula in Typst's own notation, which uses functions of preamble.typ.jinja: bw and fw, narrow, words, big, Big."""

import re
from collections.abc import Callable, Mapping

from symconv.formula import nodes
from symconv.formula.nodes import DRAWN, Node, parts_of
from symconv.formula.signs import FUNCTIONS, SIGNS

SPACES: Mapping[str, str] = {
    ",": "thin", ":": "med", ";": "thick", "!": "#h(-0.1667em)", " ": "#h(0.3em)", "quad": "quad", "qquad": "wide",
}  # fmt: skip
ACCENTS: Mapping[str, str] = {"hat": "hat", "bar": "macron", "tilde": "tilde", "vec": "arrow", "dot": "dot"}
FONTS: Mapping[str, str] = {
    "upright": "math.upright",
    "italic": "math.italic",
    "bold": "math.bold",
    "double": "math.bb",
}
STYLES: Mapping[str, str] = {"display": "display", "text": "inline"}
_QUOTED = re.compile(r"#(?:words|math\.\w+)\(")
_SIMPLE = re.compile(r"\w|[^\W_a-z][^\W_]*|[\d.]+|[a-z]{2,}(?:\.[a-z]+)*|op\([^()]*\)|[^\s\w]", re.S)


def typst(node: Node) -> str:
    """The formula between its dollars."""
    return WRITERS[type(node)](node)


def quoted(text: str) -> str:
    """A string of Typst's code that holds this text."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _joined(pieces: list[str]) -> str:
    """Side by side, white between them: but beside a word, where it would be printed."""
    out = ""
    for piece in filter(None, pieces):
        beside = out.endswith('")') or _QUOTED.match(piece)
        out += piece if not out or (beside and piece[0] not in ".([") else f" {piece}"
    return out


def _letter(node: nodes.Letter) -> str:
    return f"#{FONTS[node.font]}({quoted(node.name)})" if node.font else node.name


def _sign(node: nodes.Sign) -> str:
    text = SIGNS[node.char].typst or node.char
    return f"#{node.size}(${text}$)" if node.size in ("big", "Big") else text


def _group(node: nodes.Group) -> str:
    """A first sign that is no operation has to be told so."""
    parts = parts_of(node.body)
    if not parts:
        return "zws"
    operation = isinstance(parts[0], nodes.Sign) and SIGNS[parts[0].char].kind in ("operation", "relation")
    return f'class("normal", {typst(node.body)})' if operation else typst(node.body)


def _fraction(node: nodes.Fraction) -> str:
    text = f"frac({_cell(node.above)}, {_cell(node.below)})"
    return f"inline({text})" if node.small else text


def _scripts(node: nodes.Scripts) -> str:
    """Behind a subscript a prime would be taken for a part of it, so it stands before."""
    base, primes = typst(node.base), "'" * node.primes
    last = (
        isinstance(node.base, nodes.Fenced) and node.base.size != "left"
    )  # then they stand at the bracket that closes
    if last or _SIMPLE.fullmatch(base):
        below = f"_({typst(node.below)})" if node.below else ""
        above = f"^({typst(node.above)})" if node.above else ""
        return f"{base}{primes}{below}{above}"
    given = [f"b: {_cell(node.below)}"] if node.below else []
    above = _joined([*["prime"] * node.primes, *([typst(node.above)] if node.above else [])])
    given += [f"t: {above}"] if above else []
    return f"attach({', '.join([base, *given])})"


def _fenced(node: nodes.Fenced) -> str:
    left, right = nodes.Sign(node.left, node.size), nodes.Sign(node.right, node.size)
    text = _joined([_sign(left), typst(node.body), _sign(right)])
    return f"lr({text})" if node.size == "left" else text


def _function(node: nodes.Function) -> str:
    if node.name in FUNCTIONS:
        return node.name
    return f"op({quoted(node.name)}{', limits: #true' if node.limits else ''})"


def _cell(node: Node) -> str:
    """An argument of a call, which must not be empty."""
    return typst(node) or "zws"


def _matrix(node: nodes.Matrix) -> str:
    return f'mat(delim: "[", {"; ".join(", ".join(map(_cell, cells)) for cells in node.rows)})'


def _styled(node: nodes.Styled) -> str:
    if node.style == "narrow":
        return f"#narrow(${typst(node.body)}$)"
    return f"{STYLES[node.style]}({typst(node.body)})"


WRITERS: Mapping[type, Callable[..., str]] = {
    nodes.Number: lambda n: n.digits,
    nodes.Letter: _letter,
    nodes.Sign: _sign,
    nodes.Space: lambda n: SPACES[n.name],
    nodes.Row: lambda n: _joined([typst(part) for part in n.parts]),
    nodes.Group: _group,
    nodes.Accent: lambda n: f"{ACCENTS[n.mark]}({_cell(n.body)})",
    nodes.Fraction: _fraction,
    nodes.Root: lambda n: f"sqrt({_cell(n.body)})",
    nodes.Scripts: _scripts,
    nodes.Fenced: _fenced,
    nodes.Matrix: _matrix,
    nodes.Stack: lambda n: " \\ ".join(map(typst, n.lines)),
    nodes.Function: _function,
    nodes.Coloured: lambda n: f"#{n.way}(${typst(n.body)}$)",
    nodes.Styled: _styled,
    nodes.Words: lambda n: f"#words({quoted(n.text)})",
    nodes.Blank: lambda n: f"#blank({n.width}mm)",
    nodes.Drawn: lambda n: chr(DRAWN + n.number),
}
