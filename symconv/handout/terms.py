"""An equation at one entry as a sum of products, each product with its sign and its factors."""

from dataclasses import dataclass

from sympy import Expr, Integer, Mul

from symconv.array import indices
from symconv.derivation.functions import Flag
from symconv.derivation.index import Entry, MaxOver, Winner, rebuild
from symconv.handout.pen import Pen


@dataclass(frozen=True)
class SignedProduct:
    """sign times the product of the factors, in reading order; a factor is an entry, a mask, a winner or a number."""

    sign: int
    factors: tuple[Expr, ...]

    @property
    def value(self) -> Expr:
        return Mul(Integer(self.sign), *self.factors)


def terms(pen: Pen, e: Expr) -> tuple[SignedProduct, ...]:
    """The terms in the order of the indices; () where e is no sum of products of such factors."""
    found = tuple(sorted((_term(pen, t) for t in pen.each(e)), key=lambda t: t.sign < 0))  # y - t, not -t + y
    simple = all(isinstance(f, Entry | Flag | Winner) or f.is_Rational for t in found for f in t.factors)
    return found if simple else ()


def _term(pen: Pen, e: Expr) -> SignedProduct:
    sign = -1 if e.could_extract_minus_sign() else 1
    factors = [f for f in Mul.make_args(sign * e) if f != 1]
    return SignedProduct(sign, tuple(sorted(factors, key=pen.printer.factor_key)))


def candidates(e: Expr) -> tuple[Entry, ...]:
    """What a maximum is taken over, in the order in which it is compared; the indices outside it are numbers."""
    if not isinstance(e, MaxOver):
        return (e,)
    found = []
    for point in indices(int(n) for _, n in e.ranges):
        here = {i: Integer(k) for i, k in zip(e.bound, point, strict=True)}
        if rebuild(e.guard, here) != 0:
            found.append(rebuild(e.body, here))
    return tuple(found)
