r"""Formulas as LaTeX: what is written is read back to the same tree, with the handout's macros or without."""

import pytest
from depth import few
from every_formula import formulas, trees
from hypothesis import given
from trees import TREES

from symconv.formula.latex import Latex, latex
from symconv.formula.nodes import Coloured, Letter, Node, Number, Row, Sign, Styled, walk
from symconv.formula.read import read

PLAIN = Latex(macros=False, colours={"fw": "blue", "bw": "red"}, signs={"<": r"\lt "})


@pytest.mark.parametrize("of", few(["some", "all"], "some"))
def test_every_formula_of_every_handout_is_read_back(of: str) -> None:
    """As it was composed: so what holds of all formulas as they are read holds of them as they are printed."""
    assert len(trees(of)) > 1000
    assert [tree for tree in trees(of) if read(latex(tree)) != tree] == []
    assert [f for f in formulas(of) if read(latex(tree := read(f))) != tree] == []


@given(TREES)
def test_any_tree_is_read_back(tree: Node) -> None:
    assert read(latex(tree)) == tree, latex(tree)


@given(TREES)
def test_without_macros_only_colours_and_blanks_are_another(tree: Node) -> None:
    text = PLAIN(tree)
    assert not any(rf"\{macro}{{" in text for macro in ("dL", "tdL", "dd", "bw", "res", "narrow", "blank"))
    if not any(isinstance(x, Coloured | Styled) for x in walk(tree)) and r"\square" not in text:
        assert read(text) == tree


def test_macros_are_found_again() -> None:
    for text in (r"\dL{U[a,b]}", r"\tdL{S_{1}}", r"\dd{y}{x}", r"\half", r"\bw{\frac{1}{2}}", r"\res{x}"):
        assert latex(read(text)) == text
    assert PLAIN(read(r"\dL{x}<1")) == r"{\color{red}{\frac{\partial L}{\partial x}}}\lt 1"


def test_a_command_does_not_run_into_a_letter() -> None:
    assert latex(read(r"\alpha x\cdot 2\cdot x")) == r"\alpha x\cdot2\cdot x"
    assert latex(Letter("\u03b1")) == r"\alpha"


def test_a_number_does_not_run_into_the_next() -> None:
    for tree in (Row((Number("1"), Number("2"))), Row((Number("1"), Sign("."), Number("5")))):
        assert read(latex(tree)) == tree
