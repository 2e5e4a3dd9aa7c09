"""Windows: where two vectorised indices meet in one subscript, a tensor with one axis for each index stands between."""

from collections.abc import Callable

from sympy import Symbol

from symconv.code.schedule import Term
from symconv.code.sheet import CodeDraft, LoopPath
from symconv.derivation.index import Entry
from symconv.errors import NotSupported

Assign = Callable[[CodeDraft, Term, LoopPath, str], None]


def axes(sheet: CodeDraft, x: Entry, path: LoopPath = ()) -> LoopPath:
    """The window tensor's axes: the looped ones, then the schedule's order, then what it does not name."""
    have = sheet.free(x, path)
    looped = tuple(i for i in sheet.loops if i in have and i != sheet.block)
    named = tuple(i for i in sheet.window if i in have)
    return tuple(dict.fromkeys((*looped, *named, *have)))


def window(sheet: CodeDraft, x: Entry, assign: Assign) -> Entry:
    """A factor whose axes overlap, as a tensor with one axis per index: a strided view, or filled by loops."""
    at = axes(sheet, x)
    name = _numbered(sheet, "regions" if sheet.fill else "windows", x)
    whole = Entry(name, *at)
    if name in sheet.shapes:
        return whole
    sheet.shapes[name] = tuple(sheet.extents[i] for i in at)
    sheet.base[name] = x.tensor
    if sheet.fill:
        _parted(sheet, x, sheet.fill, "fill")
        assign(sheet, Term(whole, (x,)), sheet.fill, "window")
    else:
        _strided(sheet, whole, x)
    sheet.base[name] = x.tensor
    return whole


def spread_name(sheet: CodeDraft, term: Term) -> str:
    """The name of the window tensor that is added back to a term's target: each term has its own, or what the first has
    added would be added once more with the second."""
    of_gradient = term.target.tensor.startswith("d")
    return _numbered(sheet, "d" * of_gradient + ("regions" if sheet.fill else "windows"), term)


def loops_of(sheet: CodeDraft, x: Entry, wanted: LoopPath, path: LoopPath) -> LoopPath:
    """The loops that add a window tensor back: those of the schedule, or one for each subscript with two indices, over
    the last of them, which is the kernel's."""
    auto = tuple(i for e in x.at if len(sheet.on(e, path)) > 1 and not sheet.single(e) for i in sheet.on(e, path)[1:])
    loops = tuple(dict.fromkeys(wanted or (*path, *auto)))
    _parted(sheet, x, loops, "spread")
    return loops


def _numbered(sheet: CodeDraft, stem: str, x: Entry | Term) -> str:
    """`windows`, or `windows2` if that holds the windows of another entry, or those that another term adds."""
    stem = sheet.claim(stem, "a tensor")
    known = sheet.windows.setdefault(stem, [])
    if x not in known:
        known.append(x)
    return stem + ("" if known.index(x) == 0 else str(known.index(x) + 1))


def _strided(sheet: CodeDraft, whole: Entry, x: Entry) -> None:
    """A view without a copy: its strides are the Jacobian of the subscripts times the tensor's own."""
    shape = sheet.shapes[x.tensor]
    known = [str(n).removesuffix("p").lower() if n.is_Symbol else str(q) for q, n in enumerate(shape)]
    steps = [Symbol(sheet.claim(f"step_{name}", f"a step of {x.tensor}")) for name in known]
    strides = [sheet.text(sum(e.coeff(i) * s for e, s in zip(x.at, steps, strict=True))) for i in whole.at]
    names = ", ".join(map(str, steps)) + ("," if len(steps) == 1 else "")
    sheet.make(names, f"{x.tensor}.stride()", "strides", base=x.tensor, own=True, tensor=x.tensor)
    sizes = ", ".join(sheet.sizes([(i,) for i in whole.at]))
    comma = "," if len(whole.at) == 1 else ""
    term = Term(whole, (x,))
    sheet.make(
        whole.tensor, f"{x.tensor}.as_strided(({sizes}{comma}), ({', '.join(strides)}{comma}))", "window",
        base=x.tensor, own=True, comment=f"{sheet.text(whole)} = {sheet.text(x)}", term=term, over=(),
    )  # fmt: skip


def _parted(sheet: CodeDraft, x: Entry, loops: LoopPath, what: str) -> None:
    """The loops of a window tensor must leave at most one index in each subscript."""
    if sheet.overlaps(x, loops):
        letters = "".join(map(str, loops))
        raise NotSupported(f"schedule: {what}={letters!r} leaves two indices in one subscript of {sheet.text(x)}")
