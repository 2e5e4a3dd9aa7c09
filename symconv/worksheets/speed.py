"""How fast a class's worksheets are made, in how much memory: whole runs, each in a process of its own.

A run is what `symconv worksheets` does, its start with it; a sheet is one student's exercise or solution in one format.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from symconv.errors import Broken
from symconv.handout.options import Options
from symconv.networks.network import load
from symconv.worksheets.batches import Crew
from symconv.worksheets.class_job import class_job
from symconv.worksheets.cluster import cluster, local_cluster
from symconv.worksheets.processes import processes
from symconv.worksheets.roster import open_roster
from symconv.worksheets.run import Watcher, run

try:
    import resource
except ImportError:  # Windows has none: no memory is printed
    resource = None  # type: ignore[assignment]

LEVEL, SHEETS = 1, 2  # the level that asks most; an exercise and a solution for each row
PDFS = 50  # a PDF takes so much longer than a page, about
HEADS = ("run", "students", "workers", "seconds", "sheets/s", "per worker", "parent", "largest worker")
KIB, MIB = 1024, 1024**2


@dataclass(frozen=True)
class Setting:
    """One run: how many students and workers, in which format, on a Dask cluster of this computer or without one."""

    name: str
    format: str
    rows: int
    workers: int
    dask: bool = False


@dataclass(frozen=True)
class Speed:
    """What a run took: seconds in all, and the peak memory (bytes; 0 where it cannot be read) of the process that
    writes and of its largest worker, one of a cluster not among these."""

    setting: Setting
    seconds: float
    parent: int
    worker: int

    @property
    def rate(self) -> float:
        """Sheets a second."""
        return SHEETS * self.setting.rows / self.seconds

    def row(self) -> tuple[str, ...]:
        s = self.setting
        rates = f"{self.rate:.0f}", f"{self.rate / s.workers:.0f}"
        memory = (f"{m / MIB:.0f} MiB" if m else "-" for m in (self.parent, self.worker))
        return s.name, f"{s.rows:,}", str(s.workers), f"{self.seconds:.1f}", *rates, *memory


def settings(rows: int, cores: int) -> tuple[Setting, ...]:
    """The whole class as pages and as LaTeX, a part as PDF; small classes for memory; one worker and two; Dask."""
    part, two = max(1, rows // 10), min(2, cores)
    return (
        Setting("tex", "tex", rows, cores),
        Setting("html, a small class", "html", max(1, rows // 100), cores),
        Setting("html, a larger one", "html", part, cores),
        Setting("html", "html", rows, cores),
        Setting("pdf", "pdf", max(1, rows // PDFS), cores),
        Setting("html, one worker", "html", part, 1),
        Setting("html, two workers", "html", part, two),
        Setting("html, a Dask cluster", "html", part, two, dask=True),
    )


def speeds(rows: int, cores: int, progress: Callable[[str], None]) -> Iterator[Speed]:
    """Every setting in turn; each in a fresh process, whose peak is its own."""
    for setting in settings(rows, cores):
        progress(f"{setting.name}: {setting.rows:,} students")
        with ProcessPoolExecutor(1, get_context("spawn")) as fresh:
            yield fresh.submit(measured, setting).result()


def measured(setting: Setting) -> Speed:
    with tempfile.TemporaryDirectory(prefix="symconv-") as name, _crew(setting) as crew:
        roster, out = Path(name) / "roster.csv", Path(name) / "out"
        lines = (f"s{k},Student {k}" for k in range(setting.rows))
        roster.write_text("\n".join(["id,name", *lines, ""]), encoding="utf-8")
        start = time.perf_counter()
        job = class_job(load("toy-cnn"), "en", (setting.format,), LEVEL, Options(detail="brief"), lambda what: None)
        outcome = run(job, open_roster(roster), out, crew, Watcher(lambda line: None, lambda done, of: None))
        seconds = time.perf_counter() - start
        if not outcome.well or outcome.made != setting.rows:
            raise Broken(f"{setting.name}: of {setting.rows} sheets {outcome.made} were made")
    return Speed(setting, seconds, _peak("RUSAGE_SELF"), _peak("RUSAGE_CHILDREN"))


@contextmanager
def _crew(setting: Setting) -> Iterator[AbstractContextManager[Crew]]:
    if not setting.dask:
        yield processes(setting.workers)
        return
    with local_cluster(setting.workers) as address:
        yield cluster(address)


def _peak(whose: str) -> int:
    """The largest resident set of this process, or of any of its children that have ended; in bytes."""
    unit = 1 if sys.platform == "darwin" else KIB
    return resource.getrusage(getattr(resource, whose)).ru_maxrss * unit if resource else 0


def efficiency(found: list[Speed]) -> float:
    """How much of a second worker's time becomes sheets: 1 if two make twice as many a second as one."""
    one, two = (next(s for s in found if s.setting.name == f"html, {n}") for n in ("one worker", "two workers"))
    return two.rate / (one.rate * two.setting.workers / one.setting.workers)
