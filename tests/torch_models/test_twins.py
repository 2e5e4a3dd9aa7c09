"""Losses that read the model's own parameters: networks with torch's own numbers and gradients."""

from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from depth import spread  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402
from torch.nn.utils.parametrizations import weight_norm  # noqa: E402

from symconv.check.torch_network import autograd  # noqa: E402
from symconv.errors import NotSupported  # noqa: E402
from symconv.networks.network import Network  # noqa: E402
from symconv.study import derive  # noqa: E402
from symconv.torch_models.from_torch import from_torch  # noqa: E402
from symconv.torch_models.model import copied  # noqa: E402
from symconv.torch_models.twins import twins_of, with_twins  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:The .grad attribute")
CLASSES = torch.tensor([0, 2])


class Small(nn.Module):
    """A convolution, a linear layer, and a single number."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.conv, self.fc, self.scale = nn.Conv2d(1, 2, 2), nn.Linear(8, 3), nn.Parameter(torch.tensor(1.5))

    def forward(self, x: Any) -> Any:
        return self.fc(self.conv(x).relu().flatten(1)) * self.scale


def added(model: Any) -> Any:
    """Norms added to a zero that is changed in place."""
    total = torch.zeros((), dtype=torch.float64)
    for p in model.parameters():
        total += p.square().sum()
    return 0.1 * total


PENALTIES: dict[str, Callable[[Any], Any]] = {
    "squares of all": lambda m: 1e-2 * sum(p.pow(2).sum() for p in m.parameters()),
    "squares, added in place": added,
    "absolute values of one": lambda m: 0.5 * m.fc.weight.abs().sum(),
    "a norm": lambda m: m.conv.weight.norm(),
    "norms of weights": lambda m: sum(torch.norm(p) for name, p in m.named_parameters() if "weight" in name),
    "norms of kernels": lambda m: m.conv.weight.flatten(1).norm(dim=1).sum(),
    "both of one": lambda m: m.fc.weight.abs().sum() + m.fc.weight.square().sum() / 2,
    "a single number": lambda m: (m.scale - 1) ** 2,
    "rows at right angles": lambda m: (m.fc.weight @ m.fc.weight.T - torch.eye(3)).square().sum(),
    "all in one list": lambda m: torch.cat([p.view(-1) for p in m.parameters()]).square().mean(),
    "a constant": lambda m: m.fc.weight.detach().square().sum(),
}


def held(model: Any, loss: Any, given: Any) -> Network:
    """The network; each gradient of its emitted code is the model's. In single precision the model is what is read."""
    network = from_torch(model, given, CLASSES, loss)
    model.double()
    value = loss(model(given.double()), CLASSES)
    value.backward()
    found = derive(network).evaluate("torch")
    torch.testing.assert_close(autograd(torch, network)["L"], value, rtol=1e-12, atol=1e-12)
    for name, p in model.named_parameters():
        mine = found["gradients"][name if name in found["gradients"] else f"0.{name}"]
        torch.testing.assert_close(mine.reshape(p.shape), p.grad, rtol=1e-12, atol=1e-12, msg=name)
    return network


@pytest.mark.parametrize("case", spread(PENALTIES, 5))
def test_a_penalty_is_read_from_the_model(case: str) -> None:
    model = Small()
    held(model, lambda z, t: F.cross_entropy(z, t) + PENALTIES[case](model), torch.rand(2, 1, 3, 3))


def test_what_the_layer_and_the_loss_read_is_one_tensor() -> None:
    """Its two gradients add, and the update moves it once."""
    model = Small()
    network = held(model, lambda z, t: F.cross_entropy(z, t) + model.fc.weight.abs().sum(), torch.rand(2, 1, 3, 3))
    assert [(x.name, x.learns) for x in network.tensors] == [("fc.weight", True)]
    assert [x.weight.name for x in network.layers if x.kind == "linear"] == ["fc.weight"]


class Penalised(nn.Module):
    """A loss that holds the model."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, z: Any, t: Any) -> Any:
        return F.cross_entropy(z, t) + self.model.fc.bias.square().sum()


def test_a_loss_that_is_a_module_may_hold_the_model() -> None:
    model = Small()
    held(model, Penalised(model), torch.rand(2, 1, 3, 3))


def test_a_single_layer_is_found_where_it_lies_in_the_copy() -> None:
    model = nn.Linear(4, 3)
    held(model, lambda z, t: F.cross_entropy(z, t) + model.weight.square().sum(), torch.rand(2, 4))


def test_the_loss_may_call_the_model_once_more() -> None:
    model, other = nn.Sequential(nn.Linear(4, 3)), torch.rand(2, 4)
    held(model, lambda z, t: F.cross_entropy(z, t) + F.mse_loss(model(other.to(z.dtype)), z), torch.rand(2, 4))


def test_the_model_is_left_as_it_was() -> None:
    model = Small()
    from_torch(model, torch.rand(2, 1, 3, 3), CLASSES, lambda z, t: F.cross_entropy(z, t) + model.fc.weight.norm())
    assert all(p.grad is None and p.dtype == torch.float32 for p in model.parameters())


def test_a_weight_that_is_computed_has_no_twin() -> None:
    model = nn.Sequential(weight_norm(nn.Linear(4, 3)))
    with pytest.raises(NotSupported, match=r"loss, test_twins.*learns, .*\n  .*as weight_norm, is to be removed first"):
        from_torch(model, torch.rand(2, 4), CLASSES, lambda z, t: F.cross_entropy(z, t) + model[0].weight.norm())


def pairs(model: Any, own: Any) -> Any:
    return zip(model.parameters(), own.parameters(), strict=True)


def test_a_twin_is_read_inside_the_mode_alone() -> None:
    model = Small()
    own = copied(torch, model)
    twins = twins_of(torch, model, own)
    assert twins[id(model)] is own and all(twins[id(p)] is q for p, q in pairs(model, own))
    with with_twins(torch, twins):
        assert model.fc.weight.sum().dtype == torch.stack([model.scale, model.scale]).dtype == torch.float64
        rows = model.fc.weight[[0, 2]]
    assert rows.shape == (2, 8) and rows.dtype == torch.float64  # a list of places, no place of a row and a column
    assert model.fc.weight.sum().dtype == torch.float32


def test_a_penalty_that_is_left_out_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours: the parameters of the model itself in place of their twins, whose gradient is lost."""
    monkeypatch.setattr("symconv.torch_models.from_torch.twins_of", lambda torch, model, own: {})
    model = Small()
    with pytest.raises(NotSupported, match="a tensor is read that learns"):
        from_torch(model, torch.rand(2, 1, 3, 3), CLASSES, lambda z, t: F.cross_entropy(z, t) + model.fc.weight.norm())
