"""Estimated widths: in proportion, and never less for more."""

from hypothesis import given
from trees import TREES

from symconv.formula.nodes import Node, Row
from symconv.formula.read import read
from symconv.formula.width import letters


def letters_in(source: str) -> float:
    return letters(read(source))


def test_widths_are_in_proportion() -> None:
    assert letters_in(r"\frac{abcd}{e}") < letters_in("abcdef")
    assert letters_in(r"\frac{abcd}{e}") == letters_in(r"\frac{e}{abcd}")
    assert letters_in(r"\tfrac{1}{2}") < letters_in(r"\frac{1}{2}") < letters_in("1/2")
    assert letters_in(r"\dL{S[i]}") < letters_in(r"\dL{S[i]}\,X[i+a,\,b]")
    assert letters_in(r"\sum_{i}") == letters_in(r"\sum") < letters_in(r"\sum_{i,j,k,l,m}")
    assert letters_in("x_1^2") == letters_in("x_1") and letters_in("(-1)") < letters_in("2-1")
    assert letters_in(r"\narrow{x+1}") < letters_in("x+1") < letters_in(r"\text{卷积}x+1")


@given(TREES, TREES)
def test_more_is_no_narrower(first: Node, second: Node) -> None:
    assert letters(Row((first, second))) >= max(letters(first), letters(second)) - 1.0  # a negative space, or a sign
