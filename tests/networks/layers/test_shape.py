"""Layers that put the same entries into another shape or order, or repeat them: against torch, and what they refuse."""

from collections.abc import Callable

import pytest
from by_torch import chains, held_to_torch, network
from depth import examples, spread
from hypothesis import given, settings

from symconv.errors import SpecError
from symconv.networks.form import TensorForm
from symconv.networks.layers.layers import (
    Layer,
    Permute,
    PixelShuffle,
    PixelUnshuffle,
    Repeat,
    Reshape,
    Upsample,
)
from symconv.networks.layers.shape import cut
from symconv.networks.network import Network

KINDS = ("reshape", "permute", "pixel_shuffle", "pixel_unshuffle", "upsample", "repeat")


@pytest.mark.filterwarnings("ignore:The .grad attribute")
@settings(max_examples=examples(20))
@given(chains(KINDS, KINDS))
def test_two_of_them_are_torchs(made: Network) -> None:
    held_to_torch(made)


SHAPES: dict[str, tuple[tuple[int, ...], Layer, tuple[int, ...]]] = {
    "an axis of one is put in": ((2, 3), Reshape("Y", (2, 1, 3)), (2, 1, 3)),
    "all axes of one go": ((1, 1), Reshape("Y", (1,)), (1,)),
    "joined and cut": ((2, 3, 4), Reshape("Y", (6, 2, 2)), (6, 2, 2)),
    "three axes turn": ((2, 3, 4), Permute("Y", (1, 2, 0)), (3, 4, 2)),
    "five axes": ((1, 2, 1, 3, 2), Permute("Y", (4, 3, 2, 1, 0)), (2, 3, 1, 2, 1)),
    "pixels": ((8, 2, 1), PixelShuffle("Y", 2), (2, 4, 2)),
    "pixels of a batch of axes": ((2, 1, 4, 1, 2), PixelShuffle("Y", 2), (2, 1, 1, 2, 4)),
    "pixels back": ((1, 3, 6), PixelUnshuffle("Y", 3), (9, 1, 2)),
    "rows alone": ((2, 3, 4), Upsample("Y", (3, 1)), (2, 9, 4)),
    "three dimensions": ((1, 2, 1, 2), Upsample("Y", (2, 1, 3)), (1, 4, 1, 6)),
    "an axis of one grows": ((1, 3), Repeat("Y", (4, 1)), (4, 3)),
    "a tile": ((2, 3), Repeat("Y", (2, 3)), (4, 9)),
}


@pytest.mark.filterwarnings("ignore:The .grad attribute")
@pytest.mark.parametrize("what", spread(SHAPES, 6))
def test_each_is_torchs_in_its_shape(what: str) -> None:
    shape, layer, made = SHAPES[what]
    form, faults = layer.fit(TensorForm(shape))
    assert form is not None and form.shape == made and not faults
    study = held_to_torch(network(shape, layer))
    assert study.verify()


def test_the_first_axis_counts_images_as_long_as_it_stays_where_it_is() -> None:
    images = TensorForm((2, 3, 4), batch=True)
    kept: tuple[Layer, ...] = (
        Reshape("Y", (2, 12)),
        Reshape("Y", (6, 4)),  # the parts of each
        Reshape("Y", (1, 6, 4)),  # both as one group
        Permute("Y", (0, 2, 1)),
        Repeat("Y", (1, 2, 2)),
        Upsample("Y", (2, 2)),
    )
    lost: list[Layer] = [Reshape("Y", (24,)), Reshape("Y", (3, 8)), Permute("Y", (1, 0, 2))]
    for layers, batch in ((kept, True), (lost, False)):
        forms = [layer.fit(images)[0] for layer in layers]
        assert [form is not None and form.batch for form in forms] == [batch] * len(layers)


def test_both_shapes_are_made_of_the_same_units() -> None:
    assert cut((2, 3), (3, 2)) is None and cut((6, 4), (3, 8)) == (3, 2, 4)
    assert cut((6, 4), (2, 3, 4)) == (2, 3, 4)
    assert cut((2, 1, 4), (8,)) == (2, 4)
    assert cut((1, 1), (1,)) == ()


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "another number of entries": (
        lambda: network((2, 3), Reshape("Y", (4, 2))),
        'layers[0] (reshape "Y"): its input 2x3 has 6 entries, 4x2 has 8\n  give a shape of 6 entries',
    ),
    "across the axes": (
        lambda: network((2, 3), Reshape("Y", (3, 2))),
        'layers[0] (reshape "Y"): 3x2 cuts across the axes of its input 2x3\n  put a reshape to 6 before it',
    ),
    "an extent of none": (
        lambda: Reshape("Y", (2, 0)),
        'reshape "Y": 1 mistake\nshape[1]: 0 is out of range\n  give an integer from 1 to',
    ),
    "what torch infers": (lambda: Reshape("Y", (2, -1)), "shape[1]: -1 is out of range\n  give an integer from 1 to"),
    "no shape": (lambda: Reshape("Y", ()), "shape: an empty list is no list of numbers\n  write a list of 1"),
    "too many axes": (lambda: Reshape("Y", (1,) * 9), "is no list of numbers\n  write a list of 1 to 8, for example"),
    "one axis twice": (
        lambda: Permute("Y", (0, 0)), "axes: [0, 0] is no order of axes\n  give each number from 0 on once",
    ),
    "an axis that is not there": (
        lambda: Permute("Y", (0, 2)), "axes: [0, 2] is no order of axes\n  give each number from 0 on once",
    ),
    "an axis from the end": (lambda: Permute("Y", (0, -1)), "axes[1]: -1 is out of range\n  give an integer from 0 to"),
    "an axis too few": (
        lambda: network((2, 3, 1), Permute("Y", (1, 0))),
        'layers[0] (permute "Y"): its input 2x3x1 has 3 axes, 2 are given\n  give the number of each axis once',
    ),
    "channels that are no squares": (
        lambda: network((6, 1, 1), PixelShuffle("Y", 2)),
        'layers[0] (pixel_shuffle "Y"): its input has shape (6, 1, 1)\n  give (..., C, H, W), C a multiple of 4',
    ),
    "pixels of a matrix": (
        lambda: network((4, 1), PixelShuffle("Y", 2)), "its input has shape (4, 1)\n  give (..., C, H, W), C a",
    ),
    "rows that do not divide": (
        lambda: network((1, 3, 4), PixelUnshuffle("Y", 2)),
        'layers[0] (pixel_unshuffle "Y"): its input has shape (1, 3, 4)\n  give (..., C, H, W), H and W multiples of 2',
    ),
    "a factor of none": (lambda: PixelShuffle("Y", 0), "factor: 0 is out of range\n  give an integer from 1 to"),
    "half a factor": (
        lambda: PixelUnshuffle("Y", 0.5),  # type: ignore[arg-type]
        "factor: 0.5 is not a whole number\n  give an integer >= 1",
    ),
    "a factor of a half": (
        lambda: Upsample("Y", (0.5, 2)),  # type: ignore[arg-type]
        "factor[0]: 0.5 is not a whole number\n  give an integer >= 1",
    ),
    "more factors than axes": (
        lambda: network((2,), Upsample("Y", (2, 2))),
        'layers[0] (upsample "Y"): its input has shape (2,)\n  give a factor for at most 1 axes',
    ),
    "four factors": (lambda: Upsample("Y", (1,) * 4), "factor: a list of 4 does not fit 1 to 3 dimensions\n  give a"),
    "a number for one axis of two": (
        lambda: network((2, 3), Repeat("Y", (2,))),
        'layers[0] (repeat "Y"): its input 2x3 has 2 axes, 1 are given\n  give a number for each axis',
    ),
    "never": (lambda: Repeat("Y", (2, 0)), "times[1]: 0 is out of range\n  give an integer from 1 to"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_is_said_with_what_would_work(what: str) -> None:
    make, message = REFUSED[what]
    with pytest.raises(SpecError) as refused:
        make()
    assert message in str(refused.value)
