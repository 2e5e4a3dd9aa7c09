"""The axis rule: how an entry of a tensor is written under a set of loops.

By the vectorised indices in a subscript: none, a number; one, `start + step*i`, a slice; a pair u*V + v, two axes of an
unflattened view. (Two otherwise are a window, which symconv.code.regions gives a tensor of its own.)
"""

from collections.abc import Sequence
from functools import lru_cache

from sympy import Expr, Symbol, factor

from symconv.code.pieces import PointwisePiece
from symconv.code.sheet import CodeDraft, LoopPath, Name
from symconv.derivation.index import KEPT, Entry, expand
from symconv.errors import NotSupported
from symconv.text.notation import counted

LABELS = {  # the indices of a subscript -> its name as a number, as a slice
    "tr": ("plane", "planes"), "ia": ("row", "rows"), "jb": ("col", "cols"),
    "zr": ("plane", "planes"), "ha": ("row", "rows"), "wb": ("col", "cols"),
    "go": ("k", "outputs"), "gc": ("m", "channels"),
}  # fmt: skip
SPLIT = ":, :"
factored = lru_cache(KEPT)(factor)


def access(sheet: CodeDraft, x: Entry, path: LoopPath, names: dict[str, Name]) -> str:
    """Text of an entry, axes that are taken whole left out; an axis that holds a pair is split in two."""
    piece = sheet.program.pieces.get(x.tensor)
    if isinstance(piece, PointwisePiece):
        return _pointwise(sheet, piece, x, path, names)
    base, parts = x.tensor, [_subscript(sheet, x, axis, path, names) for axis in range(len(x.at))]
    split = [q for q, part in enumerate(parts) if part.startswith(SPLIT)]
    if split:
        base = _split(sheet, x, split)
        parts = ", ".join(parts).split(", ")
    return base + _subscripts(parts)


def _pointwise(sheet: CodeDraft, piece: PointwisePiece, x: Entry, path: LoopPath, names: dict[str, Name]) -> str:
    """The expression with its entries' texts; several entries with the same axes each."""
    if len(piece.entries) == 1:
        return piece.text.format(access(sheet, Entry(piece.entry.tensor, *x.at), path, names))
    want = sheet.free(x, path)
    texts = (aligned(access(sheet, y, path, names), sheet.free(y, path), want) for y in piece.entries)
    return piece.text.format(*texts)


def _subscripts(parts: list[str]) -> str:
    """`[n, :, rows]`: axes at the end that are taken whole are left out, or many of them in a row are `...`."""
    known = [q for q, part in enumerate(parts) if part != ":"]
    if not known:
        return ""
    plain = f"[{', '.join(parts[: known[-1] + 1])}]"
    runs = [(b - a - 1, a + 1) for a, b in zip([-1, *known], known, strict=False)]
    length, start = max(runs)
    short = f"[{', '.join([*parts[:start], '...', *parts[start + length :]])}]"
    return short if length > 1 and len(short) <= len(plain) else plain


def aligned(text: str, have: LoopPath, want: LoopPath) -> str:
    """A tensor with the axes `have` so that it broadcasts against the axes `want`: permuted, with None for the rest."""
    order = tuple(i for i in want if i in have)
    if order != have:
        text += permuted(have, order)
    holes = [":" if i in have else "None" for i in want]
    holes = holes[holes.index(":") :] if ":" in holes else []
    return text + (f"[{', '.join(holes)}]" if "None" in holes else "")


def permuted(have: LoopPath, want: LoopPath) -> str:
    """`.permute(2, 0, 1)`, or `.movedim(2, 0)` where one axis moves."""
    moved = [q for q, i in enumerate(have) if tuple(x for x in have if x != i) == tuple(x for x in want if x != i)]
    if len(moved) == 1 and len(have) > 3:
        return f".movedim({moved[0]}, {want.index(have[moved[0]])})"
    return f".permute({', '.join(str(have.index(i)) for i in want)})"


def summed(text: str, axes: Sequence[int], rank: int) -> str:
    """The sum over some axes of a tensor of `rank` axes."""
    if not axes:
        return text
    inside = "" if len(axes) == rank else str(axes[0]) if len(axes) == 1 else f"({', '.join(map(str, axes))})"
    return f"{text}.sum({inside})"


def _split(sheet: CodeDraft, x: Entry, axes: list[int]) -> str:
    """A view of the tensor with each axis of a pair as two; the last first, so that the others keep their numbers."""
    text = base = x.tensor
    for axis in reversed(axes):
        text += f".unflatten({axis}, ({', '.join(sheet.sizes([[i] for i in sheet.on(x.at[axis])]))}))"
    return sheet.put(
        sheet.local.get(base, ()), base.removesuffix("p") + "g", text, "view",
        base=base, setup=base not in sheet.local, tensor=base, at=x.at[axes[0]],
    )  # fmt: skip


def _subscript(sheet: CodeDraft, x: Entry, axis: int, path: LoopPath, names: dict[str, Name]) -> str:
    e = x.at[axis]
    on = sheet.on(e, path)
    if sheet.paired(e, path):
        return ", ".join(":" for _ in on)
    if e.is_Symbol and on:
        if x.tensor in sheet.local or (sheet.bounds(e, path)[0] == 0 and sheet.full(x, axis)):
            return ":"
    elif not on and (e.is_Symbol or e.is_Integer):
        return sheet.text(e)
    bounds = _bounds(sheet, e, path)
    return _named(sheet, e, path, bounds, names) or " : ".join(bounds).strip()


def _bounds(sheet: CodeDraft, e: Expr, path: LoopPath) -> list[str]:
    """A number; or start, stop and step of a slice with one entry for each value of its index."""
    on = sheet.on(e, path)
    if not on:
        return [sheet.text(e)]
    if len(on) > 1:
        raise NotSupported(f"the subscript {sheet.text(e)} has {len(on)} vectorised indices")
    step = e.coeff(on[0])
    low, high = sheet.bounds(on[0], path)
    rest = e - step * on[0]
    start, span = rest + step * low, (high - low) * step
    first = "" if start == 0 and (e.is_Symbol or not [i for i in path if e.has(i)]) else sheet.text(start)
    return [first, _stop(sheet, start, span, low)] + ([sheet.text(step)] if step != 1 else [])


def _stop(sheet: CodeDraft, start: Expr, span: Expr, low: Expr) -> str:
    """start + span, as one product where it is one."""
    together = factored(start + span)
    if low != 0 or start.is_Integer or span.is_Integer:
        return sheet.text(expand(start + span) if low != 0 else start + span)
    return sheet.text(together) if together.is_Mul else f"{sheet.text(start)} + {sheet.text(span)}"


def _named(sheet: CodeDraft, e: Expr, path: LoopPath, bounds: list[str], names: dict[str, Name]) -> str:
    """The subscript's name, if it has one: it is set at the top of the innermost loop it depends on."""
    labels = next((two for letters, two in LABELS.items() if {i.name for i in sheet.on(e)} == set(letters)), None)
    loops = [i for i in path if e.has(i)]
    if labels is None or not loops:
        return ""
    on = sheet.on(e, path)
    label, text = (labels[1], f"slice({', '.join(bounds)})") if on else (labels[0], bounds[0])
    within = path[: path.index(loops[-1]) + 1]
    if sheet.names.setdefault((within, label), text) != text:
        return ""  # in this loop the name stands for another subscript
    name = sheet.claim(label, "an index" if label in map(str, sheet.extents) else "a subscript")
    names[name] = _name(sheet, name, loops[-1], text, e, on)
    return name


def _name(sheet: CodeDraft, label: str, loop: Symbol, text: str, e: Expr, on: LoopPath) -> Name:
    detail = (("name", label), ("at", e))
    if on and on[0] != sheet.block:
        i, n = on[0], sheet.extents[on[0]]
        comment = f"{sheet.text(e)}, {i} = 0..{sheet.text(n - 1)}".replace(" - 1", "-1")
        return Name(loop, text, "slice", comment, (*detail, ("over", (i, n))))
    if on:
        return Name(loop, text, "slice", f"{sheet.text(e)} of the block", (*detail, ("over", (on[0], None))))
    return Name(loop, text, "number", counted(label) if label in map(str, sheet.extents) else "", detail)
