"""The forms that formulas are composed of: what counts as a number, what is stacked, where scripts and brackets go."""

import pytest

from symconv.formula.compose import bracketed, digits, listed, multiplied, numeral, power, scripts, stacked
from symconv.formula.latex import latex
from symconv.formula.nodes import Letter, Number, row
from symconv.formula.read import read


@pytest.mark.parametrize("text", ["12", "-0.5", "5/2", "-5/2", "0"])
def test_a_numeral_is_what_its_latex_is_read_as(text: str) -> None:
    assert numeral(text) == read(text) and latex(numeral(text)) == text


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", "12"),
        ("-0.5", "-0.5"),
        ("+3", "+3"),
        ("5/2", ""),
        ("e", ""),
        ("1+2", ""),
        (r"\tfrac{1}{2}", ""),
        ("", ""),
    ],
)
def test_the_digits_of_a_number_that_is_nothing_else(text: str, number: str) -> None:
    assert digits(read(text)) == number


@pytest.mark.parametrize(
    ("text", "high"),
    [("5/2", r"\tfrac{5}{2}"), ("-3/2", r"-\tfrac{3}{2}"), ("5+2", "5+2"), ("5-2", "5-2"), (r"5\cdot2", r"5\cdot2"),
     ("e/2", "e/2"), ("5/e", "5/e"), ("/2", "/2"), ("5", "5"), ("", "")],
)  # fmt: skip
def test_only_a_ratio_of_numbers_is_stacked(text: str, high: str) -> None:
    assert stacked(read(text)) == read(high)


def test_scripts_stand_at_the_last_part_and_keep_what_it_has() -> None:
    assert scripts(read("ab"), Number("1")) == read("ab_1") and scripts(read("x_1"), above=Number("2")) == read("x_1^2")
    assert latex(scripts(read("x_1"), Number("2"))) == "{x_{1}}_{2}" and scripts(Letter("x")) == Letter("x")
    assert power(Letter("x"), Number("2")) == read("x^2")
    assert power(read("x^2"), Number("3")) == read(r"\bigl(x^2\bigr)^3"), "TeX takes no second superscript"


def test_a_number_with_a_sign_is_no_factor_without_brackets() -> None:
    factors = [bracketed(numeral(x)) for x in ("2", "-1", "1/2")]
    assert multiplied(factors) == read(r"2\cdot(-1)\cdot1/2") and listed([], Letter("x")) == row()
