"""What is asked and what is worked out: every printed line is true, no exercise holds an answer."""

import re
from fractions import Fraction
from functools import cache
from itertools import pairwise

import mpmath
import networks
import pytest
from printed import lines, read

from symconv.derivation.index import Entry
from symconv.evaluation.arithmetic import DIGITS
from symconv.exercises.drawn import Values, filled
from symconv.exercises.sheet import Sheet, sheet
from symconv.formula.latex import latex
from symconv.grading.precision import fraction
from symconv.handout.options import Options
from symconv.networks.layers.layers import Linear
from symconv.networks.network import CrossEntropy, Network, Parameter, load
from symconv.worked.derived import Derived, derived
from symconv.worked.machine import Machine
from symconv.writers.latex.writer import write_latex

NETWORKS = {"toy-cnn": load("toy-cnn"), **{name: make() for name, make in networks.ALL.items()}}
BRIEF = Options(detail="brief")
ROUNDED, SIGNS = re.compile(r"\d\.\d{4}"), ("=", r"\approx")

BLANK = re.compile(r"\\blank\{(\d+)\}\{(\d+)\}")


@cache
def study(name: str) -> Derived:
    return derived(NETWORKS[name])


@cache
def made(name: str, level: int, solved: bool) -> Sheet:
    return sheet(study(name), "en", level, solved, BRIEF)


def solution(name: str, network: Network) -> str:
    with mpmath.workdps(DIGITS + 5):
        numbers = Machine(study(name)).whole(network)
        return write_latex(filled(made(name, 1, True).document, Values().written(made(name, 1, True).drawn, numbers)))


def untrue(tex: str) -> list[str]:
    """The left-hand sides of equations whose parts are not one number, as far as four decimals tell."""
    known = {left: [x for x in parts if x is not None] for left, parts in read(tex).items()}
    return [left for left, x in known.items() if x and max(x) - min(x) > 1e-3 * max(1, *map(abs, x))]


@pytest.mark.parametrize("name", NETWORKS)
def test_every_line_of_a_solution_is_true(name: str) -> None:
    text = solution(name, NETWORKS[name])
    assert untrue(text) == []
    d = study(name)
    printed = {left for left, parts in read(text).items() if None not in parts}
    entries = sum(len(d.exact_gradients[p].entries) for p in d.parameters)
    assert len([left for left in printed if left.startswith((r"\dL", r"\tdL"))]) >= entries


def test_a_wrong_number_would_be_seen() -> None:
    text = solution("toy-cnn", NETWORKS["toy-cnn"])
    assert untrue(text.replace(r"\res{\tfrac{5}{2}}", r"\res{\tfrac{3}{2}}", 1)) == ["S[0]"]
    assert untrue(text.replace(r"\bw{0.5848}", r"\bw{0.5948}", 1)) == [r"\dL{U[0,\,2]}"]


def sides(text: str) -> list[list[str]]:
    """The relations and parts of every line of numbers: ["=", "0.2221-0", r"\approx", "0.2221"]."""
    plain = (re.sub(r"\\(?:bw|res)|[{}() ]", "", right) for _, right in lines(text) if "sum" not in right)
    return [[x for x in re.split(r"(=|\\approx)", line) if x] for line in plain]


@pytest.mark.parametrize("name", NETWORKS)
def test_a_rounded_number_is_never_equal_and_no_number_stands_for_itself(name: str) -> None:
    for line in sides(solution(name, NETWORKS[name])):
        for relation, part in pairwise(line):
            exact = all("0" in re.split(r"\\cdot", term) for term in part.split("+") if ROUNDED.search(term))
            assert relation != "=" or exact, line
        assert not any(first == last for first, last in zip(line, line[2:], strict=False) if first not in SIGNS), line


def of_scores(weight: list[list[int]], bias: list[int]) -> str:
    """The solution of one linear layer."""
    layer = Linear("z", Parameter.of("W", weight), Parameter.of("b", bias))
    d = derived(Network("scores", Fraction(1), Parameter.of("x", [1, 2]), (layer,), CrossEntropy(0)))
    made = sheet(d, "en", 1, True, BRIEF)
    with mpmath.workdps(DIGITS + 5):
        return write_latex(filled(made.document, Values().written(made.drawn, Machine(d).whole(d.network))))


def test_a_bias_takes_the_gradient_of_its_scores_over() -> None:
    text = of_scores([[1, 0], [0, 1]], [0, 1])
    assert r"\chainline{\dL{b[0]}}{=\dL{z[0]}\approx\bw{{-0.8808}}" in text
    assert r"\chainline{\dL{z[0]}}{\approx0.1192-1\approx" in text


def test_of_one_class_every_number_is_exact() -> None:
    """Also after the update, and of whole tensors."""
    text = of_scores([[1, 2]], [3]).split(r"\begin{document}")[1]
    assert r"\approx" not in text and r"\chainline{L'}{={\res{0}}" in text


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("level", [1, 2, 3])
def test_an_exercise_holds_no_number_that_is_asked_for(name: str, level: int) -> None:
    d = study(name)
    given = {d.network.input.name, *d.parameters, "t"}
    read_ = {x.tensor for n in made(name, level, False).drawn for x in n.value.atoms(Entry)}
    assert read_ == given


@pytest.mark.parametrize("level", [1, 2, 3])
def test_blanks_are_asked_in_the_order_of_the_page(level: int) -> None:
    text = write_latex(made("toy-cnn", level, False).document)
    numbers = [int(k) for k, _ in BLANK.findall(text)]
    assert numbers == [*range(len(made("toy-cnn", level, False).answers))]


def test_each_level_asks_for_less() -> None:
    counts = [len(made("toy-cnn", level, False).answers) for level in (1, 2, 3)]
    assert counts == [88, 50, 20] and made("toy-cnn", 1, True).answers == ()
    assert {a.tensor for a in made("toy-cnn", 3, False).answers} == {"y", "L", "∂U", "∂W", "U'", "W'", "L'"}
    products = [a for a in made("toy-cnn", 1, False).answers if not a.tensor]
    assert len(products) == 3 * 6 + 1 + 2 + 6 * 3  # of S, the winner's place, of dL/dh, of dL/dU


def test_answers_are_the_exact_numbers() -> None:
    d, answers = study("toy-cnn"), made("toy-cnn", 1, False).answers
    with mpmath.workdps(DIGITS + 5):
        right = Values().of((a.value for a in answers), Machine(d).whole(d.network))
    exact = {**d.known, **{f"{p}'": a for p, a in d.updated.items()}}
    exact |= {f"{s.output}'": d.after[s.output] for s in d.stages}
    for answer, x in zip(answers, right, strict=True):
        if answer.tensor:
            known = exact[answer.tensor][answer.at]
            assert abs(fraction(x) - Fraction(str(known.evalf(30)))) < Fraction(1, 10**20), answer.label


@pytest.mark.parametrize("name", NETWORKS)
def test_labels_name_each_answer_alone(name: str) -> None:
    for level in (1, 2, 3):
        labels = [a.label for a in made(name, level, False).answers if a.tensor]
        assert len(labels) == len(set(labels))
        assert not any(re.search(r"\\(blank|drawn)", latex(label)) for label in labels)
