"""A class's worksheets: stopped anywhere and taken up again, the folder is what an undisturbed run makes."""

import csv
import json
import os
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from small_job import SmallJob, inline

from symconv.errors import Broken, SpecError
from symconv.files import files
from symconv.worksheets import batches
from symconv.worksheets.folder import HIDDEN, KEY, opened
from symconv.worksheets.roster import open_roster, rows
from symconv.worksheets.run import Outcome, Watcher, run

CLASS = ("s1,Zoë", "s2,李", "s3,Ann")
SHEET = Path("s2/sheet.tex")
Tree = dict[str, bytes]


class School:
    """A roster and a folder; `make` runs the one into the other."""

    def __init__(self, place: Path, *rows: str) -> None:
        self.roster, self.out, self.said, self.steps = place / "r.csv", place / "out", [], []
        self.enrol(*rows)

    def enrol(self, *rows: str) -> None:
        self.roster.write_text("\n".join(["id,name", *rows]), encoding="utf-8")

    def make(self, job: SmallJob | None = None, force: bool = False, lost: tuple[int, ...] = ()) -> Outcome:
        watcher = Watcher(self.said.append, lambda done, of: self.steps.append((done, of)))
        return run(job or SmallJob(2), open_roster(self.roster), self.out, inline(*lost), watcher, force)

    def tree(self) -> Tree:
        return {p.relative_to(self.out).as_posix(): p.read_bytes() for p in self.out.rglob("*") if p.is_file()}


@pytest.fixture
def school(tmp_path: Path) -> School:
    return School(tmp_path, *CLASS)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    school = School(tmp_path_factory.mktemp("undisturbed"), *CLASS)
    assert school.make() == Outcome(made=3)
    assert school.steps == [(1, 3), (2, 3), (3, 3)] and school.said == []
    return school.tree()


def key(school: School) -> list[list[str]]:
    return list(csv.reader((school.out / KEY).read_text(encoding="utf-8-sig").splitlines()))


def test_sheets_key_and_journal(undisturbed: Tree) -> None:
    sheets = {f"s{n}/sheet.{kind}" for n in (1, 2, 3) for kind in ("tex", "pdf")}
    assert set(undisturbed) == {*sheets, "answer-key.csv", ".worksheets/journal"}
    made = SmallJob(2).made("s2", "李")
    assert undisturbed["s2/sheet.tex"].decode() == made.files["s2/sheet.tex"]
    lines = undisturbed["answer-key.csv"].decode("utf-8-sig").splitlines()
    assert lines[0] == "id,name,a" and lines[2] == f"s2,李,{made.key['a']}" and len(lines) == 4
    assert [json.loads(line)["id"] for line in undisturbed[".worksheets/journal"].splitlines()] == [
        "",
        "s1",
        "s2",
        "s3",
    ]


def test_made_again_nothing_is_touched(school: School) -> None:
    school.make()
    before = {p: p.stat().st_mtime_ns for p in school.out.rglob("*") if p.is_file()}
    assert school.make() == Outcome(unchanged=3)
    assert {p: p.stat().st_mtime_ns for p in school.out.rglob("*") if p.is_file()} == before


def test_only_new_students_and_new_names_are_made(school: School) -> None:
    school.make()
    school.enrol("s4,Bo", *CLASS[:2], "s3,Anna")
    assert school.make() == Outcome(made=2, unchanged=2)
    assert [row[:2] for row in key(school)] == [
        ["id", "name"],
        ["s4", "Bo"],
        ["s1", "Zoë"],
        ["s2", "李"],
        ["s3", "Anna"],
    ]
    school.enrol(CLASS[0])
    assert school.make() == Outcome(unchanged=1) and len(key(school)) == 2
    school.enrol("s4,Bo", *CLASS)
    assert school.make() == Outcome(made=1, unchanged=3), "who comes back is remembered"


def test_other_options_make_all_anew(school: School) -> None:
    school.make()
    assert school.make(SmallJob(3)) == Outcome(made=3)
    assert (school.out / SHEET).read_text().count("\n") == 3


def test_what_other_options_no_longer_make_is_taken_away(school: School) -> None:
    """But for what somebody has changed since; and all of it may come back."""
    both = school.make() and school.tree()
    (school.out / "s1/sheet.tex").write_text("marked")
    assert school.make(SmallJob(3, formats=("pdf",))) == Outcome(made=3)
    assert {p for p in school.tree() if p.startswith("s")} == {"s1/sheet.tex", *(f"s{k}/sheet.pdf" for k in (1, 2, 3))}
    (school.out / "s1/sheet.tex").unlink()
    assert school.make() == Outcome(made=3) and school.tree() == both


def test_the_journal_may_be_lost(school: School, undisturbed: Tree) -> None:
    school.make()
    (school.out / HIDDEN / "journal").unlink()
    assert school.make() == Outcome(made=3) and school.tree() == undisturbed


@pytest.mark.parametrize("change", [b"by hand", b"", "half"], ids=["edited", "emptied", "half"])
@pytest.mark.parametrize("name", ["s2/sheet.tex", "s2/sheet.pdf"])
def test_a_file_changed_since_is_named_and_left(
    name: str, change: bytes | str, school: School, undisturbed: Tree
) -> None:
    school.make()
    changed = undisturbed[name][: len(undisturbed[name]) // 2] if isinstance(change, str) else change
    (school.out / name).write_bytes(changed)
    for job, outcome in ((SmallJob(2), Outcome(unchanged=3)), (SmallJob(3), Outcome(made=3))):
        outcome.edited.append(Path(name))
        assert school.make(job) == outcome and not outcome.well
        assert (school.out / name).read_bytes() == changed
    assert school.make(force=True) == Outcome(made=3) and school.tree() == undisturbed


def test_forced_only_what_is_wrong_is_made(school: School, undisturbed: Tree) -> None:
    school.make()
    (school.out / SHEET).write_text("mine")
    assert school.make(force=True) == Outcome(made=1, unchanged=2) and school.tree() == undisturbed


def test_a_lost_file_is_made_again(school: School, undisturbed: Tree) -> None:
    for name in (SHEET, KEY):
        school.make()
        (school.out / name).unlink()
        assert school.make().edited == [] and school.tree() == undisturbed


def test_an_answer_key_with_marks_is_never_lost(school: School, undisturbed: Tree) -> None:
    school.make()
    (school.out / KEY).write_text("my marks")
    school.enrol(*CLASS, "s4,Bo")
    assert school.make() == Outcome(made=1, unchanged=3, edited=[KEY])
    assert (school.out / KEY).read_text() == "my marks"
    school.enrol(*CLASS)
    school.make(force=True)
    assert undisturbed["answer-key.csv"] == school.tree()["answer-key.csv"]


def test_what_was_there_before_is_left(school: School) -> None:
    (school.out / SHEET).parent.mkdir(parents=True)
    (school.out / SHEET).write_text("mine")
    (school.out / KEY).write_text("mine")
    for outcome in (Outcome(made=3, edited=[SHEET, KEY]), Outcome(unchanged=3, edited=[SHEET, KEY])):
        assert school.make() == outcome
    assert (school.out / SHEET).read_text() == (school.out / KEY).read_text() == "mine"


# Stopped


def stop_at(call: int, after: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A KeyboardInterrupt before or after the given one of all calls that change the disk."""
    calls = count(1)

    def wrapped(real: Callable[..., object]) -> Callable[..., object]:
        def stopping(*args: object, **keywords: object) -> object:
            number = next(calls)
            if number == call and not after:
                raise KeyboardInterrupt
            result = real(*args, **keywords)
            if number == call:
                raise KeyboardInterrupt
            return result

        return stopping

    for name in ("fsync", "replace", "chmod", "unlink"):
        monkeypatch.setattr(files.os, name, wrapped(getattr(os, name)))


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("old", [False, True], ids=["new", "other options"])
def test_stopped_at_every_step_and_taken_up(after: bool, old: bool, tmp_path: Path, undisturbed: Tree) -> None:
    for call in count(1):
        place = tmp_path / str(call)
        place.mkdir()
        school = School(place, *CLASS)
        if old:
            school.make(SmallJob(3))
        stopped = False
        with pytest.MonkeyPatch.context() as patch:
            stop_at(call, after, patch)
            try:
                school.make(SmallJob(4) if old else None)
            except KeyboardInterrupt:
                stopped = True
        outcome = school.make()
        assert outcome.well and outcome.made + outcome.unchanged == 3 and school.tree() == undisturbed
        if not stopped:
            break
    assert call > 20


def test_killed_between_the_line_and_its_file(school: School, undisturbed: Tree) -> None:
    """A kill leaves what an interrupt tidies up: a line whose file never came, and a temporary file."""
    school.make(SmallJob(3))
    with opened(school.out) as folder:
        row = next(rows(open_roster(school.roster)))
        folder.put([(row, "another mark", SmallJob(4).made(row.id, row.name))])
    (school.out / "s1/sheet.tex").unlink()
    (school.out / HIDDEN / ".sheet.tex.abc").write_text("hal")
    with (school.out / HIDDEN / "journal").open("ab") as file:
        file.write(b'{"id":"s1","mark":"')
    assert school.make() == Outcome(made=3) and school.tree() == undisturbed


def test_a_lost_worker_stops_the_run_and_nothing_is_lost(school: School, undisturbed: Tree) -> None:
    outcome = school.make(lost=(3,))
    assert (outcome.made, outcome.well) == (2, False) and not (school.out / KEY).exists()
    assert outcome.stopped.startswith("the worker is gone\n  what is written stays")
    assert school.make() == Outcome(made=1, unchanged=2) and school.tree() == undisturbed


# Refused


def test_bad_rows_are_said_and_the_others_made(school: School, undisturbed: Tree) -> None:
    school.enrol(CLASS[0], "../x,Zoe", CLASS[1], "s1,Twice", "x,=1", CLASS[2])
    assert school.make() == Outcome(made=3, bad=3) and len(school.said) == 3
    tree = school.tree()
    assert tree == undisturbed


def test_a_row_that_cannot_be_made(school: School, monkeypatch: pytest.MonkeyPatch, undisturbed: Tree) -> None:
    monkeypatch.setenv("HARD", "s2")
    for outcome in (Outcome(made=2, bad=1), Outcome(unchanged=2, bad=1)):
        assert school.make() == outcome
        assert school.said.pop() == f"{school.roster} line 3: s2 cannot be made" and not school.said
    assert [row[0] for row in key(school)] == ["id", "s1", "s3"]
    monkeypatch.delenv("HARD")
    assert school.make() == Outcome(made=1, unchanged=2) and school.tree() == undisturbed


def test_no_usable_row_and_nothing_is_written(school: School) -> None:
    school.enrol(",Zoe")
    with pytest.raises(SpecError, match=r"r\.csv: no row of the roster can be used"):
        school.make()
    assert len(school.said) == 1 and not school.out.exists()


def test_students_with_the_same_numbers_are_named(school: School) -> None:
    outcome = school.make(SmallJob(numbers=1))
    assert outcome.made == 3 and outcome.well
    assert outcome.meetings == [
        "lines 2 and 3: s1 and s2 have the same numbers",
        "lines 2 and 4: s1 and s3 have the same numbers",
    ]
    assert school.make(SmallJob(numbers=1)).meetings == outcome.meetings


def test_a_second_process_is_refused(school: School) -> None:
    with opened(school.out), pytest.raises(SpecError, match="another process is making worksheets there"):
        school.make()
    assert school.make() == Outcome(made=3)


def test_folders_that_cannot_be_used(school: School, tmp_path: Path) -> None:
    school.out.write_text("a file")
    with pytest.raises(SpecError, match="cannot be made"):
        school.make()
    school.out.unlink()
    school.out.mkdir()
    (school.out / HIDDEN).symlink_to(tmp_path)
    with pytest.raises(SpecError, match="link"):
        school.make()


def test_a_key_that_is_not_safe_is_our_fault(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    real = SmallJob.made
    monkeypatch.setattr(SmallJob, "made", lambda *row: replace(real(*row), key={"x": "=1"}))
    monkeypatch.setattr(batches, "_makers", {})
    with pytest.raises(Broken, match="not safe"):
        school.make()
