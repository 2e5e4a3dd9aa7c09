"""The roster of a class: a CSV read line by line, so that a broken line costs its own row and nothing else.

One line of the file is one row: a quoted field does not go on over the line's end, or a forgotten quote would swallow
the rest of the class. Memory is bounded by LINE and ROWS, whatever the file holds.
"""

import os
import re
import stat
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from symconv.errors import Fault, SpecError
from symconv.networks.exact import show_path
from symconv.networks.regular import opened
from symconv.worksheets import header
from symconv.worksheets.header import DELIMITERS, split

ROWS = 100_000  # ten times the largest class in sight; each costs the run some 0.6 kB of memory
LINE = 10_000  # bytes
NAME = 100  # characters
LONGEST = 60  # characters of a text in a message
ID = re.compile(r"(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}(?<!\.)")
TAKEN = re.compile(r"answer-key\.csv|(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)  # Windows' devices
FORMULA = tuple("=+-@\t\r＝＋－＠")  # what a spreadsheet takes for the beginning of a formula (OWASP, CSV injection)
CELLS = re.compile(f"[{''.join(DELIMITERS)}]")  # a spreadsheet may cut at another delimiter than the file's
JOINERS = "\u200c\u200d"  # Persian, Hindi and others write names with them

USABLE_ID = "give 1 to 64 of A-Z a-z 0-9 . _ @ + -, a letter or digit first, no two dots in a row, no dot at the end"


@dataclass(frozen=True)
class Student:
    """A student, and the line of the roster."""

    line: int
    id: str
    name: str


@dataclass(frozen=True)
class Roster:
    """A roster whose header, in line `begins`, has been read: which columns hold what; `name` is None where there is no
    such column."""

    path: Path
    delimiter: str
    columns: int
    id: int
    name: int | None
    stamp: tuple[int, ...]  # of the file that was opened: every reading must meet the same
    begins: int = 1
    encoding: str = header.UTF8


def open_roster(path: Path) -> Roster:
    """Reads the header, below a line `sep=;` if there is one; SpecError where there is none with a column `id`."""
    stamp = _stamp(path)
    said, number, line = _first(path)
    where = f"{show_path(path)} line {number}"
    if not number:
        raise SpecError(f"{show_path(path)}: the roster is empty\n  {_wanted_header()}")
    if len(line) > LINE:
        raise SpecError(f"{where}: the header has more than {LINE:,} bytes\n  {_wanted_header()}")
    encoding = header.encoding(line) or header.UTF8
    text = _decoded(path, number, line, [encoding])
    if encoding != header.UTF8:  # a guess, which the whole file must bear out
        for below, other in _lines(path):
            _decoded(path, below, other[:0] if len(other) > LINE else other, [header.UTF8, encoding])
    for delimiter in said or DELIMITERS:
        names = split(text, delimiter)
        with _within(where):
            id, name = header.column(names, header.ID), header.column(names, header.NAME)
        if id is not None:
            return Roster(path, delimiter, len(names), id, name, stamp, number, encoding)
    raise SpecError(f"{where}: no column id in the header {_shown(text)}\n  {_wanted_header()}")


def _first(path: Path) -> tuple[str, int, bytes]:
    """The delimiter that a line `sep=;` names, "" without such a line; the header, of number 0 where there is none."""
    lines = _lines(path)
    number, line = next(lines, (0, b""))
    with _within(f"{show_path(path)} line {number}"):
        said = header.separator(line)
    return (said, *next(lines, (0, b""))) if said else ("", number, line)


def _decoded(path: Path, number: int, line: bytes, tried: list[str]) -> str:
    """The line by the last of the encodings; SpecError that names all of them where it is not encoded so."""
    try:
        return line.decode(tried[-1])
    except UnicodeDecodeError as error:
        raise SpecError(str(Fault(f"{show_path(path)} line {number}", *header.unread(error, tried)))) from error


@contextmanager
def _within(where: str) -> Iterator[None]:
    try:
        yield
    except SpecError as error:
        raise SpecError(f"{where}: {error}") from error


def read(roster: Roster) -> Iterator[Student | Fault]:
    """Every line after the header as a row, or as its one fault; empty lines are passed over.

    SpecError where there are more than ROWS, or where the file is another than the one whose header was read.
    """
    first: dict[str, int] = {}
    below = (each for each in _lines(roster.path) if each[0] > roster.begins)
    for rows, (number, line) in enumerate(below):
        if rows == ROWS:
            raise SpecError(f"{_place(roster, number)}: more than {ROWS:,} rows\n  give the class in several rosters")
        row = _row(roster, number, line)
        if isinstance(row, Student):
            row = _new(roster, row, first)
        yield row
    if _stamp(roster.path) != roster.stamp:
        raise SpecError(f"{show_path(roster.path)}: changed while it was read\n  run the same command again")


def rows(roster: Roster) -> Iterator[Student]:
    """The usable rows alone."""
    return (row for row in read(roster) if isinstance(row, Student))


def survey(roster: Roster, say: Callable[[str], None]) -> tuple[int, int]:
    """How many rows are usable and how many are not; every fault is said, and what the file was taken for."""
    if roster.encoding != header.UTF8:
        say(f"{show_path(roster.path)}: is not UTF-8, and is read as {roster.encoding}")
    usable = faults = 0
    for row in read(roster):
        if isinstance(row, Student):
            usable += 1
        else:
            faults += 1
            say(str(row))
    return usable, faults


def place_of(roster: Roster, row: Student) -> str:
    return _place(roster, row.line)


def _place(roster: Roster, number: int) -> str:
    return f"{show_path(roster.path)} line {number}"


def _stamp(path: Path) -> tuple[int, ...]:
    """What changes with the file; SpecError where there is none."""
    try:
        found = os.stat(path)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise SpecError(f"{show_path(path)}: the roster cannot be read: {reason}\n  {_wanted_header()}") from error
    if not stat.S_ISREG(found.st_mode):
        raise SpecError(f"{show_path(path)}: the roster is not a file\n  {_wanted_header()}")
    return found.st_ino, found.st_size, found.st_mtime_ns


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """(number, line) without the line's end and the byte order mark; of a line too long, a piece of over LINE bytes.

    Lines of nothing but white space are passed over.
    """
    try:
        with opened(path) as file:
            number = 0
            while piece := file.readline(LINE + 2):
                number += 1
                line = piece.removesuffix(b"\n").removesuffix(b"\r")
                while piece and not piece.endswith(b"\n"):
                    piece = file.readline(1 << 16)
                if number == 1:
                    line = line.removeprefix(b"\xef\xbb\xbf")
                if line.strip() or len(line) > LINE:
                    yield number, line
    except OSError as error:
        raise SpecError(f"{show_path(path)}: the roster cannot be read: {error.strerror}") from error


def _row(roster: Roster, number: int, line: bytes) -> Student | Fault:
    """A line, looked at by itself."""
    where = _place(roster, number)
    if len(line) > LINE:
        return Fault(where, f"more than {LINE:,} bytes", "give one student a line; the rest of this one is passed over")
    try:
        text = line.decode(roster.encoding)
    except UnicodeDecodeError as error:
        return Fault(where, *header.unread(error, [roster.encoding]))
    fields = [field.strip(" ") for field in split(text, roster.delimiter)]
    if not fields:
        remedy = 'close a quote on its line, and write "" for " inside'
        return Fault(where, f"quotes that do not fit in {_shown(text)}", remedy)
    if len(fields) != roster.columns:
        found = f"{len(fields)} field{'s' if len(fields) > 1 else ''} in {_shown(text)}"
        wanted = f"the header has {roster.columns}, with a {DELIMITERS[roster.delimiter]} between two"
        return Fault(where, found, f"{wanted}; a field that holds one stands in quotes")
    row = Student(number, fields[roster.id], "" if roster.name is None else fields[roster.name])
    problem = _wrong_id(row.id) or _wrong_name(row.name)
    return Fault(where, *problem) if problem else row


def _wrong_id(id: str) -> tuple[str, str] | None:
    """(problem, remedy): an id becomes part of a file's name, on any computer."""
    if not id:
        return "no id", USABLE_ID
    if not ID.fullmatch(id):
        return f"id {_shown(id)} cannot be part of a file's name", USABLE_ID
    if TAKEN.fullmatch(id):
        return f"id {_shown(id)} is a name that Windows or this folder has taken", "put a letter or digit before it"
    return None


def _wrong_name(name: str) -> tuple[str, str] | None:
    """(problem, remedy): a name is printed, and stands in a table that will be opened in a spreadsheet."""
    cells = (name, *(cell.strip(" \"'") for cell in CELLS.split(name)))
    if any(cell.startswith(FORMULA) for cell in cells):
        return f"name {_shown(name)} would be a formula in a spreadsheet", "begin it with a letter"
    if len(name) > NAME:
        return f"name {_shown(name)} has {len(name):,} characters", f"give at most {NAME}"
    if any(unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") and c not in JOINERS for c in name):
        return f"name {_shown(name)} holds a control character", "give letters, spaces and signs only"
    return None


def _new(roster: Roster, row: Student, first: dict[str, int]) -> Student | Fault:
    """The row, unless its id was there before: some file systems take "A1" and "a1" for the same name."""
    line = first.setdefault(row.id.lower(), row.line)
    if line == row.line:
        return row
    remedy = "give each student an id of their own; capitals make no difference"
    return Fault(place_of(roster, row), f"id {_shown(row.id)} is that of line {line} already", remedy)


def _shown(text: str) -> str:
    """As it is written, in any language; without what no terminal should get."""
    return f'"{show_path(text[:LONGEST])}{"..." if len(text) > LONGEST else ""}"'


def _wanted_header() -> str:
    return "give a CSV file whose first line names its columns: id, and name if you like; or 学号, 姓名"
