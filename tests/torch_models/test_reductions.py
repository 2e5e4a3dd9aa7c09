"""torch's sums, means and maxima along axes, in every form of call, against the model itself; and what is refused."""

from typing import Any

import pytest

torch = pytest.importorskip("torch")

from depth import spread  # noqa: E402
from read_models import Part, held_to_model, kinds, refused  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:The .grad attribute")
X234 = (2, 3, 4)


def values_of_max(x: Any) -> Any:
    values, _ = x.max(dim=-1)
    return values


def normal(x: Any) -> Any:
    centred = x - x.mean(-1, keepdim=True)
    return centred / (centred * centred).mean(-1, keepdim=True).add(1).sqrt()


CALLS: dict[str, tuple[Part, tuple[int, ...], list[str]]] = {
    "mean of the last": (lambda x: x.mean(-1), X234, ["axis_mean"]),
    "mean of two": (lambda x: x.mean((2, 1)), X234, ["axis_mean"]),
    "mean of a list": (lambda x: torch.mean(x, [0, 2]), X234, ["axis_mean"]),
    "mean, by name": (lambda x: torch.mean(x, dim=1, keepdim=True), X234, ["axis_mean"]),
    "mean, by axis": (lambda x: x.mean(axis=1), X234, ["axis_mean"]),
    "mean of all": (lambda x: x.mean() * x, X234, ["axis_mean", "mul"]),
    "sum of all axes": (lambda x: x.sum((0, 1)) - x, (2, 3), ["axis_sum", "sub"]),
    "least of all": (lambda x: x.min() + x, (2, 3), ["scale", "axis_max", "scale", "add"]),
    "mean of a vector": (lambda x: x[0].mean() + x, (2, 3), ["select", "axis_mean", "add"]),
    "mean of all, kept": (lambda x: x.mean((0, 1, 2), keepdim=True), X234, ["axis_mean"]),
    "sum": (lambda x: x.sum(1), X234, ["axis_sum"]),
    "sum of two": (lambda x: torch.sum(x, (-1, -2)), X234, ["axis_sum"]),
    "sum, kept": (lambda x: x.sum(dim=(0,), keepdim=True) * x, X234, ["axis_sum", "mul"]),
    "sum of the batch": (lambda x: x.sum(0), (3, 2), ["axis_sum"]),
    "max, values": (lambda x: x.max(1).values, X234, ["axis_max"]),
    "max, the first of two": (lambda x: torch.max(x, dim=2, keepdim=True)[0], X234, ["axis_max"]),
    "max, unpacked": (values_of_max, X234, ["axis_max"]),
    "amax": (lambda x: x.amax(-1), X234, ["axis_max"]),
    "amax of two": (lambda x: torch.amax(x, dim=(1, 2), keepdim=True), X234, ["axis_max"]),
    "two after another": (lambda x: x.mean(2).amax(1), X234, ["axis_mean", "axis_max"]),
    "softmax": (lambda x: x.softmax(-1), X234, ["axis_softmax"]),
    "softmax of rows": (lambda x: torch.nn.functional.softmax(x, dim=0), (2, 3), ["axis_softmax"]),
    "log_softmax": (lambda x: torch.log_softmax(x / 8, dim=1), X234, ["scale", "axis_log_softmax"]),
    "a norm": (lambda x: x.norm(dim=-1), (2, 3), ["square", "axis_sum", "sqrt"]),
    "a norm, kept": (lambda x: torch.linalg.vector_norm(x, dim=(1, 2), keepdim=True) * x, X234,
                     ["square", "axis_sum", "sqrt", "mul"]),
    "linalg.norm": (lambda x: torch.linalg.norm(x, dim=1), X234, ["square", "axis_sum", "sqrt"]),
    "a norm of absolute values": (lambda x: torch.norm(x, p=1, dim=1), X234, ["abs", "axis_sum"]),
    "the largest": (lambda x: torch.linalg.vector_norm(x, torch.inf, 1), (2, 3), ["abs", "axis_max"]),
    "normalize": (torch.nn.functional.normalize, (2, 3), ["square", "axis_sum", "sqrt", "clamp_min", "repeat", "div"]),
    "var": (lambda x: x.var(1), X234, ["axis_mean", "sub", "square", "axis_mean", "scale"]),
    "var of the population": (lambda x: torch.var(x, (1, 2), unbiased=False, keepdim=True), X234,
                              ["axis_mean", "sub", "square", "axis_mean"]),
    "std": (lambda x: x.std(-1, correction=2), (2, 4), ["axis_mean", "sub", "square", "axis_mean", "scale", "sqrt"]),
    "logsumexp": (lambda x: (x / 8).logsumexp(1), (2, 3), ["scale", "exp", "axis_sum", "log"]),
    "softmin": (lambda x: torch.nn.functional.softmin(x / 8, dim=1), (2, 3), ["scale", "scale", "axis_softmax"]),
    "a layer norm by hand": (
        normal, (2, 3), ["axis_mean", "sub", "mul", "axis_mean", "scale", "sqrt", "div"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("call", spread(CALLS, 9))
def test_a_call_is_read_as_what_it_computes(call: str) -> None:
    part, shape, layers = CALLS[call]
    assert kinds(held_to_model(lambda x: part(x) * 2, *shape)) == [*layers, "scale"]


TIED = torch.tensor([[1.0, 3.0, 3.0], [2.0, 2.0, 0.0]])


def test_of_several_largest_the_first_has_the_gradient_where_its_place_is_given() -> None:
    """torch.max along an axis says which is meant; torch.amax shares the gradient (test_shared.py)."""
    assert kinds(held_to_model(lambda x: x.max(1).values * 2, given=TIED)) == ["axis_max", "scale"]


REFUSED: dict[str, tuple[Part, tuple[str, str]]] = {
    "a dtype": (
        lambda x: x.sum(1, dtype=torch.float64), ("the argument dtype has no derivation", "leave it out"),
    ),
    "a norm of matrices": (
        lambda x: torch.linalg.norm(x[None], ord=2, dim=(1, 2)), ("a norm of matrices has no derivation", "leave ord"),
    ),
    "a variance of all": (lambda x: x.var(False), ("makes one number of all", "name the axes, as in x.var")),
}  # fmt: skip


@pytest.mark.parametrize("call", REFUSED)
def test_what_is_refused_is_said_with_its_place_and_what_would_work(call: str) -> None:
    part, (problem, remedy) = REFUSED[call]
    said = refused(lambda x: part(x) * 2, 2, 3)
    assert problem in said and f"\n  {remedy}" in said and "test_reductions.py:" in said


def test_a_least_entry_is_a_largest_with_the_other_sign() -> None:
    made = held_to_model(lambda x: x.min(1).values + x.amin(1) + torch.minimum(x, 2 * x).sum(1), 2, 3)
    assert kinds(made).count("axis_max") == 2 and "minimum" in kinds(made)


def test_the_larger_of_two_may_be_the_models_own() -> None:
    made = held_to_model(lambda x: torch.maximum(torch.tensor([1.0, 200.0, 3.0]), x) * 2, 2, 3)
    assert kinds(made)[0] == "maximum"
