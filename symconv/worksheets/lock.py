"""One process at a time in a folder. The system lets go of the lock with its process, even one that was killed."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from symconv.errors import SpecError
from symconv.networks.exact import show_path

if sys.platform == "win32":
    import msvcrt

    def _seize(handle: int) -> None:
        """Raises OSError where another process has it."""
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _seize(handle: int) -> None:
        """Raises BlockingIOError where another process has it."""
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds `path` while the block runs, and removes it afterwards; SpecError where another process holds it."""
    handle = _held(path)
    try:
        yield
    finally:
        try:
            with suppress(OSError):  # Windows removes no open file: an empty one stays
                os.unlink(path)
        finally:
            os.close(handle)


def _held(path: Path) -> int:
    """The open file, locked, and still the one of that name: its last holder may have removed it meanwhile."""
    folder = show_path(path.parent.parent)
    while True:
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise SpecError(f"{folder}: cannot be written to: {error.strerror}\n  give another --out") from error
        try:
            _seize(handle)
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(handle), os.stat(path)):
                    return handle
        except (BlockingIOError, PermissionError) as error:
            os.close(handle)
            remedy = "wait until it has ended, or give another --out"
            raise SpecError(f"{folder}: another process is making worksheets there\n  {remedy}") from error
        except OSError as error:
            os.close(handle)
            raise SpecError(f"{folder}: cannot be locked: {error.strerror}\n  give an --out on a local disk") from error
        os.close(handle)
