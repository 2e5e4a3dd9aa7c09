"""An operation under other names: its tensors', and the letters that these names push aside."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from sympy import Expr, Symbol

from symconv.derivation.index import Entry, Range, rebuild
from symconv.derivation.letters import CANDIDATES, Letters
from symconv.derivation.operation import Equation, Operation, Target


def renamed(op: Operation, tensors: Mapping[str, str], taken: Iterable[str] = ()) -> Operation:
    """The operation with these names for its tensors; a letter that is a tensor's now takes its next candidate."""
    names = {t: tensors.get(t, t) for t, _ in op.shapes}
    if all(t == name for t, name in names.items()) and not set(taken):
        return op
    letters = _letters(op, {*names.values(), *taken})

    def new(e: Expr) -> Expr:
        e = rebuild(e, letters)
        return e.replace(lambda x: isinstance(x, Entry), lambda x: Entry(names.get(x.tensor, x.tensor), *x.at))

    return _rewritten(op, new, names)


def _letters(op: Operation, names: set[str]) -> dict[Symbol, Symbol]:
    """The letters that are names of tensors, with those that take their place."""
    used = sorted(_symbols(op), key=str)
    free = Letters({*names, *(s.name for s in used)})
    return {
        s: (free.index if s.name in CANDIDATES else free.extent if s.is_positive else free.amount)(s.name)
        for s in used
        if s.name in names
    }


def _symbols(op: Operation) -> set[Symbol]:
    parts = [op.equation.value, op.equation.entry, *(t.entry for t in op.targets)]
    parts += [x for i, n in (*op.equation.ranges, *(r for t in op.targets for r in t.ranges)) for x in (i, n)]
    parts += [n for _, shape in op.shapes for n in shape] + [s for _, symbols in op.options for s in symbols]
    parts += [x for pair in (*op.derived, *op.solved, *op.limits, *op.paddings) for x in pair]
    return {s for e in parts for s in e.atoms(Symbol)}


def _rewritten(op: Operation, new: Callable[[Expr], Expr], names: Mapping[str, str]) -> Operation:
    def pairs(rows: Iterable[Range]) -> tuple[Range, ...]:
        return tuple((new(a), new(b)) for a, b in rows)

    return replace(
        op,
        equation=Equation(new(op.equation.entry), new(op.equation.value), pairs(op.equation.ranges)),
        shapes=tuple((names[t], tuple(map(new, shape))) for t, shape in op.shapes),
        targets=tuple(Target(new(t.entry), pairs(t.ranges)) for t in op.targets),
        options=tuple((key, tuple(map(new, symbols))) for key, symbols in op.options),
        derived=pairs(op.derived),
        solved=pairs(op.solved),
        limits=pairs(op.limits),
        paddings=pairs(op.paddings),
        roles=tuple((role, names[t]) for role, t in op.roles),
    )
