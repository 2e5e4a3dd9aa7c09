r"""Rich text and formulas as Markdown: what a user wrote is shown as it is, and no formula breaks its surroundings."""

import html
import re

import pytest
from hypothesis import given, strategies as st
from markdown_it import MarkdownIt

from symconv.errors import Broken
from symconv.formula.read import read
from symconv.text.rich_text import literal
from symconv.writers.notebook.markdown import beside, cell, display, escape, formula, quote, rich

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
ANY = st.text(
    st.characters(exclude_categories=["Cc", "Cs"], include_characters="\n") | st.sampled_from("\\`*_[]$#|<>&~-+=.1 ")
)


def shown(markdown: str) -> str:
    """What a reader sees, white space aside."""
    page = READER.render(markdown).replace("<br>", " ")
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", page)).split())


@given(ANY)
def test_a_readers_eye_sees_what_was_written(text: str) -> None:
    assert shown(rich(literal(text))) == " ".join(text.split())


@given(ANY)
def test_in_a_list_a_quotation_and_a_table(text: str) -> None:
    words = " ".join(text.split())
    assert shown(f"- {rich(literal(text))}") == words
    assert shown(quote(rich(literal(text)))) == words
    assert shown(f"| {cell(literal(text))} | x |\n| --- | --- |\n| {cell(literal(text))} | y |") == " ".join(
        [*words.split(), "x", *words.split(), "y"]
    )


@given(ANY)
def test_no_dollar_sign_is_taken_for_a_formulas(text: str) -> None:
    assert "$" not in rich(literal(text)) and "\\\\" not in rich(literal(text))


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("the *kernel* $U$", "the <em>kernel</em> $U$"),
        ("`a|b` and a_b", r"`a|b` and a\_b"),
        ("one\ntwo\n\nthree", "one<br>two<br><br>three"),
        ("[fw:blue] *$x$.*", '<span style="color:#0B4F8A">blue</span> <em>$x$.</em>'),
        ("1. no list", r"1\. no list"),
        ("- no list", r"\- no list"),
        ("# no heading", r"\# no heading"),
        ("12 is a number", "12 is a number"),
        ("5$$ & <b>", "5<span>&#36;</span> &amp; &lt;b&gt;"),
    ],
)
def test_rich_text(text: str, markdown: str) -> None:
    assert rich(text) == markdown


def test_code_in_a_table_does_not_end_its_cell() -> None:
    assert cell("`a|b` $c$") == r"`a\|b` $c$"


@pytest.mark.parametrize(
    ("math", "text"),
    [
        (r"\bw{-1}", r"{\color{#BF4B00}{-1}}"),
        (r"\res{\half}", r"{\color{#0B4F8A}{\tfrac{1}{2}}}"),
        (r"\dL{x}", r"{\color{#BF4B00}{\frac{\partial L}{\partial x}}}"),
        (r"0<a\le b>c", r"0\lt a\le b\gt c"),
        (r"|a|+\|b\|\mid c", r"\vert a\vert+\Vert b\Vert\mid c"),
        (r"\begin{mat}1&2\\[2pt]3&4\end{mat}", r"\begin{bmatrix}1&2\\3&4\end{bmatrix}"),
        ("a\n  b", "ab"),
    ],
)
def test_formulas(math: str, text: str) -> None:
    assert formula(read(math)) == text


@pytest.mark.parametrize(
    ("text", "math"),
    [
        ("definition of $S$, (1)", r"\text{definition of }S\text{, (1)}"),
        ("the *sum* of `a_b`", r"\text{the }\text{sum}\text{ of }\texttt{a}\_\texttt{b}"),
        ("50 % & more", r"\text{50 }\%\text{ }\&\text{ more}"),
        ("[bw:back] $<$", r"{\color{#BF4B00}{\text{back}}}\text{ }\lt"),
        ("one\ntwo", r"\text{one}\quad \text{two}"),
        ("", ""),
    ],
)
def test_text_inside_a_formula(text: str, math: str) -> None:
    assert beside(text) == math


@given(ANY)
def test_text_inside_a_formula_keeps_its_braces_balanced(text: str) -> None:
    math = re.sub(r"\\[{}]", "", beside(literal(text)))
    assert math.count("{") == math.count("}") and "\n" not in math
    assert not re.search(r"\\text\{[^}]*[$&#%_^~<>|`\\]", math)


def test_a_display_has_no_empty_line_and_rows_that_no_bracket_joins() -> None:
    text = display(["a &=b", "[c] &=d"])
    assert text.splitlines()[1:3] == [r"\begin{aligned}", r"a &=b \\[4pt]"] and "\n\n" not in text
    assert text.startswith("$$\n") and text.endswith("\n$$")


def test_white_space_is_a_space_and_an_open_mark_is_refused() -> None:
    assert escape("a\tb\u2028c") == "a b c"
    with pytest.raises(Broken, match="does not close"):
        rich("a * b")
