"""Figures: places follow from sizes, stride, padding and dilation; rows hold what fits."""

import re
from typing import get_args

import pytest
from as_latex import as_latex
from from_latex import with_trees
from sample_document import padded, window

from symconv.formula.compose import whole
from symconv.formula.read import read
from symconv.handout.figures.chain import LONGEST_COLUMN, link_length, node_width, short, split, stretch
from symconv.handout.figures.figures import DRAWERS, draw, lay_out
from symconv.handout.figures.grid import cells_for, draw_grad, draw_window, padded_size, worked_width
from symconv.handout.figures.shapes import RING, SYMBOL, Edge, Shifted, TensorNode
from symconv.handout.pictures import (
    BackLink,
    BackNode,
    BackwardPicture,
    Figure,
    GradWindow,
    NetworkPicture,
    OperationPicture,
    PoolFigure,
    TensorPicture,
    WeighedWindow,
    WorkedLine,
)
from symconv.text import measure
from symconv.writers.latex.tikz import entry, tikz, worked
from symconv.writers.marks import Disc, Polyline
from symconv.writers.sketch import sketch
from symconv.writers.views import mm

SUMS = (r"1\cdot2", r"+3\cdot4")


def test_every_figure_has_a_drawer() -> None:
    assert set(DRAWERS) == set(get_args(Figure))


def test_the_window_follows_stride_and_dilation() -> None:
    text = tikz(draw_window(padded(1, 2)))
    assert r"\window{fw}{p}{2}{4}{3}{2}" in text and r"\tint{fw}{p}{2}{4}{3}{2}" in text
    text = tikz(draw_window(padded(0, 1, (2, 3), "bw")))
    assert r"\window{bw}{p}{0}{2}{5}{4}" in text
    tinted = set(re.findall(r"\\tint\{bw\}\{p\}\{(\d)\}\{(\d)\}\{1\}\{1\}", text))
    assert tinted == {(str(r), str(c)) for r in (0, 2, 4) for c in (2, 5)}


def test_the_padding_is_a_ring_of_zeros() -> None:
    figure = padded(0, 0)
    assert padded_size(figure) == (9, 8)
    ring = re.search(r"\\ring\{p\}\{0\}\{0\}\{(.*)\}$", tikz(draw_window(figure)), re.M)
    assert ring is not None and ring[1].count("0") == 2 * 8 + 2 * 7
    assert r"\ring" not in tikz(draw_window(window(0, SUMS)))


def test_without_stride_the_output_stands_still() -> None:
    drawn = "".join(tikz(draw_window(window(i, SUMS))) for i in range(3))
    assert re.findall(r"\\cells\[white\]\{o\}\{[\d.]+\}\{(-?[\d.]+)\}", drawn) == ["-3"] * 3


def test_three_windows_of_the_reference_stand_in_one_row() -> None:
    rowed = lay_out(tuple(window(i, SUMS) for i in range(3)))
    assert [len(row) for row in rowed.rows] == [3]
    assert r"\begin{grids}{6}{6}{9}" in tikz(rowed.rows[0][0])


@pytest.mark.parametrize("number", range(1, 10))
def test_rows_never_exceed_the_page(number: int) -> None:
    rowed = lay_out(tuple(padded(k // 4, k % 4) for k in range(number)))
    assert sum(map(len, rowed.rows)) == number
    for row in rowed.rows:
        assert len(row) * rowed.slot + (len(row) - 1) * rowed.gap <= 165.01


def test_fractions_are_stacked_where_there_is_room() -> None:
    assert entry(read("-3/2"), True) == r"{-\tfrac{3}{2}}" and entry(read("1/2"), True) == r"{\half}"
    assert entry(read("1/2"), False) == "1/2"
    assert cells_for([((read("-0.2924"),),)], 5).width > 8


def test_the_worked_line_is_symbols_numbers_result() -> None:
    line = with_trees(WorkedLine("S", "UX", SUMS, "14"))
    assert worked(line) == r"\worked{S&=UX\\[.6mm]&=1\cdot2\\&\quad{}+3\cdot4\\[.6mm]&=\fw{14}}"
    assert worked_width(line) > 5
    assert worked(with_trees(WorkedLine("S", "UX"))) == r"\worked{S&=UX}"


def test_the_pool_marks_its_winner_and_stands_level_with_it() -> None:
    grid = tuple(tuple(str(r + c) for c in range(4)) for r in range(4))
    pooled = (("2", "4"), ("4", "6"))
    figure = PoolFigure(grid, pooled, (2, 2, 2, 2), (3, 3), ("P", "Q"), ("max",), at=(1, 1))
    text = tikz(draw(with_trees(figure)))
    for line in (r"\window{fw}{a}{2}{2}{2}{2}", r"\lit{fw}{a}{3}{3}{1}{1}", r"\lit{fw}{b}{1}{1}{1}{1}"):
        assert line in text
    assert r"\cells[white]{b}{34}{-11}" in text


def test_gradients_of_windows_side_by_side_share_a_line() -> None:
    windows = (WeighedWindow(0, 0, 2, 2, "a", True), WeighedWindow(0, 1, 2, 2, "b"))
    text = tikz(draw_grad(with_trees(GradWindow((("1", "2", "3"), ("4", "5", "6")), "X", windows))))
    assert r"$a,\ b\;\times$" in text and text.count(r"\lit{bw}") == 1


def test_a_long_chain_goes_on_in_further_rows() -> None:
    assert split([10] * 4, [20] * 3, 99) == [(0, 2), (2, 3)]
    assert split([10] * 3, [20] * 2, 100) == [(0, 2)]
    assert split([10], [], 100) == [(0, 0)]
    assert split([10] * 7, [20] * 6, 189) == [(0, 3), (3, 6)], "not five arrows and one"
    assert stretch([10, 10], [20], 50) == [30.0]


def test_a_node_wider_than_the_page_still_ends() -> None:
    assert split([90] * 3, [20] * 2, 100) == [(0, 1), (1, 2)]


@pytest.mark.parametrize(
    "text, printed",  # mm, in a browser, where they are widest
    [
        (r"$[\,S[i]>0\,]$", 13.4), (r"$[\,S[i,\,j]>0\,]$", 15.9), (r"$[\,C_{1}[i,\,j]>0\,]$", 17.4),
        (r"$[\,r=i^*\,]$", 10.4), ("$y[k]-t[k]$", 13.2), (r"$W[k,\,3\,i+j]$", 15.1), ("最大值", 8.7),
    ],
)  # fmt: skip
def test_what_stands_at_an_arrow_back_does_not_reach_its_head(text: str, printed: float) -> None:
    head = 2.3
    ends_of = ((BackNode("a"), BackNode("b")), (BackNode("a", ("-10.2924",)), BackNode("b", ("0.2924",))))
    for ends in map(with_trees, ends_of):
        between = link_length(BackLink("x", text), ends) + sum(node_width(n) / 2 - RING for n in ends)
        assert printed + 2 * head <= between <= printed + 2 * head + 3


def test_nine_tensors_fit_one_row() -> None:
    tensors = tuple(TensorPicture(f"A_{k}", "3", 3, 1) for k in range(9))
    text = tikz(draw(with_trees(NetworkPicture(tensors, (OperationPicture("ReLU"),) * 8))))
    assert len(set(re.findall(r"\\oparrow\{[^}]*\}\{[^}]*\}\{ReLU\}\{(.*?)\}", text))) == 1


def test_long_columns_are_shortened() -> None:
    entries = tuple(whole(k) for k in range(9))
    assert (
        as_latex(short(entries)) == ("0", "1", r"\vdots", "8")
        and short(entries[:LONGEST_COLUMN]) == entries[:LONGEST_COLUMN]
    )


def test_chains_that_do_not_join_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot join"):
        NetworkPicture((TensorPicture("a", "1", 1, 1),), (OperationPicture("x"),))
    with pytest.raises(ValueError, match="cannot join"):
        BackwardPicture((BackNode("a"),), (BackLink("x"),), "", "")


def test_a_long_name_has_a_longer_ring() -> None:
    """As wide as the name, with room at both ends; and the arrows begin where it ends."""
    long = BackNode(r"\mathit{hidden}", ("1",), (), "")
    nodes = (BackNode("X", (), (), ""), long, BackNode("L", ("1",), (), ""))
    links = (BackLink("a", ""), BackLink("b", ""))
    drawing = draw(with_trees(BackwardPicture(nodes, links, "values", "gradients")))
    (row,) = drawing.shapes
    assert isinstance(row, Shifted)
    rings = [s for s in row.shapes if isinstance(s, TensorNode)]
    (there, onward) = [s for s in row.shapes if isinstance(s, Edge)]
    assert [r.half == RING for r in rings] == [True, False, True]
    assert 2 * rings[1].half > measure.width(r"$\mathit{hidden}$", SYMBOL) + 2
    assert there.to == pytest.approx(rings[1].x - rings[1].half) and onward.x == pytest.approx(
        rings[1].x + rings[1].half
    )
    assert rf"\backnode[{mm(2 * rings[1].half)}]" in tikz(drawing) and r"\backnode{" in tikz(drawing)
    ends = [m for m in sketch(drawing).marks if isinstance(m, Polyline) and m.closed and len(m.points) > 4]
    assert len(ends) == 1 and len([m for m in sketch(drawing).marks if isinstance(m, Disc)]) == 2
