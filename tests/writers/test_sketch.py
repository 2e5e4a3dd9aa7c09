"""Drawings taken apart: every mark lies on its sheet, tints under numbers, arrows end where they should."""

from dataclasses import fields, replace
from itertools import pairwise
from typing import get_args

import pytest
from from_latex import with_trees
from sample_document import padded, sample, window

from symconv.formula.nodes import Letter, Number
from symconv.formula.read import read
from symconv.handout.figures.figures import draw
from symconv.handout.figures.shapes import (
    Arrow,
    BoundingBox,
    Cells,
    Corner,
    Drawing,
    DrawnShape,
    Edge,
    Grid,
    Label,
    Lit,
    OperationArrow,
    Shifted,
    TensorName,
    Tinted,
    UprightArrow,
    Weight,
)
from symconv.handout.pictures import Figure
from symconv.writers.marks import DASHES, MAIN, PAPER, TINT, Disc, Mark, Polyline, Text
from symconv.writers.sketch import TAKEN_APART, Sketch, layers, sketch

CELLS = Cells(6, 6, 9)
ORIGIN = Corner("x", 0, 0)


def figures(value: object) -> list[Figure]:
    """Every figure inside, wherever it stands."""
    if isinstance(value, get_args(Figure)):
        return [value]  # type: ignore[list-item]
    if isinstance(value, tuple):
        return [figure for part in value for figure in figures(part)]
    names = [f.name for f in fields(value)] if hasattr(value, "__dataclass_fields__") else []  # type: ignore[arg-type]
    return [figure for name in names for figure in figures(getattr(value, name))]


FIGURES = [figure for language in ("en", "zh") for figure in figures(sample(language).parts)]


def box(mark: Mark) -> tuple[float, float, float, float]:
    """What a mark covers: left, top, right, bottom."""
    if isinstance(mark, Polyline):
        half = mark.width / 2 if mark.stroke else 0
        xs, ys = [x for x, _ in mark.points], [y for _, y in mark.points]
        return min(xs) - half, min(ys) - half, max(xs) + half, max(ys) + half
    x, y = mark.at
    if isinstance(mark, Disc):
        reach = mark.radius + mark.width / 2
        return x - reach, y - reach, x + reach, y + reach
    start = {"start": x, "middle": x - mark.width / 2, "end": x - mark.width}[mark.anchor]
    half = mark.points * 0.3515 / 2
    return start, y - half, start + mark.width, y + half


def faults(sheet: Sketch) -> list[str]:
    """Marks that stick out of the sheet, and marks above those that they lie under."""
    found = []
    for mark in sheet.marks:
        left, top, right, bottom = box(mark)
        if min(left, top) < -1e-6 or right > sheet.width + 1e-6 or bottom > sheet.height + 1e-6:
            found.append(f"{mark} lies outside")
    for below, above in pairwise(sheet.marks):
        found += [f"{above} lies over {below}"] if above.layer < below.layer else []
    return found


def test_every_shape_can_be_taken_apart() -> None:
    assert set(TAKEN_APART) == set(get_args(DrawnShape))


@pytest.mark.parametrize("kind", get_args(Figure), ids=lambda kind: kind.__name__)
def test_every_mark_of_every_figure_lies_on_its_sheet(kind: type) -> None:
    mine = [figure for figure in FIGURES if isinstance(figure, kind)]
    assert mine and [f for figure in mine for f in faults(sketch(draw(figure)))] == []


def test_faults_are_found() -> None:
    sheet = sketch(draw(padded(1, 1)))
    assert "lies outside" in faults(replace(sheet, width=sheet.width - 1))[0]
    assert "lies over" in faults(replace(sheet, marks=sheet.marks[::-1]))[0]


def test_the_sheet_is_no_larger_than_its_marks() -> None:
    sheet = sketch(Drawing((with_trees(Grid(ORIGIN, (("1", "2"),))),), 1, CELLS))
    boxes = [box(m) for m in sheet.marks]
    assert min(b[0] for b in boxes) == pytest.approx(0) == min(b[1] for b in boxes)
    assert max(b[2] for b in boxes) == pytest.approx(sheet.width) and sheet.width == pytest.approx(12, abs=0.3)
    wide = sketch(Drawing((with_trees(Grid(ORIGIN, (("1",),))), BoundingBox(0, -9, 40, 5)), 1, CELLS))
    assert wide.width == pytest.approx(40, abs=0.3) and wide.height == pytest.approx(14)


def test_tints_lie_under_numbers_and_over_the_cells() -> None:
    marks = sketch(draw(window(0, (r"1\cdot2",)))).marks
    tints = [m for m in marks if isinstance(m, Polyline) and m.fill.endswith("tint")]
    numbers = [m for m in marks if isinstance(m, Text)]
    papers = [m for m in marks if isinstance(m, Polyline) and m.cell]
    assert tints and {m.layer for m in tints} == {TINT} and {m.layer for m in numbers} == {MAIN}
    assert {m.layer for m in papers} == {PAPER}
    assert marks.index(papers[-1]) < marks.index(tints[0]) < marks.index(numbers[0])


def test_tints_frames_and_both() -> None:
    def made(**options: bool) -> list[tuple[str, str]]:
        drawing = Drawing((Lit(ORIGIN, "bw", 1, 2, 3, 1, **options),), 1, CELLS)
        return [(m.fill, m.stroke) for m in sketch(drawing).marks if isinstance(m, Polyline)]

    assert made() == [("gradtint", ""), ("", "grad")]
    assert made(framed=False) == [("gradtint", "")] and made(tinted=False) == [("", "grad")]


@pytest.mark.parametrize(
    "shape, tips",
    [
        (Arrow("fw", 3, 9, 1), [(9, 1)]),
        (Arrow("bw", 9, 3, 1), [(3, 1)]),
        (OperationArrow(2, 20, "w", 5), [(20, 5)]),
        (Edge(1, 21, "f", ""), [(21, 1.2)]),
        (Edge(1, 21, "f", "b"), [(21, 1.2), (1, -1.2)]),
        (Weight(5, Letter("U"), "1"), [(3.8, 6), (6.2, 14)]),
    ],
    ids=lambda x: type(x).__name__,
)
def test_an_arrow_ends_where_it_should(shape: DrawnShape, tips: list[tuple[float, float]]) -> None:
    """The head's first point is its tip; its shaft, which begins at the start, ends inside it."""
    marks = [m for m in TAKEN_APART[type(shape)](shape, CELLS) if isinstance(m, Polyline)]
    heads = [m for m in marks if m.closed and m.fill != "param"]
    shafts = [m for m in marks if not m.closed]
    assert [h.points[0] for h in heads] == [pytest.approx(tip) for tip in tips]
    for head, shaft in zip(heads, shafts, strict=True):
        assert head.points[2] == pytest.approx(shaft.points[-1])
        way = "fw" if head.fill == "now" else "bw"
        assert shaft.dashes == {"fw": (), "bw": DASHES}[way] and shaft.stroke == {"fw": "now", "bw": "grad"}[way]


def test_a_cell_carries_its_grids_name_and_number() -> None:
    rows = (("1", "", "3"), ("4", "5", "6"))
    named, ring = (Drawing((with_trees(Grid(ORIGIN, rows, name=name)),), 1, CELLS) for name in ("X", ""))
    cells = [m for m in sketch(named).marks if isinstance(m, Polyline) and m.cell]
    assert [m.cell for m in cells] == [(Letter("X"), k) for k in range(6)]
    assert [m.points[0] for m in cells[1:4]] == [
        pytest.approx((x + cells[0].points[0][0], y + cells[0].points[0][1])) for x, y in ((6, 0), (12, 0), (0, 6))
    ]
    assert len([m for m in sketch(named).marks if isinstance(m, Text)]) == 5
    assert not [m for m in sketch(ring).marks if isinstance(m, Polyline) and m.cell]


def test_layers_put_groups_on_one_sheet() -> None:
    left, right = (with_trees(Grid(ORIGIN, (("1",),))),), (Lit(Corner("x", 30, -12), "fw", 0, 0),)
    sheet, (first, second) = layers((left, right), CELLS)
    assert faults(replace(sheet, marks=first)) == faults(replace(sheet, marks=second)) == []
    across = second[0].points[0][0] - first[0].points[0][0]  # type: ignore[union-attr]
    down = second[0].points[0][1] - first[0].points[0][1]  # type: ignore[union-attr]
    assert (across, down) == pytest.approx((30, 12)) and sheet.marks == ()
    assert layers((left,), CELLS)[0].width < sheet.width


def test_a_row_further_down_is_moved_whole() -> None:
    there, shifted = (sketch(Drawing((with_trees(Grid(ORIGIN, (("1",),))), s), 1, CELLS)) for s in (
        Arrow("fw", 0, 4, -9.5), Shifted(-9.5, (Arrow("fw", 0, 4, 0),)),
    ))  # fmt: skip
    assert there == shifted


@pytest.mark.parametrize("entry, high, low", [("5/2", r"\tfrac{5}{2}", "5/2"), ("-1/2", r"-\tfrac{1}{2}", "-1/2"),
                                              ("e/2", "e/2", "e/2"), ("-3", "-3", "-3")])  # fmt: skip
def test_fractions_are_stacked_where_there_is_room(entry: str, high: str, low: str) -> None:
    grid = with_trees(Grid(ORIGIN, ((entry,),)))
    for cells, text in ((CELLS, high), (Cells(6, 5, 8), low)):
        (number,) = (m for m in TAKEN_APART[Grid](grid, cells) if isinstance(m, Text))
        assert number.body == read(text)


def test_texts_keep_to_their_anchors() -> None:
    west, east, centre = (TAKEN_APART[Label](Label(0, 0, Letter("x"), a), CELLS)[0] for a in ("west", "east", "centre"))
    assert [m.anchor for m in (west, east, centre)] == ["start", "end", "middle"]
    symbol, shape = TAKEN_APART[TensorName](TensorName(9, 0, Letter("U"), Number("3"), beside=True), CELLS)
    assert symbol.at[0] + symbol.width < shape.at[0]


def test_a_cell_in_colour_lies_under_the_numbers_and_keeps_its_lines() -> None:
    (cell,) = sketch(Drawing((Tinted(ORIGIN, 2, 1, 2), BoundingBox(0, -20, 30, 0)), 1, CELLS)).marks
    assert isinstance(cell, Polyline) and (cell.fill, cell.stroke, cell.layer) == ("hue2", "hair", TINT)
    assert {(round(x), round(y)) for x, y in cell.points} == {(12, 6), (18, 6), (18, 12), (12, 12)}


@pytest.mark.parametrize(("way", "ends"), [("fw", (-1.0, -9.0)), ("bw", (-9.0, -1.0))])
def test_an_upright_arrow_runs_its_way(way: str, ends: tuple[float, float]) -> None:
    shaft, head = layers(((UprightArrow(way, 5, *ends), BoundingBox(0, -10, 10, 0)),), CELLS)[1][0]  # type: ignore[arg-type]
    assert isinstance(shaft, Polyline) and isinstance(head, Polyline)
    assert (shaft.points[0][1], head.points[0][1]) == pytest.approx(tuple(-y for y in ends))
    assert bool(shaft.dashes) == (way == "bw")
