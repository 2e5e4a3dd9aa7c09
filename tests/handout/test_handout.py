"""The handout of the toy and of networks unlike it: complete, in both languages, and the same every time."""

import re
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import product
from pathlib import Path

import any_networks
import networks
import pytest
from as_latex import as_latex
from depth import few
from every_formula import every
from pointwise import of_kind
from studies import study
from told_networks import TOLD, scores

from symconv.array import Array
from symconv.code.emit import emitted
from symconv.derivation.derive import DIFFERENTIATE, SIMPLIFY
from symconv.errors import Broken
from symconv.exercises.sheet import sheet
from symconv.handout.chains import printed
from symconv.handout.chapters.layers import chapter_network
from symconv.handout.document import Chain, Document, FigureRow, Line, Paragraph, Passage, Verified
from symconv.handout.habits import habits
from symconv.handout.handout import handout
from symconv.handout.listings import Listing
from symconv.handout.options import Options
from symconv.handout.pen import Pen
from symconv.handout.pictures import BackwardPicture, NetworkPicture, Window
from symconv.networks.layers.layers import POINTWISE, BatchNorm, Gelu, Interpolate, LayerNorm, Linear, MaxPool, Relu
from symconv.networks.losses import REDUCTIONS, AbsoluteError, Huber, Output, SmoothL1
from symconv.networks.network import CrossEntropy, Layer, Network, Parameter, load
from symconv.study import Study, derive, verified
from symconv.text.prose import LANGUAGES, Prose, prose
from symconv.verification.verify import Report
from symconv.worked.derived import Derived
from symconv.worked.textbook import textbook
from symconv.writers.html.writer import write_html
from symconv.writers.latex.writer import write_latex
from symconv.writers.notebook.writer import write_notebook

CASES = {"conv2d_loop": (3, 3), "conv2d_flatten": (4, 4), "conv2d_batched": (5, 5)}
NETWORKS: dict[str, Network] = {"toy-cnn": load("toy-cnn"), **{name: make() for name, make in networks.ALL.items()}}
STUDIES: dict[str, Study] = {name: study(name) for name in NETWORKS}


@cache
def report(name: str) -> Report:
    return verified(STUDIES[name])


@cache
def made(name: str, language: str) -> Document:
    return handout(STUDIES[name], report(name), emitted(), language, CASES)


def toy(language: str) -> Document:
    return made("toy-cnn", language)


@pytest.mark.parametrize(
    ("name", "language"),
    few(product(NETWORKS, LANGUAGES), *product(["toy-cnn"], LANGUAGES), ("two-kernels", "en"), ("only-linear", "zh")),
)
def test_every_network_gets_a_handout_in_every_language(name: str, language: str) -> None:
    text = write_latex(made(name, language))
    assert text.startswith("%") or text.startswith("\\")
    assert not re.search(r"@[a-z]", text.split(r"\begin{document}")[1])  # no placeholder is left
    assert text == write_latex(made.__wrapped__(name, language))  # made anew


def test_the_toy_shows_its_parts_in_order() -> None:
    say = prose("en")
    titles = [p.title for p in toy("en").parts]
    parts = [say(f"part.{k}") for k in ("network", "forward", "backward", "learning", "code", "general")]
    assert titles == [*parts, say("rules.title")]
    assert [type(b) for b in toy("en").parts[-2].blocks][-1] is Verified


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_convolution_there_is_no_chapter_about_one(language: str) -> None:
    """Nor steps of one among those that are counted in the box; nor does it speak of conditions that there are not."""
    weights = Parameter.of("V", [["1/2", 0, 1], [1, -1, 0]]), Parameter.of("W", [[1, 0], ["1/2", 1]])
    layers = (Linear("a", weights[0]), Relu("h"), Linear("z", weights[1]))
    study = derive(Network("dense", Fraction(1), Parameter.of("x", [1, 2, -1]), layers, CrossEntropy(0)))
    report = verified(study)
    document = handout(study, report, emitted(), language, CASES)
    assert [p.number for p in document.parts] == [1, 2, 3, 4, 5] and not list(every(Listing, document))
    (box,) = every(Verified, document)
    assert report.by_kind == study.verify().by_kind and report.by_kind["conditions seen both ways"] == 0
    shown = sum(len(printed(d)) for d in study.derivations.values())
    assert f"{shown} " in box.lines[0] and " 0 " not in " ".join(box.lines)


def test_every_window_has_its_figure_and_its_sum() -> None:
    windows = as_latex(list(every(Window, toy("en"))))
    assert [w.at for w in windows] == [(0, 0), (1, 0), (2, 0)]
    assert [w.worked.result for w in windows] == [r"\res{\tfrac{5}{2}}", r"\res{\tfrac{3}{2}}", r"\res{-1}"]
    assert windows[0].worked.numbers == (r"\half\cdot1+(-1)\cdot0+\half\cdot2", r"+1\cdot0+1\cdot1+0\cdot(-1)")


def test_the_two_pictures_show_the_whole_chain() -> None:
    (network,) = as_latex(list(every(NetworkPicture, toy("en"))))
    assert [t.symbol for t in network.tensors] == ["X", "S", "P", "h", "z", "y", "L"]
    (backward,) = as_latex(list(every(BackwardPicture, toy("en"))))
    assert [n.symbol for n in backward.nodes] == ["X", "S", "P", "h", "z", "L"]
    assert backward.nodes[1].gradient == ("0.2924", "0", "0")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_line_of_every_derivation_is_printed_with_its_rule(language: str) -> None:
    pen = Pen(STUDIES["toy-cnn"], prose(language))
    lines = [line for chain in every(Chain, toy(language)) for line in chain.lines]
    for stage in pen.study.stages:
        for tensor in pen.derived(stage):
            for line in pen.chain(pen.study.derivations[tensor], pen.marks["bw", tensor]):
                assert line in lines
                assert line.rule or line.continued


def test_equations_are_counted_as_they_are_printed() -> None:
    pen, book = Pen(STUDIES["toy-cnn"], prose("en")), textbook()
    shown = [pen.study.derivations[t] for s in pen.study.stages for t in pen.derived(s)]
    count = sum(len(printed(d)) for d in (*shown, *book.printed))
    (box,) = every(Verified, toy("en"))
    assert f"{count} lines" in box.lines[0]


def test_every_gradient_of_a_parameter_or_a_layer_has_a_step() -> None:
    for name, here in STUDIES.items():
        pen = Pen(here, prose("en"))
        derived = {t for s in here.stages for t in pen.derived(s)}
        assert derived == set(here.derivations), name


def test_marks_are_unique_and_run_from_one() -> None:
    marks = list(Pen(STUDIES["strided"], prose("en")).marks.values())
    assert marks == [str(k + 1) for k in range(len(marks))]


def test_the_numbers_of_the_toy_stand_in_its_handout() -> None:
    text = write_latex(toy("en"))
    for number in (r"\log(1+e)", "1.3133", "0.0029", r"\frac{2e}{5(1+e)}", "0.7076", "-1.0276", "3.9929"):
        assert number in text


def test_the_gradient_is_recognised_as_a_convolution() -> None:
    assert "itself a convolution" in write_latex(toy("en"))
    assert "exchange their parts" in write_latex(made("strided", "en"))


def test_the_code_is_explained_line_by_line() -> None:
    for language in LANGUAGES:
        listings = list(every(Listing, toy(language)))
        assert len(listings) == 3
        for listing in listings:
            assert [x.number for x in listing.lines] == list(range(1, len(listing.lines) + 1))
            assert all(x.note or x.joined for x in listing.lines)


def test_a_single_window_compares_its_own_entries_only() -> None:
    """The last entry, the largest of all, lies outside the one window."""
    network = Network(
        "short", Fraction(1), Parameter.of("X", [[1], [2], [9]]),
        (MaxPool("h", (2, 1)), Linear("z", Parameter.of("W", [[1], [2]]))), CrossEntropy(0),
    )  # fmt: skip
    study = derive(network)
    text = write_latex(handout(study, verified(study), emitted(), "en", CASES))
    assert r"\max\bigl(1,\ 2\bigr)=\res{2}" in text


def test_without_torch_the_handout_says_so() -> None:
    study = STUDIES["toy-cnn"]
    text = write_latex(handout(study, verified(study), emitted(), "en", None))
    assert "PyTorch was not installed" in text


@pytest.mark.parametrize("layer", [BatchNorm("b"), Gelu("a")], ids=["root", "normal"])
def test_what_is_computed_with_digits_is_told_truly_of_every_function(layer: Layer) -> None:
    """No function is named as if each such step held it."""
    study = derive(scores(layer, inputs=8, shape=(2, 2, 2)))
    report = verified(study)
    assert report.by_kind["digits"]
    for language, words in (("en", "numbers are no fractions, such as"), ("zh", "一类无理数")):
        (box,) = every(Verified, handout(study, report, emitted(), language, CASES))
        assert sum(words in line for line in box.lines) == 1 and not any("$e$" in line for line in box.lines)


FAULTS = [
    str(Path(__file__).parents[1] / f"faults/{name}.toml")
    for name in ("avg-pool-of-a-row", "no-parameters-cross-entropy", "one-score")
]
PAGES = ("toy-cnn", "strided", "only-linear", "column")  # drawn, wide, without a convolution, in decimals
SPECIAL = {  # said of other networks, of rules that none of these needs, where kernels are turned, or without PyTorch
    "verified.digits",
    *("meaning.batch_mean_entry", "meaning.batch_variance_entry", "shown.alike", "shown.about_alike"),
    *("learning.loss_same", "learning.loss_rose", "learning.stayed", "forward.more", "code.unchecked", "traces.on"),
    *(
        "rule.product_rule",
        "rule.scalar_function",
        "rule.domains",
        "any.mean_squared_error",
        "any.mean_squared_error_sum",
    ),
    *("told.mean_squared_error_sum", "left_out.relu", "left_out.winners", "any.smoothing_of_one"),
    "code.not_transposed",
    *("any.binary_cross_entropy", "any.binary_cross_entropy_mean"),
}

ELSEWHERE = ("mistake.", "grade.", "reference.", "usage.", "option.")  # sentences of no handout
# of many networks those that together say every sentence of a layer, a loss or a rule
SAYING = (
    "column", "logistic", "moved", "one_dimension", "positive", "roots", "shares", "smooth", "straight", "ties",
    "together", "transposed", "twice", "vectors", "volume", "normalised", "unpooled", "unrolled", "products", "limited",
    "grids", "stopped",
)  # fmt: skip
TELLING = (
    "depthwise", "groups", "max, beyond its padding", "mean, beyond", "mean, beyond its padding", "norm, both",
    "norm, shifted", "bias", "one bias", "means", "mean of all", "largest of all",
    "a computed kernel, padded",
)  # fmt: skip


def test_every_rule_has_its_name_in_both_languages() -> None:
    for language in LANGUAGES:
        used = {rule.name for rule in (*DIFFERENTIATE, *SIMPLIFY)}
        assert {f"rule.{name}" for name in used} <= set(prose(language).sentences)


@pytest.mark.deep
def test_every_sentence_is_said_somewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the handout, on its page, or in its notebook; as books write it, or otherwise."""
    said: set[str] = set()

    class Recorder(Prose):
        def __call__(self, key: str, **values: object) -> str:
            said.add(key)
            return super().__call__(key, **values)

    recorder = Recorder("en", prose("en").sentences)
    for place in ("handout.handout", "exercises.sheet", "writers.html.writer", "writers.notebook.writer"):
        monkeypatch.setattr(f"symconv.{place}.prose", lambda _: recorder)
    turned = Options(notation=habits("convolution,one"))
    other = Options(detail="brief", notation=habits("numbers,one,delta"))
    documents = {name: made.__wrapped__(name, "en") for name in NETWORKS}
    documents["toy-cnn, otherwise"] = handout(STUDIES["toy-cnn"], Report(), emitted(), "en", None, (), other)
    handout(STUDIES["toy-cnn"], Report(), emitted(), "en", None, (("U", (0, 0)),), other)
    turn = [derive(n, rotated=True) for n in (NETWORKS["toy-cnn"], TOLD["padded"][0], TOLD["a computed kernel"][0])]
    documents["toy-cnn, turned"], *_ = (handout(s, Report(), emitted(), "en", None, (), turned) for s in turn)
    for name in SAYING:
        documents[name] = handout(study(name), Report(), emitted(), "en", None)
    for network in (*(TOLD[name][0] for name in TELLING), *map(load, FAULTS)):
        handout(derive(network), Report(), emitted(), "en", None)
    unsaid = [of_kind(x.kind, f"P{k}") for k, x in enumerate(POINTWISE) if f"told.{x.kind}" not in said]
    if unsaid:  # functions that are new
        handout(derive(scores(*unsaid, inputs=8, shape=(2, 2, 2))), Report(), emitted(), "en", None)
    further = LayerNorm("n", (4,)), Interpolate("u", (3, 2, 3))
    for network in (scores(*further, inputs=36, shape=(2, 2, 2, 4)), any_networks.stopped(6)):
        handout(derive(network), Report(), emitted(), "en", None)
    for one, reduction, kind in product((True, False), REDUCTIONS, (AbsoluteError, Huber, SmoothL1, Output)):
        target = () if kind is Output else (Array.of([Fraction(1)] if one else [Fraction(1), Fraction(0)]),)
        ends = Linear("z", Parameter.of("W", [[1, 2]] if one else [[1, 2], [0, 1]]))
        network = Network("n", Fraction(1), Parameter.of("X", [1, 2]), (ends,), kind(*target, reduction=reduction))
        handout(derive(network), Report(), emitted(), "en", None)
    write_html(documents["moved"])  # with figures of where entries stand
    for name in (*PAGES, "toy-cnn, turned", "toy-cnn, otherwise"):
        write_html(documents[name])
        write_notebook(documents[name], {**NETWORKS, "column": any_networks.column()}[name.partition(",")[0]])
    for name, level, solved in (
        ("toy-cnn", 1, False),
        ("only-linear", 2, False),
        ("toy-cnn", 3, False),
        ("toy-cnn", 1, True),
    ):
        write_html(
            replace(
                sheet(STUDIES[name], "en", level, solved, Options(detail="full" if solved else "brief")).document,
                key="{}",
            )
        )
    own = {key for key in recorder.sentences if not key.startswith(ELSEWHERE)}
    assert sorted(own - said - SPECIAL) == []


def test_a_step_that_does_not_hold_stops_the_handout() -> None:
    study = STUDIES["toy-cnn"]
    d = study.derivations["W"]
    wrong = replace(d, steps=(*d.steps[:-1], replace(d.steps[-1], after=2 * d.steps[-1].after)))
    with pytest.raises(Broken, match="does not hold"):
        verified(replace(study, derivations={**study.derivations, "W": wrong}))


def test_wide_parts_are_laid_out_in_rows() -> None:
    rows = list(every(FigureRow, made("strided", "en")))
    assert any(len(r.figures) > 3 for r in rows)
    assert isinstance(STUDIES["strided"], Derived)
    assert all(isinstance(x, Passage | Line) for x in [*every(Passage, toy("en"))][:1])


def test_the_general_convolution_says_what_was_simple_before() -> None:
    """Only where the network's own kernels move by one, without padding or dilation."""
    simple = prose("en")("general.intro_simple")
    said = {name: any(p.text.startswith(simple) for p in every(Paragraph, made(name, "en"))) for name in NETWORKS}
    assert said["toy-cnn"] and said["two-kernels"] != said["strided"] and not said["strided"]


def test_the_class_that_is_the_truth_is_told() -> None:
    """A number for each image of a batch, if they are classes and few."""
    first = {name: chapter_network(Pen(study(name), prose("en"))) for name in ("grouped", "one_image", "logistic")}
    texts = {name: " ".join(p.text for p in every(Paragraph, part)) for name, part in first.items()}
    loss = study("grouped").network.loss
    assert isinstance(loss, CrossEntropy) and isinstance(loss.target, tuple)
    assert f"the classes ${', '.join(map(str, loss.target))}$" in texts["grouped"]
    assert "The target is class $" in texts["one_image"] and "class $" not in texts["logistic"]
