"""Drawings in Typst: a sheet as large as the sketch, one call for each mark, colours that the preamble knows."""

import re
from dataclasses import fields
from typing import get_args

import pytest
from from_latex import with_trees
from sample_document import CHAIN, sample

from symconv.files import typst_pdf
from symconv.formula.nodes import Letter
from symconv.formula.read import read
from symconv.handout.figures.figures import draw
from symconv.handout.layout import PAGE
from symconv.handout.pictures import Figure, WorkedLine
from symconv.language import Language
from symconv.writers.marks import Disc, Mark, Polyline, Text
from symconv.writers.sketch import sketch
from symconv.writers.typst.figures import ANCHORS, WRITERS, typst_figure, worked
from symconv.writers.typst.writer import templates
from symconv.writers.views import DOTS, LINKS, LocatorLink, links, mm
from tests.formula.test_typst import page


def figures(blocks: object) -> list[Figure]:
    """Every figure of the sample, wherever it stands."""
    if isinstance(blocks, get_args(Figure)):
        return [blocks]  # type: ignore[list-item]
    if isinstance(blocks, tuple):
        return [figure for block in blocks for figure in figures(block)]
    inside = fields(blocks) if hasattr(blocks, "__dataclass_fields__") else ()  # type: ignore[arg-type]
    return [figure for f in inside for figure in figures(getattr(blocks, f.name))]


FIGURES = figures(sample("zh").parts)


def test_every_mark_has_a_writer() -> None:
    assert set(WRITERS) == set(get_args(Mark))


@pytest.mark.parametrize("kind", get_args(Figure), ids=lambda kind: kind.__name__)
def test_each_kind_of_figure_is_written_mark_by_mark(kind: type) -> None:
    drawing = draw(next(figure for figure in FIGURES if isinstance(figure, kind)))
    text, drawn = typst_figure(drawing, '"shown"', "en"), sketch(drawing)
    assert text.startswith(f'#sheet({mm(drawn.width)}, {mm(drawn.height)}, "shown")[')
    calls = {Polyline: "#trace(", Disc: "#disc(", Text: "#label-at("}
    for mark, call in calls.items():
        assert text.count(call) == sum(isinstance(m, mark) for m in drawn.marks)


def test_every_colour_is_one_of_the_preamble() -> None:
    text = "".join(typst_figure(draw(figure), '"x"', "en") for figure in FIGURES)
    preamble = templates("en").render("preamble.typ.jinja", page=PAGE, language=Language.of("en"), title="t", author="")
    used = set(re.findall(r"(?:ink|fill): (\w+)", text)) | set(re.findall(r"#label-at\([^,]+,[^,]+,[^,]+, (\w+)", text))
    known = set(re.findall(r"^#let (\w+) = rgb", preamble, re.M)) | {"white"}
    assert {"ink", "now", "grad", "param"} <= used <= known


def test_backward_is_told_apart_without_colour() -> None:
    text = "".join(typst_figure(draw(figure), '"x"', "en") for figure in FIGURES)
    dashed = re.findall(r"#trace\([^\n]*ink: (\w+)[^\n]*dashes", text)
    assert set(dashed) == {"grad"}


def test_all_of_them_compile() -> None:
    source = page() + "\n".join(typst_figure(draw(figure), '"x"', "en") for figure in FIGURES)
    assert typst_pdf.compile(source).startswith(b"%PDF")


def test_anchors_are_those_of_a_sketch() -> None:
    assert list(ANCHORS) == ["start", "middle", "end"]


def test_lengths_are_short() -> None:
    assert [mm(x) for x in (1.0, -0.001, 2.345, 1.5)] == ["1", "0", "2.35", "1.5"]


def test_a_sum_below_a_window() -> None:
    line = with_trees(WorkedLine("S", r"\sum x", ("1", "+2"), "3", r"\approx"))
    said = "cap S equals sum x equals 1 plus 2 is about 3"
    shown = r'$ S & = ∑ x \ & = 1 \ & quad "" + 2 \ & ≈ #bw($3$) $'
    assert worked(line, "bw", "en") == f'm("{said}", {shown})'
    assert worked(with_trees(WorkedLine("S", "x")), "fw", "en") == 'm("cap S equals x", $ S & = x $)'


def test_the_locator_shows_a_part_of_a_long_chain() -> None:
    chain, letters = tuple(read(f"A_{{{k}}}") for k in range(12)), tuple(map(read, CHAIN))
    shown = links(chain, chain[6:7], "bw")
    assert len(shown) == LINKS and LocatorLink("bw", chain[6]) in shown and shown.count(DOTS) == 2
    assert links(chain, (), "fw") == () and links(letters, letters[1:2], "fw").count(LocatorLink("fw", letters[1])) == 1


@pytest.mark.parametrize("at", [0, 1, 4, 7])
def test_long_names_leave_room_for_fewer(at: int) -> None:
    chain = tuple(Letter(f"pooled_{k}", "italic") for k in range(8))
    shown = links(chain, (chain[at],), "fw")
    assert sum(x.width for x in shown) + 1.6 * (len(shown) - 1) <= 42 and 1 < len(shown) < LINKS
    assert [x.symbol for x in shown if x.mark == "fw"] == [chain[at]]
    for k, end in ((0, chain[0]), (-1, chain[-1])):
        assert shown[k] == DOTS or shown[k].symbol == end
