"""Formulas on one line of plain text."""

import pytest
from depth import few
from every_formula import formulas

from symconv.formula.plain import plain
from symconv.formula.read import read

EXAMPLES = {
    r"\dL{S[0]}": "∂L/∂S[0]",
    r"4\times3": "4×3",
    r"S[1,\,0]": "S[1, 0]",
    r"\alpha+\beta": "α + β",
    r"-\tfrac{1}{2}": "−1/2",
    r"\frac{a+b}{2}": "(a + b)/2",
    r"\frac{1}{\frac{1}{2}}": "1/(1/2)",
    r"\dL{C_{2}[0,\,1]}": "∂L/∂C_2[0, 1]",
    r"\mathit{image}[0]'": "image[0]′",
    r"p(a\mid b)": "p(a ∣ b)",
    r"\sum_{a,b} K[a,\,b]\,X[i+a]": "∑_(a, b) K[a, b] X[i + a]",
    r"=\max(0,\,x)\approx e^{-x}": "= max(0, x) ≈ e^(−x)",
    r"\log \sqrt{2}": "log √2",
    r"x\frac{1}{y}\frac{1}{2}(z)": "x 1/y 1/2 (z)",
    r"\max_{a,b} X[i+a]": "max_(a, b) X[i + a]",
    r"\max_{\substack{a\\0\le a}} X[a]": "max_(a, 0 ≤ a) X[a]",
    r"[\,-1<x\,]": "[−1 < x]",
    r"(1,\,-x)": "(1, −x)",
    r"\begin{mat}1&2\\3&4\end{mat}": "[1, 2; 3, 4]",
}


@pytest.mark.parametrize("source", EXAMPLES)
def test_a_formula_as_text(source: str) -> None:
    assert plain(read(source)) == EXAMPLES[source]


@pytest.mark.parametrize("of", few(["some", "all"], "some"))
def test_every_formula_of_every_handout_is_one_line_without_tex(of: str) -> None:
    for source in formulas(of):
        text = plain(read(source))
        assert not set(text) & set("\\\n$") and text == text.strip() and "  " not in text, (source, text)
