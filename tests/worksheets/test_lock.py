"""One process at a time, and no lock outlives its process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from symconv.errors import SpecError
from symconv.worksheets import lock
from symconv.worksheets.lock import locked

HOLD = "import sys; from pathlib import Path; from symconv.worksheets.lock import locked\n" + (
    "with locked(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "hidden").mkdir()
    return tmp_path / "hidden" / "lock"


def test_a_second_holder_is_refused_and_leaves_it_alone(file: Path) -> None:
    with locked(file):
        with pytest.raises(SpecError, match="another process is making worksheets there\n  wait"), locked(file):
            pass
        assert file.exists()
    assert not file.exists()
    with locked(file):
        pass


def test_a_killed_process_holds_nothing(file: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        with pytest.raises(SpecError, match="another process"), locked(file):
            pass
        holder.kill()
        holder.wait()
    assert file.exists()
    with locked(file):
        pass
    assert not file.exists()


def test_a_file_that_its_holder_removed_meanwhile_is_no_lock(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seize, removed = lock._seize, []

    def remove_first(handle: int) -> None:
        seize(handle)
        if not removed:
            removed.append(os.unlink(file))

    monkeypatch.setattr(lock, "_seize", remove_first)
    with locked(file):
        assert file.exists()


def test_where_nothing_can_be_locked(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unable(handle: int) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(lock, "_seize", unable)
    with pytest.raises(SpecError, match="cannot be locked: No locks available"), locked(file):
        pass
    with pytest.raises(SpecError, match="cannot be written to"), locked(file / "none"):
        pass
