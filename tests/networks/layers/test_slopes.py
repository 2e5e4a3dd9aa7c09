"""A function of one number with a slope that learns: against torch, at its kink too, and what it refuses."""

from collections.abc import Callable
from fractions import Fraction
from math import prod

import pytest
import torch
from by_torch import held_to_torch, network
from depth import examples
from hypothesis import given, settings, strategies as st

from symconv.array import Array, Shape
from symconv.check.torch_network import autograd
from symconv.errors import SpecError
from symconv.networks.layers.layers import BatchNorm, Parameter, PRelu
from symconv.networks.losses import MeanSquaredError
from symconv.networks.network import Network
from symconv.study import derive

SLOPES = (Fraction(1, 4), Fraction(0), Fraction(-2), Fraction(1))


def slopes(count: int) -> Parameter:
    return Parameter("a", Array((count,), tuple(SLOPES[k % 4] for k in range(count))))


@pytest.mark.filterwarnings("ignore:The .grad attribute")
@settings(max_examples=examples(20))
@given(st.lists(st.integers(1, 3), min_size=2, max_size=5).map(tuple), st.booleans())
def test_slopes_of_any_batch_are_torchs(shape: Shape, each: bool) -> None:
    held_to_torch(network(shape, PRelu("Y", slopes(shape[1] if each else 1)), batch=True))


@pytest.mark.filterwarnings("ignore:The .grad attribute")
@pytest.mark.parametrize("shape, batch, count", [((3,), False, 3), ((3,), False, 1), ((2, 2), False, 1),
                                                 ((2, 3, 1), False, 2), ((2, 3), True, 3)])  # fmt: skip
def test_the_derivative_at_0_is_the_slope(shape: Shape, batch: bool, count: int) -> None:
    """As torch has it, also of an input without a batch, whose channels are the first axis."""
    entries = tuple(Fraction(k % 3 - 1) for k in range(prod(shape)))
    loss = MeanSquaredError(Array(shape, (Fraction(5),) * prod(shape)), "sum")
    layers = (PRelu("P", slopes(count)),)
    study = derive(Network("kink", Fraction(1), Parameter("X", Array(shape, entries)), layers, loss, batch))
    found, wanted = study.evaluate(), autograd(torch, study.network)
    for name in ("P", "X", "a"):
        grad = wanted[name].grad
        assert grad is not None and torch.equal(found["gradients"][name], grad), name
        assert torch.equal(found["values"][name], wanted[name].detach()), name
    assert study.verify()


def test_a_number_is_a_list_of_one() -> None:
    assert PRelu("P", Parameter.of("a", "1/4")).weight.value.shape == (1,)


def test_channels_are_those_that_batch_norm_means() -> None:
    assert derive(network((2, 3, 2), PRelu("P", slopes(3)), BatchNorm("B"), batch=True)).verify()


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "slopes of other channels": (
        lambda: network((2, 3, 2), PRelu("P", slopes(2)), batch=True),
        'layers[0] (prelu "P"): a has 2 slopes, but its input 2x3x2 has 3 channels\n  give one number, or 3',
    ),
    "slopes of no channels": (
        lambda: network((2, 3), PRelu("P", slopes(2))),
        "a has 2 slopes, but its input 2x3 has no channels\n  give one number",
    ),
    "a matrix of slopes": (
        lambda: PRelu("P", Parameter.of("a", [[1]])),
        "weight.value: has shape (1, 1)\n  give one number, or a list of one for each channel",
    ),
    "a slope alone": (lambda: PRelu("P", Fraction(1)), "Fraction is not a Parameter"),  # type: ignore[arg-type]
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_is_said_with_what_would_work(what: str) -> None:
    make, message = REFUSED[what]
    with pytest.raises(SpecError) as refused:
        make()
    assert message in str(refused.value)
