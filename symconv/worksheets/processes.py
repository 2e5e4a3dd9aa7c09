"""Workers that are processes of this computer, and end with the process that they work for."""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import Connection

from symconv.errors import SpecError
from symconv.stopping import deaf, hear
from symconv.worksheets.batches import Crew

MOST = 61 if sys.platform == "win32" else 1024  # workers: Windows cannot wait for more


def cores() -> int:
    """Those that this process may use, as far as they can all work."""
    found = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(found, MOST)


@contextmanager
def processes(workers: int) -> Iterator[Crew]:
    """Processes of this computer, which end with this one, however it ends; at once where the block is left early."""
    if not 1 <= workers <= MOST:
        raise SpecError(f"--workers: {workers} does not fit\n  give a number from 1 to {MOST}")
    context = multiprocessing.get_context("spawn")
    watched, held = context.Pipe(duplex=False)
    with deaf():  # a process that counts what all of them share is started as well, and outlives them
        executor = ProcessPoolExecutor(workers, context, _end_with, (watched,))
    try:
        why = "a worker process ended before its time: was it killed, or was memory short?"
        yield Crew(executor, workers, (BrokenProcessPool,), why)
    except BaseException:
        held.close()
        raise
    finally:
        executor.shutdown(cancel_futures=True)
        held.close()
        watched.close()


def _end_with(held_elsewhere: Connection) -> None:
    """In a worker, first of all: end it when the other end of the pipe is closed, by that process or by its death."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the other process's affair
    hear()
    threading.Thread(target=_end_when_closed, args=(held_elsewhere,), daemon=True).start()


def _end_when_closed(held_elsewhere: Connection) -> None:
    try:
        held_elsewhere.recv_bytes()  # nothing is ever sent
    finally:
        os._exit(1)
