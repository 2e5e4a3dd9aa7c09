"""In which order the sums of a program are written, and which of them together: decided before a line is."""

from collections.abc import Iterator, Sequence

from symconv.code.schedule import Term
from symconv.code.scheduled import LoopPath, Scheduled


def in_order(known: Scheduled) -> Iterator[tuple[Term, LoopPath, Term | None]]:
    """Each term, the loops it may stand in, and the lone addend that its matrix product takes with it. Terms under the
    fewest loops come first, then products, then what has every index of its target."""
    todo = sorted(
        known.program.terms,
        key=lambda t: (sum(map(t.has, known.loops)), -len(t.factors), not fills(known, t), bool(t.number < 0)),
    )
    while todo:
        term = todo.pop(0)
        bias = _bias(known, term, todo)
        if bias:
            todo.remove(bias)
        elif any(_bias(known, t, [term, *(u for u in todo if u is not t)]) is term for t in todo):
            todo.append(term)  # a product will take it
            continue
        alone = known.schedule.fused and len(term.factors) == 1 and not set(known.loops) & term.target.free_symbols
        yield term, () if alone else known.loops, bias


def fills(known: Scheduled, term: Term, path: LoopPath = ()) -> bool:
    """Whether a term has every axis of its target, so that it can be written first and others added to it."""
    return all(any(x.has(i) for x in term.factors) for i in known.free(term.target, path))


def _bias(known: Scheduled, term: Term, others: Sequence[Term]) -> Term | None:
    """The lone addend that a fused matrix product takes with it."""
    if not (known.schedule.fused and known.schedule.matmul and len(term.factors) == 2):
        return None
    mine = [t for t in others if t.target.tensor == term.target.tensor]
    if len(mine) != 1 or len(mine[0].factors) != 1 or mine[0].target != term.target:
        return None
    smaller = set(known.free(mine[0].factors[0])) < set(known.free(term.target))
    return mine[0] if smaller else None
