"""The folder of a class: one process in it at a time, which puts finished sheets in place and knows those that are.

Everything temporary is below HIDDEN, where the next run finds what a killed one left.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from symconv.errors import SpecError
from symconv.files import files
from symconv.files.seals import is_edited
from symconv.networks.exact import show_path
from symconv.worksheets.job import StudentSheets
from symconv.worksheets.journal import Journal, Record, digest, digest_at
from symconv.worksheets.lock import locked
from symconv.worksheets.roster import Student

HIDDEN = Path(".worksheets")
KEY = Path("answer-key.csv")
CLASS = ""  # the journal's id for what belongs to no single student


def mark(job: str, row: Student) -> str:
    """What decides a student's sheets, the job by its digest, as a hash: another mark, other sheets."""
    return digest([json.dumps([job, row.id, row.name]).encode()])


class Folder:
    """See `opened`. Files that somebody changed since they were made are left alone unless `force`."""

    def __init__(self, out: Path, journal: Journal, force: bool) -> None:
        self.out, self.journal, self.force = out, journal, force

    def edited(self, row: Student, mark: str) -> list[Path] | None:
        """Which files of a student's finished sheets were changed since; None where the sheets are to be made."""
        record = self.journal.latest(row.id)
        if record is None or record.mark != mark:
            return None
        found = []
        for name, made in record.files.items():
            present = digest_at(self.out / name)
            if present is None:
                return None
            if present != made:
                if self.force or self.journal.knows(row.id, name, present):
                    return None
                found.append(Path(name))
        return found

    def put(self, sheets: Iterable[tuple[Student, str, StudentSheets]]) -> list[Path]:
        """Puts the sheets of some students, each with its mark, in place; which files were left as somebody had them.

        First all lines of the journal, then the files: see there.
        """
        records: list[Record] = []
        moves: list[tuple[Path, bytes]] = []
        refused: list[Path] = []
        stale: list[Path] = []
        for row, mark, made in sheets:
            hashes: dict[str, str] = {}
            for name, content in sorted(made.files.items()):
                data = content.encode() if isinstance(content, str) else content
                target, hashes[name] = files.place(Path(name), self.out), digest([data])
                if self._is_theirs(row.id, name, target, hashes[name], sealed=isinstance(content, str)):
                    refused.append(Path(name))
                elif digest_at(target) != hashes[name]:
                    moves.append((target, data))
            stale += self._no_longer_made(row.id, made.files)
            records.append(Record(row.id, mark, hashes, made.key, made.drawn))
        for path in stale:  # before the journal forgets them
            path.unlink()
        self.journal.add(records)
        for target, data in moves:
            files.replace(target, [data], self._hidden)
        return refused

    def _no_longer_made(self, id: str, wanted: Iterable[str]) -> Iterator[Path]:
        """A student's files of earlier options, as they were made."""
        earlier = self.journal.latest(id)
        for name, made in earlier.files.items() if earlier else ():
            path = files.place(Path(name), self.out)
            if name not in wanted and digest_at(path) == made:
                yield path

    def put_key(self, table: Callable[[], Iterator[bytes]]) -> list[Path]:
        """The same for the answer key, which is as long as the class and is never held at once."""
        name, target = KEY.as_posix(), files.place(KEY, self.out)
        wanted, present = digest(table()), digest_at(target)
        if self._is_theirs(CLASS, name, target, wanted, sealed=False):
            return [KEY]
        record = Record(CLASS, "", {name: wanted}, {}, "")
        if self.journal.latest(CLASS) != record:
            self.journal.add([record])
        if present != wanted:
            files.replace(target, table(), self._hidden)
        return []

    def settle(self, ids: Iterable[str]) -> None:
        """The last act: the journal in the roster's order."""
        self.journal.settle((CLASS, *ids), self._hidden)

    def _is_theirs(self, id: str, name: str, target: Path, wanted: str, sealed: bool) -> bool:
        """Whether what stands there is neither what is wanted nor anything that we made."""
        present = digest_at(target)
        if present in (None, wanted) or self.force or self.journal.knows(id, name, present):
            return False
        return not sealed or is_edited(files.as_text(target.read_bytes()))

    @property
    def _hidden(self) -> Path:
        return self.out / HIDDEN


@contextmanager
def opened(out: Path, force: bool = False) -> Iterator[Folder]:
    """The folder, made where there is none and held against other processes while the block runs."""
    hidden = files.place(HIDDEN / "journal", out).parent
    try:
        hidden.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SpecError(f"{show_path(hidden)}: cannot be made: {error.strerror}\n  give another --out") from error
    with locked(hidden / "lock"):
        for left in hidden.glob(".*"):  # by a killed run
            if not left.is_dir():
                os.unlink(left)
        with closing(Journal(hidden / "journal")) as journal:
            yield Folder(out, journal, force)
