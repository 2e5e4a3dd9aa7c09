"""The one Jinja environment: strict, with braces left alone in LaTeX templates."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from symconv.errors import Broken
from symconv.handout.layout import PAGE
from symconv.render import PACKAGE, template_folder
from symconv.writers.latex_writer import LATEX


@dataclass(frozen=True)
class Heading:
    title: str
    locator: str
    body: str


def test_a_missing_name_raises() -> None:
    with pytest.raises(UndefinedError):
        LATEX.render("preamble.tex.jinja", page=PAGE, language="en")


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
        LATEX.render("preamble.tex.jinja", page=PAGE, language=x, title="t", author="", han=x == "zh")
        for x in ("en", "zh")
    )
    assert "ctex" not in english and "ctex" in chinese
    assert "<%" not in english + chinese and "<<" not in english + chinese


@pytest.mark.parametrize("place", ["symconv/_templates", "templates"])
def test_the_templates_are_found_in_a_wheel_and_in_a_checkout(tmp_path: Path, place: str) -> None:
    (tmp_path / "symconv").mkdir()
    (tmp_path / place).mkdir()
    assert template_folder(tmp_path / "symconv") == tmp_path / place


def test_lost_templates_are_reported(tmp_path: Path) -> None:
    with pytest.raises(Broken, match="no templates"):
        template_folder(tmp_path / "symconv")


def test_this_checkout_has_its_templates() -> None:
    assert (template_folder(PACKAGE) / "handout.tex.jinja").is_file()
