"""What is made of formulas as LaTeX: values of any kind, and what a printer, a pen or the names of tensors write."""

from dataclasses import fields, is_dataclass, replace
from typing import Any

from symconv.formula.latex import latex
from symconv.formula.nodes import Node


def as_latex(x: Any) -> Any:
    """The same, each formula in it as LaTeX."""
    if isinstance(x, Node):
        return latex(x)
    if isinstance(x, list | tuple):
        return type(x)(map(as_latex, x))
    if is_dataclass(x) and not isinstance(x, type):
        return replace(x, **{f.name: as_latex(getattr(x, f.name)) for f in fields(x)})
    return x


class AsLatex:
    """`AsLatex(printer)(e)`, `AsLatex(pen).short(x)`: as the writer itself, what it gives as LaTeX."""

    def __init__(self, writer: Any) -> None:
        self.writer = writer

    def __call__(self, *given: Any) -> Any:
        return as_latex(self.writer(*given))

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.writer, name)
        return (lambda *given, **named: as_latex(found(*given, **named))) if callable(found) else found
