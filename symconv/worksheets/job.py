"""What the sheets of a class need to know of the sheet itself: how one is made, and what would make it another."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class StudentSheets:
    """One student's sheets.

    `files`: relative path (posix) -> content; no two ids share a path, also where capitals do not count. `key`: the
    columns of the answer key, the same for every student. `drawn`: what two students have in common who have the same
    numbers.
    """

    files: Mapping[str, str | bytes]
    key: Mapping[str, str]
    drawn: str


class Job(Protocol):
    """What all sheets of a class share: frozen, picklable data, sent along with every batch."""

    @property
    def digest(self) -> str:
        """Of all that decides a sheet besides the row (network, options, version): other digest, other sheets."""

    def maker(self) -> Callable[[str, str], StudentSheets]:
        """(id, name) -> the sheets; expensive to make, cheap to call, the same for the same row anywhere.

        What it gives back raises SymconvError for a row that cannot be made.
        """
