"""A form filled in is, to the byte, what is written of the document with its numbers."""

import re
from dataclasses import replace
from functools import cache

import mpmath
import pytest

from symconv.evaluation.arithmetic import DIGITS
from symconv.exercises.drawn import Values, filled
from symconv.exercises.sheet import Sheet, sheet
from symconv.handout.options import Options
from symconv.networks.network import load
from symconv.sampling.draw import Drawer
from symconv.worked.derived import Derived, derived
from symconv.worked.machine import Machine
from symconv.worksheets.fill import WORD, html_form, latex_form, typst_form
from symconv.writers.html.writer import write_html
from symconv.writers.latex.writer import write_latex
from symconv.writers.typst.writer import write_typst

NAME = "Ada & <Bob>_1"


@cache
def toy() -> Derived:
    return derived(load("toy-cnn"))


@cache
def made(language: str, solved: bool) -> Sheet:
    return sheet(toy(), language, 1, solved, Options(detail="brief"), (WORD.format("student"),))


@cache
def texts(language: str, solved: bool, seed: str) -> tuple[str, ...]:
    with mpmath.workdps(DIGITS + 5):
        numbers = Machine(toy()).whole(Drawer(toy()).draw(seed))
        return tuple(Values().written(made(language, solved).drawn, numbers))


CASES = [("en", False, "7"), ("zh", True, "7"), ("en", True, "ada")]


@pytest.mark.parametrize(("language", "solved", "seed"), CASES)
def test_a_page(language: str, solved: bool, seed: str) -> None:
    document = replace(made(language, solved).document, key=WORD.format("key"))
    form = html_form(write_html(document, small=True), ("student", "key"), language)
    numbers = texts(language, solved, seed)
    text = form.filled(numbers, {"student": NAME, "key": '{"a":"<"}'})
    named = replace(filled(document, numbers), key='{"a":"<"}', heading=("symconv-name",), running="symconv-name")
    direct = write_html(named, small=True)
    assert text.replace("Ada &amp; &lt;Bob&gt;_1", "symconv-name") == direct
    assert "Ada &amp; &lt;Bob&gt;_1" in text and not re.search("[\U000f0000-\U0010fffd]", text)


@pytest.mark.parametrize(("language", "solved", "seed"), CASES)
def test_latex(language: str, solved: bool, seed: str) -> None:
    document, numbers = made(language, solved).document, texts(language, solved, seed)
    text = latex_form(write_latex(document), ("student",)).filled(numbers, {"student": NAME})
    assert r"Ada \& <Bob>\_1" in text and r"\drawn" not in text
    direct = write_latex(replace(filled(document, numbers), heading=("symconv-name",), running="symconv-name"))
    assert text.replace(r"Ada \& <Bob>\_1", "symconv-name") == direct


def test_typst_but_for_white_and_the_kind_of_a_sign() -> None:
    document, numbers = made("en", True).document, texts("en", True, "7")
    text = typst_form(write_typst(document), ("student",), "en").filled(numbers, {"student": "A_d*a #1"})
    direct = write_typst(replace(filled(document, numbers), heading=("A_d**a #1",), running="A_d**a #1"))
    plain = [re.sub(r"\s+", "", re.sub(r'class\("normal", (− [^()]*)\)', r"\1", t)) for t in (text, direct)]
    assert plain[0] == plain[1] and r"A\_d\*a\#1" in plain[0]


def test_another_number_gives_another_text() -> None:
    form = latex_form(write_latex(made("en", True).document), ("student",))
    words = {"student": "x"}
    first, second = (form.filled(texts("en", True, seed), words) for seed in ("7", "8"))
    assert first != second and len(form.places) > 100
