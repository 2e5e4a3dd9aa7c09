"""The one Jinja environment: strict, with braces left alone in LaTeX templates."""

from dataclasses import dataclass

import pytest
from jinja2 import UndefinedError

from symconv.errors import Broken
from symconv.handout.layout import PAGE
from symconv.language import Language
from symconv.writers.latex.writer import LATEX


@dataclass(frozen=True)
class Heading:
    title: str
    locator: str
    body: str


def test_a_missing_name_raises() -> None:
    with pytest.raises(UndefinedError):
        LATEX.render("preamble.tex.jinja", page=PAGE, language=Language.of("en"))


def test_a_missing_field_raises() -> None:
    with pytest.raises(UndefinedError):
        LATEX.macro("blocks.tex.jinja", "step", PAGE)


def test_a_missing_macro_is_named() -> None:
    with pytest.raises(Broken, match="no macro 'stepp'"):
        LATEX.macro("blocks.tex.jinja", "stepp", PAGE)


def test_braces_and_percent_signs_are_latex() -> None:
    text = LATEX.macro("blocks.tex.jinja", "step", Heading("50% of $x_{1}$", "", "{{body}}\n"))
    remark, _, step = text.partition("\\step")
    assert step == "{50\\% of $x_{1}$}{50\\% of x\\_1}{}\n{{body}}\n"
    assert all(line.startswith("%") for line in remark.split("\n") if line)


def test_each_language_gets_its_fonts() -> None:
    english, chinese = (
        LATEX.render("preamble.tex.jinja", page=PAGE, language=Language.of(x), title="t", author="", han=x == "zh")
        for x in ("en", "zh")
    )
    assert "ctex" not in english and "ctex" in chinese
    assert "<%" not in english + chinese and "<<" not in english + chinese
