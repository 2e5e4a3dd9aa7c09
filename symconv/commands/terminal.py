"""What a command says: tables, what became of files, what is being done; quiet where nobody looks."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

from symconv.commands import streams

if TYPE_CHECKING:
    from symconv.files.files import Written

WELL, FAILED, WRONG, INTERRUPTED = 0, 1, 2, 130  # exit codes


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """A way to say what is being done: a line that comes and goes on a terminal, nothing at all in a pipe."""
    if not sys.stderr.isatty():
        yield lambda what: None
        return
    from rich.console import Console
    from rich.markup import escape

    with Console(stderr=True).status("starting") as status:
        yield lambda what: status.update(escape(what))


@contextmanager
def counting(unit: str) -> Iterator[Callable[[int, int], None]]:
    """A way to say how many are done, of how many: a bar with rate and remaining time on a terminal, nothing in a pipe.

    What is printed to stderr meanwhile stands above the bar.
    """
    if not sys.stderr.isatty():
        yield lambda done, of: None
        return
    from rich import progress as bars
    from rich.console import Console

    rate = bars.TextColumn("{task.fields[rate]}")
    columns = (bars.BarColumn(), bars.MofNCompleteColumn(), rate, bars.TimeRemainingColumn(), bars.TextColumn("left"))
    with bars.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None, rate="")

        def step(done: int, of: int) -> None:
            speed = bar.tasks[0].speed
            bar.update(task, completed=done, total=of, rate=f"{speed:.1f} {unit}/s" if speed else "")

        yield step


def print_rows(rows: Iterable[Sequence[str]], heads: Sequence[str] = ()) -> None:
    """Rows as a table on a terminal, as plain aligned lines in a pipe."""
    rows = [tuple(map(str, row)) for row in rows]
    if sys.stdout.isatty():
        _print_table(rows, heads)
        return
    widths = [max(map(_columns, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell + " " * (width - _columns(cell)) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())


def _columns(text: str) -> int:
    """How many columns of a terminal a text takes: a Chinese character takes two."""
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def _print_table(rows: Sequence[Sequence[str]], heads: Sequence[str]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*heads, box=box.SIMPLE_HEAD, show_header=bool(heads), pad_edge=False)
    colours = {"ok": "green", "FAILED": "bold red", "missing": "yellow"}
    for row in rows:
        table.add_row(*(Text(cell, style=colours.get(cell, "")) for cell in row))
    Console().print(table)


def report_written(written: "Written", out: Path, force: str = "--force") -> int:
    for what, paths in (("wrote", written.written), ("unchanged", written.unchanged)):
        for path in paths:
            print(f"{what} {out / path}")
    report_refused(written, out, force)
    return FAILED if written.refused else WELL


def report_refused(written: "Written", out: Path, force: str = "--force") -> None:
    report_edited(written.refused, out, force)


def report_edited(paths: Iterable[Path], out: Path, force: str) -> None:
    complain(f"{out / path}: edited by hand, left as it is ({force} overwrites it)" for path in paths)


def complain(lines: Iterable[str]) -> None:
    """A line each on stderr; one that cannot be written there can be said nowhere."""
    try:
        for line in lines:
            print(line, file=sys.stderr)
        sys.stderr.flush()
    except OSError:
        streams.mute(sys.stderr)
