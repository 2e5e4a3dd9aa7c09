"""How a value is written into its tensor: all of it or a part, for the first time or added to what is there.

`=` is written only on a first write that meets every entry once (each loop index on the left, each left axis a single
index or a pair); every other write is `+=`. Terms under the fewest loops come first. Drop either rule and the other
hides it; tests/code/test_lower.py tries the pair.
"""

import re

from sympy import Expr

from symconv.code.access import access
from symconv.code.contract import MATRICES, MatrixProduct, bracketed, merged, shaped, written
from symconv.code.draft import DraftLine
from symconv.code.listing import grouped, unwrapped
from symconv.code.order import fills
from symconv.code.schedule import Term
from symconv.code.scheduled import LoopPath
from symconv.derivation.index import Entry
from symconv.errors import NotSupported

NOTHING: frozenset[str] = frozenset()
VIEW = re.compile(r"\w+(\[[^\[\]]*\]|\.permute\([\d, ]*\)|\.mT)*")  # the text of what shares a tensor's memory


def assign(line: DraftLine, term: Term, value: str, role: str, reads: frozenset[str] = NOTHING, left: str = "") -> None:
    """`=` or `+=`, into the whole tensor or a part of it; `left` is that part's text, if it is known; `reads`: what the
    value has beside the term's factors."""
    target, matrix = term.target, role in ("matmul", "reorder")
    once, whole = first(line, term), _whole(line, target)
    complete = matrix or (bool(term.factors) and fills(line.scheduled, term, line.path))
    if not term.factors:  # the gradient of a sum: a number, everywhere the same
        value = _number(term.number)
    elif term.number not in (1, -1):
        value = f"{_number(term.number)} * {value}"
    if whole and once and complete:
        return _assign_all(line, term, value, role, reads)
    spread = whole and once and not complete and not line.path
    line.draft.room(target, "empty" if spread or (once and matrix and line.scheduled.covers(target)) else "zeros")
    left = left or (target.tensor if whole and matrix else access(line, target))
    sign = "=" if (once and not whole) or spread else "-=" if term.number < 0 else "+="
    value = f"-{value}" if sign == "=" and term.number < 0 else unwrapped(value) if sign == "=" else value
    parts = (f"{left}[:]" if spread and left.isidentifier() else left, sign, value)
    # `+=` on a part of a tensor also writes the part back, which autograd refuses where the part is all of a view
    of_view = "[" in left and left.partition("[")[0] != target.tensor
    if sign == "+=" and (of_view or (line.scheduled.schedule.fused and role == "spread")):
        parts = ("", "", f"{left}.add_({value})")
    state(line, term, parts, role, reads)


def _assign_all(line: DraftLine, term: Term, value: str, role: str, reads: frozenset[str]) -> None:
    """The whole tensor is the value, in its shape, and is no other tensor under another name."""
    shared = VIEW.fullmatch(value) and term.factors[0].tensor not in line.scheduled.program.plain  # but a padded one's
    value = f"-{value}" if term.number < 0 else f"{value}.clone()" if shared else unwrapped(value)
    if role not in ("matmul", "reorder") and any(map(line.scheduled.paired, term.target.at)):
        value = f"{grouped(value)}.reshape({line.scheduled.shape_text(term.target)})"
    origin = term.factors[0].tensor if len(term.factors) == 1 else ""
    line.put(
        term.target.tensor, value, role, base=origin, own=True, reads=_reads(term) | reads,
        comment=_comment(line, term, role), term=term, over=_over(line, term),
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ matrix products
def assign_matrices(line: DraftLine, term: Term, m: MatrixProduct, bias: Term | None) -> None:
    """A matrix product: plain, or fused with what it is added to. A bias there is only for a first write by one of
    torch's fused products."""
    target, once, whole = term.target, first(line, term), _whole(line, term.target)
    seen = line.scheduled.schedule.fused and m.matrices and _viewable(line, target, m)
    A, B = written(line, m)
    addend = _column(line, bias, m) if bias else ""
    value = f"torch.{m.verb}({addend}, {A}, {B})" if addend else m.plain(A, B)
    reads = frozenset(x.removesuffix(".mT") for x in (A, B))
    if seen and not whole and (addend or not once):
        line.draft.room(target, "empty" if once and line.scheduled.covers(target) else "zeros")
        view = _as_matrix(line, target, m)
        inside = f"torch.{m.verb}({addend}, {A}, {B}, out={view})" if once else f"{view}.{m.verb}_({A}, {B})"
        return state(line, term, ("", "", inside), "matmul", reads | {view})
    role = "matmul"
    if addend:  # a product with its bias has a name before its axes are put in order
        comment, over = _comment(line, term, role), _over(line, term)
        value = line.put("maps", value, role, reads=_reads(term) | reads, comment=comment, term=term, over=over)
        role, reads = "reorder", reads | {value}
    text, joined = shaped(line, value, m, target, whole and not line.path)
    assign(line, term, text, role, reads, merged(line, target) if joined and not whole else "")


def _column(line: DraftLine, bias: Term, m: MatrixProduct) -> str:
    """The addend with the axes of the product, an axis that it has not of extent 1."""
    (x,) = bias.factors
    have = line.free(x)
    kept = tuple(tuple(i for i in g if i in have) for g in m.result)
    if have != tuple(i for g in kept for i in g) or any(g and g != r for g, r in zip(kept, m.result, strict=True)):
        raise NotSupported(f"schedule: {x.tensor} does not lie in the order of the product that it is added to")
    text = f"{merged(line, x)}.reshape({', '.join(line.sizes([g])[0] if g else '1' for g in kept)})"
    if line.prefix(x):
        return text
    return line.draft.make(
        f"{x.tensor}_column", text, "reshape", base=x.tensor, setup=bool(line.path), tensor=x.tensor,
        batch=m.batch, groups=tuple(g for g in kept if g and g != m.batch), comment=f"row {bracketed(m.left.rows)}",
    )  # fmt: skip


def _viewable(line: DraftLine, target: Entry, m: MatrixProduct) -> bool:
    """Whether the target's axes lie as those of the product: in its order, and where some become one, without gaps:
    side by side, and all but the first of them whole."""
    leading = {g[0] for g in m.result}

    def dense(e: Expr, before: Expr | None) -> bool:
        on = line.on(e)
        if not on or on[0] in leading:
            return True
        beside = before is not None and bool(line.on(before))
        return beside and (e.is_Symbol or line.paired(e)) and line.scheduled.block not in on

    ordered = line.free(target) == tuple(i for g in m.result for i in g)
    gapless = all(map(dense, target.at, (None, *target.at)))
    return ordered and gapless and line.scheduled.innermost(target.tensor) is None


def _as_matrix(line: DraftLine, target: Entry, m: MatrixProduct) -> str:
    """The target, or its part in the loops, seen as the matrix that the product adds to."""
    tensor = target.tensor
    text = f"{merged(line, target)}.view({', '.join(line.sizes(m.result))})"
    around = line.around(target)
    if around.path:
        return around.put("maps", text, "view", reads=(tensor,), tensor=tensor, at=target)
    name = "d" + MATRICES.get(tensor.removeprefix("d"), tensor)
    return line.draft.make(name, text, "view", base=tensor, tensor=tensor, at=target)


# ------------------------------------------------------------------------------------------------ what a write is
def first(line: DraftLine, term: Term) -> bool:
    """Whether this is the first write to the tensor, and meets every entry once."""
    target, draft = term.target, line.draft
    anew = target.tensor in draft.local or all(target.has(i) for i in line.path)
    return target.tensor not in draft.made and all(map(line.scheduled.single, target.at)) and anew


def _whole(line: DraftLine, target: Entry) -> bool:
    """Whether the whole tensor is written: outside of loops, or one that is made anew in each round."""
    return (not line.path or line.draft.local.get(target.tensor) == line.path) and line.scheduled.whole(target)


def _number(q: Expr) -> str:
    """A rational number that is multiplied with."""
    size = abs(q)
    return str(size) if size.is_Integer else f"{size.p}/{size.q}"


def _reads(term: Term) -> frozenset[str]:
    return frozenset(x.tensor for x in term.factors)


def _over(line: DraftLine, term: Term) -> LoopPath:
    """The vectorised indices that are summed over."""
    known = line.scheduled
    return tuple(
        i for i in known.extents
        if term.has(i) and not term.target.has(i) and (i not in line.path or i == known.block)
    )  # fmt: skip


def state(line: DraftLine, term: Term, parts: tuple[str, str, str], role: str, reads: frozenset[str] = NOTHING) -> None:
    """One more statement of a term, with what it sums over as its comment."""
    comment = _comment(line, term, role)
    if role == "product" and not comment and parts[1] in ("", "+="):
        comment = equality(line, term, "+=")
    detail = (("term", term), ("over", _over(line, term)))
    line.state(parts, role, term.target.tensor, _reads(term) | reads, comment=comment, detail=detail)


def _comment(line: DraftLine, term: Term, role: str) -> str:
    over = _over(line, term)
    if role in ("product", "matmul") and over:
        return f"Σ over {', '.join(map(str, over))}"
    if role in ("window", "spread", "pad"):
        return equality(line, term, "+=" if role == "spread" else "=")
    return ""


def equality(line: DraftLine, term: Term, sign: str) -> str:
    """`Xp[h + pt] = X[h]`."""
    return f"{line.text(term.target)} {sign} {' * '.join(map(line.text, term.factors))}"
