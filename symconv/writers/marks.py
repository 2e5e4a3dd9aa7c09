"""What any program can draw: lines and areas, discs, texts, and the arrows that are made of lines; in millimetres."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from symconv.handout.figures.shapes import Point
from symconv.handout.pictures import Math, Rich
from symconv.text import measure
from symconv.text.measure import PT

PAPER, TINT, MAIN = 0, 1, 2  # layers, from below: cells' fills and hairlines, highlights, all else
THIN = 0.5 * PT
DASHES = (2.4 * PT, 1.5 * PT)


@dataclass(frozen=True)
class Polyline:
    """A line or, `closed`, an area; a colour's name, "" for none. `cell`: its grid's name and its number in there."""

    points: tuple[Point, ...]
    stroke: str = ""
    width: float = THIN
    dashes: tuple[float, ...] = ()
    fill: str = ""
    closed: bool = False
    layer: int = MAIN
    cell: tuple[Math, int] | None = None


@dataclass(frozen=True)
class Disc:
    """A circle with white paper inside."""

    at: Point
    radius: float
    stroke: str
    width: float
    layer: int = MAIN


@dataclass(frozen=True)
class Text:
    """A formula or rich text whose middle, start or end is at a point, its height's middle at that point too."""

    at: Point
    body: Math | Rich
    points: float
    colour: str = "ink"
    anchor: str = "middle"
    layer: int = MAIN

    @property
    def width(self) -> float:
        """About its width in mm."""
        return 1.1 * measure.width(self.body, self.points) + 0.5


Mark = Polyline | Disc | Text


def moved(mark: Mark, to: Callable[[Point], Point]) -> Mark:
    """The mark, each of its points elsewhere."""
    if isinstance(mark, Polyline):
        return replace(mark, points=tuple(map(to, mark.points)))
    return replace(mark, at=to(mark.at))


def level_arrow(way: str, start: Point, to: float) -> list[Mark]:
    """A level arrow to x = `to`: forward solid with a filled head, backward dashed with an open one."""
    (x, y), sign = start, 1.0 if to > start[0] else -1.0
    forward = way == "fw"
    length, breadth = (2.0, 1.7) if forward else (2.3, 1.9)
    colour, width = ("now", 0.7 * PT) if forward else ("grad", 0.9 * PT)
    neck = to - sign * length * 0.7
    back = to - sign * length
    head = ((to, y), (back, y + breadth / 2), (neck, y), (back, y - breadth / 2))
    return [
        Polyline(((x, y), (neck, y)), colour, width, () if forward else DASHES),
        Polyline(head, colour, 0 if forward else THIN, (), colour if forward else "white", closed=True),
    ]


def upright_arrow(start: Point, to: float, way: str) -> list[Mark]:
    """The same from bottom to top or from top to bottom: turned about its start."""
    x, y = start
    return [moved(m, lambda p: (x - (p[1] - y), y + (p[0] - x))) for m in level_arrow(way, start, x + to - y)]
