"""`symconv bench --worksheets`: its settings, its table, and that a run makes what it says. No time is tested."""

import pytest

from symconv.commands import cli
from symconv.worksheets import speed
from symconv.worksheets.speed import HEADS, MIB, Setting, Speed, efficiency, measured, settings


def test_the_whole_class_in_two_formats_and_parts_of_it_for_the_rest() -> None:
    found = settings(10_000, 4)
    assert [(s.format, s.rows) for s in found if s.rows == 10_000] == [("tex", 10_000), ("html", 10_000)]
    assert [s.rows for s in found if s.workers == 4 and s.format == "html"] == [100, 1_000, 10_000]  # memory
    assert {(s.rows, s.workers) for s in found if "worker" in s.name} == {(1_000, 1), (1_000, 2)}
    assert [(s.rows, s.workers) for s in found if s.dask] == [(1_000, 2)]
    assert all(s.rows >= 1 for s in settings(1, 1)) and settings(1, 1)[-2].workers == 1


def test_a_row_of_the_table() -> None:
    one = Speed(Setting("html", "html", 1_000, 2), 20.0, 120 * MIB, 100 * MIB)
    assert dict(zip(HEADS, one.row(), strict=True)) == {
        "run": "html", "students": "1,000", "workers": "2", "seconds": "20.0", "sheets/s": "100", "per worker": "50",
        "parent": "120 MiB", "largest worker": "100 MiB",
    }  # fmt: skip
    assert Speed(one.setting, 20.0, 0, 0).row()[-2:] == ("-", "-")


def test_two_workers_that_make_twice_as_much_waste_nothing() -> None:
    def made(seconds: float, workers: int) -> Speed:
        name = "html, two workers" if workers == 2 else "html, one worker"
        return Speed(Setting(name, "html", 100, workers), seconds, 0, 0)

    assert efficiency([made(10, 1), made(5, 2)]) == 1 and efficiency([made(10, 1), made(10, 2)]) == 0.5


def test_a_run_is_what_the_command_does() -> None:
    found = measured(Setting("tex", "tex", 3, 1))
    assert found.seconds > 0 and found.setting.rows == 3
    assert found.parent > 10 * MIB and found.worker > 10 * MIB


def test_the_command_prints_a_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(speed, "measured", None)  # nothing is run

    def quick(rows: int, cores: int, say: object) -> list[Speed]:
        return [Speed(s, 1.0, 0, 0) for s in settings(rows, cores)]

    monkeypatch.setattr(speed, "speeds", quick)
    with pytest.raises(SystemExit) as ended:
        cli.main(["bench", "--worksheets", "--students", "50"])
    lines = capsys.readouterr().out.splitlines()
    assert (
        ended.value.code == 0 and lines[0].split()[:2] == ["run", "students"] and lines[1].split()[:2] == ["tex", "50"]
    )
    assert len(lines) == len(settings(50, 1)) + 3 and lines[-1].startswith("of a second worker ")


@pytest.mark.parametrize("students", ["0", "100001"])
def test_a_class_has_a_size(students: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["bench", "--worksheets", "--students", students])
    assert ended.value.code == 2 and "--students: " in capsys.readouterr().err
