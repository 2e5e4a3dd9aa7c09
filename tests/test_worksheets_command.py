"""`symconv worksheets`: what it prints, where, and its exit code. The work is done in this process."""

from collections.abc import Callable
from pathlib import Path

import pytest
from small_job import SmallJob, inline

from symconv.commands import cli
from symconv.worksheets import class_job, processes

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `symconv worksheets` in an empty folder: (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(class_job, "class_job", lambda *_: SmallJob())
    monkeypatch.setattr(processes, "processes", lambda workers: inline())

    def call(*arguments: str, rows: tuple[str, ...] = ("s1,Zoe", "s2,Ann")) -> tuple[int, str, str]:
        Path("r.csv").write_text("\n".join(["id,name", *rows]))
        with pytest.raises(SystemExit) as caught:
            cli.main(["worksheets", "r.csv", "--out", "o", *arguments])
        assert isinstance(caught.value.code, int)
        return (caught.value.code, *capsys.readouterr())

    return call


def test_made_and_made_again(run: Run) -> None:
    assert run() == (0, "2 made, 0 unchanged: o\n", "")
    assert run() == (0, "0 made, 2 unchanged: o\n", "")


def test_bad_rows(run: Run) -> None:
    assert run(rows=("s1,Zoe", "../x,Ann")) == (
        1,
        "1 made, 0 unchanged, 1 row bad: o\n",
        'r.csv line 3: id "../x" cannot be part of a file\'s name\n'
        "  give 1 to 64 of A-Z a-z 0-9 . _ @ + -, a letter or digit first, no two dots in a row, no dot at the end\n",
    )
    assert run(rows=("s1,Zoe", ",", "x"))[:2] == (1, "0 made, 1 unchanged, 2 rows bad: o\n")
    status, out, err = run(rows=(",",))
    assert (status, out) == (2, "") and err.endswith("r.csv: no row of the roster can be used\n")


def test_an_edited_sheet_and_force(run: Run) -> None:
    run()
    Path("o/s1/sheet.tex").write_text("mine")
    said = "o/s1/sheet.tex: edited by hand, left as it is (the same symconv worksheets with --force overwrites it)\n"
    assert run() == (1, "0 made, 2 unchanged: o\n", said)
    assert run("--force") == (0, "1 made, 1 unchanged: o\n", "")


def test_the_same_numbers(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(class_job, "class_job", lambda *_: SmallJob(numbers=1))
    assert run() == (0, "2 made, 0 unchanged: o\n", "lines 2 and 3: s1 and s2 have the same numbers\n")


def test_a_lost_worker(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "processes", lambda workers: inline(2))
    said = "the worker is gone\n  what is written stays, the same command goes on from there\n"
    assert run() == (1, "1 made, 0 unchanged: o\n", said)


def test_ctrl_c(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("symconv.files.files.replace", stop)
    assert run() == (130, "", "stopped: what is written stays, the same command goes on from there\n")


def test_wrong_usage(run: Run) -> None:
    assert run("--workers", "2", "--scheduler", "tcp://x:1") == (
        2, "", "--workers: a cluster has its own workers\n  give --scheduler alone\n"
    )  # fmt: skip
    assert not Path("o").exists()
