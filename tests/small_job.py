"""A job made in no time, and a program that runs it: `python -c "import small_job; small_job.main()" small ...`.

What happens can be told by the environment, which workers inherit: LOG, a folder where each process notes the ids that
it makes; SLOW, seconds a row takes; DEADLY, an id whose worker kills itself; HARD, an id that cannot be made.
"""

import hashlib
import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from symconv.errors import SpecError
from symconv.worksheets.batches import Crew
from symconv.worksheets.job import StudentSheets


@dataclass(frozen=True)
class SmallJob:
    """Two sheets of some lines, one as text and one as bytes, in a folder for each student."""

    size: int = 40
    numbers: int = 10**9
    formats: tuple[str, ...] = ("tex", "pdf")

    @property
    def digest(self) -> str:
        return f"small {self.size} {self.numbers} {self.formats}"

    def maker(self) -> Callable[[str, str], StudentSheets]:
        return self.made

    def made(self, id: str, name: str) -> StudentSheets:
        note(id)
        time.sleep(float(os.environ.get("SLOW", "0")))
        if id == os.environ.get("DEADLY"):
            os.kill(os.getpid(), signal.SIGKILL)
        if id == os.environ.get("HARD"):
            raise SpecError(f"{id} cannot be made")
        number = int(hashlib.sha256(id.encode()).hexdigest(), 16) % self.numbers
        text = f"{name or id}: {number}\n" * self.size
        files = {"tex": text, "pdf": text.encode()}
        sheets = {f"{id}/sheet.{format}": files[format] for format in self.formats}
        return StudentSheets(sheets, {"a": str(-number)}, str(number))


def note(id: str) -> None:
    """One write of a line to a file opened for appending is never torn."""
    if "LOG" in os.environ:
        with Path(os.environ["LOG"], str(os.getpid())).open("a") as file:
            file.write(f"{id}\n")


class Gone(Exception):
    """What the executor here raises when its worker is lost."""


class Inline(Executor):
    """Does the work at once, in this process; at the calls in `lost` the worker dies."""

    def __init__(self, lost: Iterable[int] = ()) -> None:
        self.calls, self.lost = 0, set(lost)

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        self.calls += 1
        future: Future[Any] = Future()
        try:
            if self.calls in self.lost:
                raise Gone
            future.set_result(function(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@contextmanager
def inline(*lost: int) -> Iterator[Crew]:
    yield Crew(Inline(lost), 1, (Gone,), "the worker is gone")


def main() -> None:
    """`ROSTER --out DIR` in two processes: the command of `symconv worksheets`, but for what its own job costs."""
    from symconv.commands import cli, course as cli_course  # workers need neither
    from symconv.commands.app import app
    from symconv.worksheets.processes import processes
    from symconv.worksheets.roster import open_roster

    @app.command
    def small(roster: Path, /, *, out: Path) -> int:
        return cli_course.make_class(SmallJob(), open_roster(roster), out, processes(2), force=False)

    cli.main()
