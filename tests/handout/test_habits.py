"""How books differ: the words for it, and that what is printed says the same as before."""

import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from itertools import product

import any_networks
import networks
import pytest
from as_latex import AsLatex
from depth import few
from every_formula import inside
from hypothesis import given, strategies as st
from studies import study
from sympy import Expr, Integer, Symbol

from symconv.code.emit import emitted
from symconv.derivation.index import Delta, Div, Entry, In, Iverson, Quot, Sum, Winner, extent, index
from symconv.derivation.tensors import is_copy, original
from symconv.errors import SpecError
from symconv.formula.latex import latex
from symconv.formula.read import read as read_latex
from symconv.formula.typst import typst
from symconv.handout.document import Document, Paragraph
from symconv.handout.habits import CHOICES, USUAL, Habits, habits
from symconv.handout.handout import handout
from symconv.handout.numerals import counted
from symconv.handout.options import PLAIN, Options
from symconv.handout.pen import Pen
from symconv.handout.pictures import Math
from symconv.handout.printer import Printer
from symconv.handout.symbols import symbols
from symconv.networks.network import Network, load
from symconv.text.prose import LANGUAGES, prose
from symconv.verification.verify import Report
from symconv.writers.html.text import element
from symconv.writers.latex.writer import write_latex
from symconv.writers.notebook.markdown import formula
from symconv.writers.notebook.writer import write_notebook

NETWORKS: dict[str, Callable[[], Network]] = {
    "toy-cnn": lambda: load("toy-cnn"), "strided": networks.strided, "grouped": any_networks.grouped,
    "residual": any_networks.residual,
}  # fmt: skip
WORDS = ("subscripts", "numbers,one", "delta", "subscripts,one,delta", "numbers,delta")
ONE = habits("one")


@cache
def made(name: str, words: str, language: str = "en") -> Document:
    return handout(study(name), Report(), emitted(), language, None, (), Options(notation=habits(words)))


@cache
def trees(name: str, words: str, language: str = "en") -> frozenset[Math]:
    """Every formula of the chapters on the network itself; the code counts from zero in every book."""
    parts = (p for p in made(name, words, language).parts if p.number < 5)
    return frozenset(x for part in parts for x in inside(part) if isinstance(x, Math))


def formulas(name: str, words: str, language: str = "en") -> frozenset[str]:
    """The same as LaTeX."""
    return frozenset(map(latex, trees(name, words, language)))


# ------------------------------------------------------------------------------------------------ words
@given(st.builds(Habits, st.sampled_from(["brackets", "subscripts", "numbers"]), st.sampled_from([0, 1]),
                 st.booleans(), st.booleans()))  # fmt: skip
def test_the_words_of_habits_give_them_back(mine: Habits) -> None:
    assert habits(mine.words()) == mine


@pytest.mark.parametrize("word", CHOICES)
def test_each_word_is_one_habit(word: str) -> None:
    habit, value = CHOICES[word]
    assert habits(word) == Habits(**{habit: value}) == habits(f"{word},{word}")
    assert habits(word).words() in ("", word)


@pytest.mark.parametrize("words", ["bracket", "one,two", "One", "one one", "o ne", "\x1b[31m"])
def test_a_word_that_there_is_not_is_refused(words: str) -> None:
    with pytest.raises(SpecError, match=r"--notation: .*is not known\n  give some of brackets") as caught:
        habits(words)
    assert "\x1b" not in str(caught.value)


def test_an_empty_word_says_nothing() -> None:
    assert habits("") == habits(",") == habits(" , ") == USUAL and habits("one,") == ONE


def test_blanks_around_a_word_say_nothing() -> None:
    assert habits("delta , one") == habits(" one,\tdelta ") == Habits(first=1, delta=True)


@pytest.mark.parametrize("words", ["zero,one", "one,delta,zero", "brackets,numbers", "delta,partial"])
def test_two_ways_to_do_one_thing_are_refused(words: str) -> None:
    with pytest.raises(SpecError, match="two ways"):
        habits(words)


# ------------------------------------------------------------------------------------------------ counting from one
def nodes(name: str, *kinds: type) -> set[Expr]:
    """All parts of these kinds of the network's equations and of every line of its derivations."""
    s = study(name)
    lines = [x for d in s.derivations.values() for step in d.steps for x in (step.before, step.after)]
    lines += [e.value for e in Pen(s, prose("en")).equations.values()]
    return {x for line in lines for x in line.atoms(*kinds)}


def read(text: str, at: dict[Symbol, int]) -> Fraction | bool:
    """What a printed subscript or condition says, its letters counted from one."""
    text = text.replace(r"\,", "*").replace(r"\le", "<=").replace("'", "_")
    text = re.sub(r"(\d+)\\mid (.*)", r"(\2)%\1==0", re.sub(r"(?<![<>=])=(?!=)", "==", text))
    text = re.sub(r"(?<=\d)(?=[a-z(])", "*", text)
    known = {str(i).replace("'", "_"): Fraction(k + 1) for i, k in at.items()}
    return eval(text, {"__builtins__": {}}, known)


def points(e: Expr) -> Iterator[dict[Symbol, int]]:
    """Places from 0 on for every index at which all quotients are whole."""
    letters = sorted(e.free_symbols, key=str)
    for point in product(range(4 if len(letters) < 4 else 2), repeat=len(letters)):
        at = dict(zip(letters, point, strict=True))
        if all((value(q.args[0], at) / value(q.args[1], at)).denominator == 1 for q in e.atoms(Quot)):
            yield at


def value(e: Expr, at: dict[Symbol, int]) -> Fraction:
    if isinstance(e, Quot):
        return value(e.args[0], at) / value(e.args[1], at)
    if e.is_Add:
        return sum((value(x, at) for x in e.args), Fraction(0))
    if e.is_Mul:
        return value(e.args[0], at) * value(e.func(*e.args[1:]), at)
    return Fraction(at[e]) if e.is_Symbol else Fraction(int(e))


@pytest.mark.parametrize("name", NETWORKS)
def test_a_printed_subscript_is_the_place_plus_one(name: str) -> None:
    tex, seen = AsLatex(Printer({}, habits=ONE)), 0
    for e in {i for x in nodes(name, Entry) for i in x.at}:
        for at in points(e):
            assert read(tex.index(e), at) == value(e, at) + 1, f"{e} printed as {tex.index(e)}"
            seen += 1
    assert seen > 20


def test_a_stride_divides_a_difference_of_places() -> None:
    """Where a kernel is dilated, as in none of these networks, the difference is not that of the printed letters."""
    h, a = index("h"), index("a")
    condition = Div(h + 1 - 2 * a, Integer(3))
    for at in points(condition):
        assert read(AsLatex(Printer({}, habits=ONE)).condition(condition), at) == ((at[h] + 1 - 2 * at[a]) % 3 == 0)


def test_a_stride_is_no_place() -> None:
    h, a, s = index("h"), index("a"), extent("s")
    tex = AsLatex(Printer({}, habits=ONE))
    assert tex(Entry("X", Quot(h - a, s))) == "X[(h-a)/s+1]" and tex(Entry("X", s * h)) == r"X[h\,s+1-s]"
    assert tex.condition(Div(h - a, s)) == r"s\mid h-a" and tex.condition(In(h, s)) == r"1\le h\le s"


@pytest.mark.parametrize("name", NETWORKS)
def test_a_printed_condition_says_the_same(name: str) -> None:
    tex = AsLatex(Printer({}, habits=ONE))
    says: dict[type, Callable[[Fraction, Fraction], bool]] = {
        In: lambda a, n: 0 <= a < n, Div: lambda a, s: a % s == 0, Delta: lambda a, b: a == b,
    }  # fmt: skip
    found = nodes(name, Iverson)
    assert {Delta} <= set(map(type, found)) <= set(says)
    for c in found:
        truths = set()
        for at in points(c):
            truth = says[type(c)](value(c.args[0], at), value(c.args[1], at))
            assert read(tex.condition(c), at) == truth, f"{c} printed as {tex.condition(c)}"
            truths.add(truth)
        assert truths


@pytest.mark.parametrize("name", NETWORKS)
def test_sums_and_free_indices_run_from_one(name: str) -> None:
    bounded = AsLatex(Printer({}, bounds=True, habits=ONE))
    for e in nodes(name, Sum):
        for (i, n), text in zip(e.ranges, bounded.summation(e).split(r"\sum")[1:], strict=True):
            assert text == f"_{{{bounded(i)}=1}}^{{{n}}}"
    assert latex(counted(3, 1)) == "1,2,3" and latex(counted(9, 1)) == r"1,\dots,9"


def test_a_winners_place_counts_from_one() -> None:
    tex = AsLatex(Printer({}, habits=ONE))
    for x in nodes("strided", Winner) | nodes("grouped", Winner):
        inside = re.match(r"\\bigl\[\\,\(?(.*?)\)?=\\operatorname", tex(x))
        assert inside
        for e, text in zip(x.at, inside[1].split(","), strict=True):
            assert all(read(text, at) == value(e, at) + 1 for at in points(e))


# ------------------------------------------------------------------------------------------------ the print
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("name", "words"),
    few(
        product(["toy-cnn", "residual"], ["subscripts", "numbers,one", "subscripts,one,delta", "numbers,delta"]),
        ("toy-cnn", "subscripts"),
        ("toy-cnn", "numbers,one"),
        ("residual", "subscripts,one,delta"),
    ),
)
def test_no_bracket_is_left_where_books_write_subscripts(name: str, words: str, language: str) -> None:
    for text in formulas(name, words, language):
        assert not re.search(r"[A-Za-z}']\[(?!\\,|[a-z]w:)", re.sub(r"\\\\\[\S+?\]|\\bigl\[|\\Bigl\[", "", text)), text


def test_numbers_count_row_by_row() -> None:
    printer = Pen(study("toy-cnn"), prose("en"), Options(notation=habits("numbers,one"))).printer
    tex = AsLatex(printer)
    entries = [tex(Entry("U", a, b)) for a in range(2) for b in range(3)]
    assert entries == [f"u_{{{k}}}" for k in range(1, 7)]
    assert tex(Entry("U", index("a"), index("b"))) == "u_{ab}" and tex(Entry("U", index("a") + 1, 0)) == "u_{a+1,1}"
    text = " ".join(formulas("toy-cnn", "numbers,one"))
    places = {letter: set(re.findall(rf"(?<![\\a-z]){letter}_\{{(\d+)\}}", text)) for letter in "xuspwz"}
    assert places["s"] == set("123") and places["z"] == set("12") and places["w"] <= set("12")
    assert places["u"] == set("123456") and len(places["x"]) >= 9 and "0" not in places["x"]


def test_a_small_letter_is_not_another_tensors() -> None:
    """`h` is a tensor of the toy's own: a tensor H beside it keeps its capital; so do names of more than one letter."""
    shapes = {"H": (2, 2), "h": (3,), "C1": (2,), "W": (2, 2)}
    tex = AsLatex(Printer(shapes, habits=habits("subscripts"), names=symbols(shapes, raised=True)))
    written = [tex(Entry(t, *at)) for t, at in (("H", (0, 1)), ("h", (2,)), ("C1", (1,)), ("W", (1, 0)))]
    assert written == ["H_{01}", "h_{2}", "C_{1}^{(1)}", "w_{10}"]
    assert latex(Printer({"W": (20, 2)}, habits=habits("subscripts"))(Entry("W", 10, 1))) == "w_{10,1}"


@pytest.mark.parametrize("name", few(["toy-cnn", "strided", "residual"], "toy-cnn", "residual"))
def test_delta_is_for_what_layers_make(name: str) -> None:
    """All copies of a tensor are written alike; the example is a layer's output."""
    s = study(name)
    text = " ".join(formulas(name, "delta"))
    pen = Pen(s, prose("en"), Options(notation=habits("delta")))
    outputs = {stage.output for stage in s.stages if not is_copy(stage.output)}
    for tensor in s.derivations:
        made_by_a_layer = original(tensor) in outputs
        gradient = latex(pen.printer.gradient_of(tensor))
        assert pen.printer.by_letter(tensor) == made_by_a_layer
        assert gradient in text and (r"\delta" in gradient) == made_by_a_layer
    said = Paragraph(pen.say("backward.delta", tensor=pen.letter(s.stages[1 if name == "residual" else 0].output)))
    assert said in made(name, "delta").parts[2].blocks
    for parameter in s.parameters:
        assert rf"\delta^{{{parameter}}}" not in text and (r"\dL{" in text or r"\tdL{" in text)


@pytest.mark.parametrize(
    ("name", "words"),
    few(
        [*product(["toy-cnn"], WORDS), ("strided", WORDS[3]), ("residual", WORDS[3]), ("grouped", WORDS[1])],
        *product(["toy-cnn"], WORDS),
        ("residual", WORDS[3]),
    ),
)
def test_every_writer_can_set_every_formula(name: str, words: str) -> None:
    found = trees(name, words)
    assert len(found) > 30
    for math in found:
        assert element(math) and typst(math) and formula(math) and read_latex(latex(math)) == math
    assert made(name, words, "zh") != made(name, words)
    if name == "toy-cnn":
        assert write_notebook(made(name, words), study(name).network)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_usual_habits_change_nothing(language: str) -> None:
    plain = handout(study("toy-cnn"), Report(), emitted(), language, None)
    usual = Options(notation=habits("brackets,zero,partial,correlation"))
    assert usual == PLAIN
    assert write_latex(made("toy-cnn", "brackets,zero", language)) == write_latex(plain)
