"""Formulas in Typst: brackets, words and primes as Typst would not misread them, and every formula compiles."""

import pytest
from depth import examples, few
from every_formula import formulas
from hypothesis import given, settings
from trees import TREES

from symconv.errors import Broken
from symconv.files import typst_pdf
from symconv.formula.nodes import Drawn, Node, Number, walk
from symconv.formula.read import read
from symconv.formula.signs import ACCENTS, FUNCTIONS, GREEK, SIGNS, SPACES
from symconv.formula.typst import quoted, typst
from symconv.handout.layout import PAGE
from symconv.language import Language
from symconv.writers.typst.writer import templates

EXAMPLES = {
    r"S[i]": "S bracket.l i bracket.r",
    r"\max(0,\,x)": "max paren.l 0 comma thin x paren.r",
    r"\bigl(a\bigr)^2": "#big($paren.l$) a #big($paren.r$)^(2)",
    r"\Bigl\lfloor h\Bigr\rfloor": "#Big($floor.l$) h #Big($floor.r$)",
    r"\left(\frac12\right)": "lr(paren.l frac(1, 2) paren.r)",
    r"\dL{U[a,b]}": "#bw($frac(\u2202 L, \u2202 U bracket.l a comma b bracket.r)$)",
    r"\res{\half}": "#fw($inline(frac(1, 2))$)",
    r"\fw{a+\bw{b}}": "#fw($a + #bw($b$)$)",
    r"\begin{mat}1&-2\\[2pt]3&4\end{mat}": 'mat(delim: "[", 1, \u2212 2; 3, 4)',
    r"\narrow{\begin{mat}1\end{mat}}": '#narrow($mat(delim: "[", 1)$)',
    r"a'_i": "a'_(i)",
    r"W_{\mathrm{c}}'": 'W\'_(#math.upright("c"))',
    r"\mathit{bias}[0]": '#math.italic("bias")bracket.l 0 bracket.r',
    r"\mathit{bias}_{1}'": 'attach(#math.italic("bias"), b: 1, t: prime)',
    r"\operatorname*{arg\,max}_a": 'op("arg max", limits: #true)_(a)',
    r"\text{a, (b) \%}": '#words("a, (b) %")',
    r"\text{到}\ {-1}": '#words("到")#h(0.3em) class("normal", \u2212 1)',
    r"\text{a}.5": '#words("a") . 5',
    r"x_{10}^{-1}": "x_(10)^(\u2212 1)",
    r"\sum_{i}^{2}": "\u2211_(i)^(2)",
}


def page(*formulas: str) -> str:
    """A document of these formulas, each on its own line, in the handout's own type."""
    preamble = templates("zh").render("preamble.typ.jinja", page=PAGE, language=Language.of("zh"), title="t", author="")
    blank = "" if "#let blank" in preamble else "#let blank(width) = box(width: width)\n"
    return preamble + blank + "".join(f'\n#m("x", $display({formula})$); \\' for formula in formulas)


@pytest.mark.parametrize("math", EXAMPLES)
def test_a_formula_in_typst(math: str) -> None:
    assert typst(read(math)) == EXAMPLES[math]


@pytest.mark.parametrize("of", few(["", "all"], ""))
def test_every_sign_compiles_and_every_formula_of_every_handout(of: str) -> None:
    commands = [*(f"\\{name}" for name in (*GREEK, *FUNCTIONS)), *(form.latex for form in SIGNS.values())]
    commands += [rf"\{name} x" for name in ACCENTS] + [rf"a\{name} b" for name in SPACES]
    commands += [r"\mathbb{R}", r"\mathbf{ab}", r"\sum_{\substack{a\\b}}", r"\displaystyle\sum_a", r"x^{}"]
    pdf = typst_pdf.compile(
        page(*EXAMPLES.values(), *(typst(read(f)) for f in (*commands, *(formulas(of) if of else ()))))
    )
    assert pdf.startswith(b"%PDF")


@settings(max_examples=examples(20))
@given(TREES)
def test_any_formula_compiles(tree: Node) -> None:
    known = tree if not any(isinstance(x, Drawn) for x in walk(tree)) else Number("1")  # no font has a sign for these
    assert typst_pdf.compile(page(typst(known))).startswith(b"%PDF")


def test_a_formula_that_slips_through_does_not_compile() -> None:
    with pytest.raises(Broken, match="unknown variable: unheard\n"):
        typst_pdf.compile(page("unheard(x)"))


def test_a_string_holds_any_text() -> None:
    assert quoted('a"b\\') == r'"a\"b\\"'
