"""The functions of one number that layers are made of."""

from sympy import Expr, Function, erf, exp, log, pi, sqrt


class step(Function):
    """[x > 0], and so 0 at 0 as in torch."""


class relu(Function):
    """max(0, x). Its derivative at the kink is torch's: relu'(0) = 0."""

    def fdiff(self, argindex: int = 1) -> Expr:
        return step(self.args[0])


class Named(Function):
    """A function of one number that has a name; `definition` is what the name stands for, and what is evaluated.

    Its derivative is written with names, as people write it; the verification holds it to the definition.
    """

    def definition(self) -> Expr:
        raise NotImplementedError


class sigmoid(Named):
    """1 / (1 + e^-x), sigma for short: sigma' = sigma (1 - sigma)."""

    def definition(self) -> Expr:
        return 1 / (1 + exp(-self.args[0]))

    def fdiff(self, argindex: int = 1) -> Expr:
        return self * (1 - self)


class tanh(Named):
    """(e^x - e^-x) / (e^x + e^-x), written with one exponential only: tanh' = 1 - tanh^2."""

    def definition(self) -> Expr:
        return 1 - 2 / (1 + exp(2 * self.args[0]))

    def fdiff(self, argindex: int = 1) -> Expr:
        return 1 - self**2


class softplus(Named):
    """log(1 + e^x), the logarithm to base e, as everywhere; its derivative is the sigmoid."""

    def definition(self) -> Expr:
        return log(1 + exp(self.args[0]))

    def fdiff(self, argindex: int = 1) -> Expr:
        return sigmoid(self.args[0])


class Phi(Named):
    """The distribution function of the standard normal, (1 + erf(x / sqrt 2)) / 2; its derivative is the density."""

    def definition(self) -> Expr:
        return (1 + erf(self.args[0] / sqrt(2))) / 2

    def fdiff(self, argindex: int = 1) -> Expr:
        return exp(-(self.args[0] ** 2) / 2) / sqrt(2 * pi)
