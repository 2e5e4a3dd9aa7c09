"""torch's + - * / in every form, with broadcasting on both sides, against the model itself; and what is refused."""

from collections.abc import Mapping
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from depth import few, spread  # noqa: E402
from read_models import Part, held_to_model, kinds, refused  # noqa: E402

from symconv.networks.network import parameters  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:The .grad attribute")
COLUMN, ROW = torch.tensor([[2.0], [-1.0]]), torch.tensor([4.0, 0.5, -2.0])
ONE = torch.tensor(3.0)


def less_in_place(x: Any) -> Any:
    y = x * 2
    y -= 1
    return y


def every_in_place(x: Any) -> Any:
    y = x + x
    y.add_(x, alpha=2).mul_(x).sub_(1).div_(4)
    return y.neg_()


def with_a_list(x: Any) -> Any:
    return sum([x, x.relu(), 2 * x])


def outer(x: Any) -> Any:
    return x[:, :, None] - x[:, None, :]


CALLS: dict[str, tuple[Part, tuple[int, ...], list[str]]] = {
    "a number": (lambda x: x + 1, (2, 3), ["scale"]),
    "from the left": (lambda x: 1 - x, (2, 3), ["scale"]),
    "by the method": (lambda x: x.add(2.5), (2, 3), ["scale"]),
    "0": (lambda x: (x + 0) * 1 / 1 - 0, (2, 3), []),
    "a quotient": (lambda x: x / 255, (2, 3), ["scale"]),
    "a reciprocal": (lambda x: 1 / x, (2, 3), ["reciprocal"]),
    "a number by it": (lambda x: 2 / x, (2, 3), ["reciprocal", "scale"]),
    "div of numbers": (lambda x: torch.div(x, 4), (2, 3), ["scale"]),
    "true_divide": (lambda x: torch.true_divide(x, 8), (2, 3), ["scale"]),
    "minus": (lambda x: -x, (2, 3), ["scale"]),
    "neg": (lambda x: torch.neg(x) + x.negative(), (2, 3), ["scale", "scale", "add"]),
    "rsub": (lambda x: torch.rsub(x, 3), (2, 3), ["scale"]),
    "rsub of two": (lambda x: torch.rsub(x * 2, x), (2, 3), ["scale", "sub"]),
    "rsub, alpha": (lambda x: torch.rsub(x, x * 2, alpha=3), (2, 3), ["scale", "scale", "add"]),
    "alpha": (lambda x: torch.add(x, x * x, alpha=2), (2, 3), ["mul", "scale", "add"]),
    "alpha of a difference": (lambda x: torch.sub(x, x.relu(), alpha=0.5), (2, 3), ["relu", "scale", "add"]),
    "alpha, a number": (lambda x: torch.add(x, 2, alpha=3), (2, 3), ["scale"]),
    "alpha of one": (lambda x: x.subtract(x * 2, alpha=1), (2, 3), ["scale", "sub"]),
    "in place": (less_in_place, (2, 3), ["scale", "scale"]),
    "all in place": (every_in_place, (2, 3), ["add", "scale", "add", "mul", "scale", "scale", "scale"]),
    "itself": (lambda x: x * x + x - x, (2, 3), ["mul", "add", "sub"]),
    "a quotient of one and itself": (lambda x: x * (x / x), (2, 3), ["sub", "scale", "mul"]),
    "a quotient of two": (lambda x: x / (x * x + 1), (2, 3), ["mul", "scale", "div"]),
    "a list": (with_a_list, (2, 3), ["relu", "scale", "add", "add"]),
    "outer": (outer, (2, 3), ["reshape", "reshape", "sub"]),
    "a gate": (lambda x: x * x.mean((2, 3), keepdim=True), (2, 2, 2, 2), ["axis_mean", "mul"]),
    "less its mean": (lambda x: x - x.mean(1, keepdim=True), (2, 3), ["axis_mean", "sub"]),
    "a shorter first": (lambda x: x[0] - x, (2, 3), ["select", "sub"]),
    "multiply": (lambda x: torch.multiply(x, other=x[:, :1]), (2, 3), ["slice", "mul"]),
    "mul": (lambda x: x.mul(x[:1]), (2, 3), ["slice", "mul"]),
    "by name": (lambda x: torch.sub(input=x, other=x * 2), (2, 3), ["scale", "sub"]),
    "a tensor made of numbers": (lambda x: x * torch.tensor([1.0, 2.0, 3.0], dtype=x.dtype), (2, 3), ["mul"]),
    "0 times": (lambda x: x + 0 * x.exp(), (2, 3), ["add"]),
    "times 0, wider": (lambda x: x[:, :1] + 0.0 * x, (2, 3), ["slice", "add"]),
    "a tensor of one": (lambda x: x - torch.tensor(2.0), (2, 3), ["scale"]),
}


@pytest.mark.parametrize("call", spread(CALLS, 10))
def test_a_call_is_read_as_what_it_computes(call: str) -> None:
    part, shape, layers = CALLS[call]
    assert kinds(held_to_model(lambda x: part(x) * 2, *shape)) == [*layers, "scale"]


COMPARED: dict[str, tuple[Part, list[str]]] = {
    "above 0": (lambda x: x * (x > 0), ["heaviside", "mul"]),
    "gt": (lambda x: x.gt(0.5).double() * x, ["scale", "heaviside", "mul"]),
    "greater": (lambda x: torch.greater(x, x * x).type_as(x) * x, ["mul", "sub", "heaviside", "mul"]),
    "below": (lambda x: x * (x < 1).float(), ["scale", "heaviside", "mul"]),
    "lt": (lambda x: x * torch.lt(x, x * x), ["mul", "sub", "heaviside", "mul"]),
    "less": (lambda x: x * torch.less(x, 3).to(x.dtype), ["scale", "heaviside", "mul"]),
    "ge": (lambda x: x * x.ge(-3.0), ["scale", "heaviside", "scale", "mul"]),
    "greater_equal": (lambda x: x * torch.greater_equal(x, x.relu()), ["relu", "sub", "heaviside", "scale", "mul"]),
    "le": (lambda x: x * x.le(5).int(), ["scale", "heaviside", "scale", "mul"]),
    "less_equal": (lambda x: x * torch.less_equal(x, 5).long(), ["scale", "heaviside", "scale", "mul"]),
    "eq": (lambda x: x * x.eq(5), ["scale", "heaviside", "scale", "heaviside", "add", "scale", "mul"]),
    "equal to 0": (
        lambda x: x + (x == 0).double(),
        ["heaviside", "scale", "heaviside", "add", "scale", "add"],
    ),
    "ne": (lambda x: x * x.ne(-3), ["scale", "heaviside", "scale", "heaviside", "add", "mul"]),
    "not_equal": (
        lambda x: x * torch.not_equal(x, x.relu()),
        ["relu", "sub", "heaviside", "scale", "heaviside", "add", "mul"],
    ),
    "other than 1": (lambda x: x * (x != 1), ["scale", "heaviside", "scale", "heaviside", "add", "mul"]),
    "a tensor above": (
        lambda x: x * (torch.tensor([1.0, -3.0, 0.0], dtype=x.dtype) > x),
        ["scale", "add", "heaviside", "mul"],
    ),
    "and": (lambda x: x * ((x > 0) & (x < 50)), ["heaviside", "scale", "heaviside", "mul", "mul"]),
    "logical_and": (lambda x: x * torch.logical_and(x > 0, x < 50), ["heaviside", "scale", "heaviside", "mul", "mul"]),
    "bitwise_and": (lambda x: x * (x > 0).bitwise_and(x < 50), ["heaviside", "scale", "heaviside", "mul", "mul"]),
    "or": (lambda x: x * ((x > 50) | (x < 0)), ["scale", "heaviside", "scale", "heaviside", "maximum", "mul"]),
    "logical_or": (
        lambda x: x * torch.logical_or(x > 50, x < 0),
        ["scale", "heaviside", "scale", "heaviside", "maximum", "mul"],
    ),
    "bitwise_or": (
        lambda x: x * torch.bitwise_or(x > 50, x < 0),
        ["scale", "heaviside", "scale", "heaviside", "maximum", "mul"],
    ),
    "not": (lambda x: x * ~(x > 0), ["heaviside", "scale", "mul"]),
    "logical_not": (lambda x: x * (x > 0).logical_not(), ["heaviside", "scale", "mul"]),
    "bitwise_not": (lambda x: x * torch.bitwise_not(x > 0), ["heaviside", "scale", "mul"]),
    "where": (lambda x: torch.where(x > 0, x, 0.1 * x), ["heaviside", "scale", "mul", "scale", "mul", "add"]),
    "masked": (lambda x: x.masked_fill(x < 0, 0.0), ["scale", "heaviside", "scale", "mul"]),
}


@pytest.mark.parametrize("call", spread(COMPARED, 8))
def test_a_comparison_is_a_number(call: str) -> None:
    """1 where it holds, else 0, also where two are equal, as of -3 and of 5 here; its derivative is 0."""
    part, layers = COMPARED[call]
    given = torch.tensor([[-3.0, 0.0, 5.0], [0.5, 1.0, 60.0]])
    assert kinds(held_to_model(lambda x: part(x) * 2, 2, 3, given=given)) == [*layers, "scale"]


LEARNED: Mapping[str, tuple[Part, list[str]]] = {
    "parameter times x": (lambda m, x: m.w * x, ["mul"]),
    "x plus it": (lambda m, x: x + m.w, ["add"]),
    "it less x": (lambda m, x: m.w - x, ["scale", "add"]),
    "x less it": (lambda m, x: torch.sub(x, m.w), ["sub"]),
    "x by it": (lambda m, x: x / m.w, ["div"]),
    "it by x": (lambda m, x: m.w / x, ["reciprocal", "mul"]),
    "in place": (lambda m, x: (x * 1.5).mul_(m.w), ["scale", "mul"]),
}


@pytest.mark.parametrize("shape", few(["row", "column", "one"], "column"))
@pytest.mark.parametrize("call", spread(LEARNED, 7))
def test_what_the_model_learns_is_a_weight(call: str, shape: str) -> None:
    part, layers = LEARNED[call]
    w = {"row": ROW, "column": COLUMN, "one": ONE}[shape]
    net = held_to_model(lambda m, x: part(m, x) * 2, 2, 3, learned={"w": w})
    assert kinds(net) == [*layers, "scale"]


def test_what_it_holds_is_a_constant() -> None:
    held = {"mean": COLUMN, "deviation": ROW}
    net = held_to_model(lambda m, x: (x - m.mean) / m.deviation, 2, 3, constant=held)
    assert kinds(net) == ["sub", "div"]
    net = held_to_model(lambda m, x: m.s * x, 2, 3, constant={"s": ONE})
    assert kinds(net) == ["scale"]


def test_a_parameter_that_makes_a_tensor_longer() -> None:
    net = held_to_model(lambda m, x: x[0] + m.w, 2, 3, learned={"w": torch.ones(4, 1)})
    assert kinds(net) == ["select", "add"]


def test_a_parameter_may_be_read_twice_and_computed_with() -> None:
    """Its gradients add."""
    net = held_to_model(lambda m, x: x * m.w + m.w, 2, 3, learned={"w": ROW})
    assert kinds(net) == ["mul", "add"] and {p.name for layer in net.layers for _, p in parameters(layer)} == {"w"}
    net = held_to_model(lambda m, x: x * (m.w * 2) + 1, 2, 3, learned={"w": ROW})
    assert kinds(net) == ["scale", "mul", "scale"] and [each.name for each in net.tensors] == ["w"]


REFUSED: dict[str, tuple[Part, tuple[str, str]]] = {
    "alpha of a parameter": (
        lambda m, x: torch.add(x, m.w, alpha=2),
        ("alpha 2 of a tensor of the model's own has no derivation", "known: alpha=1"),
    ),
    "0 by itself": (lambda m, x: (y := x.relu()) / y + m.w, ("divides 0 by 0", "give an input where it is not 0")),
    "by 0": (lambda m, x: x / 0 + m.w, ("divides by the number 0", "divide by another")),
    "rounded down": (
        lambda m, x: torch.div(x, 2, rounding_mode="floor") + m.w,
        ("the argument rounding_mode has no derivation", "leave it out"),
    ),
}


@pytest.mark.parametrize("call", REFUSED)
def test_what_is_refused_is_said_with_its_place_and_what_would_work(call: str) -> None:
    part, (problem, remedy) = REFUSED[call]
    said = refused(lambda m, x: part(m, x) * 2, 2, 3, learned={"w": ROW})
    assert problem in said and f"\n  {remedy}" in said and "test_arithmetic.py:" in said
