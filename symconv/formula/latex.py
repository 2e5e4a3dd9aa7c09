r"""A formula as LaTeX: with the handout's own macros, as `read` reads them, or with what every program knows."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from symconv.formula import nodes
from symconv.formula.compose import LOSS, partial
from symconv.formula.nodes import Node, is_sum, parts_of
from symconv.formula.signs import FONTS, FUNCTIONS, NAMES, SIGNS

FONT_COMMANDS: Mapping[str, str] = {font: command for command, font in FONTS.items()}
COMMAND = re.compile(r"\\[A-Za-z]+$")  # at the end of what is written
DIGITS = "0123456789."
DIFFERENTIAL = nodes.Sign("\u2202")
INLINE = (*parts_of(partial(LOSS)), nodes.Sign("/"))
HALF = nodes.Fraction(nodes.Number("1"), nodes.Number("2"), small=True)


@dataclass(frozen=True)
class Latex:
    """`macros`: with the handout's own; else colours are written by `colours` and matrices as bmatrix. `signs`: of
    characters, where they are not to be written by the usual command."""

    macros: bool = True
    colours: Mapping[str, str] = field(default_factory=dict)
    signs: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, node: Node) -> str:
        return WRITERS[type(node)](self, node)

    def joined(self, parts: tuple[str, ...]) -> str:
        """Pieces side by side, a space where a command would run into a letter, or a number into the next."""
        out = ""
        for part in parts:
            command = part[:1].isalpha() and COMMAND.search(out)
            number = out[-1:] in DIGITS and part[:1] in DIGITS
            out += f" {part}" if out and part and (command or number) else part
        return out


def _row(w: Latex, node: nodes.Row) -> str:
    pieces: list[str] = []
    for before, part in zip((None, *node.parts), node.parts, strict=False):
        pieces.append(" " + w(part) if is_sum(before) and not is_sum(part) else w(part))
    return w.joined(tuple(pieces))


def _letter(w: Latex, node: nodes.Letter) -> str:
    if node.font:
        return rf"\{FONT_COMMANDS[node.font]}{{{_escaped(node.name)}}}"
    return f"\\{NAMES[node.name]}" if node.name in NAMES else node.name


def _escaped(text: str) -> str:
    return "".join(f"\\{c}" if c in "_%#&${}" else c for c in text)


def _sign(w: Latex, node: nodes.Sign) -> str:
    form = SIGNS[node.char]
    text = w.signs.get(node.char, form.latex)
    if not node.size:
        return text
    opening = form.kind == "opening"
    if node.size == "left":
        return (r"\left" if opening else r"\right") + text
    side = "l" if opening else "r" if form.kind == "closing" else ""
    return rf"\{node.size}{side}{text}"


def _space(w: Latex, node: nodes.Space) -> str:
    return f"\\{node.name}"


def _fraction(w: Latex, node: nodes.Fraction) -> str:
    if w.macros and node == HALF:
        return r"\half"
    above, under = _partial(node.above), _partial(node.below)
    if w.macros and not node.small and above is not None and under is not None:
        return rf"\dd{{{w(above)}}}{{{w(under)}}}"
    return rf"\{'t' * node.small}frac{{{w(node.above)}}}{{{w(node.below)}}}"


def _partial(node: Node) -> Node | None:
    """What stands behind the sign of a partial derivative, if that is how the row begins."""
    first, *rest = parts_of(node) or (None,)
    if first != DIFFERENTIAL:
        return None
    return rest[0] if len(rest) == 1 else nodes.Row(tuple(x for x in rest if x))


def _coloured(w: Latex, node: nodes.Coloured) -> str:
    if not w.macros:
        return rf"{{\color{{{w.colours[node.way]}}}{{{w(node.body)}}}}}"
    body = node.body
    if node.way == "bw" and isinstance(body, nodes.Fraction) and body == nodes.Fraction(partial(LOSS), body.below):
        of = _partial(body.below)
        return rf"\dL{{{w(of)}}}" if of is not None else rf"\bw{{{w(body)}}}"
    if node.way == "bw" and isinstance(body, nodes.Row) and body.parts[:3] == INLINE:
        of = _partial(nodes.Row(body.parts[3:]))
        return rf"\tdL{{{w(of)}}}" if of is not None else rf"\bw{{{w(body)}}}"
    return rf"\{'res' if node.result else node.way}{{{w(body)}}}"


def _scripts(w: Latex, node: nodes.Scripts) -> str:
    base = w(node.base)
    if isinstance(node.base, nodes.Scripts):
        base = f"{{{base}}}"
    below = f"_{{{w(node.below)}}}" if node.below else ""
    above = f"^{{{w(node.above)}}}" if node.above else ""
    return f"{base}{chr(39) * node.primes}{below}{above}"


def _fenced(w: Latex, node: nodes.Fenced) -> str:
    return w.joined((w(nodes.Sign(node.left, node.size)), w(node.body), w(nodes.Sign(node.right, node.size))))


def _matrix(w: Latex, node: nodes.Matrix) -> str:
    kind = "mat" if w.macros else "bmatrix"
    rows = r"\\".join("&".join(map(w, cells)) for cells in node.rows)
    return rf"\begin{{{kind}}}{rows}\end{{{kind}}}"


def _function(w: Latex, node: nodes.Function) -> str:
    if node.name in FUNCTIONS:
        return f"\\{node.name}"
    return rf"\operatorname{'*' * node.limits}{{{node.name.replace(' ', chr(92) + ',')}}}"


def _styled(w: Latex, node: nodes.Styled) -> str:
    if node.style == "narrow":
        return rf"\narrow{{{w(node.body)}}}" if w.macros else w(node.body)
    return rf"\{node.style}style {w(node.body)}"


def _blank(w: Latex, node: nodes.Blank) -> str:
    return rf"\blank{{{node.number}}}{{{node.width}}}" if w.macros else r"\square"


WRITERS: Mapping[type, Callable[..., str]] = {
    nodes.Number: lambda w, n: n.digits,
    nodes.Letter: _letter,
    nodes.Sign: _sign,
    nodes.Space: _space,
    nodes.Row: _row,
    nodes.Group: lambda w, n: f"{{{w(n.body)}}}",
    nodes.Accent: lambda w, n: rf"\{n.mark}{{{w(n.body)}}}",
    nodes.Fraction: _fraction,
    nodes.Root: lambda w, n: rf"\sqrt{{{w(n.body)}}}",
    nodes.Scripts: _scripts,
    nodes.Fenced: _fenced,
    nodes.Matrix: _matrix,
    nodes.Stack: lambda w, n: rf"\substack{{{(chr(92) * 2).join(map(w, n.lines))}}}",
    nodes.Function: _function,
    nodes.Coloured: _coloured,
    nodes.Styled: _styled,
    nodes.Words: lambda w, n: rf"\text{{{_escaped(n.text)}}}",
    nodes.Blank: _blank,
    nodes.Drawn: lambda w, n: rf"\drawn{{{n.number}}}",
}
latex = Latex()
