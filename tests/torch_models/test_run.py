"""A run of a model: what it returns, the calls that it made, and what is said where it cannot run."""

from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from symconv.errors import NotSupported, SpecError  # noqa: E402
from symconv.torch_models.functions import rule_of  # noqa: E402
from symconv.torch_models.model import copied, keep_state  # noqa: E402
from symconv.torch_models.run import Run, recorded  # noqa: E402


def run(model: nn.Module, given: Any, then: Any = None) -> Run:
    return recorded(torch, copied(torch, model), given, lambda name: rule_of(name) is not None, then)


GIVEN = torch.tensor([[1.0, -2.0, 3.0]]).double()


def test_the_calls_stand_in_order_with_their_place_in_the_model() -> None:
    found = run(nn.Sequential(nn.Linear(3, 2), nn.ReLU()), GIVEN, lambda x: (x * 2).sum())
    assert [(each.function, each.path) for each in found.records] == [
        ("linear", "0"), ("relu", "1"), ("mul", ""), ("sum", ""),
    ]  # fmt: skip
    value = found.find(found.returned)
    assert value is not None and value.live and value.maker is found.records[-1]
    assert found.find(torch.zeros(1)) is None


def test_a_run_leaves_autograd_as_it_was() -> None:
    with torch.no_grad():
        run(nn.Linear(3, 2), GIVEN)
        assert not torch.is_grad_enabled()


class Two(nn.Module):
    """Two inputs."""

    def forward(self, x: Any, z: Any) -> Any:
        return x + z


def test_a_model_that_cannot_run_is_said_to_with_torchs_reason() -> None:
    with pytest.raises(
        SpecError,
        match=r"Sequential, 0 \(nn\.Linear\).*: cannot run on an input of shape \(1, 3\)\n  RuntimeError: mat1",
    ):
        run(nn.Sequential(nn.Linear(4, 2)), GIVEN)
    with pytest.raises(SpecError, match=r"loss.*: cannot run on what the model returns\n  "):
        run(nn.Linear(3, 2), GIVEN, lambda x: x @ x)
    with pytest.raises(NotSupported, match="the model has several inputs: x, z\n  give it one"):
        run(Two(), GIVEN)


def test_each_run_starts_from_the_same_numbers() -> None:
    model = copied(torch, nn.BatchNorm1d(3))
    keep_state(model)
    for _ in range(2):
        recorded(torch, model, torch.randn(4, 3).double(), lambda name: True)
        assert {int(x) for name, x in model.named_buffers() if name.endswith("num_batches_tracked")} == {1}
