"""The text of a maximum over windows, of its winners, and of the sums of exponentials that torch has a name for."""

from functools import singledispatch

from symconv.code.access import access, aligned
from symconv.code.pieces import Exponentials, Largest, LookupTable, Piece, PointwisePiece
from symconv.code.regions import Assign, window
from symconv.code.sheet import CodeDraft, LoopPath
from symconv.derivation.index import Entry
from symconv.errors import Broken


@singledispatch
def text_of(piece: Piece, sheet: CodeDraft, assign: Assign) -> tuple[str, LoopPath]:
    """The piece as an expression, and its axes."""
    raise Broken(f"no text is known for {piece}")


@text_of.register
def text_of_exponentials(piece: Exponentials, sheet: CodeDraft, assign: Assign) -> tuple[str, LoopPath]:
    at, have = access(sheet, piece.entry, (), {}), sheet.free(piece.entry)
    kept = have if piece.function == "softmax" else tuple(i for i in have if i != piece.index)
    return f"torch.{piece.function}({at}, {have.index(piece.index)})", kept


@text_of.register
def text_of_table(piece: LookupTable, sheet: CodeDraft, assign: Assign) -> tuple[str, LoopPath]:
    return f"{sheet.program.like}.new_tensor([{', '.join(piece.numbers)}])", (piece.index,)


@text_of.register
def text_of_largest(piece: Largest, sheet: CodeDraft, assign: Assign) -> tuple[str, LoopPath]:
    """`windows.amax((2, 3))`; for the winners, the first largest of each window as a 1 among zeros."""
    x = window(sheet, piece.entry, assign) if sheet.overlaps(piece.entry, ()) else piece.entry
    text, have = access(sheet, x, (), {}), sheet.free(x)
    over = tuple(i for i, _ in piece.ranges)
    free = tuple(i for i in have if i not in over)
    if not piece.winner:
        return _reduced(text, [have.index(i) for i in over], len(have)), free
    flat = aligned(text, have, (*free, *over))
    if len(over) > 1:
        flat += f".flatten({len(free)})" if free else ".flatten()"
    one = f"torch.nn.functional.one_hot({flat}.argmax({'-1' if free else '0'}), {sheet.sizes([over])[0]})"
    if len(over) > 1:
        one += f".reshape({', '.join(sheet.sizes([(i,) for i in (*free, *over)]))})"
    return one, (*free, *over)


def _reduced(text: str, axes: list[int], rank: int) -> str:
    inside = "" if len(axes) == rank else str(axes[0]) if len(axes) == 1 else f"({', '.join(map(str, axes))})"
    return f"{text}.amax({inside})"


def named(sheet: CodeDraft, x: Entry, assign: Assign) -> Entry:
    """A factor that is a piece with a text of its own, as a tensor of that text."""
    piece = sheet.program.pieces.get(x.tensor)
    if piece is None or isinstance(piece, PointwisePiece):
        return x
    text, have = text_of(piece, sheet, assign)
    stem = x.tensor.partition("(")[0]
    name = sheet.make(stem, text, stem, base=piece.entry.tensor, setup=True, tensor=piece.entry.tensor)
    sheet.shapes.setdefault(name, tuple(sheet.extents[i] for i in have))
    return Entry(name, *have)
