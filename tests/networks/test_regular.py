"""What is read is a file: all else that a path can lead to is refused at once, whoever reads it."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from depth import few

from symconv.errors import SpecError
from symconv.files import files
from symconv.networks import regular
from symconv.networks.network import load
from symconv.networks.regular import opened
from symconv.networks.toml.read import parse
from symconv.worksheets.journal import Journal, digest_at
from symconv.worksheets.roster import open_roster

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files"),
    pytest.mark.filterwarnings("error"),
]
ROOT = Path(__file__).parents[2]
READERS: dict[str, Callable[[Path], object]] = {
    "network": load, "toml": parse, "roster": open_roster, "sheet": digest_at, "journal": Journal,
    "generated": files.present_at,
}  # fmt: skip


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    place = tmp_path_factory.mktemp("others")
    os.mkfifo(place / "pipe")
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(os.path.relpath(place / "socket"))  # an address is short
    (place / "link").symlink_to("pipe")
    found = {name: place / name for name in ("pipe", "socket", "link")}
    return {**found, "folder": place, "zero": Path("/dev/zero"), "null": Path("/dev/null")}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("other", ["pipe", "socket", "link", "folder", "zero", "null"])
def test_each_reader_refuses_what_is_no_file(reader: str, other: str, others: dict[str, Path]) -> None:
    """On another thread: one that waits for a writer would wait for ever."""
    said: list[str] = []

    def read() -> None:
        with pytest.raises(SpecError) as refused:
            READERS[reader](others[other])
        said.append(str(refused.value))

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    thread.join(20)
    assert said and said[0].startswith(str(others[other])) and "not a file" in said[0]


def test_a_thing_that_changes_its_kind_meanwhile(others: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Looked at, it was a file; opened, it is a pipe without a writer."""
    calls: list[os.stat_result] = []
    look = regular.refuse_other
    monkeypatch.setattr(
        regular, "refuse_other", lambda found, path: (calls and look(found, path)) or calls.append(found)
    )
    before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0
    with pytest.raises(OSError, match="named pipe"):
        opened(others["pipe"])
    assert not before or len(os.listdir("/proc/self/fd")) == before


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x\n\0")
    with opened(tmp_path / "a") as file:
        assert file.read() == b"x\n\0"
    with pytest.raises(FileNotFoundError):
        opened(tmp_path / "b")


WAYS = {
    "cat n | {} /dev/stdin": 0, "(sleep 0.3; cat n) | {} /dev/stdin": 0, "{} <(cat n)": 0, "{} /dev/stdin <n": 0,
    "{} /dev/stdin </dev/null": 2, "{} /dev/stdin <&-": 2,
}  # fmt: skip


@pytest.mark.parametrize(("way", "status"), few(WAYS.items(), ("cat n | {} /dev/stdin", 0)))
def test_a_pipe_that_the_shell_gives_is_read(way: str, status: int, tmp_path: Path) -> None:
    (tmp_path / "n").write_text("a = 1\n")
    code = """import sys; from pathlib import Path; from symconv.errors import SpecError
from symconv.networks.toml.read import parse
try: print(parse(Path(sys.argv[1])))
except SpecError as error: sys.exit(2)"""
    command = way.format(f'"{sys.executable}" -c "$CODE"')
    env = {**os.environ, "PYTHONPATH": str(ROOT), "CODE": code}
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (status, "") and ("'a': 1" in done.stdout) == (status == 0)
