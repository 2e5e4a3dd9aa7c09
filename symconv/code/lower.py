"""Terms under a schedule become a tree of loops with finished lines: the same for an operation and its gradients.

`=` is written only on a first write that meets every entry once (each loop index on the left, each left axis a single
index or a pair); every other write is `+=`. Terms under the fewest loops come first. Drop either rule and the other
hides it; tests/code/test_lower.py tries the pair.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sympy import Expr

from symconv.code.access import access
from symconv.code.contract import MATRICES, MatrixProduct, factors, merged, plan, product, shaped, written
from symconv.code.extremes import named, text_of
from symconv.code.listing import CodeNode, CodeStatement, Loop, grouped, unwrapped
from symconv.code.nest import nest
from symconv.code.pieces import PointwisePiece
from symconv.code.program import Program
from symconv.code.regions import axes, loops_of, spread_name, window
from symconv.code.schedule import Schedule, Term
from symconv.code.sheet import CodeDraft, LoopPath, Name, Statement
from symconv.code.turned import turned, turned_back
from symconv.derivation.index import Entry
from symconv.errors import NotSupported


def lower(program: Program, schedule: Schedule, lean: bool = False) -> tuple[CodeNode, ...]:
    """The body of the function, without sizes and return. NotSupported where a schedule has no reading."""
    return (*placed(program, schedule, lean), *worked(program, schedule), *taken(program))


def lower_among(program: Program, names: Iterable[str]) -> tuple[CodeNode, ...]:
    """The same with all indices vectorised, in a function that has other names."""
    names = tuple(names)
    plain = Schedule()
    return (*placed(program, plain, names=names), *worked(program, plain, names), *taken(program, names))


# ------------------------------------------------------------------------------------------------ the three parts
def placed(program: Program, schedule: Schedule, lean: bool = False, names: Iterable[str] = ()) -> tuple[CodeNode, ...]:
    """Each padded tensor; where code is lean, a copy only if there is any padding, or another layout."""
    sheet = CodeDraft(program, Schedule(last=schedule.last), taken=names)
    out: list[CodeNode] = []
    for term in program.placing:
        _assign(sheet, term, (), "pad")
        lines, sheet.statements = nest(sheet), []
        sides = [p for p in program.sides(term.target.tensor) if p.free_symbols] if lean else []
        if sides and sheet.innermost(term.target.tensor) is None:
            (source,) = term.factors
            name = term.target.tensor
            detail = (("term", term), ("over", ()))
            out.append(CodeStatement(f"{name} = {source.tensor}", "pad", "", detail))
            out.append(Loop(CodeStatement(f"if {' or '.join(map(sheet.text, sides))}:", "pad", "", detail), lines))
        else:
            out += lines
    return tuple(out)


def taken(program: Program, names: Iterable[str] = ()) -> tuple[CodeNode, ...]:
    """What is taken out of padded tensors, and what is added only then."""
    sheet = CodeDraft(program, Schedule(), [x.tensor for t in program.taking for x in t.factors], names)
    for term in program.taking:
        _assign(sheet, term, (), "pad")
    for term in program.late:
        _assign(sheet, term, ())
    return nest(sheet)


def worked(program: Program, schedule: Schedule, names: Iterable[str] = ()) -> tuple[CodeNode, ...]:
    """The sums themselves."""
    padded = [t.target.tensor for t in program.placing]
    sheet = CodeDraft(program, schedule, padded, names)
    for tensor in dict.fromkeys(x.tensor for t in program.terms for x in t.factors):
        if tensor not in padded:
            turned(sheet, tensor)
    for tensor in program.empty:
        sheet.room(tensor)
    todo = sorted(
        program.terms,
        key=lambda t: (len(sheet.path(t, sheet.loops)), -len(t.factors), not _fills(sheet, t), bool(t.number < 0)),
    )
    while todo:
        term = todo.pop(0)
        bias = _with_bias(sheet, term, todo)
        if bias:
            todo.remove(bias)
        elif _waits(sheet, term, todo):
            todo.append(term)
            continue
        alone = sheet.schedule.fused and len(term.factors) == 1 and not set(sheet.loops) & term.target.free_symbols
        _assign(sheet, term, () if alone else sheet.loops, bias=bias)
    for tensor in dict.fromkeys(t.target.tensor for t in program.terms):
        turned_back(sheet, tensor)
    return nest(sheet)


def _fills(sheet: CodeDraft, term: Term) -> bool:
    """Whether a term has every index of its target, so that it can be written first and others added to it."""
    return all(any(x.has(i) for x in term.factors) for i in sheet.free(term.target))


def _with_bias(sheet: CodeDraft, term: Term, others: Sequence[Term]) -> Term | None:
    """The lone addend that a fused matrix product takes with it."""
    if not (sheet.schedule.fused and sheet.schedule.matmul and len(term.factors) == 2):
        return None
    mine = [t for t in others if t.target.tensor == term.target.tensor]
    lone = [t for t in mine if len(t.factors) == 1 and t.target == term.target]
    return (
        lone[0]
        if len(mine) == len(lone) == 1 and set(sheet.free(lone[0].factors[0])) < set(sheet.free(term.target))
        else None
    )


def _waits(sheet: CodeDraft, term: Term, others: Sequence[Term]) -> bool:
    """Whether a product will take this addend with it."""
    return any(_with_bias(sheet, t, [term, *(u for u in others if u is not t)]) is term for t in others)


# ------------------------------------------------------------------------------------------------ one term
def _assign(sheet: CodeDraft, term: Term, loops: LoopPath, role: str = "", bias: Term | None = None) -> None:
    """Write one term inside its loops."""
    term = _joined(sheet, term, loops)
    path = sheet.path(term, loops)
    if sheet.block in path:
        sheet.open_block()
    if sheet.overlaps(term.target, path):
        return _spread(sheet, term, path)
    names: dict[str, Name] = {}
    piece = _alone(sheet, term, path)
    if piece:
        return _write(sheet, term, path, names, piece, "piece", _reads(term))
    term = replace(term, factors=tuple(named(sheet, x, _assign) for x in term.factors))
    term = replace(
        term, factors=tuple(window(sheet, x, _assign) if sheet.overlaps(x, path) else x for x in term.factors)
    )
    matrices = plan(sheet, term, path) if sheet.schedule.matmul else None
    if matrices:
        return _write_matrices(sheet, term, path, names, matrices, bias)
    if bias:
        _assign(sheet, bias, sheet.loops)
    role = role or ("add" if len(term.factors) == 1 else "product")
    pair = factors(sheet, term, path, names) if sheet.schedule.fused and len(term.factors) == 2 else None
    if pair and not _once(sheet, term, path):
        sheet.room(term.target.tensor)
        target = access(sheet, term.target, path, names)
        text = f"{target}.addcmul_({', '.join(pair)})"
        return _state(sheet, term, path, names, ("", "", text), "product", _reads(term))
    _write(sheet, term, path, names, product(sheet, term, path, names), role, _reads(term))


def _alone(sheet: CodeDraft, term: Term, path: LoopPath) -> str:
    """The text of a piece that is all there is in its term, and lies as the target does."""
    piece = sheet.program.pieces.get(term.factors[0].tensor) if len(term.factors) == 1 else None
    if piece is None or isinstance(piece, PointwisePiece):
        return ""
    text, have = text_of(piece, sheet, _assign)
    return text if have == sheet.free(term.target, path) else ""


def _write(
    sheet: CodeDraft, term: Term, path: LoopPath, names: dict[str, Name], value: str, role: str, reads: frozenset[str],
    left: str = "",
) -> None:  # fmt: skip
    """`=` or `+=`, into the whole tensor or a part of it; `left` is that part's text, if it is known."""
    target, base, matrix = term.target, term.target.tensor, role in ("matmul", "reorder")
    once, whole = _once(sheet, term, path), _whole(sheet, target, path)
    complete = matrix or all(any(x.has(i) for x in term.factors) for i in sheet.free(target, path))
    if term.number not in (1, -1):
        value = f"{_number(term.number)} * {value}"
    if whole and once and complete:
        value = f"{value}.clone()" if value.isidentifier() else f"-{value}" if term.number < 0 else unwrapped(value)
        if not matrix and any(map(sheet.paired, target.at)):
            value = f"{grouped(value)}.reshape({sheet.extent_texts(base)})"
        origin = term.factors[0].tensor if len(term.factors) == 1 else ""
        sheet.put(
            path, base, value, role, base=origin, own=True, names=names, reads=reads,
            comment=_comment(sheet, term, path, role), term=term, over=_over(sheet, term, path),
        )  # fmt: skip
        return
    spread = whole and once and not complete and not path
    sheet.room(base, "empty" if spread or (once and matrix and sheet.covers(target)) else "zeros")
    left = left or (base if whole and matrix else access(sheet, target, path, names))
    sign = "=" if (once and not whole) or spread else "-=" if term.number < 0 else "+="
    value = f"-{value}" if sign == "=" and term.number < 0 else unwrapped(value) if sign == "=" else value
    parts = (f"{left}[:]" if spread and left.isidentifier() else left, sign, value)
    # `+=` on a part of a tensor also writes the part back, which autograd refuses where the part is all of a view
    of_view = "[" in left and left.partition("[")[0] != base
    if sign == "+=" and (of_view or (sheet.schedule.fused and role == "spread")):
        parts = ("", "", f"{left}.add_({value})")
    _state(sheet, term, path, names, parts, role, reads)


def _write_matrices(
    sheet: CodeDraft, term: Term, path: LoopPath, names: dict[str, Name], m: MatrixProduct, bias: Term | None
) -> None:
    """A matrix product: plain, or fused with what it is added to."""
    once, whole = _once(sheet, term, path), _whole(sheet, term.target, path)
    if bias and not (once and m.matrices):
        _assign(sheet, bias, sheet.loops)
        once, bias = False, None
    seen = sheet.schedule.fused and m.matrices and _viewable(sheet, term.target, m, path)
    A, B = written(sheet, m, path, names)
    addend = _column(sheet, bias, m, path, names) if bias else ""
    value = f"torch.{m.verb}({addend}, {A}, {B})" if addend else m.plain(A, B)
    reads = _reads(term) | {x.removesuffix(".mT") for x in (A, B)}
    if seen and not whole and (addend or not once):
        sheet.room(term.target.tensor, "empty" if once and sheet.covers(term.target) else "zeros")
        view = _as_matrix(sheet, term.target, m, path, names)
        inside = f"torch.{m.verb}({addend}, {A}, {B}, out={view})" if once else f"{view}.{m.verb}_({A}, {B})"
        return _state(sheet, term, path, names, ("", "", inside), "matmul", reads | {view})
    role = "matmul"
    if addend:
        role, value = "reorder", _named_product(sheet, term, path, value, reads)
        reads |= {value}
    text, joined = shaped(sheet, value, m, term.target, whole and not path)
    left = merged(sheet, term.target, path, names) if joined and not whole else ""
    _write(sheet, term, path, names, text, role, reads, left)


def _named_product(sheet: CodeDraft, term: Term, path: LoopPath, value: str, reads: frozenset[str]) -> str:
    """A product with its bias, before its axes are put in order."""
    comment = _comment(sheet, term, path, "matmul")
    return sheet.put(
        path, "maps", value, "matmul", reads=reads, comment=comment, term=term, over=_over(sheet, term, path)
    )


def _column(sheet: CodeDraft, bias: Term, m: MatrixProduct, path: LoopPath, names: dict[str, Name]) -> str:
    """The addend with the axes of the product, an axis that it has not of extent 1."""
    (x,) = bias.factors
    have = sheet.free(x, path)
    kept = tuple(tuple(i for i in g if i in have) for g in m.result)
    if have != tuple(i for g in kept for i in g) or any(g and g != r for g, r in zip(kept, m.result, strict=True)):
        raise NotSupported(f"schedule: {x.tensor} does not lie in the order of the product that it is added to")
    text = (
        merged(sheet, x, path, names) + f".reshape({', '.join(sheet.sizes([g], path)[0] if g else '1' for g in kept)})"
    )
    around = sheet.prefix(x, path)
    if around:
        return text
    return sheet.make(
        f"{x.tensor}_column", text, "reshape", base=x.tensor, setup=bool(path), tensor=x.tensor,
        batch=m.batch, groups=tuple(g for g in kept if g and g != m.batch), comment=f"row {_these(m.left.rows)}",
    )  # fmt: skip


def _these(indices: LoopPath) -> str:
    names = ", ".join(map(str, indices))
    return f"({names})" if len(indices) > 1 else names


def _viewable(sheet: CodeDraft, target: Entry, m: MatrixProduct, path: LoopPath) -> bool:
    """Whether the target's axes lie as those of the product: in its order, and where some become one, without gaps:
    side by side, and all but the first of them whole."""
    first = {g[0] for g in m.result}

    def dense(e: Expr, before: Expr | None) -> bool:
        on = sheet.on(e, path)
        if not on or on[0] in first:
            return True
        beside = before is not None and bool(sheet.on(before, path))
        return beside and (e.is_Symbol or sheet.paired(e, path)) and sheet.block not in on

    ordered = sheet.free(target, path) == tuple(i for g in m.result for i in g)
    gapless = all(map(dense, target.at, (None, *target.at)))
    return ordered and gapless and sheet.innermost(target.tensor) is None


def _as_matrix(sheet: CodeDraft, target: Entry, m: MatrixProduct, path: LoopPath, names: dict[str, Name]) -> str:
    """The target, or its part in the loops, seen as the matrix that the product adds to."""
    text = f"{merged(sheet, target, path, names)}.view({', '.join(sheet.sizes(m.result, path))})"
    around = sheet.prefix(target, path)
    if around:
        return sheet.put(
            around, "maps", text, "view", names=names, reads=(target.tensor,), tensor=target.tensor, at=target
        )
    name = "d" + MATRICES.get(target.tensor.removeprefix("d"), target.tensor)
    return sheet.make(name, text, "view", base=target.tensor, tensor=target.tensor, at=target)


# ------------------------------------------------------------------------------------------------ windows on the left
def _spread(sheet: CodeDraft, term: Term, path: LoopPath) -> None:
    """A left side whose axes overlap: first the window tensor, then its slices added back in loops."""
    whole = Entry(spread_name(sheet, term), *axes(sheet, term.target, path))
    sheet.shapes[whole.tensor] = tuple(sheet.extents[i] for i in whole.at)
    if path:
        sheet.local[whole.tensor] = path
    _assign(sheet, Term(whole, term.factors, term.number), path)
    loops = loops_of(sheet, term.target, (*path, *sheet.spread) if sheet.spread else (), path)
    _assign(sheet, Term(term.target, (whole,)), loops, "spread")


# ------------------------------------------------------------------------------------------------ what a write is
def _once(sheet: CodeDraft, term: Term, path: LoopPath) -> bool:
    """Whether this is the first write to the tensor, and meets every entry once."""
    target = term.target
    fresh = target.tensor not in sheet.made or (target.tensor in sheet.local and target.tensor not in sheet.made)
    return (
        fresh
        and all(map(sheet.single, target.at))
        and (target.tensor in sheet.local or all(target.has(i) for i in path))
    )


def _whole(sheet: CodeDraft, target: Entry, path: LoopPath) -> bool:
    """Whether the whole tensor is written: outside of loops, or one that is made anew in each round."""
    return (not path or sheet.local.get(target.tensor) == path) and sheet.whole(target)


def _number(q: Expr) -> str:
    """A rational number that is multiplied with."""
    size = abs(q)
    return str(size) if size.is_Integer else f"{size.p}/{size.q}"


def _reads(term: Term) -> frozenset[str]:
    return frozenset(x.tensor for x in term.factors)


def _over(sheet: CodeDraft, term: Term, path: LoopPath) -> LoopPath:
    return tuple(
        i for i in sheet.extents if term.has(i) and not term.target.has(i) and (i not in path or i == sheet.block)
    )


def _state(
    sheet: CodeDraft, term: Term, path: LoopPath, names: dict[str, Name], parts: tuple[str, str, str], role: str,
    reads: frozenset[str],
) -> None:  # fmt: skip
    """One more statement: target, sign and value, or a value that does it all."""
    target, sign, value = parts
    detail = (("term", term), ("over", _over(sheet, term, path)))
    comment = _comment(sheet, term, path, role)
    if role == "product" and not comment and sign in ("", "+="):
        comment = equality(sheet, term, "+=")
    sheet.statements.append(
        Statement(path, target, sign, value, role, term.target.tensor, reads, names, comment=comment, detail=detail)
    )


def _comment(sheet: CodeDraft, term: Term, path: LoopPath, role: str) -> str:
    over = _over(sheet, term, path)
    if role in ("product", "matmul") and over:
        return f"Σ over {', '.join(map(str, over))}"
    if role in ("window", "spread", "pad"):
        return equality(sheet, term, "+=" if role == "spread" else "=")
    return ""


def equality(sheet: CodeDraft, term: Term, sign: str) -> str:
    """`Xp[h + pt] = X[h]`."""
    return f"{sheet.text(term.target)} {sign} {' * '.join(map(sheet.text, term.factors))}"


def _joined(sheet: CodeDraft, term: Term, loops: LoopPath) -> Term:
    """g*Og + o as the one index k, where g and o occur in no other way and neither is looped."""
    for pair in sheet.program.pairs:
        if set(pair.indices) & set(loops):
            continue
        joined = term.replaced(pair.number, pair.flat)
        if not joined.has(*pair.indices):
            term = joined
    return term
