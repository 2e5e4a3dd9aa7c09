"""Networks whose layer Y moves the entries of X, which are all different, and the same with NumPy."""

from collections.abc import Callable
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np

from symconv.networks.layers.layers import (
    Flatten,
    Flip,
    Layer,
    Pad,
    Parameter,
    Permute,
    PixelShuffle,
    PixelUnshuffle,
    Repeat,
    Reshape,
    Select,
    Slice,
    Upsample,
)  # fmt: skip
from symconv.networks.losses import Output
from symconv.networks.network import Network

Array = Any


def numbered(*shape: int, first: int = 1) -> Any:
    """Nested lists of first, first + 1, ..., no two alike."""
    return (np.arange(prod(shape)) + first).reshape(shape).tolist()


def moving(*layers: Layer, shape: tuple[int, ...]) -> Network:
    """The layers on numbered entries, and their sum as the loss."""
    return Network("moving", Fraction(1), Parameter.of("X", numbered(*shape)), layers, Output("sum"))


def shuffled(x: Array) -> Array:
    c, h, w = x.shape
    return x.reshape(c // 4, 2, 2, h, w).transpose(0, 3, 1, 4, 2).reshape(c // 4, 2 * h, 2 * w)


def unshuffled(x: Array) -> Array:
    c, h, w = x.shape
    return x.reshape(c, h // 2, 2, w // 2, 2).transpose(0, 2, 4, 1, 3).reshape(4 * c, h // 2, w // 2)


MOVED: dict[str, Network] = {
    "reshape": moving(Reshape("Y", (4, 3)), shape=(2, 6)),
    "flatten": moving(Flatten("Y"), shape=(2, 2, 3)),
    "permute": moving(Permute("Y", (1, 0)), shape=(3, 2)),
    "three axes": moving(Permute("Y", (2, 0, 1)), shape=(2, 3, 2)),
    "shuffle": moving(PixelShuffle("Y", 2), shape=(4, 2, 2)),
    "unshuffle": moving(PixelUnshuffle("Y", 2), shape=(1, 4, 4)),
    "upsample": moving(Upsample("Y", (2, 2)), shape=(2, 2)),
    "repeat": moving(Repeat("Y", (2, 1)), shape=(2, 3)),
    "slice": moving(Slice("Y", 1, 1, 5, 2), shape=(3, 5)),
    "select": moving(Select("Y", 0, 1), shape=(3, 2)),
    "flip": moving(Flip("Y", 1), shape=(2, 3)),
    "zeros": moving(Pad("Y", ((1, 0), (1, 2))), shape=(2, 2)),
    "reflect": moving(Pad("Y", ((1, 1), (2, 1)), "reflect"), shape=(3, 3)),
    "circular": moving(Pad("Y", ((1, 2),), "circular"), shape=(2, 3)),
}
NEW_PLACES: dict[str, Callable[[Array], Array]] = {
    "reshape": lambda x: x.reshape(4, 3),
    "flatten": lambda x: x.ravel(),
    "permute": lambda x: x.T,
    "three axes": lambda x: x.transpose(2, 0, 1),
    "shuffle": shuffled,
    "unshuffle": unshuffled,
    "upsample": lambda x: x.repeat(2, 0).repeat(2, 1),
    "repeat": lambda x: np.tile(x, (2, 1)),
    "slice": lambda x: x[:, 1:5:2],
    "select": lambda x: x[1],
    "flip": lambda x: x[:, ::-1],
    "zeros": lambda x: np.pad(x, ((1, 0), (1, 2)), constant_values=-1),
    "reflect": lambda x: np.pad(x, ((1, 1), (2, 1)), mode="reflect"),
    "circular": lambda x: np.pad(x, ((0, 0), (1, 2)), mode="wrap"),
}
