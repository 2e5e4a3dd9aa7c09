"""What a model is given: several tensors, nested, beside numbers; and which of them is followed."""

from typing import Any

import pytest

torch = pytest.importorskip("torch")

from read_models import drawn  # noqa: E402
from torch import nn  # noqa: E402

from symconv.errors import NotSupported, SpecError  # noqa: E402
from symconv.torch_models.from_torch import from_torch  # noqa: E402
from symconv.torch_models.inputs import Place, input_faults, inputs_of  # noqa: E402


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
    assert found.arguments == ({"a": Place(0, (0, "a")), "b": [found.places[1], found.places[2]]}, 0.5, None)
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
