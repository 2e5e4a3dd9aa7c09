"""Numbers in print: exact ones as they are, small ones not as zeros, large ones with a power of ten."""

import pytest
from sympy import E, Expr, Float, Integer, Rational, exp, log

from symconv.formula.compose import matrix, whole
from symconv.formula.latex import latex
from symconv.handout import numerals


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


def test_a_power_beyond_what_python_s_decimals_hold() -> None:
    assert power_of_ten(exp(-(Integer(10) ** 30))) == r"2.48\cdot10^{-434294481903251827651128918917}"


def test_a_number_however_small_is_written_at_once() -> None:
    """Its fraction would have a denominator of 10^18 digits."""
    tiny = exp(-(Integer(10) ** 18))
    assert decimal(tiny) == decimal(-tiny) == "0.0000" and decimal(1 - tiny) == "1.0000"
    assert rounded(tiny) == r"2.23\cdot10^{-434294481903251828}"
    assert rounded(log(1 + tiny)) == power_of_ten(log(1 + tiny)) == "0.0000"
