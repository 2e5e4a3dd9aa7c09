"""The window of a convolution: its kernel, and the inputs that go with it."""

import pytest

from symconv.array import Shape
from symconv.networks.form import TensorForm
from symconv.networks.layers.conv_window import ConvWindow, kernel_of, once, spread


def window(*shape: int, groups: int = 1, transposed: bool = False) -> ConvWindow:
    dims = len(kernel_of(shape))
    return ConvWindow("K", shape, (1,) * dims, ((0, 0),) * dims, (1,) * dims, groups, transposed)


@pytest.mark.parametrize(
    ("shape", "kernel"), [((2, 3), (2, 3)), ((4, 3, 2), (2,)), ((4, 3, 2, 1), (2, 1)), ((4, 3, 2, 1, 5), (2, 1, 5))]
)
def test_a_weight_of_two_axes_has_no_channels(shape: Shape, kernel: Shape) -> None:
    assert (window(*shape).kernel, window(*shape).channels) == (kernel, len(shape) > 2)


def test_what_is_kept_once_stands_in_every_dimension() -> None:
    assert spread(once((2, 2, 2)), 3) == (2, 2, 2) and once((2, 1)) == (2, 1) == spread((2, 1), 2)
    assert once(((1, 0), (1, 0))) == ((1, 0),)


INPUTS: dict[str, tuple[ConvWindow, TensorForm, str]] = {
    "fits": (window(2, 3, 2), TensorForm((3, 5)), ""),
    "fits, transposed": (window(3, 2, 2, transposed=True), TensorForm((3, 5)), ""),
    "fits, a batch": (window(2, 3, 2), TensorForm((4, 3, 5), batch=True), ""),
    "channels": (window(2, 3, 2), TensorForm((2, 5)), "weight K of 1 group wants 3"),
    "channels in groups": (window(2, 3, 2, groups=2), TensorForm((5, 5)), "weight K of 2 groups wants 6"),
    "no channels": (window(2, 2), TensorForm((1, 5, 5)), "without channels it must be (H, W)"),
    "a batch without channels": (window(2, 2), TensorForm((2, 5, 5), batch=True), "weight K has no channels"),
    "an axis too few": (window(1, 1, 2, 2), TensorForm((5, 5)), "its weight wants (C, H, W)"),
}


@pytest.mark.parametrize("what", INPUTS)
def test_what_does_not_go_with_the_weight_is_said(what: str) -> None:
    own, form, said = INPUTS[what]
    faults = own.input_faults(form)
    assert bool(faults) == bool(said) and all(said in fault.problem and fault.remedy for fault in faults)
