"""The sliding window in parts: what stands still, what glides, and what belongs to one place of it."""

from dataclasses import dataclass, replace

from symconv.errors import Broken
from symconv.handout.figures_grid import CELL, NAME, cells_for, input_grids, named, padded_size, touched
from symconv.handout.pictures import Window
from symconv.handout.shapes import Arrow, Cells, Corner, Grid, Label, Lit, Room, Shape

BETWEEN, TO_OUTPUT = 7.0, 12.0  # mm between two grids; room for the sum's arrow


@dataclass(frozen=True)
class Slider:
    """Shapes that stand, those that glide by `steps[k]` mm (right, down) to the k-th place, those of each place."""

    cells: Cells
    still: tuple[Shape, ...]
    gliding: tuple[Shape, ...]
    steps: tuple[tuple[float, float], ...]
    places: tuple[tuple[Shape, ...], ...]


def slider(windows: tuple[Window, ...]) -> Slider:
    """Input, kernel, their products and the output side by side, for all places of the window."""
    if not windows:
        raise Broken("a Sliding holds no window")
    first, last = windows[0], windows[-1]
    cells = cells_for((first.input, first.kernel, last.output, *(w.products for w in windows)), CELL)
    rows, columns = len(first.kernel), len(first.kernel[0])
    height, width = padded_size(first)
    middle = -height * cells.height / 2
    at_kernel = width * cells.width + BETWEEN
    at_product = at_kernel + columns * cells.width + BETWEEN
    at_output = at_product + columns * cells.width + TO_OUTPUT
    top = middle + rows * cells.height / 2
    output = Corner("o", at_output, middle + len(last.output) * cells.height / 2)
    product = Corner("q", at_product, top)
    still: tuple[Shape, ...] = (
        *input_grids(first, cells),
        Grid(Corner("k", at_kernel, top), first.kernel, "param" if first.learns else "white", name=first.names[1]),
        Label(at_kernel - BETWEEN / 2, middle, r"\odot", "centre"),
        Label(at_product - BETWEEN / 2, middle, "=", "centre"),
        Arrow(first.direction, at_output - TO_OUTPUT + 1, at_output - 1, middle, r"$\sum$"),
        named(first.names[0], 0, 0, width, cells),
        named(first.names[1], at_kernel, top, columns, cells),
        named(last.names[2], at_output, output.y, len(last.output[0]), cells),
        Room(0, -height * cells.height - 1, at_output, NAME),
    )
    span = tuple(d * (k - 1) + 1 for d, k in zip(first.dilation, (rows, columns), strict=True))
    frame = Lit(Corner("x", 0, 0), first.direction, 0, 0, span[0], span[1], tinted=False)
    start = replace(first, at=(0, 0))
    gliding = (*touched(start, Corner("x", 0, 0), (rows, columns)), frame)
    steps = tuple((w.at[1] * w.stride[1] * cells.width, w.at[0] * w.stride[0] * cells.height) for w in windows)
    places = tuple(
        (Grid(product, w.products), Grid(output, w.output, name=w.names[2]), Lit(output, w.direction, *w.at))
        for w in windows
    )
    return Slider(cells, still, gliding, steps, places)
