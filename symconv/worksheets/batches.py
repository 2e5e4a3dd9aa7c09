"""Batches of rows given to workers: processes of this computer or a Dask cluster, executors both, with one loop.

Workers are pure: they get a job and rows and give sheets back; only the process that called them writes.
"""

import pickle
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass
from itertools import islice

from symconv import __version__
from symconv.errors import SpecError, SymconvError
from symconv.stopping import deaf
from symconv.worksheets.job import Job, StudentSheets
from symconv.worksheets.roster import Student

AHEAD = 2  # batches for each worker: one at work, one waiting


@dataclass(frozen=True)
class Failed:
    """A row whose sheets cannot be made, and why."""

    why: str


@dataclass(frozen=True)
class Crew:
    """Who works: an executor, of how many workers; `lost`: what its futures raise where they are gone, and why."""

    executor: Executor
    workers: int
    lost: tuple[type[BaseException], ...]
    why: str


Results = list[tuple[Student, StudentSheets | Failed]]


@dataclass(frozen=True)
class Parcel:
    """A job, packed once for all batches, that each worker unpacks once; pickles are read from our own process only."""

    digest: str
    packed: bytes


def parcel(job: Job) -> Parcel:
    return Parcel(job.digest, pickle.dumps(job))


def spread(crew: Crew, job: Parcel, rows: Iterable[Student], size: int) -> Iterator[Results]:
    """The rows in batches of `size`, each with what became of it, in the order in which they are finished.

    No more batches are under way than AHEAD for each worker, so that memory does not grow with the class.
    """
    left = iter(rows)
    under_way: dict[Future[list[StudentSheets | Failed]], tuple[Student, ...]] = {}
    while True:
        while len(under_way) < AHEAD * crew.workers and (batch := tuple(islice(left, size))):
            pairs = tuple((row.id, row.name) for row in batch)
            with deaf():
                under_way[crew.executor.submit(work, __version__, job, pairs)] = batch
        if not under_way:
            return
        for future in sorted(wait(under_way, return_when=FIRST_COMPLETED).done, key=_lost):
            yield list(zip(under_way.pop(future), future.result(), strict=True))


def _lost(future: Future[list[StudentSheets | Failed]]) -> bool:
    """Whether a batch came to nothing: those that did not are given out before it is said."""
    return future.cancelled() or future.exception() is not None


_at_work = threading.Lock()  # a cluster's worker may have threads; sheets are made one at a time
_makers: dict[str, Callable[[str, str], StudentSheets]] = {}  # of the last job, by its digest


def work(version: str, job: Parcel, rows: Iterable[tuple[str, str]]) -> list[StudentSheets | Failed]:
    """In a worker: the sheets of some rows. The job's maker is made once in a process."""
    if version != __version__:
        raise SpecError(f"a worker has symconv {__version__}, this computer {version}\n  install the same on both")
    with _at_work:
        if job.digest not in _makers:
            _makers.clear()
            unpacked: Job = pickle.loads(job.packed)
            _makers[job.digest] = unpacked.maker()
        return [_made(_makers[job.digest], *row) for row in rows]


def _made(maker: Callable[[str, str], StudentSheets], id: str, name: str) -> StudentSheets | Failed:
    try:
        return maker(id, name)
    except SymconvError as error:
        return Failed(str(error))
