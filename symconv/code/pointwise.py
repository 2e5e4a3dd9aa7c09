"""An expression of entries, each number by itself, as Python text for whole tensors."""

from collections.abc import Callable, Mapping

from sympy import Add, Expr, Integer, Mul, Pow, cos, exp, log, sin
from sympy.codegen.cfunctions import expm1
from sympy.core.numbers import Pi

from symconv.derivation.functions import (
    Phi,
    Phi_tanh,
    absolute,
    at_least,
    at_most,
    between,
    clamp,
    clip,
    huber,
    logsigmoid,
    negative_part,
    not_above,
    not_below,
    not_positive,
    relu,
    sg,
    sigmoid,
    sign,
    softplus,
    step,
    tanh,
    unit,
    within,
)
from symconv.derivation.index import Entry, spelt
from symconv.errors import NotSupported
from symconv.text.notation import content_of, is_long

CALLS: Mapping[type, str] = {
    relu: "torch.relu({})", step: "({} > 0)", exp: "torch.exp({})", expm1: "torch.expm1({})", log: "torch.log({})",
    sin: "torch.sin({})", cos: "torch.cos({})", absolute: "torch.abs({})", sign: "torch.sign({})",
    negative_part: "torch.clamp({}, max=0)", not_positive: "({} <= 0)",
    clip: "torch.clamp({}, {}, {})", between: "(({1} < {0}) & ({0} < {2}))",
    huber: "(torch.clamp({0}, -{1}, {1}) * ({0} - torch.clamp({0}, -{1}, {1}) / 2))",
    clamp: "torch.clamp({}, {}, {})", within: "(({1} <= {0}) & ({0} <= {2}))",
    at_least: "torch.clamp({}, min={})", not_below: "({} >= {})",
    at_most: "torch.clamp({}, max={})", not_above: "({} <= {})",
    sigmoid: "torch.sigmoid({})", tanh: "torch.tanh({})", Phi: "torch.special.ndtr({})",
    Phi_tanh: "((1 + torch.tanh((2 / torch.pi)**(1/2) * ({0} + 0.044715 * {0}**3))) / 2)",
    logsigmoid: "torch.nn.functional.logsigmoid({})",
    sg: "{}.detach()", unit: "({0} > 0).to({0}.dtype)",
    softplus: "-torch.nn.functional.logsigmoid(-{})",  # torch's softplus is the line itself from 20 on
}  # fmt: skip
FLAGS = (step, not_positive, between, within, not_below, not_above)  # that are truth values in torch
SUM, PRODUCT, POWER, ATOM = range(4)  # how tightly a text holds together
# how tightly an argument has to, by what stands around it in a call's text
AROUND = {PRODUCT: ("-{}", "{} >", "{} <"), ATOM: ("{0}**", "{}.", "{0}.")}


class Template:
    """Writes expressions with {0}, {1}, ... for the entries, in the order in which they are met."""

    def __init__(self, key: Callable[[Expr], object]) -> None:
        self.entries: list[Entry] = []
        self.key = key
        self._inner = False

    def __call__(self, e: Expr, level: int = SUM) -> str:
        """The text of e, in brackets where its surroundings hold more tightly than it does."""
        if type(e) in FLAGS and self._inner:
            number = self(min(e.atoms(Entry), key=spelt))
            return f"{self._text(e)[0]}.to({number}.dtype)"  # a number times a truth value would be single precision
        self._inner = True
        if isinstance(e, Entry):
            if e not in self.entries:
                self.entries.append(e)
            return f"{{{self.entries.index(e)}}}"
        if isinstance(e, Pi):
            return "torch.pi"
        text, own = self._text(e)
        return f"({text})" if own < level else text

    def _text(self, e: Expr) -> tuple[str, int]:
        if e.is_Integer:
            return str(e), ATOM if e >= 0 else SUM
        if e.is_Rational and is_long(e):
            return repr(float(e)), ATOM if e >= 0 else SUM
        if e.is_Rational:
            return f"{e.p}/{e.q}", PRODUCT if e >= 0 else SUM
        if e.is_Add and len(one := _near_zero(Add.make_args(e))) == 1:
            return self._text(one[0])
        if e.is_Add:
            return self._sum(e), SUM
        if e.could_extract_minus_sign() and e.is_Mul:
            return f"-{self(-e, PRODUCT)}", SUM
        if e.is_Mul:
            return self._product(e), PRODUCT
        if type(e) in CALLS:
            text = CALLS[type(e)]
            level = next((level for level, signs in AROUND.items() if any(sign in text for sign in signs)), SUM)
            return text.format(*(self(a, level) for a in e.args)), SUM if text.startswith("-") else ATOM
        if isinstance(e, Pow):
            return self._power(e.base, e.exp)
        raise NotSupported(f"{e} has no code yet")

    def _sum(self, e: Expr) -> str:
        content, inner = content_of(e)
        if content != 1:
            return f"{self(content, PRODUCT)} * {self(inner, PRODUCT)}"
        terms = sorted(_near_zero(Add.make_args(e)), key=lambda t: (t.could_extract_minus_sign(), self.key(t)))
        text = ""
        for t in terms:
            negative = t.could_extract_minus_sign()
            part = self(-t if negative else t, PRODUCT)
            text += f"{' - ' if text else '-'}{part}" if negative else f"{' + ' if text else ''}{part}"
        return text

    def _product(self, e: Expr) -> str:
        above, below = [], []
        for f in sorted(Mul.make_args(e), key=lambda f: (not f.is_number, not isinstance(f, Entry), self.key(f))):
            if isinstance(f, Pow) and f.exp.is_number and f.exp < 0:
                below.append(Pow(f.base, -f.exp))
            elif f.is_Rational and f.q != 1 and f.p in (1, -1):
                below.append(Integer(f.q * f.p))
            else:
                above.append(f)
        text = " * ".join(self(f, PRODUCT) for f in above) or "1"
        return "".join([text, *(f" / {self(f, POWER)}" for f in below)])

    def _power(self, base: Expr, n: Expr) -> tuple[str, int]:
        if n.is_number and n < 0:
            return f"1 / {self(Pow(base, -n), POWER)}", PRODUCT
        if base.is_number or n.is_Integer or not (2 * n).is_Integer:
            return f"{self(base, ATOM)}**{self(n, ATOM)}", POWER
        root = f"torch.sqrt({self(base)})"
        return (root, ATOM) if 2 * n == 1 else (f"{root}**{2 * n}", POWER)


def _near_zero(terms: tuple[Expr, ...]) -> tuple[Expr, ...]:
    """e^x - 1 as one function, the same times a number: of a small x the difference would lose all digits."""
    for number in terms:
        for t in terms:
            if number.is_Rational and isinstance(power := -t / number, exp):
                rest = tuple(x for x in terms if x not in (t, number))
                return (*rest, -number * expm1(power.args[0]))
    return terms
