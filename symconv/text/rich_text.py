"""Rich text: the markup of the handout's sentences, read once for every writer.

Rich text is a str with this markup, and nothing else in it is special:

    $x_i$          inline mathematics, LaTeX, passed through     $$   a dollar sign
    *word*         emphasis                                       **   a star
    `name`         code                                           ``   a backtick
    [fw:words]     in the colour of the forward pass              [[fw:   the characters "[fw:"
    [bw:words]     in the colour of the backward pass             [[bw:   the characters "[bw:"
    newline        a new line; an empty line leaves a little white
"""

import keyword
import re
from collections.abc import Callable, Mapping

from symconv.errors import Broken
from symconv.formula.latex import latex
from symconv.formula.nodes import Node
from symconv.formula.signs import HAN as HAN

_MATH = r"\$((?:[^$\\]|\\.)+)\$"
_IN_STARS = r"\*((?:\$[^$]+\$|[^*$])+)\*"
_IN_BRACKETS = r"\[(fw|bw):((?:\$[^$]+\$|[^\]$])*)\]"
_DOUBLED = r"(\$\$|\*\*|``)|(\[\[)(?=[fb]w:)"
_TOKEN = re.compile(rf"{_DOUBLED}|{_MATH}|{_IN_STARS}|`([^`]+)`|{_IN_BRACKETS}|(\n\s*\n\s*|\n)", re.S)

Forms = Mapping[str, Callable[[str], str]]
"""How a writer sets "math" and "code" (given as they stand), "stress", "fw" and "bw" (given as already written),
"break" and "gap" (given "")."""


def has_han(text: str) -> bool:
    """Whether the text holds a Chinese character or full-width sign."""
    return HAN.search(text) is not None


def literal(text: str) -> str:
    """Rich text that shows `text` as it is: for what a user wrote."""
    return re.sub(r"\[(?=[fb]w:)", "[[", re.sub(r"([$*`])", r"\1\1", text))


def inline(formula: Node) -> str:
    """Rich text that is a formula."""
    return f"${latex(formula)}$"


def written(text: str, forms: Forms, plain: Callable[[str], str]) -> str:
    """Rich text in another language: `plain` writes what stands between the marks.

    Raises Broken where `$`, `*` or a backtick opens without closing.
    """
    pieces, at = [], 0
    for token in _TOKEN.finditer(text):
        pieces.append(_plain(text[at : token.start()], text, plain))
        pieces.append(_marked(token, forms, plain))
        at = token.end()
    return "".join([*pieces, _plain(text[at:], text, plain)])


def formulas(text: str) -> tuple[str, ...]:
    """The formulas in rich text, as they stand."""
    found: list[str] = []

    def keep(math: str) -> str:
        found.append(math)
        return ""

    written(text, {**dict.fromkeys(("stress", "code", "fw", "bw", "break", "gap"), str), "math": keep}, str)
    return tuple(found)


def _plain(piece: str, whole: str, plain: Callable[[str], str]) -> str:
    if lone := re.search(r"[$*`]", piece):
        raise Broken(f"{lone[0]!r} opens and does not close in {whole!r}\n  double it to print it")
    return plain(piece)


def _marked(token: re.Match[str], forms: Forms, plain: Callable[[str], str]) -> str:
    doubled, bracket, formula, stressed, name, hue, words, end = token.groups()
    if doubled:
        return plain(doubled[0])
    if bracket:
        return plain("[")
    if formula:
        return forms["math"](formula)
    if stressed:
        return forms["stress"](written(stressed, forms, plain))
    if name:
        return forms["code"](name)
    if hue:
        return forms[hue](written(words, forms, plain))
    return forms["break" if end.count("\n") == 1 else "gap"]("")


_WORDS = re.compile(r"(\"[^\"]*\"|'[^']*')|(#.*)|([A-Za-z_][A-Za-z_0-9]*)")


def python_pieces(text: str) -> list[tuple[str, str]]:
    """A line of Python as (kind, piece): "keyword", "comment", "name", or "" for all else."""
    pieces, at = [], 0
    for token in _WORDS.finditer(text):
        quoted, comment, word = token.groups()
        kind = "comment" if comment else "" if quoted else "keyword" if keyword.iskeyword(word) else "name"
        pieces += [("", text[at : token.start()]), (kind, token[0])]
        at = token.end()
    return [(kind, piece) for kind, piece in [*pieces, ("", text[at:])] if piece]
