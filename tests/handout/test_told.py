"""What is told of a layer: the sentences that are true of it, each once, where it is true first."""

from dataclasses import replace
from fractions import Fraction
from functools import cache

import pytest
from told_networks import TOLD

from symconv.array import Array
from symconv.code.emit import emitted
from symconv.derivation.tensors import is_copy
from symconv.formula.read import read
from symconv.handout.chapters import forward as chapter_forward, layers as chapter_layers, network as chapter_network
from symconv.handout.chapters.layers import TEXT, symbol_table
from symconv.handout.document import Document, Paragraph, Part, Passage
from symconv.handout.habits import habits
from symconv.handout.handout import by_hand, handout
from symconv.handout.layout import PAGE
from symconv.handout.options import Options
from symconv.handout.pen import Pen
from symconv.handout.told import facts, left_out
from symconv.networks.layers.layers import Add, BatchNorm, Conv, GlobalMaxPool, Layer, Linear, MaxPool, Relu
from symconv.networks.losses import (
    AbsoluteError,
    CrossEntropy,
    Huber,
    Loss,
    MeanSquaredError,
    Output,
    SmoothL1,
)
from symconv.networks.network import Network, Parameter
from symconv.study import Study, derive
from symconv.text.prose import LANGUAGES, prose
from symconv.verification.verify import Report


@cache
def study(network: Network) -> Study:
    return derive(network)


def whole(network: Network, language: str) -> Document:
    return handout(study(network), Report(), emitted(), language, None)


@cache
def part(number: int, network: Network, language: str) -> Part:
    """The handout's part 0, on the network, or 1, the way forward, without the parts that nobody looks at here."""
    chapters = (
        (chapter_network.chapter, chapter_forward.chapter)
        if by_hand(study(network))
        else (chapter_layers.chapter_network, chapter_layers.chapter_forward)
    )
    return chapters[number](Pen(study(network), prose(language)))


def told(network: Network, language: str) -> str:
    """Every sentence beside the forward equations."""
    steps = [b for b in part(1, network, language).blocks if isinstance(b, Passage)]
    return " ".join(b.text for step in steps for b in step.blocks if isinstance(b, Paragraph))


SOME_TIMES = (
    "padded", "over_channels", "in_groups", "depthwise", "max_pool_padded", "max_pool_beyond", "avg_pool_padded",
    "avg_pool_beyond", "avg_pool_beyond_padding", "avg_pool_uncounted",
)  # fmt: skip


@pytest.mark.parametrize("name", TOLD)
def test_what_is_true_of_a_layer_and_nothing_else_is_told(name: str) -> None:
    network, wanted = TOLD[name]
    pen = Pen(study(network), prose("en"))
    stages = [s for s in study(network).stages if not is_copy(s.output) and s.output not in ("z", "L")]
    assert list(dict.fromkeys(key for s in stages for key in facts(pen, s))) == wanted
    for language in LANGUAGES:
        text, say = told(network, language), prose(language)
        for key in SOME_TIMES:
            assert text.count(say(f"told.{key}")) == (key in wanted), key


def test_a_turned_kernel_is_told_as_such() -> None:
    turned = derive(TOLD["padded"][0], rotated=True)
    pen = Pen(turned, prose("en"), Options(notation=habits("convolution")))
    assert facts(pen, turned.stages[0]) == ("conv_rotated", "padded")


def test_a_computed_kernel_is_not_turned() -> None:
    plain, turned = (derive(TOLD["a computed kernel"][0], rotated) for rotated in (False, True))
    assert plain.stages == turned.stages
    pen = Pen(turned, prose("en"), Options(notation=habits("convolution")))
    assert facts(pen, turned.stages[1]) == ("conv", "computed_kernel_not_turned")


SQUARES, ALONE = "mean_squared_error", "absolute_error_alone"
SHARES = Array.of([Fraction(1, 2), Fraction(1, 2)])
LOSSES = {  # of two scores, or of one: the loss, its sentence in the part on the network, its name, what is told of it
    "shares": (2, CrossEntropy(probabilities=SHARES), "cross_entropy", "cross_entropy", "cross_entropy_shared"),
    "smooth": (
        2, CrossEntropy(0, label_smoothing=Fraction(1, 2)), "cross_entropy", "cross_entropy", "cross_entropy_shared",
    ),
    "mean": (2, MeanSquaredError(SHARES), *(SQUARES + "_mean", SQUARES, SQUARES + "_mean")),
    "sum": (2, MeanSquaredError(SHARES, "sum"), *(SQUARES + "_sum", "squared_error", SQUARES + "_sum")),
    "absolute": (2, AbsoluteError(SHARES), *("absolute_error_mean", "absolute_error", "absolute_error_mean")),
    "absolute, added": (2, AbsoluteError(SHARES, "sum"), "absolute_error_sum", ALONE, "absolute_error_sum"),
    "absolute, one": (1, AbsoluteError(Array.of([Fraction(1)])), "absolute_error", ALONE, "absolute_error"),
    "huber": (2, Huber(SHARES), "huber_mean", "huber", "huber"),
    "smooth l1": (2, SmoothL1(SHARES, reduction="sum"), "smooth_l1_sum", "smooth_l1", "smooth_l1"),
    "output": (2, Output(), "output_mean", "output", "output_mean"),
    "output, added": (2, Output("sum"), "output_sum", "output", "output_sum"),
    "output, one": (1, Output(), "output", "output", "output"),
    "one": (1, MeanSquaredError(Array.of([Fraction(1)])), *(SQUARES, "squared_error", SQUARES)),
}  # fmt: skip


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_loss_is_told_as_it_is(name: str, language: str) -> None:
    """Averaged or added, of one entry or of many, with one true class or several that share the truth."""
    count, loss, stated, called, sentence = LOSSES[name]
    network = _alone(count, loss)
    say = prose(language)
    titles = [b.title for b in part(1, network, language).blocks if isinstance(b, Passage)]
    noun = say(f"layer.{called}")
    assert titles[-1] == noun[:1].upper() + noun[1:]
    assert say(f"any.{stated}") in repr(part(0, network, language))
    assert told(network, language).count(say(f"told.{sentence}")) == 1


SMOOTHED = {  # of three scores, or of two images
    "class": (CrossEntropy(0, label_smoothing=Fraction(1, 10)), [1, 2, 3]),
    "classes": (CrossEntropy((0, 2), label_smoothing=Fraction(1, 10)), [[1, 2, 3], [0, 1, 0]]),
    "shares": (
        CrossEntropy(probabilities=Array.of([Fraction(1, 2), Fraction(1, 2), Fraction(0)]),
                     label_smoothing=Fraction(1, 10)), [1, 2, 3],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SMOOTHED)
@pytest.mark.parametrize("language", LANGUAGES)
def test_label_smoothing_is_told_with_its_number(name: str, language: str) -> None:
    loss, given = SMOOTHED[name]
    smooth = Network("smooth", Fraction(1), Parameter.of("X", given), (Relu("P"),), loss, batch=name == "classes")
    sentence = prose(language)("any.smoothing", share=r"\tfrac{1}{10}", classes=3)
    for network in (smooth, replace(smooth, loss=replace(loss, label_smoothing=Fraction(0)))):
        blocks = part(0, network, language).blocks
        text = " ".join(b.text for s in blocks if isinstance(s, Passage) for b in s.blocks if isinstance(b, Paragraph))
        assert (sentence in text) == (network is smooth)


@pytest.mark.parametrize("language", LANGUAGES)
def test_smoothing_of_one_class_is_nothing(language: str) -> None:
    network = _alone(1, CrossEntropy(0, label_smoothing=Fraction(1, 10)))
    sentence = prose(language)("any.smoothing_of_one", share=r"\tfrac{1}{10}")
    assert repr(sentence)[1:-1] in repr(part(0, network, language))


LEFT_OUT: dict[str, tuple[Layer, ...]] = {  # of a weight, by what stands behind it
    "": (Linear("z", Parameter.of("W", [[1, 2], [1, -1]])),),
    "relu": (Linear("h", Parameter.of("W", [[1, 2], [1, -1]])), Relu("z")),
    "winners": (Conv("S", Parameter.of("K", [[1, 2]])), MaxPool("P", (2, 1)), Linear("z", Parameter.of("W", [[1]]))),
    "winners_relu": (
        Conv("S", Parameter.of("K", [[1, 2]])),
        Relu("R"),
        GlobalMaxPool("h"),
        Linear("z", Parameter.of("W", [[1]])),
    ),
}


@pytest.mark.parametrize("key", LEFT_OUT)
def test_paths_are_left_out_for_what_stands_on_them(key: str) -> None:
    """A pooling or a ReLU before the weight is on no path from it."""
    before = (MaxPool("M", (1, 1)), Relu("N"))
    given = Parameter.of("X", [[1, 2], [3, 4]] if key.startswith("winners") else [[1], [2]])
    mine = study(Network("left", Fraction(1), given, (*before, *LEFT_OUT[key]), CrossEntropy(0)))
    stage = next(s for s in mine.stages if s.parameters)
    for language in LANGUAGES:
        assert left_out(Pen(mine, prose(language)), stage) == (prose(language)(f"left_out.{key}") if key else "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_share_of_the_probability_is_about_where_it_is_rounded(language: str) -> None:
    for given, key, percent in ([1, -2], "loss_note", 73), ([0, 0], "loss_note_exact", 50):
        network = replace(_alone(2, CrossEntropy(0)), input=Parameter.of("X", given))
        note = prose(language)(f"forward.{key}", target=0, percent=rf"${percent}\,\%$")
        assert repr(note)[1:-1] in repr(part(1, network, language))


def _alone(count: int, loss: Loss) -> Network:
    given = Parameter.of("X", [[1, -2][k] for k in range(count)])
    return Network("alone", Fraction(1), given, (Relu("P"),), loss)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["no parameters", "no parameters, drawn", "parameters", "parameters, drawn"])
def test_where_nothing_learns_nothing_is_said_of_learning(name: str, language: str) -> None:
    """The learning rate, grey cells, the way back to the parameters, one step of learning, traces of parameters."""
    drawn, learns = "drawn" in name, "no" not in name
    network = _alone(2, CrossEntropy(0) if drawn else MeanSquaredError(SHARES))
    if learns:
        network = replace(network, layers=(Linear("z", Parameter.of("W", [[1, 0], [2, 1]])),))
    say = prose(language)
    assert by_hand(study(network)) == drawn
    text = repr(whole(network, language))
    intro = "backward.intro" if drawn else "any.backward"
    ends = {key: say(intro, end=say(f"backward.end_{key}")) for key in ("parameters", "input")}
    said = [say("title.sub"), ends["parameters"], say("symbol.alpha"), say("any.rate", rate="1")]
    said += [say("network.legend_learn")] if drawn else [say("traces.title")]
    for sentence in said:
        assert (sentence.replace("\\", "\\\\") in text) == learns, sentence
    assert (ends["input"] in text) == (not learns)


@pytest.mark.parametrize("read_again", [True, False])
@pytest.mark.parametrize("language", LANGUAGES)
def test_two_paths_are_told_of_a_sum_only_where_there_are_two(read_again: bool, language: str) -> None:
    branch = () if read_again else (Relu("B", input="X"),)
    layers = (Relu("A", input="X"), *branch, Add("Y", "X" if read_again else "A"))
    network = Network("sum", Fraction(1), Parameter.of("X", [1, -2]), layers, Output("sum"))
    assert (prose(language)("told.residual") in told(network, language)) == read_again


def test_a_parameter_that_stood_in_a_layer_before_is_told_where_it_comes_again() -> None:
    held = Parameter.of("V", [[1, 2], [0, 1]])
    layers = (Linear("A", held), Linear("B", held), Linear("C", Parameter.of("W", [[1, 1]])))
    network = Network("held", Fraction(1), Parameter.of("X", [1, -2]), layers, Output("sum"))
    sentence = "The weights $V$ are those of an earlier layer"
    steps = {b.tensor: repr(b) for b in part(1, network, "en").blocks if isinstance(b, Passage)}
    assert {t for t, text in steps.items() if sentence in text} == {"B"}


@pytest.mark.parametrize("name", ["conv once", "conv twice"])
def test_a_kind_that_comes_again_is_announced_only_then(name: str) -> None:
    again = name == "conv twice"
    network = TOLD["again" if again else "later"][0]
    text = repr(whole(network, "en").parts[2])
    assert (prose("en")("any.only_result") in text) == again == ("other constants" in text)


def test_a_single_layer_is_one_layer() -> None:
    text = repr(part(0, _alone(2, MeanSquaredError(SHARES)), "en"))
    assert "The network has one layer; " in text
    assert "1 layers" not in text


@pytest.mark.parametrize(("language", "words"), [("en", "a single number"), ("zh", "化成一个数")])
def test_a_single_score_is_one_number(language: str, words: str) -> None:
    network = replace(_alone(2, CrossEntropy(0)), layers=(Linear("z", Parameter.of("W", [[1, 2]])),))
    text = repr(part(0, network, language))
    assert words in text and "1 classes" not in text and "1 个类别" not in text


def test_of_a_batch_of_vectors_each_entry_has_its_mean() -> None:
    given = Parameter.of("X", [[1, 2], [3, -1]])
    loss = MeanSquaredError(Array((2, 2), (Fraction(0),) * 4))
    network = Network("vectors", Fraction(1), given, (BatchNorm("B"),), loss, batch=True)
    text = repr(part(0, network, "en"))
    assert "the mean of each entry of $X$ over the batch" in text
    assert "the variance of each entry of $X$ over the batch" in text and "channel" not in text


def test_the_columns_of_symbols_are_as_wide_as_their_names() -> None:
    """And fit the page, however long a name is."""
    short, long = (
        symbol_table(((read(name), read(r"2\times1\times3\times3"), "weights", "given"),), "").columns
        for name in ("W", r"W_{\mathrm{block.layer.shortcut.downsample.0}}")
    )
    assert short[0].width < long[0].width and sum(c.width for c in short) == sum(c.width for c in long) == PAGE.main
    assert all(c.width >= TEXT for c in (short[2], long[2]))


@pytest.mark.parametrize(("name", "words"), [
    ("largest of all", "the largest value of $X$"), ("mean of all", "the mean of $X$"),
    ("largest", "the largest value of each channel of $X$"), ("means", "the mean of each channel of $X$"),
    ("norm", "$X$, normalised for each channel"), ("norm of a vector", "$X$, normalised for each entry"),
    ("norm of a vector", "given: a mean for each entry"), ("norm of a vector", "given: a variance for each entry"),
])  # fmt: skip
def test_channels_are_named_where_there_are_some(name: str, words: str) -> None:
    assert f"'{words}'" in repr(part(0, TOLD[name][0], "en"))
