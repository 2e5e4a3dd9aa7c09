"""Small tensors whole, slice by slice; large ones by their count and range."""

import pytest
from as_latex import as_latex
from sympy import Integer, Rational

from symconv.array import Array
from symconv.formula.compose import equals
from symconv.formula.nodes import Letter
from symconv.formula.read import read
from symconv.handout.document import Line
from symconv.handout.pen import Pen
from symconv.handout.shown import numbers, side_by_side, summary
from symconv.networks.network import load
from symconv.study import derive
from symconv.text.prose import prose

PEN = Pen(derive(load("toy-cnn")), prose("en"))


def texts(*shape: int) -> list[tuple[str, str]]:
    values = Array.build(shape, lambda at: Integer(sum(at)) / 2)
    return [(line.lhs, line.rhs) for line in as_latex(numbers(PEN, "X", values))]


def test_a_matrix_is_shown_whole() -> None:
    assert texts(2, 2) == [("X", r"=\begin{mat}0&0.5\\0.5&1\end{mat}")]


def test_slices_carry_their_indices() -> None:
    assert texts(2, 2, 2) == [
        ("X[0]", r"=\begin{mat}0&0.5\\0.5&1\end{mat},\qquad X[1]=\begin{mat}0.5&1\\1&1.5\end{mat}")
    ]
    assert [left for left, _ in texts(3, 4, 3)] == ["X[0]", "X[2]"]


def test_axes_of_one_entry_are_left_out() -> None:
    assert texts(2, 1, 2, 2) == texts(2, 2, 2)
    assert texts(1, 2, 2) == texts(2, 2)
    assert texts(1, 2, 1, 1) == [("X", r"=(0,\ 0.5)")]


def test_short_lines_stand_side_by_side_and_long_ones_and_words_do_not() -> None:
    a, b, words = Line(Letter("a"), equals(Letter("b"))), Line(Letter("c"), equals(Letter("d"))), texts(5, 3, 4, 4)
    assert [x.lhs for x in as_latex(side_by_side((a, b)))] == ["a"]
    assert as_latex(side_by_side((a, b)))[0].rhs == r"=b,\qquad c=d"
    long = numbers(PEN, "X", Array.build((5, 3, 4, 4), lambda at: Integer(sum(at))))
    assert len(words) == 1 and len(side_by_side((a, *long, b))) == 3
    wide = Line(Letter("e"), equals(*map(Letter, "abcdefgh" * 6)))
    assert len(side_by_side((a, wide, b))) == 3


def test_lines_below_an_equation_have_the_room_that_it_leaves() -> None:
    """All lines of a chain begin where the longest left side ends."""
    a, b = (Line(read(x), read("=" + "1" * 20)) for x in "ac")
    assert len(side_by_side((a, b))) == 1
    assert len(side_by_side((a, b), read("A[nnn,iii,jjj]"))) == 2


def test_many_numbers_are_summed_up() -> None:
    ((left, right),) = texts(5, 3, 4, 4)
    assert left == "X"
    assert right == r":\ {5\times3\times4\times4}\text{, 240 numbers from}\ {0}\ \text{to}\ {6}"
    assert len(texts(3, 7)) == 1 and "numbers" in texts(3, 7)[0][1]


def test_numbers_that_are_rounded_say_so() -> None:
    (line,) = as_latex(numbers(PEN, "X", Array.of([Rational(1, 3), Integer(1)]), "res"))
    assert line.rhs == r"\approx\res{(0.3333,\ 1)}"


@pytest.mark.parametrize(("entry", "language", "said"), [
    (Rational(1, 2), "en", r"\text{, 40 numbers, all}\ {0.5}"),
    (Rational(1, 3), "en", r"\text{, 40 numbers, all about}\ {0.3333}"),
    (Integer(0), "zh", "个数，全部为}\\ {0}"), (Rational(1, 3), "zh", "全部约为}\\ {0.3333}"),
])  # fmt: skip
def test_many_equal_numbers_are_not_a_range(entry: Rational, language: str, said: str) -> None:
    (line,) = as_latex(numbers(Pen(PEN.study, prose(language)), "X", Array((40,), (entry,) * 40)))
    assert line.rhs.endswith(said)


def test_a_single_number_has_no_range() -> None:
    half, third = (summary(PEN, Array.of([Rational(1, n)]), Letter("X")) for n in (2, 3))
    assert [x.rhs for x in as_latex((*half, *third))] == ["=0.5", r"\approx0.3333"]
