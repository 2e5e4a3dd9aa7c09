"""No file of answers, whatever is in it, ends `symconv grade` otherwise than with one message and its exit code."""

import time
from pathlib import Path

import pytest
from depth import few
from hostile_answers import HOSTILE

from symconv.commands.cli import main

SLOWEST = 20  # seconds; the largest of these files has ten megabytes
LONGEST = 12_000  # characters of a message


def test_all_of_them_are_there() -> None:
    assert len(HOSTILE) == 51


LARGE = ("ten megabytes of digits", "ten megabytes of question marks")  # as slow to read as those of slashes


@pytest.mark.parametrize("name", few(HOSTILE, *(HOSTILE.keys() - {*LARGE})))
def test_a_hostile_file_gets_one_message(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content, code = HOSTILE[name]
    path = tmp_path / "answers.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    begun = time.perf_counter()
    with pytest.raises(SystemExit) as ended:
        main(["grade", "toy-cnn", str(path)])
    assert time.perf_counter() - begun < SLOWEST
    printed = capsys.readouterr()
    assert ended.value.code == code
    said, silent = (printed.err, printed.out) if code == 2 else (printed.out, printed.err)
    assert said.strip() and not silent.strip()
    assert "Traceback" not in said and len(said) < LONGEST and "\x1b" not in said and "\0" not in said
    assert code == 1 or "answers.toml" in said
