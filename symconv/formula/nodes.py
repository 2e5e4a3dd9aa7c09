"""What a formula is made of: a small closed set of frozen nodes, from which every writer makes its own text.

A node says what is there, in reading order, and how it is laid out where that is part of what is meant (a fraction
that stays small, a bracket that is large): not how it is spaced, which each writer knows from the signs' classes.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, Union

from symconv.formula.signs import PAIRS, SIGNS

DRAWN, SAID = 0xF0000, 0x100000  # private signs: each number that is not known yet, as it is shown and as it is said
Size = Literal["", "big", "Big", "left"]  # of a bracket: as it is, larger, larger still, as high as what is within
Direction = Literal["fw", "bw"]  # blue and solid, orange and dashed


@dataclass(frozen=True, slots=True)
class Number:
    """Digits, perhaps with a point: 12, 0.2924."""

    digits: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter, or a word that is one name; `font`: "" for a letter as formulas have them, else as it is set."""

    name: str
    font: Literal["", "italic", "upright", "bold", "double"] = ""


@dataclass(frozen=True, slots=True)
class Sign:
    """An operation, a relation, punctuation, or a lone bracket of some size: one character of the table SIGNS."""

    char: str
    size: Size = ""


@dataclass(frozen=True, slots=True)
class Space:
    """White that is asked for, by its name in LaTeX: "," is thin, ";" thick, " " a word's, quad, qquad."""

    name: str


@dataclass(frozen=True, slots=True)
class Row:
    """One thing after another; false where there is none."""

    parts: tuple["Node", ...] = ()

    def __bool__(self) -> bool:
        return bool(self.parts)


@dataclass(frozen=True, slots=True)
class Group:
    """A row that counts as one letter: its first sign is no operation, as in {-1}."""

    body: "Node"


@dataclass(frozen=True, slots=True)
class Accent:
    """A mark over a letter: hat, bar, tilde, vec, dot."""

    mark: str
    body: "Node"


@dataclass(frozen=True, slots=True)
class Fraction:
    """What stands above a line and below it; `small`: in the size of what is around it, as a number is."""

    above: "Node"
    below: "Node"
    small: bool = False


@dataclass(frozen=True, slots=True)
class Root:
    """The square root of what stands under it."""

    body: "Node"


@dataclass(frozen=True, slots=True)
class Scripts:
    """What stands below and above a letter, a sum or a bracket, and primes behind it."""

    base: "Node"
    below: Union["Node", None] = None
    above: Union["Node", None] = None
    primes: int = 0


@dataclass(frozen=True, slots=True)
class Fenced:
    """A row in brackets that belong together."""

    left: str
    body: "Node"
    right: str
    size: Size = ""


@dataclass(frozen=True, slots=True)
class Matrix:
    """Numbers in rows and columns, in square brackets."""

    rows: tuple[tuple["Node", ...], ...]


@dataclass(frozen=True, slots=True)
class Stack:
    """Short lines one below another, under a sum or a maximum."""

    lines: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Function:
    """A function, or an operator, by its name: log, arg max; with `limits` what is below stands under it."""

    name: str
    limits: bool = False


@dataclass(frozen=True, slots=True)
class Coloured:
    """In the colour of the forward or the backward pass; `result`: a result of the forward pass."""

    way: Direction
    body: "Node"
    result: bool = False


@dataclass(frozen=True, slots=True)
class Styled:
    """`narrow`: in smaller type, for a wide matrix; `display` or `text`: as large as in a line of its own, or not."""

    style: Literal["narrow", "display", "text"]
    body: "Node"


@dataclass(frozen=True, slots=True)
class Words:
    """Text between formulas, its white included."""

    text: str


@dataclass(frozen=True, slots=True)
class Blank:
    """Room for an answer: its number, and its width in mm."""

    number: int
    width: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """A number that is not known yet, by its place among all of these."""

    number: int


Node = (
    Number | Letter | Sign | Space | Row | Group | Accent | Fraction | Root | Scripts | Fenced | Matrix | Stack
    | Function | Coloured | Styled | Words | Blank | Drawn
)  # fmt: skip


def row(*nodes: Node) -> Node:
    """One thing after another, rows in it laid open; a single thing is itself."""
    parts = tuple(p for n in nodes for p in (n.parts if isinstance(n, Row) else (n,)))
    return parts[0] if len(parts) == 1 else Row(parts)


def parts_of(node: Node) -> tuple[Node, ...]:
    """What a row holds; of anything else, itself."""
    return node.parts if isinstance(node, Row) else (node,)


def alone(before: Node | None) -> bool:
    """Whether a plus or a minus behind this is the sign of what follows, and no operation."""
    kinds = ("opening", "relation", "comma", "operation")
    return before is None or (isinstance(before, Sign) and SIGNS[before.char].kind in kinds)


def is_large(node: Node | None) -> bool:
    """Whether this is the sign of a sum, a product or an integral."""
    return isinstance(node, Sign) and SIGNS[node.char].kind == "large"


def is_sum(node: Node | None) -> bool:
    """Whether this is such a sign with its indices."""
    return isinstance(node, Scripts) and is_large(node.base)


def is_raised(node: Node) -> bool:
    """Whether something in it stands above something."""
    return any(isinstance(x, Scripts) and x.above for x in walk(node))


def opened(node: Fenced) -> tuple[Node, ...]:
    """The row with its brackets as signs."""
    return (Sign(node.left, node.size), *parts_of(node.body), Sign(node.right, node.size))


def paired(parts: Iterable[Node]) -> tuple[Node, ...]:
    """Signs that are brackets of one size with what stands between them; a lone bracket stays a sign."""
    rows: list[list[Node]] = [[]]  # the row, and for each bracket that is open what follows it
    for part in parts:
        sign = part.base if isinstance(part, Scripts) else part
        if part == sign and isinstance(sign, Sign) and sign.char in PAIRS:
            rows.append([part])
        elif isinstance(sign, Sign) and _closes(rows[-1], sign):
            first, *body = rows.pop()
            assert isinstance(first, Sign)
            inner = Fenced(first.char, row(*body), sign.char, sign.size)
            whole = Scripts(inner, part.below, part.above, part.primes) if isinstance(part, Scripts) else inner
            rows[-1].append(whole)
        else:
            rows[-1].append(part)
    return tuple(part for inner_row in rows for part in inner_row)


def _closes(found: list[Node], sign: Sign) -> bool:
    """Whether a bracket is the other one of that with which a row begins."""
    first = found[0] if found else None
    return isinstance(first, Sign) and PAIRS.get(first.char) == sign.char and first.size == sign.size


def children(node: Node) -> Iterator[Node]:
    """The nodes right below."""
    for f in fields(node):
        yield from _nodes(getattr(node, f.name))


def _nodes(x: object) -> Iterator[Node]:
    if isinstance(x, Node):
        yield x
    elif isinstance(x, tuple):
        for inner in x:
            yield from _nodes(inner)


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, in reading order."""
    yield node
    for inner in children(node):
        yield from walk(inner)


def mapped(node: Node, change: Callable[[Node], Node]) -> Node:
    """The tree with each leaf as `change` gives it; what becomes a row is laid open in its row."""
    if isinstance(node, Row):
        return row(*(mapped(part, change) for part in node.parts))
    if not any(True for _ in children(node)):
        return change(node)
    return replace(node, **{f.name: _mapped(getattr(node, f.name), change) for f in fields(node)})


def _mapped(x: Any, change: Callable[[Node], Node]) -> Any:
    if isinstance(x, tuple):
        return tuple(_mapped(inner, change) for inner in x)
    return mapped(x, change) if isinstance(x, Node) else x
