"""Conditions of numbers as indices of their own: Y[c]*[0 <= c - 3 < 5]*Q[c - 3] is Y[q + 3]*Q[q] for 0 <= q < 5.

So a part of a tensor is a slice, without a condition. An index that runs backwards where something is written runs
forwards instead; where it is only read, the slice is turned round.
"""

from collections.abc import Iterable

from sympy import Expr, Integer, Symbol

from symconv.code.reading import GuardedProduct
from symconv.derivation.index import Entry, In, expand, rebuild
from symconv.derivation.letters import CANDIDATES, Letters


def in_parts(
    products: Iterable[GuardedProduct], extents: dict[Symbol, Expr], letters: Letters
) -> Iterable[GuardedProduct]:
    """The products with their conditions as ranges, as far as they are of one index and of numbers; those that are
    never added are left out. `extents` is given the new indices."""
    known: dict[tuple[Symbol, int, int], Symbol] = {}
    for target, factors, guards, number in products:
        bounds = {guard: _bounds(guard, extents) for guard in guards}
        where: dict[Symbol, tuple[int, int]] = {}
        for i, low, high in filter(None, bounds.values()):
            before = where.get(i, (0, int(extents[i])))
            where[i] = max(low, before[0]), min(high, before[1])
        if any(low >= high for low, high in where.values()):
            continue
        new: dict[Expr, Expr] = {}
        for i, (low, high) in where.items():
            if (low, high) != (0, int(extents[i])):
                if (i, low, high) not in known:
                    known[i, low, high] = letters.index(i.name if i.name in CANDIDATES else "h")
                    extents[known[i, low, high]] = Integer(high - low)
                new[i] = known[i, low, high] + low
        target, *read = (_with(x, new) for x in (target, *factors))
        target, *read = _forwards(target, read, extents)
        yield target, tuple(read), tuple(guard for guard in guards if bounds[guard] is None), number


def _bounds(guard: In, extents: dict[Symbol, Expr]) -> tuple[Symbol, int, int] | None:
    """The index that a condition is of, and the first and the last value but one for which it holds."""
    e, n = guard.args
    if len(e.free_symbols) != 1 or not n.is_Integer:
        return None
    (i,) = e.free_symbols
    step, rest = e.coeff(i, 1), e.subs(i, 0)
    if i not in extents or not extents[i].is_Integer or step not in (1, -1) or expand(e - step * i - rest) != 0:
        return None
    low, high = (-rest, n - rest) if step == 1 else (rest - n + 1, rest + 1)
    return i, max(0, int(low)), min(int(extents[i]), int(high))


def _forwards(target: Entry, factors: list[Entry], extents: dict[Symbol, Expr]) -> tuple[Entry, ...]:
    """The same with every index forwards in the target, and in the factors where none has it otherwise."""
    new: dict[Expr, Expr] = {}
    for i, n in extents.items():
        written = [at for at in target.at if at.has(i)]
        read = [at for x in factors for at in x.at if at.has(i)]
        if any(at.coeff(i, 1).is_negative for at in written or read):
            new[i] = n - 1 - i
    return tuple(_with(x, new) for x in (target, *factors)) if new else (target, *factors)


def _with(x: Entry, new: dict[Expr, Expr]) -> Entry:
    return Entry(x.tensor, *(expand(rebuild(at, new)) for at in x.at)) if new else x
