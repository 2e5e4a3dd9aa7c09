"""Numbers that are put in afterwards: how they are written, and that a document takes them anywhere."""

from fractions import Fraction

import mpmath
import pytest

from symconv.array import Array
from symconv.derivation.functions import step
from symconv.derivation.index import Entry
from symconv.exercises.drawn import (
    FACTOR,
    PLAIN,
    RELATION,
    BlankAnswer,
    DrawnNumber,
    Numbering,
    Values,
    filled,
    written,
)
from symconv.formula.compose import ABOUT, EQUALS, whole
from symconv.formula.latex import latex
from symconv.formula.nodes import Blank, Drawn, Letter, Number
from symconv.formula.read import read
from symconv.handout.document import Chain, Document, Line, Paragraph, Part

E1 = mpmath.e


@pytest.mark.parametrize(("x", "style", "text"), [
    (Fraction(5, 2), PLAIN, r"\tfrac{5}{2}"), (Fraction(-1, 2), PLAIN, r"-\half"),
    (Fraction(-1, 2), FACTOR, r"(-\half)"),
    (3, FACTOR, "3"), (0, PLAIN, "0"), (E1, PLAIN, "2.7183"), (-E1, FACTOR, "(-2.7183)"),
])  # fmt: skip
def test_numbers_are_written_exactly_or_to_four_decimals(x: object, style: str, text: str) -> None:
    assert latex(written(x, style)) == text


def test_an_exact_number_and_an_equal_rounded_one_are_told_apart() -> None:
    """Whichever comes first."""
    numbers = (Fraction(1, 16), mpmath.mpf("0.0625"), mpmath.mpf("0.03125"), Fraction(1, 32))
    assert [latex(written(x, PLAIN)) for x in numbers] == [r"\tfrac{1}{16}", "0.0625", "0.0312", r"\tfrac{1}{32}"]


def test_a_number_is_put_once_and_a_blank_asked_each_time() -> None:
    numbering = Numbering()
    x = Entry("X", 0)
    assert [numbering.put(x), numbering.put(x, FACTOR), numbering.put(x)] == [Drawn(0), Drawn(1), Drawn(0)]
    assert numbering.drawn == [DrawnNumber(x), DrawnNumber(x, FACTOR)]
    asked = BlankAnswer(x, Letter("x"))
    assert [numbering.ask(asked, 11), numbering.ask(asked, 15)] == [Blank(0, 11), Blank(1, 15)]


def test_values_are_those_of_the_tensors_given_last() -> None:
    values = Values()
    drawn = (
        DrawnNumber(Entry("X", 0) * Entry("X", 1)),
        DrawnNumber(step(Entry("X", 1))),
        DrawnNumber(Entry("∂X", 0), FACTOR),
    )
    first = {"X": Array((2,), (Fraction(1, 2), 3)), "∂X": Array((1,), (-E1,))}
    second = {"X": Array((2,), (Fraction(1), -2)), "∂X": Array((1,), (E1,))}
    assert [*map(latex, values.written(drawn, first))] == [r"\tfrac{3}{2}", "1", "(-2.7183)"]
    assert [*map(latex, values.written(drawn, second))] == ["-2", "0", "2.7183"]
    assert [*map(latex, values.written(drawn, first))] == [r"\tfrac{3}{2}", "1", "(-2.7183)"]


def test_a_relation_is_equal_where_all_entries_are_exact() -> None:
    """Also where rounded ones add up to an exact number."""
    tensors = {"X": Array((3,), (Fraction(1, 2), E1, 5 - E1)), "S": Array((), (Fraction(0),))}
    values = (Entry("X", 0), Entry("X", 1), Entry("X", 1) + Entry("X", 2), Entry("X", 0) + Entry("S"))
    relations = Values().written((DrawnNumber(v, RELATION) for v in values), tensors)
    assert relations == [EQUALS, ABOUT, ABOUT, EQUALS]
    assert Values().written([DrawnNumber(Entry("S") * Entry("X", 1))], tensors) == [Number("0")]


def test_a_document_takes_its_numbers_everywhere() -> None:
    line = Line(read(r"x_{\drawn{0}}"), read(r"=\drawn{1}\cdot\drawn{0}"), note=r"with $\drawn{1}$")
    part = Part(1, "P", (Paragraph(r"the class is $\drawn{0}$"), Chain((line,))))
    document = Document("T", "s", "en", (Letter("X"),), (part,))
    full = filled(document, [whole(2), whole(-1)])
    assert full.parts[0].blocks == (
        Paragraph("the class is $2$"), Chain((Line(read("x_{2}"), read(r"={-1}\cdot2"), note="with ${-1}$"),)),
    )  # fmt: skip
    assert full.title == "T" and full.parts[0].number == 1
