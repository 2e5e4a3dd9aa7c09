"""What several calls of a model read, what stands alone in it, and what comes in besides the first input."""

from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from read_models import Modules as Model, drawn, whole as read  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from symconv.errors import SpecError  # noqa: E402
from symconv.networks.network import parameters  # noqa: E402
from symconv.torch_models.from_torch import from_torch  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:The .grad attribute")


class Held(nn.Module):
    """A model with tensors of its own: a parameter, own, and a buffer c."""

    def __init__(self, forward: Callable[..., Any], own: Any, c: Any = None) -> None:
        super().__init__()
        self.made, self.own = forward, nn.Parameter(own)
        self.register_buffer("c", c)

    def forward(self, x: Any) -> Any:
        return self.made(self, x)


def test_a_module_that_is_called_twice_is_one() -> None:
    network = read(Model(lambda m, x: m.layer(m.layer(x).relu()), layer=nn.Linear(3, 3)), drawn(2, 3))
    assert [p.name for layer in network.layers for _, p in parameters(layer)] == ["layer.weight", "layer.bias"] * 2
    kernel = nn.Conv2d(1, 1, 3, padding=1)
    read(Model(lambda m, x: m.kernel(m.kernel(x)) + m.kernel(x), kernel=kernel), drawn(1, 1, 3, 3))


def test_two_modules_may_hold_one_weight() -> None:
    one, other = nn.Linear(3, 3), nn.Linear(3, 3)
    other.weight = one.weight
    network = read(Model(lambda m, x: m.other(m.one(x).tanh()), one=one, other=other), drawn(2, 3))
    assert [layer.kind for layer in network.layers] == ["linear", "tanh", "linear"]


def test_a_weight_may_be_computed_of_another_s() -> None:
    """A decoder that has the encoder's weight, turned round."""
    coder = nn.Linear(4, 2)
    network = read(Model(lambda m, x: F.linear(m.coder(x).relu(), m.coder.weight.t()), coder=coder), drawn(2, 4))
    assert [p.name for layer in network.layers for _, p in parameters(layer)].count("coder.weight") == 2
    turned = Model(lambda m, x: F.linear(m.coder(x).relu(), m.coder.weight.t() * 2), coder=nn.Linear(4, 2))
    network = read(turned, drawn(2, 4))
    assert [each.name for each in network.tensors] == ["coder.weight"] and network.tensors[0].learns


@pytest.mark.parametrize(
    ("part", "t", "kinds"),
    [
        (lambda m, x: torch.cat([m.own.expand(2, 1, 3), x], 1), drawn(1, 1, 3), ["repeat", "cat"]),
        (lambda m, x: x * m.own.sigmoid(), drawn(3), ["sigmoid", "mul"]),
        (lambda m, x: (x - m.own[None]) ** 2, drawn(4, 3), ["reshape", "sub", "pow"]),
        (lambda m, x: x * (m.own.exp() + m.own), drawn(3), ["exp", "add", "mul"]),
        (lambda m, x: x + m.c.cos() * m.own, drawn(3), ["mul", "add"]),
    ],
)
def test_a_tensor_may_stand_alone(part: Callable[..., Any], t: Any, kinds: list[str]) -> None:
    network = read(Held(lambda m, x: part(m, x) * 2, t, drawn(3, seed=5)), drawn(2, 4, 3))
    assert [layer.kind for layer in network.layers] == [*kinds, "scale"]


class Two(nn.Module):
    """Of two inputs, and a third that may be left out."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(3, 2), nn.Linear(2, 2)

    def forward(self, image: Any, condition: Any, scale: Any = None) -> Any:
        made = self.first(image).tanh() * self.second(condition)
        return made if scale is None else made * scale


def test_further_inputs_have_the_names_that_the_model_gives_them() -> None:
    network = read(Two(), (drawn(4, 3), drawn(4, 2, seed=7)))
    (beside,) = network.tensors
    assert (beside.name, beside.learns, beside.batch) == ("condition", False, True)
    network = read(Two(), (drawn(4, 3), drawn(4, 2, seed=7), drawn(2, seed=8)))
    assert [(each.name, each.batch) for each in network.tensors] == [("condition", True), ("scale", False)]


def test_too_many_inputs_are_refused() -> None:
    with pytest.raises(SpecError, match="input: holds 2 tensors, and the model takes 1\n  give it as many"):
        from_torch(nn.Linear(3, 2), (drawn(2, 3), drawn(2, 3)), [0, 1])
