"""Code of layers that cut tensors into parts: slices without conditions, turned round where they run backwards, copied
where they are the whole; and the numbers of chains of any such layers, on one path read twice."""

from fractions import Fraction

import pytest
import torch
from by_torch import chains, held_to_torch, network
from depth import examples
from hypothesis import given, settings
from moving_layers import MAKERS

from symconv.networks.layers.layers import Add, Cat, Flip, Layer, Pad, Permute, Scale, Select, Slice
from symconv.networks.network import Network
from symconv.study import derive

WHOLE = tuple(MAKERS)


@pytest.mark.filterwarnings("ignore:The .grad attribute")
@settings(max_examples=examples(25))
@given(chains(WHOLE, count=3))
def test_three_of_any_kind_are_torchs(made: Network) -> None:
    held_to_torch(made)


def lines(made: Network) -> list[str]:
    return [line.strip() for line in derive(made).source.splitlines()]


PRINTED: dict[str, tuple[Network, list[str]]] = {
    "a part is copied": (network((4, 3), Slice("Y", 0, 0, 2)), ["Y = X[: 2].clone()", "dX[: 2] = dY"]),
    "a place is copied": (network((4, 3), Select("Y", 0, 1)), ["Y = X[1].clone()", "dX[1] = dY"]),
    "another order is copied": (network((2, 3), Permute("Y", (1, 0))), ["Y = X.permute(1, 0).clone()"]),
    "backwards is turned round": (network((4, 3), Flip("Y", 0)), ["Y = X.flip(0)", "dX = dY.flip(0)"]),
    "parts one after the other": (
        network((2, 3), Slice("A", 1, 0, 1), Cat("Y", ("X",), 1)), ["dA = dY[:, 0].clone().reshape(2, 1)"],
    ),
    "a mirror": (network((1, 3), Pad("Y", ((2, 0),), "reflect")), ["Y[0, 2 : 5] = X[0]"]),
    "a minus is a minus": (network((2, 3), Scale("Y", Fraction(-1))), ["Y = -X", "dX = -dY"]),
}  # fmt: skip


@pytest.mark.parametrize("what", PRINTED)
def test_what_is_written(what: str) -> None:
    made, wanted = PRINTED[what]
    found = lines(made)
    assert [line for line in wanted if line not in found] == [], "\n".join(found)
    held_to_torch(made)


@pytest.mark.parametrize("layer", [Slice("Y", 0, 0, 2), Select("Y", 0, 1), Permute("Y", (1, 0)), Flip("Y", 0)])
def test_no_tensor_shares_its_memory_with_another(layer: Layer) -> None:
    """A part that is added to changed what it was a part of."""
    space: dict[str, object] = {"__name__": "code"}
    exec(derive(network((4, 3), layer)).source, space)
    x = torch.arange(12.0).reshape(4, 3)
    values = space["forward"](x, torch.zeros(()))  # type: ignore[operator]
    values["Y"].add_(1)
    assert torch.equal(x, torch.arange(12.0).reshape(4, 3))


@pytest.mark.filterwarnings("ignore:The .grad attribute")
def test_a_gradient_that_is_read_twice_keeps_its_numbers() -> None:
    """dX began as a view of dA, and was added to: a mirror of what another layer reads too."""
    mirror = network((2, 2), Pad("A", ((0, 1),), "reflect"), Slice("B", 1, 0, 2), Add("C", "X"), Cat("Y", ("A",), 1))
    held_to_torch(mirror)
