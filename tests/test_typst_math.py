"""Formulas in Typst: what tylax alone would lose, what is refused, and that every known command compiles."""

import re

import pytest

from symconv import typst_pdf
from symconv.errors import Broken
from symconv.handout.layout import PAGE
from symconv.writers import typst_math as module
from symconv.writers.typst_math import COMMANDS, KNOWN, quoted, typst_math
from symconv.writers.typst_writer import TYPST

EXAMPLES = {
    r"S[i]": "S bracket.l i bracket.r",
    r"\max(0,\,x)": "max paren.l 0 comma thin x paren.r",
    r"\bigl(a\bigr)^2": "#big($paren.l$) a #big($paren.r$) ^(2)",
    r"\Bigl\lfloor h\Bigr\rfloor": "#Big($floor.l$) h #Big($floor.r$)",
    r"\left(\frac12\right)": "lr(paren.l frac(1, 2) paren.r)",
    r"\dL{U[a,b]}": "#bw($frac(partial L, partial U bracket.l a comma b bracket.r )$)",
    r"\res{\half}": "#fw($inline(frac(1, 2))$)",
    r"\fw{a+\bw{b}}": "#fw($a + #bw($b$)$)",
    r"\begin{mat}1&-2\\[2pt]3&4\end{mat}": 'mat(delim: "[", 1, - 2 ;3, 4)',
    r"\begin{mat}1\\ 3\end{mat}": 'mat(delim: "[", 1 ; 3)',
    r"\narrow{\begin{mat}1\end{mat}}": '#narrow($mat(delim: "[", 1)$)',
    r"a'_i": "a'_(i)",
    r"W_{\mathrm{c}}'": 'W\'_(#math.upright("c"))',
    r"\mathit{bias}[0]": '#math.italic("bias")bracket.l 0 bracket.r',
    r"\operatorname*{arg\,max}_a": 'op("arg max", limits: #true) _(a)',
    r"\text{a, (b) \%}": '#words("a, (b) %")',
    r"\text{到}\ {-1}": '#words("到")#h(0.3em) class("unary", -) 1',
    r"\text{a}.5": '#words("a") . 5',
    r"x_{10}^{-1}": "x_(10)^(- 1)",
}
REFUSED = {
    r"\unheard{x}": r"no form for \\unheard",
    r"a_{": "does not close",
    r"a}": "a brace closes",
    r"\begin{mat}1\end{cases}": "begins .* ends",
    r"\dL": "argument is missing",
}


def page(*formulas: str) -> str:
    """A document of these formulas, each on its own line, in the handout's own type."""
    preamble = TYPST.render("preamble.typ.jinja", page=PAGE, language="zh", title="t", author="")
    return preamble + "".join(f"\n$display({formula})$ \\" for formula in formulas)


@pytest.mark.parametrize("math", EXAMPLES)
def test_a_formula_in_typst(math: str) -> None:
    assert typst_math(math) == EXAMPLES[math]


def test_the_examples_and_every_known_command_compile() -> None:
    given = {"frac": "frac12", "tfrac": "tfrac12", "sqrt": "sqrt x", "hat": "hat x", "bar": "bar x", "tilde": "tilde x"}
    given |= {"mathbb": "mathbb{R}", "substack": r"sum_{\substack{a\\b}}", "begin": "begin{mat}1\\end{mat}"}
    commands = [rf"a\{given.get(name, name)}" for name in KNOWN.split("|") if name != "end"]
    pdf = typst_pdf.compile(page(*EXAMPLES.values(), *map(typst_math, (*commands, r"\! \% \, \: \; \# \{ \} a\ b"))))
    assert pdf.startswith(b"%PDF")
    assert all(COMMANDS.fullmatch(f"\\{name}") for name in KNOWN.split("|"))


@pytest.mark.parametrize("math", REFUSED)
def test_what_has_no_form_is_refused_with_the_formula(math: str) -> None:
    with pytest.raises(Broken, match=f"(?s){re.escape(repr(math))} cannot be written in Typst.*{REFUSED[math]}"):
        typst_math(math)


def test_a_piece_that_tylax_loses_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.tylax, "latex_to_typst", lambda *_, **__: "$x$")
    with pytest.raises(Broken, match="1 pieces were set aside, 0 came back"):
        typst_math(r"\bw{never seen before}")


def test_a_formula_that_slips_through_does_not_compile() -> None:
    with pytest.raises(Broken, match="unknown variable: unheard\n"):
        typst_pdf.compile(page("unheard(x)"))


def test_a_string_holds_any_text() -> None:
    assert quoted('a"b\\') == r'"a\"b\\"'
