"""A formula on several lines: where one may end, and what stays together.

A line ends before a relation, an operation, a condition; what is still too wide for one, before gradients and sums,
then before any factor, or within round brackets, which are kept together if they can be.
"""

from collections.abc import Iterable, Iterator
from itertools import product

from symconv.formula.compose import ABOUT, EQUALS, MINUS, PLUS, THIN, WORD
from symconv.formula.nodes import (
    Coloured,
    Fenced,
    Fraction,
    Function,
    Node,
    Number,
    Row,
    Scripts,
    Sign,
    Space,
    alone,
    is_sum,
    opened,
    paired,
    parts_of,
    row,
)
from symconv.formula.width import letters

NodeRun = tuple[Node, ...]
DERIVATIVE = Sign("\u2202")  # above, alone: the fraction is an operator
STRONG, WEAK, ANY = range(3)  # how much a place asks for a new line


def lines(tree: Node, width: float) -> tuple[Node, ...]:
    """The formula on lines of at most `width` letters where it can be broken; a row of conditions stays together."""
    if letters(tree) <= width:
        return (tree,)
    pieces: list[NodeRun] = [parts_of(tree)]
    for within, force in product((False, True), (STRONG, WEAK, ANY)):
        pieces = [
            part
            for piece in pieces
            for part in ([piece] if _wide(piece) <= width else split(_laid_open(piece, within, force), force))
        ]
    return tuple(row(*paired(_trimmed(line))) for line in _filled(_rows(pieces), width))


def _wide(piece: Iterable[Node]) -> float:
    return letters(Row(tuple(piece)))


def _trimmed(line: list[Node]) -> list[Node]:
    """Without the space after a comma at which a line ends."""
    return line[:-1] if line[-1] == WORD else line


# ------------------------------------------------------------------------------------------------ pieces
def split(parts: NodeRun, force: int) -> list[NodeRun]:
    """The parts in pieces, each of which may begin a line. What follows a qquad is a remark, kept in one piece."""
    pieces: list[list[Node]] = [[]]
    remark = False
    for k, part in enumerate(parts):
        remark = remark or part == Space("qquad")
        if pieces[-1] and not remark and not _bare(pieces[-1]) and _strength(parts, k) <= force:
            pieces.append([])
        pieces[-1].append(part)
    return [tuple(piece) for piece in pieces]


def _laid_open(parts: NodeRun, within: bool, force: int) -> NodeRun:
    """With what stands in round brackets as a part of the row, if a line may end in there; so it may before the place
    of a maximum, within its brackets."""
    out: list[Node] = []
    for part in parts:
        inner = part.base if isinstance(part, Scripts) else part
        round_ = isinstance(inner, Fenced) and inner.left == "("
        if isinstance(inner, Fenced) and ((within and round_) or (force == ANY and _has_place(inner))):
            first, *body, last = opened(inner)
            end = Scripts(last, part.below, part.above, part.primes) if isinstance(part, Scripts) else last
            out += [first, *_laid_open(tuple(body), within, force), end]
        else:
            out.append(part)
    return tuple(out)


def _has_place(node: Fenced) -> bool:
    parts = parts_of(node.body)
    return any(_is_place(parts, k) for k in range(len(parts)))


def _is_place(parts: NodeRun, k: int) -> bool:
    """Whether here begins: = arg max."""
    after = parts[k + 1] if k + 1 < len(parts) else None
    return parts[k] == EQUALS and isinstance(after, Scripts) and isinstance(after.base, Function)


def _strength(parts: NodeRun, k: int) -> int:
    """How much force it takes to begin a line here; more than there is where no line may begin."""
    before, part, after = parts[k - 1], parts[k], parts[k + 1] if k + 1 < len(parts) else None
    never = ANY + 1
    if before == WORD and k > 1 and parts[k - 2] == Sign(","):  # one of several entries: only where nothing else helps
        return ANY
    if part == EQUALS:
        return never if before in (Sign("<"), Sign(">")) else STRONG if not _within(parts, k) else ANY
    if part == ABOUT:
        return STRONG
    if part in (PLUS, MINUS):
        return never if alone(before) or before == THIN else STRONG
    if part == THIN:
        return _factor(after)
    if is_sum(part) and isinstance(before, Fraction | Coloured):  # the derivative of a sum
        return WEAK
    if isinstance(before, Fraction) and (before.above == DERIVATIVE or (isinstance(part, Fraction) and not part.small)):
        return ANY  # what is differentiated; one fraction after the other
    return ANY if _opens_large(part) else never


def _opens_large(part: Node) -> bool:
    """Whether a large round bracket begins here."""
    first = opened(part)[0] if isinstance(part, Fenced) else part
    return first == Sign("(", "Big")


def _within(parts: NodeRun, k: int) -> bool:
    """Whether a place lies within square brackets that were laid open."""
    depth = 0
    for part in parts[:k]:
        char = part.char if isinstance(part, Sign) else ""
        depth += (char == "[") - (char == "]")
    return depth > 0


def _factor(part: Node | None) -> int:
    """The force that it takes before a factor."""
    if isinstance(part, Fenced) and part.left == "[" and parts_of(part.body)[:1] == (THIN,):
        return STRONG if _is_condition(part) else WEAK
    if isinstance(part, Coloured) and part.way == "bw":
        return WEAK if isinstance(part.body, Fraction) else STRONG if isinstance(part.body, Row) else ANY
    derivative = isinstance(part, Fraction) and parts_of(part.above)[:1] == (DERIVATIVE,)
    return WEAK if derivative or is_sum(part) else ANY


def _is_condition(part: Node) -> bool:
    """A condition on an index: that it lies in a range, that a stride divides it, that a place lies in a tensor."""
    bounds = (Sign("\u2264"), Sign("\u2208"), Sign("\u2223"))
    return isinstance(part, Fenced) and part.left == "[" and any(x in bounds for x in parts_of(part.body))


def _bare(piece: list[Node]) -> bool:
    """What is no end of a line: a sum without what it adds, a number without what it multiplies."""
    if is_sum(piece[-1]):
        return True
    signs = [x for x in piece if x not in (EQUALS, ABOUT, PLUS, MINUS)]
    return len(signs) == 1 and signs[0] == piece[-1] and _is_number(signs[0])


def _is_number(part: Node) -> bool:
    return isinstance(part, Number) or (isinstance(part, Fraction) and part.small)


# ------------------------------------------------------------------------------------------------ lines
def _rows(pieces: list[NodeRun]) -> Iterator[list[NodeRun]]:
    """Consecutive conditions in one row, every other piece in a row of its own."""
    current: list[NodeRun] = []
    for piece in pieces:
        if current and not (_conditions(piece) and _conditions(current[0])):
            yield current
            current = []
        current.append(piece)
    yield current


def _conditions(piece: NodeRun) -> bool:
    return piece[0] == THIN and len(piece) > 1 and _is_condition(piece[1])


def _filled(rows: Iterable[list[NodeRun]], width: float) -> list[list[Node]]:
    """Pieces on lines, as many on each as fit; a row that fits no line any more begins a new one."""
    lines: list[list[Node]] = [[]]
    for pieces in rows:
        whole = tuple(part for piece in pieces for part in piece)
        for k, piece in enumerate([whole] if _wide(whole) <= width else pieces):
            starts = k == 0 and len(pieces) > 1 and _wide(lines[-1]) + _wide(whole) > width
            if lines[-1] and (starts or _wide(lines[-1]) + _wide(piece) > width):
                lines.append([])
            lines[-1] += piece
    return lines
