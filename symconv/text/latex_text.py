r"""Rich text, code and plain strings as LaTeX, each escaped so that nothing in it is taken for a command.

Latin text is set in T1 fonts, where a typed dash or quotation mark is lost, so these become ASCII TeX forms; in text
that holds han characters the same marks are Chinese punctuation and stay. A character without a form raises Broken.
"""

import re
import unicodedata

from symconv.errors import Broken
from symconv.formula.latex import latex
from symconv.formula.nodes import Node
from symconv.formula.plain import plain
from symconv.formula.read import read
from symconv.formula.signs import NAMES
from symconv.text.rich_text import HAN, Forms, has_han, python_pieces, written

SPECIALS = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&",
    "#": r"\#", "%": r"\%", "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
}  # fmt: skip
TYPOGRAPHY = {
    "\u2014": "---", "\u2013": "--", "\u2018": "`", "\u2019": "'", "\u201c": "``", "\u201d": "''",
    "\u2026": r"\ldots{}", "\u00b7": r"\textperiodcentered{}", "\u00a0": "~", "\u00df": r"\ss{}", "\u00ff": r"\"y",
    "\u00d7": r"$\times$", "\u00f7": r"$\div$", "\u2212": "$-$", "\u2248": r"$\approx$", "\u2264": r"$\leq$",
    "\u2265": r"$\geq$", "\u2260": r"$\neq$", "\u2192": r"$\to$", "\u2190": r"$\leftarrow$", "\u2202": r"$\partial$",
    "\u2211": r"$\sum$", "\u2217": r"$*$", "\u00b0": r"\textdegree{}", "`": r"\textasciigrave{}",
    "\u201e": r"\quotedblbase{}", "\u201a": r"\quotesinglbase{}", "\u00ab": r"\guillemotleft{}",
    "\u00bb": r"\guillemotright{}", "\u2039": r"\guilsinglleft{}", "\u203a": r"\guilsinglright{}",
    "\u00a1": r"\textexclamdown{}", "\u00bf": r"\textquestiondown{}", "\u202f": r"\,",
}  # fmt: skip
ACCENTS = {
    "\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0304": "=", "\u0306": "u", "\u0307": ".",
    "\u0308": '"', "\u030a": "r", "\u030b": "H", "\u030c": "v", "\u0323": "d", "\u0327": "c", "\u0328": "k",
}  # fmt: skip
LETTERS = {
    "\u0110": r"\DJ{}", "\u0111": r"\dj{}", "\u0131": r"\i{}", "\u0141": r"\L{}", "\u0142": r"\l{}", "\u0152": r"\OE{}",
    "\u0153": r"\oe{}",
}  # fmt: skip
CHINESE_MARKS = frozenset("\u2014\u2018\u2019\u201c\u201d\u2026")
LIGATURES = re.compile(r"(?<=([-<>,'`?!]))(?=[-<>,'`])")  # T1 joins these pairs into one other sign


def escape(text: str) -> str:
    """Plain text, every character standing for itself; line ends become spaces."""
    keep = CHINESE_MARKS if has_han(text) else frozenset()
    # a separate group keeps `<<` and the like from becoming one glyph; dashes and quotes are typed on purpose
    spaced = re.sub(r"(?<=([<>,]))(?=\1)", "\0", text)
    return "".join(_character(char, keep, text) for char in spaced)


def _character(char: str, keep: frozenset[str], text: str) -> str:
    if char == "\0":
        return "{}"
    if char in SPECIALS:
        return SPECIALS[char]
    if char in keep:
        return char
    if char in TYPOGRAPHY:
        return TYPOGRAPHY[char]
    if char.isspace() and ord(char) < 128:
        return " "
    if 32 <= ord(char) < 127 or HAN.match(char) or 0xC0 <= ord(char) < 0xFF:
        return char
    if accented := _accented(char):
        return accented
    raise Broken(f"the character {char!r} in {text!r} has no form in LaTeX\n  add one to TYPOGRAPHY in latex_text.py")


def _accented(char: str) -> str:
    """A Latin letter with one accent, or with a stroke, by TeX's commands; "" where there is none."""
    parts = unicodedata.normalize("NFD", char)
    if len(parts) == 2 and parts[0].isascii() and parts[1] in ACCENTS:
        return rf"\{ACCENTS[parts[1]]}{{{parts[0]}}}"
    return LETTERS.get(char, "")


def strange(text: str) -> str:
    """The first character that has no form here, "" if all have one."""
    for char in text:
        try:
            escape(char)
        except Broken:
            return char
    return ""


def math(formula: Node) -> str:
    """A formula as LaTeX; raises Broken for a character that T1 mathematics would drop."""
    return one_line(latex(formula))


def one_line(source: str) -> str:
    """LaTeX mathematics on one line; raises Broken as `math`."""
    for char in source:
        if ord(char) > 126 and not HAN.match(char):
            raise Broken(f"the character {char!r} in the formula {source!r} has no form in LaTeX: write a command")
    return " ".join(source.split())


def rich(text: str) -> str:
    """Rich text as LaTeX; raises Broken where `$`, `*` or a backtick opens without closing."""
    return written(text, _LATEX, escape if not has_han(text) else _escape_chinese)


def _escape_chinese(text: str) -> str:
    """As `escape`, for a piece of a text that is Chinese as a whole though the piece may not be."""
    return "".join(_character(char, CHINESE_MARKS, text) for char in text)


def plain_text(text: str) -> str:
    """Rich text without its markup, escaped, for bookmarks and running heads."""
    return written(text, _PLAIN, escape if not has_han(text) else _escape_chinese)


_LATEX: Forms = {
    "math": lambda s: f"${one_line(s)}$",
    "stress": lambda s: rf"\emph{{{s}}}",
    "code": lambda s: rf"\inlinecode{{{code(s)}}}",
    "fw": lambda s: rf"\fw{{{s}}}",
    "bw": lambda s: rf"\bw{{{s}}}",
    "break": lambda _: r"\newline ",
    "gap": lambda _: r"\notegap ",
}
_PLAIN: Forms = {
    "math": lambda s: _bookmark(plain(read(s))),
    "stress": str, "code": escape, "fw": str, "bw": str,
    "break": lambda _: " ", "gap": lambda _: " ",
}  # fmt: skip


def _bookmark(text: str) -> str:
    """A formula's letters and numbers, Greek ones by their names: in bookmarks nothing else can be relied upon."""
    spelt = "".join(NAMES.get(char, char) for char in text)
    return "".join("" if strange(char) or "$" in escape(char) else escape(char) for char in spelt)


def code(text: str) -> str:
    """A piece of program text for a typewriter font: spaces kept, no ligatures, straight quotes."""
    signs = {**SPECIALS, "'": r"\textquotesingle{}", "`": r"\textasciigrave{}", " ": r"\ ", "\0": "{}"}
    parts = LIGATURES.sub("\0", text)
    return "".join(signs.get(char) or _character(char, CHINESE_MARKS, text) for char in parts)


def coloured(text: str) -> str:
    """A line of Python as LaTeX: keywords bold, a comment soft."""
    signs = {"keyword": r"\kw{%s}", "comment": r"\comment{%s}"}
    return "".join(signs.get(kind, "%s").replace("%s", code(piece)) for kind, piece in python_pieces(text))
