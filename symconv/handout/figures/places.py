"""Where entries stand: the tables of what is read and of what is made, their cells in the same colours."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from symconv.formula.compose import SUM
from symconv.handout.figures.grid import NAME, cells_for
from symconv.handout.figures.shapes import (
    Arrow,
    BoundingBox,
    Cells,
    Corner,
    Drawing,
    DrawnShape,
    Grid,
    GridName,
    Label,
    Lit,
    Tinted,
    UprightArrow,
)
from symconv.handout.layout import PAGE
from symconv.handout.pictures import ColouredTable, PlacesPicture
from symconv.text import measure

HEIGHT = 5.0  # mm: a cell
APART = 3.5  # mm between two tables side by side
ACROSS, DOWN = 13.0, 9.0  # mm for the arrow between what is read and what is made
AIR = 0.8  # mm that a cell is wider than its number needs: here cells stand close, and have colours
TALLEST = 140.0  # mm
COLOURS = 4  # there are so many; further ones begin again


def draw_places(figure: PlacesPicture, height: float = HEIGHT) -> Drawing:
    """What is read left of what is made, or above it where a line does not hold both; the tables of each in a row, or
    in a column where a line does not hold the row."""
    cells = _cells(figure, height)
    first, last = (sum(_slots(tables, cells)) for tables in (figure.read, figure.made))
    if first + ACROSS + last <= PAGE.full:
        return Drawing(tuple(_level(figure, cells, first)), first + ACROSS + last, cells)
    if max(first, last) <= PAGE.full:
        return Drawing(tuple(_upright(figure, cells, first, last)), max(first, last), cells)
    widths = [max(_slots((table,), cells)[0] for table in tables) for tables in (figure.read, figure.made)]
    return Drawing(tuple(_columns(figure, cells, *widths)), sum(widths) + ACROSS, cells)


def fits(figure: PlacesPicture) -> bool:
    """Whether a page holds the drawing, with room for the text that it belongs to."""
    drawing = draw_places(figure)
    ends = [y for s in drawing.shapes if isinstance(s, BoundingBox) for y in (s.y, s.to_y)]
    return drawing.width <= PAGE.full and max(ends) - min(ends) <= TALLEST


def _cells(figure: PlacesPicture, height: float) -> Cells:
    cells = cells_for((table.rows for table in (*figure.read, *figure.made)), height)
    return replace(cells, width=cells.width + AIR)


def _level(figure: PlacesPicture, cells: Cells, first: float) -> Iterator[DrawnShape]:
    yield from _tables("r", figure.read, cells, 0.0, figure.direction == "bw")
    yield from _tables("m", figure.made, cells, first + ACROSS, figure.direction == "bw")
    yield from _across(figure, first)


def _columns(figure: PlacesPicture, cells: Cells, first: float, last: float) -> Iterator[DrawnShape]:
    """One table below the other, the middles of both columns level."""
    for name, tables, x in (("r", figure.read, 0.0), ("m", figure.made, first + ACROSS)):
        steps = [len(table.rows) * cells.height + NAME + 2 for table in tables]
        y = sum(steps) / 2
        for k, (table, step) in enumerate(zip(tables, steps, strict=True)):
            yield from _tables(f"{name}{k}-", (table,), cells, x, figure.direction == "bw", y - step / 2)
            y -= step
    yield from _across(figure, first)


def _across(figure: PlacesPicture, first: float) -> Iterator[DrawnShape]:
    """The arrow behind a first part of this width."""
    start, end = first + 1.5, first + ACROSS - 1.5
    yield Arrow(figure.direction, *((start, end) if figure.direction == "fw" else (end, start)), 0.0)
    if figure.added:
        yield Label((start + end) / 2, 3.6, SUM, "centre", "grad")


def _upright(figure: PlacesPicture, cells: Cells, first: float, last: float) -> Iterator[DrawnShape]:
    """Each row in the middle of the drawing's width."""
    wide = max(first, last)
    tall = [max(len(table.rows) for table in tables) * cells.height for tables in (figure.read, figure.made)]
    down = (tall[0] + tall[1]) / 2 + DOWN + NAME  # from middle to middle
    for name, tables, width, y in (("r", figure.read, first, 0.0), ("m", figure.made, last, -down)):
        yield from _tables(name, tables, cells, (wide - width) / 2, figure.direction == "bw", y)
    top, bottom = -tall[0] / 2 - 1.5, -tall[0] / 2 - DOWN + 1
    ends = (top, bottom) if figure.direction == "fw" else (bottom, top)
    yield UprightArrow(figure.direction, wide / 2, *ends)
    if figure.added:
        yield Label(wide / 2 + 2.5, (top + bottom) / 2, SUM, "west", "grad")


def _slots(tables: Sequence[ColouredTable], cells: Cells) -> list[float]:
    """The width of each table or of its name, with the room before the next."""
    wide = [max(len(table.rows[0]) * cells.width, measure.width(table.name, PAGE.label)) + APART for table in tables]
    return [*wide[:-1], wide[-1] - APART]


def _tables(
    group: str, tables: Sequence[ColouredTable], cells: Cells, x: float, back: bool, y: float = 0.0
) -> Iterator[DrawnShape]:
    """Side by side from x on, their middles at the height y."""
    for k, (table, slot) in enumerate(zip(tables, _slots(tables, cells), strict=True)):
        columns = len(table.rows[0])
        room = slot - (APART if k < len(tables) - 1 else 0.0)
        left, top = x + (room - columns * cells.width) / 2, y + len(table.rows) * cells.height / 2
        corner = Corner(f"{group}{k}", left, top)
        yield Grid(corner, table.rows)
        for r, colours in enumerate(table.colours):
            yield from (Tinted(corner, (k - 1) % COLOURS + 1, r, c) for c, k in enumerate(colours) if k)
        for r, c in table.framed:
            yield Lit(corner, "bw" if back else "fw", r, c, tinted=False)
        yield GridName(x + room / 2, top, table.name)
        yield BoundingBox(x, top - len(table.rows) * cells.height - 0.5, x + room, top + NAME)
        x += slot
