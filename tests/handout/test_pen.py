"""How numbers and derivations are written out for a page."""

from dataclasses import replace
from typing import Any

import mpmath
import networks
import pytest
from as_latex import AsLatex
from sympy import E, Float, Integer, Rational

from symconv.array import Array
from symconv.code.emit import emitted
from symconv.formula.latex import latex
from symconv.formula.nodes import row
from symconv.handout.document import Chain, Document, Line, Passage, Switch
from symconv.handout.handout import handout
from symconv.handout.numerals import counted
from symconv.handout.options import Options
from symconv.handout.pen import Pen
from symconv.networks.network import load
from symconv.study import derive
from symconv.text.prose import LANGUAGES, prose
from symconv.verification.verify import Report

PEN = Pen(derive(load("toy-cnn")), prose("en"))
TEX = AsLatex(PEN)


def test_tensors_are_written_by_their_shape() -> None:
    assert TEX.exact(Array.of([Rational(5, 2)])) == r"\tfrac{5}{2}"
    assert TEX.exact(Array.of([1, 2]).map(Integer)) == r"(1,\ 2)"
    assert TEX.exact(Array.of([[1], [2]]).map(Integer), upright=True) == r"\begin{mat}1\\2\end{mat}"
    assert TEX.exact(Array.of([[1, 2], [3, 4]]).map(Integer), "res") == r"\res{\begin{mat}1&2\\3&4\end{mat}}"
    assert TEX.rounded(Array.of([E])) == "2.7183"


def test_the_relation_is_exact_only_where_the_decimals_are() -> None:
    assert TEX.relation(Array.of([Rational(1, 2)])) == "="
    assert TEX.relation(Array.of([Rational(1, 3)])) == r"\approx"


def test_indices_leave_out_axes_of_one_entry() -> None:
    assert TEX.at("S", (2, 0)) == "2"
    assert TEX.at("X", (2, 1)) == "(2,1)"
    assert [latex(counted(Integer(n))) for n in (1, 3, 9)] == ["0", "0,1,2", r"0,\dots,8"]


def test_a_sum_is_written_with_its_numbers_row_by_row() -> None:
    equation = PEN.equations["S"]
    (i,) = (i for i, _ in equation.ranges)
    assert TEX.terms(equation.value, {i: 1}) == [
        [r"\half\cdot0", r"(-1)\cdot1", r"\half\cdot(-1)"], [r"1\cdot2", r"1\cdot1", r"0\cdot0"],
    ]  # fmt: skip


def test_terms_in_the_padding_are_left_out_and_the_bias_stands_last() -> None:
    pen = AsLatex(Pen(derive(networks.strided()), prose("en")))
    equation = pen.equations["S"]
    at = {i: 0 for i, _ in equation.ranges}
    assert pen.terms(equation.value, at) == [[r"2\cdot0"], [r"\tfrac{1}{4}"]]


# ------------------------------------------------------------------------------------------------ brief
def made(detail: str, language: str = "en") -> Document:
    return handout(PEN.study, Report(), emitted(), language, None, (), Options(detail=detail))


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_brief_a_derivation_has_its_ends(language: str) -> None:
    brief, full = made("brief", language), made("full", language)
    assert full == handout(PEN.study, Report(), emitted(), language, None)
    assert len(brief.parts) == len(full.parts) - 2  # neither the convolution for any sizes nor the rules
    seen = 0
    for short, long in zip(chains(brief), chains(full), strict=True):
        if short == long:
            continue
        seen += 1
        (ends, after), (steps, more) = derived(short), derived(long)
        assert ends[0] == steps[0] and ends[1].rhs == steps[-1].rhs and after == more and len(ends) == 2
        assert ends[1].rule == prose(language)("rule.in_steps", count=len(steps) - 1)
    assert seen >= 5


def derived(chain: Chain) -> tuple[list[Line], tuple[Line, ...]]:
    """The lines of a chain up to its number, each with its continuation; and what follows."""
    end = max((k for k, line in enumerate(chain.lines) if line.mark), default=-1) + 1
    while end < len(chain.lines) and chain.lines[end].continued:
        end += 1
    lines: list[Line] = []
    for line in chain.lines[:end]:
        if line.continued:
            lines[-1] = replace(lines[-1], rhs=row(lines[-1].rhs, line.rhs))
        else:
            lines.append(line)
    return lines, chain.lines[end:]


def chains(document: Document) -> list[Chain]:
    """The chains of the steps of part 3."""
    return [b for s in document.parts[2].blocks if isinstance(s, Passage) for b in s.blocks if isinstance(b, Chain)]


def test_in_brief_the_code_is_one_form() -> None:
    def forms(detail: str) -> int:
        return sum(len(b.steps) for b in made(detail).parts[4].blocks if isinstance(b, Switch))

    assert (forms("brief"), forms("full")) == (1, 3)


def test_a_rounded_number_keeps_its_zeros_and_an_exact_one_has_none() -> None:
    assert [TEX.short(x) for x in (0.45300001, 0.25, -1.0, 2.0000001, 0.0)] == ["0.4530", "0.25", "-1", "2.0000", "0"]
    assert TEX.short(-0.00123456) == r"-1.23\cdot10^{-3}"
    assert TEX.short(mpmath.mpf("4e360")) == r"4.00\cdot10^{360}"


@pytest.mark.parametrize("zero", [0, 0.0, -0.0, Float(0), Integer(0), mpmath.mpf(0)])
def test_a_zero_of_any_kind_is_0(zero: Any) -> None:
    assert TEX.short(zero) == "0"
