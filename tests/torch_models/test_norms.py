"""torch's normalisations in every form of call, against the model itself; and what is refused."""

from typing import Any

import pytest

torch = pytest.importorskip("torch")

from depth import spread  # noqa: E402
from read_models import Part, held_to_model, kinds, numbers, refused  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from symconv.networks.layers.layers import LayerNorm  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:The .grad attribute")
IMAGES = (2, 4, 2, 3)


def held(*shape: int) -> dict[str, Any]:
    return {"w": numbers(*shape) / 16, "b": numbers(*shape) / 32 + 1}


STATISTICS = {"m": numbers(4) / 8, "v": numbers(4).abs() / 8}
CALLS: dict[str, tuple[Part, tuple[int, ...], dict[str, Any], list[str]]] = {
    "layer_norm": (lambda x: F.layer_norm(x, (4,)), (3, 4), {}, ["layer_norm"]),
    "layer_norm of a sequence": (lambda p, x: F.layer_norm(x, (3,), p.w, p.b), (2, 4, 3), held(3), ["layer_norm"]),
    "layer_norm of two axes": (
        lambda p, x: torch.layer_norm(x, [2, 3], p.w, p.b, 0.5), IMAGES, held(2, 3), ["layer_norm"],
    ),
    "layer_norm of a list": (lambda x: F.layer_norm(x, [4, 2, 3], eps=0.5), IMAGES, {}, ["layer_norm"]),
    "instance_norm": (lambda x: F.instance_norm(x), IMAGES, {}, ["instance_norm"]),
    "instance_norm of a row": (
        lambda p, x: F.instance_norm(x, weight=p.w, bias=p.b, eps=0.1), (2, 4, 3), held(4), ["instance_norm"],
    ),
    "group_norm": (lambda p, x: F.group_norm(x, 2, p.w, p.b), IMAGES, held(4), ["group_norm"]),
    "group_norm of vectors": (lambda x: F.group_norm(x, 2), (3, 4), {}, ["group_norm"]),
    "group_norm, one group": (lambda x: torch.group_norm(x, 1, eps=0.5), IMAGES, {}, ["group_norm"]),
    "rms_norm": (
        lambda p, x: F.rms_norm(x, (4,), p.w, 0.5), (3, 4), {"w": numbers(4) / 16},
        ["square", "axis_mean", "scale", "rsqrt", "mul", "mul"],
    ),
    "rms_norm, without a weight": (
        lambda x: F.rms_norm(x, [2, 3]), IMAGES, {}, ["square", "axis_mean", "scale", "rsqrt", "mul"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("call", spread(CALLS, 5))
def test_a_call_is_read_as_what_it_computes(call: str) -> None:
    part, shape, learned, layers = CALLS[call]
    made = (lambda p, x: part(p, x) * 2) if learned else (lambda x: part(x) * 2)
    assert kinds(held_to_model(made, *shape, learned=learned)) == [*layers, "scale"]


def test_an_instance_norm_of_given_statistics_is_a_batch_norm() -> None:
    def part(p: Any, x: Any) -> Any:
        return F.instance_norm(x, p.m, p.v, use_input_stats=False) * 2

    net = held_to_model(lambda p, x: part(p, x) + p.w, *IMAGES, learned={"w": numbers(3)}, constant=STATISTICS)
    assert kinds(net) == ["batch_norm", "scale", "add"]


def test_epsilon_and_shape_are_the_call_s_own() -> None:
    (norm, _) = held_to_model(lambda x: F.layer_norm(x, (4,), eps=0.25) * 2, 3, 4).layers
    assert isinstance(norm, LayerNorm) and (norm.shape, norm.epsilon) == ((4,), norm.epsilon) and 4 * norm.epsilon == 1


@pytest.mark.parametrize("part", [lambda x: F.instance_norm(x[None])[0], lambda x: F.group_norm(x[None], 2)[0]])
def test_images_of_a_batch_that_is_none_are_refused(part: Part) -> None:
    said = refused(lambda x: part(F.conv2d(x, torch.ones(4, 4, 1, 1, dtype=x.dtype))), 4, 2, 3)
    assert "takes the first axis of 1x4x2x3 for the batch, and the layers before it had none" in said
