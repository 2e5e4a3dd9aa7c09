r"""Expressions in print: reading order, unit axes, fractions."""

from dataclasses import replace

import pytest
from sympy import Expr, Integer, exp, log

from symconv.derivation.functions import relu, step
from symconv.derivation.index import Delta, Div, Entry, In, MaxOver, Partial, Quot, Sum, Winner, extent, index
from symconv.formula.latex import latex
from symconv.handout.habits import habits
from symconv.handout.printer import Printer, part_of_axis

i, a, b, k, m, h, n = (index(x) for x in "iabkmhn")
H, s = extent("H"), extent("sh")
PRINTER = Printer({"S": (3, 1), "h": (1, 1)}, frozenset({"U"}))

PRINTED: dict[str, Expr] = {
    r"X[i+a,\,b]": Entry("X", a + i, b),
    "S[i]": Entry("S", i, Integer(0)),
    "h": Entry("h", Integer(0), Integer(0)),
    r"\dL{S[i]}": Entry("∂S", i, Integer(0)),
    r"\sum_{a,b} U[a,\,b]\,X[i+a,\,b]": Sum(Entry("X", a + i, b) * Entry("U", a, b), (a, H), (b, H)),
    r"[\,a=b\,]": Delta(a, b),
    r"[\,0\le i+a<H\,]": In(a + i, H),
    r"[\,s_{h}\mid h-a\,]": Div(h - a, s),
    r"X[(h-a)/s_{h}]": Entry("X", Quot(h - a, s)),
    r"\max(0,\,S[i])": relu(Entry("S", i, Integer(0))),
    r"[\,S[i]>0\,]": step(Entry("S", i, Integer(0))),
    r"\max_{a}P[a]": MaxOver(Entry("P", a), Integer(1), (a, H)),
    r"\max_{\substack{a\\0\le i+a<H}}P[i+a]": MaxOver(Entry("P", i + a), In(i + a, H), (a, H)),
    r"\bigl[\,i=\operatorname*{arg\,max}_{a}P[a]\,\bigr]": Winner(Entry("P", a), Integer(1), (i,), (a, H)),
    r"\dd{z[k]}{W[m]}": Partial(Entry("z", k), Entry("W", m)),
    r"\dL{U[a]}": Partial(Entry("L"), Entry("U", a)),
    r"\frac{e^{z[k]}}{\sum_{m} e^{z[m]}}": exp(Entry("z", k)) / Sum(exp(Entry("z", m)), (m, H)),
    r"y[k]-t[k]": Entry("y", k) - Entry("t", k),
    r"\log\sum_{m} e^{z[m]}": log(Sum(exp(Entry("z", m)), (m, H))),
}  # fmt: skip


@pytest.mark.parametrize("text", PRINTED)
def test_an_expression_in_reading_order(text: str) -> None:
    assert latex(PRINTER(PRINTED[text])) == text


def test_limits_of_a_sum_only_where_asked() -> None:
    e = Sum(Entry("U", a, a), (a, Integer(2)))
    assert latex(Printer({}, bounds=True)(e)) == r"\sum_{a=0}^{1} U[a,\,a]"


PARTS: dict[str, tuple[Expr, str]] = {  # from 0, and from 1
    "one entry": (Delta(i - 3, Integer(0)), r"[\,i=4\,]"),
    "an entry of an axis that begins later": (Delta(i + 1, Integer(4)), r"[\,i=4\,]"),
    "several": (In(i - 3, Integer(2)), r"[\,4\le i\le 5\,]"),
    "the first": (In(i, Integer(2)), r"[\,1\le i\le2\,]"),
}
FROM_ZERO = {
    "one entry": r"[\,i=3\,]", "an entry of an axis that begins later": r"[\,i=3\,]",
    "several": r"[\,3\le i<5\,]", "the first": r"[\,0\le i<2\,]",
}  # fmt: skip


@pytest.mark.parametrize("which", PARTS)
def test_of_a_part_of_an_axis_the_bounds_are_numbers(which: str) -> None:
    e, from_one = PARTS[which]
    assert latex(PRINTER(e)) == FROM_ZERO[which]
    assert latex(replace(PRINTER, habits=habits("one"))(e)).replace(" ", "") == from_one.replace(" ", "")


def test_a_condition_on_two_indices_keeps_what_is_read() -> None:
    assert latex(PRINTER(In(i + a - 2, Integer(4)))) == r"[\,0\le i+a-2<4\,]"
    assert part_of_axis(In(i + a - 2, Integer(4))) is None is part_of_axis(In(i * 2 - 1, H))


def test_what_is_joined_stands_in_its_order() -> None:
    parts = zip("DACB", (3, 0, 2, 1), strict=True)
    e = sum((Delta(i - k, Integer(0)) * Entry(t, a) for t, k in parts), Integer(0))
    assert latex(PRINTER(e)) == r"[\,i=0\,]\,A[a]+[\,i=1\,]\,B[a]+[\,i=2\,]\,C[a]+[\,i=3\,]\,D[a]"


@pytest.mark.parametrize("e", [Delta(i, Integer(0)), Delta(Integer(0), i)])
def test_a_number_stands_on_the_right_of_an_equality(e: Expr) -> None:
    assert latex(PRINTER(e)) == r"[\,i=0\,]"
