"""Batches: in the executor's hands only so many at a time, each row with what became of it."""

from collections.abc import Iterator

import pytest
from small_job import Gone, SmallJob, inline

import symconv
from symconv.errors import SpecError
from symconv.worksheets import batches
from symconv.worksheets.batches import AHEAD, Failed, parcel, spread, work
from symconv.worksheets.roster import Student

ROWS = [Student(n, f"s{n}", "Zoe") for n in range(2, 25)]


def test_every_row_comes_back_once_with_its_own_sheets() -> None:
    with inline() as crew:
        found = [pair for results in spread(crew, parcel(SmallJob()), ROWS, 5) for pair in results]
    assert sorted(row.line for row, _ in found) == [row.line for row in ROWS]
    assert all(made == SmallJob().made(row.id, row.name) for row, made in found)


def test_rows_are_taken_only_as_there_are_hands() -> None:
    taken = 0

    def rows() -> Iterator[Student]:
        nonlocal taken
        for row in ROWS:
            taken += 1
            yield row

    with inline() as crew:
        given = 0
        for results in spread(crew, parcel(SmallJob()), rows(), 3):
            given += len(results)
            assert taken <= given + (AHEAD * crew.workers) * 3
    assert given == taken == len(ROWS)


def test_no_rows_no_work() -> None:
    with inline() as crew:
        assert list(spread(crew, parcel(SmallJob()), [], 3)) == [] and crew.executor.calls == 0  # type: ignore[attr-defined]


def test_a_row_that_cannot_be_made_is_alone_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARD", "b")
    made = work(symconv.__version__, parcel(SmallJob()), [("a", ""), ("b", ""), ("c", "")])
    assert [type(x) is Failed for x in made] == [False, True, False] and made[1] == Failed("b cannot be made")


def test_the_maker_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr(batches, "_makers", {})
    monkeypatch.setattr(SmallJob, "maker", lambda self: calls.append(self) or self.made)
    for job in (SmallJob(), SmallJob(), SmallJob(41), SmallJob(41)):
        work(symconv.__version__, parcel(job), [("a", "")])
    assert calls == [SmallJob(), SmallJob(41)]


def test_a_worker_of_another_version_makes_nothing() -> None:
    with pytest.raises(SpecError, match=r"a worker has symconv .*, this computer 0\.0\n  install the same"):
        work("0.0", parcel(SmallJob()), [("a", "")])


def test_a_lost_worker_is_seen() -> None:
    with inline(2) as crew, pytest.raises(Gone):
        list(spread(crew, parcel(SmallJob()), ROWS, 3))
