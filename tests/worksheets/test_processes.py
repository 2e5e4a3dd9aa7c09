"""The command with real processes: killed many times and taken up again, it makes what an undisturbed run makes."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from depth import few

from symconv.errors import SpecError
from symconv.stopping import deaf
from symconv.worksheets.processes import MOST, cores, processes

TESTS = Path(__file__).parents[1]
ROWS = 300  # on a busy machine more rows are finished before a kill comes
SLOW = "0.01"  # seconds a row
Tree = dict[str, bytes]


class Place:
    """A roster of `rows` students and the folder of their sheets; each run notes what its processes make."""

    def __init__(self, place: Path, rows: int) -> None:
        self.place, self.out, self.runs = place, place / "out", 0
        lines = ["id,name", *(f"s{n},Name {n}" for n in range(rows))]
        (place / "r.csv").write_text("\n".join(lines))

    def start(self, **environment: str) -> "subprocess.Popen[str]":
        self.runs += 1
        self.log.mkdir()
        command = [sys.executable, "-c", "import small_job; small_job.main()", "small", "r.csv", "--out", "out"]
        paths = os.pathsep.join([str(TESTS.parent), str(TESTS)])
        return subprocess.Popen(
            command, cwd=self.place, text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": paths, "LOG": str(self.log), **environment},
        )  # fmt: skip

    def run(self, **environment: str) -> tuple[int | None, str, str]:
        return ended(self.start(**environment))

    @property
    def log(self) -> Path:
        return self.place / f"log{self.runs}"

    def made(self) -> list[str]:
        """The ids that the last run began to make."""
        return [id for log in self.log.iterdir() for id in log.read_text().split()]

    def tree(self) -> Tree:
        return {p.relative_to(self.out).as_posix(): p.read_bytes() for p in self.out.rglob("*") if p.is_file()}

    def sheets(self) -> Iterator[Path]:
        return self.out.glob("*/sheet.*")

    def finished(self) -> set[str]:
        """Whose line is whole and whose files are there, read without symconv."""
        journal = self.out / ".worksheets" / "journal"
        lines = journal.read_bytes().split(b"\n")[:-1] if journal.exists() else []
        records = map(json.loads, lines)
        return {r["id"] for r in records if r["id"] and all((self.out / name).exists() for name in r["files"])}


def ended(process: "subprocess.Popen[str]") -> tuple[int | None, str, str]:
    """(exit code, stdout, stderr); the pipes end only when no process is left that inherited them, so none is."""
    out, err = process.communicate(timeout=30)
    return process.returncode, out, err


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    place = Place(tmp_path_factory.mktemp("undisturbed"), ROWS)
    assert place.run() == (0, f"{ROWS} made, 0 unchanged: out\n", "")
    assert sorted(place.made()) == sorted(f"s{n}" for n in range(ROWS))
    return place.tree()


@pytest.mark.parametrize("times", few([3, 20], 3))
def test_killed_many_times_and_taken_up(times: int, tmp_path: Path, undisturbed: Tree) -> None:
    """The parent alone, all processes, or one worker; at the start, after some sheets, in the middle of writing."""
    chance = random.Random(6)
    place = Place(tmp_path, ROWS)
    kills = 0
    while kills < times and len(place.finished()) < ROWS - 10:
        before = place.finished()
        process = place.start(SLOW=SLOW)
        wait_a_while(place, process, chance)
        kills += kill(place, process, chance.choice(("parent", "all", "worker")))
        status, _, err = ended(process)
        assert status in (0, -signal.SIGKILL) or (status == 1 and err.startswith("a worker process ended before"))
        assert not before & set(place.made()), "what was finished is made again"
        assert all(p.read_bytes() == undisturbed[p.relative_to(place.out).as_posix()] for p in place.sheets())
    before = place.finished()
    assert kills == times
    assert place.run() == (0, f"{ROWS - len(before)} made, {len(before)} unchanged: out\n", "")
    assert sorted(place.made()) == sorted({f"s{n}" for n in range(ROWS)} - before)
    assert place.tree() == undisturbed


def wait_a_while(place: Place, process: "subprocess.Popen[str]", chance: random.Random) -> None:
    """A random time from the start, or until a few sheets more are there and a moment longer."""
    if chance.random() < 0.3:
        time.sleep(chance.uniform(0, 0.4))
        return
    wanted = sum(1 for _ in place.sheets()) + chance.randint(1, 14)
    while process.poll() is None and sum(1 for _ in place.sheets()) < wanted:
        time.sleep(0.004)  # a look into hundreds of folders takes from the workers what time they have
    time.sleep(chance.uniform(0, 0.01))


def kill(place: Place, process: "subprocess.Popen[str]", whom: str) -> bool:
    """Whether there was anything to kill."""
    if process.poll() is not None:
        return False
    if whom == "all":
        os.killpg(process.pid, signal.SIGKILL)
    elif whom == "worker" and (workers := list(place.log.iterdir())):
        os.kill(int(workers[0].name), signal.SIGKILL)
    else:
        process.kill()
    return True


def test_a_row_that_kills_its_worker(tmp_path: Path) -> None:
    place = Place(tmp_path, 6)
    status, out, err = place.run(DEADLY="s4")
    assert status == 1 and err.splitlines() == [
        "a worker process ended before its time: was it killed, or was memory short?",
        "  what is written stays, the same command goes on from there",
    ]
    assert out.endswith("unchanged: out\n")
    assert place.run()[0] == 0 and len(place.finished()) == 6


STOPPED = "stopped: what is written stays, the same command goes on from there\n"
STOPS = [*product([signal.SIGINT, signal.SIGTERM, signal.SIGHUP], [False, True])]  # the parent, or all its processes


@pytest.mark.parametrize(("number", "whole"), few(STOPS, (signal.SIGINT, True)))
def test_a_signal_stops_it_at_once_and_with_one_line(
    number: int, whole: bool, tmp_path: Path, undisturbed: Tree
) -> None:
    """Ctrl-C, `kill` or a system that shuts down, a terminal that is closed; taken up, it makes what it would have."""
    place = Place(tmp_path, ROWS)
    process = place.start(SLOW="0.2")
    while len(place.finished()) < 3:
        assert process.poll() is None
        time.sleep(0.02)
    (os.killpg if whole else os.kill)(process.pid, number)
    assert ended(process) == (128 + number, "", STOPPED)
    assert len(place.finished()) < ROWS
    assert place.run()[0] == 0 and place.tree() == undisturbed


@pytest.mark.parametrize("number", few([signal.SIGTERM, signal.SIGHUP], signal.SIGTERM))
def test_a_signal_at_any_moment_leaves_no_word_but_one(number: int, tmp_path: Path) -> None:
    """Also while the processes are being started: afterwards nothing is left of them to be complained about."""
    place = Place(tmp_path, 40)
    chance = random.Random(number)
    for _ in range(4):
        process = place.start(SLOW="0.2")
        time.sleep(chance.uniform(0.2, 1))
        process.send_signal(number)
        assert ended(process) in [(status, "", err) for status in (128 + number, -number) for err in ("", STOPPED)]


@pytest.mark.parametrize("workers", [0, -1, MOST + 1])
def test_a_number_of_workers_that_does_not_fit(workers: int) -> None:
    with (
        pytest.raises(SpecError, match=f"--workers: {workers} does not fit\n  give a number from 1 to {MOST}"),
        processes(workers),
    ):
        pass


def test_cores() -> None:
    assert 1 <= cores() <= MOST


def test_the_block_left_by_an_error_ends_the_workers() -> None:
    begun = time.monotonic()
    with pytest.raises(ZeroDivisionError), processes(1) as crew:
        crew.executor.submit(time.sleep, 60)
        _ = 1 / 0
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_worker_can_be_told_to_end(number: int) -> None:
    """It was started where such signals wait; a pool that has lost one worker ends the others so."""
    with processes(1) as crew:
        with deaf():
            worker = crew.executor.submit(os.getpid)
        os.kill(worker.result(), number)
        with pytest.raises(crew.lost):
            crew.executor.submit(time.sleep, 60).result(timeout=20)
