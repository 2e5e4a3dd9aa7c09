"""Figures: each picture of pictures.py becomes shapes, with every place in millimetres.

Grids (windows, pooling, a kernel's gradient) are drawn in figures/grid.py, chains (network, backward) in
figures/chain.py, the places of entries in figures/places.py; here they are laid out in rows. Widths of text are
estimated generously (measure.width): they only place things, and TeX still reports what does not fit.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from symconv.errors import Broken
from symconv.handout.figures.chain import draw_backward, draw_network
from symconv.handout.figures.grid import CELL, draw_grad, draw_pool, draw_window
from symconv.handout.figures.places import draw_places
from symconv.handout.figures.shapes import Drawing
from symconv.handout.layout import PAGE
from symconv.handout.pictures import (
    BackwardPicture,
    Figure,
    GradWindow,
    NetworkPicture,
    PlacesPicture,
    PoolFigure,
    Window,
)

HEIGHTS = (CELL, 5.6, 5.0, 4.6)  # mm: a window's cells, the last the smallest that hold a digit at ease
SLOT_GAP = 3.5  # mm, at least, between figures side by side
WIDEST_GAP = 14.0  # mm between two that do not fill the row
MOST_IN_A_ROW = 4

DRAWERS: Mapping[type, Callable[..., Drawing]] = {
    Window: draw_window,
    PoolFigure: draw_pool,
    GradWindow: draw_grad,
    NetworkPicture: draw_network,
    BackwardPicture: draw_backward,
    PlacesPicture: draw_places,
}


def draw(figure: Figure) -> Drawing:
    """The figure at its usual size."""
    return DRAWERS[type(figure)](figure)


@dataclass(frozen=True)
class Rowed:
    """Drawings laid out in rows of equal slots, `gap` mm apart, each `slot` mm wide."""

    rows: tuple[tuple[Drawing, ...], ...]
    slot: float
    gap: float


def lay_out(figures: tuple[Figure, ...], width: float = PAGE.full) -> Rowed:
    """As many side by side as fit, in cells as large as that allows; the rows are evened out."""
    if not figures:
        raise Broken("a FigureRow holds no figure")
    best: tuple[tuple[float, float], tuple[Drawing, ...]] | None = None
    for height in HEIGHTS:
        drawings = tuple(draw_window(f, height) if isinstance(f, Window) else draw(f) for f in figures)
        widest = max(d.width for d in drawings)
        fit = min(MOST_IN_A_ROW, len(drawings), max(1, int((width + SLOT_GAP) // (widest + SLOT_GAP))))
        rank = (-math.ceil(len(drawings) / fit), height)
        if best is None or rank > best[0]:
            best = rank, drawings
    assert best is not None
    (rows, _), drawings = best
    fit = math.ceil(len(drawings) / -rows)
    slot = max(d.width for d in drawings)
    gap = (width - fit * slot) / (fit - 1) if fit > 1 else 0.0
    split = tuple(drawings[k : k + fit] for k in range(0, len(drawings), fit))
    return Rowed(split, slot if fit > 1 else width, max(0.0, gap if fit > 2 else min(gap, WIDEST_GAP)))
