"""Formulas in words: what a screen reader says can be read back to the same formula, in every language."""

from itertools import product
from typing import Any

import pytest
from depth import few
from every_formula import formulas
from hypothesis import given
from spoken import heard, understood
from trees import TREES

from symconv.formula.nodes import (
    Coloured,
    Drawn,
    Function,
    Group,
    Letter,
    Node,
    Number,
    Row,
    Scripts,
    Sign,
    Space,
    Words,
    row,
    walk,
)
from symconv.formula.read import read
from symconv.formula.speech import speech
from symconv.language import LANGUAGES

EXAMPLES = {
    r"\dL{U[a,\,b]}": (
        "derivative of cap L with respect to cap U at a, b end end", "导数 大写 L 对 大写 U 下标为 a， b 完 完",
    ),
    r"\sum_{m=0}^{2}e^{-z}": (
        "sum from m equals 0 up to 2 of e to the power minus z end", "求和 从 m 等于 0 直到 2 的 e 的幂 负 z 完",
    ),
    r"=\res{-\half}": ("equals minus 1/2", "等于 负 2分之1"),
    r"W_{\mathrm{conv1}}": ("cap W sub “conv1”", "大写 W 下标 “conv1”"),
    r"S^{(1)}_{2}": (
        "cap S sub 2 superscript open paren 1 close paren end", "大写 S 下标 2 上标组 左括号 1 右括号 完",
    ),
    r"\begin{mat}1&2\end{mat}\,x'": ("matrix row 1 next 2 end x prime", "矩阵 行 1 下一个 2 完 x 撇"),
    r"\theta-\alpha": ("theta minus alpha", "西塔 减 阿尔法"),
}  # fmt: skip


@pytest.mark.parametrize("source", EXAMPLES)
def test_a_formula_in_words(source: str) -> None:
    assert (speech(read(source), "en"), speech(read(source), "zh")) == EXAMPLES[source]


@pytest.mark.parametrize("of", few(["some", "all"], "some"))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_formula_of_every_handout_is_understood(language: str, of: str) -> None:
    assert len(formulas(of)) > 1000
    for source in formulas(of):
        tree = read(source)
        assert understood(speech(tree, language), language) == heard(tree), source


@pytest.mark.parametrize("language", LANGUAGES)
@given(tree=TREES)
def test_any_formula_is_understood(language: str, tree: Node) -> None:
    said = speech(tree, language)
    assert understood(said, language) == heard(tree), said


SILENT = (Row(), Space(","), Words(" "), Group(Space(",")), Coloured("fw", Row()))


@pytest.mark.parametrize(
    "base", [Letter("x"), Sign("\u2211"), Function("max", True), Number("2"), row(*read("ab").parts)]
)
def test_scripts_of_which_nothing_is_heard_are_not_spoken_of(base: Node) -> None:
    for language, below, above in product(LANGUAGES, (None, *SILENT, Number("1")), (None, *SILENT, Number("1"))):
        said = speech(Scripts(base, below, above), language)
        assert understood(said, language) == heard(Scripts(base, below, above)), said
        if Number("1") not in (below, above):
            assert said == speech(base, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said_wrong_is_another_formula(language: str) -> None:
    tree = read(r"\dL{U[a,\,b]}\,[\,a=1\,]+\frac{x}{y_{1}}")
    said, words = speech(tree, language), speech(tree, language).split()
    assert understood(said, language) == heard(tree)
    for k in range(len(words)):
        fewer = " ".join(words[:k] + words[k + 1 :])
        assert _understood(fewer, language) != heard(tree), f"without {words[k]}"


def _understood(said: str, language: str) -> Any:
    try:
        return understood(said, language)
    except (ValueError, IndexError, AssertionError):
        return None


def test_a_number_that_comes_later_is_one_sign() -> None:
    tree = read(r"=\drawn{3}")
    assert any(isinstance(x, Drawn) for x in walk(tree)) and len(speech(tree, "en").split()) == 2
