r"""Rich text and formulas as Markdown for notebooks: only what Jupyter, VS Code, Colab and GitHub all show alike.

Formulas are read by MathJax or KaTeX, so they hold only commands that both know. What a Markdown reader could take for
a mark of its own is written as an entity or behind a backslash. A dollar sign stands in a span of its own, so neither
a Markdown reader nor MathJax, which searches the finished page, takes it for a formula's.
"""

import re
from collections.abc import Iterable

from symconv.formula.latex import Latex
from symconv.formula.read import read
from symconv.handout.pictures import Math, Rich
from symconv.text.rich_text import Forms, written

HUES = {"fw": "#0B4F8A", "bw": "#BF4B00"}  # as in the LaTeX preamble
ENTITIES = {
    "\\": "&#92;", "$": "<span>&#36;</span>", "<": "&lt;", ">": "&gt;", "&": "&amp;", "|": "&#124;", "@": "&#64;",
}  # fmt: skip
BEHIND_BACKSLASH = frozenset("*_`[]~")
AT_THE_START = re.compile(r"^([-+=#:]|\d+(?=[.)]))([.)]?)")  # of a line: a list's mark, a heading's, an underline
ROW = r" \\[4pt]" + "\n"
IN_MATH = {  # signs that \text{..} does not take in both programs, as formulas
    "\\": r"\backslash ", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\wedge ", "~": r"\sim ", "<": r"\lt ", ">": r"\gt ", "|": r"\vert ", "`": r"\grave{}",
}  # fmt: skip
# HTML and tables have a use for these signs
_WRITE = Latex(macros=False, colours=HUES, signs={"<": r"\lt", ">": r"\gt", "|": r"\vert", "\u2016": r"\Vert"})


# ------------------------------------------------------------------------------------------------ formulas
def formula(math: Math) -> str:
    r"""The formula on one line, its colours as `{\color{#..}{..}}`: braces on both sides of the colour's end, for the
    programs where \color colours what follows and for those where it takes an argument."""
    return _WRITE(math)


def _coloured(hue: str, math: str) -> str:
    return rf"{{\color{{{hue}}}{{{math}}}}}"


def display(rows: Iterable[str]) -> str:
    """Rows with `&` between their columns as one formula of its own; no empty line inside, which would end it."""
    return "$$\n\\begin{aligned}\n" + ROW.join(rows) + "\n\\end{aligned}\n$$"


def beside(text: Rich) -> str:
    r"""Rich text inside a formula: `\text{definition of }S`. Not every program allows dollar signs there."""
    return written(text, _BESIDE, _in_math)


def _in_math(text: str, command: str = "text") -> str:
    pieces = re.split(r"([\\{}$&#%_^~<>|`])", " ".join(text.split(" ")))
    return "".join(IN_MATH.get(piece) or rf"\{command}{{{piece}}}" for piece in pieces if piece)


_BESIDE: Forms = {
    "math": lambda s: formula(read(s)),
    "stress": str,
    "code": lambda s: _in_math(s, "texttt"),
    "fw": lambda s: _coloured(HUES["fw"], s),
    "bw": lambda s: _coloured(HUES["bw"], s),
    "break": lambda _: r"\quad ",
    "gap": lambda _: r"\quad ",
}


# ------------------------------------------------------------------------------------------------ text
def rich(text: Rich) -> str:
    """Rich text on one line of Markdown; raises Broken where `$`, `*` or a backtick opens without closing."""
    line = written(text, _MARKDOWN, escape).strip()
    return AT_THE_START.sub(lambda m: rf"{m[1]}\{m[2]}" if m[2] else rf"\{m[1]}" if not m[1].isdigit() else m[1], line)


def escape(text: str) -> str:
    """Plain text, every character standing for itself; line ends become spaces."""
    return "".join(ENTITIES.get(c) or (" " if c.isspace() else f"\\{c}" if c in BEHIND_BACKSLASH else c) for c in text)


def cell(text: Rich) -> str:
    """Rich text for a table's cell: code may hold the sign that ends one."""
    return rich(text).replace("|", r"\|")


def quote(text: str) -> str:
    """Markdown as a quotation: what stands in the margin on paper."""
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


# <em> and not stars: these are no emphasis between a letter and a full stop, as Chinese has them, without a space
_MARKDOWN: Forms = {
    "math": lambda s: f"${formula(read(s))}$",
    "stress": lambda s: f"<em>{s}</em>",
    "code": lambda s: f"`{s}`",
    "fw": lambda s: f'<span style="color:{HUES["fw"]}">{s}</span>',
    "bw": lambda s: f'<span style="color:{HUES["bw"]}">{s}</span>',
    "break": lambda _: "<br>",
    "gap": lambda _: "<br><br>",
}
