"""A linear layer on the last axis alone: against torch at any place of the others, and what it refuses."""

import pytest
import torch
from by_torch import chains, held_to_torch, network
from depth import examples
from hypothesis import given, settings

from symconv.check.torch_network import autograd
from symconv.errors import SpecError
from symconv.networks.form import TensorForm
from symconv.networks.layers.layers import AxisSum, Flatten, Linear, Parameter, Permute
from symconv.networks.network import Network
from symconv.study import derive

ROWS = Parameter.of("W", [[1, 2, -1], [0, 3, 1]])
TWO = Parameter.of("b", [1, -2])


@pytest.mark.filterwarnings("ignore:The .grad attribute")
@settings(max_examples=examples(30))
@given(chains(("linear",), ("permute", "reshape", "pad")))
def test_it_is_torchs_of_any_rank(made: Network) -> None:
    held_to_torch(made)


@pytest.mark.filterwarnings("ignore:The .grad attribute")
def test_two_that_mix_two_axes_are_torchs() -> None:
    """As a mixer does: the channels, then the places."""
    places = Linear("Y", Parameter.of("V", [[1, -1, 2, 1]]), last=True)
    made = network((2, 4, 3), Linear("a", ROWS, TWO, last=True), Permute("p", (0, 2, 1)), places, batch=True)
    assert held_to_torch(made).verify()


def test_the_shape_of_what_it_makes() -> None:
    for shape, batch, last, made in (
        ((2, 4, 3), True, True, (2, 4, 2)), ((2, 3), True, True, (2, 2)), ((3,), False, True, (2,)),
        ((4, 3), False, True, (4, 2)), ((2, 3), True, False, (2, 2)), ((1, 3), False, False, (2,)),
    ):  # fmt: skip
        form, faults = Linear("Y", ROWS, last=last).fit(TensorForm(shape, batch=batch))
        assert form is not None and form.shape == made and not faults
        assert form.spatial == (0 if len(made) == 1 + batch else None)


def test_what_is_refused_is_said_with_what_would_work() -> None:
    with pytest.raises(SpecError) as refused:
        network((3, 2), Linear("Y", ROWS, last=True))
    assert "weight W has 3 columns, but its input 2 has 2 entries\n  give 2 numbers in each row" in str(refused.value)
    with pytest.raises(SpecError, match="last: 1 is not true or false\n  write true or false"):
        Linear("Y", ROWS, last=1)  # type: ignore[arg-type]


def test_a_batch_of_single_numbers_is_one_of_lists_of_one() -> None:
    """As a sum over all but the batch leaves it; flattened, or weighed."""
    weigh = Linear("Y", Parameter.of("W", [[2], [-1]]))
    for last in (weigh, Flatten("Y")):
        made = network((3, 2), AxisSum("a", (1,)), last, batch=True)
        found, wanted = derive(made).evaluate("torch")["gradients"], autograd(torch, made)
        assert torch.equal(found["X"], wanted["X"].grad) and wanted["Y"].shape == (3, 1 + (last is weigh))
