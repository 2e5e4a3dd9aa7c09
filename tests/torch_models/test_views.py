"""Tensors seen in another order of their axes: a product reads what they were, and an order undone is nothing."""

from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from read_models import Part, held_to_model, kinds, numbers  # noqa: E402

from symconv.torch_models.record import FunctionCall, Value  # noqa: E402
from symconv.torch_models.views import by_letters, rewritten, seen, undone  # noqa: E402


def value(tensor: Any, maker: FunctionCall | None = None) -> Value:
    return Value(tensor, tuple(tensor.shape), 0, True, maker)


def viewed(before: Value, function: str, *rest: Any) -> Value:
    """What a call makes of a value."""
    of = getattr(before.tensor, function)
    made = of(*rest) if callable(of) else of
    given = (before, *rest)
    record = FunctionCall(function, given, {}, (made,), (tuple(made.shape),), "", torch.nn.Module(), 0, "", False)
    return value(made, record)


CUBE = value(numbers(2, 3, 4))


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_an_order_is_told_from_what_a_call_gives(order: tuple[int, ...]) -> None:
    for made in (viewed(CUBE, "permute", order), viewed(CUBE, "permute", *order)):
        assert seen(torch, made) == (CUBE, order)
        assert torch.equal(CUBE.tensor.permute(order), made.tensor)


@pytest.mark.parametrize(
    "made, order",
    [
        (viewed(CUBE, "transpose", 0, -1), (2, 1, 0)),
        (viewed(CUBE, "swapaxes", 1, 2), (0, 2, 1)),
        (viewed(CUBE, "mT"), (0, 2, 1)),
        (viewed(viewed(CUBE, "permute", 1, 2, 0), "transpose", 0, 1), (2, 1, 0)),
        (viewed(viewed(CUBE, "permute", 1, 2, 0), "permute", 1, 2, 0), (2, 0, 1)),
    ],
)
def test_orders_follow_one_another(made: Value, order: tuple[int, ...]) -> None:
    assert seen(torch, made) == (CUBE, order)
    assert torch.equal(CUBE.tensor.permute(order), made.tensor)


def test_extents_of_one_keep_their_places() -> None:
    ones = value(numbers(1, 1, 3))
    assert seen(torch, viewed(ones, "transpose", 0, 1)) == (ones, (1, 0, 2))


def test_another_function_is_where_the_order_begins() -> None:
    doubled = viewed(CUBE, "mul", 2)
    assert seen(torch, viewed(doubled, "mT")) == (doubled, (0, 2, 1))
    assert seen(torch, doubled) == (doubled, (0, 1, 2))


def test_what_is_turned_back_is_what_it_was() -> None:
    turned = viewed(viewed(CUBE, "transpose", 0, 1), "transpose", 1, 0)
    assert undone(torch, turned).maker is CUBE.maker is None and undone(torch, turned).tensor is turned.tensor
    once = viewed(CUBE, "transpose", 0, 1)
    assert undone(torch, once) is once and undone(torch, CUBE) is CUBE


def test_a_product_of_views_is_an_equation() -> None:
    other = value(numbers(2, 3, 4))
    assert by_letters(torch, CUBE, viewed(other, "mT")) == ("nik,njk->nij", CUBE, other)
    assert by_letters(torch, viewed(CUBE, "mT"), value(numbers(2, 3, 5)))[0] == "nki,nkj->nij"  # type: ignore[index]
    for one, two in (
        (CUBE, value(numbers(2, 4, 3))),
        (CUBE, value(numbers(4, 3))),
        (CUBE, viewed(value(numbers(1, 3, 4)), "mT")),
    ):
        assert by_letters(torch, one, two) is None  # nothing is turned, or an axis is broadcast


def test_an_equation_of_views_is_one_of_what_is_seen() -> None:
    turned = viewed(CUBE, "permute", 2, 0, 1)
    assert rewritten(torch, "abc, bd -> acd", turned, value(numbers(2, 2))) is not None
    assert rewritten(torch, "abc,bd->acd", turned, value(numbers(2, 2)))[0] == "bca,bd->acd"  # type: ignore[index]
    for equation in ("abc,bd", "...c,cd->...d", "ab,bd->ad"):
        assert rewritten(torch, equation, turned, value(numbers(3, 2))) is None


HEADS: dict[str, tuple[Callable[[Any], Any], list[str]]] = {
    "scores": (lambda x: x.transpose(0, 1) @ x.permute(1, 2, 0), ["einsum"]),
    "einsum of views": (lambda x: torch.einsum("abc,cd->abd", x.mT, x[0].t().t().mT), ["select", "einsum"]),
    "turned and back": (lambda x: x.transpose(0, 1).transpose(0, 1), []),
    "turned by all": (lambda x: x.permute(1, 2, 0).permute(1, 2, 0).permute(1, 2, 0).tanh(), ["tanh"]),
}


@pytest.mark.filterwarnings("ignore:The .grad attribute")
@pytest.mark.parametrize("name", HEADS)
def test_models_are_read_without_their_turns(name: str) -> None:
    part: Part = HEADS[name][0]
    assert kinds(held_to_model(lambda x: part(x) * 2, 2, 3, 3)) == [*HEADS[name][1], "scale"]
