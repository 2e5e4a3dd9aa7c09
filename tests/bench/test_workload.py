"""Both sides of a comparison do the same work on the same operands: their results agree."""

from dataclasses import replace

import pytest
import torch

from symconv.bench.layer_shapes import LayerShape
from symconv.bench.workload import OURS, TORCH, backward, best_form, forward, one_thread, workload

DENSE = LayerShape("", "dense", 1, 4, 6, (3, 2), (2, 1), (1, 0), (1, 2), 2, True, (7, 9))
DEPTHWISE = replace(DENSE, C=4, O=4, groups=4, bias=False)
SINGLE = replace(DENSE, C=1, O=1, groups=1, bias=False)


@pytest.mark.parametrize("layer", [DENSE, DEPTHWISE], ids=["dense", "depthwise"])
@pytest.mark.parametrize("last", [False, True], ids=["contiguous", "channels-last"])
def test_forward(layer: LayerShape, last: bool) -> None:
    calls = forward(workload(best_form(layer), layer, 3), torch, last)
    ours, theirs = calls[OURS](), calls[TORCH]()
    assert ours.shape == theirs.shape == (3, layer.O, *layer.out)
    torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("form", ["loop", "flatten"])
def test_a_form_without_channels_gets_the_map_alone(form: str) -> None:
    calls = forward(workload(form, SINGLE, 1), torch)
    torch.testing.assert_close(calls[OURS](), calls[TORCH]()[0, 0])


@pytest.mark.parametrize("layer", [DENSE, DEPTHWISE], ids=["dense", "depthwise"])
@pytest.mark.parametrize("last", [False, True], ids=["contiguous", "channels-last"])
def test_all_three_gradients(layer: LayerShape, last: bool) -> None:
    calls = backward(workload(best_form(layer), layer, 2), torch, last)
    for ours, theirs in zip(calls[OURS](), calls[TORCH](), strict=True):
        torch.testing.assert_close(ours, theirs)


def test_channels_last_is_how_the_operands_lie() -> None:
    call = forward(workload("gemm", DENSE, 2), torch, channels_last=True)[TORCH]
    x, weight, bias = call.args  # type: ignore[attr-defined]
    assert all(t.is_contiguous(memory_format=torch.channels_last) and not t.is_contiguous() for t in (x, weight))
    assert bias.shape == (6,)


def test_depthwise_layers_take_shifted_images() -> None:
    assert (best_form(DENSE), best_form(DEPTHWISE)) == ("gemm", "taps")


def test_the_number_of_threads_is_put_back() -> None:
    before = torch.get_num_threads()
    restore = one_thread(torch)
    assert torch.get_num_threads() == 1
    restore()
    assert torch.get_num_threads() == before
