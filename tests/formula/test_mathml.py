r"""Formulas as MathML: each one of the handouts, colours as classes, nothing lost, nothing that is no MathML Core."""

import re
from collections import Counter
from unicodedata import normalize
from xml.etree.ElementTree import Element, fromstring

import pytest
from depth import few
from every_formula import formulas
from hypothesis import given, strategies as st

from symconv.errors import Broken
from symconv.formula import mathml as module
from symconv.formula.read import read

TAGS = {
    *("math", "mi", "mn", "mo", "mtext", "mspace", "mrow", "mfrac", "msqrt", "msub", "msup", "msubsup", "munder"),
    *("mover", "munderover", "mtable", "mtr", "mtd"),
}  # fmt: skip
CLASSES = {None, "bw", "fw", "stack", "mat"}
MACROS = {r"\half": r"\tfrac{1}{2}", r"\tdL": r"\bw L", r"\dL": r"\bw L"}  # what they add to what they hold
BLANKS = re.compile(r"\\blank\{\d+\}\{\d+\}")
LENGTH = re.compile(r"\\\\\[[\d.]+pt\]")
COMMAND = re.compile(r"\\operatorname\*?|\\text|\\begin\{\w+\}|\\end\{\w+\}|\\\w+")


def mathml(source: str, display: bool = False) -> str:
    return module.mathml(read(source), display)


def expanded(source: str) -> str:
    for macro, form in MACROS.items():
        source = re.sub(re.escape(macro) + "(?![A-Za-z])", lambda _, form=form: form, source)
    return BLANKS.sub("", source)


def texts(element: Element) -> str:
    return "".join(element.itertext())


def faults(source: str, element: str) -> list[str]:
    """What is wrong with a formula's MathML; ParseError where it is no XML at all."""
    root = fromstring(element)
    nodes, text = list(root.iter()), normalize("NFKC", texts(root))  # italic names have letters of their own
    found = [f"unknown element {n.tag}" for n in nodes if n.tag not in TAGS]
    found += [f"unknown class {n.get('class')}" for n in nodes if n.get("class") not in CLASSES]
    found += ["a colour that is no class" for n in nodes if "color" in n.get("style", "") or n.get("mathcolor")]
    found += ["TeX is left over"] if re.search(r"[\\{}$]", text) else []
    plain = LENGTH.sub("", expanded(source))
    found += ["digits are lost"] if Counter(re.findall(r"\d", plain)) != Counter(re.findall(r"\d", text)) else []
    letters = Counter(re.findall("[a-zA-Z]", COMMAND.sub("", plain)))
    found += ["letters are lost"] if letters - Counter(re.findall("[a-zA-Z]", text)) else []
    for way, macros in {"bw": r"\\bw\b", "fw": r"\\(fw|res)\b"}.items():
        coloured = len(re.findall(macros, plain))
        found += [f"not as much in {way}"] if coloured != sum(n.get("class") == way for n in nodes) else []
    return found


@pytest.mark.parametrize("display", [False, True])
@pytest.mark.parametrize("of", few(["some", "all"], "some"))
def test_every_formula_of_every_handout(of: str, display: bool) -> None:
    assert len(formulas(of)) > 1000
    assert {f: found for f in formulas(of) if (found := faults(f, mathml(f, display)))} == {}


@pytest.mark.parametrize(
    "good, bad, fault",
    [
        ("<mn>1</mn>", "", "digits are lost"),
        ("<mi>x</mi>", "", "letters are lost"),
        ("<mi>x</mi>", r"<mi>\x</mi>", "TeX is left over"),
        ('class="bw"', 'style="color:#b04500;"', "a colour that is no class"),
        ('class="bw"', 'class="fw"', "not as much in bw"),
        ("<mi>x</mi>", "<merror>x</merror>", "unknown element merror"),
    ],
)
def test_faults_are_found(good: str, bad: str, fault: str) -> None:
    source = r"1+\dL{x}"
    element = mathml(source)
    assert faults(source, element) == [] and good in element
    assert fault in faults(source, element.replace(good, bad))


def test_display_is_larger_and_no_block_of_its_own() -> None:
    assert mathml("x", display=True).startswith('<math displaystyle="true">') and mathml("x").startswith("<math><mi>")


@pytest.mark.parametrize("macro, way", [("bw", "bw"), ("fw", "fw"), ("res", "fw")])
def test_a_colour_is_a_class(macro: str, way: str) -> None:
    element = mathml(rf"\{macro}{{x+1}}")
    assert f'class="{way}"' in element and "style" not in element and "#" not in element


def test_lines_under_a_sum_are_as_small_as_what_is_there() -> None:
    root = fromstring(mathml(r"\sum_{\substack{a\\b}}x"))
    (stack,) = root.iterfind(".//mrow[@class='stack']/mtable")
    assert len(list(stack)) == 2 and "scriptlevel" not in stack.attrib


def test_a_matrix_has_its_class() -> None:
    root = fromstring(mathml(r"\begin{mat}1&-2\\3&4\end{mat}"))
    (table,) = root.iter("mtable")
    assert table.get("class") == "mat"
    assert [[texts(cell) for cell in row] for row in table] == [["1", "\u22122"], ["3", "4"]]


@pytest.mark.parametrize("sign, shown", [("-", "\u2212"), ("+", "+")])
def test_after_a_space_stands_a_sign_and_no_operation(sign: str, shown: str) -> None:
    root = fromstring(mathml(rf"(1,\ {sign}1)"))
    (mark,) = (x for x in root.iter("mo") if x.text == shown)
    assert mark.attrib == {"lspace": "0", "rspace": "0"}
    assert not next(x for x in fromstring(mathml(f"a{sign}1")).iter("mo")).attrib


@pytest.mark.parametrize("math", [r"\tanh\bigl(x[c]\bigr)^2", r"\bigl(\Bigl(x\Bigr)_i\bigr)^{-1}", r"-x\bigr)^2"])
def test_a_large_bracket_with_an_exponent_keeps_its_size(math: str) -> None:
    """Chromium gives a bracket its size in a row and not where it is itself the base."""
    root = fromstring(mathml(math))
    scripted = [e for e in root.iter() if e.tag in ("msup", "msub")]
    assert scripted and all(len(e) == 2 and "minsize" not in e[0].attrib for e in scripted)
    sized = [e for e in root.iter("mo") if e.get("minsize")]
    assert [texts(e) for e in sized] == re.findall("[()]", math) and texts(root).count("2") == math.count("2")


@pytest.mark.parametrize("math, spaced", [
    (r"\sum_{k}\bw{x}", True), (r"\sum_{k'}\dL{x}", True), (r"\sum_a^b x", True), (r"\sum_k\sum_j\bw{x}", True),
    (r"\sum_k(x)", False), (r"\sum_k[x]\bw{y}", False),
])  # fmt: skip
def test_a_sum_stands_off_what_has_a_colour_and_not_off_a_bracket(math: str, spaced: bool) -> None:
    *_, sign = (e for e in fromstring(mathml(math, display=True)).iter("mo") if e.text == "\u2211")
    assert (sign.get("rspace") is None) == spaced


@pytest.mark.parametrize(
    "math", ["k'", "W_0'", "W'_{0}", r"\mathit{image}'", r"\mathit{bias}_{1}'", r"x_{\mathrm{a1}}'[k'']"]
)
def test_a_prime_is_not_raised_by_an_exponent_as_well(math: str) -> None:
    root = fromstring(mathml(math))
    signs = [e for e in root.iter() if e.tag != "mrow" for x in e if x.text in ("\u2032", "\u2033")]
    assert not signs and texts(root).count("\u2032") == len(re.findall("(?<!')'(?!')", math))
    assert len(list(root.iter("msub"))) == math.count("_") and all(len(e) == 2 for e in root.iter("msub"))


def test_a_function_is_applied_in_xml_too() -> None:
    """HTML has a name for the invisible sign between max and its bracket; an SVG file has not."""
    assert "\u2061" in texts(fromstring(mathml(r"\max(0,\,x)+\log y")))


@pytest.mark.parametrize("math", [r"\nosuchmacro x", "{", r"\frac{1}", r"\begin{mat}1", r"x_{1"])
def test_what_cannot_be_written_is_refused(math: str) -> None:
    with pytest.raises(Broken, match="cannot be read"):
        mathml(math)


@given(st.integers(), st.integers(min_value=0))
def test_numbers_come_out_as_they_are(whole: int, decimals: int) -> None:
    number = f"{whole}.{decimals}"
    assert texts(fromstring(mathml(number))).replace("\u2212", "-") == number


@given(st.text(st.characters(categories=["Lu", "Ll"], max_codepoint=126), min_size=1))
def test_letters_come_out_in_order(letters: str) -> None:
    assert texts(fromstring(mathml(rf"\bw{{{letters}}}"))) == letters
