"""What LaTeX and Typst print alike: the views of blocks on paper, and what makes them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from symconv.errors import Broken
from symconv.handout.document import (
    Beside,
    Bullets,
    Chain,
    Explorer,
    FigureRow,
    Line,
    Need,
    PageBreak,
    Paragraph,
    Room,
    Sliding,
    Switch,
    Table,
    Verified,
    Worked,
)
from symconv.handout.figures.figures import lay_out
from symconv.handout.figures.shapes import Drawing
from symconv.handout.layout import PAGE
from symconv.handout.pictures import Rich
from symconv.writers.views import Macro, Writer, mm, view_beside, worked_lines

COLUMN_GAP = 1.5  # mm of white on the right of a column of words, so that none touches the next


class PaperWriter(Writer, Protocol):
    """A writer for paper: it writes the sum below a drawing as well."""

    def below(self, drawing: Drawing) -> str: ...


@dataclass(frozen=True)
class PartView:
    """A part of the document; `gap`: mm below its title, where the typesetter has to be told."""

    number: int
    title: Rich
    fresh: bool
    body: str
    gap: str = ""


@dataclass(frozen=True)
class StepView:
    """A step; `gap`: mm below its heading, where the typesetter has to be told."""

    title: Rich
    locator: str
    body: str
    gap: str = ""


@dataclass(frozen=True)
class KeptLine(Line):
    """A line of a chain; `kept`: no page break between it and its neighbour, the one that the typesetter asks about;
    `reaches`: it may reach into the margin, where nothing stands beside it."""

    kept: bool = False
    reaches: bool = False


@dataclass(frozen=True)
class Slot:
    """A figure in a row of equal slots, and the sum below it."""

    width: str
    figure: str
    below: str


@dataclass(frozen=True)
class FigureRowView:
    """Rows of figures, `gap` mm apart."""

    rows: tuple[tuple[Slot, ...], ...]
    gap: str
    note: Rich


def kept(_: object, block: Paragraph) -> Paragraph:
    """A paragraph that ends with a colon stays with what follows."""
    return replace(block, keep=block.keep or block.text.rstrip().endswith((":", "\uff1a")))


def joined(lines: tuple[Line, ...]) -> tuple[bool, ...]:
    """Which lines stay on the page with the one above: those of a broken line, the second whole line and the last; so a
    page ends neither after the first line nor before the last."""
    starts = [k for k, line in enumerate(lines) if not line.continued]
    return tuple(k > 0 and (line.continued or k in (*starts[1:2], *starts[-1:])) for k, line in enumerate(lines))


def kept_chain(lines: tuple[Line, ...], kept: Iterable[bool], reaches: bool = False) -> Chain:
    pairs = zip(lines, kept, strict=True)
    return Chain(
        tuple(
            KeptLine(x.lhs, x.rhs, x.rule, x.mark, x.note, x.continued, keep, reaches and not x.mark)
            for x, keep in pairs
        )
    )


def worked_chain(block: Worked) -> Chain:
    return Chain(tuple(line for w in block.lines for line in worked_lines(w)))


def view_figure_row(write: PaperWriter, block: FigureRow) -> FigureRowView:
    rowed, figures = lay_out(block.figures), iter(block.figures)
    rows = tuple(
        tuple(Slot(mm(rowed.slot), write.picture(next(figures), d), write.below(d)) for d in row) for row in rowed.rows
    )
    return FigureRowView(rows, mm(rowed.gap), block.note)


def on_paper(write: Writer, block: Sliding | Explorer | Switch) -> str:
    """What is moved or touched on a screen, as it stands still."""
    if isinstance(block, Explorer):
        return ""
    return write.blocks(block.steps if isinstance(block, Switch) else block.on_paper)


def must_fit(table: Table) -> None:
    """Broken for columns wider than the page's: in fixed boxes nothing would report it."""
    if (total := sum(c.width for c in table.columns)) > PAGE.main - (0 if table.ruled else 6):
        raise Broken(f"a table's columns are {total} mm wide, the main column {PAGE.main} mm (6 less without rules)")


PAPER: Mapping[type, Macro] = {
    Paragraph: Macro("paragraph", kept),
    Bullets: Macro("bullets"),
    Room: Macro("room"),
    Beside: Macro("beside", view_beside),
    FigureRow: Macro("figure_row", view_figure_row),
    Verified: Macro("verified"),
    PageBreak: Macro("page_break"),
    Need: Macro("need"),
    Sliding: Macro("still", on_paper),
    Explorer: Macro("still", on_paper),
    Switch: Macro("still", on_paper),
}
