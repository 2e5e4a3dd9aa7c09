"""torch's grids of places, and images read at them, against the model itself; and what is refused."""

from typing import Any

import pytest

torch = pytest.importorskip("torch")

from depth import spread  # noqa: E402
from read_models import held_to_model, kinds, refused  # noqa: E402
from torch.nn import functional as F  # noqa: E402

TURNED = torch.tensor([[[0.9, 0.2, 0.1], [-0.3, 1.1, 0.05]], [[0.5, -0.7, 0.3], [0.7, 0.5, -0.2]]])
SAME = torch.tensor([[[1.0, 0, 0], [0, 1, 0]]] * 2)
PLACES = torch.linspace(-1.7, 1.6, 48).reshape(2, 3, 4, 2)  # some of them outside of the image
OPTIONS: dict[str, dict[str, Any]] = {
    f"{padding}{', corners' * corners}": {"padding_mode": padding, "align_corners": corners}
    for padding in ("zeros", "border") for corners in (False, True)
}  # fmt: skip


@pytest.mark.parametrize("what", OPTIONS)
def test_places_are_those_of_the_model(what: str) -> None:
    net = held_to_model(lambda m, x: 2 * F.grid_sample(x, m.g, **OPTIONS[what]), 2, 2, 5, 4, learned={"g": PLACES})
    assert kinds(net).count("einsum") == 2 and ("clamp" in kinds(net)) == ("border" in what)


@pytest.mark.parametrize("what", spread(OPTIONS, 2))
def test_an_image_is_turned_as_torch_turns_it(what: str) -> None:
    corners = OPTIONS[what]["align_corners"]

    def turned(m: Any, x: Any) -> Any:
        return 2 * F.grid_sample(x, F.affine_grid(m.theta, [2, 2, 3, 6], corners), **OPTIONS[what])

    held_to_model(turned, 2, 2, 5, 4, learned={"theta": TURNED})


@pytest.mark.filterwarnings("ignore")  # torch's, that one row was elsewhere long ago
def test_a_grid_of_one_row_is_in_the_middle() -> None:
    for corners in (False, True):
        part = lambda m, x, c=corners: x[0, 0] * F.affine_grid(m.theta, [2, 1, 1, 3], c)  # noqa: E731
        held_to_model(part, 1, 1, 3, 2, learned={"theta": TURNED})


REFUSED: dict[str, tuple[Any, str]] = {
    "a pixel's own place": (
        lambda m, x: F.grid_sample(x, F.affine_grid(m.theta, x.size(), False), align_corners=False),
        "grid_sample, test_sampled.py:LINE: reads a place that is a pixel's own, where its gradient jumps and rounding "
        "decides between two\n  shift the grid by a little",
    ),
    "the nearest pixel": (
        lambda m, x: F.grid_sample(x, F.affine_grid(m.theta, x.size(), True), mode="nearest", align_corners=False),
        'reads 2 dimensions, nearest, with a padding of zeros\n  known: two dimensions, mode="bilinear"',
    ),
    "mirrored": (
        lambda m, x: F.grid_sample(
            x, F.affine_grid(m.theta, x.size(), True), padding_mode="reflection", align_corners=False
        ),
        "reads 2 dimensions, bilinear, with a padding of reflection",
    ),
    "three dimensions": (
        lambda m, x: F.affine_grid(F.pad(m.theta, (0, 1, 0, 1)), [2, 1, 2, 2, 2], True) + x.mean(),
        "makes a grid of 3 dimensions\n  known: grids of images, (N, C, H, W)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_is_said_with_what_would_work(what: str) -> None:
    part, message = REFUSED[what]
    said = refused(lambda m, x: 2 * part(m, x), 2, 2, 5, 4, learned={"theta": SAME})
    for words in message.split("LINE"):
        assert words in said
