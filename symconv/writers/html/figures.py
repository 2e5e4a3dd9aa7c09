"""Formulas line by line and figures on a page: what their macros print."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from symconv.formula.compose import EMPTY, MINUS, PLUS, QQUAD, begins
from symconv.formula.nodes import Group, Node, parts_of, row
from symconv.handout.document import Chain, Document, FigureRow, Line, Sliding, Worked
from symconv.handout.figures.figures import lay_out
from symconv.handout.figures.sliding import slider
from symconv.handout.pictures import Figure, Math, Rich
from symconv.text.prose import Prose
from symconv.writers.html.svg import svg_slider
from symconv.writers.html.text import spoken
from symconv.writers.views import Writer, worked_lines

WIDE = 120  # mm


class PageWriter(Writer, Protocol):
    """Turns blocks and formulas into HTML, in a language."""

    @property
    def say(self) -> Prose: ...

    @property
    def document(self) -> Document: ...

    def display(self, tree: Node) -> str: ...

    def label(self, figure: Figure) -> str: ...


# ------------------------------------------------------------------------------------------------ formulas
@dataclass(frozen=True)
class LineView:
    """A line with those that continue it: pieces that wrap where there is no room, and what stands beside them."""

    lhs: str
    pieces: tuple[str, ...]
    margins: tuple[Line, ...]
    inner: bool  # a step on the way, which may be folded


def view_chain(page: PageWriter, block: Chain) -> tuple[LineView, ...]:
    return chain_views(block, page.display)


def chain_views(block: Chain, display: Callable[[Math], str]) -> tuple[LineView, ...]:
    """A line is on the way if it and its neighbours belong to one left-hand side."""
    groups: list[list[Line]] = []
    for line in block.lines:
        groups.append([line]) if not line.continued or not groups else groups[-1].append(line)
    starts = [k for k, group in enumerate(groups) if group[0].lhs] + [len(groups)]
    inner = {k for a, b in pairwise(starts) for k in range(a + 1, b - 1)}
    return tuple(_line(group, k in inner, display) for k, group in enumerate(groups))


def _line(group: list[Line], inner: bool, display: Callable[[Math], str]) -> LineView:
    first, *more = group
    pieces = [first.rhs, *(_going_on(x.rhs) for x in more)]
    margins = tuple(x for x in group if x.mark or x.rule or x.note)
    apart = tuple(display(part) for piece in pieces for part in _apart(piece))
    return LineView(display(first.lhs) if first.lhs else "", apart, margins, inner)


def _apart(rhs: Math) -> Iterator[Math]:
    """What stands side by side, far from each other, such as two matrices: each with the space behind it."""
    parts: list[Math] = []
    for part in parts_of(rhs):
        parts.append(part)
        if part == QQUAD and len(parts) > 1:  # and not before all else
            yield row(*parts)
            parts = []
    if parts:
        yield row(*parts)


def _going_on(rhs: Math) -> Math:
    """What goes on with an operation: behind an empty group it is no sign."""
    return row(Group(EMPTY), rhs) if begins(rhs, PLUS, MINUS) else rhs


def view_worked(page: PageWriter, block: Worked) -> tuple[LineView, ...]:
    return tuple(line for w in block.lines for line in view_chain(page, Chain(worked_lines(w))))


# ------------------------------------------------------------------------------------------------ figures
@dataclass(frozen=True)
class _FigureView:
    svg: str
    below: tuple[LineView, ...]
    wide: bool  # scrolled rather than shrunk where there is little room


@dataclass(frozen=True)
class _RowView:
    figures: tuple[_FigureView, ...]
    note: Rich


@dataclass(frozen=True)
class _SlidingView:
    still: str
    caption: Rich
    svg: str
    sums: tuple[tuple[str, tuple[LineView, ...]], ...]
    say: Prose
    last: int


def view_figure_row(page: PageWriter, block: FigureRow) -> _RowView:
    drawings = [d for row in lay_out(block.figures).rows for d in row]
    views = tuple(
        _FigureView(page.picture(f, d), view_worked(page, Worked((d.below,))) if d.below else (), d.width > WIDE)
        for d, f in zip(drawings, block.figures, strict=True)
    )
    return _RowView(views, block.note)


def view_sliding(page: PageWriter, block: Sliding) -> _SlidingView:
    still = page.blocks(block.on_paper)
    if len(block.windows) < 2 or not all(w.products and w.worked for w in block.windows):
        return _SlidingView(still, "", "", (), page.say, 0)
    sums = tuple((spoken(w.worked.lhs), view_worked(page, Worked((w.worked,)))) for w in block.windows if w.worked)
    picture = svg_slider(slider(block.windows, block.channels), page.label(block.windows[0]))
    return _SlidingView(still, block.caption, picture, sums, page.say, len(block.windows) - 1)
