"""Grids: a kernel's window, pooling, the gradient of a kernel."""

from collections.abc import Iterable

from symconv.formula.compose import CROSS, EMPTY, EQUALS, THICK, in_turn, stacked
from symconv.formula.nodes import Direction, Fraction, Number, parts_of, row
from symconv.formula.width import letters
from symconv.handout.figures.shapes import (
    STACKED,
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
    Point,
    Sight,
)
from symconv.handout.layout import PAGE
from symconv.handout.pictures import GradWindow, Math, MathRows, PoolFigure, Window, WorkedLine
from symconv.text import measure

ZERO = Number("0")
CELL = 6.0  # mm: a cell with room for a stacked fraction
TO_KERNEL, TO_OUTPUT = 4.5, 5.0  # mm between the grids of a window figure
FRAME = 0.5  # mm by which a frame's line stands out of its grid
NAME = 4.0  # mm above a grid for its name


def named(name: Math, x: float, y: float, columns: int, cells: Cells) -> GridName:
    """A grid's name above its middle."""
    return GridName(x + columns * cells.width / 2, y, name)


def cells_for(grids: Iterable[MathRows], height: float) -> Cells:
    """Cells of this height, as wide as the widest entry of the grids needs."""
    points = 9.0 if height >= 5.6 else 8.0
    entries = [_above(e) if height >= STACKED else e for g in grids for cells in g for e in cells]
    widest = max((measure.width(e, points) for e in entries), default=0.0)
    return Cells(max(height, round(widest + 1.0, 1)), height, points)


def _above(entry: Math) -> Math:
    """Of a fraction what stands above its line, in the size of a cell's numbers."""
    *sign, last = parts_of(stacked(entry)) or (EMPTY,)
    return row(*sign, last.above) if isinstance(last, Fraction) else entry


def draw_window(figure: Window, height: float = CELL) -> Drawing:
    """Input with its padding, kernel and output level with the window, so that the lines of sight run straight."""
    cells = cells_for((figure.input, figure.kernel, figure.output), height)
    rows, columns = padded_size(figure)
    kernel = len(figure.kernel), len(figure.kernel[0])
    corner = figure.at[0] * figure.stride[0], figure.at[1] * figure.stride[1]
    span = tuple(d * (k - 1) + 1 for d, k in zip(figure.dilation, kernel, strict=True))
    middle = -(corner[0] + span[0] / 2) * cells.height
    kx = columns * cells.width + TO_KERNEL
    ky = middle + kernel[0] / 2 * cells.height
    ox = kx + kernel[1] * cells.width + TO_OUTPUT
    oy = middle + (figure.at[0] + 0.5) * cells.height
    way, output = figure.direction, Corner("o", ox, oy)
    inputs = input_grids(figure, cells)
    whole = inputs[0].at
    shapes: tuple[DrawnShape, ...] = (
        *inputs,
        Grid(Corner("k", kx, ky), figure.kernel, "param" if figure.learns else "white", name=figure.names[1]),
        Grid(output, figure.output, name=figure.names[2]),
        *touched(figure, whole, kernel),
        Lit(whole, way, *corner, span[0], span[1], tinted=False),
        Lit(output, way, *figure.at),
        *_sights(cells, (corner, span), columns, (kx, ky, kernel[0]), way),
        Arrow(way, ox - TO_OUTPUT + 0.7, ox - 0.7, middle),
        named(figure.names[0], 0, 0, columns, cells),
        named(figure.names[1], kx, ky, kernel[1], cells),
        named(figure.names[2], ox, oy, len(figure.output[0]), cells),
        BoundingBox(0, -rows * cells.height - 1, ox, NAME),
    )
    wide = ox + len(figure.output[0]) * cells.width
    breadth = worked_width(figure.worked) if figure.worked else 0.0
    return Drawing(shapes, max(wide + FRAME, breadth), cells, figure.worked, way)


def padded_size(figure: Window) -> tuple[int, int]:
    """Rows and columns of the input with its padding."""
    (top, bottom), (left, right) = figure.padding
    return len(figure.input) + top + bottom, len(figure.input[0]) + left + right


def input_grids(figure: Window, cells: Cells) -> tuple[Grid, ...]:
    """The grid x, behind it the padding's ring of zeros where there is one: the first one's corner is the window's."""
    (top, _), (left, _) = figure.padding
    rows, columns = padded_size(figure)
    height, width = len(figure.input), len(figure.input[0])
    if (rows, columns) == (height, width):
        return (Grid(Corner("x", 0, 0), figure.input, name=figure.names[0]),)
    ring = tuple(
        tuple(EMPTY if top <= r < top + height and left <= c < left + width else ZERO for c in range(columns))
        for r in range(rows)
    )
    inside = Corner("x", left * cells.width, -top * cells.height)
    return Grid(Corner("p", 0, 0), ring, soft=True), Grid(inside, figure.input, name=figure.names[0])


def touched(figure: Window, at: Corner, kernel: tuple[int, int]) -> list[Lit]:
    """Tints: the whole window, or with dilation only the cells that the kernel meets."""
    row, column = figure.at[0] * figure.stride[0], figure.at[1] * figure.stride[1]
    if figure.dilation == (1, 1):
        return [Lit(at, figure.direction, row, column, *kernel, framed=False)]
    down, along = figure.dilation
    return [
        Lit(at, figure.direction, row + a * down, column + b * along, framed=False)
        for a in range(kernel[0])
        for b in range(kernel[1])
    ]


def _sights(cells: Cells, window: tuple[tuple[int, ...], tuple[int, ...]], columns: int,
            kernel: tuple[float, float, int], way: Direction) -> list[Sight]:  # fmt: skip
    """Thin lines from the window's corners along the grid to the input's edge, then to the kernel's corners."""
    (row, column), (rows, width) = window
    kx, ky, kernel_rows = kernel
    start, edge = (column + width) * cells.width, columns * cells.width
    ends = ((-row * cells.height, ky), (-(row + rows) * cells.height, ky - kernel_rows * cells.height))
    paths: list[tuple[Point, ...]] = [((start, y), (edge, y), (kx, to)) for y, to in ends]
    return [Sight(way, points) for points in paths]


def worked_width(line: WorkedLine) -> float:
    """About how wide it prints, mm."""
    bodies = [line.symbols, *line.numbers, line.result]
    return measure.width(row(line.lhs, EQUALS, max(bodies, key=letters)), 8.7) + 1


def draw_pool(figure: PoolFigure, height: float = 5.5) -> Drawing:
    """(before ->) input -> output, the output's cell level with the winner."""
    grids = (figure.before, figure.input, figure.output) if figure.before else (figure.input, figure.output)
    cells = cells_for(grids, height)
    sizes = [(len(g), len(g[0])) for g in grids]
    gaps = [max(12.0, measure.width(label, PAGE.label) + 3.5) for label in figure.labels]
    places = [0.0]
    for (_, columns), gap in zip(sizes, gaps, strict=False):
        places.append(places[-1] + columns * cells.width + gap)
    level = -(figure.winner[0] + 0.5) * cells.height
    tops = [0.0] * len(grids)
    tops[-1] = level + (figure.at[0] + 0.5) * cells.height
    corners = [Corner("abc"[k], places[k], tops[k]) for k in range(len(grids))]
    shapes: list[DrawnShape] = [Grid(c, grid, name=n) for c, grid, n in zip(corners, grids, figure.names, strict=True)]
    source = corners[-2]
    if figure.window[2:] != sizes[-2]:
        shapes.append(Lit(source, "fw", *figure.window, tinted=False))
    shapes.append(Lit(source, "fw", *figure.winner))
    if sizes[-1] != (1, 1):
        shapes.append(Lit(corners[-1], "fw", *figure.at))
    for k, label in enumerate(figure.labels):
        y = level if k == len(grids) - 2 else -sizes[k][0] / 2 * cells.height
        shapes.append(Arrow("fw", places[k] + sizes[k][1] * cells.width + 1, places[k + 1] - 1, y, label))
    for k, name in enumerate(figure.names):
        shapes.append(named(name, places[k], tops[k], sizes[k][1], cells))
    return Drawing(tuple(shapes), places[-1] + sizes[-1][1] * cells.width + FRAME, cells)


def draw_grad(figure: GradWindow, height: float = 4.8) -> Drawing:
    """The input, at its left the gradients of its windows, the windows that count framed."""
    cells = cells_for((figure.input,), height)
    levels: dict[float, list[Math]] = {}
    for w in figure.windows:
        levels.setdefault(-(w.row + w.rows / 2) * cells.height, []).append(w.weight)
    labels = {y: in_turn(weights) for y, weights in levels.items()}
    left = max((measure.width(label, PAGE.label) for label in labels.values()), default=0.0) + 6
    corner = Corner("x", left, 0)
    right = left + len(figure.input[0]) * cells.width
    shapes: tuple[DrawnShape, ...] = (
        Grid(corner, figure.input, name=figure.name),
        *(Lit(corner, "bw", w.row, w.column, w.rows, w.columns) for w in figure.windows if w.framed),
        *(Label(left - 1.6, y, row(label, THICK, CROSS), "east", "grad") for y, label in labels.items()),
        Label(right + 1.6, -len(figure.input) / 2 * cells.height, figure.name, "west"),
    )
    return Drawing(shapes, right + 6, cells)
