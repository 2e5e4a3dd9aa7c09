"""Grids as TikZ: a kernel's window, pooling, the gradient of a kernel."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from symconv import latex_text
from symconv.handout.figures_chain import Drawing, mm
from symconv.handout.layout import PAGE
from symconv.handout.pictures import GradWindow, Math, PoolFigure, Rows, Window, WorkedLine

CELL = 6.0  # mm: a cell with room for a stacked fraction
TO_KERNEL, TO_OUTPUT = 4.5, 5.0  # mm between the grids of a window figure
FRAME = 0.5  # mm by which a frame's line stands out of its grid
NAME = 4.0  # mm above a grid for its name


STACKED = 5.6  # mm: the least height of a cell in which a fraction is stacked


@dataclass(frozen=True)
class Cells:
    """The size of a picture's cells in mm, and of the numbers in them in points."""

    width: float
    height: float
    points: float

    @property
    def stacked(self) -> bool:
        return self.height >= STACKED

    def entry(self, text: Math) -> str:
        """One entry for \\foreach: braced unless it is simple; fractions stacked where there is room."""
        form = re.sub(r"^(-?)(\d+)/(\d+)$", r"\1\\tfrac{\2}{\3}", text) if self.stacked else text
        return form if re.fullmatch(r"-?[\w./]+", form) else f"{{{latex_text.math(form)}}}"

    def rows(self, rows: Rows) -> str:
        return ",".join("{" + ",".join(map(self.entry, row)) + "}" for row in rows)

    def grid(self, name: str, x: float, y: float, rows: Rows, fill: str = "") -> str:
        return rf"\cells[{fill or 'white'}]{{{name}}}{{{mm(x)}}}{{{mm(y)}}}{{{self.rows(rows)}}}"

    def name(self, name: Math, x: float, y: float, columns: int) -> str:
        """A grid's name above it."""
        return rf"\gridname{{{mm(x + columns * self.width / 2)}}}{{{mm(y)}}}{{{name}}}"

    def picture(self, lines: Iterable[str]) -> str:
        body = "\n  ".join(lines)
        sizes = "".join(f"{{{mm(size)}}}" for size in (self.width, self.height, self.points))
        return f"\\begin{{grids}}{sizes}\n  {body}\n\\end{{grids}}"


def cells_for(grids: Iterable[Rows], height: float) -> Cells:
    """Cells of this height, as wide as the widest entry of the grids needs."""
    points = 9.0 if height >= 5.6 else 8.0
    stacked = height >= STACKED
    entries = [e if not stacked else re.sub(r"^(-?\d+)/(\d+)$", r"\1", e) for g in grids for row in g for e in row]
    widest = max((latex_text.width(f"${e}$", points) for e in entries), default=0.0)
    return Cells(max(height, round(widest + 1.0, 1)), height, points)


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
    way = figure.direction
    lines = [
        *_input(figure, cells),
        cells.grid("k", kx, ky, figure.kernel, "param" if figure.learns else ""),
        cells.grid("o", ox, oy, figure.output),
        *_touched(figure, kernel),
        rf"\window{{{way}}}{{x}}{{{corner[0]}}}{{{corner[1]}}}{{{span[0]}}}{{{span[1]}}}",
        rf"\lit{{{way}}}{{o}}{{{figure.at[0]}}}{{{figure.at[1]}}}{{1}}{{1}}",
        *_sights(cells, (corner, span), columns, (kx, ky, kernel[0]), way),
        rf"\draw[{way}arrow] ({mm(ox - TO_OUTPUT + 0.7)}mm,{mm(middle)}mm) -- ({mm(ox - 0.7)}mm,{mm(middle)}mm);",
        cells.name(figure.names[0], 0, 0, columns),
        cells.name(figure.names[1], kx, ky, kernel[1]),
        cells.name(figure.names[2], ox, oy, len(figure.output[0])),
        rf"\path (0,{mm(-rows * cells.height - 1)}mm) rectangle ({mm(ox)}mm,{mm(NAME)}mm);",
    ]
    wide = ox + len(figure.output[0]) * cells.width
    below, breadth = (worked(figure.worked, way), worked_width(figure.worked)) if figure.worked else ("", 0.0)
    return Drawing(cells.picture(lines), max(wide + FRAME, breadth), below)


def padded_size(figure: Window) -> tuple[int, int]:
    """Rows and columns of the input with its padding."""
    (top, bottom), (left, right) = figure.padding
    return len(figure.input) + top + bottom, len(figure.input[0]) + left + right


def _input(figure: Window, cells: Cells) -> list[str]:
    """The grid x, the padding's ring of zeros around it where there is one; (x-nw) is the ring's corner."""
    (top, _), (left, _) = figure.padding
    rows, columns = padded_size(figure)
    height, width = len(figure.input), len(figure.input[0])
    if (rows, columns) == (height, width):
        return [cells.grid("x", 0, 0, figure.input)]
    ring = tuple(
        tuple("" if top <= r < top + height and left <= c < left + width else "0" for c in range(columns))
        for r in range(rows)
    )
    return [
        rf"\ring{{p}}{{0}}{{0}}{{{cells.rows(ring)}}}",
        cells.grid("x", left * cells.width, -top * cells.height, figure.input),
        r"\coordinate (x-nw) at (0,0);",
    ]


def _touched(figure: Window, kernel: tuple[int, int]) -> list[str]:
    """Tints: the whole window, or with dilation only the cells that the kernel meets."""
    row, column = figure.at[0] * figure.stride[0], figure.at[1] * figure.stride[1]
    if figure.dilation == (1, 1):
        return [rf"\tint{{{figure.direction}}}{{x}}{{{row}}}{{{column}}}{{{kernel[0]}}}{{{kernel[1]}}}"]
    down, along = figure.dilation
    return [
        rf"\tint{{{figure.direction}}}{{x}}{{{row + a * down}}}{{{column + b * along}}}{{1}}{{1}}"
        for a in range(kernel[0])
        for b in range(kernel[1])
    ]


def _sights(cells: Cells, window: tuple[tuple[int, ...], tuple[int, ...]], columns: int,
            kernel: tuple[float, float, int], way: str) -> list[str]:  # fmt: skip
    """Thin lines from the window's corners along the grid to the input's edge, then to the kernel's corners."""
    (row, column), (rows, width) = window
    kx, ky, kernel_rows = kernel
    start, edge = mm((column + width) * cells.width), mm(columns * cells.width)
    ends = ((-row * cells.height, ky), (-(row + rows) * cells.height, ky - kernel_rows * cells.height))
    return [
        rf"\draw[{way}line,line width=.4pt] ({start}mm,{mm(y)}mm) -- ({edge}mm,{mm(y)}mm) -- ({mm(kx)}mm,{mm(to)}mm);"
        for y, to in ends
    ]


def worked(line: WorkedLine, direction: str = "fw") -> str:
    """The substitution below a window, aligned at its relation signs."""
    first, *more = line.numbers or ("",)
    rows = [f"{line.lhs}&={line.symbols}"] if line.symbols else []
    if first:
        start = "[.6mm]" if rows else line.lhs
        rows.append(rf"{start}&={first}" + "".join(rf"\\&\quad{{}}{latex_text.math(row)}" for row in more))
    if line.result:
        rows.append(rf"[.6mm]&{line.relation}\{direction}{{{line.result}}}")
    lines = r"\\".join(rows)
    return rf"\worked{{{latex_text.math(lines)}}}"


def worked_width(line: WorkedLine) -> float:
    """About how wide it prints, mm."""
    bodies = [line.symbols, *line.numbers, line.result]
    return latex_text.width(f"${line.lhs}={max(bodies, key=lambda b: latex_text.width(b, 8.7))}$", 8.7) + 1


def draw_pool(figure: PoolFigure, height: float = 5.5) -> Drawing:
    """(before ->) input -> output, the output's cell level with the winner."""
    grids = (figure.before, figure.input, figure.output) if figure.before else (figure.input, figure.output)
    cells = cells_for(grids, height)
    sizes = [(len(g), len(g[0])) for g in grids]
    gaps = [max(12.0, latex_text.width(label, PAGE.label) + 3.5) for label in figure.labels]
    places = [0.0]
    for (_, columns), gap in zip(sizes, gaps, strict=False):
        places.append(places[-1] + columns * cells.width + gap)
    level = -(figure.winner[0] + 0.5) * cells.height
    tops = [0.0] * len(grids)
    tops[-1] = level + (figure.at[0] + 0.5) * cells.height
    row, column, rows, columns = figure.window
    lines = [cells.grid("abc"[k], places[k], tops[k], grid) for k, grid in enumerate(grids)]
    source = "abc"[len(grids) - 2]
    lines += [
        rf"\window{{fw}}{{{source}}}{{{row}}}{{{column}}}{{{rows}}}{{{columns}}}"
        if (rows, columns) != sizes[-2] else "",
        rf"\lit{{fw}}{{{source}}}{{{figure.winner[0]}}}{{{figure.winner[1]}}}{{1}}{{1}}",
    ]  # fmt: skip
    if sizes[-1] != (1, 1):
        lines.append(rf"\lit{{fw}}{{{'abc'[len(grids) - 1]}}}{{{figure.at[0]}}}{{{figure.at[1]}}}{{1}}{{1}}")
    for k, label in enumerate(figure.labels):
        y = level if k == len(grids) - 2 else -sizes[k][0] / 2 * cells.height
        lines.append(
            rf"\draw[fwd] ({mm(places[k] + sizes[k][1] * cells.width + 1)}mm,{mm(y)}mm) -- node[lab,below=.8mm,"
            rf"text=now,pos=.42]{{{latex_text.rich(label)}}} ({mm(places[k + 1] - 1)}mm,{mm(y)}mm);"
        )
    for k, name in enumerate(figure.names):
        lines.append(cells.name(name, places[k], tops[k], sizes[k][1]))
    return Drawing(cells.picture(filter(None, lines)), places[-1] + sizes[-1][1] * cells.width + FRAME, "")


def draw_grad(figure: GradWindow, height: float = 4.8) -> Drawing:
    """The input, at its left the gradients of its windows, the windows that count framed."""
    cells = cells_for((figure.input,), height)
    levels: dict[float, list[str]] = {}
    for w in figure.windows:
        levels.setdefault(-(w.row + w.rows / 2) * cells.height, []).append(w.weight)
    labels = {y: ",\\ ".join(weights) for y, weights in levels.items()}
    left = max((latex_text.width(f"${text}$", PAGE.label) for text in labels.values()), default=0.0) + 6
    lines = [cells.grid("x", left, 0, figure.input)]
    lines += [
        rf"\lit{{bw}}{{x}}{{{w.row}}}{{{w.column}}}{{{w.rows}}}{{{w.columns}}}" for w in figure.windows if w.framed
    ]
    lines += [
        rf"\node[lab,anchor=east,text=grad] at ({mm(left - 1.6)}mm,{mm(y)}mm) {{${text}\;\times$}};"
        for y, text in labels.items()
    ]
    right = left + len(figure.input[0]) * cells.width
    middle = mm(-len(figure.input) / 2 * cells.height)
    lines.append(rf"\node[lab,anchor=west] at ({mm(right + 1.6)}mm,{middle}mm) {{${figure.name}$}};")
    return Drawing(cells.picture(lines), right + 6, "")
