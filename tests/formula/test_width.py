"""Estimated widths: in proportion, and never less for more."""

import pytest
from hypothesis import given
from trees import TREES

from symconv.formula.nodes import Node, Row
from symconv.formula.read import read
from symconv.formula.width import LETTER, letters

MEASURED = (  # mm in a handout set by TeX, with \wd
    (r"\dL{A^{\to B}[n,\,m]}+\dL{A^{\to D}[n,\,m]}", 45.5),
    (r"\half\,e^{2\,\min(0,\,C[n,\,m])}+\max(0,\,C[n,\,m])-\half", 63.2),
    (r"\sum_{i,j,a,b} K[a,\,b]\,\dL{Y[i,\,j]}\,[\,h_{ia}=h\,]\,[\,w_{jb}=w\,]\,[\,(h_{ia},w_{jb})\in X\,]", 89.5),
    (r"(-\half)\cdot\tfrac{13}{4}+\tfrac{1}{3}\cdot\tfrac{13}{4}+(-1)\cdot\tfrac{9}{4}+0\cdot\tfrac{13}{4}", 57.8),
    (r"\frac{1}{\sqrt{v[c]+\tfrac{1}{100000}}}\,\sum_{n,i,j} \dL{B[n,\,c,\,i,\,j]}", 51.0),
    (r"\frac{e^{X[n',\,k'']}\,e^{X[n',\,m']}}{\bigl(\sum_{k'} e^{X[n',\,k']}\bigr)^{2}}", 26.1),
    (r"\operatorname{sgn}\bigl(M[q,\,i,\,j]-n[j]\bigr)\,\dL{N[q,\,i,\,j]}", 51.4),
    (
        r"W-\alpha\,\dL{W}\approx\begin{mat}1&-0.5\\0&1\end{mat}-\half\cdot\bw{\begin{mat}0.4260&-0.4260\\0&0.8520\end{mat}}",
        79.5,
    ),
)


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


@pytest.mark.parametrize(("source", "wide"), MEASURED)
def test_widths_are_those_of_the_page(source: str, wide: float) -> None:
    """All a tenth too wide, and none of them much more or less than others: a column is full where it is full."""
    assert 0.82 < wide / (LETTER * letters_in(source)) < 0.96


@given(TREES, TREES)
def test_more_is_no_narrower(first: Node, second: Node) -> None:
    assert letters(Row((first, second))) >= max(letters(first), letters(second)) - 1.0  # a negative space, or a sign
