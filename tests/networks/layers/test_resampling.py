"""Layers that make another grid of the last axes: against torch, what their matrices are, and what they refuse."""

from collections.abc import Callable
from fractions import Fraction

import pytest
from by_torch import chains, held_to_torch, network
from depth import examples, spread
from hypothesis import given, settings, strategies as st

from symconv.array import Shape
from symconv.errors import SpecError
from symconv.networks.fields import LONGEST_NAME
from symconv.networks.form import TensorForm
from symconv.networks.layers.layers import AdaptiveAvgPool, Interpolate, Layer, Linear, Parameter
from symconv.networks.layers.resampling import MODES
from symconv.networks.network import Network, held_by, shapes


@pytest.mark.filterwarnings("ignore:The .grad attribute")
@settings(max_examples=examples(30))
@given(chains(("resampling",), ("permute", "slice", "pad")))
def test_any_of_them_is_torchs(made: Network) -> None:
    held_to_torch(made)


SHAPES: dict[str, tuple[Shape, Layer, Shape]] = {
    "lines": ((2, 3), Interpolate("Y", (5,)), (2, 5)),
    "lines, corners": ((2, 3), Interpolate("Y", (5,), align_corners=True), (2, 5)),
    "bilinear": ((1, 2, 3), Interpolate("Y", (4, 6)), (1, 4, 6)),
    "bilinear, corners": ((2, 3), Interpolate("Y", (3, 2), align_corners=True), (3, 2)),
    "trilinear": ((1, 1, 2, 1, 2), Interpolate("Y", (1, 3, 3)), (1, 1, 1, 3, 3)),
    "one axis of two": ((2, 3), Interpolate("Y", (2, 4)), (2, 4)),
    "no axis": ((2, 3), Interpolate("Y", (2, 3)), (2, 3)),
    "one entry": ((1, 1), Interpolate("Y", (3, 2)), (3, 2)),
    "to one entry": ((3, 4), Interpolate("Y", (1, 1), align_corners=True), (1, 1)),
    "smaller": ((5,), Interpolate("Y", (2,)), (2,)),
    "cubic": ((3, 2), Interpolate("Y", (4, 5), "cubic"), (4, 5)),
    "cubic of one axis, corners": ((2, 4), Interpolate("Y", (7,), "cubic", True), (2, 7)),
    "uneven means": ((2, 5), AdaptiveAvgPool("Y", (3,)), (2, 3)),
    "means of more": ((2, 3), AdaptiveAvgPool("Y", (3, 5)), (3, 5)),
    "means of three axes": ((3, 1, 2), AdaptiveAvgPool("Y", (2, 1, 3)), (2, 1, 3)),
}


@pytest.mark.filterwarnings("ignore:The .grad attribute")
@pytest.mark.parametrize("what", spread(SHAPES, 6))
def test_each_is_torchs_in_its_shape(what: str) -> None:
    shape, layer, made = SHAPES[what]
    form, faults = layer.fit(TensorForm(shape))
    assert form is not None and form.shape == made and not faults
    assert held_to_torch(network(shape, layer)).verify()


@given(st.integers(1, 7), st.integers(1, 9), st.sampled_from(MODES), st.booleans())
def test_the_weights_of_an_entry_sum_to_one(before: int, after: int, mode: str, corners: bool) -> None:
    for layer in (Interpolate("Y", (after,), mode, corners), AdaptiveAvgPool("Y", (after,))):
        matrix = layer.matrix(before, after)
        assert [sum(matrix[i, h] for h in range(before)) for i in range(after)] == [1] * after


def test_the_matrices_as_they_are_in_books() -> None:
    quarter, half = Fraction(1, 4), Fraction(1, 2)
    doubled = Interpolate("Y", (4,)).matrix(2, 4)
    assert doubled.entries == (1, 0, 3 * quarter, quarter, quarter, 3 * quarter, 0, 1)
    assert Interpolate("Y", (3,), align_corners=True).matrix(2, 3).entries == (1, 0, half, half, 0, 1)
    assert AdaptiveAvgPool("Y", (2,)).matrix(3, 2).entries == (half, half, 0, 0, half, half)


def test_they_stand_among_the_networks_numbers_for_the_axes_that_change() -> None:
    net = network((2, 3), Interpolate("U", (2, 5)), AdaptiveAvgPool("P", (3, 2)))
    assert {name: [p.name for p in held] for name, held in held_by(net).items()} == {
        "U": ["U.columns"], "P": ["P.rows", "P.columns"],
    }  # fmt: skip
    assert {name: shapes(net)[name] for name in ("U.columns", "P.rows", "P.columns")} == {
        "U.columns": (5, 3), "P.rows": (3, 2), "P.columns": (2, 5),
    }  # fmt: skip


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "a size of none": (lambda: Interpolate("Y", (0, 2)), "size[0]: 0 is out of range\n  give an integer from 1 to"),
    "a size of four": (lambda: AdaptiveAvgPool("Y", (1,) * 4), "size: a list of 4 does not fit 1 to 3 dimensions"),
    "another mode": (lambda: Interpolate("Y", (2,), "area"), '"area" is not a known mode\n  known: linear, cubic'),
    "corners 1": (
        lambda: Interpolate("Y", (2,), align_corners=1),  # type: ignore[arg-type]
        "align_corners: 1 is not true or false",
    ),
    "more axes than there are": (
        lambda: network((2,), Interpolate("Y", (2, 2))),
        "its input has shape (2,), a size of 2 numbers wants as many axes\n  give a size for at most 1",
    ),
    "a matrix's name": (
        lambda: network((2, 2), Interpolate("U", (3,)), Linear("z", Parameter.of("U.columns", [[1] * 6]))),
        '"U.columns" already names a matrix of layers[0]',
    ),
    "no room for names": (
        lambda: Interpolate("a" * LONGEST_NAME, (2,)), "leaves no room for the names of its matrices\n  use at most 92",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_is_said_with_what_would_work(what: str) -> None:
    make, message = REFUSED[what]
    with pytest.raises(SpecError) as refused:
        make()
    assert message in str(refused.value)
