"""Layers that make of each number another one, each by itself; where they have a kink, the derivative is torch's."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from symconv.errors import Fault
from symconv.networks.parameter import LayerBase, fraction_faults, range_faults


@dataclass(frozen=True)
class Relu(LayerBase):
    """max(0, x); its derivative at 0 is 0."""

    kind: ClassVar[str] = "relu"
    name: str
    input: str = ""


@dataclass(frozen=True)
class LeakyRelu(LayerBase):
    """x where x > 0, else slope x; its derivative at 0 is the slope."""

    kind: ClassVar[str] = "leaky_relu"
    name: str
    slope: Fraction = Fraction(1, 100)
    input: str = ""

    def _own_faults(self) -> Iterator[Fault]:
        yield from fraction_faults(self.slope, "slope")


@dataclass(frozen=True)
class Elu(LayerBase):
    """x where x > 0, else alpha (e^x - 1); its derivative at 0 is alpha."""

    kind: ClassVar[str] = "elu"
    name: str
    alpha: Fraction = Fraction(1)
    input: str = ""

    def _own_faults(self) -> Iterator[Fault]:
        yield from fraction_faults(self.alpha, "alpha")


@dataclass(frozen=True)
class Sigmoid(LayerBase):
    """1 / (1 + e^-x)."""

    kind: ClassVar[str] = "sigmoid"
    name: str
    input: str = ""


@dataclass(frozen=True)
class Tanh(LayerBase):
    """The hyperbolic tangent."""

    kind: ClassVar[str] = "tanh"
    name: str
    input: str = ""


@dataclass(frozen=True)
class Gelu(LayerBase):
    """x Phi(x), Phi the distribution function of the standard normal: the exact form."""

    kind: ClassVar[str] = "gelu"
    name: str
    input: str = ""


@dataclass(frozen=True)
class Softplus(LayerBase):
    """log(1 + e^x)."""

    kind: ClassVar[str] = "softplus"
    name: str
    input: str = ""


@dataclass(frozen=True)
class Dropout(LayerBase):
    """In evaluation mode: x itself. `rate` is kept for the record; in training mode nothing can be derived."""

    kind: ClassVar[str] = "dropout"
    name: str
    rate: Fraction = Fraction(1, 2)
    input: str = ""

    def _own_faults(self) -> Iterator[Fault]:
        yield from range_faults(self.rate, "rate", lambda n: 0 <= n <= 1, "from 0 to 1")
