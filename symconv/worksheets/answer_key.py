"""The answer key: one table for the whole class, in the roster's order, to be opened in a spreadsheet.

It begins with a byte order mark, without which spreadsheets take names for Latin-1, and has the roster's delimiter.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from io import StringIO

from symconv.errors import Broken
from symconv.networks.exact import show
from symconv.worksheets.job import StudentSheets
from symconv.worksheets.journal import Record
from symconv.worksheets.roster import FORMULA, Roster, Student

NUMBER = re.compile(r"[+-]?[0-9]+([./][0-9]+)?")
Finished = Iterable[tuple[Student, Record]]


def checked(made: StudentSheets) -> StudentSheets:
    """`made` itself; Broken where its columns cannot stand in the table."""
    for name, value in made.key.items():
        if any(_is_unsafe(cell) for cell in (name, value)):
            raise Broken(f"the answer key's column {show(name)} with {show(value)} is not safe in a spreadsheet")
    return made


def table(roster: Roster, finished: Finished) -> Iterator[bytes]:
    """The table's lines: id, name if the roster has it, and what the sheets gave."""
    columns: list[str] | None = None
    for row, record in finished:
        if columns is None:
            columns = list(record.key)
            yield b"\xef\xbb\xbf" + _line(roster, "id", "name", columns)
        if list(record.key) != columns:
            raise Broken(f"the answer key's columns {columns} are not those of {row.id}: {list(record.key)}")
        yield _line(roster, row.id, row.name, record.key.values())


def meetings(finished: Finished) -> Iterator[str]:
    """Each student who has the numbers of one before."""
    first: dict[str, tuple[int, str]] = {}
    for row, record in finished:
        line, id = first.setdefault(record.drawn, (row.line, row.id))
        if line != row.line:
            yield f"lines {line} and {row.line}: {id} and {row.id} have the same numbers"


def _line(roster: Roster, id: str, name: str, cells: Iterable[str]) -> bytes:
    text = StringIO()
    names = () if roster.name is None else (name,)
    csv.writer(text, delimiter=roster.delimiter).writerow((id, *names, *cells))
    return text.getvalue().encode()


def _is_unsafe(cell: str) -> bool:
    """Whether a spreadsheet might run it; a number with a sign is one."""
    return not cell.isprintable() or (cell.startswith(FORMULA) and not NUMBER.fullmatch(cell))
