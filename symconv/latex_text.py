r"""Text for LaTeX: rich text, code and plain strings, each escaped so that nothing in it is taken for a command.

Rich text is a str with this markup, and nothing else in it is special:

    $x_i$          inline mathematics, LaTeX, passed through     $$   a dollar sign
    *word*         emphasis                                       **   a star
    `name`         code                                           ``   a backtick
    [fw:words]     in the colour of the forward pass              [[fw:   the characters "[fw:"
    [bw:words]     in the colour of the backward pass             [[bw:   the characters "[bw:"
    newline        a new line; an empty line leaves a little white

Latin text is set in T1 fonts, where a typed dash or quotation mark is lost, so these become ASCII TeX forms; in text
that holds han characters the same marks are Chinese punctuation and stay. A character without a form raises Broken.
"""

import keyword
import re
from collections.abc import Callable

from symconv.errors import Broken

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
}  # fmt: skip
CHINESE_MARKS = frozenset("\u2014\u2018\u2019\u201c\u201d\u2026")
HAN = re.compile("[\u2e80-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff]")
LIGATURES = re.compile(r"(?<=([-<>,'`?!]))(?=[-<>,'`])")  # T1 joins these pairs into one other sign

_MATH = r"\$((?:[^$\\]|\\.)+)\$"
_IN_STARS = r"\*((?:\$[^$]+\$|[^*$])+)\*"
_IN_BRACKETS = r"\[(fw|bw):((?:\$[^$]+\$|[^\]$])*)\]"
_DOUBLED = r"(\$\$|\*\*|``)|(\[\[)(?=[fb]w:)"
_TOKEN = re.compile(rf"{_DOUBLED}|{_MATH}|{_IN_STARS}|`([^`]+)`|{_IN_BRACKETS}|(\n\s*\n\s*|\n)", re.S)


def has_han(text: str) -> bool:
    """Whether the text holds a Chinese character or full-width sign."""
    return HAN.search(text) is not None


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
    raise Broken(f"the character {char!r} in {text!r} has no form in LaTeX\n  add one to TYPOGRAPHY in latex_text.py")


def math(source: str) -> str:
    """LaTeX mathematics on one line; raises Broken for a character that T1 mathematics would drop."""
    for char in source:
        if ord(char) > 126 and not HAN.match(char):
            raise Broken(f"the character {char!r} in the formula {source!r} has no form in LaTeX: write a command")
    return " ".join(source.split())


def rich(text: str) -> str:
    """Rich text as LaTeX; raises Broken where `$`, `*` or a backtick opens without closing."""
    return _walk(text, _LATEX, escape if not has_han(text) else _escape_chinese)


def _escape_chinese(text: str) -> str:
    """As `escape`, for a piece of a text that is Chinese as a whole though the piece may not be."""
    return "".join(_character(char, CHINESE_MARKS, text) for char in text)


def plain_text(text: str) -> str:
    """Rich text without its markup, escaped, for bookmarks and running heads."""
    return _walk(text, _PLAIN, escape if not has_han(text) else _escape_chinese)


def literal(text: str) -> str:
    """Rich text that shows `text` as it is: for what a user wrote."""
    return re.sub(r"\[(?=[fb]w:)", "[[", re.sub(r"([$*`])", r"\1\1", text))


Handlers = dict[str, Callable[[str], str]]


def _walk(text: str, forms: Handlers, plain: Callable[[str], str]) -> str:
    pieces, at = [], 0
    for token in _TOKEN.finditer(text):
        pieces.append(_plain(text[at : token.start()], text, plain))
        pieces.append(_marked(token, forms, plain))
        at = token.end()
    return "".join([*pieces, _plain(text[at:], text, plain)])


def _plain(piece: str, whole: str, plain: Callable[[str], str]) -> str:
    if lone := re.search(r"[$*`]", piece):
        raise Broken(f"{lone[0]!r} opens and does not close in {whole!r}\n  double it to print it")
    return plain(piece)


def _marked(token: re.Match[str], forms: Handlers, plain: Callable[[str], str]) -> str:
    doubled, bracket, formula, stressed, name, hue, words, end = token.groups()
    if doubled:
        return escape(doubled[0])
    if bracket:
        return "["
    if formula:
        return forms["math"](formula)
    if stressed:
        return forms["stress"](_walk(stressed, forms, plain))
    if name:
        return forms["code"](name)
    if hue:
        return forms[hue](_walk(words, forms, plain))
    return forms["break" if end.count("\n") == 1 else "gap"]("")


_LATEX: Handlers = {
    "math": lambda s: f"${math(s)}$",
    "stress": lambda s: rf"\emph{{{s}}}",
    "code": lambda s: rf"\inlinecode{{{code(s)}}}",
    "fw": lambda s: rf"\fw{{{s}}}",
    "bw": lambda s: rf"\bw{{{s}}}",
    "break": lambda _: r"\newline ",
    "gap": lambda _: r"\notegap ",
}
_PLAIN: Handlers = {
    "math": lambda s: escape(re.sub(r"\\(?:[a-zA-Z]+|.)\s*|[{}$]", "", s)),
    "stress": str, "code": escape, "fw": str, "bw": str,
    "break": lambda _: " ", "gap": lambda _: " ",
}  # fmt: skip


def code(text: str) -> str:
    """A piece of program text for a typewriter font: spaces kept, no ligatures, straight quotes."""
    signs = {**SPECIALS, "'": r"\textquotesingle{}", "`": r"\textasciigrave{}", " ": r"\ ", "\0": "{}"}
    parts = LIGATURES.sub("\0", text)
    return "".join(signs.get(char) or _character(char, CHINESE_MARKS, text) for char in parts)


_WORDS = re.compile(r"(\"[^\"]*\"|'[^']*')|(#.*)|([A-Za-z_][A-Za-z_0-9]*)")


def coloured(text: str) -> str:
    """A line of Python as LaTeX: keywords bold, a comment soft."""
    pieces, at = [], 0
    for token in _WORDS.finditer(text):
        quoted, comment, word = token.groups()
        form = code(token[0])
        if comment:
            form = rf"\comment{{{form}}}"
        elif word and keyword.iskeyword(word) and not quoted:
            form = rf"\kw{{{form}}}"
        pieces += [code(text[at : token.start()]), form]
        at = token.end()
    return "".join([*pieces, code(text[at:])])


def width(text: str, points: float) -> float:
    """A generous estimate, in mm, of the width of rich text at a font size: for placing, never for cutting."""
    em = 0.3515 * points
    total = 0.0
    for char in re.sub(r"\[[fb]w:|[\]$*`]", "", _shown(text)):
        total += em if HAN.match(char) else 0.28 * em if char in " .,:;'|il()[]" else 0.53 * em
    return total


def _shown(text: str) -> str:
    """About the characters that a reader sees of a formula: commands become one sign, braces none."""
    text = re.sub(r"\\(?:left|right|[bB]igg?[lr]?|mathrm|mathbf|text|fw|bw|res|displaystyle)(?![a-zA-Z])", "", text)
    text = re.sub(r"\\[td]?frac\s*(?:\{([^{}]*)\}|(\d))\s*(?:\{([^{}]*)\}|(\d))", _longer, text)
    text = re.sub(r"\\(?:cdot|times|approx|leq|geq|quad)(?![a-zA-Z])", "mm", text)
    text = re.sub(r"\\(?:log|exp|max|min)(?![a-zA-Z])", "max", text)
    text = re.sub(r"\\[,;:! ]", " ", text)
    return re.sub(r"[{}^_&]", "", re.sub(r"\\[a-zA-Z]+\s?", "m", re.sub(r"(?<=[\w)\]} ])([-+=])", r"m\1", text)))


def _longer(match: re.Match[str]) -> str:
    return max((part for part in match.groups() if part), key=len)
