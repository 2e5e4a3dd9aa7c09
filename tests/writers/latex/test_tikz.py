"""Drawings as TikZ: every shape has its macro, every length its millimetres."""

from typing import get_args

import pytest
from from_latex import with_trees
from sample_document import window

from symconv.handout.figures.figures import draw
from symconv.handout.figures.shapes import (
    Arrow,
    BoundingBox,
    Corner,
    Drawing,
    DrawnShape,
    Lit,
    Shifted,
    Tinted,
    UprightArrow,
)
from symconv.handout.pictures import WorkedLine
from symconv.writers.latex.tikz import WRITERS, below, tikz
from symconv.writers.views import mm


def test_every_shape_has_its_macro() -> None:
    assert set(WRITERS) == set(get_args(DrawnShape))


def test_a_drawing_with_cells_is_a_picture_of_grids() -> None:
    drawing = draw(window(0, (r"1\cdot2",)))
    assert tikz(drawing).startswith(r"\begin{grids}{6}{6}{9}") and tikz(drawing).endswith(r"\end{grids}")
    assert below(drawing).startswith(r"\worked{")


def test_tints_frames_and_both() -> None:
    at = Corner("x", 0, 0)
    marks = [Lit(at, "fw", 1, 2), Lit(at, "bw", 1, 2, framed=False), Lit(at, "fw", 1, 2, 3, 4, tinted=False)]
    lines = tikz(Drawing(tuple(marks), 1)).splitlines()
    assert [line.strip() for line in lines[1:-1]] == [
        r"\lit{fw}{x}{1}{2}{1}{1}", r"\tint{bw}{x}{1}{2}{1}{1}", r"\window{fw}{x}{1}{2}{3}{4}",
    ]  # fmt: skip


def test_a_box_that_begins_anywhere_has_its_place_in_millimetres() -> None:
    assert r"\path (26.2mm,-8mm) rectangle (39.4mm,4mm);" in tikz(Drawing((BoundingBox(26.2, -8, 39.4, 4),), 1))


def test_cells_in_colours_and_an_arrow_that_stands() -> None:
    text = tikz(Drawing((Tinted(Corner("m0", 0, 0), 3, 1, 2), UprightArrow("bw", 5, -9, -1)), 1))
    assert r"\hue{3}{m0}{1}{2}" in text and r"\draw[bwarrow] (5mm,-9mm) -- (5mm,-1mm);" in text


def test_a_row_further_down_is_a_scope() -> None:
    text = tikz(Drawing((Shifted(-9.5, (Arrow("bw", 0, 4, 1),)),), 1))
    assert "[yshift=-9.5mm]" in text and r"\draw[bwarrow] (0mm,1mm) -- (4mm,1mm);" in text


def test_words_are_escaped_and_nothing_stands_below() -> None:
    assert r"50\%" in tikz(Drawing((Arrow("fw", 0, 4, 1, "50%"),), 1)) and below(Drawing((), 1)) == ""
    assert below(Drawing((), 1, below=with_trees(WorkedLine("S", "UX")), way="bw")) == r"\worked{S&=UX}"


@pytest.mark.parametrize("value, text", [(0.0, "0"), (-0.001, "0"), (1.5, "1.5"), (1.234, "1.23"), (-2, "-2")])
def test_lengths(value: float, text: str) -> None:
    assert mm(value) == text
