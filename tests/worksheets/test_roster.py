"""The roster: every line is a row, or has its one fault, or is empty; nothing else is harmed by it."""

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from symconv.errors import Fault, SpecError
from symconv.worksheets import roster
from symconv.worksheets.roster import ID, LINE, Student, open_roster, read, rows, survey


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("roster") / "r.csv"


def found(file: Path, content: bytes) -> list[Student | Fault]:
    file.write_bytes(content)
    return list(read(open_roster(file)))


@pytest.mark.parametrize(
    "content",
    [
        b"id,name\na1,Zo\xc3\xab\nb2,\n",
        b"\xef\xbb\xbfid,name\r\na1,Zo\xc3\xab\r\nb2,",
        b" ID ; Name;mail\n\na1 ;Zo\xc3\xab; x\n \t \n b2;;\n",
        b'mail\tname\tid\nx\t"Zo\xc3\xab"\ta1\n\t\tb2\n',
    ],
    ids=["LF", "BOM, CRLF, no last line's end", "semicolons, spaces, empty lines", "tabs, other order"],
)
def test_the_same_roster_in_many_forms(content: bytes, file: Path) -> None:
    assert [(row.id, row.name) for row in found(file, content) if isinstance(row, Student)] == [
        ("a1", "Zoë"),
        ("b2", ""),
    ]


def test_a_roster_without_names(file: Path) -> None:
    assert found(file, b"id\na1\n") == [Student(2, "a1", "")]
    assert open_roster(file).name is None


def test_lines_are_counted_as_an_editor_does(file: Path) -> None:
    assert [row.line for row in found(file, b"\nid\n\na\nb\r\n\r\nc") if isinstance(row, Student)] == [4, 5, 7]


BAD = {  # a line of the roster id,name -> what its fault says
    b",Zoe": "no id",
    b"../x,Zoe": 'id "../x" cannot be part of a file\'s name',
    b"/etc/passwd,Zoe": "cannot be part",
    b"a..b,Zoe": "cannot be part",
    b"a.,Zoe": "cannot be part",
    b".a,Zoe": "cannot be part",
    b"-a,Zoe": "cannot be part",
    b"a b,Zoe": "cannot be part",
    b"\xc3\xa9,Zoe": "cannot be part",
    b"a" * 65 + b",Zoe": "cannot be part",
    b"nul,Zoe": 'id "nul" is a name that Windows or this folder has taken',
    b"Com1.x,Zoe": "has taken",
    b"Answer-Key.csv,Zoe": "has taken",
    b"ok,Zoe": 'id "ok" is that of line 2 already',
    b"OK,Zoe": 'id "OK" is that of line 2 already',
    b"a,=1+1": 'name "=1+1" would be a formula in a spreadsheet',
    b'a," =HYPERLINK(""x"")"': "formula",
    b"a,+1": "formula",
    b'a,"Ann;=1+1"': "formula",
    b'a,"Ann\t \'=1+1"': "formula",
    b"a,-1": "formula",
    b"a,@SUM(1)": "formula",
    b"a,\tx": "formula",
    b"a,\xef\xbc\x9d1": "formula",
    b"a,Zo\x00e": 'name "Zo\\x00e" holds a control character',
    b"a,Zo\xe2\x80\xaee": "control character",
    b"a,Zo\xe2\x80\xa8e": "control character",
    b"a," + b"z" * 101: "has 101 characters",
    b"a,Zo\xeb": "byte 5 (0xeb) is not UTF-8",
    b"a,\xed\xa0\x80": "not UTF-8",
    b"a": '1 field in "a"',
    b"a,Zoe,": "3 fields",
    b"a;Zoe": "1 field",
    b'a,"Zoe': 'quotes that do not fit in "a,"Zoe"',
    b'a,"Zoe"x': "quotes that do not fit",
    b"a,Zo\re": "quotes that do not fit",
    b"a," + b"z" * LINE: "more than 10,000 bytes",
    b" " * (LINE + 1): "more than 10,000 bytes",
    b"," + b"z" * 10_000_000: "more than 10,000 bytes",
}


def test_every_bad_line_has_one_fault_and_the_others_are_rows(file: Path) -> None:
    found_all = found(file, b"id,name\nok,Zoe\n" + b"".join(line + b"\n" for line in BAD) + b"last,Zoe")
    assert found_all[0] == Student(2, "ok", "Zoe") and found_all[-1] == Student(len(BAD) + 3, "last", "Zoe")
    for line, (number, fault) in zip(BAD, enumerate(found_all[1:-1], 3), strict=True):
        assert isinstance(fault, Fault) and fault.place == f"{file} line {number}" and fault.remedy
        assert BAD[line] in fault.problem
        assert len(str(fault)) < 500 and str(fault).replace("\n", "").isprintable()


@pytest.mark.parametrize(
    "name", ["O'Neil", "Müller-Lüdenscheidt", "李小龍", "می\u200cخواهم", "z" * 100, 'Z "Z" Z', "a,b"]
)
def test_names_that_people_have(name: str, file: Path) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    assert found(file, f"id,name\na,{quoted}\n".encode()) == [Student(2, "a", name)]


def test_a_bad_row_takes_no_id(file: Path) -> None:
    assert [type(x) for x in found(file, b"id,name\na,=1\na,Zoe\n")] == [Fault, Student]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the roster is empty"),
        (b"\n \r\n", "the roster is empty"),
        (b"name\nZoe\n", 'line 1: no column id in the header "name"'),
        (b"a1\nb2\n", "no column id"),
        (b'"id\na', "no column id"),
        (b"id,ID\na,a\n", 'line 1: 2 columns in the header mean the same: "id", "ID"'),
        (b"id,name,Name\n", '2 columns in the header mean the same: "name", "Name"'),
        (b"\xff\xfei\x00d\x00\n\x00", r"line 1: byte 1 \(0xff\) is not UTF-8"),
        (b"id," + b"x" * LINE, "line 1: the header has more than 10,000 bytes"),
    ],
)
def test_a_file_that_is_no_roster(content: bytes, message: str, file: Path) -> None:
    file.write_bytes(content)
    with pytest.raises(SpecError, match=message):
        open_roster(file)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="cannot be read: No such file"):
        open_roster(tmp_path / "none.csv")
    with pytest.raises(SpecError, match="is not a file"):
        open_roster(tmp_path)
    with pytest.raises(SpecError, match="cannot be read: embedded null"):
        open_roster(Path("a\0b"))


def test_a_roster_too_long(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roster, "ROWS", 2)
    assert len(found(file, b"id\na\n\nb\n")) == 2
    with pytest.raises(SpecError, match="line 4: more than 2 rows"):
        found(file, b"id\na\nb\nc\n")


def test_a_roster_that_changes_while_it_is_read(file: Path) -> None:
    file.write_bytes(b"id\na\n")
    opened = open_roster(file)
    file.write_bytes(b"id\na\nb\n")
    with pytest.raises(SpecError, match="changed while it was read"):
        list(rows(opened))


def test_a_huge_field_is_not_held(file: Path) -> None:
    file.write_bytes(b"id,name\na," + b"x" * 10_000_000 + b"\nb,Zoe\n")
    tracemalloc.start()
    try:
        assert [type(x) for x in read(open_roster(file))] == [Fault, Student]
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


FIELDS = st.one_of(
    st.sampled_from(
        [b"a", b"A", b"b1", b"..", b'"', b'""', b"=x", b" ", b"\t", b"\r", b"\xff", b"\xef\xbb\xbf", b"x" * LINE]
    ),
    st.binary(max_size=6),
)
LINES = st.lists(st.lists(FIELDS, min_size=1, max_size=3).map(b",".join), max_size=8)


@given(st.sampled_from([b"\n", b"\r\n"]), LINES)
def test_any_bytes_are_rows_or_faults_or_empty(file: Path, end: bytes, lines: list[bytes]) -> None:
    content = end.join([b"id,name", *lines])
    physical = content.split(b"\n")[1:]
    said: list[str] = []
    everything = found(file, content)
    assert len(everything) == sum(len(line) > LINE or bool(line.strip()) for line in physical)
    usable = [x for x in everything if isinstance(x, Student)]
    assert all(ID.fullmatch(row.id) and physical[row.line - 2].find(row.id.encode()) >= 0 for row in usable)
    assert len({row.id.lower() for row in usable}) == len(usable)
    assert survey(open_roster(file), said.append) == (len(usable), len(said))


@given(st.binary(max_size=40))
def test_any_file_is_a_roster_or_is_refused(file: Path, content: bytes) -> None:
    try:
        found(file, content)
    except SpecError as error:
        assert str(error).startswith(str(file))


# ------------------------------------------------------------------------------------------------ from elsewhere
@pytest.mark.parametrize("line", [b"sep=;", b"SEP=;\r", b"\xef\xbb\xbfsep=;", b'"sep=;"', b"\n\nsep=;\n"])
def test_excels_first_line_says_the_delimiter(line: bytes, file: Path) -> None:
    first = line.count(b"\n") + 2
    rows = found(file, line + b"\nid;name, first\na1;x\n\nb2;y;z\n")
    assert rows[0] == Student(first + 1, "a1", "")
    assert isinstance(rows[1], Fault) and rows[1].place.endswith(f"line {first + 3}") and len(rows) == 2


def test_each_delimiter_can_be_said(file: Path) -> None:
    for delimiter in (b",", b";", b"\t"):
        assert found(file, b"sep=%b\nid%bName\na1%bZoe" % ((delimiter,) * 3)) == [Student(3, "a1", "Zoe")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"sep=|\nid|name\n", r'line 1: "sep=\|" does not fit\n  give a comma, a semicolon, a tab, or leave the line'),
        (b"sep=;\nid,name\n", 'line 2: no column id in the header "id,name"'),
        (b"sep=;\n", "the roster is empty"),
        (b"sep=\xff\nid\n", "line 1: "),
        (b"sep=;;\nid;name\n", "line 1: no column id"),
        ("学号,student id\n".encode(), 'line 1: 2 columns in the header mean the same: "学号", "student id"'),
        (b"\xff\xfei\x00d\x00\n\x00", "is not UTF-8: the file is UTF-16, as Excel"),
        ("id,name\na,x\n".encode("utf-16"), "is not UTF-8: the file is UTF-16, as Excel"),
        ("学号,姓名\na,李\n".encode("gb18030") + b"b,\xff\xff\n", "line 3: byte 3 .0xff. is neither UTF-8 nor GB18030"),
        (
            "id,Prénom\na,Zoë\n".encode("cp1252") + b"b,\x81\n",
            "line 3: byte 3 .0x81. is neither UTF-8 nor Windows-1252",
        ),
        ("id,имя\na,Иван\n".encode("cp1251"), "line 1: byte 4 .0xe8. is not UTF-8"),
        ("id,姓名\na,李\n".encode("big5"), "line 1: byte 4 .0xa9. is not UTF-8"),
        ("id,班级\na,1\n".encode("gbk"), "line 1: byte 4 .0xb0. is not UTF-8"),
        ("id,이름\na,1\n".encode("cp949"), "line 1: byte 4 .0xc0. is not UTF-8"),
        ("id,氏名\na,李\n".encode("shift-jis"), "line 1: byte 4 .0x8e. is not UTF-8"),
    ],
)
def test_what_excel_writes_and_we_do_not_read(content: bytes, message: str, file: Path) -> None:
    file.write_bytes(content)
    with pytest.raises(SpecError, match=message) as refused:
        open_roster(file)
    assert str(refused.value).startswith(str(file)) and str(refused.value).count("\n") == 1


@pytest.mark.parametrize(
    ("header", "encoding", "read_as"),
    [
        ("学号,姓名", "gb18030", "GB18030"), ("学号,姓名", "gbk", "GB18030"), ("学号,姓名", "utf-8", "utf-8"),
        ("学 号,姓　名", "gbk", "GB18030"), ("學號,姓名", "gb18030", "GB18030"),
        ("班级,姓名,学号", "gbk", "GB18030"), ("id,姓名", "gbk", "GB18030"), ("ID,Prénom", "cp1252", "Windows-1252"),
        ("N° étudiant,id,Name", "cp1252", "Windows-1252"), ("id,name,Größe", "cp1252", "Windows-1252"),
        ("Student ID,Name", "utf-8", "utf-8"), ("student_id,Student Name", "utf-8", "utf-8"),
        ("ＩＤ,ＮＡＭＥ", "utf-8", "utf-8"),
    ],
)  # fmt: skip
def test_the_header_tells_the_encoding(header: str, encoding: str, read_as: str, file: Path) -> None:
    names = header.split(",")
    name = "Zoë" if read_as != "GB18030" else "朱镕基喆"
    at = next(i for i, x in enumerate(names) if x.replace(" ", "").replace("_", "").casefold()
              in ("id", "学号", "學號", "studentid", "ｉｄ"))  # fmt: skip
    line = ",".join("a1" if i == at else name for i, _ in enumerate(names))
    file.write_bytes(f"{header}\r\n{line}\r\n".encode(encoding))
    said: list[str] = []
    opened = open_roster(file)
    assert opened.encoding == read_as
    assert list(rows(opened)) == [Student(2, "a1", name if opened.name is not None else "")]
    assert survey(opened, said.append) == (1, 0)
    assert said == ([] if read_as == "utf-8" else [f"{file}: is not UTF-8, and is read as {read_as}"])


def test_both_columns_of_a_chinese_header_are_found(file: Path) -> None:
    assert found(file, "班级;学号;姓名\n1;a1;李小龙\n".encode("gbk")) == [Student(2, "a1", "李小龙")]
    assert found(file, "id,学号,姓名\na1,x,李\n".encode()) == [Student(2, "a1", "李")], (
        "id itself goes before all others"
    )


def test_an_ascii_header_is_utf8_and_other_rows_are_named(file: Path) -> None:
    rows = found(file, b"id,name\na1,Zo\xeb\nb2,Zoe\n")
    assert isinstance(rows[0], Fault) and "is not UTF-8" in rows[0].problem and rows[1] == Student(3, "b2", "Zoe")


@given(st.sampled_from(["gb18030", "cp1252"]), st.binary(max_size=60))
def test_any_bytes_below_a_guessed_header_are_rows_or_one_message(file: Path, encoding: str, content: bytes) -> None:
    header = {"gb18030": "学号,姓名", "cp1252": "id,Prénom"}[encoding]
    try:
        found(file, header.encode(encoding) + b"\n" + content)
    except SpecError as error:
        assert "neither UTF-8 nor" in str(error)
        with pytest.raises(UnicodeDecodeError):
            content.decode(encoding)


def test_a_long_line_of_a_guessed_encoding_is_not_held(file: Path) -> None:
    file.write_bytes("学号,姓名\na,".encode("gbk") + b"\xc0" * 10_000_001 + "\nb,李\n".encode("gbk"))
    tracemalloc.start()
    try:
        assert [type(x) for x in read(open_roster(file))] == [Fault, Student]
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
