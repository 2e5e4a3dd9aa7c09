"""Rich text, code and plain strings in Typst's markup, each escaped so that nothing in it is taken for a command.

Every call ends with a semicolon, so that no bracket or dot after it is read as a part of it.
"""

import re
import unicodedata
from functools import cache, lru_cache

from symconv.errors import Broken
from symconv.formula.plain import plain
from symconv.formula.read import read
from symconv.formula.speech import speech
from symconv.formula.typst import quoted, typst
from symconv.handout.pictures import Math, Rich
from symconv.text.rich_text import Forms, has_han, python_pieces, written

_LINE_ENDS = re.compile("[\t\n\v\f\r\x85\u2028\u2029]")
_SPECIAL = re.compile(
    r"[\\#$*_`<>@~\[\]{}\"'=+]"  # commands, quotation marks that would be turned, what begins a list or a heading
    r"|-(?![A-Za-z])|/(?=[/*\s]|$)|(?<=\.)\."  # dashes, comments, ellipses
)
_NUMBERED = re.compile(r"^(\s*\d+)\.(?=\s|$)")


def escape(text: str) -> str:
    """Plain text, every character standing for itself; line ends become spaces."""
    spaced = _checked(_LINE_ENDS.sub(" ", text))
    marked = _NUMBERED.sub(r"\1\\.", _SPECIAL.sub(r"\\\g<0>", spaced))
    return marked.replace("\u00a0", "~")


def _escape_latin(text: str) -> str:
    """As `escape`; a typed apostrophe is a printed one, and two hyphens are a dash, as in TeX."""
    return escape(re.sub(r"(?<!-)--(?!-)", "\u2013", text).replace("'", "\u2019"))


def _checked(text: str) -> str:
    for char in text:
        if unicodedata.category(char) in ("Cc", "Cs"):
            raise Broken(f"the character {char!r} in {text!r} cannot be printed")
    return text


def rich(text: Rich, language: str) -> str:
    """Rich text as markup, its formulas said in a language; raises Broken where `$`, `*` or a backtick opens without
    closing."""
    if not has_han(text):
        return written(text, _markup(language), _escape_latin)
    return re.sub(r"(?<=\$\);)(?=[：；])", "\u2060", written(text, _markup(language), escape))  # these begin no line


@lru_cache(maxsize=16384)
def equation(math: Math, language: str, form: str = "{}") -> str:
    """A formula as a call that gives an equation with what is said of it; `form` is what stands between its dollars."""
    return f"m({quoted(speech(math, language))}, ${form.replace('{}', typst(math))}$)"


def display(math: Math, language: str) -> str:
    """The same, as large as in a line of its own; a first sign is an operation or a relation."""
    return equation(math, language, 'display("" {})')


def left_side(math: Math, language: str) -> str:
    """The same, where a line begins."""
    return equation(math, language, "display({})")


def plain_text(text: str) -> str:
    """Rich text without its markup, as a string of Typst's code: for bookmarks and the title."""
    return quoted(_checked(" ".join(written(text, _PLAIN, str).split())))


def code(text: str) -> str:
    """A piece of program text in a typewriter font."""
    return f"#raw({_string(text)});"


def coloured(text: str) -> str:
    """A line of Python: keywords bold, a comment soft."""
    joined: list[tuple[str, str]] = []
    for kind, piece in python_pieces(text):
        form = FORMS.get(kind, "raw")
        if joined and joined[-1][0] == form:
            piece = joined.pop()[1] + piece
        joined.append((form, piece))
    return "".join(f"#{form}({_string(piece)});" for form, piece in joined)


def remark(text: str) -> str:
    """A line of a docstring, soft as a comment."""
    return f"#remark({_string(text)});"


def _string(text: str) -> str:
    return quoted(_checked(_LINE_ENDS.sub(" ", text)))


FORMS = {"keyword": "kw", "comment": "remark"}


@cache
def _markup(language: str) -> Forms:
    return {
        "math": lambda s: f"#{equation(read(s), language)};",
        "stress": lambda s: f"#emph[{s}];",
        "code": code,
        "fw": lambda s: f"#fw[{s}];",
        "bw": lambda s: f"#bw[{s}];",
        "break": lambda _: "#linebreak();",
        "gap": lambda _: "#white-line;",
    }


_PLAIN: Forms = {
    "math": lambda s: plain(read(s)),
    "stress": str, "code": str, "fw": str, "bw": str,
    "break": lambda _: " ", "gap": lambda _: " ",
}  # fmt: skip
