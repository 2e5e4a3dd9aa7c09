"""What the tensors of a run are, and what is said of one that is none that can be followed."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from symconv.errors import NotSupported  # noqa: E402
from symconv.torch_models.known import KnownTensors  # noqa: E402


class Held(nn.Module):
    """A parameter and a buffer."""

    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.ones(2))
        self.register_buffer("b", torch.zeros(2))


@contextmanager
def known(model: Any) -> Iterator[KnownTensors]:
    yield KnownTensors(torch, model, [], lambda name: True, sys._getframe())


def test_what_the_model_holds_is_known_by_its_name_and_does_not_depend_on_the_input() -> None:
    model, x = Held(), torch.ones(2)
    with known(model) as tensors:
        tensors.start(x)
        values = [tensors.find(each) for each in (model.w, model.b, x, torch.ones(2))]
    assert [value and (value.name, value.live) for value in values] == [("w", False), ("b", False), ("", True), None]
    assert tensors.inside() == ""


def test_a_tensor_that_was_changed_is_refused_till_it_is_kept_anew() -> None:
    model = Held()
    with known(model) as tensors:
        assert tensors._read(model.b) is tensors.find(model.b)
        model.b[0] = 3
        with pytest.raises(
            NotSupported, match=r"Held.*: a tensor is read that was changed in place under another name"
        ):
            tensors._read(model.b)
        tensors._renewed(None, [model.b])
        assert tensors._read(model.b) is tensors.find(model.b)


def test_a_tensor_from_out_of_sight_is_refused_and_plain_numbers_are_not() -> None:
    plain, made = torch.ones(2), torch.ones(2, requires_grad=True) * 2
    with known(Held()) as tensors:
        assert tensors._read(plain) is plain and tensors._read("sum") == "sum"
        with pytest.raises(NotSupported, match=r"computed where torch shows no call.*\n  call functions of torch"):
            tensors._read(made)
        tensors.in_loss = True
        with pytest.raises(NotSupported, match=r"loss, .*: a tensor is read that learns, and is neither a parameter"):
            tensors._read(torch.ones(2, requires_grad=True))


def test_a_sum_that_starts_with_zeros_is_kept_as_it_was() -> None:
    zeros, x = torch.zeros(2), torch.ones(2)
    with known(Held()) as tensors:
        tensors.start(x)
        assert tensors._as_it_is(zeros) is not zeros and tensors._as_it_is(x) is x
