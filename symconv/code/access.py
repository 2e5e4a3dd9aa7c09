"""The axis rule: how an entry of a tensor is written under a set of loops.

By the vectorised indices in a subscript: none, a number; one, `start + step*i`, a slice; a pair u*V + v, two axes of an
unflattened view. (Two otherwise are a window, which symconv.code.regions gives a tensor of its own.)
"""

from collections.abc import Sequence
from functools import lru_cache

from sympy import Expr, Symbol, factor

from symconv.code.draft import CodeDraft, DraftLine, Name
from symconv.code.pieces import PointwisePiece
from symconv.code.scheduled import LoopPath, Scheduled
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


def access(line: DraftLine, x: Entry) -> str:
    """Text of an entry, axes that are taken whole left out; an axis that holds a pair is split in two. NotSupported for
    a subscript with two vectorised indices that are no pair."""
    piece = line.scheduled.program.pieces.get(x.tensor)
    if isinstance(piece, PointwisePiece):
        return _pointwise(line, piece, x)
    turned = [axis for axis, e in enumerate(x.at) if _backwards(line, e)]
    if turned:
        return _turned(line, x, turned)
    base, parts = x.tensor, [_subscript(line, x, axis) for axis in range(len(x.at))]
    split = [q for q, part in enumerate(parts) if part.startswith(SPLIT)]
    if split:
        base = _split(line.draft, x, split)
        parts = ", ".join(parts).split(", ")
    return base + _subscripts(parts)


def _backwards(line: DraftLine, e: Expr) -> bool:
    on = line.on(e)
    return len(on) == 1 and bool(e.coeff(on[0], 1).is_negative)


def _turned(line: DraftLine, x: Entry, axes: list[int]) -> str:
    """A slice that runs backwards, as one that runs forwards and is turned round: a step of torch is never negative."""
    at, free = list(x.at), [i for e in x.at for i in line.on(e)]
    turned = [line.on(at[axis])[0] for axis in axes]
    for axis, i in zip(axes, turned, strict=True):
        at[axis] = expand(at[axis].subs(i, line.scheduled.extents[i] - 1 - i))
    return f"{access(line, Entry(x.tensor, *at))}.flip({', '.join(str(free.index(i)) for i in turned)})"


def _pointwise(line: DraftLine, piece: PointwisePiece, x: Entry) -> str:
    """The expression with its entries' texts; several entries with the same axes each."""
    if len(piece.entries) == 1:
        return piece.text.format(access(line, Entry(piece.entry.tensor, *x.at)))
    want = line.free(x)
    return piece.text.format(*(aligned(access(line, y), line.free(y), want) for y in piece.entries))


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
    return reduced(text, "sum", axes, rank) if axes else text


def reduced(text: str, how: str, axes: Sequence[int], rank: int) -> str:
    """`.sum((0, 2))`; where all axes are meant, none is named."""
    inside = "" if len(axes) == rank else str(axes[0]) if len(axes) == 1 else f"({', '.join(map(str, axes))})"
    return f"{text}.{how}({inside})"


def _split(draft: CodeDraft, x: Entry, axes: list[int]) -> str:
    """A view of the tensor with each axis of a pair as two; the last first, so that the others keep their numbers."""
    text, known = x.tensor, draft.scheduled
    for axis in reversed(axes):
        text += f".unflatten({axis}, ({', '.join(known.sizes([i] for i in known.on(x.at[axis])))}))"
    line = DraftLine(draft, draft.local.get(x.tensor, ()))
    name, setup = known.program.plain.get(x.tensor, x.tensor), x.tensor not in draft.local
    return line.put(f"{name}g", text, "view", base=x.tensor, setup=setup, tensor=x.tensor, at=x.at[axes[0]])


def _subscript(line: DraftLine, x: Entry, axis: int) -> str:
    e = x.at[axis]
    on = line.on(e)
    if line.paired(e):
        return ", ".join(":" for _ in on)
    if e.is_Symbol and on:
        if x.tensor in line.draft.local or (line.bounds(e)[0] == 0 and line.scheduled.full(x, axis)):
            return ":"
    elif not on and (e.is_Symbol or e.is_Integer):
        return line.text(e)
    bounds = _bounds(line, e)
    return _named(line, e, bounds) or " : ".join(bounds).strip()


def _bounds(line: DraftLine, e: Expr) -> list[str]:
    """A number; or start, stop and step of a slice with one entry for each value of its index."""
    on = line.on(e)
    if not on:
        return [line.text(e)]
    if len(on) > 1:
        raise NotSupported(f"the subscript {line.text(e)} has {len(on)} vectorised indices")
    step = e.coeff(on[0])
    low, high = line.bounds(on[0])
    rest = e - step * on[0]
    start, span = rest + step * low, (high - low) * step
    first = "" if start == 0 and (e.is_Symbol or not [i for i in line.path if e.has(i)]) else line.text(start)
    return [first, _stop(line, start, span, low)] + ([line.text(step)] if step != 1 else [])


def _stop(line: DraftLine, start: Expr, span: Expr, low: Expr) -> str:
    """start + span, as one product where it is one."""
    together = factored(start + span)
    if low != 0 or start.is_Integer or span.is_Integer:
        return line.text(expand(start + span) if low != 0 else start + span)
    return line.text(together) if together.is_Mul else f"{line.text(start)} + {line.text(span)}"


def _named(line: DraftLine, e: Expr, bounds: list[str]) -> str:
    """The subscript's name, if it has one: it is set at the top of the innermost loop it depends on."""
    known, path, on = line.scheduled, line.path, line.on(e)
    labels = next((two for letters, two in LABELS.items() if {i.name for i in known.on(e)} == set(letters)), None)
    loops = [i for i in path if e.has(i)]
    if labels is None or not loops:
        return ""
    label, text = (labels[1], f"slice({', '.join(bounds)})") if on else (labels[0], bounds[0])
    within = path[: path.index(loops[-1]) + 1]
    if line.draft.names.setdefault((within, label), text) != text:
        return ""  # in this loop the name stands for another subscript
    name = line.draft.claim(label, "an index" if label in map(str, known.extents) else "a subscript")
    line.names[name] = _name(known, name, loops[-1], text, e, on)
    return name


def _name(known: Scheduled, label: str, loop: Symbol, text: str, e: Expr, on: LoopPath) -> Name:
    detail = (("name", label), ("at", e))
    if on and on[0] != known.block:
        i, n = on[0], known.extents[on[0]]
        comment = f"{known.text(e)}, {i} = 0..{known.text(n - 1)}".replace(" - 1", "-1")
        return Name(loop, text, "slice", comment, (*detail, ("over", (i, n))))
    if on:
        return Name(loop, text, "slice", f"{known.text(e)} of the block", (*detail, ("over", (on[0], None))))
    return Name(loop, text, "number", counted(label) if label in map(str, known.extents) else "", detail)
