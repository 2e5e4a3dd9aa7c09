"""Whole handouts whose tensors are called like signs of the handout's own, and of random networks: in every language,
format and way of writing entries, no symbol stands for two things."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import product, takewhile

import pytest
from depth import few, spread
from nets import counted
from random_networks import drawn

from symconv.code.emit import emitted
from symconv.files import formats, typst_pdf
from symconv.formula.compose import COMMA
from symconv.formula.nodes import Letter, parts_of, row
from symconv.handout.chapters import layers as chapter_layers, network as chapter_network
from symconv.handout.document import Block, Document, Part, Passage, Table
from symconv.handout.habits import habits
from symconv.handout.handout import by_hand, handout
from symconv.handout.options import Options
from symconv.handout.pen import Pen
from symconv.handout.pictures import Math
from symconv.handout.symbols import OWN, look
from symconv.networks.layers.layers import Conv, GlobalMaxPool, Linear, Relu, Sigmoid
from symconv.networks.network import CrossEntropy, Network, Parameter, load, shapes
from symconv.study import Study, derive
from symconv.text.prose import LANGUAGES, prose
from symconv.verification.verify import Report
from symconv.writers.typst.writer import write_typst

CALLED = {
    "functions": ("e", "alpha", "log", "exp", "max", "sigma", "theta", "delta"),
    "places": ("0", "x0", "x", "a.b", "a_b", "dx0", "i", "k"),
    "numbered": ("S1", "z1", "W1", "S", "s", "z", "S11", "w"),
    "marked": ("I", "L_", "y_", "lambda_", "E", "T", "_", "1.5"),
}  # fmt: skip
WAYS = ("", "subscripts", "numbers,delta", "subscripts,one,delta")


@cache
def study(called: str, smooth: bool = False) -> Study:
    """The toy's layers with these names; `smooth`: with the sigmoid for ReLU, and so without figures."""
    given, s, kernel, bias, p, h, z, weight = CALLED[called]
    conv = Conv(s, Parameter.of(kernel, counted((2, 3), 1)), Parameter.of(bias, ["1/2"]), padding=((1, 0), (0, 0)))
    layers = (conv, (Sigmoid if smooth else Relu)(p), GlobalMaxPool(h), Linear(z, Parameter.of(weight, [[1], [-1]])))
    rate = load("toy-cnn").learning_rate
    return derive(Network("named", rate, Parameter.of(given, counted((4, 3))), layers, CrossEntropy(0)))


def document(of: Study, language: str, way: str = "") -> Document:
    return handout(of, Report(), emitted(), language, None, options=Options(notation=habits(way)))


def table(blocks: tuple[Block, ...]) -> Iterator[Table]:
    """The tables of symbols."""
    for block in blocks:
        if isinstance(block, Passage):
            yield from table(block.blocks)
        elif isinstance(block, Table) and block.columns[0].math:
            yield block


def first(of: Study, language: str, way: str = "") -> Part:
    """The first part of the handout alone, which holds the table of symbols."""
    pen = Pen(of, prose(language), Options(notation=habits(way)))
    return (chapter_network.chapter if by_hand(of) else chapter_layers.chapter_network)(pen)


def first_of(symbols: Math) -> Math:
    """A symbol without what stands in its cell as well."""
    return row(*takewhile(lambda part: part != COMMA, parts_of(symbols)))


def twice(made: Part) -> set[str]:
    """Symbols of the first table that stand for two things, or for one that the handout has a use for itself."""
    rows = next(table(made.blocks)).rows
    symbols = [look(first_of(row[0])) for row in rows]
    own = {look(sign) for sign in OWN} - {"L", "y", "t", r"\alpha"}
    return {s for s in symbols if symbols.count(s) > 1 or s in own}


@pytest.mark.parametrize(("called", "way"), few(product(CALLED, WAYS), *zip(CALLED, WAYS, strict=True)))
def test_a_handout_has_a_symbol_for_each_thing_in_every_format(called: str, way: str) -> None:
    """The two networks have the same symbols: each is written whole for every second way, and in every format then."""
    kinds = ((False, "en"), (True, "zh"))
    assert [twice(first(study(called, smooth), language, way)) for smooth, language in kinds] == [set(), set()]
    smooth, language = kinds[([*CALLED].index(called) + WAYS.index(way)) % 2]
    made, network = document(study(called, smooth), language, way), study(called, smooth).network
    assert made.parts[0] == replace(first(study(called, smooth), language, way), number=1)
    assert all(formats.written(made, network, "", format) for format in formats.WRITERS)
    assert way or typst_pdf.compile(write_typst(made))[:4] == b"%PDF"


def test_a_symbol_that_stands_twice_is_seen() -> None:
    made = first(study("numbered"), "en")
    step = next(b for b in made.blocks if isinstance(b, Passage) and list(table((b,))))
    old = next(table((step,)))
    for planted in (old.rows[0], (Letter("e"), *old.rows[0][1:])):
        wrong = replace(step, blocks=(replace(old, rows=(*old.rows, planted)),))
        assert twice(replace(made, blocks=(wrong,))) == {look(planted[0])}


@pytest.mark.parametrize("seed", spread(range(24), 6))
def test_a_random_network_has_a_symbol_for_each_tensor(seed: int) -> None:
    of = derive(drawn(seed))
    for language in LANGUAGES:
        for way in WAYS:
            pen = Pen(of, prose(language), Options(notation=habits(way)))
            copies = {t for s in of.stages for t in s.operation.outputs}
            seen = [look(pen.letter(t)) for t in {*shapes(of.network), *copies}]
            assert len(set(seen)) == len(seen)


@pytest.mark.parametrize("seed", spread(range(4), 1))
def test_the_handout_of_a_random_network_has_a_symbol_for_each_thing(seed: int) -> None:
    of = derive(drawn(seed))
    for language in LANGUAGES:
        assert twice(first(of, language)) == set()
