"""Drawings as SVG: short lengths, escaped labels, a cell's own data, a slider in groups, an image that stands alone."""

import re
from dataclasses import replace
from xml.etree.ElementTree import ParseError, fromstring

import pytest
from from_latex import with_trees
from hypothesis import given, strategies as st
from sample_document import padded, window

from symconv.formula.nodes import Letter
from symconv.formula.read import read
from symconv.handout.figures.figures import draw
from symconv.handout.figures.shapes import Arrow, Cells, Corner, Drawing, Grid, Label, Lit
from symconv.handout.figures.sliding import slider
from symconv.writers.html.svg import PALETTE, SCALE, element, px, svg, svg_image, svg_slider
from symconv.writers.marks import Polyline, Text
from tests.writers.html.test_text import Tree
from tests.writers.test_sketch import FIGURES

NUMBERS = re.compile(r"-?\d+(?:\.\d+)?")
LENGTHS = ("d", "x", "y", "cx", "cy", "r", "width", "height", "viewbox", "font-size", "stroke-width", "data-steps")

HOMES = {
    "svg": "http://www.w3.org/2000/svg", "div": "http://www.w3.org/1999/xhtml",
    "math": "http://www.w3.org/1998/Math/MathML",
}  # fmt: skip


def faults(picture: str) -> list[str]:
    """What is wrong with an SVG picture inside a page."""
    tree = Tree(picture)
    found = list(tree.faults)
    for node in tree.root.iter():
        for name in LENGTHS:
            numbers = NUMBERS.findall(node.get(name, "")) if node.tag != "mspace" else []
            found += [f"{n} in {name}" for n in numbers if n == "-0" or len(n.partition(".")[2]) > 1]
        known = {f"{kind}-{colour}" for kind in "sfc" for colour in PALETTE} | {"m", "start", "middle", "end"}
        known |= {"fig", "glide", "place", "bw", "fw", "mat", "stack"}
        found += [f"unknown class {c}" for c in node.get("class", "").split() if c not in known]
    (root,) = tree.root
    found += [] if root.get("aria-label") and root.get("role") == "img" else ["no label"]
    return found


def image_faults(image: str) -> list[str]:
    """What is wrong with a picture that stands alone; ParseError where it is no XML."""
    root = fromstring(image)
    style = "".join(node.text or "" for node in root.iter("{http://www.w3.org/2000/svg}style"))
    used = {c for node in root.iter() for c in node.get("class", "").split()}
    coloured = {c for c in used if re.match("[sfc]-", c) or c in ("fw", "bw")}
    found = [f"no colour for {c}" for c in sorted(coloured) if not re.search(rf"\.{c}[,{{]", style)]
    found += [f"a reference to {u}" for u in re.findall(r"https?://[^\"'<>)]*", image) if u not in HOMES.values()]
    for node in root.iter():
        space, _, tag = node.tag[1:].partition("}")
        found += [] if space in HOMES.values() and HOMES.get(tag, space) == space else [f"<{tag}> of {space}"]
    return found


@pytest.mark.parametrize("number", range(len(FIGURES)))
def test_every_figure_is_well_formed_in_a_page_and_alone(number: int) -> None:
    drawing = draw(FIGURES[number])
    assert faults(svg(drawing, "words")) == [] and image_faults(svg_image(drawing)) == []


def test_a_slider_is_well_formed() -> None:
    windows = (padded(i, j, (2, 1)) for i in range(4) for j in range(4))
    products = tuple(tuple(map(read, row)) for row in (("0", "-1/2"), ("e", "1"), ("3", "0.2924")))
    assert faults(svg_slider(slider(tuple(replace(w, products=products) for w in windows)), "words")) == []


def test_faults_are_found() -> None:
    good = svg(draw(padded(0, 0)), "words")
    for old, new in {
        'd="M': 'd="M-0 0L', 'width="': 'width="1.234', "s-hair": "s-hare", ' aria-label="words"': "", "</svg>": "",
    }.items():  # fmt: skip
        assert old in good and faults(good.replace(old, new, 1)), new
    alone = svg_image(draw(padded(0, 0)))
    for old, new in {
        ".s-now{": ".s-then{", ".f-param,": ".f-params,", "<style>": "<style>@import 'https://x.y';",
        "<math xmlns": "<math x", "<div xmlns=": "<div x=",
    }.items():  # fmt: skip
        assert old in alone and image_faults(alone.replace(old, new)), new
    with pytest.raises(ParseError):
        image_faults(alone.replace("</math>", "&ApplyFunction;</math>", 1))


@given(st.floats(-1000, 1000))
def test_lengths_are_short_and_never_minus_nothing(x: float) -> None:
    text = px(x)
    assert NUMBERS.fullmatch(text) and text != "-0" and len(text.partition(".")[2]) <= 1
    assert abs(float(text) - x * SCALE) <= 0.0501


@pytest.mark.parametrize("mm, text", [(0.0, "0"), (-0.001, "0"), (1.0, "4.4"), (2.5, "11"), (-1.0, "-4.4")])
def test_lengths(mm: float, text: str) -> None:
    assert px(mm) == text


def test_a_cell_says_which_it_is() -> None:
    grid = Grid(Corner("x", 0, 0), (("1", "2"), ("3", "4")), name=r"\tdL{U'}")
    drawing = Drawing((with_trees(grid),), 1, Cells(6, 6, 9))
    cells = [p for p in Tree(svg(drawing, "w")).root.iter("path") if "data-cell" in p.attrib]
    assert [(p.get("data-grid"), p.get("data-cell")) for p in cells] == [("∂L/∂U′", str(k)) for k in range(4)]
    unnamed = Drawing((with_trees(Grid(Corner("x", 0, 0), (("1",),))),), 1, Cells(6, 6, 9))
    assert "data-" not in svg(unnamed, "w")


def test_numbers_are_text_and_all_else_is_typeset() -> None:
    assert element(Text((1, 1), read("-2.5"), 9)).endswith(">\u22122.5</text>")
    assert "<math>" in element(Text((1, 1), read(r"\tfrac{1}{2}"), 9))
    words = element(Text((1, 1), "a < $b$", 9, "now", anchor="start"))
    assert "<span>a &lt; <math>" in words and 'class="m start c-now"' in words


def test_a_rectangle_is_short_and_other_lines_are_points() -> None:
    box = Polyline(((0, 0), (1, 0), (1, 1), (0, 1)), "ink", closed=True)
    assert 'd="M0 0H4.4V4.4H0z"' in element(box)
    assert 'd="M0 0L4.4 4.4"' in element(Polyline(((0, 0), (1, 1)), "ink"))
    assert 'd="M0 0L4.4 0L2.2 4.4z"' in element(Polyline(((0, 0), (1, 0), (0.5, 1)), fill="now", closed=True))


def test_backward_is_dashed() -> None:
    drawing = Drawing((Lit(Corner("x", 0, 0), "bw", 0, 0), Arrow("bw", 0, 9, 0)), 1, Cells(6, 6, 9))
    assert svg(drawing, "w").count("stroke-dasharray") == 2
    assert "dasharray" not in svg(Drawing((Lit(Corner("x", 0, 0), "fw", 0, 0),), 1, Cells(6, 6, 9)), "w")


def test_a_slider_has_a_group_for_each_place_and_two_that_glide() -> None:
    """What glides under the numbers, and its frame over them."""
    windows = tuple(window(i, (r"1\cdot2",)) for i in range(3))
    (root,) = Tree(svg_slider(slider(windows), "w")).root
    groups = [g.get("class") for g in root if g.tag == "g"]
    assert groups == ["glide", "glide", "place", "place", "place"]
    under, frame = (g for g in root if g.get("class") == "glide")
    assert under.get("data-steps") == frame.get("data-steps") == "0,0 0,26.4 0,52.8"
    assert [p.get("class") for p in under] == ["f-nowtint"] and [p.get("class") for p in frame] == ["s-now"]
    first_number = next(k for k, node in enumerate(root) if node.tag in ("text", "foreignobject"))
    assert list(root).index(under) < first_number < list(root).index(frame)


def test_an_image_is_white_and_as_large_as_its_sheet() -> None:
    root = fromstring(svg_image(Drawing((Label(0, 0, Letter("x"), "west"),), 1)))
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"
    assert root[1].tag.endswith("rect") and root[1].get("fill") == "#fff"
