"""The answer key: a table that any spreadsheet reads, and in which nothing runs."""

import csv
from pathlib import Path

import pytest

from symconv.errors import Broken
from symconv.worksheets.answer_key import checked, meetings, table
from symconv.worksheets.job import StudentSheets
from symconv.worksheets.journal import Record
from symconv.worksheets.roster import Roster, Student

ROSTER = Roster(Path("r.csv"), ";", 2, 0, 1, ())


def finished(*drawn: str) -> list[tuple[Student, Record]]:
    return [
        (Student(n, f"s{n}", 'Zoë "Z"; jr'), Record(f"s{n}", "", {}, {"S[0,1]": x, "b": "1"}, x))
        for n, x in enumerate(drawn, 2)
    ]


def test_a_table() -> None:
    content = b"".join(table(ROSTER, finished("-0.5", "2")))
    assert content.decode("utf-8-sig") == (
        'id;name;S[0,1];b\r\ns2;"Zoë ""Z""; jr";-0.5;1\r\ns3;"Zoë ""Z""; jr";2;1\r\n'
    )
    assert content.startswith(b"\xef\xbb\xbf")


def test_no_names_no_column() -> None:
    lines = b"".join(table(Roster(Path("r.csv"), ",", 1, 0, None, ()), finished("1"))).decode("utf-8-sig").splitlines()
    assert list(csv.reader(lines)) == [["id", "S[0,1]", "b"], ["s2", "1", "1"]]


def test_columns_are_the_same_for_all() -> None:
    other = (Student(9, "s9", ""), Record("s9", "", {}, {"b": "1"}, ""))
    with pytest.raises(Broken, match="not those of s9"):
        list(table(ROSTER, [*finished("1"), other]))


@pytest.mark.parametrize("cell", ["-1", "+0.25", "-3/2", "0.5", "x = 1", ""])
def test_safe_cells(cell: str) -> None:
    made = StudentSheets({}, {"x": cell}, "")
    assert checked(made) is made


@pytest.mark.parametrize("cell", ["=1", "-x", "-1-1", "@a", "+cmd|x", "\t1", "1\n2", "-1e5"])
def test_unsafe_cells_are_our_fault(cell: str) -> None:
    for key in ({"x": cell}, {cell: "1"}):
        with pytest.raises(Broken, match="not safe in a spreadsheet"):
            checked(StudentSheets({}, key, ""))


def test_who_has_the_same_numbers() -> None:
    assert list(meetings(finished("a", "b", "a", "c", "b", "a"))) == [
        "lines 2 and 4: s2 and s4 have the same numbers",
        "lines 3 and 6: s3 and s6 have the same numbers",
        "lines 2 and 7: s2 and s7 have the same numbers",
    ]
