"""How generated files are kept: the one place that compares and writes them. One that a person has edited is recognised
by its seal (seals.py) and never overwritten unasked."""

import difflib
import os
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from symconv.errors import Broken, SpecError
from symconv.files.seals import command_of, is_edited, is_generated
from symconv.networks.exact import show_path
from symconv.networks.regular import opened

SHORT = 40  # characters of a name: with what makes it unlike all others it may not be longer than a name can be


@dataclass(frozen=True)
class Written:
    """What became of each file, by path relative to the folder: written, found unchanged, or refused as edited."""

    written: tuple[Path, ...]
    unchanged: tuple[Path, ...]
    refused: tuple[Path, ...]

    def __add__(self, other: "Written") -> "Written":
        return Written(self.written + other.written, self.unchanged + other.unchanged, self.refused + other.refused)


def write(files: Mapping[Path, str | bytes], out: Path, force: bool = False) -> Written:
    """Writes each file below `out`, atomically; one that a person has edited is left alone unless `force`.

    An unchanged file is not touched. Bytes (a PDF) carry no seal, and are simply replaced. Raises SpecError where a
    path leads out of `out`, or cannot be written.
    """
    written, unchanged, refused = [], [], []
    targets = {path: place(path, out) for path in sorted(files)}
    for path, target in targets.items():
        present, content = present_at(target), files[path]
        data = content.encode() if isinstance(content, str) else content
        if present == data:
            unchanged.append(path)
        elif present is not None and isinstance(content, str) and is_edited(as_text(present)) and not force:
            refused.append(path)
        else:
            replace(target, [data])
            written.append(path)
    return Written(tuple(written), tuple(unchanged), tuple(refused))


def difference(files: Mapping[Path, str], out: Path, owned: Iterable[str] = (), command: str = "") -> str:
    """A unified diff from the folder to what would be written; "" where nothing would change.

    Files that `command` has generated and that match a pattern in `owned` ("*.py": directly in `out`; "toy/*.tex": in
    that folder of it) but would no longer be written are named as well.
    """
    parts = []
    for path in sorted(files):
        present = present_at(place(path, out))
        if present != files[path].encode():
            parts.append(_diff(as_text(present or b""), files[path], path, missing=present is None))
    return "".join(parts + [f"{path}: is no longer generated\n" for path in _stray(files, out, tuple(owned), command)])


def _diff(old: str, new: str, path: Path, missing: bool) -> str:
    name = path.as_posix()
    before = "/dev/null" if missing else f"a/{name}"
    lines = difflib.unified_diff(old.splitlines(True), new.splitlines(True), before, f"b/{name}")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _stray(files: Mapping[Path, str], out: Path, owned: tuple[str, ...], command: str) -> list[str]:
    found = []
    for path in sorted(out.rglob("*")) if out.is_dir() else []:
        name = path.relative_to(out).as_posix()
        if Path(name) in files or not path.is_file() or not any(_matches(name, pattern) for pattern in owned):
            continue
        text = as_text(present_at(path) or b"")
        if is_generated(text) and command_of(text) == command:
            found.append(name)
    return found


def _matches(name: str, pattern: str) -> bool:
    """As in a shell: `*` does not cross a `/`."""
    return name.count("/") == pattern.count("/") and fnmatchcase(name, pattern)


def place(path: Path, out: Path) -> Path:
    """Where the file goes; raises SpecError if that is not truly below `out` (by "..", or over a link)."""
    if path.is_absolute() or ".." in PurePosixPath(path.as_posix()).parts:
        raise Broken(f"{show_path(path)}: a generated file's path is relative and stays below its folder")
    target = out / path
    try:
        leads_out = target.is_symlink() or not target.parent.resolve().is_relative_to(out.resolve())
        if "\0" in target.name:
            raise ValueError("embedded null byte")
    except (OSError, RuntimeError, ValueError) as error:  # too long; links in a circle; a zero byte
        reason = getattr(error, "strerror", None) or str(error).partition(":")[0]
        raise SpecError(f"{show_path(target)}: cannot be written: {reason}") from error
    if leads_out:
        raise SpecError(
            f"{show_path(target)}: a link leads out of the folder\n  remove the link, or give another --out"
        )
    return target


def as_text(data: bytes) -> str:
    """A file's text, newlines as they are; bytes that are no UTF-8 survive, to be seen as somebody's edit."""
    return data.decode("utf-8", "surrogateescape")


def present_at(target: Path) -> bytes | None:
    """What is there; None for no file."""
    try:
        with opened(target) as file:
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SpecError(f"{show_path(target)}: cannot be read: {error.strerror}") from error


def replace(target: Path, chunks: Iterable[bytes], scratch: Path | None = None) -> None:
    """The old file or the new one, never a half: written beside, forced to the disk, then renamed over.

    "Beside" is `scratch`, a folder of the same file system, for those who must find what a killed process left.
    """
    beside = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=scratch or target.parent, prefix=f".{target.name[:SHORT]}.")
        with os.fdopen(handle, "wb") as file:
            file.writelines(chunks)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(beside, target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask())
        os.replace(beside, target)
        beside = None
    except OSError as error:
        raise SpecError(f"{show_path(target)}: cannot be written: {error.strerror}") from error
    finally:
        if beside is not None:
            with suppress(OSError):
                os.unlink(beside)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
