"""Drawings in Typst: a box of the sheet's size, each mark placed on it by a function of preamble.typ.jinja."""

from collections.abc import Callable, Mapping

from symconv.handout.pictures import WorkedLine
from symconv.handout.shapes import Drawing
from symconv.writers.sketch import Disc, Mark, Path, Text, sketch
from symconv.writers.typst_math import typst_math
from symconv.writers.typst_text import rich
from symconv.writers.views import mm


def typst_figure(drawing: Drawing) -> str:
    """The drawing as markup, hanging from its top."""
    drawn = sketch(drawing)
    marks = "".join(f"  {WRITERS[type(mark)](mark)}\n" for mark in drawn.marks)
    return f"#sheet({mm(drawn.width)}, {mm(drawn.height)})[\n{marks}];"


def _path(mark: Path) -> str:
    points = ", ".join(f"({mm(x)}, {mm(y)})" for x, y in mark.points)
    said = [points]
    if mark.stroke and mark.width:
        said += [f"ink: {mark.stroke}", f"width: {mark.width:.3f}"]
    if mark.dashes:
        said.append(f"dashes: ({', '.join(f'{d:.3f}mm' for d in mark.dashes)})")
    if mark.fill:
        said.append(f"fill: {mark.fill}")
    if mark.closed:
        said.append("closed: true")
    return f"#trace({', '.join(said)});"


def _disc(mark: Disc) -> str:
    return f"#disc({_at(mark)}, {mm(mark.radius)}, {mark.stroke}, {mark.width:.3f});"


def _text(mark: Text) -> str:
    body = f"${typst_math(mark.text)}$" if mark.math else rich(mark.text)
    return f"#label-at({_at(mark)}, {mm(mark.points)}, {mark.colour}, {ANCHORS[mark.anchor]})[{body}];"


def _at(mark: Disc | Text) -> str:
    return f"{mm(mark.at[0])}, {mm(mark.at[1])}"


ANCHORS = {"start": "left", "middle": "center", "end": "right"}
WRITERS: Mapping[type[Mark], Callable[..., str]] = {Path: _path, Disc: _disc, Text: _text}


def below(drawing: Drawing) -> str:
    """The sum below the picture, if there is one."""
    return worked(drawing.below, drawing.way) if drawing.below else ""


def worked(line: WorkedLine, direction: str = "fw") -> str:
    """A substitution, aligned at its relation signs."""
    first, *more = line.numbers or ("",)
    rows = [("=", line.symbols)] if line.symbols else []
    if first:
        rows += [("=", first), *(("quad", row) for row in more)]
    if line.result:
        rows.append((line.relation, rf"\{direction}{{{line.result}}}"))
    signs = {"quad": '& quad ""'}
    lines = [f"{signs.get(sign, f'& {typst_math(sign)}')} {typst_math(rhs)}" for sign, rhs in rows]
    return f"{typst_math(line.lhs)} " + r" \ ".join(lines)
