"""The axis rule: how an entry of a tensor is written under a set of loops.

By the vectorised indices in a subscript: none, a number; one, `start + step*i`, a slice; a pair u*V + v, two axes of an
unflattened view. (Two otherwise are a window, which symconv.lower gives a tensor of its own.)
"""

from sympy import Expr, Symbol, factor

from symconv.code.sheet import Name, Path, Sheet
from symconv.derivation.index import Entry
from symconv.errors import NotSupported
from symconv.notation import counted

LABELS = {  # the indices of a subscript -> its name as a number, as a slice
    "tr": ("plane", "planes"), "ia": ("row", "rows"), "jb": ("col", "cols"),
    "go": ("k", "outputs"), "gc": ("m", "channels"),
}  # fmt: skip
SPLIT = ":, :"


def access(sheet: Sheet, x: Entry, path: Path, names: dict[str, Name]) -> str:
    """Text of an entry, axes that are taken whole left out; an axis that holds a pair is split in two."""
    base, parts = x.tensor, [_subscript(sheet, e, path, names) for e in x.at]
    if SPLIT in parts:
        base = _split(sheet, base, parts.index(SPLIT), x.at[parts.index(SPLIT)])
        parts = ", ".join(parts).split(", ")
    lead = next((q for q, part in enumerate(parts) if part != ":"), 0)
    if lead > 1 and ":" not in parts[lead:]:
        parts[:lead] = ["..."]
    while parts and parts[-1] == ":":
        parts.pop()
    return base + (f"[{', '.join(parts)}]" if parts else "")


def _split(sheet: Sheet, base: str, axis: int, e: Expr) -> str:
    """A view of the tensor with the axis of a pair as two."""
    sizes = ", ".join(sheet.sizes([[i] for i in sheet.on(e)]))
    text = f"{base}.unflatten({axis}, ({sizes}))"
    if base not in sheet.made and base not in sheet.program.shapes:
        raise NotSupported(f"{base} has two axes of pairs")
    return sheet.make(base.removesuffix("p") + "g", text, "view", base=base, tensor=base, at=e)


def _subscript(sheet: Sheet, e: Expr, path: Path, names: dict[str, Name]) -> str:
    on = sheet.on(e, path)
    if sheet.paired(e, path):
        return SPLIT
    if e.is_Symbol and on:
        return ":"
    if not on and (e.is_Symbol or e.is_Integer):
        return sheet.text(e)
    bounds = _bounds(sheet, e, path)
    return _named(sheet, e, path, bounds, names) or " : ".join(bounds)


def _bounds(sheet: Sheet, e: Expr, path: Path) -> list[str]:
    """A number, or start, stop and step of exactly n entries: start + q*step for q < n."""
    on = sheet.on(e, path)
    if not on:
        return [sheet.text(e)]
    if len(on) > 1:
        raise NotSupported(f"the subscript {sheet.text(e)} has {len(on)} vectorised indices")
    step = e.coeff(on[0])
    start, span = e - step * on[0], sheet.extents[on[0]] * step
    stop = factor(start + span)
    end = sheet.text(stop) if stop.is_Mul or start == 0 else f"{sheet.text(start)} + {sheet.text(span)}"
    return [sheet.text(start), end] + ([sheet.text(step)] if step != 1 else [])


def _named(sheet: Sheet, e: Expr, path: Path, bounds: list[str], names: dict[str, Name]) -> str:
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
    sheet.claim(label, "an index" if label in map(str, sheet.extents) else "a subscript")
    names[label] = _name(sheet, label, loops[-1], text, e, on)
    return label


def _name(sheet: Sheet, label: str, loop: Symbol, text: str, e: Expr, on: Path) -> Name:
    detail = (("name", label), ("at", e))
    if on:
        i, n = on[0], sheet.extents[on[0]]
        comment = f"{sheet.text(e)}, {i} = 0..{sheet.text(n - 1)}".replace(" - 1", "-1")
        return Name(loop, text, "slice", comment, (*detail, ("over", (i, n))))
    return Name(loop, text, "number", counted(label) if label in map(str, sheet.extents) else "", detail)
