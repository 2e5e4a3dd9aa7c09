"""TeX: what is said where it is missing, how its log is judged, and (with TeX) what a document may not do."""

import os
import stat
import time
from pathlib import Path

import pytest

from symconv.errors import Broken, NotSupported
from symconv.files import tex

needs_tex = pytest.mark.skipif(bool(tex.missing()), reason="TeX is not installed")
PAGE = "\\documentclass{article}\n\\begin{document}\n%s\n\\end{document}\n"


def test_where_tex_is_missing_the_message_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert tex.missing() == ("latexmk", "xelatex")
    with pytest.raises(NotSupported, match=r"latexmk and xelatex not found.*\n.*apt-get install latexmk texlive"):
        tex.compile(PAGE % "x")


def stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """A latexmk that does what `script` says."""
    for name in tex.PROGRAMS:
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def test_the_pdf_and_the_log_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, monkeypatch, "printf %%PDF > handout.pdf; echo fine > handout.log")
    assert tex.typeset("x") == tex.Typeset(b"%PDF", "fine\n")


def test_tex_runs_without_a_shell_and_reads_nothing_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXINPUTS", "/hostile")
    stand_in(
        tmp_path, monkeypatch, 'echo "$@" > handout.pdf; env > handout.log; pwd >> handout.log; ls -a >> handout.log'
    )
    done = tex.typeset("x")
    assert b"-no-shell-escape" in done.pdf and b"-norc" in done.pdf
    assert "openin_any=p\n" in done.log and "openout_any=p\n" in done.log and "TEXINPUTS" not in done.log
    assert "symconv-" in done.log and "handout.tex\n" in done.log


def ends(state: Path, within: float = 10) -> bool:
    """Whether a killed process is gone soon: the kernel may still be taking it down when the call returns."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        try:
            if " Z " in state.read_text():
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.02)
    return False


def test_a_hanging_tex_ends_with_all_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child = tmp_path / "child"
    stand_in(tmp_path, monkeypatch, f"sleep 60 & echo $! > {child}; wait")
    started = time.monotonic()
    with pytest.raises(Broken, match="within 1 seconds"):
        tex.compile("x", timeout=1)
    assert time.monotonic() - started < 20
    state = Path(f"/proc/{child.read_text().strip()}/stat")
    assert ends(state), "the child outlives the time-out"


@pytest.mark.parametrize(
    ("log", "kind", "named"),
    [
        ("./handout.tex:3: Undefined control sequence.\nl.3 \\oops", Broken, "handout.tex:3: Undefined control"),
        ("! LaTeX Error: File `ctexart.cls' not found.", NotSupported, "ctexart.cls"),
        ('! Package fontspec Error: The font "FandolSong" cannot be found.', NotSupported, "FandolSong"),
        ("nothing", Broken, "no error message"),
    ],
)
def test_a_failure_names_its_reason(
    log: str, kind: type[Exception], named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "log").write_text(log)
    stand_in(tmp_path, monkeypatch, f"cp {tmp_path}/log handout.log; exit 12")
    with pytest.raises(kind, match=named.replace(".", r"\.")):
        tex.compile("x")


@pytest.mark.parametrize(
    "line",
    [
        r"Overfull \hbox (5.01pt too wide) in paragraph at lines 3--4",
        r"Overfull \vbox (12.0pt too high) has occurred while \output is active []",
        "Missing character: There is no \u4e2d (U+4E2D) in font cmr10!",
        "LaTeX Warning: Reference `eq:1' on page 1 undefined on input line 3.",
        "LaTeX Warning: Citation `knuth' on page 1 undefined on input line 3.",
        "LaTeX Warning: There were undefined references.",
        "LaTeX Warning: Label `a' multiply defined.",
    ],
)
def test_the_log_tells_what_a_reader_would_notice(line: str) -> None:
    assert tex.complaints(f"This is XeTeX\n{line}\n{line}\nOutput written") == [line]


@pytest.mark.parametrize(
    "line",
    [
        r"Overfull \hbox (5.0pt too wide) in paragraph at lines 3--4",
        r"Overfull \hbox (0.3pt too wide) detected at line 9",
        r"Underfull \hbox (badness 10000) in paragraph at lines 3--4",
        "LaTeX Font Warning: Some font shapes were not available",
        "Package: missing 2000/01/01 Missing",
    ],
)
def test_the_log_is_not_read_too_strictly(line: str) -> None:
    assert tex.complaints(line) == []


@needs_tex
def test_a_page_compiles_and_its_log_is_clean() -> None:
    done = tex.typeset(PAGE % r"$x$ \label{a} \ref{a}")
    assert done.pdf.startswith(b"%PDF") and tex.complaints(done.log) == []


@needs_tex
def test_a_bad_page_is_complained_about() -> None:
    done = tex.typeset(PAGE % (r"\ref{nowhere} \hbox to 1pt{\rule{9cm}{1pt}} " + "\u4e2d"))
    found = "\n".join(tex.complaints(done.log))
    assert "nowhere" in found and "Overfull" in found and "Missing character" in found


@needs_tex
@pytest.mark.parametrize(
    "attack",
    [
        r"\immediate\write18{touch gone}\oops",
        r"\input{/etc/passwd}",
        r"\newread\f\openin\f=/etc/passwd \ifeof\f\oops\fi",
    ],
)
def test_a_hostile_page_gets_nothing(attack: str) -> None:
    with pytest.raises((Broken, NotSupported)):
        tex.compile(PAGE % attack)


@needs_tex
def test_an_endless_page_is_stopped() -> None:
    with pytest.raises(Broken, match="did not finish"):
        tex.compile(PAGE % r"\def\x{\x}\x", timeout=1)
