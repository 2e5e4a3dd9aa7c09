"""Formulas composed of nodes: the few forms that everything printed is made of."""

from collections.abc import Iterable

from symconv.formula.nodes import (
    Coloured,
    Fenced,
    Fraction,
    Function,
    Letter,
    Matrix,
    Node,
    Number,
    Row,
    Scripts,
    Sign,
    Size,
    Space,
    is_raised,
    parts_of,
    row,
)
from symconv.formula.signs import PAIRS

EMPTY: Node = Row()
EQUALS, ABOUT, IN = Sign("="), Sign("\u2248"), Sign("\u2208")
PLUS, MINUS, DOT, CROSS, SLASH = Sign("+"), Sign("\u2212"), Sign("\u22c5"), Sign("\u00d7"), Sign("/")
SIGNED = ((), (MINUS,), (PLUS,))  # what may stand before the digits of a number
COMMA, COLON, DOTS, SUM = Sign(","), Sign(":"), Sign("\u2026"), Sign("\u2211")
LIKE_THESE = Sign("\u22ef")  # dots between operations
THIN, THICK, WORD, QUAD, QQUAD = map(Space, (",", ";", " ", "quad", "qquad"))
LARGEST = Function("max", limits=True)
LOSS = Letter("L")


def numeral(text: str) -> Node:
    """What Python writes of a number: 12, -0.5, 5/2."""
    above, slash, below = text.removeprefix("-").partition("/")
    over = (SLASH, Number(below)) if slash else ()
    return row(*([MINUS] if text.startswith("-") else []), Number(above), *over)


def whole(n: int) -> Node:
    """An integer."""
    return numeral(str(n))


def listed(nodes: Iterable[Node], *between: Node) -> Node:
    """One after another, with something between them."""
    return row(*[x for node in nodes for x in (*between, node)][len(between) :])


def fenced(body: Node, left: str = "(", size: Size = "") -> Node:
    return Fenced(left, body, PAIRS[left], size)


def condition(body: Node, size: Size = "") -> Node:
    """Something that is true or false, as a number: in square brackets."""
    return fenced(row(THIN, body, THIN), "[", size)


def in_turn(nodes: Iterable[Node]) -> Node:
    """a, b, c."""
    return listed(nodes, COMMA, WORD)


def vector(nodes: Iterable[Node], size: Size = "") -> Node:
    """(a, b, c)."""
    return fenced(in_turn(nodes), "(", size)


def digits(node: Node) -> str:
    """The digits of a number that is nothing else, with its sign, as Python writes them; "" of anything else."""
    *sign, last = parts_of(node) or (EMPTY,)
    if not isinstance(last, Number) or tuple(sign) not in SIGNED:
        return ""
    return ("-" if sign == [MINUS] else "+" if sign else "") + last.digits


def stacked(node: Node) -> Node:
    """5/2 in two storeys; anything else as it is."""
    *sign, above, slash, below = (EMPTY,) * 3 + parts_of(node)
    if slash != SLASH or not (isinstance(above, Number) and isinstance(below, Number)):
        return node
    return row(*sign, Fraction(above, below, small=True))


def scripts(base: Node, below: Node | None = None, above: Node | None = None, primes: int = 0) -> Node:
    """With something at its last part, which keeps what it has there already."""
    if not (below or above or primes):
        return base
    *before, last = parts_of(base)
    if isinstance(last, Scripts) and (not last.above or not above) and (not last.below or not below):
        here = Scripts(last.base, last.below or below, last.above or above, last.primes + primes)
    else:
        here = Scripts(last, below, above, primes)
    return row(*before, here)


def power(base: Node, exponent: Node) -> Node:
    """In large brackets, where something is raised in there already."""
    return Scripts(fenced(base, "(", "big"), above=exponent) if is_raised(base) else scripts(base, above=exponent)


def coloured(way: str, body: Node) -> Node:
    """In a pass's colour; "res": a result of the forward pass, "": in none."""
    return COLOURS[way](body) if way else body


COLOURS = {
    "bw": lambda body: Coloured("bw", body),
    "fw": lambda body: Coloured("fw", body),
    "res": lambda body: Coloured("fw", body, result=True),
}


def matrix(rows: Iterable[Iterable[Node]]) -> Node:
    return Matrix(tuple(map(tuple, rows)))


def sum_over(*indices: Node) -> Node:
    """The sign of a sum with its indices."""
    return Scripts(SUM, listed(indices, COMMA))


def partial(body: Node) -> Node:
    """The sign of a partial derivative before what is differentiated."""
    return row(Sign("\u2202"), *parts_of(body))


def derivative(of: Node, by: Node) -> Node:
    return Fraction(partial(of), partial(by))


def gradient(of: Node) -> Node:
    """dL/dx as a fraction, in its colour."""
    return Coloured("bw", derivative(LOSS, of))


def gradient_inline(of: Node) -> Node:
    """dL/dx on one line."""
    return Coloured("bw", row(partial(LOSS), SLASH, partial(of)))


def begins(node: Node, *signs: Sign) -> bool:
    """Whether one of these signs is the first."""
    return parts_of(node)[:1] in [(sign,) for sign in signs]


def is_negative(node: Node) -> bool:
    return begins(node, MINUS)


def bracketed(node: Node, size: Size = "") -> Node:
    """In brackets where it begins with a minus."""
    return fenced(node, "(", size) if is_negative(node) else node


def added(nodes: Iterable[Node]) -> Node:
    """A sum of these."""
    return listed(nodes, PLUS)


def multiplied(nodes: Iterable[Node]) -> Node:
    """Factors with dots between them."""
    return listed(nodes, DOT)


def equals(*nodes: Node) -> Node:
    """= a b ...: the right-hand side of a line."""
    return row(EQUALS, *nodes)
