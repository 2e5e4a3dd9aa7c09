"""Every function of one number as tests use it: what it is in floats, and a layer of it."""

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from symconv.derivation import equations
from symconv.derivation.operation import Operation
from symconv.derivation.traits import NOT_HUGE, domain
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
    "celu": lambda x, alpha: x if x > 0 else alpha * math.expm1(x / alpha),
    "selu": lambda x: 1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * math.expm1(x)),
    "gelu_tanh": lambda x: x / (1 + math.exp(-2 * math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    "silu": lambda x: x / (1 + math.exp(-x)),
    "mish": lambda x: x * math.tanh(math.log1p(math.exp(x))),
    "softsign": lambda x: x / (1 + abs(x)),
    "logsigmoid": lambda x: -math.log1p(math.exp(-x)),
    "relu6": lambda x: min(6.0, max(0.0, x)),
    "hardtanh": lambda x, low, high: min(high, max(low, x)),
    "clamp": lambda x, low, high: min(high, max(low, x)),
    "clamp_min": lambda x, low: max(low, x),
    "clamp_max": lambda x, high: min(high, x),
    "threshold": lambda x, least, value: x if x > least else value,
    "hardsigmoid": lambda x: min(6.0, max(0.0, x + 3)) / 6,
    "hardswish": lambda x: x * min(6.0, max(0.0, x + 3)) / 6,
    "softshrink": lambda x, least: math.copysign(max(0.0, abs(x) - least), x),
    "hardshrink": lambda x, least: x if abs(x) > least else 0.0,
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
    "rsqrt": lambda x: 1 / math.sqrt(x),
    "square": lambda x: x * x,
    "reciprocal": lambda x: 1 / x,
    "pow": lambda x, exponent: x**exponent,
    "abs": abs,
    "sin": math.sin,
    "cos": math.cos,
    "erf": math.erf,
    "heaviside": lambda x: float(x > 0),
    "detach": lambda x: x,
    "scale": lambda x, factor, offset: factor * x + offset,
    "dropout": lambda x, rate: x,
}
CONSTANTS: Mapping[str, Mapping[str, Fraction]] = {
    "leaky_relu": {"slope": TENTH}, "elu": {"alpha": TENTH}, "celu": {"alpha": Fraction(1, 2)},
    "hardtanh": {"min": -Fraction(5, 2), "max": Fraction(1)}, "clamp": {"min": -Fraction(1, 2), "max": Fraction(2)},
    "clamp_min": {"min": -Fraction(3, 2)}, "threshold": {"threshold": Fraction(1, 2), "value": Fraction(-2)},
    "pow": {"exponent": Fraction(3)},
    "scale": {"factor": Fraction(-2, 3), "offset": TENTH},
}  # fmt: skip
KINKS: Mapping[str, tuple[int | Fraction, ...]] = {  # where the derivative is said, or jumps
    **dict.fromkeys(("relu", "leaky_relu", "elu", "celu", "selu", "softsign", "abs", "heaviside"), (0,)),
    "relu6": (0, 6), "hardtanh": (-Fraction(5, 2), 1), **dict.fromkeys(("hardsigmoid", "hardswish"), (-3, 3)),
    "clamp": (-Fraction(1, 2), 2), "clamp_min": (-Fraction(3, 2),), "clamp_max": (1,), "threshold": (Fraction(1, 2),),
    **dict.fromkeys(("softshrink", "hardshrink"), (-Fraction(1, 2), Fraction(1, 2))),
}  # fmt: skip
OF_KIND: Mapping[str, Any] = {layer.kind: layer for layer in POINTWISE}


def defined_for_all(kind: str) -> bool:
    """Whether the function, with these constants, has a value and a derivative at every number that is not large."""
    return domain(pointwise(kind, "m")) in (None, NOT_HUGE)


def of_kind(kind: str, name: str = "P") -> Pointwise:
    """A layer of that function; constants that stand in no list here are the defaults."""
    layer: Pointwise = OF_KIND[kind](name=name, **CONSTANTS.get(kind, {}))
    return layer


def pointwise(kind: str, axes: str, **names: Any) -> Operation:
    """Its equation."""
    return equations.entrywise(kind, of_kind(kind).of, axes, **names)


EVERYWHERE = tuple(x for x in POINTWISE if x.kind != "pow" and domain(pointwise(x.kind, "m")) is None)


def chain(prefix: str = "P") -> tuple[Layer, ...]:
    """All of them, one after the other: not to be computed, as a logarithm would meet what is below 0."""
    return tuple(of_kind(layer.kind, f"{prefix}{k}") for k, layer in enumerate(POINTWISE))
