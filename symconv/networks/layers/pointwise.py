"""Activations: all that is their own, a class for each (those made of straight lines are in `straight`, functions
that people call by their names in `elementary`).

A class says what its function is, by the nodes of the index algebra, and what PyTorch calls it; its fields between
`name` and `input` are the constants of the function. Where it has a kink the derivative is PyTorch's, as the step of
`relu` is 0 at 0: so leaky ReLU has its slope there, and ELU has alpha. Its sentences stand under its kind in the table
`activation` of the catalogues.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from sympy import Expr, exp

from symconv.derivation import functions
from symconv.derivation.functions import Phi, Phi_tanh, absolute, negative_part, relu, sigmoid
from symconv.networks.in_torch import InTorch, Met, Only, Tensor
from symconv.networks.layers.function import Limit, Pointwise

SELU_SCALE, SELU_ALPHA = Fraction("1.0507009873554805"), Fraction("1.6732632423543772")  # of the paper, as floats


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
        return relu(x) + self.alpha * (exp(negative_part(x)) - 1)


@dataclass(frozen=True)
class Celu(Pointwise):
    """x where x > 0, else alpha (e^(x/alpha) - 1), alpha not 0; its derivative at 0 is 1, from both sides. Barron,
    Continuously differentiable exponential linear units, 2017."""

    kind = "celu"
    torch = InTorch("CELU", {"alpha": "alpha", "inplace": None})
    limits: ClassVar[Mapping[str, Limit]] = {"alpha": (lambda alpha: alpha != 0, "other than 0")}
    name: str
    alpha: Fraction = Fraction(1)
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return relu(x) + self.alpha * (exp(negative_part(x) / self.alpha) - 1)

    def in_torch(self, met: Met) -> Tensor:
        """torch's own derivative has 1/alpha in single precision, and that of its expm1 cancels."""
        alpha, x = float(self.alpha), met.x
        made: Tensor = met.call("relu", x) + alpha * (met.torch.exp(x.clamp(max=0) / alpha) - 1)
        return made


@dataclass(frozen=True)
class Selu(Pointwise):
    """1.0507 times ELU with alpha = 1.6733, of which mean 0 and variance 1 are a fixed point; its derivative at 0 is
    1.7581, the product of both. Klambauer, Unterthiner, Mayr and Hochreiter, Self-normalizing neural networks, 2017."""

    kind = "selu"
    torch = InTorch("SELU", {"inplace": None})
    name: str
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return SELU_SCALE * relu(x) + SELU_SCALE * SELU_ALPHA * (exp(negative_part(x)) - 1)


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
class GeluTanh(Pointwise):
    """GELU with Phi(x) replaced by (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2: torch's approximate="tanh", from
    Hendrycks and Gimpel 2016, section 2."""

    kind = "gelu_tanh"
    torch = InTorch("GELU", {"approximate": Only("tanh")}, path="nn.functional.gelu")
    name: str
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return x * Phi_tanh(x)


@dataclass(frozen=True)
class Silu(Pointwise):
    """x / (1 + e^-x), also called swish. Elfwing, Uchibe and Doya 2017; Ramachandran, Zoph and Le 2017."""

    kind = "silu"
    torch = InTorch("SiLU", {"inplace": None})
    name: str
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return x * sigmoid(x)


@dataclass(frozen=True)
class Mish(Pointwise):
    """x tanh(log(1 + e^x)). Misra, Mish: a self regularized non-monotonic activation function, 2019."""

    kind = "mish"
    torch = InTorch("Mish", {"inplace": None})
    name: str
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return x * functions.tanh(functions.softplus(x))


@dataclass(frozen=True)
class Softsign(Pointwise):
    """x / (1 + |x|); its derivative at 0 is 1, from both sides. Bergstra, Desjardins, Lamblin and Bengio 2009."""

    kind = "softsign"
    torch = InTorch("Softsign")
    name: str
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return x / (1 + absolute(x))


@dataclass(frozen=True)
class LogSigmoid(Pointwise):
    """log(1 / (1 + e^-x)), which is -softplus(-x)."""

    kind = "logsigmoid"
    torch = InTorch("LogSigmoid", functions=("log_sigmoid",))  # so torch calls it itself
    name: str
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return functions.logsigmoid(x)


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


ACTIVATIONS = (
    Relu, LeakyRelu, Elu, Celu, Selu, Sigmoid, Tanh, Gelu, GeluTanh, Softplus, Silu, Mish, Softsign, LogSigmoid,
)  # fmt: skip
