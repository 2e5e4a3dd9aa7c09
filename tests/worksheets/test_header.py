"""A roster's first lines, one by one: the files as a whole are in test_roster.py."""

import pytest

from symconv.errors import SpecError
from symconv.worksheets.header import CP1252, GB18030, ID, NAME, UTF8, column, encoding, separator


@pytest.mark.parametrize(
    ("names", "at"),
    [
        (["id"], 0), (["Name", " ID "], 1), (["学号"], 0), (["学 号"], 0), (["Student-ID", "x"], 0), (["學號"], 0),
        (["x", "ｉｄ"], 1), (["学号", "id"], 1), (["idea"], None), ([], None),
    ],
)  # fmt: skip
def test_the_column_of_ids(names: list[str], at: int | None) -> None:
    assert column(names, ID) == at


def test_two_columns_of_one_meaning_are_refused() -> None:
    for names, known, said in (
        (["id", "ID"], ID, '2 columns in the header mean the same: "id", "ID"'),
        (["学号", "x", "student id"], ID, '2 columns in the header mean the same: "学号", "student id"'),
        (["姓名", "student name"], NAME, '2 columns in the header mean the same: "姓名", "student name"'),
        (["name", "id"] * 9, NAME, "9 columns in the header mean the same: " + '"name", ' * 6 + "..."),
        (["i\x1cd", " id "], ID, r'2 columns in the header mean the same: "i\x1cd", " id "'),
    ):
        with pytest.raises(SpecError) as refused:
            column(names, known)
        assert str(refused.value) == f"{said}\n  leave one of them"


def test_a_line_that_says_what_stands_between_two() -> None:
    assert [separator(line) for line in (b"sep=,", b'"SEP=\t"', b"sep=", b"id;sep=;", b"sep=;;")] == [
        ",",
        "\t",
        "",
        "",
        "",
    ]
    with pytest.raises(SpecError, match="give a comma, a semicolon, a tab"):
        separator(b"sep=|")


@pytest.mark.parametrize("name", ["gbk", "gb18030", "utf-8"])
def test_a_chinese_header(name: str) -> None:
    assert encoding("学号,姓名".encode(name)) == (UTF8 if name == "utf-8" else GB18030)


@pytest.mark.parametrize("text", ["id,Prénom", "Größe;id", "N° étudiant,id"])
def test_a_western_header(text: str) -> None:
    assert encoding(text.encode("cp1252")) == CP1252


@pytest.mark.parametrize(
    ("text", "name"), [("id,имя", "cp1251"), ("id,이름", "cp949"), ("id,Ä", "utf-16"), ("id,氏名", "euc-jp")]
)
def test_what_may_be_anything(text: str, name: str) -> None:
    assert encoding(text.encode(name)) == ""
