"""Drawings as TikZ: each shape is a macro call of the preamble, every place in millimetres."""

import re
from collections.abc import Callable, Iterable, Mapping

from symconv.formula.compose import EMPTY, coloured, stacked
from symconv.formula.nodes import Direction
from symconv.handout.figures.shapes import (
    RING,
    SIDE,
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
from symconv.handout.pictures import Math, MathRows, WorkedLine
from symconv.text import latex_text
from symconv.text.latex_text import math
from symconv.writers.views import mm

SIMPLE = re.compile(r"-?[\w./]+")


def tikz(drawing: Drawing) -> str:
    """The picture, hanging from its top."""
    lines = [line for shape in drawing.shapes for line in _lines(shape, drawing.cells)]
    body = "\n  ".join(lines)
    if drawing.cells is None:
        return f"\\begin{{tikzpicture}}[baseline=(current bounding box.north)]\n  {body}\n\\end{{tikzpicture}}"
    sizes = _braced(drawing.cells.width, drawing.cells.height, drawing.cells.points)
    return f"\\begin{{grids}}{sizes}\n  {body}\n\\end{{grids}}"


def below(drawing: Drawing) -> str:
    """The sum below the picture, if there is one."""
    return worked(drawing.below, drawing.way) if drawing.below else ""


def worked(line: WorkedLine, direction: Direction = "fw") -> str:
    """A substitution, aligned at its relation signs."""
    first, *more = line.numbers or (EMPTY,)
    rows = [f"{math(line.lhs)}&={math(line.symbols)}"] if line.symbols else []
    if first:
        start = "[.6mm]" if rows else math(line.lhs)
        rows.append(rf"{start}&={math(first)}" + "".join(rf"\\&\quad{{}}{math(x)}" for x in more))
    if line.result:
        rows.append(f"[.6mm]&{math(line.relation)}{math(coloured(direction, line.result))}")
    lines = r"\\".join(rows)
    return rf"\worked{{{lines}}}"


def _lines(shape: DrawnShape, cells: Cells | None) -> Iterable[str]:
    writer = WRITERS[type(shape)]
    return writer(shape, cells) if isinstance(shape, Grid | Shifted) else writer(shape)


def _braced(*numbers: float) -> str:
    return "".join(f"{{{mm(x)}}}" for x in numbers)


def _place(x: float, y: float) -> str:
    return f"({mm(x)}mm,{mm(y)}mm)"


# ------------------------------------------------------------------------------------------------ grids
def entry(number: Math, high: bool) -> str:
    """One entry for \\foreach: braced unless it is a plain number; fractions stacked where there is room."""
    text = math(stacked(number) if high else number)
    return text if SIMPLE.fullmatch(text) else f"{{{text}}}"


def _rows(rows: MathRows, cells: Cells) -> str:
    return ",".join("{" + ",".join(entry(x, cells.stacked) for x in row) + "}" for row in rows)


def _grid(s: Grid, cells: Cells) -> list[str]:
    start = r"\ring" if s.soft else rf"\cells[{s.fill}]"
    return [rf"{start}{{{s.at.name}}}{_braced(s.at.x, s.at.y)}{{{_rows(s.rows, cells)}}}"]


def _lit(s: Lit) -> list[str]:
    macro = {(True, True): "lit", (True, False): "tint", (False, True): "window"}[s.tinted, s.framed]
    return [rf"\{macro}{{{s.way}}}{{{s.at.name}}}{_braced(s.row, s.column, s.rows, s.columns)}"]


def _tinted(s: Tinted) -> list[str]:
    return [rf"\hue{{{s.colour}}}{{{s.at.name}}}{_braced(s.row, s.column)}"]


def _sight(s: Sight) -> list[str]:
    return [rf"\draw[{s.way}line,line width=.4pt] {' -- '.join(_place(*p) for p in s.points)};"]


def _arrow(s: Arrow) -> list[str]:
    if not s.word:
        return [rf"\draw[{s.way}arrow] {_place(s.x, s.y)} -- {_place(s.to, s.y)};"]
    word = rf"node[lab,below=.8mm,text=now,pos=.42]{{{latex_text.rich(s.word)}}}"
    return [rf"\draw[fwd] {_place(s.x, s.y)} -- {word} {_place(s.to, s.y)};"]


def _label(s: Label) -> list[str]:
    colour = "" if s.colour == "soft" else f",text={s.colour}"
    return [
        rf"\node[lab,anchor={s.anchor.replace('centre', 'center')}{colour}] at {_place(s.x, s.y)} {{${math(s.text)}$}};"
    ]


# ------------------------------------------------------------------------------------------------ chains
def _outline(s: Outline) -> list[str]:
    at, size = _braced(s.x, s.top), _braced(s.columns * s.size, s.rows * s.size)
    grid = [rf"\tensorgrid{at}{_braced(s.rows, s.columns, s.size)}"] if s.ruled else []
    return [rf"\tensorbox{{{s.fill}}}{at}{size}", *grid, rf"\tensorframe{at}{size}"]


def _tensor_name(s: TensorName) -> list[str]:
    macro = r"\paramname" if s.beside else r"\tensorname"
    return [rf"{macro}{_braced(s.x, s.y)}{{{math(s.symbol)}}}{{{math(s.shape)}}}"]


def _node(s: TensorNode) -> list[str]:
    columns = "".join("{" + r"\\".join(map(math, entries)) + "}" for entries in (s.values, s.gradient))
    wide = "" if s.half == RING else f"[{mm(2 * s.half)}]"
    return [
        rf"\backnode{wide}{{{mm(s.x)}}}{{{math(s.symbol)}}}{columns}{{{s.mark}}}{{{mm(s.depth)}}}{{{math(s.name)}}}"
    ]


def _weight(s: Weight) -> list[str]:
    wide = "" if s.half == SIDE else f"[{mm(2 * s.half)}]"
    return [rf"\backweight{wide}{{{mm(s.x)}}}{{{math(s.symbol)}}}{{{s.mark}}}"]


def _link(s: Edge) -> list[str]:
    return [rf"\backlink{_braced(s.x, s.to)}{{{latex_text.rich(s.forward)}}}{{{latex_text.rich(s.backward)}}}"]


def _shifted(s: Shifted, cells: Cells | None) -> list[str]:
    inside = [line for shape in s.shapes for line in _lines(shape, cells)]
    return [rf"\begin{{scope}}[yshift={mm(s.y)}mm]", *inside, r"\end{scope}"]


WRITERS: Mapping[type, Callable[..., list[str]]] = {
    Grid: _grid,
    Lit: _lit,
    Tinted: _tinted,
    GridName: lambda s: [rf"\gridname{_braced(s.x, s.y)}{{{math(s.name)}}}"],
    Sight: _sight,
    Arrow: _arrow,
    UprightArrow: lambda s: [rf"\draw[{s.way}arrow] {_place(s.x, s.y)} -- {_place(s.x, s.to)};"],
    Label: _label,
    BoundingBox: lambda s: [rf"\path {_place(s.x, s.y)} rectangle {_place(s.to_x, s.to_y)};"],
    Outline: _outline,
    TensorName: _tensor_name,
    OperationArrow: lambda s: [rf"\oparrow{_braced(s.x, s.to)}{{{latex_text.rich(s.word)}}}{{{mm(s.y)}}}"],
    Stem: lambda s: [rf"\draw[now,line width=.5pt] {_place(s.x, s.y)} -- {_place(s.x, s.to_y)};"],
    TensorNode: _node,
    Weight: _weight,
    Edge: _link,
    Word: lambda s: [
        rf"\node[lab,text={s.colour},anchor=base west] at {_place(s.x, s.y)} {{{latex_text.rich(s.text)}}};"
    ],
    Shifted: _shifted,
}  # fmt: skip
