"""The formats of a handout, and what a build keeps: with and without TeX, edited and untouched, in any process."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from depth import few
from nets import conv, network

from symconv import build as builds
from symconv.build import Built, build, handouts
from symconv.code.emit import emitted
from symconv.errors import NotSupported
from symconv.files import formats, seals, tex, typst_pdf
from symconv.files.formats import FORMATS, WRITERS
from symconv.handout.habits import habits
from symconv.handout.handout import handout
from symconv.handout.options import Options
from symconv.networks.layers.layers import GlobalMaxPool, Relu
from symconv.study import derive
from symconv.verification.verify import Report

ROOT = Path(__file__).parents[2]
SMALL = network(conv(kernel=(3, 2)), Relu("P"), GlobalMaxPool("h"), shape=(4, 2))
DOCUMENT = handout(derive(SMALL), Report(), emitted(), "en", None)
SOUND = Report(1, dict.fromkeys(("numbers", "digits", "symbols"), 1))
EVERY = ["html", "ipynb", "pdf", "tex"]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without what other tests look at: PyTorch's checks and the code's modules."""
    monkeypatch.setattr(builds, "_cases_shown", lambda study: None)
    monkeypatch.setattr(builds, "code", lambda: {})
    monkeypatch.setattr(builds, "verified", lambda study: SOUND)
    monkeypatch.setattr(tex, "missing", lambda: ("latexmk",))


def built(out: Path, force: bool = False, options: Options = builds.PLAIN) -> Built:
    return build(SMALL, out, ("en",), force, lambda what: None, options)


def files(out: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted((out / "small").iterdir())}


# ------------------------------------------------------------------------------------------------ one document
@pytest.mark.parametrize("format", WRITERS)
def test_text_is_written_under_its_seal(format: str) -> None:
    text = formats.written(DOCUMENT, SMALL, "symconv build small.toml", format)
    assert isinstance(text, str) and not seals.is_edited(text) and seals.is_generated(text)
    assert seals.command_of(text) == "symconv build small.toml" or format == "ipynb"
    assert "symconv build small.toml" in text


def test_the_pdf_is_tex_where_tex_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tex, "missing", tuple)
    monkeypatch.setattr(tex, "compile", lambda source: source.encode())
    assert b"\\documentclass" in formats.pdf(DOCUMENT) == formats.written(DOCUMENT, SMALL, "", "pdf")


def test_the_pdf_is_typst_where_tex_is_not_there_or_lacks_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typst_pdf, "compile", lambda source: b"typst " + source.encode())
    without = formats.pdf(DOCUMENT)
    monkeypatch.setattr(tex, "missing", tuple)

    def lacks(source: str) -> bytes:
        raise NotSupported("this TeX has no ctex.sty")

    monkeypatch.setattr(tex, "compile", lacks)
    assert without == formats.pdf(DOCUMENT) and without.startswith(b"typst ")


def test_handouts_are_named_by_language_and_format() -> None:
    made = handouts(SMALL, ("en", "zh"), FORMATS, ("U[0,0]",), Options(title="T", notation=habits("one")))
    assert sorted(made) == sorted(f"handout.{x}.{f}" for x in ("en", "zh") for f in EVERY)
    for name, text in made.items():
        assert isinstance(text, bytes) if name.endswith("pdf") else "--title T --notation one" in text
    assert isinstance(made["handout.en.pdf"], bytes) and made["handout.en.pdf"].startswith(b"%PDF")


def test_what_is_being_done_is_said() -> None:
    said: list[str] = []
    handouts(SMALL, ("en",), ("html", "tex"), progress=said.append)
    assert said == ["deriving", "verifying", "writing handout.en.html", "writing handout.en.tex"]


# ------------------------------------------------------------------------------------------------ a build
def test_a_build_without_tex_writes_every_format(tmp_path: Path) -> None:
    result = built(tmp_path)
    assert result.ok and not result.written.refused
    assert sorted(files(tmp_path)) == ["handout.en.html", "handout.en.ipynb", "handout.en.pdf", "handout.en.tex",
                                       "network.py", "report.json"]  # fmt: skip
    assert files(tmp_path)["handout.en.pdf"].startswith(b"%PDF")
    rows = dict(result.summary)
    assert rows["pdf"].endswith("small/handout.en.pdf") and rows["html"].endswith("small/handout.en.html")


def test_a_second_build_touches_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That Typst sets the same text the same way is seen of the toy's handouts."""
    monkeypatch.setattr(typst_pdf, "compile", lambda source: b"%PDF" + source.encode())
    built(tmp_path)
    before, times = files(tmp_path), {p.name: p.stat().st_mtime_ns for p in (tmp_path / "small").iterdir()}
    again = built(tmp_path)
    assert again.written.written == () and len(again.written.unchanged) == len(before) == 6
    assert files(tmp_path) == before
    assert {p.name: p.stat().st_mtime_ns for p in (tmp_path / "small").iterdir()} == times


def test_options_are_in_every_handout_and_in_its_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typst_pdf, "compile", lambda source: b"%PDF")
    result = built(tmp_path, options=Options(title="A --> B", detail="brief", notation=habits("numbers,one,delta")))
    assert result.ok
    for name, data in files(tmp_path).items():
        if name.startswith("handout") and not name.endswith("pdf"):
            text = data.decode()
            assert not seals.is_edited(text), name
            command = "symconv build small.toml --title 'A --> B' --detail brief --notation numbers,one,delta"
            assert seals.command_of(text) == command or name.endswith("ipynb")
    page = files(tmp_path)["handout.en.html"].decode()
    assert page.split("\n")[1].count("-->") == 1 and "<h1>A --&gt; B</h1>" in page


@pytest.mark.parametrize("format", few(["html", "ipynb", "tex"], "html", "tex"))
def test_an_edited_handout_is_left_and_named(format: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typst_pdf, "compile", lambda source: b"%PDF")
    built(tmp_path)
    edited = tmp_path / "small" / f"handout.en.{format}"
    mine = edited.read_text("utf-8").replace("the", "teh")
    edited.write_text(mine, "utf-8")
    pdf = tmp_path / "small" / "handout.en.pdf"
    pdf.write_bytes(b"set from the edited text")
    result = built(tmp_path)
    assert not result.ok and [p.name for p in result.written.refused] == [edited.name]
    assert edited.read_text("utf-8") == mine
    assert (pdf.read_bytes() == b"set from the edited text") == (format == "tex")
    assert built(tmp_path, force=True).ok
    assert edited.read_text("utf-8") != mine and pdf.read_bytes().startswith(b"%PDF")


def sums() -> list[str]:
    """Of the text of each handout, in both languages and two notations."""
    sums = []
    for language, options in (("en", Options()), ("zh", Options(notation=habits("numbers,one,delta")))):
        for name, text in builds.handouts(SMALL, (language,), ("html", "ipynb", "tex"), (), options).items():
            assert isinstance(text, str)
            sums.append(f"{name} {hashlib.sha256(text.encode()).hexdigest()}")
    return sums


AGAIN = """
import sys
sys.path.insert(0, "tests")
from tests.files import test_formats
test_formats.builds._cases_shown = lambda study: None
test_formats.builds.verified = lambda study: test_formats.SOUND
print(*test_formats.sums(), sep="\\n")
"""


@pytest.mark.deep
def test_every_process_writes_the_same() -> None:
    """One that has just begun, and this one, which has written much and whose sets have another order."""
    seed = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed}
    fresh = subprocess.run([sys.executable, "-c", AGAIN], cwd=ROOT, env=env, stdout=subprocess.PIPE, check=True)
    here = sums()
    assert fresh.stdout.decode().splitlines() == here and len(here) == 6
