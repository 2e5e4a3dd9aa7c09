"""Layers that make of each number another one, each by itself: all that is their own, a class for each.

A class says what its function is, by the nodes of the index algebra, and what PyTorch calls it; its fields between
`name` and `input` are the constants of the function. Where it has a kink the derivative is PyTorch's, as the step of
`relu` is 0 at 0: so leaky ReLU has its slope there, and ELU has alpha. Its sentences stand under its kind in the table
`activation` of the catalogues.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import partial
from typing import ClassVar

from sympy import Expr, exp

from symconv.derivation import entrywise, functions
from symconv.derivation.functions import Phi, relu
from symconv.derivation.plan import Plan, Read
from symconv.errors import Fault
from symconv.networks.form import Fit, TensorForm
from symconv.networks.in_torch import InTorch, Met, Only, Tensor
from symconv.networks.parameter import LayerBase, fraction_faults, range_faults

Limit = tuple[Callable[[Fraction], bool], str]  # of a constant, and the same in words


class Pointwise(LayerBase):
    """A function of one number, entry by entry."""

    torch: ClassVar[InTorch]
    limits: ClassVar[Mapping[str, Limit]] = {}  # of constants that may not be any number

    @abstractmethod
    def of(self, x: Expr) -> Expr:
        """The function of x."""

    @classmethod
    def constants(cls) -> tuple[str, ...]:
        """The fields that the function's constants are in."""
        return tuple(f.name for f in fields(cls) if f.name not in ("name", "input"))

    def fit(self, form: TensorForm, *others: TensorForm) -> Fit:
        return form, ()

    def plans(self, read: Read, *others: Read) -> Iterator[Plan]:
        yield self._plan(read, partial(entrywise.entrywise, self.kind, self.of, read.axes))

    def in_torch(self, met: Met) -> Tensor:
        own = {name: self._argument(meant) for name, meant in self.torch.arguments.items() if meant is not None}
        return met.call(self.kind, met.x, **own)

    def _argument(self, meant: str | Only) -> object:
        return meant.value if isinstance(meant, Only) else float(getattr(self, meant))

    def _own_faults(self) -> Iterator[Fault]:
        for constant in self.constants():
            value = getattr(self, constant)
            if constant in self.limits:
                yield from range_faults(value, constant, *self.limits[constant])
            else:
                yield from fraction_faults(value, constant)


@dataclass(frozen=True)
class Relu(Pointwise):
    """max(0, x); its derivative at 0 is 0."""

    kind = "relu"
    torch = InTorch("ReLU", {"inplace": None}, method=True)
    name: str
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return relu(x)


@dataclass(frozen=True)
class LeakyRelu(Pointwise):
    """x where x > 0, else slope x; its derivative at 0 is the slope. Maas, Hannun and Ng 2013."""

    kind = "leaky_relu"
    torch = InTorch("LeakyReLU", {"negative_slope": "slope", "inplace": None})
    name: str
    slope: Fraction = Fraction(1, 100)
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return self.slope * x + (1 - self.slope) * relu(x)


@dataclass(frozen=True)
class Elu(Pointwise):
    """x where x > 0, else alpha (e^x - 1); its derivative at 0 is alpha. Clevert, Unterthiner and Hochreiter 2016."""

    kind = "elu"
    torch = InTorch("ELU", {"alpha": "alpha", "inplace": None})
    name: str
    alpha: Fraction = Fraction(1)
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return relu(x) + self.alpha * (exp(x - relu(x)) - 1)  # x - relu(x) is min(0, x)


@dataclass(frozen=True)
class Sigmoid(Pointwise):
    """1 / (1 + e^-x)."""

    kind = "sigmoid"
    torch = InTorch("Sigmoid", method=True)
    name: str
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return functions.sigmoid(x)


@dataclass(frozen=True)
class Tanh(Pointwise):
    """The hyperbolic tangent, (e^x - e^-x) / (e^x + e^-x)."""

    kind = "tanh"
    torch = InTorch("Tanh", method=True)
    name: str
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return functions.tanh(x)


@dataclass(frozen=True)
class Gelu(Pointwise):
    """x Phi(x), Phi the distribution function of the standard normal: the exact form of Hendrycks and Gimpel 2016."""

    kind = "gelu"
    torch = InTorch("GELU", {"approximate": Only("none")})
    name: str
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return x * Phi(x)


@dataclass(frozen=True)
class Softplus(Pointwise):
    """log(1 + e^x)."""

    kind = "softplus"
    torch = InTorch("Softplus", {"beta": Only(1), "threshold": None})
    name: str
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return functions.softplus(x)

    def in_torch(self, met: Met) -> Tensor:
        """torch's own leaves out log from 20 on."""
        made: Tensor = met.torch.logaddexp(met.x, met.torch.zeros_like(met.x))
        return made


@dataclass(frozen=True)
class Dropout(Pointwise):
    """In evaluation mode: x itself. `rate` is kept for the record; in training mode nothing can be derived."""

    kind = "dropout"
    torch = InTorch(
        "Dropout", {"p": "rate", "training": Only(False), "inplace": None},
        modules=("Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout"),
        functions=("dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout"),
    )  # fmt: skip
    limits: ClassVar[Mapping[str, Limit]] = {"rate": (lambda rate: 0 <= rate <= 1, "from 0 to 1")}
    name: str
    rate: Fraction = Fraction(1, 2)
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return x


ACTIVATIONS = (Relu, LeakyRelu, Elu, Sigmoid, Tanh, Gelu, Softplus)
