"""Layers that take a part, run backwards or pad: against torch, in every mode, and what they refuse."""

from collections.abc import Callable

import pytest
from by_torch import chains, held_to_torch, network
from depth import examples, spread
from hypothesis import given, settings

from symconv.errors import SpecError
from symconv.networks.form import TensorForm
from symconv.networks.layers.layers import Flip, Layer, Pad, Select, Slice
from symconv.networks.network import Network

KINDS = ("slice", "select", "flip", "pad")


@pytest.mark.filterwarnings("ignore:The .grad attribute")
@settings(max_examples=examples(20))
@given(chains(KINDS, KINDS))
def test_two_of_them_are_torchs(made: Network) -> None:
    held_to_torch(made)


PARTS: dict[str, tuple[tuple[int, ...], Layer, tuple[int, ...]]] = {
    "all of it": ((2, 3), Slice("Y", 1, 0, 3), (2, 3)),
    "every second": ((2, 5), Slice("Y", 1, 0, 5, 2), (2, 3)),
    "a step beyond the end": ((4, 2), Slice("Y", 0, 1, 4, 9), (1, 2)),
    "the last place": ((2, 3), Select("Y", 1, 2), (2,)),
    "a channel": ((2, 3, 2), Select("Y", 0, 1), (3, 2)),
    "the only place": ((2, 1), Select("Y", 1, 0), (2,)),
    "backwards": ((2, 4), Flip("Y", 1), (2, 4)),
    "one entry backwards": ((1, 4), Flip("Y", 0), (1, 4)),
    "a mirror, whole": ((1, 3), Pad("Y", ((2, 2),), "reflect"), (1, 7)),
    "a mirror in two dimensions": ((2, 3), Pad("Y", ((1, 0), (1, 2)), "reflect"), (3, 6)),
    "the edge of one entry": ((2, 1), Pad("Y", ((3, 2),), "replicate"), (2, 6)),
    "around, whole": ((2, 2), Pad("Y", ((2, 0), (1, 2)), "circular"), (4, 5)),
    "zeros in three dimensions": ((1, 1, 2, 1), Pad("Y", ((0, 1), (1, 0), (2, 2))), (1, 2, 3, 5)),
    "nothing": ((2, 3), Pad("Y", ((0, 0), (0, 0)), "circular"), (2, 3)),
}


@pytest.mark.filterwarnings("ignore:The .grad attribute")
@pytest.mark.parametrize("what", spread(PARTS, 7))
def test_each_is_torchs_in_its_shape(what: str) -> None:
    shape, layer, made = PARTS[what]
    form, faults = layer.fit(TensorForm(shape))
    assert form is not None and form.shape == made and not faults
    assert held_to_torch(network(shape, layer)).verify()


def test_a_place_of_the_first_axis_is_no_batch() -> None:
    images = TensorForm((2, 3, 4), batch=True)
    for layer, batch in ((Select("Y", 0, 1), False), (Select("Y", 1, 1), True), (Slice("Y", 0, 0, 1), True)):
        form, _ = layer.fit(images)
        assert form is not None and form.batch == batch


MIRROR = "reflect can take from 2 entries\n  give at most 1"
REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "an axis that is not there": (
        lambda: network((2, 3), Slice("Y", 2, 0, 1)),
        'layers[0] (slice "Y"): its input 2x3 has no axis 2\n  give an axis below 2',
    ),
    "an axis from the end": (lambda: Flip("Y", -1), 'flip "Y": 1 mistake\naxis: -1 is out of range\n  give an integer'),
    "no axis to flip": (lambda: network((2,), Flip("Y", 1)), "its input 2 has no axis 1\n  give an axis below 1"),
    "beyond the end": (
        lambda: network((2, 3), Slice("Y", 1, 0, 4)),
        "its input 2x3 has 3 entries along axis 1, and ends before 4\n  give a stop of at most 3",
    ),
    "nothing of it": (lambda: Slice("Y", 0, 2, 2), "stop: 2 is out of range\n  give an integer from 3 to"),
    "backwards": (lambda: Slice("Y", 0, 0, 2, -1), "step: -1 is out of range\n  give an integer from 1 to"),
    "from the end": (lambda: Slice("Y", 0, -1, 2), "start: -1 is out of range\n  give an integer from 0 to"),
    "no such place": (
        lambda: network((2, 3), Select("Y", 1, 3)),
        'layers[0] (select "Y"): its input 2x3 has 3 entries along axis 1, and none at 3\n  give a place below 3',
    ),
    "the only axis": (
        lambda: network((3,), Select("Y", 0, 0)), "its input 3 has one axis only\n  give an input of two axes or more",
    ),
    "an unknown mode": (
        lambda: Pad("Y", ((1, 1),), "mirror"),
        'pad "Y": 1 mistake\nmode: "mirror" is not a known mode\n  known: zeros, reflect, replicate, circular',
    ),
    "a mode that is none": (lambda: Pad("Y", 1, None), "mode: NoneType None is not a known mode"),  # type: ignore[arg-type]
    "less than nothing": (lambda: Pad("Y", ((1, -1),)), "padding[0][1]: -1 is out of range\n  give an integer from 0"),
    "too much of a mirror": (lambda: network((1, 2), Pad("Y", ((0, 2),), "reflect")), f"2 is more than {MIRROR}"),
    "more than once around": (
        lambda: network((1, 2), Pad("Y", ((3, 0),), "circular")),
        'layers[0] (pad "Y"): 3 is more than circular can take from 2 entries\n  give at most 2',
    ),
    "more axes than there are": (
        lambda: network((2, 3), Pad("Y", ((1, 1), (1, 1))), batch=True),
        'layers[0] (pad "Y"): its input has shape (2, 3)\n  give padding for at most 1 axes',
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_is_said_with_what_would_work(what: str) -> None:
    make, message = REFUSED[what]
    with pytest.raises(SpecError) as refused:
        make()
    assert message in str(refused.value)
