"""The streams that a command finds: closed, full, left by their reader, or on a terminal of no width."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

LEAST, MOST = 40, 400  # columns: what help and tables can be laid out in


def fill() -> bool:
    """Whether there is a stdout. A stream that is closed becomes the null device: otherwise the next file that is
    opened, perhaps one of ours, would get its number and whatever is written to the stream."""
    printable = sys.stdout is not None
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal without the sign still gets the message
    return printable


class Unwritable(Exception):
    """stdout takes no more, and why; "" where its reader, such as `head`, has had enough."""


class Stdout:
    """A stream as it is, but that it says of its errors whose they are."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        with _named():
            return self._stream.write(text)

    def flush(self) -> None:
        with _named():
            self._stream.flush()


@contextmanager
def _named() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        raise Unwritable from error
    except OSError as error:
        raise Unwritable(error.strerror) from error


def settle() -> None:
    """Writes out what waits; a stream that does not take it gets nothing more, for Python would say so at length."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            mute(stream)


def mute(stream: TextIO) -> None:
    """From now on to the null device, what waits to be written included."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)


def fit_width() -> None:
    """Keeps COLUMNS and LINES, and a terminal's own width, to what the layout of help and tables can take."""
    for name in ("COLUMNS", "LINES"):
        given = os.environ.get(name, "")
        if not (given.isascii() and given.isdigit() and len(given) < 10 and int(given)):
            os.environ.pop(name, None)
    width = int(os.environ.get("COLUMNS", 0)) or _terminal()
    if width and not LEAST <= width <= MOST:
        os.environ["COLUMNS"] = str(min(max(width, LEAST), MOST))


def _terminal() -> int:
    """The columns of the terminal; 0 where there is none, or where it does not say."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError):
        return 0
