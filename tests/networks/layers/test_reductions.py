"""Layers that make one number of all entries along some axes: against torch, and what they refuse."""

from collections.abc import Callable
from fractions import Fraction

import pytest
import torch
from by_torch import chains, held_to_torch, network
from depth import examples
from hypothesis import given, settings

from symconv.array import Array
from symconv.errors import SpecError
from symconv.networks.form import TensorForm
from symconv.networks.layers.layers import AxisLogSoftmax, AxisMax, AxisMean, AxisSoftmax, AxisSum, Layer, Parameter
from symconv.networks.losses import MeanSquaredError
from symconv.networks.network import Network
from symconv.study import derive


@pytest.mark.filterwarnings("ignore:The .grad attribute")
@settings(max_examples=examples(20))
@given(chains(("reduction",), ("permute", "flip", "pad", "reduction")))
def test_any_of_them_is_torchs(made: Network) -> None:
    held_to_torch(made)


@pytest.mark.filterwarnings("ignore:The .grad attribute")
@settings(max_examples=examples(20))
@given(chains(("softmax",), ("reduction", "permute", "reshape")))
def test_any_softmax_is_torchs(made: Network) -> None:
    held_to_torch(made)


ALONG: dict[str, tuple[tuple[int, ...], Layer, tuple[int, ...]]] = {
    "the last": ((2, 3), AxisSum("Y", (1,)), (2,)),
    "two of four, in any order": ((2, 1, 3, 2), AxisMean("Y", (3, 0)), (1, 3)),
    "an axis of one": ((2, 1), AxisMax("Y", (1,)), (2,)),
    "all, kept": ((2, 3), AxisMean("Y", (0, 1), True), (1, 1)),
    "all": ((2, 3), AxisSum("Y", (0, 1)), (1,)),
    "all, averaged": ((2, 1, 2), AxisMean("Y", (0, 1, 2)), (1,)),
    "the largest of all": ((2, 3), AxisMax("Y", (0, 1)), (1,)),
    "all of a vector": ((4,), AxisMean("Y", (0,)), (1,)),
    "the middle, kept": ((2, 3, 2), AxisMax("Y", (1,), True), (2, 1, 2)),
    "all of five": ((2, 1, 2, 1, 2), AxisSum("Y", (0, 1, 2, 3, 4), True), (1, 1, 1, 1, 1)),
}


@pytest.mark.filterwarnings("ignore:The .grad attribute")
@pytest.mark.parametrize("what", ALONG)
def test_each_is_torchs_in_its_shape(what: str) -> None:
    shape, layer, made = ALONG[what]
    form, faults = layer.fit(TensorForm(shape))
    assert form is not None and form.shape == made and not faults
    assert held_to_torch(network(shape, layer)).verify()


def test_a_batch_is_lost_with_its_axis() -> None:
    images = TensorForm((2, 3, 4), batch=True)
    for layer, batch in ((AxisSum("Y", (0,)), False), (AxisSum("Y", (0,), True), True), (AxisSum("Y", (1,)), True)):
        form, _ = layer.fit(images)
        assert form is not None and form.batch == batch


def test_of_several_largest_the_first_has_the_gradient() -> None:
    """As in torch.max along one axis; along two, in row-major order."""
    rows = [[[1, 3], [3, 3]], [[2, 2], [2, 2]]]
    target = MeanSquaredError(Array((2,), (Fraction(0), Fraction(1))), "sum")
    layers = (AxisMax("Y", (2, 1)),)
    study = derive(Network("ties", Fraction(1), Parameter.of("X", rows), layers, target, batch=True))
    found = study.evaluate()
    assert found["values"]["Y"].tolist() == [3, 2]
    assert found["gradients"]["X"].tolist() == [[[0, 6], [0, 0]], [[2, 0], [0, 0]]]
    x = torch.tensor(rows, dtype=torch.float64, requires_grad=True)
    ((x.flatten(1).max(1).values - torch.tensor([0.0, 1.0])) ** 2).sum().backward()
    assert x.grad is not None and torch.equal(x.grad, found["gradients"]["X"])


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "an axis that is not there": (
        lambda: network((2, 3), AxisSum("Y", (0, 2))),
        'layers[0] (axis_sum "Y"): its input 2x3 has no axis 2\n  give axes below 2',
    ),
    "one axis twice": (
        lambda: AxisMean("Y", (1, 1)),
        'axis_mean "Y": 1 mistake\naxes: [1, 1] names an axis twice\n  give each axis once',
    ),
    "no axis of shares": (
        lambda: network((2, 3), AxisSoftmax("Y", 2)),
        'layers[0] (axis_softmax "Y"): its input 2x3 has no axis 2\n  give an axis below 2',
    ),
    "shares along an axis from the end": (
        lambda: AxisLogSoftmax("Y", -1), "axis: -1 is out of range\n  give an integer from 0 to",
    ),
    "an axis from the end": (lambda: AxisSum("Y", (-1,)), "axes[0]: -1 is out of range\n  give an integer from 0 to"),
    "none": (lambda: AxisSum("Y", ()), "axes: an empty list is no list of numbers\n  write a list of 1 to 8"),
    "one number": (
        lambda: AxisSum("Y", 1), "axes: 1 is no list of numbers\n  write a list of 1 to 8",  # type: ignore[arg-type]
    ),
    "keep 1": (
        lambda: AxisSum("Y", (0,), 1), "keep: 1 is not true or false\n  write true or false",  # type: ignore[arg-type]
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_is_said_with_what_would_work(what: str) -> None:
    make, message = REFUSED[what]
    with pytest.raises(SpecError) as refused:
        make()
    assert message in str(refused.value)
