"""Exercises in both languages: their parts, their headings, and the networks that have none."""

from dataclasses import replace
from fractions import Fraction

import any_networks
import mpmath
import pytest

from symconv.array import Array
from symconv.errors import NotSupported, SpecError
from symconv.evaluation.arithmetic import DIGITS
from symconv.exercises.drawn import Values, filled
from symconv.exercises.sheet import MOST, WORK, sheet
from symconv.formula.compose import whole
from symconv.formula.latex import latex
from symconv.handout.document import Asked, Block, Paragraph, Passage, Room
from symconv.handout.habits import habits
from symconv.handout.options import Options
from symconv.networks.further import Further
from symconv.networks.layers.layers import Add, Conv, Linear, Relu
from symconv.networks.network import CrossEntropy, MeanSquaredError, Network, Parameter, load
from symconv.worked.derived import derived
from symconv.worked.machine import Machine

TOY = derived(load("toy-cnn"))


def blocks(parts: tuple[object, ...]) -> list[Block]:
    found: list[Block] = []
    for part in parts:
        found += part.blocks  # type: ignore[attr-defined]
        found += blocks(tuple(b for b in part.blocks if isinstance(b, Passage)))  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_exercise_has_the_handouts_parts(language: str) -> None:
    made = sheet(TOY, language, 2, False, Options(author="A. B."), ("Ada (7)",)).document
    assert len(made.parts) == 4 and made.heading == ("A. B.", "Ada (7)") and made.author == "A. B."
    assert made.title != sheet(TOY, language, 2, True).document.title
    assert len(made.blanks) == 50 and made.key == ""


def test_a_title_of_ones_own_and_a_network_of_ones_own() -> None:
    assert sheet(TOY, "en", 2, False, Options(title="Sheet 3")).document.title == "Sheet 3"
    named = derived(replace(load("toy-cnn"), name="mine"))
    assert sheet(named, "en", 2, False).document.title == "Exercise: the network mine"
    assert sheet(named, "en", 2, True).document.title == "Solution: the network mine"


def test_the_last_level_leaves_room_to_work_and_gives_no_equation() -> None:
    found = blocks(sheet(TOY, "en", 3, False).document.parts)
    assert [b for b in found if isinstance(b, Room)] == [Room(WORK)] * 5
    assert not any(r"\sum" in latex(line.rhs) for b in found if isinstance(b, Asked) for line in b.lines)
    assert not any(isinstance(b, Room) for b in blocks(sheet(TOY, "en", 2, False).document.parts))


def test_the_full_exercise_derives_what_the_brief_one_states() -> None:
    full, brief = (len(blocks(sheet(TOY, "en", 1, False, Options(detail=d)).document.parts)) for d in ("full", "brief"))
    assert full > brief


def test_the_habits_of_the_book_are_kept() -> None:
    options = Options(notation=habits("subscripts,one,delta"))
    made = sheet(TOY, "en", 1, False, options)
    labels = {latex(a.label) for a in made.answers}
    assert "s_{1}" in labels and r"\bw{\delta_{3}^{S}}" in labels


def test_an_exercise_says_nothing_of_the_shape_s_own_target() -> None:
    """It is put in with the numbers, counted as the book counts."""
    toy = load("toy-cnn")
    other = derived(replace(toy, loss=replace(toy.loss, target=1)))
    for solved in (False, True):
        assert sheet(TOY, "en", 1, solved).document.parts == sheet(other, "en", 1, solved).document.parts
    for first, number in (("zero", "1"), ("one", "2")):
        made = sheet(TOY, "en", 3, False, Options(notation=habits(first)))
        with mpmath.workdps(DIGITS + 5):
            texts = Values().written(made.drawn, Machine(other).whole(other.network))
        said = [b.text for b in blocks(filled(made.document, texts).parts) if isinstance(b, Paragraph)]
        assert any(f"The target is class ${number}$" in text for text in said)


def test_a_heading_is_no_formula() -> None:
    made = sheet(TOY, "en", 3, False, Options(title=r"\drawn{0} \drawn{9999}", course=r"\drawn{0}"))
    full = filled(made.document, [whole(1)] * len(made.drawn))
    assert full.title == made.document.title and full.heading == made.document.heading


LINEAR = Linear("z", Parameter.of("W", [[1, 2], [0, 1]]))
HALVES = CrossEntropy(probabilities=Array.of([Fraction(1, 2), Fraction(1, 2)]))
REFUSED = {
    "its input is a batch; it has channels, or more than rows and columns (X is 2x2x5x4); f (flatten) is another kind"
    " of layer": any_networks.grouped(),
    "its input is a batch; it has channels, or more than rows and columns (X is 2x2x4x3); B (batch_norm), R (sigmoid),"
    " A (add), Q (softplus), E (elu), v (avg_pool) are other kinds of layers": any_networks.residual(),
    "it has channels, or more than rows and columns (X is 1x1x4)": any_networks.made(
        (1, 1, 4), Conv("S", any_networks.parameter("U", 1, 1, 1, 2)), any_networks.last(2, 3), batch=False
    ),
    "its loss is mean_squared_error": any_networks.made(
        (2,), LINEAR, batch=False, loss=MeanSquaredError(Array.of([Fraction(1), Fraction(0)]))
    ),
    "its target is given by probabilities": any_networks.made((2,), LINEAR, batch=False, loss=HALVES),
    "its target is smoothed (label_smoothing)": any_networks.made(
        (2,), LINEAR, batch=False, loss=CrossEntropy(0, label_smoothing=Fraction(1, 10)),
    ),
    "W is held by several layers": any_networks.made((2,), Linear("h", LINEAR.weight), LINEAR, batch=False),
    "c is given besides its input; A (add) is another kind of layer": replace(
        any_networks.made((2,), Add("A", "X"), LINEAR, batch=False),
        layers=(Add("A", "c"), LINEAR), tensors=(Further(Parameter.of("c", [1, 2])),),
    ),
    "its forward pass has 22,508 products, exact arithmetic is for at most 20,000": any_networks.made(
        (150, 150), Conv("S", any_networks.parameter("U", 150, 150)), Linear("z", Parameter.of("W", [[1], [0]])),
        batch=False,
    ),
}  # fmt: skip


@pytest.mark.parametrize("reason", REFUSED)
def test_a_network_that_is_not_worked_by_hand_has_no_exercise_for_all_of_its_reasons(reason: str) -> None:
    """In words of the network's file: a tensor that two layers read has copies within."""
    with pytest.raises(NotSupported) as caught:
        sheet(derived(REFUSED[reason]), "en", 2, False)
    first, second = str(caught.value).splitlines()
    assert first == f"any: there is no exercise for this network: {reason}" and second.startswith("  there is one for")


@pytest.mark.parametrize("level", [0, 4, -1])
def test_a_level_is_1_2_or_3(level: int) -> None:
    with pytest.raises(SpecError, match=f"--level: {level} does not fit\n  give 1, 2 or 3"):
        sheet(TOY, "en", level, False)


def test_a_level_may_ask_too_much_of_a_network() -> None:
    rows = [[(r + c) % 3 - 1 for c in range(12)] for r in range(10)]
    network = Network(
        "wide", load("toy-cnn").learning_rate, Parameter.of("x", [k % 4 - 1 for k in range(12)]),
        (Linear("a", Parameter.of("V", rows)), Relu("b"), Linear("z", Parameter.of("W", [[1] * 10, [0, 1] * 5]))),
        load("toy-cnn").loss,
    )  # fmt: skip
    with pytest.raises(NotSupported, match=rf"level 1 asks for \d+ numbers of wide, more than {MOST}"):
        sheet(derived(network), "en", 1, False)
    assert len(sheet(derived(network), "en", 3, False).answers) <= MOST
