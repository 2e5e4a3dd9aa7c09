"""A class's worksheets from the roster to the answer key: what is there already stays, the rest is made and put in
place as it comes, and the same call goes on where a killed one was."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from symconv.errors import SpecError
from symconv.networks.exact import show_path
from symconv.worksheets import answer_key
from symconv.worksheets.batches import Crew, Failed, Parcel, Results, parcel, spread
from symconv.worksheets.folder import Folder, mark, opened
from symconv.worksheets.job import Job
from symconv.worksheets.journal import Record
from symconv.worksheets.roster import Roster, Student, place_of, rows, survey

BATCH = 8  # rows: a worker is asked rarely, and little is lost when it is killed
GO_ON = "what is written stays, the same command goes on from there"


@dataclass
class Outcome:
    """What became of the rows; `edited`: files left as somebody had them, `stopped`: why not all rows were seen."""

    made: int = 0
    unchanged: int = 0
    bad: int = 0
    edited: list[Path] = field(default_factory=list)
    meetings: list[str] = field(default_factory=list)
    stopped: str = ""

    @property
    def well(self) -> bool:
        return not (self.bad or self.edited or self.stopped)


@dataclass(frozen=True)
class Watcher:
    """Who is told: `say` of each bad row, `step` of (rows made, rows to be made) as far as is known."""

    say: Callable[[str], None]
    step: Callable[[int, int], None]


@dataclass(frozen=True)
class ClassRun:
    """What a run is about: the job packed, the roster, and the folder."""

    job: Parcel
    roster: Roster
    folder: Folder

    def mark(self, row: Student) -> str:
        return mark(self.job.digest, row)

    def finished(self) -> Iterator[tuple[Student, Record]]:
        """The rows whose sheets are in the journal as they are now wanted."""
        for row in rows(self.roster):
            record = self.folder.journal.latest(row.id)
            if record is not None and record.mark == self.mark(row):
                yield row, record


def run(
    job: Job, roster: Roster, out: Path, crew: AbstractContextManager[Crew], watcher: Watcher, force: bool = False
) -> Outcome:
    """Makes the sheets of all usable rows below `out`; SpecError, with nothing written, where there is no such row."""
    usable, bad = survey(roster, watcher.say)
    if not usable:
        raise SpecError(f"{show_path(roster.path)}: no row of the roster can be used")
    outcome = Outcome(bad=bad)
    with crew as workers, opened(out, force) as folder:
        these = ClassRun(parcel(job), roster, folder)
        size = max(1, min(BATCH, usable // (16 * workers.workers)))
        try:
            for results in spread(workers, these.job, _left(these, outcome), size):
                _put(these, results, outcome, watcher.say)
                watcher.step(outcome.made + outcome.bad - bad, usable - outcome.unchanged)
        except workers.lost:
            outcome.stopped = f"{workers.why}\n  {GO_ON}"
            return outcome
        _finish(these, outcome)
    return outcome


def _left(these: ClassRun, outcome: Outcome) -> Iterator[Student]:
    """The rows whose sheets are to be made; the others are counted."""
    for row in rows(these.roster):
        edited = these.folder.edited(row, these.mark(row))
        if edited is None:
            yield row
        else:
            outcome.unchanged += 1
            outcome.edited += edited


def _put(these: ClassRun, results: Results, outcome: Outcome, say: Callable[[str], None]) -> None:
    sheets = []
    for row, made in results:
        if isinstance(made, Failed):
            outcome.bad += 1
            say(f"{place_of(these.roster, row)}: {made.why}")
        else:
            sheets.append((row, these.mark(row), answer_key.checked(made)))
    outcome.edited += these.folder.put(sheets)
    outcome.made += len(sheets)


def _finish(these: ClassRun, outcome: Outcome) -> None:
    """The answer key, the meetings, and the journal in order."""
    outcome.meetings += answer_key.meetings(these.finished())
    if next(these.finished(), None):
        outcome.edited += these.folder.put_key(lambda: answer_key.table(these.roster, these.finished()))
    these.folder.settle(row.id for row in rows(these.roster))
