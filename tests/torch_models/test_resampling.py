"""torch's interpolations and adaptive pools, against the model itself; and what is refused."""

from typing import Any

import pytest

torch = pytest.importorskip("torch")

from depth import spread  # noqa: E402
from read_models import Part, held_to_model, kinds, refused  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")  # torch's, of gradients and of old names
CALLS: dict[str, tuple[Part, tuple[int, ...], str]] = {
    "bilinear, twice": (lambda x: F.interpolate(x, scale_factor=2, mode="bilinear"), (1, 1, 2, 3), "interpolate"),
    "bilinear, a size": (lambda x: F.interpolate(x, (3, 5), mode="bilinear"), (2, 2, 2, 3), "interpolate"),
    "corners": (
        lambda x: F.interpolate(x, (3, 5), mode="bilinear", align_corners=True), (1, 1, 2, 3), "interpolate",
    ),
    "linear": (lambda x: F.interpolate(x, 5, mode="linear"), (2, 2, 3), "interpolate"),
    "trilinear": (lambda x: F.interpolate(x, (2, 3, 3), mode="trilinear"), (1, 1, 1, 2, 2), "interpolate"),
    "bicubic": (lambda x: F.interpolate(x, (4, 3), mode="bicubic"), (1, 2, 3, 2), "interpolate"),
    "half": (lambda x: F.interpolate(x, scale_factor=0.5, mode="bilinear"), (1, 1, 4, 6), "interpolate"),
    "corners of a factor": (
        lambda x: F.interpolate(x, scale_factor=1.6, mode="bilinear", align_corners=True), (1, 1, 4, 6), "interpolate",
    ),
    "a factor, recomputed": (
        lambda x: F.interpolate(x, scale_factor=1.6, mode="bilinear", recompute_scale_factor=True), (1, 1, 4, 6),
        "interpolate",
    ),
    "nn.Upsample": (nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True), (1, 2, 2, 2), "interpolate"),
    "nn.UpsamplingBilinear2d": (nn.UpsamplingBilinear2d(scale_factor=2), (1, 1, 2, 2), "interpolate"),
    "area": (lambda x: F.interpolate(x, (2, 3), mode="area"), (1, 2, 5, 3), "adaptive_avg_pool"),
    "uneven means": (nn.AdaptiveAvgPool2d((2, 3)), (1, 2, 5, 4), "adaptive_avg_pool"),
    "uneven means of one image": (nn.AdaptiveAvgPool2d(3), (2, 5, 4), "adaptive_avg_pool"),
    "means of more": (lambda x: F.adaptive_avg_pool1d(x, 5), (2, 1, 3), "adaptive_avg_pool"),
    "means of three axes": (lambda x: F.adaptive_avg_pool3d(x, (2, 1, 3)), (1, 1, 3, 2, 2), "adaptive_avg_pool"),
    "even means": (nn.AdaptiveAvgPool2d(2), (1, 1, 4, 4), "avg_pool"),
    "the mean of all": (nn.AdaptiveAvgPool2d(1), (1, 2, 3, 4), "global_avg_pool"),
    "even maxima": (lambda x: F.adaptive_max_pool2d(x, 2), (1, 1, 4, 4), "max_pool"),
}  # fmt: skip


@pytest.mark.parametrize("call", spread(CALLS, 9))
def test_a_call_is_read_as_what_it_computes(call: str) -> None:
    part, shape, layer = CALLS[call]
    assert kinds(held_to_model(lambda x: part(x) * 2, *shape)) == [layer, "scale"]


TIES = torch.tensor([[0.0, 2.0, 2.0, 1.0, 0.0], [2.0, 0.0, 2.0, 0.0, 0.0], [0.0, 2.0, 0.0, 1.0, 1.0]]).expand(
    1, 2, 3, 5
)
MAXIMA: dict[str, tuple[Part, Any]] = {
    "lines": (lambda x: F.adaptive_max_pool1d(x, 3), torch.arange(10.0).reshape(1, 2, 5) % 7),
    "maps": (nn.AdaptiveMaxPool2d((2, 3)), TIES),
    "one row": (nn.AdaptiveMaxPool2d((1, 3)), TIES),
    "one image": (lambda x: F.adaptive_max_pool2d(x, (2, 2)), TIES[0]),
    "more than there are": (lambda x: F.adaptive_max_pool2d(x, (4, 2)), TIES),
    "volumes": (lambda x: F.adaptive_max_pool3d(x, (1, 2, 2)), torch.arange(36.0).reshape(1, 2, 2, 3, 3) % 5),
}


@pytest.mark.parametrize("call", MAXIMA)
def test_maxima_of_windows_of_several_sizes_are_put_together(call: str) -> None:
    """Of equal ones the first in the window has the gradient, row by row, as in torch."""
    part, given = MAXIMA[call]
    made = kinds(held_to_model(lambda x: part(x) * 2, *given.shape, given=given))
    assert made.count("axis_max") > 1 and made[-2:] == ["cat", "scale"]


NEIGHBOURS: dict[str, tuple[Part, list[str]]] = {
    "of a size": (lambda x: F.interpolate(x, (6, 5)), ["einsum"]),
    "of two sizes": (lambda x: F.interpolate(x, size=[6, 7]), ["einsum", "einsum"]),
    "exact": (lambda x: F.interpolate(x, (4, 6), mode="nearest-exact"), ["einsum"]),
    "of a factor": (lambda x: F.interpolate(x, scale_factor=1.6, mode="nearest"), ["einsum", "einsum"]),
    "of two factors": (nn.Upsample(scale_factor=(1.0, 0.5)), ["einsum"]),
}


@pytest.mark.parametrize("call", NEIGHBOURS)
def test_neighbours_of_which_some_stand_oftener_are_places(call: str) -> None:
    part, layers = NEIGHBOURS[call]
    assert kinds(held_to_model(lambda x: part(x) * 2, 1, 2, 4, 5)) == [*layers, "scale"]


def test_a_grid_that_stays_is_none() -> None:
    assert kinds(held_to_model(lambda x: F.interpolate(x, (2, 3), mode="bilinear") * 2, 1, 1, 2, 3)) == ["scale"]


REFUSED: dict[str, tuple[Part, str]] = {
    "a factor that is lost": (
        lambda x: F.interpolate(x, scale_factor=1.6, mode="bilinear"),
        "factor 1.6 makes 6x8 of 4x5, which is less than the factor says\n  give size=(6, 8), or recompute",
    ),
    "a filter": (
        lambda x: F.interpolate(x, (2, 2), mode="bilinear", antialias=True), "antialias=True has no derivation",
    ),
    "many uneven maxima": (
        lambda x: F.adaptive_max_pool2d(x, (9, 8)),
        "an output of 9x8 from 4x5 has 72 windows of several sizes\n  give an output size that divides",
    ),
}  # fmt: skip


@pytest.mark.parametrize("call", REFUSED)
def test_what_is_refused_is_said_with_what_would_work(call: str) -> None:
    part, message = REFUSED[call]
    assert message in refused(lambda x: part(x) * 2, 1, 1, 4, 5)
