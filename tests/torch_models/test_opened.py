"""The names of torch's functions, and those that are looked into."""

import pytest

torch = pytest.importorskip("torch")

from torch.nn import functional as F  # noqa: E402

from symconv.torch_models.opened import function_name, is_open, opened  # noqa: E402


def test_a_function_a_method_and_an_attribute_are_called_alike() -> None:
    functions = (torch.relu, F.relu, torch.Tensor.relu, torch.Tensor.T.__get__)
    assert [*map(function_name, functions)] == ["relu", "relu", "relu", "T"]


def test_what_is_written_in_python_within_torch_is_open() -> None:
    assert is_open(F.softmin) and not is_open(torch.relu) and not is_open(test_the_calls_within_are_watched)


def test_the_calls_within_are_watched() -> None:
    seen: list[str] = []

    class Watching(torch.overrides.TorchFunctionMode):  # type: ignore[misc]
        def __torch_function__(self, function, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
            seen.append(function_name(function))
            return function(*args, **(kwargs or {}))

    x = torch.tensor([1.0, 2.0])
    with Watching():
        made = opened(F.softmin)(x, dim=0)
    assert "softmax" in seen and "softmin" not in seen and torch.equal(made, F.softmin(x, 0))
