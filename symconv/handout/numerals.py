"""Numbers in print: exactly, as fractions and powers of e, or to some decimals."""

from collections.abc import Iterable
from decimal import Decimal

from mpmath import mag, nstr
from sympy import E, Expr, Mul, exp, fraction, log

from symconv.evaluation.arithmetic import wide
from symconv.formula.compose import (
    COMMA,
    CROSS,
    DOT,
    DOTS,
    EMPTY,
    MINUS,
    PLUS,
    fenced,
    listed,
    numeral,
    scripts,
    whole,
)
from symconv.formula.nodes import Fraction, Function, Letter, Node, Number, row
from symconv.worked.machine import Real
from symconv.worked.numbers import fixed

CELL = 12  # signs that a number in a cell may have
FAR = 10**6  # powers of 2
EULER = Letter("e")


def number(x: Expr) -> Node:
    r"""An exact number: `-1`, `\tfrac{5}{2}`, `\frac{2e}{5(1+e)}`."""
    if x.is_Integer:
        return whole(int(x))
    if x.is_Rational:
        ratio = Fraction(Number(str(abs(x.p))), Number(str(x.q)), small=True)
        return row(MINUS, ratio) if x < 0 else ratio
    if x.is_Float:
        return decimal(x)
    if x.could_extract_minus_sign():
        return row(MINUS, number(-x))
    above, below = fraction(x)
    return Fraction(_poly(above), _poly(below)) if below != 1 else _poly(x)


def _poly(x: Expr) -> Node:
    """A polynomial in powers of e, constants first: 1+e, 5(1+e), log(1+e)."""
    if x.is_Add:
        common, inner = x.primitive()
        if common != 1:
            return row(_poly(common), fenced(_poly(inner)))
        terms = sorted(x.args, key=lambda t: (not t.is_Rational, str(t)))
        signs = (EMPTY if t.could_extract_minus_sign() or not k else PLUS for k, t in enumerate(terms))
        return row(*(part for sign, t in zip(signs, terms, strict=True) for part in (sign, _poly(t))))
    if x.is_Mul:
        c, rest = x.as_coeff_Mul()
        sign = EMPTY if c == 1 else MINUS if c == -1 else _poly(c)
        return row(sign, *map(_bracketed, Mul.make_args(rest)))
    if isinstance(x, log):
        return row(Function("log"), fenced(_poly(x.args[0])))
    if x == E:
        return EULER
    if isinstance(x, exp):
        return scripts(EULER, above=numeral(str(x.args[0])))
    if x.is_Pow:
        return scripts(_bracketed(x.base), above=numeral(str(x.exp)))
    return number(x) if x.is_Rational else Letter(str(x))


def _bracketed(x: Expr) -> Node:
    return fenced(_poly(x)) if x.is_Add else _poly(x)


def in_cell(x: Expr) -> Node:
    """A number for a cell of a grid: 5/2 stays on one line; what is no rational, or a long one, is rounded."""
    return numeral(str(x)) if x.is_Rational and len(str(x)) <= CELL else decimal(x)


def decimal(x: Expr, digits: int = 4) -> Node:
    """x rounded, or as it is where that many decimals hold it."""
    return numeral(_decimal(x, digits))


def _decimal(x: Expr, digits: int = 4) -> str:
    text = fixed(x, digits)
    return text.rstrip("0").rstrip(".") if x.is_Rational and (x * 10**digits).is_Integer else text


def rounded(x: Expr) -> Node:
    """`decimal`, but what its digits would lose is written with a power of ten, and a zero is one. Of a number that is
    no exact one, less than 1e-9 stays 0.0000."""
    if x.is_zero:
        return Number("0")
    text = _decimal(x)
    if text.strip("-0.") or (x.is_Float and abs(x) < 1e-9):
        return numeral(text)
    return power_of_ten(x)


def power_of_ten(x: object) -> Node:
    """A number to three digits, times a power of ten; 0.0000 for one that is 0 to as many digits as are computed."""
    near = wide(x)
    if not near:
        return Number("0.0000")
    far = abs(mag(near)) > FAR  # beyond a Decimal
    digits, exponent = (nstr(near, 3, strip_zeros=False) if far else f"{Decimal(str(near)):.2e}").split("e")
    return row(numeral(digits), DOT, scripts(Number("10"), above=whole(int(exponent))))


def exact_in_short(x: Expr) -> bool:
    """Whether `decimal` is x itself."""
    return bool(x.is_Rational and (x * 10**4).is_Integer)


def counted(n: Expr, first: int = 0) -> Node:
    """0,1,2 or 0,...,n-1; from 1 on if that is the first."""
    every = [whole(k) for k in range(first, int(n) + first)]
    return listed(every if len(every) <= 4 else [every[0], DOTS, every[-1]], COMMA)


def extents(shape: Iterable[int]) -> Node:
    r"""4\times3."""
    return listed(map(whole, shape), CROSS)


def in_decimals(x: Expr | Real) -> str:
    """A real number to four decimals, fewer where they are it; "" for one that these would lose."""
    if x and not 0.01 <= abs(x) < 100_000:  # a zero of SymPy's floats does not equal 0
        return ""
    near = float(x) or 0.0
    text = f"{near:.4f}"
    return text.rstrip("0").rstrip(".") if float(text) == near else text
