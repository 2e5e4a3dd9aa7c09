"""What a model is given: how tensors and lists of them reach it, and under which names the network has them."""

from typing import Any

import pytest

torch = pytest.importorskip("torch")

from read_models import drawn  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from symconv.check.torch_network import autograd  # noqa: E402
from symconv.errors import SpecError  # noqa: E402
from symconv.torch_models.from_torch import from_torch  # noqa: E402
from symconv.torch_models.inputs import input_faults, inputs_of  # noqa: E402

A, B, C = drawn(2, 3), drawn(2, 3, seed=1), drawn(2, 3, seed=2)
TARGET = torch.zeros(2, 2, dtype=torch.float64)


class Pyramid(nn.Module):
    """A list of features, as the necks of detectors take it, and one tensor more."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 2)

    def forward(self, features: list[Any], gate: Any) -> Any:
        coarse, fine = features
        return self.layer(coarse * fine + gate)


class Margin(nn.Module):
    """The cosines of angles, that of the true class less a margin."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 2, bias=False)

    def forward(self, x: Any, label: Any) -> Any:
        cosine = F.linear(F.normalize(x), F.normalize(self.layer.weight))
        one_hot = torch.zeros(cosine.size(), dtype=cosine.dtype).scatter_(1, label.view(-1, 1).long(), 1)
        return (cosine - 0.25 * one_hot) * 4


def test_which_argument_each_tensor_is() -> None:
    assert inputs_of(A) == ((A,), (0,))
    assert inputs_of([[1.0, 2.0]]) == (([[1.0, 2.0]],), (0,))
    assert inputs_of((A, B)) == ([A, B], (0, 1))
    assert inputs_of(([A, (B,)], C)) == ([A, B, C], ([0, [1]], 2))


def test_a_list_of_tensors_is_one_argument_in_a_tuple() -> None:
    model = Pyramid().double()
    network = from_torch(model, ([A, B], C), TARGET, "mse")
    assert [each.name for each in network.tensors] == ["features_1", "gate"]
    F.mse_loss(model([A, B], C), TARGET).backward()
    found = autograd(torch, network)
    assert torch.allclose(found["layer.weight"].grad, model.layer.weight.grad, rtol=0, atol=1e-14)


def test_tensors_that_the_model_does_not_take_are_counted() -> None:
    remedy = r"holds 2 tensors, and the model takes 1\n  give it as many; .*a list of tensors \(\[...\],\)"
    with pytest.raises(SpecError, match=remedy):
        from_torch(nn.Linear(3, 2), [A, B], TARGET, "mse")


def test_a_model_is_asked_how_many_tensors_it_takes() -> None:
    assert [*input_faults(nn.Linear(2, 2))] == []
    (fault,) = input_faults(nn.Bilinear(2, 2, 1))
    assert (fault.problem, fault.remedy) == ("the model has several inputs: input1, input2", "give it one")


def test_classes_beside_the_input_stay_whole_numbers() -> None:
    """As the labels that an angular margin reads: they are places of scatter_, and no floats."""

    model = Margin().double()
    label = torch.tensor([1, 0])
    network = from_torch(model, (A, label), label)
    F.cross_entropy(model(A, label), label).backward()
    found = autograd(torch, network)["layer.weight"].grad
    assert torch.allclose(found, model.layer.weight.grad, rtol=0, atol=1e-14)
