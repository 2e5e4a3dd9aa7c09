"""The sliding window in parts: what stands still, what glides, and what belongs to one place of it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from symconv.errors import Broken
from symconv.formula.compose import EQUALS
from symconv.formula.nodes import Sign
from symconv.handout.figures.grid import CELL, NAME, cells_for, input_grids, named, padded_size, touched
from symconv.handout.figures.shapes import Arrow, BoundingBox, Cells, Corner, DrawnShape, Grid, Label, Lit, Shifted
from symconv.handout.pictures import Window

EACH_TIMES = Sign("\u2299")  # entry by entry
BETWEEN, TO_OUTPUT = 7.0, 12.0  # mm between two grids; room for the sum's arrow


@dataclass(frozen=True)
class Slider:
    """Shapes that stand, those that glide by `steps[k]` mm (right, down) to the k-th place, those of each place."""

    cells: Cells
    still: tuple[DrawnShape, ...]
    gliding: tuple[DrawnShape, ...]
    steps: tuple[tuple[float, float], ...]
    places: tuple[tuple[DrawnShape, ...], ...]


def slider(windows: tuple[Window, ...], channels: tuple[tuple[Window, ...], ...] = ()) -> Slider:
    """Input, kernel, their products and the output side by side, for all places of the window; further channels of the
    input one above the other."""
    if not windows:
        raise Broken("a Sliding holds no window")
    every = (windows, *channels)
    first, last = windows[0], windows[-1]
    grids = [g for row in every for g in (row[0].input, row[0].kernel, *(w.products for w in row))]
    cells = cells_for((*grids, last.output), CELL)
    rows, columns = len(first.kernel), len(first.kernel[0])
    height, width = padded_size(first)
    down = max(height, rows) * cells.height + BETWEEN  # from one channel to the next
    at_kernel = width * cells.width + BETWEEN
    at_product = at_kernel + columns * cells.width + BETWEEN
    at_output = at_product + columns * cells.width + TO_OUTPUT
    middle = -height * cells.height / 2
    top = middle + rows * cells.height / 2
    centre = middle - len(channels) * down / 2
    output = Corner("o", at_output, centre + len(last.output) * cells.height / 2)
    product = Corner("q", at_product, top)
    span = tuple(d * (k - 1) + 1 for d, k in zip(first.dilation, (rows, columns), strict=True))
    frame = Lit(Corner("x", 0, 0), first.direction, 0, 0, span[0], span[1], tinted=False)

    def standing(w: Window) -> tuple[DrawnShape, ...]:
        return (
            *input_grids(w, cells),
            Grid(Corner("k", at_kernel, top), w.kernel, "param" if w.learns else "white", name=w.names[1]),
            Label(at_kernel - BETWEEN / 2, middle, EACH_TIMES, "centre"),
            Label(at_product - BETWEEN / 2, middle, EQUALS, "centre"),
            named(w.names[0], 0, 0, width, cells),
            named(w.names[1], at_kernel, top, columns, cells),
        )

    def each(shapes: Iterable[tuple[DrawnShape, ...]]) -> tuple[DrawnShape, ...]:
        return tuple(Shifted(-k * down, of_channel) for k, of_channel in enumerate(shapes))

    still = (
        *each(standing(row[0]) for row in every),
        Arrow(first.direction, at_output - TO_OUTPUT + 1, at_output - 1, centre, r"$\sum$"),
        named(last.names[2], at_output, output.y, len(last.output[0]), cells),
        BoundingBox(0, -len(channels) * down - height * cells.height - 1, at_output, NAME),
    )
    start = replace(first, at=(0, 0))
    gliding = each((*touched(start, Corner("x", 0, 0), (rows, columns)), frame) for _ in every)
    steps = tuple((w.at[1] * w.stride[1] * cells.width, w.at[0] * w.stride[0] * cells.height) for w in windows)
    places = tuple(
        (*each((Grid(product, w.products),) for w in place), Grid(output, w.output, name=w.names[2]),
         Lit(output, w.direction, *w.at))
        for place in zip(*every, strict=True) for w in place[:1]
    )  # fmt: skip
    return Slider(cells, still, gliding, steps, places)
