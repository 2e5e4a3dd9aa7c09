"""Drawings in Typst: a box of the sheet's size, each mark placed on it by a function of preamble.typ.jinja."""

from collections.abc import Callable, Mapping

from symconv.errors import Broken
from symconv.handout.pictures import Math, WorkedLine
from symconv.handout.shapes import Drawing
from symconv.writers.sketch import Disc, Mark, Path, Text, sketch
from symconv.writers.typst_math import typst_math
from symconv.writers.typst_text import rich

LINKS = 7  # tensors that the locator in the margin has room for


def mm(value: float) -> str:
    """A length without its unit, at most two decimals, never -0."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


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


def links(chain: tuple[Math, ...], marked: tuple[Math, ...], direction: str) -> tuple[tuple[str, Math], ...]:
    """The chain's links with how each is marked; of a longer chain the part around those, dots where it goes on."""
    if not marked:
        return ()
    if strangers := [m for m in marked if m not in chain]:
        raise Broken(f"the locator names {strangers}, which the chain {chain} does not hold")
    first = min(chain.index(m) for m in marked)
    start = max(0, min(first - 2, len(chain) - LINKS)) if len(chain) > LINKS else 0
    shown = [(direction if symbol in marked else "off", symbol) for symbol in chain[start : start + LINKS]]
    if start:
        shown[0] = ("off", r"\cdots")
    if start + LINKS < len(chain):
        shown[-1] = ("off", r"\cdots")
    return tuple(shown)
