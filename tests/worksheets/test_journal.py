"""The journal: what it knows survives a kill at any byte, and its end is the same whatever the way there."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from symconv.errors import SpecError
from symconv.worksheets.journal import Journal, Record, digest, digest_at

A = Record("a", "m1", {"a.tex": "d1"}, {"x": "1/2"}, "7")
B = Record("b", "m1", {"b.tex": "d2"}, {"x": "é\n"}, "8")
NEWER = Record("a", "m2", {"a.tex": "d3"}, {"x": "2"}, "9")


def journal(folder: Path, *records: Record) -> Path:
    with closing(Journal(folder / "journal")) as opened:
        opened.add(records)
    return folder / "journal"


def test_what_is_added_is_found_again(tmp_path: Path) -> None:
    with closing(Journal(journal(tmp_path, A, B))) as opened:
        assert (opened.latest("a"), opened.latest("b"), opened.latest("c")) == (A, B, None)
        opened.add([NEWER])
        assert opened.latest("a") == NEWER
        assert opened.knows("a", "a.tex", "d1") and opened.knows("a", "a.tex", "d3")
        assert not opened.knows("a", "a.tex", "d2") and not opened.knows("b", "a.tex", "d1")


def test_a_line_torn_at_any_byte_is_as_if_it_had_never_been(tmp_path: Path) -> None:
    whole = journal(tmp_path, A, B).read_bytes()
    for end in range(len(A.line()), len(whole)):
        (tmp_path / "journal").write_bytes(whole[:end])
        with closing(Journal(tmp_path / "journal")) as opened:
            assert (opened.latest("a"), opened.latest("b")) == (A, None)
            opened.add([B])
        assert (tmp_path / "journal").read_bytes() == whole


@pytest.mark.parametrize(
    "line", [b"", b"{}", b"\0" * 9, b"\xff", b"[" * 9999, b"7", b'{"id":"a"}', A.line()[:-1].replace(b'"d1"', b"1"),
             A.line()[:-1].replace(b'{"a.tex":"d1"}', b"[]"), A.line()[:-1].replace(b'"m1"', b"null")]
)  # fmt: skip
def test_a_line_of_another_form_is_passed_over(line: bytes, tmp_path: Path) -> None:
    (tmp_path / "journal").write_bytes(line + b"\n" + B.line())
    with closing(Journal(tmp_path / "journal")) as opened:
        assert (opened.latest("a"), opened.latest("b")) == (None, B)
        opened.settle([], tmp_path)
    assert (tmp_path / "journal").read_bytes() == B.line()


def test_settled_it_has_the_latest_lines_in_order(tmp_path: Path) -> None:
    other = Record("gone", "m1", {}, {}, "")
    opened = Journal(journal(tmp_path, other, A, B, NEWER))
    opened.settle(iter(["b", "never", "a"]), tmp_path)
    assert (tmp_path / "journal").read_bytes() == B.line() + NEWER.line() + other.line()
    assert [p.name for p in tmp_path.iterdir()] == ["journal"]
    before = (tmp_path / "journal").stat()
    Journal(tmp_path / "journal").settle(["b", "a"], tmp_path)
    assert (tmp_path / "journal").stat().st_ino == before.st_ino


def test_a_line_is_json_in_utf_8(tmp_path: Path) -> None:
    assert json.loads(B.line())["key"] == {"x": "é\n"} and b"\xc3\xa9\\n" in B.line() and B.line().count(b"\n") == 1


def test_digests(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"ab")
    assert digest_at(tmp_path / "x") == digest([b"a", b"b"]) != digest([b"a"])
    assert digest_at(tmp_path / "none") is None
    with pytest.raises(SpecError, match="cannot be read: Is a directory"):
        digest_at(tmp_path)


def test_a_journal_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="cannot be opened: Is a directory"):
        Journal(tmp_path)


def test_a_full_disk_is_one_clear_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with closing(Journal(tmp_path / "journal")) as opened, pytest.raises(SpecError, match="written: No space left"):
        opened.add([A])
