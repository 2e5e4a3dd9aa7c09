"""A function of one number in print: by its name, or in the signs that everybody reads."""

from collections.abc import Callable, Mapping

from sympy import Expr, cos, exp, log, sin

from symconv.derivation.functions import (
    Named,
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
    within,
)
from symconv.formula.compose import COMMA, LARGEST, SLASH, THIN, condition, fenced, listed, numeral, scripts
from symconv.formula.nodes import Accent, Function, Letter, Node, Number, Sign, row
from symconv.handout.numerals import EULER
from symconv.handout.symbols import SIGMA

Print = Callable[[Expr], Node]
ZERO, BAR = Number("0"), Sign("|")
LESS, LARGER, AT_MOST, AT_LEAST = Sign("<"), Sign(">"), Sign("\u2264"), Sign("\u2265")
LOG, LEAST = Function("log"), Function("min", limits=True)
HUBER = Letter("H")
FUNCTIONS: Mapping[type, Node] = {
    sigmoid: SIGMA, tanh: Function("tanh"), softplus: Function("softplus"), Phi: Letter("\u03a6"),
    logsigmoid: row(LOG, SIGMA), Phi_tanh: Accent("tilde", Letter("\u03a6")),
    sin: Function("sin"), cos: Function("cos"), sign: Function("sgn"), sg: Function("sg"),
}  # fmt: skip


def named(of: Print, e: Expr) -> Node:
    """sigma(x), tanh(x), ...: the function by its name."""
    return row(FUNCTIONS[type(e)], fenced(of(e.args[0]), "(", "big"))


def exponential(of: Print, e: exp) -> Node:
    return EULER if e.args[0] == 1 else scripts(EULER, above=of(e.args[0]))


def logarithm(of: Print, e: log) -> Node:
    inner = e.args[0]
    return row(LOG, fenced(of(inner)) if inner.is_Add else of(inner))


def rectified(of: Print, e: relu) -> Node:
    """max(0, x)."""
    return row(LARGEST, fenced(row(ZERO, COMMA, THIN, of(e.args[0]))))


def raised(of: Print, e: at_least) -> Node:
    """max(low, x)."""
    x, low = map(of, e.args)
    return row(LARGEST, fenced(row(low, COMMA, THIN, x)))


def capped(of: Print, e: at_most) -> Node:
    """min(high, x)."""
    x, high = map(of, e.args)
    return row(LEAST, fenced(row(high, COMMA, THIN, x)))


def clipped(of: Print, e: clip | clamp) -> Node:
    """min(high, max(low, x))."""
    x, low, high = map(of, e.args)
    inner = row(LARGEST, fenced(row(low, COMMA, THIN, x)))
    return row(LEAST, fenced(row(high, COMMA, THIN, inner), "(", "big"))


def bent(of: Print, e: huber) -> Node:
    """H with its delta, of x."""
    return row(bent_at(e), fenced(of(e.args[0]), "(", "big"))


def bent_at(e: huber) -> Node:
    """Its name: a delta of 1/2 is small below."""
    return scripts(HUBER, below=listed(map(numeral, str(e.args[1]).split("/")), SLASH))


def size(of: Print, e: absolute) -> Node:
    """|x|."""
    return row(BAR, of(e.args[0]), BAR)


def positive(of: Print, e: step) -> Node:
    """[x > 0]."""
    return condition(row(of(e.args[0]), LARGER, ZERO))


def lowered(of: Print, e: negative_part) -> Node:
    """min(0, x)."""
    return row(LEAST, fenced(row(ZERO, COMMA, THIN, of(e.args[0]))))


def below(of: Print, e: not_positive) -> Node:
    """[x <= 0]."""
    return condition(row(of(e.args[0]), AT_MOST, ZERO))


def inside(of: Print, e: between) -> Node:
    """[low < x < high]."""
    x, low, high = map(of, e.args)
    return condition(row(low, LESS, x, LESS, high))


def from_bound(of: Print, e: not_below) -> Node:
    """[x >= low]."""
    x, low = map(of, e.args)
    return condition(row(x, AT_LEAST, low))


def to_bound(of: Print, e: not_above) -> Node:
    """[x <= high]."""
    x, high = map(of, e.args)
    return condition(row(x, AT_MOST, high))


def inside_or_at(of: Print, e: within) -> Node:
    """[low <= x <= high]."""
    x, low, high = map(of, e.args)
    return condition(row(low, AT_MOST, x, AT_MOST, high))


APPLIED: Mapping[type, Callable[[Print, Expr], Node]] = {
    relu: rectified, negative_part: lowered, clip: clipped, huber: bent, absolute: size, step: positive,
    not_positive: below, between: inside, at_least: raised, at_most: capped, clamp: clipped, not_below: from_bound,
    not_above: to_bound, within: inside_or_at, exp: exponential, log: logarithm,
    **dict.fromkeys((Named, *FUNCTIONS), named),
}  # fmt: skip
