"""Tables in colours: side by side where a line holds both sides, else one above the other; the arrow goes the way."""

from dataclasses import replace

from from_latex import with_trees
from sample_document import ADDED, JOINED

from symconv.handout.figures.places import COLOURS, draw_places, fits
from symconv.handout.figures.shapes import Arrow, Corner, Drawing, Grid, GridName, Label, Lit, Tinted, UprightArrow
from symconv.handout.layout import PAGE
from symconv.handout.pictures import ColouredTable, PlacesPicture
from symconv.writers.latex.tikz import tikz

JOIN: PlacesPicture = with_trees(JOINED)
ADD: PlacesPicture = with_trees(ADDED)


def shapes(drawing: Drawing, kind: type) -> list[object]:
    return [s for s in drawing.shapes if isinstance(s, kind)]


def painted(drawing: Drawing) -> dict[str, list[tuple[int, int, int]]]:
    """Of every grid the cells that have a colour: row, column, colour."""
    found: dict[str, list[tuple[int, int, int]]] = {}
    for s in drawing.shapes:
        if isinstance(s, Tinted):
            found.setdefault(s.at.name, []).append((s.row, s.column, s.colour))
    return found


def corners(drawing: Drawing, group: str) -> list[Corner]:
    return [s.at for s in drawing.shapes if isinstance(s, Grid) and s.at.name.startswith(group)]


def test_every_cell_has_its_colour_and_one_without_has_none() -> None:
    assert painted(draw_places(JOIN)) == {
        "r0": [(0, 0, 1), (0, 1, 1)], "r1": [(0, 0, 2), (0, 1, 2)],
        "m0": [(0, 0, 1), (0, 1, 1), (1, 0, 2), (1, 1, 2)],
    }  # fmt: skip
    assert r"\hue{2}{m0}{1}{0}" in tikz(draw_places(JOIN))


def test_after_the_last_colour_the_first_comes_again() -> None:
    assert {c for _, _, c in painted(draw_places(ADD))["m4"]} == {1} and COLOURS == 4


def test_what_is_followed_is_framed_at_both_ends() -> None:
    framed = [(s.at.name, s.row, s.column, s.way, s.tinted) for s in draw_places(JOIN).shapes if isinstance(s, Lit)]
    assert framed == [("r1", 0, 1, "fw", False), ("m0", 1, 1, "fw", False)]


def test_few_cells_stand_on_one_line_and_their_middles_are_level() -> None:
    drawing = draw_places(JOIN)
    (arrow,) = shapes(drawing, Arrow)
    assert isinstance(arrow, Arrow) and arrow.x < arrow.to < corners(drawing, "m")[0].x
    assert drawing.cells and drawing.width <= PAGE.full
    assert corners(drawing, "r")[0].y == drawing.cells.height / 2
    assert corners(drawing, "m")[0].y == 1.5 * drawing.cells.height


def test_many_stand_one_above_the_other() -> None:
    drawing = draw_places(ADD)
    (arrow,) = shapes(drawing, UprightArrow)
    made, read = corners(drawing, "m"), corners(drawing, "r")
    assert isinstance(arrow, UprightArrow) and arrow.way == "bw" and arrow.to > arrow.y > made[0].y
    assert drawing.cells and read[0].y - drawing.cells.height > arrow.to and not shapes(drawing, Arrow)
    assert len(made) == 5 and [a.x for a in made] == sorted(a.x for a in made)
    assert len(shapes(drawing, Label)) == 1


def test_a_row_that_no_line_holds_is_a_column() -> None:
    wide = replace(
        ADD, read=tuple(replace(t, rows=((t.rows[0] * 4)[:8],) * 2, colours=((1,) * 8,) * 2) for t in ADD.made)
    )
    wide = replace(wide, made=wide.read)
    drawing = draw_places(wide)
    read, made = corners(drawing, "r"), corners(drawing, "m")
    assert (
        len({c.x for c in read}) == 1
        and [c.y for c in read] == [c.y for c in made] == sorted({c.y for c in read})[::-1]
    )
    assert fits(wide) and len({c.name for c in (*read, *made)}) == 10
    assert not fits(replace(wide, made=wide.made * 3)) and not fits(replace(wide, read=_wider(wide.read)))


def _wider(tables: tuple[ColouredTable, ...]) -> tuple[ColouredTable, ...]:
    return tuple(
        replace(t, rows=tuple(row * 3 for row in t.rows), colours=tuple(c * 3 for c in t.colours)) for t in tables
    )


def test_backward_the_arrow_turns_round_and_forward_nothing_is_added() -> None:
    (there,), (back,) = (shapes(draw_places(x), Arrow) for x in (JOIN, replace(JOIN, direction="bw")))
    assert isinstance(there, Arrow) and isinstance(back, Arrow)
    assert (back.x, back.to) == (there.to, there.x) and (there.way, back.way) == ("fw", "bw")
    assert not shapes(draw_places(JOIN), Label)


def test_every_table_has_its_name_above_it() -> None:
    drawing = draw_places(JOIN)
    names = [s for s in drawing.shapes if isinstance(s, GridName)]
    assert [s.name for s in names] == [*JOIN.names]
    assert [s.y for s in names] == [c.y for c in (*corners(drawing, "r"), *corners(drawing, "m"))]
