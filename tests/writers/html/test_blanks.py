"""Fields between formulas: each named, in order, a table of them in brackets."""

import re

from elements import mathml

from symconv.formula.read import read
from symconv.writers.html.blanks import with_blanks
from symconv.writers.html.text import element

LABELS = tuple(map(read, ("S[0]", r"\dL{U[0,\,1]}", "y[0]", "y[1]")))


def page(math: str) -> str:
    return with_blanks(read(math), element, LABELS)


def test_a_formula_without_blanks_stays_one_element() -> None:
    assert page(r"=\tfrac{1}{2}") == mathml(r"=\tfrac{1}{2}")


def test_a_blank_is_a_field_with_its_name() -> None:
    found = page(r"=\blank{0}{11}+\blank{1}{15}")
    fields = re.findall("<input[^>]*>", found)
    assert fields == [
        '<input class="answer short" aria-label="S[0]">',
        '<input class="answer" aria-label="∂L/∂U[0, 1]">',
    ]
    assert found == mathml("=") + fields[0] + mathml("+") + fields[1]


def test_a_row_keeps_its_brackets() -> None:
    found = page(r"\approx\bigl(\blank{2}{15},\ \blank{3}{15}\bigr)")
    assert found.count("<input") == 2 and found.count("<math") == 3 and found.endswith("</math>")


def test_a_table_of_blanks_has_as_many_columns() -> None:
    found = page(r"=\begin{mat}\blank{0}{15}&\blank{1}{15}\\\blank{2}{15}&\blank{3}{15}\end{mat}")
    assert '<span class="matrix" style="--n:2">' in found and found.count("<input") == 4
    assert re.findall('aria-label="([^"]*)"', found) == ["S[0]", "∂L/∂U[0, 1]", "y[0]", "y[1]"]


def test_a_table_of_numbers_stays_a_formula() -> None:
    text = r"=\begin{mat}1&2\end{mat}+\blank{0}{15}"
    assert "matrix" not in page(text) and page(text).count("<input") == 1
