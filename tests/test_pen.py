"""How numbers and derivations are written out for a page."""

import networks
import pytest
from sympy import E, Integer, Rational

from symconv.array import Array
from symconv.handout.document import Line
from symconv.handout.pen import Pen, chained, counted, printed
from symconv.handout.prose import prose
from symconv.networks.network import load
from symconv.study import derive

PEN = Pen(derive(load("toy-cnn")), prose("en"))


def test_tensors_are_written_by_their_shape() -> None:
    assert PEN.exact(Array.of([Rational(5, 2)])) == r"\tfrac{5}{2}"
    assert PEN.exact(Array.of([1, 2]).map(Integer)) == r"(1,\ 2)"
    assert PEN.exact(Array.of([[1], [2]]).map(Integer), upright=True) == r"\begin{mat}1\\2\end{mat}"
    assert PEN.exact(Array.of([[1, 2], [3, 4]]).map(Integer), "res") == r"\res{\begin{mat}1&2\\3&4\end{mat}}"
    assert PEN.rounded(Array.of([E])) == "2.7183"


def test_the_relation_is_exact_only_where_the_decimals_are() -> None:
    assert PEN.relation(Array.of([Rational(1, 2)])) == "="
    assert PEN.relation(Array.of([Rational(1, 3)])) == r"\approx"


def test_indices_leave_out_axes_of_one_entry() -> None:
    assert PEN.at("S", (2, 0)) == "2"
    assert PEN.at("X", (2, 1)) == "(2,1)"
    assert [counted(Integer(n)) for n in (1, 3, 9)] == ["0", "0,1,2", r"0,\dots,8"]


def test_a_sum_is_written_with_its_numbers_row_by_row() -> None:
    equation = PEN.equations["S"]
    (i,) = (i for i, _ in equation.ranges)
    assert PEN.terms(equation.value, {i: 1}) == [
        [r"\half\cdot0", r"(-1)\cdot1", r"\half\cdot(-1)"], [r"1\cdot2", r"1\cdot1", r"0\cdot0"],
    ]  # fmt: skip


def test_terms_in_the_padding_are_left_out_and_the_bias_stands_last() -> None:
    pen = Pen(derive(networks.strided()), prose("en"))
    equation = pen.equations["S"]
    at = {i: 0 for i, _ in equation.ranges}
    assert pen.terms(equation.value, at) == [[r"2\cdot0"], [r"\tfrac{1}{4}"]]
    assert pen.window(pen.study.line[0], (0, 0)).nested() == [[0, 0], [0, 0]]
    assert pen.window(pen.study.line[0], (2, 1)).nested() == [[1, -1], [0, 1]]


@pytest.mark.parametrize("tensor", ["U", "W", "z", "h"])
def test_a_printed_derivation_keeps_every_rule_and_the_last_line(tensor: str) -> None:
    d = PEN.study.derivations[tensor]
    lines = printed(d)
    assert lines[-1].after == d.steps[-1].after
    assert {r for p in lines for r in p.rules} == {s.rule for s in d.steps}


def test_a_wide_line_goes_on_below() -> None:
    wide = chained([Line("a", "=" + "+".join(["bcdefgh"] * 12), "a rule", "7")])
    assert len(wide.lines) > 1
    assert (wide.lines[0].rule, wide.lines[0].mark) == ("a rule", "7")
    assert all(line.continued and not line.rule for line in wide.lines[1:])
