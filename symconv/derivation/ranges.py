"""What the ranges of indices imply: the least and the largest value of an index expression."""

from collections.abc import Iterable, Mapping
from itertools import product
from math import prod

from sympy import Add, Basic, Expr, Integer, Max, Mul, Poly, Symbol

from symconv.derivation.index import Delta, In, Quot, Range, expand, rebuild, spelt

MOST_TRIED = 512  # places at which a condition is tried


def implied(guard: Expr, ranges: tuple[Range, ...], derived: tuple[tuple[Symbol, Expr], ...] = ()) -> bool:
    """Whether 0 <= e < n follows from the ranges, by the least and the largest value of e; False also where that is
    not known, as for an e that is not affine."""
    e, n = guard.args
    if dict(ranges).get(e) == n:
        return True
    least, most = bounds(e, ranges)
    if least is None or most is None or not nonnegative(expand(least)):
        return False
    slack = rebuild(n - 1 - most, dict(derived))
    return nonnegative(expand(_without_quotients(slack)))


def counted_out(guard: Expr, others: Iterable[Expr], ranges: tuple[Range, ...]) -> bool:
    """Whether a condition holds wherever the others do, where its indices have ranges of numbers: all are tried."""
    own = {i: n for i, n in ranges if i in guard.free_symbols}
    if set(own) != guard.free_symbols or not all(n.is_Integer for n in own.values()) or prod(own.values()) > MOST_TRIED:
        return False
    beside = [other for other in others if other.free_symbols <= set(own)]
    places = (dict(zip(own, at, strict=True)) for at in product(*(range(int(n)) for n in own.values())))
    return all(_holds(guard, at) for at in places if all(_holds(other, at) for other in beside))


def _holds(condition: Expr, at: Mapping[Basic, int]) -> bool:
    first, second = (_integer(e, at) for e in condition.args)
    if isinstance(condition, Delta):
        return first == second
    return 0 <= first < second if isinstance(condition, In) else first % second == 0


def _integer(e: Basic, at: Mapping[Basic, int]) -> int:
    """The value of index arithmetic."""
    if e in at:
        return at[e]
    if isinstance(e, Integer):
        return int(e)
    parts = [_integer(each, at) for each in e.args]
    if isinstance(e, Quot):
        return parts[0] // parts[1]
    return sum(parts) if isinstance(e, Add) else prod(parts) if isinstance(e, Mul) else int(e.func(*parts))


def bounds(e: Expr, ranges: tuple[Range, ...]) -> tuple[Expr | None, Expr | None]:
    """The least and the largest value of an expression affine in its indices; None where it is not."""
    least = most = expand(e)
    for i, n in reversed(ranges):
        if i not in least.free_symbols | most.free_symbols:
            continue
        c = least.coeff(i, 1)
        if (least - c * i).expand().has(i) or most.coeff(i, 1) != c:
            return None, None
        if c.is_nonnegative:
            least, most = rebuild(least, {i: Integer(0)}), rebuild(most, {i: n - 1})
        elif c.is_nonpositive:
            least, most = rebuild(least, {i: n - 1}), rebuild(most, {i: Integer(0)})
        elif c != 0:
            return None, None
    return least, most


def nonnegative(e: Expr) -> bool:
    """Whether e >= 0 for all extents >= 1 and indices >= 0: e is written in what they exceed their least value by."""
    if not all(s.is_nonnegative for s in e.free_symbols):
        return False
    excess = {s: s + 1 for s in e.free_symbols if s.is_positive}
    shifted = expand(rebuild(e, excess)) if excess else e
    if not shifted.free_symbols:
        return bool(shifted >= 0)
    if shifted.atoms(Quot, Max):
        return False
    return all(c >= 0 for c in Poly(shifted, *sorted(shifted.free_symbols, key=spelt)).coeffs())


def _without_quotients(e: Expr) -> Expr:
    """A lower bound of -m Quot(x, m): -x, since m Quot(x, m) <= x."""
    e = expand(e)
    for q in sorted(e.atoms(Quot), key=spelt):
        c = e.coeff(q, 1)
        if expand(c + q.args[1]) == 0:
            e = expand(e - c * q - q.args[0])
    return e
