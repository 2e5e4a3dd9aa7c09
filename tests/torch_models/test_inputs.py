"""What a model is given: several tensors, nested, beside numbers; and which of them is followed."""

from typing import Any

import pytest

torch = pytest.importorskip("torch")

from read_models import drawn  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from symconv.check.torch_network import autograd  # noqa: E402
from symconv.errors import NotSupported, SpecError  # noqa: E402
from symconv.torch_models.from_torch import from_torch  # noqa: E402
from symconv.torch_models.inputs import InputPlace, input_faults, inputs_of  # noqa: E402


def of(run: Any) -> nn.Module:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(3, 3).double()

    Model.forward = run
    return Model()


WORDS = torch.tensor([1, 0])
MASK = torch.tensor([[True, False, True], [False, True, True]])


def test_tensors_are_found_wherever_they_stand() -> None:
    x, y = drawn(2, 3), drawn(2)
    found = inputs_of(({"a": WORDS, "b": [x, y]}, 0.5, None), whole=False)
    assert [place.text for place in found.places] == ["input[0]['a']", "input[0]['b'][0]", "input[0]['b'][1]"]
    assert found.arguments == ({"a": InputPlace(0, (0, "a")), "b": [found.places[1], found.places[2]]}, 0.5, None)
    assert found.first is x and inputs_of((WORDS, x), whole=True).first is WORDS


@pytest.mark.parametrize("given", [[[1.0, 2.0]], drawn(2, 3), (1, 2)])
def test_one_thing_is_one_input(given: Any) -> None:
    assert inputs_of(given, whole=False).first is given


@pytest.mark.parametrize(
    ("run", "given", "names"),
    [
        (lambda self, pair: self.layer(pair[0]) * pair[1], ((drawn(2, 3), drawn(2, 3) + 1),), ["pair_1"]),
        (lambda self, batch: self.layer(batch["x"]) * batch["y"], {"x": drawn(2, 3), "y": drawn(2, 3)}, ["batch_y"]),
        (lambda self, x, share: self.layer(x) * share, (drawn(2, 3), 0.5), []),
        (lambda self, at, x: self.layer(x)[:, at], (WORDS, drawn(2, 3)), []),
        (lambda self, x, at: self.layer(x).gather(1, at[:, None]) * x, (drawn(2, 3), WORDS), []),
        (lambda self, x, mask: self.layer(x).masked_fill(mask, -1e9).softmax(1), (drawn(2, 3), MASK), []),
        (lambda self, x, mask=None: self.layer(x) if mask is None else x, (drawn(2, 3), None), []),
        (
            lambda self, x, mask: (self.layer(x) + mask).softmax(1),
            (drawn(2, 3), torch.tensor([0.0, float("-inf"), 0.0])),
            [],
        ),
    ],
)
def test_a_model_takes_what_stands_beside_its_input(run: Any, given: Any, names: list[str]) -> None:
    """Its gradients are torch's own, or it would have been refused."""
    network = from_torch(of(run), given, None, lambda z, _: z.square().mean())
    assert network.input.value.shape == (2, 3)
    assert [name for name in (each.name for each in network.tensors) if "." not in name] == names


def test_too_many_arguments_are_counted() -> None:
    with pytest.raises(SpecError, match="input: holds 2 arguments, and the model takes 1"):
        from_torch(of(lambda self, x: self.layer(x)), (drawn(2, 3), 0.5), [0, 1])


def test_a_model_is_asked_how_many_tensors_it_takes() -> None:
    assert [*input_faults(nn.Sequential(nn.Linear(2, 2)))] == []
    (fault,) = input_faults(nn.Bilinear(2, 2, 1))
    assert (fault.problem, fault.remedy) == ("the model has several inputs: input1, input2", "give it one")


def test_whole_numbers_alone_are_read_as_floats() -> None:
    network = from_torch(of(lambda self, x: self.layer(x.double() / 2)), torch.tensor([[1, 2, 3], [4, 5, 6]]), [0, 1])
    assert network.input.value.entries[:2] == (1, 2)
    with pytest.raises(NotSupported, match=r"reads places|depends on the input|has no derivation"):
        from_torch(of(lambda self, x: self.layer(x)[:, (x > 0).all(0)]), drawn(2, 3), [0, 1])


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


def test_classes_beside_the_input_stay_whole_numbers() -> None:
    """As the labels that an angular margin reads: they are places of scatter_, and no floats."""

    model = Margin().double()
    label = torch.tensor([1, 0])
    network = from_torch(model, (A, label), label)
    F.cross_entropy(model(A, label), label).backward()
    found = autograd(torch, network)["layer.weight"].grad
    assert torch.allclose(found, model.layer.weight.grad, rtol=0, atol=1e-14)
