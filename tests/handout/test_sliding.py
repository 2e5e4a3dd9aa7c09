"""The windows of a slider: what lies under the kernel, times the kernel, adds up to the output's entry."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction

import any_networks
import networks
import pytest
from as_latex import as_latex

from symconv.formula.latex import latex
from symconv.handout.document import Sliding
from symconv.handout.habits import habits
from symconv.handout.options import Options
from symconv.handout.pen import Pen
from symconv.handout.pictures import Math, MathRows, Window
from symconv.handout.sliding import sliding, under as met
from symconv.networks.layers.layers import Conv
from symconv.networks.network import Network, load
from symconv.study import derive
from symconv.text.prose import prose
from symconv.worked.stages import Stage

MADE: list[Callable[[], Network]] = [
    lambda: load("toy-cnn"), networks.strided, any_networks.one_image, any_networks.twice, any_networks.narrow,
]  # fmt: skip


def sliders(network: Network, words: str = "") -> Iterator[tuple[Pen, Stage, Sliding]]:
    chosen = habits(words)
    pen = Pen(derive(network, rotated=chosen.rotated), prose("en"), Options(notation=chosen))
    for stage in pen.study.stages:
        if stage.kind == "conv":
            yield from ((pen, stage, block) for block in sliding(pen, stage, pen.window(stage)))


def numbers(rows: MathRows) -> list[Fraction]:
    return [number(x) for row in rows for x in row]


def number(x: Math) -> Fraction:
    """A number in a cell: -1, 5/2, 0.25."""
    return Fraction(latex(x))


def bias(pen: Pen, stage: Stage) -> Fraction:
    layer = pen.layer(stage)
    assert isinstance(layer, Conv)
    return Fraction(str(pen.study.exact_values[layer.bias.name].entries[0])) if layer.bias else Fraction(0)


def under(w: Window, kernel: tuple[int, int]) -> list[Fraction]:
    """What the window lies on, zeros around the input included."""
    (top, _), (left, _) = w.padding
    place = [
        (w.at[0] * w.stride[0] + a * w.dilation[0] - top, w.at[1] * w.stride[1] + b * w.dilation[1] - left)
        for a in range(kernel[0])
        for b in range(kernel[1])
    ]
    rows, columns = len(w.input), len(w.input[0])
    return [number(w.input[r][c]) if 0 <= r < rows and 0 <= c < columns else Fraction(0) for r, c in place]


def faults(pen: Pen, stage: Stage, block: Sliding) -> list[str]:
    """Places whose products are not what lies under the kernel times the kernel, or do not add up to the output."""
    found = []
    for place in zip(block.windows, *block.channels, strict=True):
        total = bias(pen, stage)
        for w in place:
            products = [x * k for x, k in zip(under(w, pen.window(stage).kernel), numbers(w.kernel), strict=True)]
            found += [] if products == numbers(w.products) else [f"{w.at}: {w.names} has other products"]
            total += sum(products)
        row, column = place[0].at
        found += [] if number(place[0].output[row][column]) == total else [f"{place[0].at}: does not add up"]
    return found


@pytest.mark.parametrize("words", ["", "convolution"])
@pytest.mark.parametrize("make", MADE)
def test_products_add_up_to_the_output(make: Callable[[], Network], words: str) -> None:
    for pen, stage, block in sliders(make(), words):
        assert faults(pen, stage, block) == [] and block.on_paper == ()
        assert {len(row) for row in block.channels} <= {len(block.windows)}


def test_faults_are_found() -> None:
    ((pen, stage, block),) = sliders(any_networks.one_image())
    first, *rest = block.windows
    wrong = replace(block, windows=(replace(first, input=block.windows[0].input[::-1]), *rest))
    assert len(faults(pen, stage, wrong)) == 2
    assert faults(pen, stage, replace(block, channels=())) != []


def test_each_channel_has_its_table_and_its_kernel() -> None:
    ((_, _, block),) = sliders(any_networks.one_image())
    assert [as_latex(row[0].names) for row in (block.windows, *block.channels)] == [
        ("X[0]", r"K[0,\,0]", "C[0]"), ("X[1]", r"K[0,\,1]", "C[0]"),
    ]  # fmt: skip
    assert "C[0]" in block.caption
    assert [w.at for w in block.windows] == [(i, j) for i in range(4) for j in range(3)]


@pytest.mark.parametrize("make", [any_networks.grouped, any_networks.one_dimension, any_networks.volume])
def test_groups_one_and_three_dimensions_have_no_slider(make: Callable[[], Network]) -> None:
    assert list(sliders(make())) == []


def test_what_the_kernel_meets() -> None:
    """Row stride 1, dilation 2, a row of zeros on top; column stride 2, a column of zeros on each side."""
    ((pen, stage, _),) = sliders(networks.strided())
    window = pen.window(stage)
    values = pen.study.exact_values["X"]
    assert met(values, window, (0, 0)).entries == (0, 0, 0, values[1, 0])
    assert met(values, window, (2, 1)).nested() == [[1, -1], [0, 1]]
