"""The streams that a command finds: closed, full or left, each has its exit code and at most one line, never a
traceback; and a terminal of any width gets its help."""

import errno
import os
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest
from depth import few

from symconv.commands import cli, streams

ROOT = Path(__file__).parents[2]
MODULE = "-m symconv"
ALONE = (
    "-c 'from symconv import build, study; build.code_rows = study.code_rows = tuple; "
    "from symconv.commands.cli import main; main()'"
)
# `check` without that of all emitted code, which takes its time and whose rows are printed with the network's own
CLOSED = "stdout is closed: give it a file or a terminal, or > /dev/null\n"
FULL = "stdout cannot be written: No space left on device\n"
WORKSHEETS = "worksheets roster.csv --network small.toml --out sheets"
QUICK = ("--help", "--version", "bench --help", "doctor", "new --seed 1", "generate --form loop --kernel 3")
COMMANDS = (  # each says something on stdout, and some write files as well
    *QUICK, "check small.toml", "grade small.toml answers.toml", "generate --form loop",
    "handout small.toml --lang en --exercise", WORKSHEETS,
)  # fmt: skip
SMALL = """name = "small"
learning_rate = 1
input = { name = "X", value = [1, 2] }
layers = [{ type = "linear", name = "z", weight = { name = "W", value = [[1, 0], [0, 1]] } }]
loss = { type = "cross_entropy", target = 0 }
"""


def shell(line: str, place: Path, start: str = MODULE, **environment: str) -> tuple[int, str, str]:
    """(exit code, stdout, stderr) of `symconv line`, redirections included."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    command = f'"{sys.executable}" {start} {line}'
    done = subprocess.run(["bash", "-c", command], cwd=place, env=env, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "small.toml").write_text(SMALL)
    (tmp_path / "answers.toml").write_text("[values]\nz = [1, 2]\n")
    (tmp_path / "roster.csv").write_text("id\na\n")
    return tmp_path


def tree(place: Path) -> list[str]:
    return sorted(path.relative_to(place).as_posix() for path in place.rglob("*"))


@pytest.mark.parametrize("command", few(COMMANDS, "--help", "check small.toml", WORKSHEETS))
def test_a_closed_stdout_is_said_and_nothing_is_written(command: str, place: Path) -> None:
    before = tree(place)
    assert shell(f"{command} >&-", place) == (2, "", CLOSED)
    assert shell(f"{command} >&- 2>&- <&-", place) == (2, "", "")
    assert tree(place) == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize(
    "command, unbuffered",
    few(
        [*product(COMMANDS, [""]), *product(QUICK, ["1"])],
        ("doctor", ""),
        (QUICK[0], "1"),
    ),
)
def test_a_full_stdout_is_one_line(command: str, unbuffered: str, place: Path) -> None:
    start = ALONE if command.startswith("check") else MODULE
    assert shell(f"{command} >/dev/full", place, start, PYTHONUNBUFFERED=unbuffered) == (2, "", FULL)
    assert all(not path.name.startswith(".") or path.name == ".worksheets" for path in place.rglob("*"))


def test_where_neither_stream_takes_anything_the_exit_code_says_it(place: Path) -> None:
    for command in ("nope", "--version"):
        assert shell(f"{command} >/dev/full 2>/dev/full", place) == (2, "", "")


@pytest.mark.deep
@pytest.mark.parametrize("closed", ["2>&-", "<&-", "2>&- <&-"])
def test_without_stderr_or_stdin_a_command_does_its_work(closed: str, place: Path) -> None:
    assert shell(f"--version {closed}", place)[:2] == (0, "symconv 0.1.0\n")
    made = f"worksheets roster.csv --network small.toml --out sheets {closed}"
    assert shell(made, place)[:2] == (0, "1 made, 0 unchanged: sheets\n")
    assert shell(f"check no.toml {closed}", place)[:2] == (2, "")
    assert "Traceback" not in "".join(p.read_text(errors="replace") for p in place.rglob("*") if p.is_file())


@pytest.mark.parametrize("command", few(["--help", "doctor", "generate --form loop --kernel 3"], "doctor"))
def test_a_reader_who_leaves_is_no_error(command: str, place: Path) -> None:
    for unbuffered in ("", "1"):
        left = shell(f"{command} | true; exit ${{PIPESTATUS[0]}}", place, PYTHONUNBUFFERED=unbuffered)
        assert left == (0, "", "")


@pytest.mark.parametrize("width", few(["0", "1", "-5", "abc", "7", "\u00b2", "9" * 9, "9" * 99], "abc"))
def test_help_at_any_width(width: str, place: Path) -> None:
    every = ("build", "check", "bench", "handout", "grade", "worksheets", "new", "doctor")
    for command in ("", "generate", *(every if width in ("1", "7") else ())):
        status, out, err = shell(f"{command} --help", place, COLUMNS=width, LINES=width)
        assert (status, err) == (0, "") and out.startswith("Usage: symconv") and len(out) < 20_000


@pytest.mark.parametrize(
    ("given", "kept"),
    [("0", None), ("abc", None), ("", None), ("-1", None), ("7", "40"), ("100", "100"), ("100000", "400")],
)
def test_the_width_that_is_kept(given: str, kept: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", given)
    streams.fit_width()
    assert os.environ.get("COLUMNS") == kept


def test_a_tiny_terminal_has_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr(streams.os, "get_terminal_size", lambda _: os.terminal_size((3, 3)))
    monkeypatch.setattr(sys.stdout, "fileno", lambda: 1, raising=False)
    streams.fit_width()
    assert os.environ.pop("COLUMNS") == "40"


def test_an_error_that_is_not_of_stdout_is_not_taken_for_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(streams.Unwritable, match="No space"), open("/dev/full", "w") as full:
        streams.Stdout(full).write("x" * 100_000)
    assert not issubclass(streams.Unwritable, OSError)

    def no_room(*given: object, **options: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/tmp/work")

    monkeypatch.setattr(cli, "app", no_room)
    with pytest.raises(SystemExit) as end:
        cli.main(["doctor"])
    said = capsys.readouterr().err
    assert end.value.code == 2 and "/tmp/work: No space left on device" in said and "stdout" not in said
