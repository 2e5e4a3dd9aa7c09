"""torch's max unpooling, read by the pooling that gave its places, against the model itself; and what is refused."""

from typing import Any

import pytest

torch = pytest.importorskip("torch")

from depth import spread  # noqa: E402
from read_models import Part, held_to_model, kinds, refused  # noqa: E402
from torch.nn import functional as F  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")  # torch's, of gradients
PLAIN = ["max_pool", "square", "max_unpool"]


def unpooled(x: Any, between: Any = torch.square, **options: Any) -> Any:
    made, places = F.max_pool2d(x, return_indices=True, **options)
    known = {key: value for key, value in options.items() if key in ("kernel_size", "stride", "padding")}
    return F.max_unpool2d(between(made), places, output_size=x.size()[-2:], **known)


def places(x: Any) -> Any:
    return F.max_pool2d(input=x, kernel_size=2, return_indices=True)[1]


CALLS: dict[str, tuple[Part, tuple[int, ...], list[str]]] = {
    "two by two": (lambda x: unpooled(x, kernel_size=2), (2, 3, 4, 4), PLAIN),
    "without a batch": (lambda x: unpooled(x, kernel_size=2), (3, 4, 4), PLAIN),
    "not all of it": (lambda x: unpooled(x, kernel_size=2), (1, 1, 5, 7), PLAIN),
    "uneven, with gaps": (lambda x: unpooled(x, kernel_size=(2, 3), stride=(2, 4)), (2, 1, 4, 7), PLAIN),
    "padded": (lambda x: unpooled(x, kernel_size=(3, 2), padding=(1, 0)), (1, 2, 6, 4), PLAIN),
    "beyond": (lambda x: unpooled(x, kernel_size=2, ceil_mode=True), (1, 2, 5, 3), PLAIN),
    "equal entries": (lambda x: unpooled(x.relu(), kernel_size=2), (2, 2, 4, 4), ["relu", *PLAIN]),
    "by name": (
        lambda x: F.max_unpool2d(indices=places(x), input=x[..., :2, :2], kernel_size=2), (1, 1, 4, 4),
        ["slice", "slice", "max_unpool"],
    ),
    "one dimension": (
        lambda x: F.max_unpool1d(*F.max_pool1d(x, 2, return_indices=True), 2), (2, 2, 4), ["max_pool", "max_unpool"],
    ),
    "three": (
        lambda x: F.max_unpool3d(*F.max_pool3d(x, 2, return_indices=True), 2), (1, 1, 2, 4, 2),
        ["max_pool", "max_unpool"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", spread(CALLS, 5))
def test_it_is_read_by_its_pooling(what: str) -> None:
    part, shape, layers = CALLS[what]
    assert kinds(held_to_model(lambda x: part(x) * 2, *shape)) == [*layers, "scale"]


def nested(x: Any) -> Any:
    """As in SegNet: the places are used in the order that is the opposite of that in which they were made."""
    y, outer = F.max_pool2d(x, 2, return_indices=True)
    z, inner = F.max_pool2d(y.relu(), 2, return_indices=True)
    return F.max_unpool2d(F.max_unpool2d(z * 3, inner, 2) + 1, outer, 2)


def test_pools_in_pools_are_undone_one_after_the_other() -> None:
    made = held_to_model(nested, 2, 1, 8, 8)
    assert [x.other for x in made.layers if x.kind == "max_unpool"] == ["relu", "X"]


REFUSED: dict[str, tuple[Part, str]] = {
    "places that were changed": (
        lambda x: F.max_unpool2d(*map(torch.add, F.max_pool2d(x, 2, return_indices=True), (1, 0)), 2),
        "its places are not those that a max pooling gives\n  give it what nn.MaxPool2d(",
    ),
    "windows that overlap": (
        lambda x: F.max_unpool2d(*F.max_pool2d(x, 2, 1, return_indices=True), 2, 1),
        "its windows 2x2 overlap (stride 1x1): two entries may go to one place",
    ),
    "another shape": (
        lambda x: F.max_unpool2d(*F.max_pool2d(x, 2, return_indices=True), 2, output_size=(5, 5)),
        "its places are those in a tensor of shape (1, 1, 4, 4), and it makes one of (1, 1, 5, 5)\n  give output_size",
    ),
    "dilation": (
        lambda x: F.max_unpool2d(*F.max_pool2d(x, 2, dilation=2, return_indices=True), 4),
        "unpooling of windows with dilation (2, 2) has no derivation\n  leave dilation out",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_is_said_with_what_would_work(what: str) -> None:
    part, message = REFUSED[what]
    assert message in refused(lambda x: part(x) * 2, 1, 1, 4, 4)
