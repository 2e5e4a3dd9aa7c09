r"""Expressions in print: reading order, unit axes, fractions."""

import pytest
from sympy import E, Expr, Float, Integer, Rational, exp, log

from symconv.derivation.functions import relu, step
from symconv.derivation.index import Delta, Div, Entry, In, MaxOver, Partial, Quot, Sum, Winner, extent, index
from symconv.formula.compose import matrix, whole
from symconv.formula.latex import latex
from symconv.handout import numerals
from symconv.handout.printer import Printer

i, a, b, k, m, h, n = (index(x) for x in "iabkmhn")
H, s = extent("H"), extent("sh")
PRINTER = Printer({"S": (3, 1), "h": (1, 1)}, frozenset({"U"}))


def number(x: Expr) -> str:
    return latex(numerals.number(x))


def decimal(x: Expr) -> str:
    return latex(numerals.decimal(x))


def in_cell(x: Expr) -> str:
    return latex(numerals.in_cell(x))


def rounded(x: Expr) -> str:
    return latex(numerals.rounded(x))


def power_of_ten(x: Expr) -> str:
    return latex(numerals.power_of_ten(x))


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


@pytest.mark.parametrize(
    ("value", "text"),
    [(Integer(-3), "-3"), (Rational(1, 2), r"\half"), (Rational(-5, 2), r"-\tfrac{5}{2}"), (log(1 + E), r"\log(1+e)"),
     (2 * E / (5 * (1 + E)), r"\frac{2e}{5(1+e)}"), (-E / (1 + E), r"-\frac{e}{1+e}"), (exp(2) + 1, "1+e^{2}")],
)  # fmt: skip
def test_exact_numbers_in_print(value: Expr, text: str) -> None:
    assert number(value) == text


def test_decimals_keep_what_is_exact() -> None:
    assert [decimal(x) for x in (Rational(5, 2), Integer(-1), E, Rational(1, 3))] == ["2.5", "-1", "2.7183", "0.3333"]
    assert [in_cell(x) for x in (Rational(5, 2), E)] == ["5/2", "2.7183"]
    assert latex(matrix([map(whole, (1, 2)), map(whole, (3, 4))])) == r"\begin{mat}1&2\\3&4\end{mat}"


@pytest.mark.parametrize(("x", "text"), [
    (Rational(1, 3), "0.3333"), (Rational(1, 4), "0.25"), (Integer(0), "0"), (Float(0), "0"),
    (exp(-20), r"2.06\cdot10^{-9}"),
    (-exp(-20), r"-2.06\cdot10^{-9}"), (Rational(1, 20001), r"5.00\cdot10^{-5}"), (Rational(1, 10000), "0.0001"),
    (Float("1.4e-7"), r"1.40\cdot10^{-7}"), (Float("1.4e-17"), "0.0000"), (Float("-1.4e-17"), "0.0000"),
])  # fmt: skip
def test_a_small_number_is_not_shown_as_zero(x: Expr, text: str) -> None:
    """But for what floats may have made of a zero."""
    assert rounded(x) == text


def test_a_power_of_ten() -> None:
    assert power_of_ten(Float("123456789")) == r"1.23\cdot10^{8}"
    assert power_of_ten(exp(Integer(-1000))) == r"5.08\cdot10^{-435}"


def test_a_number_however_small_is_written_at_once() -> None:
    """Its fraction would have a denominator of 10^18 digits."""
    tiny = exp(-(Integer(10) ** 18))
    assert decimal(tiny) == decimal(-tiny) == "0.0000" and decimal(1 - tiny) == "1.0000"
    assert rounded(tiny) == r"2.23\cdot10^{-434294481903251828}"
    assert rounded(log(1 + tiny)) == power_of_ten(log(1 + tiny)) == "0.0000"


@pytest.mark.parametrize("e", [Delta(i, Integer(0)), Delta(Integer(0), i)])
def test_a_number_stands_on_the_right_of_an_equality(e: Expr) -> None:
    assert latex(PRINTER(e)) == r"[\,i=0\,]"
