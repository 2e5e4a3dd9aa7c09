r"""Wide formulas go on below, and nothing of them is lost."""

import pytest
from every_formula import formulas
from hypothesis import given, strategies as st
from trees import TREES

from symconv.derivation import equations
from symconv.derivation.derive import gradients
from symconv.formula.latex import latex
from symconv.formula.lines import lines
from symconv.formula.nodes import Node, Row, paired, parts_of
from symconv.formula.read import read
from symconv.formula.width import letters
from symconv.handout.printer import Printer

PRINTER = Printer({}, frozenset({"K"}))
LINES = [PRINTER(e) for d in gradients(equations.conv(2)) for e in d.lines]


def broken(source: str, width: float) -> tuple[str, ...]:
    """A formula in LaTeX on lines."""
    return tuple(map(latex, lines(read(source), width)))


def rejoined(pieces: tuple[Node, ...]) -> str:
    """The lines as one row again."""
    return as_one(Row(paired(part for piece in pieces for part in parts_of(piece))))


def as_one(tree: Node) -> str:
    """A formula without the spaces with which a line may end."""
    return latex(tree).replace("\\ ", "").replace(" ", "")


@pytest.mark.parametrize(
    ("width", "of"), [*((n, "some") for n in (12, 24, 40)), pytest.param(24, "all", marks=pytest.mark.deep)]
)
def test_lines_fit_and_rejoin_to_the_same_formula(width: float, of: str) -> None:
    """Every formula of every handout; where nothing can be broken, a line is a single piece."""
    assert len(formulas(of)) > 1000
    for source in formulas(of):
        tree = read(source)
        pieces = lines(tree, width)
        assert rejoined(pieces) == as_one(tree), source
        wide = [x for x in pieces if letters(x) > width]
        assert all(lines(x, width) == (x,) for x in wide), source
        assert not wide or width < 40 or max(map(letters, wide)) < 60, source


@given(TREES, st.integers(1, 40))
def test_no_formula_loses_anything(tree: Node, width: int) -> None:
    assert rejoined(lines(tree, width)) == as_one(Row(paired(parts_of(tree))))


@given(st.integers(10, 90))
def test_a_line_that_fits_is_not_broken(width: int) -> None:
    for tree in LINES:
        assert len(lines(tree, width)) == 1 or letters(tree) > width


def test_a_line_ends_before_a_sign_a_relation_or_a_row_of_conditions() -> None:
    assert broken("=a+b-c", 5) == ("=a", "+b", "-c")
    assert broken(r"=x\approx y", 6) == ("=x", r"\approx y")
    conditions = r"\,[\,0\le h<H\,]\,[\,0\le w<W\,]"
    assert broken(r"=\sum_{a} K[a]\,X[h]" + conditions, 24) == (r"=\sum_{a} K[a]\,X[h]", conditions)


def test_nothing_is_broken_inside_braces_brackets_or_a_matrix() -> None:
    for whole in (r"\frac{a+b}{c-d}", "X[i+a-b]", r"\begin{mat}a+b&c\\d&e=f\end{mat}", "(-1)"):
        assert broken(whole, 1) == (whole,)


def test_what_follows_a_qquad_is_one_remark() -> None:
    assert broken(r"=a+b,\qquad i=0,1", 4) == ("=a", r"+b,\qquad i=0,1")


def test_a_list_is_broken_between_its_entries_only_where_it_must_be() -> None:
    text = r"\approx(-0.0969,\ -0.0876,\ -0.1546,\ 0.0457,\ -0.1712)"
    assert broken(text, 60) == (text,)
    first, second = broken(text, 30)
    assert first.endswith(",") and second.startswith(("-", "0")) and not first.endswith("\\")


def test_a_line_may_begin_with_a_fraction_behind_a_fraction() -> None:
    tree = read(r"\frac{abcdefgh}{ABCDEFGH}\frac{abcdefgh}{x}")
    assert [latex(x) for x in lines(tree, 13)] == [r"\frac{abcdefgh}{ABCDEFGH}", r"\frac{abcdefgh}{x}"]


def test_a_derivative_too_wide_for_its_line_ends_before_the_sum_it_is_of() -> None:
    derivative, sum_ = r"\dd{}{\mathit{pooled}[c,\,h,\,w]}", r"\Bigl(\sum_{a,b} W[o,\,a,\,b]"
    assert broken(derivative + sum_, 28) == (derivative + sum_,)
    assert broken(derivative + sum_, 20) == (derivative, sum_)


def test_what_is_differentiated_is_broken_off_where_nothing_else_helps() -> None:
    derivative, largest = r"\dd{}{\mathit{pooled}[c,\,h,\,w]}", r"\max_{a,e}R[n,\,c,\,2\,i+a,\,3\,j+e]"
    assert broken(derivative + largest, 40) == (derivative + largest,)
    assert broken(derivative + largest, 30) == (derivative, largest)


@pytest.mark.parametrize(("text", "lines"), [
    (r"=\sum_{a=0}^{2}\sum_{b=0}^{2} W[a,\,b]\,X[i+a]", (r"=\sum_{a=0}^{2}\sum_{b=0}^{2} W[a,\,b]", r"\,X[i+a]")),
    (r"-\half\,\sum_{i} S[i]\,\dL{P[i]}", (r"-\half\,\sum_{i} S[i]", r"\,\dL{P[i]}")),
    (r"=\tfrac{2}{9}\,\sum_{i} S[i]\,\dL{P[i]}", (r"=\tfrac{2}{9}\,\sum_{i} S[i]", r"\,\dL{P[i]}")),
])  # fmt: skip
def test_no_line_ends_with_a_bare_sum_or_a_bare_number(text: str, lines: tuple[str, ...]) -> None:
    assert broken(text, letters(read(lines[0]))) == lines
    assert broken(text, 6)[0] == lines[0], "nor where the line is too narrow"


def test_what_stands_in_round_brackets_stays_together_if_it_can() -> None:
    bracket = r"\,\bigl(1-\tanh\bigl(y[i]\bigr)^{2}\bigr)"
    assert broken(r"=\dL{x[i]}" + bracket, 18) == (r"=\dL{x[i]}", bracket)
    assert len(broken(bracket, 8)) > 1, "nothing else is left"


def test_a_sum_stays_with_the_large_bracket_that_it_adds() -> None:
    text = r"=\dL{x}\,\sum_{n} \Bigl(2\,X[n]+b\Bigr)"
    for width in range(6, 30):
        assert not any(line.rstrip().endswith("_{n}") for line in broken(text, width)), width
