"""The names of torch's functions, and those that are looked into."""

import pytest

torch = pytest.importorskip("torch")

from torch.nn import functional as F  # noqa: E402

from symconv.torch_models.opened import changes, function_name, in_double, is_open, opened  # noqa: E402


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


def test_what_changes_its_tensor_is_known_by_its_name() -> None:
    assert all(map(changes, ("add_", "detach_", "__setitem__")))
    assert not any(map(changes, ("add", "__getitem__", "data")))


def test_numbers_of_a_loss_are_made_double_with_a_model_that_is() -> None:
    """And what is double stays so, whatever a model makes of it."""
    single, double = torch.ones(2), torch.ones(2, dtype=torch.float64)
    with in_double(torch):
        assert single.to(double.dtype).dtype == torch.float64 and double.float() is double
        assert single.half() is single and torch.tensor([1]).float().dtype == torch.float64
