"""Convolutions for the tests: operands of whole numbers, torch's own function, options drawn at random."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor

from symconv.code.emit import emit, pair
from symconv.code.operations import OPERATIONS

FLAT = ("loop", "flatten")
ALL = [(op, form) for op, known in OPERATIONS.items() for form in known.forms]
CHANNELS = [(op, form) for op, form in ALL if form not in FLAT]
Function = Callable[..., Any]


@cache
def functions(op: str, form: str, **options: Any) -> tuple[Function, Function]:
    """The emitted function and that of its gradients."""
    return of_source(emit(op, form, **options))


def of_source(text: str) -> tuple[Function, Function]:
    """A module's function, which is its first, and that of its gradients."""
    name = next(line.partition("(")[0].removeprefix("def ") for line in text.splitlines() if line.startswith("def "))
    return pair(text, name)


def dims(op: str) -> int:
    return int(op[-2])


def integers(*shape: int, dtype: torch.dtype = torch.float64) -> Tensor:
    whole = torch.randint(-3, 4, shape)
    if dtype.is_complex:
        return torch.complex(whole.double(), torch.randint(-3, 4, shape).double()).to(dtype)
    return whole.to(dtype)


def reference(op: str, form: str, X: Tensor, K: Tensor, b: Tensor | None = None, **options: Any) -> Tensor:
    """torch.nn.functional's function of the same name."""
    compute = getattr(torch.nn.functional, op)
    if form in FLAT:
        return compute(X[None, None], K[None, None], b, **options)[0, 0]
    return compute(X, K, b, **options)


def gradients(op: str, form: str, dY: Tensor, X: Tensor, K: Tensor, b: Tensor, **options: Any) -> tuple[Tensor, ...]:
    """torch's gradients."""
    leaves = [t.detach().clone().requires_grad_() for t in (X, K, b)]
    return torch.autograd.grad(reference(op, form, *leaves, **options), leaves, dY)


@dataclass(frozen=True)
class Drawn:
    """Shapes and options that torch takes, as uneven as they come."""

    input: tuple[int, ...]
    weight: tuple[int, ...]
    outs: int
    options: dict[str, Any]

    def operands(self, dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor, Tensor]:
        return (
            integers(*self.input, dtype=dtype), integers(*self.weight, dtype=dtype), integers(self.outs, dtype=dtype),
        )  # fmt: skip


def _uneven(size: list[int]) -> list[int]:
    """No two extents alike."""
    for k in range(1, len(size)):
        while size[k] in size[:k]:
            size[k] += 1
    return size


@st.composite
def convolutions(draw: st.DrawFn, op: str, form: str) -> Drawn:
    """Sizes, kernels, strides, paddings and dilations that differ in each direction, batches of none to two, groups."""
    n, small = dims(op), st.integers(1, 3)

    def each(*numbers: int) -> tuple[int, ...]:
        return tuple(draw(st.permutations(numbers)))[:n]

    kernel, stride, dilation, padding = each(1, 2, 3), each(1, 2, 3), each(1, 2, 3), each(0, 1, 2)
    groups, ins, outs = (1, 1, 1) if form in FLAT else (draw(small), draw(st.integers(1, 2)), draw(small))
    options: dict[str, Any] = {"stride": stride, "padding": padding, "dilation": dilation}
    if form not in FLAT:
        options["groups"] = groups
    batch = draw(st.integers(0, 2))
    if "transpose" in op:
        options["output_padding"] = tuple(
            draw(st.integers(0, max(s, d) - 1)) for s, d in zip(stride, dilation, strict=True)
        )
        least = [
            max(1, -(-(2 * p - d * (k - 1)) // s) + 1)
            for k, s, p, d in zip(kernel, stride, padding, dilation, strict=True)
        ]
        size = _uneven([a + draw(st.integers(0, 3)) for a in least])
        return Drawn((batch, groups * ins, *size), (groups * ins, outs, *kernel), groups * outs, options)
    least = [max(1, d * (k - 1) + 1 - 2 * p) for k, d, p in zip(kernel, dilation, padding, strict=True)]
    if draw(st.integers(0, 3)) == 0:
        options |= {"padding": draw(st.sampled_from(["same", "valid"])), "stride": (1,) * n}
        least = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    size = _uneven([a + draw(st.integers(0, 4)) for a in least])
    if form in FLAT:
        return Drawn(tuple(size), kernel, 1, options)
    return Drawn((batch, groups * ins, *size), (groups * outs, ins, *kernel), groups * outs, options)
