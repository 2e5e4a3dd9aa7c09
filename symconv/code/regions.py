"""Windows: where two vectorised indices meet in one subscript, a tensor with one axis for each index stands between.

With the window's entries in one axis a convolution is a matrix product (Chellapilla, Puri and Simard 2006: im2col);
without a copy they are a strided view.
"""

from sympy import Symbol

from symconv.code.draft import CodeDraft
from symconv.code.schedule import Term, pick
from symconv.code.scheduled import LoopPath, Scheduled
from symconv.derivation.index import Entry
from symconv.errors import NotSupported


def axes(known: Scheduled, x: Entry, path: LoopPath = ()) -> LoopPath:
    """The window tensor's axes: the looped ones, then the schedule's order, then what it does not name."""
    have = known.free(x, path)
    looped = tuple(i for i in known.loops if i in have and i != known.block)
    return tuple(dict.fromkeys((*looped, *pick(known.schedule.window, have), *have)))


def window(draft: CodeDraft, x: Entry) -> tuple[Entry, Term | None]:
    """A factor whose axes overlap, as an entry of a tensor with one axis per index, such as
    (N, C, kh, kw, Ho, Wo): a strided view, or what a term fills that is still to be written, in the loops of `fill`.
    NotSupported where these leave two indices in one subscript."""
    known = draft.scheduled
    whole = Entry(draft.windows_of("regions" if known.fill else "windows", x), *axes(known, x))
    if whole.tensor in draft.base:
        return whole, None
    draft.base[whole.tensor] = x.tensor
    if known.fill:
        _parted(known, x, known.fill, "fill")
        return whole, Term(whole, (x,))
    _strided(draft, whole, x)
    return whole, None


def spread(draft: CodeDraft, term: Term, path: LoopPath) -> tuple[Term, Term]:
    """A term whose left side overlaps, as two: into a window tensor, and from there back in loops. Each term has a
    window tensor of its own, or what the first has added would be added once more with the second."""
    known, target = draft.scheduled, term.target.tensor
    of_gradient = known.program.plain.get(target, target) in known.program.gradients
    name = draft.windows_of("d" * of_gradient + ("regions" if known.fill else "windows"), term)
    whole = Entry(name, *axes(known, term.target, path))
    if path:
        draft.local[name] = path
    return Term(whole, term.factors, term.number), Term(term.target, (whole,))


def spread_loops(known: Scheduled, x: Entry, path: LoopPath) -> LoopPath:
    """The loops that add a window tensor back: those of the schedule, or one for each subscript with two indices, over
    the last of them, which is the kernel's. NotSupported where these leave two indices in a subscript."""
    wanted = pick(known.schedule.spread, known.extents)
    overlapping = (e for e in x.at if len(known.on(e, path)) > 1 and not known.single(e))
    inside = wanted or tuple(i for e in overlapping for i in known.on(e, path)[1:])
    loops = tuple(dict.fromkeys((*path, *inside)))
    _parted(known, x, loops, "spread")
    return loops


def _strided(draft: CodeDraft, whole: Entry, x: Entry) -> None:
    """A view without a copy: its strides are the Jacobian of the subscripts times the tensor's own."""
    known, shape = draft.scheduled, draft.scheduled.shape(x)
    axes = [str(n).removesuffix("p").lower() if n.is_Symbol else str(q) for q, n in enumerate(shape)]
    steps = [Symbol(draft.claim(f"step_{name}", f"a step of {x.tensor}")) for name in axes]
    strides = [known.text(sum(e.coeff(i) * s for e, s in zip(x.at, steps, strict=True))) for i in whole.at]
    names = ", ".join(map(str, steps)) + ("," if len(steps) == 1 else "")
    draft.make(names, f"{x.tensor}.stride()", "strides", base=x.tensor, own=True, tensor=x.tensor)
    comma = "," if len(whole.at) == 1 else ""
    sizes = known.shape_text(whole)
    draft.make(
        whole.tensor, f"{x.tensor}.as_strided(({sizes}{comma}), ({', '.join(strides)}{comma}))", "window",
        base=x.tensor, own=True, comment=f"{known.text(whole)} = {known.text(x)}", term=Term(whole, (x,)), over=(),
    )  # fmt: skip


def _parted(known: Scheduled, x: Entry, loops: LoopPath, what: str) -> None:
    """The loops of a window tensor must leave at most one index in each subscript."""
    if known.overlaps(x, loops):
        letters = "".join(map(str, loops))
        raise NotSupported(f"schedule: {what}={letters!r} leaves two indices in one subscript of {known.text(x)}")
