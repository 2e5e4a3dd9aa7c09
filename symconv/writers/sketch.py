"""A drawing taken apart into what any program can draw: paths, discs and texts, in millimetres from the top left."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import cos, pi, sin

from symconv.formula.compose import LOSS, SLASH, partial, stacked
from symconv.formula.nodes import Fraction, row as joined, walk
from symconv.handout.figures.shapes import (
    RING,
    SIDE,
    SYMBOL,
    Arrow,
    BoundingBox,
    Cells,
    Drawing,
    DrawnShape,
    Edge,
    Grid,
    GridName,
    Label,
    Lit,
    OperationArrow,
    Outline,
    Point,
    Shifted,
    Sight,
    Stem,
    TensorName,
    TensorNode,
    Tinted,
    UprightArrow,
    Weight,
    Word,
)
from symconv.handout.layout import PAGE
from symconv.handout.pictures import Math, Rich
from symconv.text.measure import PT
from symconv.writers.marks import (
    DASHES,
    PAPER,
    THIN,
    TINT,
    Disc,
    Mark,
    Polyline,
    Text,
    level_arrow,
    moved,
    upright_arrow,
)

HAIR, FIRM, FRAME = 0.4 * PT, 0.6 * PT, 1.4 * PT  # lines' widths
LINE = 3.95  # mm from number to number in a column
EX = 1.0  # mm from a baseline up to the middle of its letters


@dataclass(frozen=True)
class Sketch:
    """Marks from the lowest layer up, y downwards from the top left corner of a sheet of this size in mm."""

    width: float
    height: float
    marks: tuple[Mark, ...]


def sketch(drawing: Drawing) -> Sketch:
    """The drawing's marks, moved so that all of them fit their sheet exactly."""
    sheet, (marks,) = layers((drawing.shapes,), drawing.cells)
    return Sketch(sheet.width, sheet.height, marks)


def layers(groups: Sequence[Sequence[DrawnShape]], cells: Cells | None) -> tuple[Sketch, tuple[tuple[Mark, ...], ...]]:
    """A sheet that all groups of shapes fit, and the marks of each on it, the lowest first."""
    cells = cells or Cells(0, 0, PAGE.label)
    taken = [sorted(_marks(shapes, cells), key=lambda m: m.layer) for shapes in groups]
    rooms = [s for shapes in groups for s in shapes if isinstance(s, BoundingBox)]
    corners = [p for marks in taken for m in marks for p in _corners(m)]
    corners += [p for r in rooms for p in ((r.x, r.y), (r.to_x, r.to_y))]
    left, right = min(x for x, _ in corners), max(x for x, _ in corners)
    low, high = min(y for _, y in corners), max(y for _, y in corners)
    placed = tuple(tuple(moved(m, lambda p: (p[0] - left, high - p[1])) for m in marks) for marks in taken)
    return Sketch(right - left, high - low, ()), placed


def _corners(mark: Mark) -> Iterable[Point]:
    if isinstance(mark, Polyline):
        half = mark.width / 2 if mark.stroke else 0.0
        return [(x + d * half, y + d * half) for x, y in mark.points for d in (-1, 1)]
    x, y = mark.at
    if isinstance(mark, Disc):
        reach = mark.radius + mark.width / 2
        return ((x - reach, y - reach), (x + reach, y + reach))
    start = x - mark.width * {"start": 0.0, "middle": 0.5, "end": 1.0}[mark.anchor]
    high = not isinstance(mark.body, str) and any(isinstance(x, Fraction) for x in walk(mark.body))
    half = 0.55 * mark.points * PT * (2.0 if high else 1.0)
    return ((start, y - half), (start + mark.width, y + half))


def _marks(shapes: Iterable[DrawnShape], cells: Cells) -> list[Mark]:
    return [mark for shape in shapes for mark in TAKEN_APART[type(shape)](shape, cells)]


def _box(x: float, y: float, width: float, height: float) -> tuple[Point, ...]:
    """The corners of a rectangle hanging from (x, y)."""
    return ((x, y), (x + width, y), (x + width, y - height), (x, y - height))


def _arrow(s: Arrow, _: Cells) -> list[Mark]:
    marks = level_arrow(s.way, (s.x, s.y), s.to)
    middle = s.x + 0.42 * (s.to - s.x)
    return [*marks, *([Text((middle, s.y - 2.2), s.word, PAGE.label, "now")] if s.word else [])]


# ------------------------------------------------------------------------------------------------ grids
def _grid(s: Grid, cells: Cells) -> list[Mark]:
    width, height, marks = cells.width, cells.height, list[Mark]()
    for r, row in enumerate(s.rows):
        for c, entry in enumerate(row):
            x, y = s.at.x + c * width, s.at.y - r * height
            cell = (s.name, r * len(row) + c) if s.name else None
            marks.append(Polyline(_box(x, y, width, height), "hair", HAIR, (), s.fill, True, PAPER, cell))
            if entry:
                at = (x + width / 2, y - height / 2)
                body = stacked(entry) if cells.stacked else entry
                marks.append(Text(at, body, cells.points, "faint" if s.soft else "ink"))
    whole = _box(s.at.x, s.at.y, len(s.rows[0]) * width, len(s.rows) * height)
    line = ("hair", THIN) if s.soft else ("ink", FIRM)
    return [*marks, Polyline(whole, *line, closed=True)]


def _lit(s: Lit, cells: Cells) -> list[Mark]:
    corners = _box(
        s.at.x + s.column * cells.width, s.at.y - s.row * cells.height,
        s.columns * cells.width, s.rows * cells.height,
    )  # fmt: skip
    colour = {"fw": "now", "bw": "grad"}[s.way]
    dashes = () if s.way == "fw" else DASHES
    tint = [Polyline(corners, fill=f"{colour}tint", closed=True, layer=TINT)] if s.tinted else []
    return [*tint, *([Polyline(corners, colour, FRAME, dashes, closed=True)] if s.framed else [])]


def _tinted(s: Tinted, cells: Cells) -> list[Mark]:
    box = _box(s.at.x + s.column * cells.width, s.at.y - s.row * cells.height, cells.width, cells.height)
    return [Polyline(box, "hair", HAIR, fill=f"hue{s.colour}", closed=True, layer=TINT)]


def _label(s: Label, _: Cells) -> list[Mark]:
    return [
        Text(
            (s.x, s.y),
            s.text,
            PAGE.label,
            s.colour,
            anchor={"west": "start", "east": "end", "centre": "middle"}[s.anchor],
        )
    ]


# ------------------------------------------------------------------------------------------------ chains
def _outline(s: Outline, _: Cells) -> list[Mark]:
    width, height = s.columns * s.size, s.rows * s.size
    marks: list[Mark] = [Polyline(_box(s.x, s.top, width, height), "ink", FIRM, fill=s.fill, closed=True)]
    if s.ruled:
        across = [(s.x, s.top - k * s.size, s.x + width, s.top - k * s.size) for k in range(1, s.rows)]
        down = [(s.x + k * s.size, s.top, s.x + k * s.size, s.top - height) for k in range(1, s.columns)]
        marks += [Polyline(((a, b), (c, d)), "hair", HAIR) for a, b, c, d in (*across, *down)]
    return marks


def _tensor_name(s: TensorName, _: Cells) -> list[Mark]:
    name, shape = Text((s.x, s.y + EX), s.symbol, SYMBOL), Text((s.x, s.y - 3.6), s.shape, PAGE.label, "soft")
    if not s.beside:
        return [name, shape]
    start = s.x - (name.width + 1.5 + shape.width) / 2
    after = (start + name.width + 1.5, s.y + EX)
    return [replace(name, at=(start, s.y + EX), anchor="start"), replace(shape, at=after, anchor="start")]


def _column(entries: tuple[Math, ...], x: float, first: float, colour: str) -> list[Mark]:
    """Numbers one below the other, the middle of the first at `first`."""
    return [Text((x, first - k * LINE), e, PAGE.label, colour) for k, e in enumerate(entries)]


def _node(s: TensorNode, _: Cells) -> list[Mark]:
    marks: list[Mark] = [_around(s), Text((s.x, 0), s.symbol, SYMBOL)]
    marks += _column(s.values, s.x, 5.4 + LINE * (len(s.values) - 0.5), "now")
    if s.gradient:
        marks += [Text((s.x, -9.4), s.name, PAGE.label, "grad")]
        marks += _column(s.gradient, s.x, -14.4 - LINE / 2, "grad")
    return [*marks, *([Text((s.x, s.depth + EX), f"({s.mark})", PAGE.label, "soft")] if s.mark else [])]


def _around(s: TensorNode) -> Mark:
    """A circle, or for a long name a box with round ends."""
    if s.half == RING:
        return Disc((s.x, 0), RING, "ink", FIRM)
    reach, turns = s.half - RING, [pi / 2 - k * pi / 12 for k in range(13)]
    ends = [(s.x + way * (reach + RING * cos(t)), way * RING * sin(t)) for way in (1, -1) for t in turns]
    return Polyline(tuple(ends), "ink", FIRM, fill="white", closed=True)


def _weight(s: Weight, _: Cells) -> list[Mark]:
    box = _box(s.x - s.half, 17.5 + SIDE, 2 * s.half, 2 * SIDE)
    low = 17.5 - SIDE
    slope = joined(partial(LOSS), SLASH, partial(s.symbol))
    name = Text((s.x + s.half + 1.4, 17.5), slope, PAGE.label, "grad", anchor="start")
    mark = Text((name.at[0] + name.width + 1.0, 17.5), f"({s.mark})", PAGE.label, "soft", "start")
    return [
        Polyline(box, "ink", FIRM, fill="param", closed=True), Text((s.x, 17.5), s.symbol, SYMBOL),
        *upright_arrow((s.x - 1.2, low), 6.0, "fw"), *upright_arrow((s.x + 1.2, 6.0), low, "bw"),
        name, *([mark] if s.mark else []),
    ]  # fmt: skip


def _link(s: Edge, _: Cells) -> list[Mark]:
    middle = (s.x + s.to) / 2
    there = [*level_arrow("fw", (s.x, 1.2), s.to), _word((middle, 3.1 + EX), s.forward, "now")]
    if not s.backward:
        return there
    return [*there, *level_arrow("bw", (s.to, -1.2), s.x), _word((middle, -4.6 + EX), s.backward, "grad")]


def _word(at: Point, text: Rich, colour: str, anchor: str = "middle") -> Text:
    return Text(at, text, PAGE.label, colour, anchor)


def _shifted(s: Shifted, cells: Cells) -> list[Mark]:
    return [moved(m, lambda p: (p[0], p[1] + s.y)) for m in _marks(s.shapes, cells)]


TAKEN_APART: Mapping[type, Callable[..., list[Mark]]] = {
    Grid: _grid,
    Lit: _lit,
    Tinted: _tinted,
    GridName: lambda s, _: [Text((s.x, s.y + 1.6 + EX), s.name, PAGE.label, "soft")],
    Sight: lambda s, _: [Polyline(s.points, {"fw": "now", "bw": "grad"}[s.way], HAIR)],
    Arrow: _arrow,
    UprightArrow: lambda s, _: upright_arrow((s.x, s.y), s.to, s.way),
    Label: _label,
    BoundingBox: lambda s, _: [],
    Outline: _outline,
    TensorName: _tensor_name,
    OperationArrow: lambda s, _: [
        *level_arrow("fw", (s.x, s.y), s.to), _word(((s.x + s.to) / 2, s.y + 1.3 + EX), s.word, "now"),
    ],
    Stem: lambda s, _: [Polyline(((s.x, s.y), (s.x, s.to_y)), "now", THIN)],
    TensorNode: _node,
    Weight: _weight,
    Edge: _link,
    Word: lambda s, _: [_word((s.x, s.y + EX), s.text, s.colour, "start")],
    Shifted: _shifted,
}  # fmt: skip
