"""Layers that make one tensor of several: against torch, one of them several times included, and what they refuse."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from by_torch import chains, held_to_torch, network
from depth import examples, spread
from hypothesis import given, settings

from symconv.errors import SpecError
from symconv.networks.form import TensorForm
from symconv.networks.geometry import fit
from symconv.networks.layers.layers import Add, Cat, Flip, Scale, Select, Slice, Stacked
from symconv.networks.network import Network


@pytest.mark.filterwarnings("ignore:The .grad attribute")
@settings(max_examples=examples(20))
@given(chains(("cat", "stack"), ("flip", "slice", "reshape", "permute"), count=2))
def test_two_of_them_are_torchs(made: Network) -> None:
    held_to_torch(made)


TOGETHER: dict[str, Network] = {
    "itself three times": network((2, 3), Cat("Y", ("X", "X"), 1)),
    "itself, and its half": network((4, 1), Slice("A", 0, 0, 2), Cat("Y", ("X", "A"), 0, input="X")),
    "four of one": network((2, 1), Flip("A", 0), Flip("B", 1), Stacked("Y", ("A", "X", "A"), 2)),
    "stacked in front": network((2,), Stacked("Y", ("X",), 0)),
    "stacked in front of a batch": network((2, 3), Flip("A", 1), Stacked("Y", ("X",), 0), batch=True),
    "parts put together again": network(
        (3, 2), Slice("A", 0, 0, 1), Slice("B", 0, 1, 3, input="X"), Cat("Y", ("B",), 0, input="A"), batch=True
    ),
    "stacked and taken": network((2, 3), Stacked("A", ("X",), 1), Select("Y", 1, 1)),
    "two that are one": network((1,), Cat("Y", ("X",), 0)),
}


@pytest.mark.filterwarnings("ignore:The .grad attribute")
@pytest.mark.parametrize("what", spread(TOGETHER, 4))
def test_one_tensor_several_times_gets_the_sum_of_its_gradients(what: str) -> None:
    assert held_to_torch(TOGETHER[what]).verify()


def test_what_is_joined_is_read() -> None:
    assert Cat("Y", ("A", "B"), 0).besides() == (("others[0]", "A"), ("others[1]", "B"))
    assert Cat("Y", ["A"], 0).others == ("A",)  # type: ignore[arg-type]


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "an axis that is not there": (
        lambda: network((2, 3), Cat("Y", ("X",), 2)),
        'layers[0] (cat "Y"): its input 2x3 has no axis 2\n  give an axis below 2',
    ),
    "an axis beyond the next": (
        lambda: network((2, 3), Stacked("Y", ("X",), 3)),
        'layers[0] (stack "Y"): its input 2x3 has no axis 3\n  give an axis up to 2',
    ),
    "extents that differ elsewhere": (
        lambda: network((2, 3), Slice("A", 1, 0, 2), Cat("Y", ("X",), 0)),
        "its input has shape (2, 2), X has (2, 3)\n  cat goes with tensors that differ along axis 0 alone",
    ),
    "ranks that differ": (
        lambda: network((2, 2), Select("A", 0, 0), Cat("Y", ("X",), 0)), "its input has shape (2,), X has (2, 2)",
    ),
    "shapes that differ": (
        lambda: network((2, 3), Slice("A", 1, 0, 2), Stacked("Y", ("X",), 0)),
        "its input has shape (2, 2), X has (2, 3)\n  stack goes with tensors of one shape",
    ),
    "with nothing": (lambda: Cat("Y", (), 0), "others: an empty list is no list of names\n  write a list, for example"),
    "a name for a list": (
        lambda: Cat("Y", "X", 0), 'others: "X" is no list of names\n  write a list, for',  # type: ignore[arg-type]
    ),
    "what is no name": (lambda: Stacked("Y", ("X", "a b"), 0), 'others[1]: "a b" cannot name a tensor\n  use ASCII'),
    "no tensor": (lambda: network((2,), Cat("Y", ("x",), 0)), 'layers[0].others[0]: "x" names no tensor\n  give X'),
    "its own output": (
        lambda: network((2,), Scale("A"), Cat("Y", ("X", "Y"), 0)),
        'layers[1].others[1]: "Y" would make a cycle: it is its own output\n  give one of X, A',
    ),
    "a negative axis": (lambda: Cat("Y", ("X",), -1), "axis: -1 is out of range\n  give an integer from 0 to"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_is_said_with_what_would_work(what: str) -> None:
    make, message = REFUSED[what]
    with pytest.raises(SpecError) as refused:
        make()
    assert message in str(refused.value)


def test_images_stay_images_whichever_of_the_tensors_has_them() -> None:
    """A class token that was repeated for each image, in front of what is computed of them."""
    token, images = TensorForm((2, 1, 4)), TensorForm((2, 3, 4), batch=True)
    for first, second in ((token, images), (images, token)):
        made, faults = fit(Cat("Y", ("Z",), 1), first, second)
        assert made is not None and made.shape == (2, 4, 4) and made.batch and not faults
        stacked, _ = fit(Stacked("Y", ("Z",), 1), replace(first, shape=(2, 4)), replace(second, shape=(2, 4)))
        assert stacked is not None and stacked.batch
        added, _ = fit(Add("Y", "Z"), first, second)
        assert added is not None and added.batch
