"""Layers that move entries, bring tensors together or sum along axes, drawn so that most of them fit a given form.

`Dice` are a `random.Random`, or hypothesis (`Examples`).
"""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any, Protocol

from hypothesis import strategies as st

from symconv.array import Array, Shape
from symconv.networks.form import TensorForm
from symconv.networks.layers.arithmetic import broadcast
from symconv.networks.layers.cuts import MODES
from symconv.networks.layers.layers import (
    ARITHMETIC,
    AdaptiveAvgPool,
    AxisLogSoftmax,
    AxisMax,
    AxisMean,
    AxisSoftmax,
    AxisSum,
    Cat,
    Divide,
    Einsum,
    Flip,
    Interpolate,
    Layer,
    Linear,
    MatMul,
    MaxPool,
    MaxUnpool,
    Pad,
    Parameter,
    Permute,
    PixelShuffle,
    PixelUnshuffle,
    Repeat,
    Reshape,
    Select,
    Slice,
    Stacked,
    Upsample,
)  # fmt: skip

Known = Mapping[str, TensorForm]  # the tensors that are there, by name; the last is the one before


class Dice(Protocol):
    """What chooses."""

    def choice(self, seq: Sequence[Any], /) -> Any:
        """One of several."""

    def randint(self, a: int, b: int) -> int:
        """A whole number from a to b."""


class Examples:
    """Hypothesis."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw

    def choice(self, seq: Sequence[Any], /) -> Any:
        """One of several."""
        return self.draw(st.sampled_from(seq))

    def randint(self, a: int, b: int) -> int:
        """A whole number from a to b."""
        return self.draw(st.integers(a, b))


def truth(dice: Dice) -> bool:
    return bool(dice.randint(0, 1))


def some(dice: Dice, of: Sequence[int], least: int = 1) -> list[int]:
    """Some of them, in any order."""
    left, found = list(of), list[int]()
    for _ in range(dice.randint(least, len(left))):
        found.append(left.pop(dice.randint(0, len(left) - 1)))
    return found


def held(dice: Dice, name: str, shape: Shape, zero: bool = True) -> Parameter:
    """Small numbers of both signs."""
    numbers = (-3, -2, -1, 1, 2, 3, Fraction(1, 2), Fraction(-2, 3), *((0, 0) if zero else ()))
    return Parameter(name, Array(shape, tuple(Fraction(dice.choice(numbers)) for _ in range(prod(shape)))))


# ------------------------------------------------------------------------------------------------ shapes
def reshape(dice: Dice, name: str, form: TensorForm, known: Known) -> Layer:
    """Axes joined, then cut, and some of one entry put between."""
    shape, entries = list(form.shape), prod(form.shape)
    for _ in range(dice.randint(1, 3)):
        at = dice.randint(0, len(shape) - 1)
        kind = dice.choice(("join", "cut", "one", "squeeze", "flat"))
        if kind == "join" and at + 1 < len(shape):
            shape[at : at + 2] = [shape[at] * shape[at + 1]]
        elif kind == "cut":
            factor = dice.choice([n for n in range(1, shape[at] + 1) if shape[at] % n == 0])
            shape[at : at + 1] = [factor, shape[at] // factor]
        elif kind == "one":
            shape.insert(at, 1)
        elif kind == "squeeze" and shape[at] == 1 < len(shape):
            del shape[at]
        elif kind == "flat":
            shape = [entries]
    return Reshape(name, tuple(shape))


def permute(dice: Dice, name: str, form: TensorForm, known: Known) -> Layer:
    axes = range(len(form.shape))
    return Permute(name, tuple(some(dice, axes, len(axes))))


def pixel_shuffle(dice: Dice, name: str, form: TensorForm, known: Known) -> Layer:
    return PixelShuffle(name, dice.choice((1, 2, 2, 3)))


def pixel_unshuffle(dice: Dice, name: str, form: TensorForm, known: Known) -> Layer:
    return PixelUnshuffle(name, dice.choice((1, 2, 2, 3)))


def upsample(dice: Dice, name: str, form: TensorForm, known: Known) -> Layer:
    dims = dice.randint(1, max(1, min(3, len(form.inner))))
    return Upsample(name, tuple(dice.choice((1, 2, 2, 3)) for _ in range(dims)))


def repeat(dice: Dice, name: str, form: TensorForm, known: Known) -> Layer:
    return Repeat(name, tuple(dice.choice((1, 1, 2, 3)) for _ in form.shape))


def max_pool(dice: Dice, name: str, form: TensorForm, known: Known) -> Layer:
    """Of windows that do not overlap."""
    kernel = tuple(dice.choice((1, 2, 2, 3)) for _ in range(dice.randint(1, max(1, min(3, len(form.inner))))))
    padding = tuple((dice.randint(0, k // 2), dice.randint(0, k // 2)) for k in kernel)
    return MaxPool(name, kernel, tuple(k + dice.choice((0, 0, 1)) for k in kernel), padding, ceil=truth(dice))


def max_unpool(dice: Dice, name: str, form: TensorForm, known: Known) -> Layer:
    """Of any earlier tensor that some pooling makes of this shape."""
    dims = dice.randint(1, max(1, min(3, len(form.inner))))
    pads = (
        ((0, 0),) * dims if dice.randint(0, 2) else tuple((dice.randint(0, 1), dice.randint(0, 1)) for _ in range(dims))
    )
    ceil, gap = truth(dice), dice.choice((0, 0, 1))
    found = []
    for other, given in known.items():
        for kernel in product((1, 2, 3), repeat=dims):
            padding = tuple((min(lo, k // 2), min(hi, k // 2)) for (lo, hi), k in zip(pads, kernel, strict=True))
            layer = MaxUnpool(name, kernel, other, tuple(k + gap for k in kernel), padding, ceil)
            found += [layer] if layer.fit(form, given)[0] else []
    return dice.choice(found or [MaxUnpool(name, (1,), [*known][-1])])  # of one that is of this shape


def resampling(dice: Dice, name: str, form: TensorForm, known: Known) -> Layer:
    """Of any number of axes; a cubic one of two, as torch has it."""
    size = tuple(dice.randint(1, 4) for _ in range(dice.randint(1, max(1, min(3, len(form.inner))))))
    if not dice.randint(0, 2):
        return AdaptiveAvgPool(name, size)
    return Interpolate(name, size, dice.choice(("linear", "cubic")) if len(size) == 2 else "linear", truth(dice))


# ------------------------------------------------------------------------------------------------ parts
def slice_(dice: Dice, name: str, form: TensorForm, known: Known) -> Layer:
    axis = dice.randint(0, len(form.shape) - 1)
    start = dice.randint(0, form.shape[axis] - 1)
    return Slice(name, axis, start, dice.randint(start + 1, form.shape[axis]), dice.choice((1, 1, 2, 3)))


def select(dice: Dice, name: str, form: TensorForm, known: Known) -> Layer:
    axis = dice.randint(0, len(form.shape) - 1)
    return Select(name, axis, dice.randint(0, form.shape[axis] - 1))


def flip(dice: Dice, name: str, form: TensorForm, known: Known) -> Layer:
    return Flip(name, dice.randint(0, len(form.shape) - 1))


def pad(dice: Dice, name: str, form: TensorForm, known: Known) -> Layer:
    """Of any mode, as much as it takes."""
    mode, dims = dice.choice(MODES), dice.randint(1, max(1, min(3, len(form.inner))))
    most = [{"reflect": n - 1, "circular": n}.get(mode, 2) for n in form.shape[-dims:]]
    return Pad(name, tuple((dice.randint(0, min(n, 2)), dice.randint(0, min(n, 2))) for n in most), mode)


# ------------------------------------------------------------------------------------------------ together
def combined(dice: Dice, name: str, form: TensorForm, known: Known) -> Layer:
    """With an earlier tensor, or numbers of its own of a shape that is broadcast, or broadcasts."""
    kind = dice.choice(ARITHMETIC)
    alike = [other for other, f in known.items() if broadcast(form.shape, f.shape)]
    if kind is not Divide and dice.randint(0, 2):
        return kind(name, dice.choice(alike))
    shape = form.shape[dice.randint(0, len(form.shape)) :]
    shape = tuple(dice.choice((1, n)) if n > 1 else dice.choice((1, 1, 2)) for n in shape)
    role = dice.choice(("weight", "constant"))
    return kind(name, **{role: held(dice, f"{name}.w", shape or (1,), kind is not Divide)})


def matmul(dice: Dice, name: str, form: TensorForm, known: Known) -> Layer:
    """With an earlier tensor, or numbers of its own, on either side; axes in front may be broadcast, or be missing."""
    left, rank = truth(dice), len(form.shape)
    summed = form.shape[max(0, rank - 2) if left else -1]
    if dice.randint(0, 2):
        return MatMul(name, dice.choice([*known]), left=left)
    other = dice.randint(1, 3)
    own = (other, summed) if left else (summed, other)
    lead = tuple(dice.choice((1, n)) for n in form.shape[:-2])[dice.randint(0, max(0, rank - 2)) :]
    shape = (summed,) if not dice.randint(0, 3) else (*lead, *own)
    field = dice.choice(("weight", "constant"))
    return MatMul(name, left=left, **{field: held(dice, f"{name}.w", shape)})


def einsum(dice: Dice, name: str, form: TensorForm, known: Known) -> Layer:
    """Some axes in common, some of them summed over; some of the second tensor's are of one entry."""
    letters = some(dice, range(26), 26)
    own = "".join(chr(97 + k) for k in letters[: len(form.shape)])
    alike = [other for other in known if known[other].shape == form.shape]
    if truth(dice):
        axes, field = own, {"other": dice.choice(alike)}
    else:
        axes = "".join(own[k] for k in some(dice, range(len(own)))) + chr(97 + letters[-1]) * truth(dice)
        extents = dict(zip(own, form.shape, strict=True))
        shape = tuple(dice.choice((1, extents.get(x, 2), extents.get(x, 2))) for x in axes)
        field = {dice.choice(("weight", "constant")): held(dice, f"{name}.w", shape)}
    every = list(dict.fromkeys(own + axes))
    made = "".join(every[k] for k in some(dice, range(len(every))))
    return Einsum(name, f"{own},{axes}->{made}", **field)


def cat(dice: Dice, name: str, form: TensorForm, known: Known) -> Layer:
    """Of tensors that differ along one axis alone, the same one several times included."""
    axis = dice.randint(0, len(form.shape) - 1)

    def rest(shape: Shape) -> object:
        return len(shape), shape[:axis], shape[axis + 1 :]

    fitting = [other for other, f in known.items() if rest(f.shape) == rest(form.shape)]
    return Cat(name, tuple(dice.choice(fitting) for _ in range(dice.randint(1, 2))), axis)


def stack(dice: Dice, name: str, form: TensorForm, known: Known) -> Layer:
    fitting = [other for other, f in known.items() if f.shape == form.shape]
    others = tuple(dice.choice(fitting) for _ in range(dice.randint(1, 2)))
    return Stacked(name, others, dice.randint(0, len(form.shape)))


# ------------------------------------------------------------------------------------------------ along axes
def reduction(dice: Dice, name: str, form: TensorForm, known: Known) -> Layer:
    kind, axes = dice.choice((AxisSum, AxisMean, AxisMax)), tuple(some(dice, range(len(form.shape))))
    layer: Layer = kind(name, axes, truth(dice) or len(axes) == len(form.shape))
    return layer


def softmax(dice: Dice, name: str, form: TensorForm, known: Known) -> Layer:
    kind = dice.choice((AxisSoftmax, AxisLogSoftmax))
    layer: Layer = kind(name, dice.randint(0, len(form.shape) - 1))
    return layer


def linear_last(dice: Dice, name: str, form: TensorForm, known: Known) -> Layer:
    rows = dice.randint(1, 3)
    bias = held(dice, f"{name}.b", (rows,)) if truth(dice) else None
    return Linear(name, held(dice, f"{name}.w", (rows, form.shape[-1])), bias, last=True)


Maker = Callable[[Dice, str, TensorForm, Known], Layer]
MAKERS: Mapping[str, Maker] = {
    "reshape": reshape, "permute": permute, "pixel_shuffle": pixel_shuffle, "pixel_unshuffle": pixel_unshuffle,
    "upsample": upsample, "resampling": resampling,
    "repeat": repeat, "slice": slice_, "select": select, "flip": flip, "pad": pad,
    "arithmetic": combined, "cat": cat, "stack": stack, "matmul": matmul, "einsum": einsum,
    "reduction": reduction, "linear": linear_last, "softmax": softmax, "max_pool": max_pool, "max_unpool": max_unpool,
}  # fmt: skip
OFTEN = (*MAKERS, "arithmetic", "arithmetic", "reduction", "pixel_shuffle", "pixel_unshuffle")  # or seldom fit
MOST_AXES = 5  # of a tensor here


def moved(dice: Dice, name: str, form: TensorForm, known: Known) -> Layer:
    """One of them, of any kind; it may not fit."""
    return MAKERS[dice.choice(OFTEN)](dice, name, form, known)
