"""Drawings in Typst: a box of the sheet's size, each mark placed on it by a function of preamble.typ.jinja."""

from collections.abc import Callable, Mapping

from symconv.formula.compose import EMPTY, EQUALS, coloured
from symconv.formula.nodes import Direction, row
from symconv.formula.speech import speech
from symconv.formula.typst import quoted, typst
from symconv.handout.figures.shapes import Drawing
from symconv.handout.pictures import Math, WorkedLine
from symconv.writers.marks import Disc, Mark, Polyline, Text
from symconv.writers.sketch import sketch
from symconv.writers.typst.text import equation, rich
from symconv.writers.views import mm


def typst_figure(drawing: Drawing, label: str, language: str) -> str:
    """The drawing as markup, hanging from its top; `label`, a string of Typst's, says what it shows."""
    drawn = sketch(drawing)
    marks = "".join(f"  {WRITERS[type(mark)](mark, language)}\n" for mark in drawn.marks)
    return f"#sheet({mm(drawn.width)}, {mm(drawn.height)}, {label})[\n{marks}];"


def _path(mark: Polyline, language: str) -> str:
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


def _disc(mark: Disc, language: str) -> str:
    return f"#disc({_at(mark)}, {mm(mark.radius)}, {mark.stroke}, {mark.width:.3f});"


def _text(mark: Text, language: str) -> str:
    body = rich(mark.body, language) if isinstance(mark.body, str) else f"#{equation(mark.body, language)};"
    return f"#label-at({_at(mark)}, {mm(mark.points)}, {mark.colour}, {ANCHORS[mark.anchor]})[{body}];"


def _at(mark: Disc | Text) -> str:
    return f"{mm(mark.at[0])}, {mm(mark.at[1])}"


ANCHORS = {"start": "left", "middle": "center", "end": "right"}
WRITERS: Mapping[type[Mark], Callable[..., str]] = {Polyline: _path, Disc: _disc, Text: _text}


def below(drawing: Drawing, language: str) -> str:
    """The sum below the picture, if there is one."""
    return worked(drawing.below, drawing.way, language) if drawing.below else ""


def worked(line: WorkedLine, direction: Direction, language: str) -> str:
    """A substitution as a call that gives an equation, aligned at its relation signs."""
    first, *more = line.numbers or (EMPTY,)
    rows: list[tuple[Math, Math]] = [(EQUALS, line.symbols)] if line.symbols else []
    if first:
        rows += [(EQUALS, first), *((EMPTY, x) for x in more)]
    if line.result:
        rows.append((line.relation, coloured(direction, line.result)))
    lines = [f"& {typst(sign) or GOES_ON} {typst(rhs)}" for sign, rhs in rows]
    words = " ".join(speech(part, language) for part in (line.lhs, *(row(*pair) for pair in rows)))
    return f"m({quoted(words)}, $ {typst(line.lhs)} " + " \\ ".join(lines) + " $)"


GOES_ON = 'quad ""'  # of a sum that takes several rows
