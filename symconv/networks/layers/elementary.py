"""Functions of one number that mathematics has a name for, entry by entry. Those that are not defined for every number,
or have no finite derivative there, are refused where they meet one (see `derivation.traits.domain`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from sympy import Expr, cos, exp, log, sin, sqrt

from symconv.derivation.functions import Phi, absolute, sg, unit
from symconv.networks.in_torch import InTorch, Met, Tensor
from symconv.networks.layers.function import Limit, Pointwise

HIGHEST = 16  # exponent: what is raised more is beyond float64 soon


@dataclass(frozen=True)
class Exp(Pointwise):
    """e^x; refused above 700, where float64 ends."""

    kind = "exp"
    torch = InTorch(method=True, path="exp")
    name: str
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return exp(x)


@dataclass(frozen=True)
class Log(Pointwise):
    """The natural logarithm of x > 0."""

    kind = "log"
    torch = InTorch(method=True, path="log")
    name: str
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return log(x)


@dataclass(frozen=True)
class Sqrt(Pointwise):
    """The square root of x > 0: at 0 its derivative is infinite."""

    kind = "sqrt"
    torch = InTorch(method=True, path="sqrt")
    name: str
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return sqrt(x)


@dataclass(frozen=True)
class Rsqrt(Pointwise):
    """1 over the square root of x > 0."""

    kind = "rsqrt"
    torch = InTorch(method=True, path="rsqrt")
    name: str
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return 1 / sqrt(x)


@dataclass(frozen=True)
class Square(Pointwise):
    """x^2."""

    kind = "square"
    torch = InTorch(method=True, path="square")
    name: str
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return x**2


@dataclass(frozen=True)
class Reciprocal(Pointwise):
    """1 / x of x other than 0."""

    kind = "reciprocal"
    torch = InTorch(method=True, path="reciprocal")
    name: str
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return 1 / x


@dataclass(frozen=True)
class Pow(Pointwise):
    """x to the power of the exponent, which is not 0: of x other than 0 where that is a negative integer, of x > 0
    where it is a fraction below 1, of x >= 0 where it is another fraction."""

    kind = "pow"
    torch = InTorch(arguments={"exponent": "exponent"}, method=True, path="pow")
    limits: ClassVar[Mapping[str, Limit]] = {
        "exponent": (lambda n: n != 0 and abs(n) <= HIGHEST, f"from -{HIGHEST} to {HIGHEST}, other than 0")
    }
    name: str
    exponent: Fraction = Fraction(2)
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return x**self.exponent


@dataclass(frozen=True)
class Abs(Pointwise):
    """|x|; its derivative at 0 is 0."""

    kind = "abs"
    torch = InTorch(method=True, path="abs")
    name: str
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return absolute(x)


@dataclass(frozen=True)
class Sin(Pointwise):
    """The sine of x radians."""

    kind = "sin"
    torch = InTorch(method=True, path="sin")
    name: str
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return sin(x)


@dataclass(frozen=True)
class Cos(Pointwise):
    """The cosine of x radians."""

    kind = "cos"
    torch = InTorch(method=True, path="cos")
    name: str
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return cos(x)


@dataclass(frozen=True)
class Erf(Pointwise):
    """The error function, 2/sqrt(pi) times the integral of e^(-t^2) from 0 to x: 2 Phi(sqrt(2) x) - 1, Phi the
    distribution function of the standard normal."""

    kind = "erf"
    torch = InTorch(method=True, path="erf")
    name: str
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return 2 * Phi(sqrt(2) * x) - 1


@dataclass(frozen=True)
class Scale(Pointwise):
    """factor x + offset, the factor not being 0: x / 255, 1 - x, and all else that numbers make of a tensor."""

    kind = "scale"
    torch = InTorch(arguments={"factor": "factor", "offset": "offset"})
    limits: ClassVar[Mapping[str, Limit]] = {"factor": (lambda factor: factor != 0, "other than 0")}
    name: str
    factor: Fraction = Fraction(1)
    offset: Fraction = Fraction(0)
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return self.factor * x + self.offset

    def in_torch(self, met: Met) -> Tensor:
        """By operators: no function of torch is called so."""
        return float(self.factor) * met.x + float(self.offset)


@dataclass(frozen=True)
class Heaviside(Pointwise):
    """1 for x > 0, else 0: what a comparison is as a number. Its derivative is 0, at the jump too."""

    kind = "heaviside"
    torch = InTorch()
    name: str
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return unit(x)

    def in_torch(self, met: Met) -> Tensor:
        """By an operator, with a gradient of its own, which goes no further."""
        return (met.x > 0).to(met.x.dtype).requires_grad_()


@dataclass(frozen=True)
class Detach(Pointwise):
    """x itself, taken for a constant: no gradient goes back through it."""

    kind = "detach"
    torch = InTorch(method=True, path="detach")
    name: str
    input: str = ""

    def of(self, x: Expr) -> Expr:
        return sg(x)

    def in_torch(self, met: Met) -> Tensor:
        """With a gradient of its own, which goes no further."""
        return met.x.detach().requires_grad_()


ELEMENTARY = (Exp, Log, Sqrt, Rsqrt, Square, Reciprocal, Pow, Abs, Sin, Cos, Erf, Detach)
