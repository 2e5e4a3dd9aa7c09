"""The text of a maximum over windows, of its winners, and of the sums of exponentials that torch has a name for."""

from functools import singledispatch

from symconv.code.access import access, aligned, reduced
from symconv.code.draft import DraftLine
from symconv.code.pieces import Exponentials, Largest, LookupTable, Piece
from symconv.code.scheduled import LoopPath
from symconv.derivation.index import Entry
from symconv.errors import Broken


@singledispatch
def text_of(piece: Piece, line: DraftLine, x: Entry) -> tuple[str, LoopPath]:
    """The piece as an expression, and its axes. `x` is its entry, of a tensor of windows where its axes overlap; the
    line stands outside of loops."""
    raise Broken(f"no text is known for {piece}")


@text_of.register
def text_of_exponentials(piece: Exponentials, line: DraftLine, x: Entry) -> tuple[str, LoopPath]:
    have = line.free(x)
    kept = have if piece.function == "softmax" else tuple(i for i in have if i != piece.index)
    return f"torch.{piece.function}({access(line, x)}, {have.index(piece.index)})", kept


@text_of.register
def text_of_table(piece: LookupTable, line: DraftLine, x: Entry) -> tuple[str, LoopPath]:
    return f"{line.scheduled.program.like}.new_tensor([{', '.join(piece.numbers)}])", (piece.index,)


@text_of.register
def text_of_largest(piece: Largest, line: DraftLine, x: Entry) -> tuple[str, LoopPath]:
    """`windows.amax((2, 3))`; for the winners, the first largest of each window as a 1 among zeros."""
    text, have = access(line, x), line.free(x)
    over = tuple(i for i, _ in piece.ranges)
    free = tuple(i for i in have if i not in over)
    if not piece.winner:
        return reduced(text, "amax", [have.index(i) for i in over], len(have)), free
    flat = aligned(text, have, (*free, *over))
    if len(over) > 1:
        flat += f".flatten({len(free)})" if free else ".flatten()"
    one = f"torch.nn.functional.one_hot({flat}.argmax({'-1' if free else '0'}), {line.sizes([over])[0]})"
    if len(over) > 1:
        one += f".reshape({', '.join(line.sizes([(i,) for i in (*free, *over)]))})"
    return one, (*free, *over)
