"""The roster: every line is a row, or has its one fault, or is empty; nothing else is harmed by it."""

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from symconv.errors import Fault, SpecError
from symconv.worksheets import roster
from symconv.worksheets.roster import ID, LINE, Row, open_roster, read, rows, survey


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("roster") / "r.csv"


def found(file: Path, content: bytes) -> list[Row | Fault]:
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
    assert [(row.id, row.name) for row in found(file, content) if isinstance(row, Row)] == [("a1", "Zoë"), ("b2", "")]


def test_a_roster_without_names(file: Path) -> None:
    assert found(file, b"id\na1\n") == [Row(2, "a1", "")]
    assert open_roster(file).name is None


def test_lines_are_counted_as_an_editor_does(file: Path) -> None:
    assert [row.line for row in found(file, b"\nid\n\na\nb\r\n\r\nc") if isinstance(row, Row)] == [4, 5, 7]


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
    assert found_all[0] == Row(2, "ok", "Zoe") and found_all[-1] == Row(len(BAD) + 3, "last", "Zoe")
    for line, (number, fault) in zip(BAD, enumerate(found_all[1:-1], 3), strict=True):
        assert isinstance(fault, Fault) and fault.place == f"{file} line {number}" and fault.remedy
        assert BAD[line] in fault.problem
        assert len(str(fault)) < 500 and str(fault).replace("\n", "").isprintable()


@pytest.mark.parametrize(
    "name", ["O'Neil", "Müller-Lüdenscheidt", "李小龍", "می\u200cخواهم", "z" * 100, 'Z "Z" Z', "a,b"]
)
def test_names_that_people_have(name: str, file: Path) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    assert found(file, f"id,name\na,{quoted}\n".encode()) == [Row(2, "a", name)]


def test_a_bad_row_takes_no_id(file: Path) -> None:
    assert [type(x) for x in found(file, b"id,name\na,=1\na,Zoe\n")] == [Fault, Row]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the roster is empty"),
        (b"\n \r\n", "the roster is empty"),
        (b"name\nZoe\n", 'line 1: no column id in the header "name"'),
        (b"a1\nb2\n", "no column id"),
        (b'"id\na', "no column id"),
        (b"id,ID\na,a\n", "line 1: 2 columns id in the header"),
        (b"id,name,Name\n", "2 columns name"),
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
        assert [type(x) for x in read(open_roster(file))] == [Fault, Row]
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
    usable = [x for x in everything if isinstance(x, Row)]
    assert all(ID.fullmatch(row.id) and physical[row.line - 2].find(row.id.encode()) >= 0 for row in usable)
    assert len({row.id.lower() for row in usable}) == len(usable)
    assert survey(open_roster(file), said.append) == (len(usable), len(said))


@given(st.binary(max_size=40))
def test_any_file_is_a_roster_or_is_refused(file: Path, content: bytes) -> None:
    try:
        found(file, content)
    except SpecError as error:
        assert str(error).startswith(str(file))
