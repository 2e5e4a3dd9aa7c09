"""The code of the handout: whole functions, as their modules have them, and what the network calls their tensors."""

import re
from dataclasses import replace
from functools import cache

import any_networks
import networks
import pytest

from symconv.code.emit import emit, emitted
from symconv.handout.chapters import code as chapter_code
from symconv.handout.chapters.code import FORMS
from symconv.handout.document import Paragraph, Part, Passage, Switch
from symconv.handout.habits import habits
from symconv.handout.handout import handout
from symconv.handout.listings import Listing
from symconv.handout.options import Options
from symconv.handout.pen import Pen
from symconv.networks.layers.layers import Conv, ConvTranspose
from symconv.networks.network import Network, load
from symconv.study import derive
from symconv.text.prose import LANGUAGES, prose
from symconv.verification.verify import Report


@cache
def pen(network: Network, notation: str = "", language: str = "en") -> Pen:
    mine = habits(notation)
    return Pen(derive(network, rotated=mine.rotated), prose(language), Options(notation=mine))


TOY = load("toy-cnn")
BOTH_WAYS = any_networks.made(
    (3, 3), Conv("C", any_networks.parameter("K", 2, 2)), ConvTranspose("D", any_networks.parameter("V", 1, 2)),
    any_networks.last(2, 6), batch=False,
)  # fmt: skip
PARTS = {language: chapter_code.chapter(pen(TOY, language=language), emitted(), None) for language in LANGUAGES}


def listings(part: Part) -> dict[str, Listing]:
    (switch,) = (block for block in part.blocks if isinstance(block, Switch))
    return {form: of_step(step) for form, step in zip(FORMS, switch.steps, strict=True)}


def of_step(step: Passage) -> Listing:
    (found,) = (block for block in step.blocks if isinstance(block, Listing))
    return found


def intro(part: Part) -> str:
    first = part.blocks[0]
    assert isinstance(first, Paragraph)
    return first.text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", FORMS)
def test_a_listing_is_a_whole_function_of_its_module(form: str, language: str) -> None:
    """All but its description and its remarks."""
    lines = listings(PARTS[language])[form].lines
    shown = "\n".join(" " * line.indent + line.code for line in lines)
    before, _, after, *_rest = emit("conv2d", form).split('"""')
    source = before[before.rindex("def ") :] + after.split("\n\n\n")[0]
    plain = [re.sub(r"  # .*", "", x) for x in source.splitlines() if not re.match(r" *(#|$)", x)]
    assert shown.splitlines() == plain
    assert compile(shown, "shown", "exec")
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", FORMS)
def test_the_module_and_its_helpers_are_named_beside_it(form: str, language: str) -> None:
    lines = listings(PARTS[language])[form].lines
    assert f"`conv2d_{form}.py`" in lines[0].note
    called = {name: line.note for line in lines for name in re.findall(r"\b_\w+(?=\()", line.code)}
    assert set(called) == {"_checked", "_wide"} and all(f"`{name}`" in note for name, note in called.items())


def test_a_signature_on_several_lines_is_one_with_one_note() -> None:
    folded = ("def conv2d_loop(", "    input, kernel", "):")
    said = {form: replace(e, signature=folded) for form, e in emitted().items()}
    lines = listings(chapter_code.chapter(pen(TOY), said, None))["loop"].lines
    assert [(x.number, x.indent, x.code) for x in lines[:3]] == [
        (1, 0, "def conv2d_loop("), (2, 4, "input, kernel"), (3, 0, "):"),
    ]  # fmt: skip
    assert [bool(x.note) for x in lines[:4]] == [True, False, False, True] and lines[1].joined and lines[2].joined
    assert lines[3].number == 4


@pytest.mark.parametrize(
    ("network", "notation", "said"),
    [
        (TOY, "", "in this network $X$, $U$ and $S$."),
        (TOY, "convolution", "in this network $X$, the turned $U$ and $S$."),
        (networks.two_kernels(), "",
         r"in this network's first, $\mathit{image}$, $W_{\mathrm{conv1}}$ and $C_{1}$."),
        (any_networks.one_dimension(), "", ""),
    ],
    ids=["toy", "turned", "two kernels", "one dimension"],
)  # fmt: skip
def test_the_letters_of_the_code_are_those_of_the_network(network: Network, notation: str, said: str) -> None:
    part = chapter_code.chapter(pen(network, notation), emitted(), None)
    assert intro(part).endswith(said) and ("$Y$" in intro(part)) == bool(said)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("words", ["", "one", "convolution", "one,convolution"])
def test_a_book_that_does_otherwise_is_reminded_in_both_parts(words: str, language: str) -> None:
    mine, say = pen(TOY, words, language), prose(language)
    document = handout(mine.study, Report(), emitted(), language, None, (), mine.options)
    for part in document.parts[-3:-1]:  # the last one has the rules
        first = intro(part)
        assert (say("code.from_zero") in first) == ("one" in words.split(","))
        assert (say("code.not_rotated") in first) == ("convolution" in words)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("network", "keys"),
    [
        (TOY, set()), (any_networks.one_dimension(), {"two_dimensions"}),
        (BOTH_WAYS, {"not_transposed"}),
    ],
    ids=["toy", "one dimension", "transposed"],
)  # fmt: skip
def test_what_is_shown_of_another_convolution_than_the_networks_is_said(
    network: Network, keys: set[str], language: str
) -> None:
    mine, say = pen(network, "", language), prose(language)
    document = handout(mine.study, Report(), emitted(), language, None)
    for part in document.parts[-3:-1]:  # the last one has the rules
        assert {key for key in ("two_dimensions", "not_transposed") if say(f"code.{key}") in intro(part)} == keys
