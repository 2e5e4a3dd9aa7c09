"""Generated files: sealed, recognised when edited, written whole or not at all."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from symconv.errors import Broken, SpecError
from symconv.files import files
from symconv.files.files import Written, difference, write
from symconv.files.seals import command_of, sealed
from symconv.worksheets.folder import opened

COMMAND = "symconv generate"
A, B = Path("a.py"), Path("toy/b.tex")
NEW = {A: sealed("x = 1\n", COMMAND), B: sealed("\\x\n", COMMAND, ".tex")}


def test_write_then_write_again(tmp_path: Path) -> None:
    assert write(NEW, tmp_path) == Written((A, B), (), ())
    assert (tmp_path / B).read_text() == NEW[B]
    os.utime(tmp_path / A, ns=(1, 1))
    assert write(NEW, tmp_path) == Written((), (A, B), ())
    assert (tmp_path / A).stat().st_mtime_ns == 1
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["a.py", "b.tex", "toy"]


def test_our_own_older_version_is_replaced(tmp_path: Path) -> None:
    (tmp_path / A).write_text(sealed("x = 0\n", COMMAND))
    assert write(NEW, tmp_path).written == (A, B)


@pytest.mark.parametrize(
    "edit", [b"x = 2\n", NEW[A].encode() + b"# mine\n", b"\xff\xfe", NEW[A].replace("\n", "\r\n").encode(), b""]
)
def test_an_edited_file_is_named_and_the_others_are_written(edit: bytes, tmp_path: Path) -> None:
    (tmp_path / A).write_bytes(edit)
    assert write(NEW, tmp_path) == Written((B,), (), (A,))
    assert (tmp_path / A).read_bytes() == edit
    assert write(NEW, tmp_path, force=True) == Written((A,), (B,), ())
    assert (tmp_path / A).read_text() == NEW[A]


def test_bytes_are_replaced_without_a_seal(tmp_path: Path) -> None:
    pdf = Path("h.pdf")
    (tmp_path / pdf).write_bytes(b"%PDF old")
    assert write({pdf: b"%PDF new"}, tmp_path).written == (pdf,)
    assert write({pdf: b"%PDF new"}, tmp_path).unchanged == (pdf,)


@pytest.mark.parametrize("call", ["replace", "fsync", "chmod"])
def test_an_interrupt_leaves_the_old_file_whole(call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = sealed("x = 0\n", COMMAND)
    (tmp_path / A).write_text(old)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(files.os, call, interrupt)
    with pytest.raises(KeyboardInterrupt):
        write({A: NEW[A]}, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["a.py"]
    assert (tmp_path / A).read_text() == old


def test_what_a_killed_process_leaves_is_in_the_folder_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beside: list[str] = []
    monkeypatch.setattr(files.os, "fsync", lambda handle: beside.extend(p.name for p in scratch.iterdir()))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    files.replace(tmp_path / "new" / "a.py", iter([b"x", b"y"]), scratch)
    assert len(beside) == 1 and beside[0].startswith(".a.py.")
    assert list(scratch.iterdir()) == [] and (tmp_path / "new" / "a.py").read_bytes() == b"xy"


def test_a_full_disk_is_one_clear_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(SpecError, match=r"a\.py: cannot be written: No space left on device"):
        write(NEW, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["../a.py", "/tmp/a.py", "toy/../../a.py"])
def test_a_path_out_of_the_folder_is_our_mistake(path: str, tmp_path: Path) -> None:
    with pytest.raises(Broken):
        write({Path(path): NEW[A]}, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    out.mkdir()
    elsewhere.mkdir()
    (out / "toy").symlink_to(elsewhere)
    with pytest.raises(SpecError, match="link"):
        write(NEW, out, force=True)
    assert list(elsewhere.iterdir()) == [] and not (out / A).exists()
    (elsewhere / "mine").write_text("precious")
    (out / A).symlink_to(elsewhere / "mine")
    with pytest.raises(SpecError, match="link"):
        write({A: NEW[A]}, out, force=True)
    assert (elsewhere / "mine").read_text() == "precious"


def test_a_linked_folder_given_by_the_user_is_fine(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "real")
    assert write(NEW, tmp_path / "out").written == (A, B)


def test_a_folder_in_the_way(tmp_path: Path) -> None:
    (tmp_path / A).mkdir()
    with pytest.raises(SpecError, match="cannot be read"):
        write(NEW, tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(SpecError):
        write(NEW, tmp_path / "file")


LONG = "x" * 300


@pytest.mark.parametrize("out", [LONG, f"a/{LONG}", "/".join(["y" * 200] * 40), "a\0b", "circle", "circle/a", "file/a"])
def test_an_out_that_no_folder_can_have(out: str, tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to("circle")
    (tmp_path / "file").write_text("")
    for call in (lambda: write(NEW, tmp_path / out), lambda: write({Path("a"): "x"}, (tmp_path / out)),
                 lambda: list(worksheets(tmp_path / out))):  # fmt: skip
        with pytest.raises(SpecError) as refused:
            call()
        assert str(refused.value).count("\n") <= 1 and str(refused.value).startswith(str(tmp_path))
    assert {p.name for p in tmp_path.iterdir()} <= {"circle", "file", "a"}
    assert not [p for p in tmp_path.rglob("*") if p.is_file() and p.name != "file"]


def worksheets(out: Path) -> Iterator[None]:
    with opened(out):
        yield


@pytest.mark.parametrize("name", ["x" * 300, "a\0b"])
def test_a_name_that_no_file_can_have(name: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="cannot be written"):
        write({Path(name): "x"}, tmp_path)


def test_the_longest_name_that_a_file_can_have(tmp_path: Path) -> None:
    for name in ("x" * 255, "\u4e2d" * 85):
        write({Path(name): "x"}, tmp_path)
        assert (tmp_path / name).read_text() == "x"


def test_a_folder_that_may_not_be_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(files.tempfile, "mkstemp", refused)
    with pytest.raises(SpecError, match=r"a\.py: cannot be written: Permission denied"):
        write(NEW, tmp_path)


def test_the_difference_is_a_diff_that_names_every_file(tmp_path: Path) -> None:
    write(NEW, tmp_path)
    assert difference(NEW, tmp_path) == ""
    (tmp_path / A).write_text(NEW[A].replace("x = 1", "x = 2"))
    (tmp_path / B).unlink()
    text = difference(NEW, tmp_path)
    assert "--- a/a.py\n+++ b/a.py\n" in text and "-x = 2\n+x = 1\n" in text
    assert "--- /dev/null\n+++ b/toy/b.tex\n" in text
    assert difference(NEW, tmp_path / "nowhere").count("/dev/null") == 2


def test_a_missing_last_newline_is_a_difference(tmp_path: Path) -> None:
    (tmp_path / A).write_text("x")
    assert "No newline" in difference({A: "x\n"}, tmp_path)


def test_a_generated_file_no_longer_written_is_named(tmp_path: Path) -> None:
    write({**NEW, Path("conv_old.py"): NEW[A]}, tmp_path)
    (tmp_path / "conv_mine.py").write_text("# by hand\n")
    command = command_of(NEW[A])
    assert difference(NEW, tmp_path, ["conv*.py"], command) == "conv_old.py: is no longer generated\n"
    assert difference(NEW, tmp_path, ["other*"], command) == ""


def test_a_file_of_another_command_is_not_missed(tmp_path: Path) -> None:
    write({**NEW, Path("conv_k3.py"): sealed("x = 1\n", "symconv generate --kernel 3")}, tmp_path)
    assert difference(NEW, tmp_path, ["conv*.py"], command_of(NEW[A])) == ""
