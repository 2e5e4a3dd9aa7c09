"""Every function of one number as tests use it: what it is in floats, and a layer of it."""

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from symconv.derivation import equations
from symconv.derivation.operation import Operation
from symconv.networks.layers.layers import POINTWISE, Layer, Pointwise

TENTH = Fraction(1, 10)
EXPECTED: Mapping[str, Callable[..., float]] = {  # of x and the constants
    "relu": lambda x: max(0.0, x),
    "leaky_relu": lambda x, slope: x if x > 0 else slope * x,
    "elu": lambda x, alpha: x if x > 0 else alpha * (math.exp(x) - 1),
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "tanh": math.tanh,
    "gelu": lambda x: x * (1 + math.erf(x / math.sqrt(2))) / 2,
    "softplus": lambda x: math.log1p(math.exp(x)),
    "dropout": lambda x, rate: x,
}
CONSTANTS: Mapping[str, Mapping[str, Fraction]] = {"leaky_relu": {"slope": TENTH}, "elu": {"alpha": TENTH}}
OF_KIND: Mapping[str, Any] = {layer.kind: layer for layer in POINTWISE}


def of_kind(kind: str, name: str = "P") -> Pointwise:
    """A layer of that function; constants that stand in no list here are the defaults."""
    layer: Pointwise = OF_KIND[kind](name=name, **CONSTANTS.get(kind, {}))
    return layer


def pointwise(kind: str, axes: str, **names: Any) -> Operation:
    """Its equation."""
    return equations.entrywise(kind, of_kind(kind).of, axes, **names)


def chain(prefix: str = "P") -> tuple[Layer, ...]:
    """All of them, one after the other."""
    return tuple(of_kind(layer.kind, f"{prefix}{k}") for k, layer in enumerate(POINTWISE))
