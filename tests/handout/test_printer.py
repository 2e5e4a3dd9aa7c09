r"""Expressions in print: reading order, unit axes, fractions."""

import pytest
from sympy import Expr, Integer, exp, log

from symconv.derivation.functions import relu, step
from symconv.derivation.index import Delta, Div, Entry, In, MaxOver, Partial, Quot, Sum, Winner, extent, index
from symconv.formula.latex import latex
from symconv.handout.printer import Printer

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


@pytest.mark.parametrize("e", [Delta(i, Integer(0)), Delta(Integer(0), i)])
def test_a_number_stands_on_the_right_of_an_equality(e: Expr) -> None:
    assert latex(PRINTER(e)) == r"[\,i=0\,]"
