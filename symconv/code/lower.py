"""Terms under a schedule become a tree of loops with finished lines: the same for an operation and its gradients.

From (program, schedule) a draft is made, which grows statement by statement, and is then nested into loops. A term is
written by at most one recursion: what it reads or writes through a window tensor is a term of its own.
"""

from collections.abc import Iterable
from dataclasses import replace

from symconv.code.access import access
from symconv.code.assign import assign, assign_matrices, first, state
from symconv.code.axis_order import laid_back, laid_out
from symconv.code.contract import factors, matrix_product, product
from symconv.code.draft import CodeDraft, DraftLine
from symconv.code.extremes import text_of
from symconv.code.listing import CodeNode, CodeStatement, Loop
from symconv.code.nest import nest
from symconv.code.order import fills, in_order
from symconv.code.pieces import Largest, Piece, PointwisePiece
from symconv.code.program import Program
from symconv.code.regions import spread, spread_loops, window
from symconv.code.schedule import Schedule, Term
from symconv.code.scheduled import LoopPath, Scheduled
from symconv.derivation.index import Entry

Nodes = tuple[CodeNode, ...]


def lower(program: Program, schedule: Schedule, lean: bool = False, names: Iterable[str] = ()) -> Nodes:
    """The body of the function, without sizes and return; `names` have another meaning there. NotSupported where a
    schedule has no reading."""
    names = tuple(names)
    return (*placed(program, schedule, lean, names), *worked(program, schedule, names), *taken(program, names))


# ------------------------------------------------------------------------------------------------ the three parts
def placed(program: Program, schedule: Schedule, lean: bool = False, names: Iterable[str] = ()) -> Nodes:
    """Each padded tensor; where code is lean, a copy only if there is any padding, or another layout."""
    known, names = Scheduled(program, Schedule(last=schedule.last)), tuple(names)
    return tuple(node for term in program.placing for node in _placed(known, term, lean, names))


def _placed(known: Scheduled, term: Term, lean: bool, names: tuple[str, ...]) -> Nodes:
    draft, name = CodeDraft(known, taken=names), term.target.tensor
    _write(draft, term, (), "pad")
    sides = [p for p in known.program.around[name] if p.free_symbols] if lean else []
    if not sides or known.innermost(name) is not None:
        return nest(draft)
    (source,) = term.factors
    detail = (("term", term), ("over", ()))
    return (
        CodeStatement(f"{name} = {source.tensor}", "pad", "", detail),
        Loop(CodeStatement(f"if {' or '.join(map(known.text, sides))}:", "pad", "", detail), nest(draft)),
    )


def taken(program: Program, names: Iterable[str] = ()) -> Nodes:
    """What is taken out of padded tensors, and what is added only then."""
    given = [x.tensor for t in program.taking for x in t.factors]
    draft = CodeDraft(Scheduled(program, Schedule()), given, names)
    for term in program.taking:
        _write(draft, term, (), "pad")
    for term in program.late:
        _write(draft, term, ())
    return nest(draft)


def worked(program: Program, schedule: Schedule, names: Iterable[str] = ()) -> Nodes:
    """The sums themselves."""
    known, padded = Scheduled(program, schedule), [t.target.tensor for t in program.placing]
    draft = CodeDraft(known, padded, names)
    for tensor in dict.fromkeys(x.tensor for t in program.terms for x in t.factors):
        if tensor not in padded:
            laid_out(draft, tensor)
    for tensor in program.empty:
        draft.room(Entry(tensor))
    for term, loops, bias in in_order(known):
        _write(draft, term, loops, bias=bias)
    for tensor in dict.fromkeys(t.target.tensor for t in program.terms):
        laid_back(draft, tensor)
    return nest(draft)


# ------------------------------------------------------------------------------------------------ one term
def _write(draft: CodeDraft, term: Term, loops: LoopPath, role: str = "", bias: Term | None = None) -> None:
    """One term inside its loops: through windows, as a piece, as a matrix product, or as any other product."""
    known, term = draft.scheduled, _joined(draft.scheduled, term, loops)
    line = DraftLine(draft, draft.path(term, loops))
    if known.block in line.path:
        draft.open_block()
    if known.overlaps(term.target, line.path):
        return _write_spread(draft, term, line.path)
    piece = _alone(line, term)
    if piece:
        return assign(line, term, piece, "piece")
    sums = len(term.factors) > 1 and any(set(line.free(x)) - set(line.free(term.target)) for x in term.factors)
    term = replace(term, factors=tuple(_windowed(line, _named(draft, x, sums)) for x in term.factors))
    matrices = matrix_product(line, term) if known.schedule.matmul else None
    if bias and not (matrices and matrices.matrices and first(line, term)):
        _write(draft, bias, known.loops)
        bias = None
    if matrices:
        return assign_matrices(line, term, matrices, bias)
    added = known.schedule.fused and len(term.factors) == 2 and fills(known, term, line.path)
    pair = factors(line, term) if added and not first(line, term) else None
    if pair:
        draft.room(term.target)
        text = f"{access(line, term.target)}.addcmul_({', '.join(pair)})"
        return state(line, term, ("", "", text), "product")
    assign(line, term, product(line, term), role or ("add" if len(term.factors) == 1 else "product"))


def _write_spread(draft: CodeDraft, term: Term, path: LoopPath) -> None:
    """A left side whose axes overlap: first the window tensor, then its slices added back in loops."""
    filled, back = spread(draft, term, path)
    _write(draft, filled, path)
    _write(draft, back, spread_loops(draft.scheduled, term.target, path), "spread")


def _windowed(line: DraftLine, x: Entry) -> Entry:
    """A factor whose axes overlap as an entry of its window tensor, which is made first."""
    if not line.scheduled.overlaps(x, line.path):
        return x
    whole, filling = window(line.draft, x)
    if filling:
        _write(line.draft, filling, line.scheduled.fill, "window")
    return whole


def _named(draft: CodeDraft, x: Entry, sums: bool) -> Entry:
    """A factor that is a piece with a text of its own, as a tensor of that text. sums: it stands in a sum of products,
    for which torch wants numbers of one type, and a winner is a whole number."""
    piece = draft.scheduled.program.pieces.get(x.tensor)
    if piece is None or isinstance(piece, PointwisePiece):
        return x
    text, have = _text(draft, piece)
    stem, base = x.tensor.partition("(")[0], piece.entry.tensor
    if sums and isinstance(piece, Largest) and piece.winner:
        text = f"{text}.to({base}.dtype)"
    return Entry(draft.make(stem, text, stem, base=base, tensor=base), *have)


def _alone(line: DraftLine, term: Term) -> str:
    """The text of a piece that is all there is in its term, and lies as the target does."""
    piece = line.scheduled.program.pieces.get(term.factors[0].tensor) if len(term.factors) == 1 else None
    if piece is None or isinstance(piece, PointwisePiece):
        return ""
    text, have = _text(line.draft, piece)
    return text if have == line.free(term.target) else ""


def _text(draft: CodeDraft, piece: Piece) -> tuple[str, LoopPath]:
    """A piece as an expression, and its axes; a maximum is one over windows where its entry's axes overlap."""
    line = DraftLine(draft, ())
    return text_of(piece, line, _windowed(line, piece.entry) if isinstance(piece, Largest) else piece.entry)


def _joined(known: Scheduled, term: Term, loops: LoopPath) -> Term:
    """g*Og + o as the one index k, where g and o occur in no other way and neither is looped."""
    for pair in known.program.pairs:
        if set(pair.indices) & set(loops):
            continue
        joined = term.replaced(pair.number, pair.flat)
        if not joined.has(*pair.indices):
            term = joined
    return term
