"""Layers that move entries, bring tensors together or sum along axes, held to plain functions of torch.

Numbers are whole, so that most are equal to the bit; a mean, a quotient and what follows it are off by their rounding.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from math import prod
from typing import Any

import torch
from hypothesis import strategies as st
from moving_layers import MAKERS, MOST_AXES, Examples, truth
from torch import Tensor
from torch.nn import functional as F

from symconv.array import Array, Shape
from symconv.errors import SpecError
from symconv.networks.form import TensorForm
from symconv.networks.geometry import chain, fit
from symconv.networks.layers.layers import (
    Cat,
    Einsum,
    Layer,
    Linear,
    MatMul,
    MaxUnpool,
    Parameter,
    PRelu,
    Scale,
    Stacked,
)
from symconv.networks.losses import MeanSquaredError
from symconv.networks.network import Network, parameters
from symconv.networks.positions import output_extent
from symconv.study import Study, derive

LARGEST = 64  # entries of a tensor
ROUNDED = (
    "axis_mean",
    "div",
    "axis_softmax",
    "axis_log_softmax",
    "interpolate",
    "adaptive_avg_pool",
)  # kinds whose numbers are no whole ones
Tensors = Mapping[str, Tensor]


def numbers(shape: Shape, start: int = 0) -> Array:
    """Whole numbers of both signs, no two alike."""
    return Array(shape, tuple(Fraction((37 * k + start) % 1009 % 211 - 105) for k in range(prod(shape))))


def network(shape: Shape, *layers: Layer, batch: bool = False) -> Network:
    """These layers, and the sum of squared differences; SpecError where they do not fit."""
    given = Parameter("X", numbers(shape, 5))
    forms, _ = chain(given, batch, layers)
    made = forms[-1].shape if forms[-1] else (1,)
    return Network("moved", Fraction(1), given, layers, MeanSquaredError(numbers(made, 71), "sum"), batch)


# ------------------------------------------------------------------------------------------------ in torch
def upsampled(layer: Any, x: Tensor) -> Tensor:
    for axis, factor in enumerate(layer.factor, start=x.ndim - len(layer.factor)):
        x = x.repeat_interleave(factor, axis)
    return x


def padded(layer: Any, x: Tensor) -> Tensor:
    """One axis after the other, as the only one of images of one row."""
    mode = "constant" if layer.mode == "zeros" else layer.mode
    for axis, sides in enumerate(layer.padding, start=x.ndim - len(layer.padding)):
        rows = x.movedim(axis, -1)
        made = F.pad(rows.reshape(1, -1, rows.shape[-1]), sides, mode)
        x = made.reshape(*rows.shape[:-1], made.shape[-1]).movedim(-1, axis)
    return x


def resampled(layer: Any, x: Tensor) -> Tensor:
    """One axis after the other, each as a list of images of one row; a cubic one is of two axes."""
    for axis, n in enumerate(layer.size, start=x.ndim - len(layer.size)):
        rows = x.movedim(axis, -1)
        flat = rows.reshape(1, -1, 1, rows.shape[-1])
        if layer.kind == "adaptive_avg_pool":
            made = F.adaptive_avg_pool2d(flat, (1, n))
        else:
            mode = {"linear": "bilinear", "cubic": "bicubic"}[layer.mode]
            made = F.interpolate(flat, (1, n), mode=mode, align_corners=layer.align_corners)
        x = made.reshape(*rows.shape[:-1], n).movedim(-1, axis)
    return x


def sliced(layer: Any, x: Tensor) -> Tensor:
    return x.movedim(layer.axis, 0)[layer.start : layer.stop : layer.step].movedim(0, layer.axis)


def pooled(layer: Any, x: Tensor) -> Tensor:
    """By torch's own, of windows that may reach beyond the padding."""
    dims, sides = len(layer.kernel), [n for pair in reversed(layer.padding) for n in pair]
    lead, space = x.shape[: x.ndim - dims], x.shape[x.ndim - dims :]
    whole = F.pad(x.reshape(1, -1, *space), sides, value=-math.inf)
    made = getattr(F, f"max_pool{dims}d")(whole, layer.kernel, layer.stride, ceil_mode=layer.ceil)
    numbers = zip(space, layer.kernel, layer.stride, layer.padding, (1,) * dims, strict=True)
    counts = [output_extent(*each, layer.ceil) for each in numbers]
    return made[(..., *map(slice, counts))].reshape(*lead, *counts)


def unpooled(layer: Any, z: Tensor, other: Tensor) -> Tensor:
    """What autograd gives back through max pooling where z comes in."""
    x = other.detach().requires_grad_()
    (made,) = torch.autograd.grad(pooled(layer, x), x, z, create_graph=True)
    return made


def shuffled(function: Callable[[Tensor, int], Tensor]) -> Callable[[Any, Tensor], Tensor]:
    return lambda layer, x: function(x, layer.factor)


OF_ONE: Mapping[str, Callable[[Any, Tensor], Tensor]] = {
    "reshape": lambda layer, x: x.reshape(layer.shape), "permute": lambda layer, x: x.permute(layer.axes),
    "pixel_shuffle": shuffled(F.pixel_shuffle), "pixel_unshuffle": shuffled(F.pixel_unshuffle), "upsample": upsampled,
    "repeat": lambda layer, x: x.tile(layer.times), "slice": sliced, "pad": padded,
    "select": lambda layer, x: x.unbind(layer.axis)[layer.place], "flip": lambda layer, x: x.flip((layer.axis,)),
    "interpolate": resampled, "adaptive_avg_pool": resampled, "max_pool": pooled,
    "axis_sum": lambda layer, x: torch.atleast_1d(x.sum(layer.axes, keepdim=layer.keep)),
    "axis_mean": lambda layer, x: torch.atleast_1d(x.mean(layer.axes, keepdim=layer.keep)),
    "axis_max": lambda layer, x: torch.atleast_1d(x.amax(layer.axes, keepdim=layer.keep)),
    "axis_softmax": lambda layer, x: x.softmax(layer.axis),
    "axis_log_softmax": lambda layer, x: x.log_softmax(layer.axis),
    "square": lambda layer, x: x * x,
    "scale": lambda layer, x: float(layer.factor) * x + float(layer.offset),
}  # fmt: skip
ARITHMETIC = {"add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div}
ARITHMETIC |= {"maximum": torch.maximum, "minimum": torch.minimum}


def computed(layer: Any, x: Tensor, tensors: Tensors) -> Tensor:
    """The layer's output."""
    own = {field: tensors[p.name] for field, p in parameters(layer)}
    others = [tensors[name] for _, name in layer.besides()]
    if layer.kind in ARITHMETIC:
        return ARITHMETIC[layer.kind](x, others[0] if others else next(iter(own.values())))
    if isinstance(layer, MatMul | Einsum):
        second = others[0] if others else next(iter(own.values()))
        if isinstance(layer, Einsum):
            return torch.einsum(layer.equation, x, second)
        return second @ x if layer.left else x @ second
    if isinstance(layer, MaxUnpool):
        return unpooled(layer, x, *others)
    if isinstance(layer, PRelu):
        return F.prelu(x, own["weight"])
    if isinstance(layer, Cat):
        return torch.cat((x, *others), layer.axis)
    if isinstance(layer, Stacked):
        return torch.stack((x, *others), layer.axis)
    if isinstance(layer, Linear):
        return F.linear(x if layer.last else x.flatten(), own["weight"], own.get("bias"))
    return OF_ONE[layer.kind](layer, x)


def by_torch(made: Network) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The outputs and the gradients of the input and of the parameters."""
    held = [made.input, *(p for layer in made.layers for _, p in parameters(layer))]
    tensors = {p.name: torch.tensor([*map(float, p.value.entries)], dtype=torch.float64).reshape(p.value.shape)
               for p in held}  # fmt: skip
    leaves = {name: x.requires_grad_() for name, x in tensors.items()}
    before = made.input.name
    for layer in made.layers:
        tensors[layer.name] = computed(layer, tensors[layer.input or before], tensors)
        before = layer.name
    target = torch.tensor([*map(float, made.loss.target.entries)], dtype=torch.float64)  # type: ignore[union-attr]
    ((tensors[before] - target.reshape(tensors[before].shape)) ** 2).sum().backward()
    constant = {p.name for layer in made.layers for field, p in parameters(layer) if field == "constant"}
    values = {layer.name: tensors[layer.name].detach() for layer in made.layers}
    return values, {name: x.grad for name, x in leaves.items() if name not in constant and x.grad is not None}


def is_rounded(layer: Layer) -> bool:
    """Whether not all of its numbers are such that floats hold them exactly."""
    held = (x.denominator for _, p in parameters(layer) for x in p.value.entries)
    return layer.kind in ROUNDED or any(n & (n - 1) for n in held)


def held_to_torch(made: Network) -> Study:
    """The emitted code gives torch's values and gradients (and the exact numbers, or `evaluate` had raised)."""
    study = derive(made)
    found, (values, gradients) = study.evaluate("torch"), by_torch(made)
    close = 1e-12 if any(map(is_rounded, made.layers)) else 0.0
    for kind, wanted in (("values", values), ("gradients", gradients)):
        for name, x in wanted.items():
            torch.testing.assert_close(found[kind][name], x, rtol=close, atol=close, msg=lambda m, n=name: f"{n}: {m}")
    learned = {made.input.name} | {p.name for x in made.layers for f, p in parameters(x) if f != "constant"}
    assert learned == gradients.keys() <= found["gradients"].keys()
    return study


# ------------------------------------------------------------------------------------------------ at random
@st.composite
def chains(draw: st.DrawFn, makers: Iterable[str], before: Iterable[str] = (), count: int = 1) -> Network:
    """Any input of one to five axes, a batch or none; `count` layers by these makers, after one of those `before`.

    A layer that does not fit is drawn again; where none fits, it is a scale.
    """
    dice, batch = Examples(draw), draw(st.booleans())
    shape = [draw(st.integers(1, 4)) for _ in range(draw(st.integers(1 + batch, MOST_AXES)))]
    while prod(shape) > LARGEST:
        shape[shape.index(max(shape))] -= 1
    if len(shape) > 2 and truth(dice) and 4 * prod(shape) <= LARGEST:
        shape[-3] *= 4  # channels that are pixels
    form = TensorForm(tuple(shape), batch=batch)
    known, layers = {"X": form}, list[Layer]()
    for k, names in enumerate([tuple(before)] * bool(before) + [tuple(makers)] * count):
        layer, form = fitting(dice, f"h{k}", form, known, names)
        layers.append(layer)
        known[layer.name] = form
    return network(known["X"].shape, *layers, batch=batch)


def fitting(
    dice: Examples, name: str, form: TensorForm, known: Mapping[str, TensorForm], names: tuple[str, ...]
) -> tuple[Layer, TensorForm]:
    """A layer that fits, and what it makes."""
    for _ in range(4):
        try:
            layer = MAKERS[dice.choice(names)](dice, name, form, known)
            made, faults = fit(layer, form, *(known[other] for _, other in layer.besides()))
        except (SpecError, IndexError):
            continue
        if made and not faults and prod(made.shape) <= 3 * LARGEST and len(made.shape) <= MOST_AXES:
            return layer, made
    return Scale(name, Fraction(-2)), form
