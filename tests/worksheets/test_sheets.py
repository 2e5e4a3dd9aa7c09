"""A class's sheets: each student's own, the same everywhere, and every printed number what PyTorch computes."""

import json
import pickle
import re
from dataclasses import replace
from fractions import Fraction
from functools import cache

import mpmath
import networks
import pytest
import torch
from printed import read
from studies import study

from symconv.check.torch_network import autograd
from symconv.errors import Broken, NotSupported, SpecError
from symconv.exercises.page_key import veiled
from symconv.handout.habits import habits
from symconv.handout.options import Options
from symconv.networks.network import Network, load
from symconv.sampling.draw import Drawer
from symconv.worked.derived import derived
from symconv.worksheets.class_job import class_job
from symconv.worksheets.sheets import LARGEST, ClassSheets, Maker, class_sheets, decimal

TOY = study("toy-cnn")
BRIEF = Options(detail="brief", author="A. B.")
IDS = [f"2026-{k * k + 7}" for k in range(12)]
HALF = 5.1e-5  # what rounding to four decimals may take


@cache
def sheets(language: str = "en", formats: tuple[str, ...] = ("tex", "html"), level: int = 1) -> ClassSheets:
    return class_sheets(TOY, language, formats, level, BRIEF)


@cache
def maker() -> Maker:
    return Maker(sheets())


def by_torch(network: Network) -> dict[str, list[float]]:
    """Every number of a network under the names of the answer key, by PyTorch's layers and autograd."""
    tensors = autograd(torch, network)
    found = {name: t.detach() for name, t in tensors.items()}
    found |= {f"dL/d{name}": t.grad for name, t in tensors.items() if (t.is_leaf or t.retains_grad) and t.requires_grad}
    rate = float(network.learning_rate)
    moved = {p: (tensors[p] - rate * tensors[p].grad).detach() for p in TOY.parameters}
    x = torch.nn.functional.conv2d(tensors["X"].detach()[None, None], moved["U"][None, None])[0, 0]
    p = x.relu()
    z = moved["W"] @ p.max().reshape(1)
    after = {"S": x, "P": p, "h": p.max(), "z": z, "y": z.softmax(0), "L": z.logsumexp(0) - z[network.loss.target]}  # type: ignore[union-attr]
    found |= {f"{name}'": t for name, t in {**moved, **after}.items()}
    return {name: t.flatten().tolist() for name, t in found.items()}


@pytest.mark.parametrize("id", IDS)
def test_every_printed_number_is_pytorchs(id: str) -> None:
    """Of the answer key, and of the solution as it is printed, whose every line is computed once more."""
    made, known = maker()(id, ""), by_torch(Drawer(TOY).draw(id))
    columns: dict[str, list[str]] = {}
    for column, text in made.key.items():
        columns.setdefault(column.partition("[")[0], []).append(text)
    assert len(columns) == 6 + 6 + 2 + 6  # values, gradients, parameters and values after the update
    for name, texts in columns.items():
        assert [float(t) for t in texts] == pytest.approx(known[name], abs=HALF), name
    solution = made.files[f"solutions/{id}.tex"]
    assert isinstance(solution, str)
    results = {re.sub(r"\\,|\s", "", left): parts for left, parts in read(solution).items() if None not in parts}
    assert len(results) >= 3 + 3 + 1 + 2 + 2 + 1 + 2 + 2 + 1 + 3 + 3 + 6
    assert results.pop("i^{*}") == [known["P"].index(max(known["P"]))]
    for left, parts in results.items():
        tensor, _, place = left.replace(r"\dL{", "dL/d").replace("}", "").rstrip("]").partition("[")
        entries = known[tensor]
        columns_of_u = 3
        at = [int(k) for k in place.split(",")] if place else [0]
        expected = entries[at[0] * columns_of_u + at[1] if len(at) == 2 else at[0]]
        assert parts[-1] == pytest.approx(expected, abs=HALF), left
        assert max(parts) - min(parts) < 1e-3 * max(1, abs(expected)), left  # type: ignore[type-var, operator, arg-type]


def test_a_wrong_number_of_the_key_would_be_seen() -> None:
    known, key = by_torch(Drawer(TOY).draw(IDS[0])), maker()(IDS[1], "").key
    assert [float(key[f"S[{k}]"]) for k in range(3)] != pytest.approx(known["S"], abs=HALF)


def test_the_same_id_gives_the_same_sheets_in_any_process() -> None:
    again = pickle.loads(pickle.dumps(sheets()))
    assert again.digest == sheets().digest
    made = again.maker()
    made("somebody-else", "X")
    assert made("s7", "Ada") == maker()("s7", "Ada")
    assert made("s7", "Ada").drawn != made("s8", "Ada").drawn


@pytest.mark.deep
def test_another_shape_level_language_or_heading_is_another_job() -> None:
    slower = derived(replace(load("toy-cnn"), learning_rate=Fraction(1, 2)))
    others = [
        class_sheets(slower, "en", ("tex", "html"), 1, BRIEF),
        sheets("zh"),
        sheets(level=2),
        sheets(formats=("html",)),
        class_sheets(TOY, "en", ("tex", "html"), 1, Options()),
    ]
    assert len({sheets().digest, *(s.digest for s in others)}) == 6


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_page_is_small_and_knows_the_answers(language: str) -> None:
    made = sheets(language, ("html",)).maker()
    for id in ("a", "b7", "2026.001"):
        files = made(id, "Ada Lovelace").files
        assert set(files) == {f"exercises/{id}.html", f"solutions/{id}.html"}
        assert all(len(text.encode()) <= LARGEST for text in files.values())  # type: ignore[union-attr]
        page = str(files[f"exercises/{id}.html"])
        key = json.loads(veiled(re.findall('class="key">(.*?)</script>', page)[0]))
        assert len(key["right"]) == page.count("<input") == 88 and sum(map(len, key["wrong"])) > 60
        assert f"Ada Lovelace ({id})" in page and "A. B." in page
        words = " ".join(key["said"])
        assert ("忘了" in words) == (language == "zh") and ("forgotten" in words) == (language == "en")


def test_the_shape_s_own_numbers_make_no_other_job() -> None:
    mine = replace(load("toy-cnn"), name="mine")
    other = replace(mine, input=replace(mine.input, value=mine.input.value.map(lambda x: x + 1)))
    one, two = (class_sheets(derived(n), "en", ("tex",), 1, BRIEF).digest for n in (mine, other))
    assert one == two


def test_a_book_that_turns_kernels_has_the_same_network_for_an_id() -> None:
    turned = class_sheets(TOY, "en", ("tex",), 1, replace(BRIEF, notation=habits("convolution"))).maker()("s1", "")
    plain = maker()("s1", "")
    assert turned.drawn == plain.drawn and turned.key["S[0]"] == plain.key["S[0]"]
    assert turned.key["dL/dU[0,0]"] == plain.key["dL/dU[1,2]"]  # of the kernel as it is printed


def test_what_marks_the_places_of_a_form_is_no_heading() -> None:
    with pytest.raises(SpecError, match="is what sheets are marked with inside"):
        class_sheets(TOY, "en", ("html",), 1, Options(course="symconv-key-here"))


def test_a_shape_is_verified_before_anything_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(study: object) -> None:
        raise Broken("a step does not hold")

    monkeypatch.setattr("symconv.worksheets.class_job.verified", wrong)
    with pytest.raises(Broken):
        class_job(load("toy-cnn"), "en", ("html",), 1, BRIEF, lambda what: None)


def test_unlikely_mistakes_are_no_diagnosis() -> None:
    page = str(maker()("s1", "").files["exercises/s1.html"])
    said = json.loads(veiled(re.findall('class="key">(.*?)</script>', page)[0]))["said"]
    assert any("flipped" in words for words in said)
    assert not any("gradient of S is given" in w or "every sign" in w or "dilation" in w for w in said)


@pytest.mark.parametrize("name", ["Łukasz Dvořák", "Zoë Çelik", "Ångström"])
def test_a_european_name_is_set(name: str) -> None:
    made = sheets("en", ("tex", "pdf"), 3).maker()("s1", name)
    assert isinstance(made.files["exercises/s1.pdf"], bytes)
    assert "Łukasz" not in str(made.files["exercises/s1.tex"])  # T1 has no such letter, but TeX a command


def test_a_sign_without_a_glyph_is_said() -> None:
    with pytest.raises(SpecError, match="the fonts of pdf have no"):
        sheets("en", ("pdf",), 3).maker()("s1", "\U0001f600 Ann")


def test_a_name_is_text_and_nothing_else() -> None:
    made = maker()("s1", r"O'Neil & <Söhne> \input{x} $1")
    assert "O&#39;Neil &amp; &lt;Söhne&gt; \\input{x} $1 (s1)" in str(made.files["exercises/s1.html"])
    tex = str(made.files["exercises/s1.tex"])
    assert r"O'Neil \& <Söhne> \textbackslash{}input\{x\} \$1 (s1)" in tex


def test_a_chinese_name_in_an_english_sheet_has_its_fonts() -> None:
    files = maker()("s1", "王小明").files
    assert "ctex" in str(files["exercises/s1.tex"]) and "ctex" not in str(
        maker()("s1", "Ada").files["exercises/s1.tex"]
    )
    assert "王小明 (s1)" in str(files["solutions/s1.html"])


def test_a_name_without_a_font_is_said() -> None:
    with pytest.raises(SpecError, match="the fonts of tex have no 'م'\n  spell it"):
        maker()("s1", "محمد")
    assert "محمد" in str(sheets("en", ("html",)).maker()("s1", "محمد").files["exercises/s1.html"])


def test_a_pdf_is_one() -> None:
    files = sheets("en", ("pdf",), 3).maker()("s1", "Ada").files
    assert all(isinstance(f, bytes) and f.startswith(b"%PDF") for f in files.values()) and len(files) == 2
    assert files == pickle.loads(pickle.dumps(sheets("en", ("pdf",), 3))).maker()("s1", "Ada").files


@pytest.mark.deep
def test_a_larger_network_has_larger_pages() -> None:
    files = class_sheets(derived(networks.two_kernels()), "en", ("html",), 2, BRIEF).maker()("s1", "").files
    assert len(str(files["exercises/s1.html"])) > LARGEST


def test_what_cannot_be_drawn_is_said_at_once() -> None:
    still = replace(networks.only_linear(), learning_rate=Fraction(0))
    with pytest.raises(NotSupported, match="it does not learn"):
        class_sheets(derived(still), "en", ("html",), 1, BRIEF)


@pytest.mark.parametrize(("x", "text"), [(0, "0"), (5, "5"), (-1.5, "-1.5"), (10, "10"), (0.125, "0.125")])
def test_decimals_of_exact_numbers_are_all_there(x: float, text: str) -> None:
    assert decimal(Fraction(x)) == text


def test_other_numbers_have_four_decimals() -> None:
    assert decimal(mpmath.e) == "2.7183" and decimal(-mpmath.mpf(1) / 3) == "-0.3333"
