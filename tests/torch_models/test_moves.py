"""torch's functions that move entries, in every form of call, against the model itself; and what is refused."""

from typing import Any

import pytest

torch = pytest.importorskip("torch")

from depth import spread  # noqa: E402
from read_models import Part, held_to_model, kinds, refused  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:The .grad attribute")
X234 = (2, 3, 4)


def halves(x: Any) -> Any:
    first, second = x.chunk(2, dim=1)
    return first * second


def uneven(x: Any) -> Any:
    first, second = torch.split(x, [1, 3], dim=-1)
    return second - first


def steps(x: Any) -> Any:
    first, _, last = x.unbind(1)
    return torch.stack([last, first], dim=-1)


def equal_parts(x: Any) -> Any:
    return torch.cat(x.split(2, 2)[::-1], 2)


def shifted_back(x: Any) -> Any:
    return torch.roll(x, -1, 1) + x


def three(x: Any) -> Any:
    return torch.cat((x, 2 * x, x[:, :1]), dim=1)


CALLS: dict[str, tuple[Part, tuple[int, ...], list[str]]] = {
    # shapes
    "view, inferred": (lambda x: x.view(2, -1), X234, ["flatten"]),
    "view of a list": (lambda x: x.view([6, 4]), X234, ["reshape"]),
    "view across the axes": (lambda x: x.view(3, 2), (2, 3), ["reshape", "reshape"]),
    "view_as": (lambda x: x.view_as(torch.ones(4, 3, 2)), X234, ["reshape", "reshape"]),
    "reshape": (lambda x: torch.reshape(x, (2, 2, 6)), X234, ["reshape", "reshape"]),
    "reshape_as": (lambda x: x.reshape_as(torch.ones(2, 3, 2, 2)), X234, ["reshape"]),
    "flatten": (lambda x: torch.flatten(x, 1), X234, ["flatten"]),
    "flatten, by name": (lambda x: x.flatten(start_dim=-2, end_dim=-1), X234, ["flatten"]),
    "flatten of the first": (lambda x: x.flatten(0, 1), X234, ["reshape"]),
    "nn.Flatten": (nn.Flatten(), X234, ["flatten"]),
    "unflatten": (lambda x: x.unflatten(-1, (2, 2)), X234, ["reshape"]),
    "nn.Unflatten": (nn.Unflatten(2, (2, 2)), X234, ["reshape"]),
    "squeeze": (lambda x: x.squeeze(1), (2, 1, 3), ["flatten"]),
    "squeeze all": (lambda x: x.squeeze(), (2, 1, 3, 1), ["flatten"]),
    "squeeze, by name": (lambda x: torch.squeeze(x, dim=-1), (2, 3, 2, 1), ["reshape"]),
    "unsqueeze": (lambda x: x.unsqueeze(-1) + x[:, None], (2, 3, 3), ["reshape", "reshape", "add"]),
    # orders
    "permute": (lambda x: x.permute(0, 2, 1), X234, ["permute"]),
    "permute, negative": (lambda x: torch.permute(x, (-1, 0, -2)), X234, ["permute"]),
    "permute, by name": (lambda x: x.permute(dims=(2, 1, 0)), X234, ["permute"]),
    "transpose": (lambda x: x.transpose(1, -1), X234, ["permute"]),
    "transpose, by name": (lambda x: torch.transpose(x, dim0=0, dim1=2), X234, ["permute"]),
    "swapaxes": (lambda x: x.swapaxes(0, 1), X234, ["permute"]),
    "T": (lambda x: x.T, (2, 3), ["permute"]),
    "mT": (lambda x: x.mT, X234, ["permute"]),
    "t": (lambda x: x.t(), (2, 3), ["permute"]),
    # pixels
    "pixel_shuffle": (lambda x: F.pixel_shuffle(x, 2), (1, 8, 1, 2), ["pixel_shuffle"]),
    "nn.PixelShuffle": (nn.PixelShuffle(2), (4, 1, 2), ["pixel_shuffle"]),
    "nn.PixelUnshuffle": (nn.PixelUnshuffle(2), (1, 1, 2, 4), ["pixel_unshuffle"]),
    "pixel_unshuffle": (lambda x: torch.pixel_unshuffle(x, downscale_factor=2), (1, 1, 2, 4), ["pixel_unshuffle"]),
    "interpolate": (lambda x: F.interpolate(x, scale_factor=2), (1, 2, 2, 3), ["upsample"]),
    "interpolate by factors": (lambda x: F.interpolate(x, scale_factor=(1, 3)), (1, 2, 2, 3), ["upsample"]),
    "interpolate to a size": (lambda x: F.interpolate(x, size=6, mode="nearest-exact"), (1, 2, 3), ["upsample"]),
    "nn.Upsample": (nn.Upsample(scale_factor=2), (1, 1, 2, 2), ["upsample"]),
    # repeated
    "repeat": (lambda x: x.repeat(1, 2), (2, 3), ["repeat"]),
    "repeat, longer": (lambda x: x.repeat(2, 1, 3), (2, 3), ["reshape", "repeat"]),
    "tile": (lambda x: torch.tile(x, (2,)), (2, 3), ["repeat"]),
    "expand": (lambda x: x.expand(-1, 4), (2, 1), ["repeat"]),
    "expand, longer": (lambda x: x.expand(3, 2, 4), (2, 1), ["reshape", "repeat"]),
    "expand_as": (lambda x: x[:, :1].expand_as(x) * x, (2, 3), ["slice", "repeat", "mul"]),
    "broadcast_to": (lambda x: torch.broadcast_to(x, (2, 3)), (2, 1), ["repeat"]),
    # parts
    "slices, a place, a new axis": (lambda x: x[:, 1:, 0, None], X234, ["slice", "select", "reshape"]),
    "the last of the last": (lambda x: x[..., -1], X234, ["select"]),
    "the first": (lambda x: x[0], X234, ["select"]),
    "two places": (lambda x: x[1, -1], X234, ["select", "select"]),
    "a step": (lambda x: x[:, ::2], X234, ["slice"]),
    "a step from one": (lambda x: x[:, :, 1::2], X234, ["slice"]),
    "negative ends": (lambda x: x[:, -2:, :-1], X234, ["slice", "slice"]),
    "beyond the end": (lambda x: x[:, :9], X234, []),
    "an ellipsis in the middle": (lambda x: x[0, ..., 1:], X234, ["slice", "select"]),
    "select": (lambda x: x.select(1, -1), X234, ["select"]),
    "select, by name": (lambda x: torch.select(x, dim=-1, index=0), X234, ["select"]),
    "narrow": (lambda x: x.narrow(-1, 1, 2), X234, ["slice"]),
    "narrow, by name": (lambda x: torch.narrow(x, dim=1, start=-2, length=1), X234, ["slice"]),
    "chunk": (halves, (2, 4, 2), ["slice", "slice", "mul"]),
    "split": (uneven, X234, ["slice", "slice", "sub"]),
    "split in equal parts": (equal_parts, X234, ["slice", "slice", "cat"]),
    "unbind": (steps, X234, ["select", "select", "stack"]),
    "flip": (lambda x: x.flip(-1), X234, ["flip"]),
    "flip two": (lambda x: torch.flip(x, dims=(1, 2)), X234, ["flip", "flip"]),
    "roll": (lambda x: torch.roll(x, shifts=1, dims=-1), X234, ["slice", "slice", "cat"]),
    "roll back": (shifted_back, X234, ["slice", "slice", "cat", "add"]),
    "roll around": (lambda x: x.roll(4, 2) * 2, X234, ["scale"]),
    # padding
    "pad": (lambda x: F.pad(x, (1, 2)), X234, ["pad"]),
    "pad of two axes": (lambda x: F.pad(x, (1, 0, 0, 2), "constant", 0), X234, ["pad"]),
    "reflect": (lambda x: F.pad(x, (2, 1), mode="reflect"), X234, ["pad"]),
    "replicate": (lambda x: F.pad(x, (0, 2, 1, 0), mode="replicate"), (1, 2, 2, 3), ["pad"]),
    "circular": (lambda x: F.pad(x, (1, 2), mode="circular"), X234, ["pad"]),
    "nn.ZeroPad2d": (nn.ZeroPad2d((1, 0, 2, 1)), (1, 1, 2, 2), ["pad"]),
    "nn.ReflectionPad1d": (nn.ReflectionPad1d(1), X234, ["pad"]),
    "nn.ReplicationPad2d": (nn.ReplicationPad2d(1), (1, 1, 2, 2), ["pad"]),
    "nn.CircularPad2d": (nn.CircularPad2d((1, 0, 0, 1)), (1, 1, 2, 2), ["pad"]),
    "nn.ZeroPad3d": (nn.ZeroPad3d(1), (1, 1, 1, 1, 2), ["pad"]),
    # together
    "cat": (lambda x: torch.cat([x, x * 2], 1), (2, 3), ["scale", "cat"]),
    "cat, negative": (lambda x: torch.cat((x.relu(), x), dim=-1), X234, ["relu", "cat"]),
    "cat, by axis": (lambda x: torch.cat((x, x), axis=1), (2, 3), ["cat"]),
    "concat of three": (three, (2, 3), ["scale", "slice", "cat"]),
    "stack": (lambda x: torch.stack((x, x.relu())), (2, 3), ["relu", "stack"]),
    "stack behind": (lambda x: torch.stack([x, x * 3], dim=-1), (2, 3), ["scale", "stack"]),
    "stack of one": (lambda x: torch.stack([x], 1), (2, 3), ["reshape"]),
}


@pytest.mark.parametrize("call", spread(CALLS, 18))
def test_a_call_is_read_as_what_it_computes(call: str) -> None:
    part, shape, layers = CALLS[call]
    assert kinds(held_to_model(lambda x: 2 * part(x), *shape)) == [*layers, "scale"]


REFUSED: dict[str, tuple[Part, tuple[int, ...], tuple[str, str]]] = {
    "padding that cuts": (
        lambda x: F.pad(x, (-1, 1)), (2, 3), ("padding of -1 has no derivation", "cut with a slice, x[..., 1:-1]"),
    ),
    "a roll of all": (
        lambda x: torch.roll(x, 1), (2, 3), ("rolls all numbers as one list", "give the axes, dims=(1, 2)"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("call", REFUSED)
def test_what_is_refused_is_said_with_its_place_and_what_would_work(call: str) -> None:
    part, shape, (problem, remedy) = REFUSED[call]
    said = refused(lambda x: 2 * part(x), *shape)
    assert problem in said and f"\n  {remedy}" in said and "test_moves.py:" in said
