"""What is committed in generated/ is what symconv writes, to the byte, and it runs."""

import re
from pathlib import Path

import pytest

from symconv.build import Built, build, code
from symconv.code.operations import GENERATED as emitted_ones
from symconv.files import seals, tex
from symconv.networks.network import load
from symconv.study import code_rows
from symconv.text.prose import LANGUAGES

GENERATED = Path(__file__).parents[1] / "generated"


def committed() -> dict[str, bytes]:
    kept = [p for p in sorted(GENERATED.rglob("*")) if p.suffix in (".py", ".tex", ".json", ".html", ".ipynb")]
    return {p.relative_to(GENERATED).as_posix(): p.read_bytes() for p in kept}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Built, Path]:
    """A build without TeX, whose PDFs are not committed."""
    out = tmp_path_factory.mktemp("out")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tex, "missing", lambda: ("latexmk",))
        return build(load("toy-cnn"), out, LANGUAGES, False, lambda _: None), out


def test_a_build_writes_the_committed_files_to_the_byte(built: tuple[Built, Path]) -> None:
    _, out = built
    assert {p: (out / p).read_bytes() == text for p, text in committed().items()} == dict.fromkeys(committed(), True)
    written = {p.relative_to(out).as_posix() for p in out.rglob("*.*")}
    assert written - set(committed()) == {f"toy-cnn/handout.{language}.pdf" for language in LANGUAGES}


def test_the_summary_says_what_was_done(built: tuple[Built, Path]) -> None:
    summary = dict(built[0].summary)
    assert built[0].ok and not built[0].problems
    assert summary["derived"].startswith("7 gradients of toy-cnn")
    assert "all hold" in summary["verified"] and summary["checked"].endswith("comparisons with PyTorch passed")
    assert summary["pdf"].endswith("handout.zh.pdf") and summary["html"].endswith("handout.zh.html")


def test_the_readme_shows_this_summary(built: tuple[Built, Path]) -> None:
    readme = (GENERATED.parent / "README.md").read_text("utf-8")
    for name in ("derived", "verified", "checked"):
        assert f"{name:<10}{dict(built[0].summary)[name]}\n" in readme


def test_a_second_build_writes_nothing(built: tuple[Built, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tex, "missing", lambda: ("latexmk",))
    again = build(load("toy-cnn"), built[1], LANGUAGES, False, lambda _: None)
    assert again.written.written == () and len(again.written.unchanged) == len(committed()) + len(LANGUAGES)


def test_an_edited_file_is_kept_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tex, "missing", lambda: ("latexmk",))
    edited = tmp_path / "toy-cnn" / "handout.en.tex"
    edited.parent.mkdir()
    edited.write_text((GENERATED / "toy-cnn" / "handout.en.tex").read_text("utf-8") + "% mine\n", "utf-8")
    result = build(load("toy-cnn"), tmp_path, ("en",), False, lambda _: None)
    assert not result.ok and [p.name for p in result.written.refused] == ["handout.en.tex"]
    assert edited.read_text("utf-8").endswith("% mine\n")
    assert build(load("toy-cnn"), tmp_path, ("en",), True, lambda _: None).ok


def test_the_committed_code_runs_and_agrees_with_torch() -> None:
    """What is compared is the code that is emitted, and so, to the byte, the committed one."""
    assert {p.name: p.read_text("utf-8") for p in GENERATED.glob("*.py")} == code()
    rows = code_rows()
    assert {row.group for row in rows} == {f"{op}_{form}" for op, form in emitted_ones}
    assert len(rows) == 836 and not [r for r in rows if not r.passed]


def test_no_committed_file_was_edited_by_hand() -> None:
    assert not [name for name, text in committed().items() if seals.is_edited(text.decode())]


def test_nothing_committed_names_a_machine_or_a_day() -> None:
    for name, text in committed().items():
        readable = re.sub(rb"base64,[A-Za-z0-9+/=]+", b"", text)
        assert not re.search(rb"/(work|home|tmp|usr)\b|(?<![\d.])202\d\b", readable), name
