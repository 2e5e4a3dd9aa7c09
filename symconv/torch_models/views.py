"""A tensor whose axes stand in another order than those of a tensor before it: what a product of two reads is that
earlier one, its axes by their letters, and an order that is undone is nothing.

torch is given by the caller, so that nothing is imported here.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from types import ModuleType
from typing import Any

from symconv.torch_models.record import FunctionCall, Value, mapped, spread

PERMUTING = ("permute", "transpose", "swapaxes", "swapdims", "t", "T", "mT")
PRODUCTS = ("matmul", "mm", "bmm")
VIEWING = (*PRODUCTS, "einsum")  # what may read views
LEAD, ROW, WITHIN, COLUMN = "nhgbc", "i", "k", "j"  # the letters of a product's axes

View = tuple[Value, tuple[int, ...]]  # a value, and which of its axes each axis is that is seen


def seen(torch: ModuleType, value: Value) -> View:
    """The earlier value that differs in the order of its axes alone; the value itself where there is none."""
    order = tuple(range(len(value.shape)))
    while value.maker is not None and value.maker.function in PERMUTING and not value.maker.cut:
        before = next(value.maker.reads)
        axes = _order(torch, value.maker, before)
        value, order = before, tuple(axes[k] for k in order)
    return value, order


def _order(torch: ModuleType, record: FunctionCall, before: Value) -> tuple[int, ...]:
    """Which axis of what a call reads each axis of its result is: told from an empty tensor whose axes have strides of
    their own."""
    rank = len(before.shape)
    marked = torch.empty_strided(before.shape, tuple(range(1, rank + 1)), device="meta")
    arguments, keywords = (
        mapped(x, lambda x: marked if x is before else x) for x in (record.arguments, record.keywords)
    )
    of = getattr(torch.Tensor, record.function)
    made = of(*arguments, **keywords) if callable(of) else of.__get__(marked)
    return tuple(stride - 1 for stride in made.stride())


def of_earlier(
    torch: ModuleType, function: str, arguments: Sequence[Any], find: Callable[[Any], Value | None]
) -> tuple[Any, ...] | None:
    """The equation and the tensors of a product that reads others in another order of their axes; None where it reads
    none. find: what a tensor is."""
    equation, *given = spread(arguments) if function == "einsum" else ("", *arguments)
    values = [x for x in map(find, given) if x is not None and x.live]
    if len(values) != 2 or len(given) != 2:
        return None
    found = rewritten(torch, equation, *values) if function == "einsum" else by_letters(torch, *values)
    return None if found is None else (found[0], *(x.tensor for x in found[1:]))


def by_letters(torch: ModuleType, one: Value, two: Value) -> tuple[str, Value, Value] | None:
    """The matrix product of two tensors as an equation of those that they are views of; None where neither is one, or
    where axes are broadcast."""
    rank = len(one.shape)
    if rank < 2 or rank - 2 > len(LEAD) or one.shape[:-2] != two.shape[:-2] or len(two.shape) != rank:
        return None
    lead = LEAD[: rank - 2]
    (first, left), (second, right) = seen(torch, one), seen(torch, two)
    if first is one and second is two:
        return None
    written = (_written(lead + ROW + WITHIN, left), _written(lead + WITHIN + COLUMN, right))
    return f"{','.join(written)}->{lead}{ROW}{COLUMN}", first, second


def _written(letters: str, order: Sequence[int]) -> str:
    """The letters in the order of the axes that they are seen from."""
    return "".join(letters[order.index(k)] for k in range(len(order)))


def rewritten(torch: ModuleType, equation: str, one: Value, two: Value) -> tuple[str, Value, Value] | None:
    """An equation of einsum with views as one of what they are views of; None where there are none."""
    left, arrow, made = equation.replace(" ", "").partition("->")
    parts = left.split(",")
    if not arrow or "." in equation or [*map(len, parts)] != [len(one.shape), len(two.shape)]:
        return None
    (first, order), (second, other) = seen(torch, one), seen(torch, two)
    if first is one and second is two:
        return None
    return f"{_written(parts[0], order)},{_written(parts[1], other)}->{made}", first, second


def undone(torch: ModuleType, value: Value) -> Value:
    """What a tensor is: the earlier one, where its axes stand again as they stood there."""
    before, order = seen(torch, value)
    if before is value or order != tuple(range(len(order))):
        return value
    return replace(before, tensor=value.tensor, version=value.version)
