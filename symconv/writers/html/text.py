"""Rich text, code and plain strings as HTML: everything that has a meaning there is escaped."""

import html
import re
from collections.abc import Callable
from functools import cache, lru_cache

from symconv.formula.mathml import mathml
from symconv.formula.plain import plain
from symconv.formula.read import read
from symconv.formula.speech import speech
from symconv.handout.pictures import Math, Rich
from symconv.text.rich_text import Forms, has_han, python_pieces, written


def escape(text: str) -> str:
    """Plain text, every character standing for itself, also between quotes."""
    return html.escape(text, quote=True).replace("&#x27;", "&#39;")


# browsers break lines on both sides of a formula, whatever stands there
OPENING, CLOSING = r"(\[\u2018\u201c\u00ab（【《「", r")\].,:;?!%\u2019\u201d\u00bb，。、；：？！）】》」"
TIED = re.compile(  # \u201c closes what \u201e has opened
    rf"\u201e<math.*?</math>[\u201c{CLOSING}]*|[{OPENING}]*<math.*?</math>[{CLOSING}]*", re.S
)


@lru_cache(maxsize=16384)
def element(tree: Math, language: str = "", display: bool = False) -> str:
    """The <math> element of a formula, which is said in a language if one is given; Broken where it has none."""
    return mathml(tree, display, speech(tree, language) if language else "")


def rich(text: Rich, language: str = "") -> str:
    """Rich text as HTML, its formulas said in a language if one is given; raises Broken where `$`, `*` or a backtick
    opens without closing."""
    return TIED.sub(_tied, written(text, _html(language), _typeset(text)))


def _tied(formula: re.Match[str]) -> str:
    """A formula in one line with the punctuation around it."""
    alone = formula[0].startswith("<") and formula[0].endswith(">")
    return formula[0] if alone else f'<span class="tied">{formula[0]}</span>'


def _typeset(text: Rich) -> Callable[[str], str]:
    """How its words are written: in Latin text a typed apostrophe is a printed one, as in TeX."""
    return escape if has_han(text) else lambda words: escape(words.replace("'", "\u2019"))


def plain_text(text: Rich) -> str:
    """Rich text without its markup, for titles and labels that are read aloud."""
    return " ".join(written(text, _PLAIN, _typeset(text)).split())


def spoken(math: Math) -> str:
    """A short formula for a label: its letters, numbers and signs."""
    return escape(plain(math))


@cache
def _html(language: str) -> Forms:
    return {
        "math": lambda s: element(read(s), language),
        "stress": lambda s: f"<em>{s}</em>",
        "code": lambda s: f"<code>{escape(s)}</code>",
        "fw": lambda s: f'<span class="fw">{s}</span>',
        "bw": lambda s: f'<span class="bw">{s}</span>',
        "break": lambda _: "<br>",
        "gap": lambda _: '<br><span class="gap"></span>',
    }


_PLAIN: Forms = {
    "math": lambda s: spoken(read(s)), "stress": str, "code": escape, "fw": str, "bw": str,
    "break": lambda _: " ", "gap": lambda _: " ",
}  # fmt: skip
KINDS = {"keyword": "<b>{}</b>", "comment": "<i>{}</i>"}


def code(text: str, indices: tuple[str, ...] = ()) -> str:
    """A line of Python: keywords bold, a comment soft, the letters of `indices` each in its class."""
    pieces = []
    for kind, piece in python_pieces(text):
        form = KINDS.get(kind, "{}")
        if kind == "name" and piece in indices:
            form = f'<span class="{index_class(piece, indices)}">{{}}</span>'
        pieces.append(form.format(escape(piece)))
    return "".join(pieces)


def index_class(letter: str, indices: tuple[str, ...]) -> str:
    """The class in which an index is coloured alike in formulas and code."""
    return f"ix ix{indices.index(letter) % 8}"


def with_indices(element: str, indices: tuple[str, ...]) -> str:
    """A formula with the letters of `indices` each in its class."""

    def marked(match: re.Match[str]) -> str:
        letter = match[1] or ""
        return f'<mi class="{index_class(letter, indices)}">{letter}</mi>' if letter in indices else match[0]

    # a subscript is part of a name: the h of s_h is no index
    return re.sub(r"<msub><mi>\w</mi><mi>\w</mi></msub>|<mi>([a-z])</mi>", marked, element)
