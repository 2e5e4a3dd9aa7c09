"""Max unpooling: against what autograd gives back through max pooling, where it goes, and what it refuses."""

import re
from fractions import Fraction

import pytest
from by_torch import chains, held_to_torch, network
from depth import examples
from hypothesis import given, settings

from symconv.array import Array
from symconv.errors import SpecError
from symconv.networks.form import TensorForm
from symconv.networks.layers.layers import MaxPool, MaxUnpool, Parameter, Scale
from symconv.networks.losses import MeanSquaredError
from symconv.networks.network import Network
from symconv.study import derive


@pytest.mark.filterwarnings("ignore:The .grad attribute")
@settings(max_examples=examples(30))
@given(chains(("max_unpool",), ("max_pool",), 2))
def test_any_of_them_is_torchs(made: Network) -> None:
    held_to_torch(made)


def test_of_equal_entries_the_first_has_what_comes_in() -> None:
    given = Parameter.of("X", [[0, 0, 1, 2], [0, 0, 2, 2]])
    layers = (MaxPool("P", (2, 2)), Scale("Z", Fraction(3), Fraction(1)), MaxUnpool("Q", (2, 2), "X"))
    made = Network("ties", Fraction(1), given, layers, MeanSquaredError(Array((2, 4), (Fraction(0),) * 8), "sum"))
    study = derive(made)
    assert study.exact_values["Q"].entries == (1, 0, 0, 7, 0, 0, 0, 0)
    assert study.exact_gradients["X"].entries == (6, 0, 0, 42, 0, 0, 0, 0)


def test_a_tensor_that_only_says_where_has_no_gradient() -> None:
    study = held_to_torch(network((4, 4), MaxPool("P", (2, 2)), MaxUnpool("Q", (2, 2), "X")))
    assert set(study.exact_gradients["X|Q"].entries) == {0} != set(study.exact_gradients["X|P"].entries)


def test_the_shape_is_that_of_what_was_pooled() -> None:
    layer = MaxUnpool("Q", (2,), "X", padding=((1, 0),), ceil=True)
    assert layer.fit(TensorForm((3, 2)), TensorForm((3, 3), 1)) == (TensorForm((3, 3), 1), ())
    batch = TensorForm((2, 3, 4, 4), 2, batch=True)
    made, faults = MaxUnpool("Q", (2, 2), "X").fit(TensorForm((2, 3, 2, 2), 2, batch=True), batch)
    assert made == batch and not faults


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        (MaxUnpool("Q", (2, 2), "X", (1, 2)), "its windows 2x2 overlap (stride 1x2): two entries may go to one place"),
        (MaxUnpool("Q", (4, 4), "X"), "its input has shape (2, 2), the max pooling of X (1, 1)"),
        (MaxUnpool("Q", (5, 5), "X"), "other X: kernel 5x5 does not fit its input 4x4 (padding 0, dilation 1)"),
    ],
)
def test_what_does_not_fit_is_refused(layer: MaxUnpool, text: str) -> None:
    with pytest.raises(SpecError, match=re.escape(text)):
        network((4, 4), MaxPool("P", (2, 2)), layer)


def test_its_options_are_checked_as_those_of_a_pooling() -> None:
    with pytest.raises(SpecError, match="other"):
        MaxUnpool("Q", (2, 2), "")
    with pytest.raises(SpecError, match="more than half of the kernel"):
        MaxUnpool("Q", (2, 2), "X", padding=((2, 0), (0, 0)))
