"""The functions of one number that layers are made of."""

from sympy import Expr, Function, Integer, Rational, erf, exp, log, pi, sign as sympy_sign, sqrt


class Flag(Function):
    """1 where something holds, else 0: in pieces constant, and so its derivative is 0, as torch's is at a jump too."""

    def fdiff(self, argindex: int = 1) -> Expr:
        return Integer(0)


class step(Flag):
    """[x > 0], and so 0 at 0 as in torch."""


class unit(step):
    """The same as a number of its own, the value of a layer and not a factor of others."""


class relu(Function):
    """max(0, x). Its derivative at the kink is torch's: relu'(0) = 0."""

    def fdiff(self, argindex: int = 1) -> Expr:
        return step(self.args[0])


class sg(Function):
    """x itself, taken for a constant: its derivative is 0, sg for "stop gradient" (van den Oord, Vinyals and
    Kavukcuoglu, Neural discrete representation learning, 2017, section 3.2)."""

    def fdiff(self, argindex: int = 1) -> Expr:
        return Integer(0)


class Defined(Function):
    """A function of one number, its first argument; further ones are constants. `definition` is what it stands for,
    and what is evaluated.

    Its derivative is written as people write it; the verification holds it to the definition.
    """

    def definition(self) -> Expr:
        raise NotImplementedError


class Named(Defined):
    """One that has a name, which libraries may compute by another formula."""


# ------------------------------------------------------------------------------------------------ straight in pieces
class between(Flag, Defined):
    """[low < x < high] of (x, low, high), and so 0 at both ends as the derivative of torch's hard functions is."""

    def definition(self) -> Expr:
        x, low, high = self.args
        return step(x - low) * step(high - x)


class clip(Defined):
    """min(high, max(low, x)) of (x, low, high), low < high. Its derivative at both kinks is torch's: 0."""

    def definition(self) -> Expr:
        x, low, high = self.args
        return high - relu(high - low - relu(x - low))

    def fdiff(self, argindex: int = 1) -> Expr:
        return between(*self.args)


class not_below(Flag, Defined):
    """[low <= x] of (x, low), and so 1 at the bound as the derivative of torch's clamp is."""

    def definition(self) -> Expr:
        return 1 - step(self.args[1] - self.args[0])


class not_above(Flag, Defined):
    """[x <= high] of (x, high), likewise."""

    def definition(self) -> Expr:
        return 1 - step(self.args[0] - self.args[1])


class within(Flag, Defined):
    """[low <= x <= high] of (x, low, high), likewise."""

    def definition(self) -> Expr:
        x, low, high = self.args
        return (1 - step(low - x)) * (1 - step(x - high))


class at_least(Defined):
    """max(low, x) of (x, low). Its derivative at the kink is that of torch's clamp: 1."""

    def definition(self) -> Expr:
        x, low = self.args
        return x + relu(low - x)

    def fdiff(self, argindex: int = 1) -> Expr:
        return not_below(*self.args)


class at_most(Defined):
    """min(high, x) of (x, high). Its derivative at the kink is that of torch's clamp: 1."""

    def definition(self) -> Expr:
        x, high = self.args
        return x - relu(x - high)

    def fdiff(self, argindex: int = 1) -> Expr:
        return not_above(*self.args)


class clamp(Defined):
    """min(high, max(low, x)) of (x, low, high), low < high. Its derivative at both kinks is torch's: 1."""

    def definition(self) -> Expr:
        x, low, high = self.args
        return x + relu(low - x) - relu(x - high)

    def fdiff(self, argindex: int = 1) -> Expr:
        return within(*self.args)


class not_positive(Flag, Defined):
    """[x <= 0]."""

    def definition(self) -> Expr:
        return 1 - step(self.args[0])


class negative_part(Defined):
    """min(0, x). Its derivative at the kink is that of the negative side: 1."""

    def definition(self) -> Expr:
        return self.args[0] - relu(self.args[0])

    def fdiff(self, argindex: int = 1) -> Expr:
        return not_positive(self.args[0])


class sign(Flag, Defined):
    """1 above 0, -1 below, and 0 at 0 as in torch."""

    @classmethod
    def eval(cls, x: Expr) -> Expr | None:
        """Of a number; two equal tensors differ by 0."""
        return sympy_sign(x) if x.is_Rational else None

    def definition(self) -> Expr:
        return step(self.args[0]) - step(-self.args[0])


class absolute(Defined):
    """|x|. Its derivative at the kink is torch's: 0."""

    @classmethod
    def eval(cls, x: Expr) -> Expr | None:
        """Of a number."""
        return abs(x) if x.is_Rational else None

    def definition(self) -> Expr:
        return relu(self.args[0]) + relu(-self.args[0])

    def fdiff(self, argindex: int = 1) -> Expr:
        return sign(self.args[0])


class huber(Defined):
    """x^2 / 2 where |x| is at most delta, delta (|x| - delta / 2) beyond, of (x, delta), delta > 0 (Huber 1964). Its
    derivative is x, held between -delta and delta."""

    def definition(self) -> Expr:
        return self.fdiff() * (self.args[0] - self.fdiff() / 2)

    def fdiff(self, argindex: int = 1) -> Expr:
        x, delta = self.args
        return clip(x, -delta, delta)


# ------------------------------------------------------------------------------------------------ with a name


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


class logsigmoid(Named):
    """log of the sigmoid; its derivative is the sigmoid of -x."""

    def definition(self) -> Expr:
        return -log(1 + exp(-self.args[0]))

    def fdiff(self, argindex: int = 1) -> Expr:
        return sigmoid(-self.args[0])


class Phi(Named):
    """The distribution function of the standard normal, (1 + erf(x / sqrt 2)) / 2; its derivative is the density."""

    def definition(self) -> Expr:
        return (1 + erf(self.args[0] / sqrt(2))) / 2

    def fdiff(self, argindex: int = 1) -> Expr:
        return exp(-(self.args[0] ** 2) / 2) / sqrt(2 * pi)


class Phi_tanh(Named):
    """An approximation of Phi, (1 + tanh u) / 2 with u = sqrt(2/pi) (x + 0.044715 x^3) (Hendrycks and Gimpel 2016): it
    is the sigmoid of 2 u, and so its derivative is 2 Phi_tanh (1 - Phi_tanh) u'."""

    CUBE = Rational("0.044715")

    def definition(self) -> Expr:
        x = self.args[0]
        return 1 / (1 + exp(-2 * sqrt(2 / pi) * (x + self.CUBE * x**3)))

    def fdiff(self, argindex: int = 1) -> Expr:
        return 2 * sqrt(2 / pi) * self * (1 - self) * (1 + 3 * self.CUBE * self.args[0] ** 2)
