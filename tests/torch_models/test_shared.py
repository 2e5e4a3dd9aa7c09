"""Several largest entries, among which torch shares a gradient: networks with torch's own numbers and gradients."""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from depth import spread  # noqa: E402
from read_models import Part, held_to_model, kinds, numbers  # noqa: E402

from symconv.study import derive  # noqa: E402
from symconv.torch_models.shared import Shared  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:The .grad attribute")
TIED = torch.tensor([[[1.0, 3, 3], [-2, -2, -2]], [[3, 3, 0], [-1, 3, -1]]])  # twice, three times, by each axis
CALLS: dict[str, Callable[[Any], Any]] = {
    "amax": lambda x: x.amax(-1),
    "amax of the images": lambda x: torch.amax(x, 0),
    "amax of two axes": lambda x: x.amax((1, 2)),
    "amax of all": lambda x: x * x.amax(),
    "amax, kept": lambda x: x - torch.amax(x, [0, 2], keepdim=True),
    "amax by numpy's word": lambda x: torch.amax(x, axis=1),
    "amax of zeros": lambda x: (-x.abs()).relu().amax(2) + x[..., 0],
    "amax of equal numbers": lambda x: x[:1, 1].amax(1),
    "amin": lambda x: x.amin(-1),
    "amin, kept": lambda x: x - x.amin((1, 2), True),
    "max": lambda x: x * x.max(),
    "max of one image": lambda x: torch.stack([torch.max(x[0]), x[1, 0].sum()]),
    "min": lambda x: x * torch.min(x),
    "norm": lambda x: x.norm(math.inf, dim=2),
    "norm of all": lambda x: x / torch.linalg.vector_norm(x, math.inf),
    "norm of a vector": lambda x: torch.linalg.norm(x, ord=math.inf, dim=-1, keepdim=True) * x,
}


@pytest.mark.parametrize("call", spread(CALLS, 8))
def test_values_and_gradients_are_torchs(call: str) -> None:
    assert kinds(held_to_model(lambda x: CALLS[call](x) * 2, given=TIED)).count("heaviside") == 1


def test_shares_are_exact() -> None:
    """Of three largest entries each has a third of the gradient, and the others nothing."""
    third = Fraction(1, 3)
    found = derive(held_to_model(lambda x: x.amax(1) * 2, given=torch.tensor([[2.0, 2, 2, -1], [0, 5, 0, 5]])))
    assert found.values["share"].tolist() == [[third, third, third, 0], [0, third * 3 / 2, 0, third * 3 / 2]]
    assert found.values["amax"].tolist() == [2, 5]
    given, twice = found.gradients["X"].tolist(), found.gradients["amax"].tolist()
    assert given == [[twice[0] / 3] * 3 + [0], [0, twice[1] / 2, 0, twice[1] / 2]]


ALONE: dict[str, tuple[Part, Any]] = {
    "no two are alike": (lambda x: x.amax(1) + x.max() + x.amin(1) + x.norm(math.inf, 1), numbers(2, 3)),
    "one is given by its place": (lambda x: x.max(-1).values * x.min(-1, keepdim=True).values[..., 0], TIED),
    "of two tensors": (lambda x: torch.max(x, x * x), TIED),
    "another norm": (lambda x: x.norm(1, dim=-1) + x.norm(dim=-1), numbers(2, 3)),
}


@pytest.mark.parametrize("call", ALONE)
def test_where_nothing_is_shared_a_call_is_one_layer(call: str) -> None:
    part, given = ALONE[call]
    assert "heaviside" not in kinds(held_to_model(lambda x: part(x) * 2, given=given))


def test_what_has_no_gradient_shares_none() -> None:
    found = kinds(held_to_model(lambda x: x - x.detach().amax(1, keepdim=True), given=TIED))
    assert found == ["detach", "axis_max", "sub"]


def test_every_method_is_tried() -> None:
    own = {name.removeprefix("shared_") for name in vars(Shared) if name.startswith("shared_")}
    assert own == {call.split()[0].rstrip(",") for call in CALLS}
