"""Escaping: every character stands for itself, mathematics passes, what cannot be printed is refused."""

import re

import pytest
from hypothesis import given, strategies as st

from symconv.errors import Broken
from symconv.text.latex_text import SPECIALS, code, coloured, escape, one_line, plain_text, rich
from symconv.text.rich_text import literal

PRINTABLE = st.text(st.characters(min_codepoint=32, max_codepoint=126) | st.sampled_from("卷积“”—·×é"), max_size=40)
COMMANDS = re.compile(
    r"\\(?:textbackslash|textasciicircum|textasciitilde|textasciigrave|textquotesingle|textperiodcentered)\{\}"
    r"|\\[{}$&#%_ ]|\$\\times\$|\{\}"
)


@pytest.mark.parametrize("special", SPECIALS)
def test_each_of_the_ten_specials_is_escaped(special: str) -> None:
    assert len(SPECIALS) == 10
    assert not set(COMMANDS.sub("", escape(f"a{special}b"))) & set(SPECIALS)


@given(PRINTABLE)
def test_no_special_survives_in_a_users_text(text: str) -> None:
    for form in (escape(text), rich(literal(text)), plain_text(literal(text)), code(text)):
        assert not set(COMMANDS.sub("", form).replace("~", "")) & set(SPECIALS)


@given(PRINTABLE)
def test_a_users_text_is_never_markup(text: str) -> None:
    assert not re.search(r"\\(emph|inlinecode|fw|bw|newline)\b", rich(literal(text)))


def test_mathematics_is_kept() -> None:
    assert rich(r"sum $\sum_{i} x_i$ & *more $i^*$*") == r"sum $\sum_{i} x_i$ \& \emph{more $i^*$}"


def test_markup() -> None:
    assert rich("`a_b` [fw:on $x$] [bw:back] [x]") == r"\inlinecode{a\_b} \fw{on $x$} \bw{back} [x]"
    assert rich("$$5 ** [[fw:") == r"\$5 * [fw:"
    assert rich("one\ntwo\n\nthree") == r"one\newline two\notegap three"


@pytest.mark.parametrize("text", ["a $ b", "a * b", "a ` b", "*a $x* b"])
def test_markup_that_does_not_close_is_refused(text: str) -> None:
    with pytest.raises(Broken, match="opens and does not close"):
        rich(text)


def test_typography_becomes_ascii_in_latin_text_and_stays_in_chinese() -> None:
    assert escape("“a”—b·c") == r"``a''---b\textperiodcentered{}c"
    assert escape("“卷积”——") == "“卷积”——"
    assert escape("„a“ «b» ‹c› ‚d‘ ¿e? ¡f!") == (
        r"\quotedblbase{}a`` \guillemotleft{}b\guillemotright{} \guilsinglleft{}c\guilsinglright{} \quotesinglbase{}d`"
        r" \textquestiondown{}e? \textexclamdown{}f!"
    )


def test_a_character_without_a_form_is_refused() -> None:
    with pytest.raises(Broken, match="has no form in LaTeX"):
        escape("a☃")
    with pytest.raises(Broken, match="write a command"):
        one_line("x ≤ y")


def test_code_has_no_ligatures_and_bold_keywords() -> None:
    assert code("a--b <<c>> 'd'") == (r"a-{}-b\ <{}<c>{}>\ \textquotesingle{}d\textquotesingle{}")
    assert coloured("for x in y:  # for") == r"\kw{for}\ x\ \kw{in}\ y:\ \ \comment{\#\ for}"
    assert coloured("'for'") == r"\textquotesingle{}for\textquotesingle{}"


def test_bookmarks_hold_no_markup() -> None:
    assert plain_text(r"One entry: $a=b$ in *(12)* & `f_x`") == r"One entry: a = b in (12) \& f\_x"
