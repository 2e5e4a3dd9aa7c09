"""The sliding window in parts: each place follows from stride, padding and dilation."""

from dataclasses import replace

import pytest
from sample_document import S, U, X, padded, window

from symconv.errors import Broken
from symconv.formula.compose import EMPTY
from symconv.formula.nodes import Letter
from symconv.formula.read import read
from symconv.handout.figures.shapes import Arrow, DrawnShape, Grid, Lit, Shifted
from symconv.handout.figures.sliding import BETWEEN, TO_OUTPUT, Slider, slider
from symconv.handout.pictures import MathRows, Window


def cells(rows: tuple[tuple[str, ...], ...]) -> MathRows:
    return tuple(tuple(map(read, row)) for row in rows)


PRODUCTS = cells((("0", "2"), ("1", "-1"), ("3", "0")))


def places(dilation: tuple[int, int] = (1, 1), direction: str = "fw") -> tuple[Window, ...]:
    """Every place of the padded, strided kernel on 9 by 8 entries, in reading order."""
    windows = (padded(i, j, dilation, direction) for i in range(4) for j in range(4))
    return tuple(replace(w, products=PRODUCTS) for w in windows)


def flat(shapes: tuple[DrawnShape, ...]) -> list[DrawnShape]:
    return [x for s in shapes for x in (flat(s.shapes) if isinstance(s, Shifted) else [s])]


def grids(shapes: tuple[DrawnShape, ...]) -> list[Grid]:
    return [s for s in flat(shapes) if isinstance(s, Grid)]


def lits(shapes: tuple[DrawnShape, ...]) -> list[Lit]:
    return [s for s in flat(shapes) if isinstance(s, Lit)]


def faults(made: Slider, windows: tuple[Window, ...]) -> list[str]:
    """Places where the gliding window would not lie on the entries that it reads, or shows others than it should."""
    found, cells = [], made.cells
    rows, columns = (n + sum(p) for n, p in zip((len(X7), len(X7[0])), windows[0].padding, strict=True))
    for w, (right, down), shapes in zip(windows, made.steps, made.places, strict=True):
        row, column = down / cells.height, right / cells.width
        if (row, column) != pytest.approx((w.at[0] * w.stride[0], w.at[1] * w.stride[1])):
            found.append(f"{w.at}: moved to {row}, {column}")
        for lit in lits(made.gliding):
            if row + lit.row + lit.rows > rows + 1e-9 or column + lit.column + lit.columns > columns + 1e-9:
                found.append(f"{w.at}: leaves the input")
        product, output = grids(shapes)
        found += [] if (product.rows, output.rows) == (w.products, w.output) else [f"{w.at}: other numbers"]
        found += [] if [(x.row, x.column) for x in lits(shapes)] == [w.at] else [f"{w.at}: another output lit"]
    return found


X7 = padded(0, 0).input


@pytest.mark.parametrize("dilation", [(1, 1), (2, 1)])
def test_every_place_of_a_padded_strided_window(dilation: tuple[int, int]) -> None:
    windows = tuple(w for w in places(dilation) if w.at[0] * 2 + 2 * dilation[0] + 1 <= 9)
    made = slider(windows)
    assert faults(made, windows) == [] and len(made.steps) == len(made.places) == len(windows) >= 12


def test_faults_are_found() -> None:
    windows = places()
    made = slider(windows)
    moved = replace(made, steps=(*made.steps[:-1], (made.steps[-1][0] + made.cells.width, made.steps[-1][1])))
    assert faults(moved, windows) == ["(3, 3): moved to 6.0, 7.0", "(3, 3): leaves the input"] * 1 + (
        ["(3, 3): leaves the input"] * (len(lits(made.gliding)) - 1)
    )
    swapped = replace(made, places=(made.places[1], made.places[0], *made.places[2:]))
    assert {f.partition(": ")[2] for f in faults(swapped, windows)} == {"other numbers", "another output lit"}


def test_steps_are_stride_times_cell() -> None:
    made = slider(places())
    width, height = made.cells.width, made.cells.height
    assert made.steps[:6] == tuple(map(pytest.approx, [
        (0, 0), (2 * width, 0), (4 * width, 0), (6 * width, 0), (0, 2 * height), (2 * width, 2 * height),
    ]))  # fmt: skip


def test_the_frame_spans_what_the_dilated_kernel_reads() -> None:
    made = slider(places((2, 3), "bw")[:1])
    *tints, frame = lits(made.gliding)
    assert (frame.rows, frame.columns) == (5, 4) and not frame.tinted and frame.framed
    assert {(t.row, t.column) for t in tints} == {(r, c) for r in (0, 2, 4) for c in (0, 3)}
    assert all((t.rows, t.columns) == (1, 1) and t.tinted and not t.framed for t in tints)
    assert {x.way for x in (*tints, frame, *lits(made.places[0]))} == {"bw"}
    (tint, frame) = lits(slider(places()).gliding)
    assert (tint.rows, tint.columns) == (frame.rows, frame.columns) == (3, 2)


def test_the_window_starts_in_the_paddings_corner() -> None:
    made = slider(places())
    ring, inside, kernel = grids(made.still)
    assert ring.soft and (ring.at.x, ring.at.y) == (0, 0) and (inside.at.x, inside.at.y) == (
        made.cells.width, -made.cells.height,
    )  # fmt: skip
    assert all((x.at.x, x.at.y, x.row, x.column) == (0, 0, 0, 0) for x in lits(made.gliding))
    assert not ring.name and (inside.name, kernel.name) == (Letter("X"), Letter("K")), (
        "a zero of the padding is no entry"
    )


def test_input_kernel_products_and_output_stand_side_by_side() -> None:
    made = slider(tuple(window(i, (r"1\cdot2",)) for i in range(3)))
    given, kernel = grids(made.still)
    product, output = grids(made.places[0])
    width, height = made.cells.width, made.cells.height
    assert (given.rows, kernel.rows) == (cells(X), cells(U)) and (kernel.fill, product.fill) == ("param", "white")
    assert kernel.at.x == pytest.approx(3 * width + BETWEEN)
    assert product.at.x == pytest.approx(kernel.at.x + 3 * width + BETWEEN)
    assert output.at.x == pytest.approx(product.at.x + 3 * width + TO_OUTPUT)
    middles = {round(g.at.y - len(g.rows) * height / 2, 6) for g in (given, kernel, product, output)}
    assert len(middles) == 1, "all level"
    (arrow,) = (s for s in made.still if isinstance(s, Arrow))
    assert product.at.x + 3 * width < arrow.x < arrow.to < output.at.x


def test_products_and_output_are_those_of_the_place() -> None:
    windows = tuple(window(i, (r"1\cdot2",)) for i in range(3))
    for k, shapes in enumerate(slider(windows).places):
        product, output = grids(shapes)
        done = [(x,) for x in (*S[: k + 1], *[""] * (2 - k))]
        assert product.rows == cells(X[k : k + 2]) and output.rows == cells(tuple(done))
        assert (product.name, output.name) == (EMPTY, Letter("S"))


def test_cells_are_wide_enough_for_the_widest_number_of_any_place() -> None:
    first, last = (window(k, (r"1\cdot2",)) for k in (0, 1))
    wide = replace(last, products=cells((("-1234567",) * 3,) * 2))
    assert slider((first, wide)).cells.width > slider((first, last)).cells.width


def test_a_kernel_that_does_not_learn_is_white() -> None:
    (_, kernel) = grids(slider((replace(window(0, (r"1\cdot2",)), learns=False),)).still)
    assert kernel.fill == "white"


def test_no_window_is_refused() -> None:
    with pytest.raises(Broken, match="no window"):
        slider(())
