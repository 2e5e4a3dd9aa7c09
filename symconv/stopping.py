"""How a command is ended from outside: as by Ctrl-C, so that all that it holds is let go of."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

ENDING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


class Stopped(KeyboardInterrupt):
    """The system or another program asks this one to end; `status` is the exit code that shells give for it."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.status = 128 + number


@contextmanager
def stoppable() -> Iterator[None]:
    """Within, SIGTERM and SIGHUP raise Stopped, once; one that is ignored, as under nohup, or has a handler of its own
    stays so."""
    if threading.current_thread() is not threading.main_thread():  # only that one may set handlers
        yield
        return
    before = {number: signal.getsignal(number) for number in ENDING if _is_unset(number)}

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        for each in before:
            signal.signal(each, signal.SIG_IGN)  # tidying up is not to be stopped half-way
        raise Stopped(number)

    try:
        for number in before:
            signal.signal(number, stop)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _is_unset(number: int) -> bool:
    return signal.getsignal(number) is signal.SIG_DFL


@contextmanager
def deaf() -> Iterator[None]:
    """Ctrl-C and the like wait, and a process started meanwhile hears of them only where it asks to (see `hear`): it
    would say at length where it was."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, *ENDING})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def hear() -> None:
    """In a process started while deaf: lets the signals that end it through again, but for Ctrl-C."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
