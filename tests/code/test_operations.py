"""Which operations there are, in which forms, and what is committed of them."""

import inspect

import pytest
import torch
from sympy import preorder_traversal

from symconv.code.forms import FORMS
from symconv.code.operations import GENERATED, OPERATIONS, chosen, derived, emittable, form_of
from symconv.derivation.index import Delta
from symconv.errors import NotSupported


def test_every_dimension_of_both_convolutions() -> None:
    assert list(OPERATIONS) == [f"{name}{n}d" for name in ("conv", "conv_transpose") for n in (1, 2, 3)]
    assert list(OPERATIONS["conv2d"].forms) == list(FORMS)
    of_channels = {name for name, form in FORMS.items() if form.channels}
    assert all(of_channels <= set(known.forms) for known in OPERATIONS.values())


@pytest.mark.parametrize("op", OPERATIONS)
def test_its_name_is_torchs(op: str) -> None:
    assert inspect.isbuiltin(getattr(torch.nn.functional, op))


def test_what_is_generated() -> None:
    assert (
        *chosen("conv2d", None), ("conv1d", "gemm"), ("conv3d", "gemm"), ("conv_transpose2d", "gemm"),
    ) == GENERATED  # fmt: skip


@pytest.mark.parametrize("op", OPERATIONS)
def test_its_gradients_come_from_derivations(op: str) -> None:
    """One each for the input, the weight and the bias, in this order; that of a convolution's input has its deltas."""
    operation, gradients = derived(op, True)
    assert [d.entry.tensor for d in gradients] == [f"∂{tensor}" for tensor in operation.operands]
    deltas = [e for d in gradients for e in preorder_traversal(d.scatter) if isinstance(e, Delta)]
    assert deltas or "transpose" in op


def test_what_there_is_not_is_said_with_what_there_is() -> None:
    with pytest.raises(NotSupported, match=r"operation 'conv4d' is not written yet\n  there is: conv1d, conv2d"):
        emittable("conv4d")
    with pytest.raises(NotSupported, match=r"conv3d has no form 'loop' yet\n  there is: batched, taps, .*gemm"):
        form_of("conv3d", "loop")
    with pytest.raises(NotSupported, match="has no form 'winograd'"):
        chosen("conv2d", "winograd")
