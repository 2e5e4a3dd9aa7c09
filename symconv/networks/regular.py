"""Files opened to be read: what holds its bytes already, and nothing that could let us wait, or never end."""

import errno
import os
import re
import stat
from io import BufferedReader
from pathlib import Path

GIVEN = re.compile(r"/dev/stdin|(/dev|/proc/self)/fd/[0-9]+")  # a shell's `| symconv check /dev/stdin`, or `<(...)`
KINDS = {
    stat.S_IFDIR: "Is a directory, not a file",
    stat.S_IFIFO: "Is a named pipe, not a file",
    stat.S_IFSOCK: "Is a socket, not a file",
    stat.S_IFCHR: "Is a device or a terminal, not a file",
    stat.S_IFBLK: "Is a device, not a file",
}


def opened(path: Path) -> BufferedReader:
    """The file, to be read as bytes; OSError that says what else it is. A pipe that this program was given is read as
    well: who writes to it is there."""
    refuse_other(os.stat(path), path)  # before it is opened: that alone makes some devices do something
    return open(path, "rb", opener=_at_once)


def refuse_other(found: os.stat_result, path: Path | str) -> None:
    """OSError for all but a regular file, or a pipe given to this program."""
    kind = stat.S_IFMT(found.st_mode)
    if kind != stat.S_IFREG and not (kind == stat.S_IFIFO and GIVEN.fullmatch(str(path))):
        raise OSError(errno.EINVAL, KINDS.get(kind, "Is not a file"), str(path))


def _at_once(path: str, flags: int) -> int:
    """Opens without waiting for a writer: what stands there may be another thing than a moment ago."""
    handle = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    try:
        refuse_other(os.fstat(handle), path)
    except OSError:
        os.close(handle)
        raise
    if hasattr(os, "O_NONBLOCK"):
        os.set_blocking(handle, True)
    return handle
