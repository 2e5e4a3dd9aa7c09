"""A formula in LaTeX as the <math> element of a page."""

from symconv.formula.read import read
from symconv.writers.html.text import element


def mathml(math: str, display: bool = False, language: str = "") -> str:
    return element(read(math), language, display)
