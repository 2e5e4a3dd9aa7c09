r"""Formulas read from LaTeX: as the preamble defines the handout's macros, refused where they cannot be read."""

import re

import pytest

from symconv.errors import Broken
from symconv.formula.nodes import (
    Coloured,
    Fenced,
    Fraction,
    Function,
    Group,
    Letter,
    Matrix,
    Node,
    Number,
    Root,
    Row,
    Scripts,
    Sign,
    Space,
    Stack,
    Styled,
    Words,
)
from symconv.formula.read import READERS, read
from symconv.formula.signs import SIGNS
from symconv.language import template_folder

X, ONE, TWO = Letter("x"), Number("1"), Number("2")
EXAMPLES: dict[str, Node] = {
    "x": X,
    "12.50": Number("12.50"),
    r"x^2_1'": Scripts(X, ONE, TWO, 1),
    r"\frac12": Fraction(ONE, TWO),
    r"\half": Fraction(ONE, TWO, small=True),
    r"\mathit{a\_b}": Letter("a_b", "italic"),
    r"\alpha": Letter("\u03b1"),
    r"{-1}": Group(Row((Sign("\u2212"), ONE))),
    r"\bigl(x\bigr)^2": Scripts(Fenced("(", X, ")", "big"), above=TWO),
    r"\left[x\right]": Fenced("[", X, "]", "left"),
    r"\bigl(x": Row((Sign("(", "big"), X)),
    r"[0,1)": Row((Sign("["), Number("0"), Sign(","), ONE, Sign(")"))),
    r"\operatorname*{arg\,max}_x": Scripts(Function("arg max", limits=True), X),
    r"\begin{mat}1&x\\[2pt]x&2\end{mat}": Matrix(((ONE, X), (X, TWO))),
    r"\sum_{\substack{x\\1}}": Scripts(Sign("\u2211"), Stack((X, ONE))),
    r"\text{a \%}\ \sqrt{x}": Row((Words("a %"), Space(" "), Root(X))),
    r"\narrow{\res{x}}": Styled("narrow", Coloured("fw", X, result=True)),
    r"\displaystyle x": Styled("display", X),
    "": Row(),
}
REFUSED = {
    r"\unheard{x}": r"no form for \\unheard",
    "a_{": "does not close",
    "a}": "was not opened",
    "a&b": "& stands outside a table",
    r"\begin{mat}1": "mat does not end",
    r"\begin{mat}1\end{cases}": "mat does not end",
    r"\begin{cases}1\end{cases}": "environment 'cases'",
    r"\dL": "argument is missing",
    r"\blank x": "it stands in braces",
    "x_1_2": "two subscripts",
    "x^1^2": "two superscripts",
    r"\bigl x": "x is no bracket",
    r"\blank{a}{2}": "'a' is no number",
    "x\u00e6\u2603": "'\u2603' has no form",
}


@pytest.mark.parametrize("source", EXAMPLES)
def test_a_formula_is_a_tree(source: str) -> None:
    assert read(source) == EXAMPLES[source]


def test_white_means_nothing_but_where_it_is_asked_for() -> None:
    assert read(r" x _ {1} + \cdot  2") == read(r"x_1+\cdot2")


@pytest.mark.parametrize("source", REFUSED)
def test_what_cannot_be_read_is_refused_with_the_formula(source: str) -> None:
    with pytest.raises(Broken, match=f"(?s){re.escape(repr(source))} cannot be read\n  .*{REFUSED[source]}"):
        read(source)


def test_every_sign_is_read() -> None:
    assert {char: read(form.latex) for char, form in SIGNS.items()} == {char: Sign(char) for char in SIGNS}


@pytest.mark.parametrize("macro, arguments", [("dL", 1), ("tdL", 1), ("dd", 2), ("half", 0)])
def test_the_preamble_defines_the_same(macro: str, arguments: int) -> None:
    """What LaTeX makes of a macro is what is read for it."""
    preamble = (template_folder() / "preamble.tex.jinja").read_text(encoding="utf-8")
    (body,) = re.findall(rf"^\\newcommand\{{\\{macro}\}}(?:\[\d\])?\{{(.*)\}}(?: *%.*)?$", preamble, re.M)
    given = ["{x_1+2}", "{y'}"][:arguments]
    for k, argument in enumerate(given, start=1):
        body = body.replace(f"#{k}", argument[1:-1])
    assert read(body) == read(rf"\{macro}{''.join(given)}") and macro in READERS
