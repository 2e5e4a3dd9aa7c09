"""What has been made, kept on disk: a line for each finished student, so that a killed run is taken up where it was.

A line is on the disk before the student's files get their names. So a file with the hash that its line gives is whole;
one that is missing was never finished; one with another hash was changed by somebody, unless an older line knows it.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from symconv.errors import SpecError
from symconv.files import files
from symconv.networks.exact import show_path
from symconv.networks.regular import opened, refuse_other


@dataclass(frozen=True)
class Record:
    """A student's line; `mark`: the hash of what decided the sheets, `files`: path -> sha256 of its content."""

    id: str
    mark: str
    files: Mapping[str, str]
    key: Mapping[str, str]
    drawn: str

    def line(self) -> bytes:
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def digest(chunks: Iterable[bytes]) -> str:
    """SHA-256 of the bytes, in hexadecimal digits."""
    found = hashlib.sha256()
    for chunk in chunks:
        found.update(chunk)
    return found.hexdigest()


def digest_at(path: Path) -> str | None:
    """Of the file there; None for no file."""
    try:
        with opened(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SpecError(f"{show_path(path)}: cannot be read: {error.strerror}") from error


class Journal:
    """The lines of a folder, found by id through their places in the file; memory holds no more than these."""

    def __init__(self, path: Path) -> None:
        """Opens or begins the journal; a line torn off by a kill is cut away."""
        self.path = path
        self._places: dict[str, tuple[int, ...]] = {}
        try:
            if path.exists():
                refuse_other(path.stat(), path)
            self._file = open(os.open(path, os.O_RDWR | os.O_CREAT, 0o666), "r+b")  # noqa: SIM115 (see close)
        except OSError as error:
            raise SpecError(f"{show_path(path)}: cannot be opened: {error.strerror}") from error
        end = 0
        for line in self._file:
            if not line.endswith(b"\n"):
                break
            record = _record(line)
            if record is not None:
                self._places[record.id] = (*self._places.get(record.id, ()), end)
            end += len(line)
        if self._file.seek(0, os.SEEK_END) > end:
            self._file.truncate(end)
        self._end = end

    def close(self) -> None:
        self._file.close()

    def latest(self, id: str) -> Record | None:
        places = self._places.get(id, ())
        return self._at(places[-1]) if places else None

    def knows(self, id: str, path: str, digest: str) -> bool:
        """Whether the file was ever made for this id, under any options, with this content."""
        return any(self._at(place).files.get(path) == digest for place in self._places.get(id, ()))

    def add(self, records: Iterable[Record]) -> None:
        """Appends the lines; they are on the disk when this returns."""
        try:
            self._file.seek(self._end)
            for record in records:
                line = record.line()
                self._file.write(line)
                self._places[record.id] = (*self._places.get(record.id, ()), self._end)
                self._end += len(line)
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise SpecError(f"{show_path(self.path)}: cannot be written: {error.strerror}") from error

    def settle(self, first: Iterable[str], scratch: Path) -> None:
        """Closes, and keeps the latest line of each id, `first` in that order: the same bytes whatever the way here."""
        self.close()  # Windows renames nothing over an open file
        order = tuple(dict.fromkeys([*(id for id in first if id in self._places), *self._places]))
        if digest(self._lines(order)) != digest_at(self.path):
            files.replace(self.path, self._lines(order), scratch)

    def _lines(self, order: Iterable[str]) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            for id in order:
                file.seek(self._places[id][-1])
                yield file.readline()

    def _at(self, place: int) -> Record:
        self._file.seek(place)
        record = _record(self._file.readline())
        assert record is not None
        return record


def _record(line: bytes) -> Record | None:
    """The record of a line; None for one that is not of this form."""
    try:
        found = json.loads(line)
        record = Record(**found)
    except (ValueError, TypeError, RecursionError):
        return None
    texts = (record.id, record.mark, record.drawn)
    return record if all(map(_is_text, texts)) and _is_table(record.files) and _is_table(record.key) else None


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_table(value: object) -> bool:
    return isinstance(value, dict) and all(map(_is_text, value.values()))
