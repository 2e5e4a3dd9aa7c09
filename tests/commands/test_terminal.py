"""What a command says: on a terminal a table and what is being done, in a pipe plain lines and nothing else."""

import sys
from pathlib import Path

import pytest

from symconv.commands import terminal
from symconv.commands.terminal import FAILED, WELL
from symconv.files.files import Written

ROWS = (("[bold]g", "ok"), ("a longer name", "FAILED"))
WRITTEN = Written((Path("a.py"),), (Path("b/c.tex"),), ())
REFUSED = Written((), (), (Path("b/c.html"), Path("d.ipynb")))


def on_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream in (sys.stdout, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")


def test_a_pipe_gets_aligned_lines(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.print_rows(ROWS, ("what", "how"))
    assert capsys.readouterr() == ("[bold]g        ok\na longer name  FAILED\n", "")


def test_a_chinese_character_takes_two_columns(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.print_rows([("卷积", "a"), ("conv", "b"), ("池", "c")])
    assert capsys.readouterr().out == "卷积  a\nconv  b\n池    c\n"


def test_no_rows_are_no_lines(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.print_rows([])
    terminal.complain([])
    assert capsys.readouterr() == ("", "")


def test_cells_need_not_be_text(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.print_rows([(1, 2.5)])  # type: ignore[list-item]
    assert capsys.readouterr().out == "1  2.5\n"


def test_a_terminal_gets_a_table_and_no_markup_is_read(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    on_terminal(monkeypatch)
    terminal.print_rows(ROWS, ("what", "how"))
    out = capsys.readouterr().out
    assert "what" in out and "[bold]g" in out and "a longer name" in out and "\u2500" in out


def test_progress_comes_and_goes_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    on_terminal(monkeypatch)
    with terminal.progress() as say:
        say("[bold]deriving")
    out, err = capsys.readouterr()
    assert out == "" and "[bold]deriving" in err


def test_progress_is_silent_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal.progress() as say:
        say("deriving")
    assert capsys.readouterr() == ("", "")


def test_a_count_has_rate_and_time_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    on_terminal(monkeypatch)
    with terminal.counting("students") as step:
        for done in range(1, 6):
            step(done, 200)
        terminal.complain(["[bold]line 7"])
    out, err = capsys.readouterr()
    assert out == "" and "5/200" in err and "students/s" in err and "left" in err and "[bold]line 7" in err


def test_a_count_is_silent_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal.counting("students") as step:
        step(1, 2)
    assert capsys.readouterr() == ("", "")


def test_progress_lets_an_error_through() -> None:
    with pytest.raises(ZeroDivisionError), terminal.progress():
        _ = 1 / 0


def test_every_file_has_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert terminal.report_written(WRITTEN, Path("o")) == WELL
    assert capsys.readouterr() == ("wrote o/a.py\nunchanged o/b/c.tex\n", "")


def test_what_was_left_alone_is_named_with_what_overwrites_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert terminal.report_written(WRITTEN + REFUSED, Path("o"), force="symconv build --force") == FAILED
    out, err = capsys.readouterr()
    assert out == "wrote o/a.py\nunchanged o/b/c.tex\n"
    assert err.splitlines() == [
        f"o/{name}: edited by hand, left as it is (symconv build --force overwrites it)"
        for name in ("b/c.html", "d.ipynb")
    ]
