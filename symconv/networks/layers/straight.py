"""Activations made of straight lines, and of a product with one. At every kink, and at every jump, the derivative is
PyTorch's, measured in float64."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from sympy import Expr

from symconv.derivation.functions import at_least, at_most, clamp, clip, relu, step
from symconv.errors import Fault
from symconv.networks.exact import show
from symconv.networks.in_torch import InTorch, Met, Tensor
from symconv.networks.layers.function import Limit, Pointwise


@dataclass(frozen=True)
class Relu6(Pointwise):
    """min(6, max(0, x)); its derivative at 0 and at 6 is 0. Krizhevsky 2010; Howard and others (MobileNets) 2017."""

    kind = "relu6"
    torch = InTorch("ReLU6", {"inplace": None})
    name: str
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return clip(x, 0, 6)


class Bounded(Pointwise):
    """Two bounds, `min` < `max`."""

    min: Fraction
    max: Fraction

    def _own_faults(self) -> Iterator[Fault]:
        wrong = list(super()._own_faults())
        yield from wrong
        if not wrong and self.min >= self.max:
            yield Fault("min", f"{show(self.min)} is not below max, {show(self.max)}", "give min < max")


@dataclass(frozen=True)
class Hardtanh(Bounded):
    """min(max, max(min, x)) with the bounds `min` < `max`; its derivative at both is 0."""

    kind = "hardtanh"
    torch = InTorch("Hardtanh", {"min_val": "min", "max_val": "max", "inplace": None})
    name: str
    min: Fraction = Fraction(-1)
    max: Fraction = Fraction(1)
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return clip(x, self.min, self.max)


@dataclass(frozen=True)
class Clamp(Bounded):
    """min(max, max(min, x)) with the bounds `min` < `max`; unlike hardtanh's, its derivative at both is 1."""

    kind = "clamp"
    torch = InTorch(arguments={"min": "min", "max": "max"}, method=True, functions=("clip",), path="clamp")
    name: str
    min: Fraction = Fraction(0)
    max: Fraction = Fraction(1)
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return clamp(x, self.min, self.max)


@dataclass(frozen=True)
class ClampMin(Pointwise):
    """max(min, x); its derivative at the bound is 1."""

    kind = "clamp_min"
    torch = InTorch(arguments={"min": "min"}, method=True, path="clamp_min")
    name: str
    min: Fraction = Fraction(0)
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return at_least(x, self.min)


@dataclass(frozen=True)
class ClampMax(Pointwise):
    """min(max, x); its derivative at the bound is 1."""

    kind = "clamp_max"
    torch = InTorch(arguments={"max": "max"}, method=True, path="clamp_max")
    name: str
    max: Fraction = Fraction(1)
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return at_most(x, self.max)


@dataclass(frozen=True)
class Threshold(Pointwise):
    """x above the threshold, else the value; there, and where it jumps, its derivative is 0."""

    kind = "threshold"
    torch = InTorch("Threshold", {"threshold": "threshold", "value": "value", "inplace": None})
    name: str
    threshold: Fraction = Fraction(0)
    value: Fraction = Fraction(0)
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return self.value + (x - self.value) * step(x - self.threshold)


@dataclass(frozen=True)
class Hardsigmoid(Pointwise):
    """min(6, max(0, x + 3)) / 6; its derivative at -3 and at 3 is 0. Howard and others, MobileNetV3, 2019."""

    kind = "hardsigmoid"
    torch = InTorch("Hardsigmoid", {"inplace": None})
    name: str
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return clip(x + 3, 0, 6) / 6

    def in_torch(self, met: Met) -> Tensor:
        """torch's own derivative has 1/6 in single precision."""
        return met.call("relu6", met.x + 3) / 6


@dataclass(frozen=True)
class Hardswish(Pointwise):
    """x min(6, max(0, x + 3)) / 6; its derivative at -3 is 0 and at 3 is 1. Howard and others, MobileNetV3, 2019,
    section 5.2."""

    kind = "hardswish"
    torch = InTorch("Hardswish", {"inplace": None})
    name: str
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return x * clip(x + 3, 0, 6) / 6


class Shrink(Pointwise):
    """What is near 0 becomes 0: `threshold`, not negative, says how near."""

    limits: ClassVar[Mapping[str, Limit]] = {"threshold": (lambda least: least >= 0, ">= 0")}


@dataclass(frozen=True)
class Softshrink(Shrink):
    """x - threshold above it, x + threshold below its negative, 0 between; its derivative at both kinks is 0. The
    soft thresholding of Donoho, De-noising by soft-thresholding, 1995."""

    kind = "softshrink"
    torch = InTorch("Softshrink", {"lambd": "threshold"})
    name: str
    threshold: Fraction = Fraction(1, 2)
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return relu(x - self.threshold) - relu(-x - self.threshold)


@dataclass(frozen=True)
class Hardshrink(Shrink):
    """x above the threshold and below its negative, 0 between, with a jump at both, where value and derivative are
    0."""

    kind = "hardshrink"
    torch = InTorch("Hardshrink", {"lambd": "threshold"})
    name: str
    threshold: Fraction = Fraction(1, 2)
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return x * (step(x - self.threshold) + step(-x - self.threshold))


STRAIGHT = (Relu6, Hardtanh, Clamp, ClampMin, ClampMax, Threshold, Hardsigmoid, Hardswish, Softshrink, Hardshrink)
