"""The rules of sums: write them as one, sift them against deltas, drop sure conditions, hoist, run backwards.

They see an expression as a sum of products, each with the ranges that it is summed over.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import product

from sympy import Add, Expr, Mul, Symbol

from symconv.derivation.index import (
    Delta,
    Div,
    Entry,
    In,
    Iverson,
    Quot,
    Range,
    Sum,
    Winner,
    expand,
    freshen,
    names,
    rebuild,
    spelt,
    tidy,
)
from symconv.derivation.ranges import counted_out, implied
from symconv.derivation.rules import Facts, rule

Factors = tuple[Expr, ...]
Ranges = tuple[Range, ...]
Product = tuple[Factors, Ranges]


# ------------------------------------------------------------------------------------------------ sums of products
def products(e: Expr) -> list[Product]:
    """e as a list of (factors, ranges): each stands for the sum over the ranges of the product of the factors.

    Where a product holds two sums over one name, or a sum over the name of a free index, the later sum's is primed.
    """
    if e.is_Add:
        return [p for a in e.args for p in products(a)]
    if isinstance(e, Sum):
        return [(factors, e.ranges + inner) for factors, inner in products(e.body)]
    if not e.is_Mul:
        return [((e,), ())]
    out: list[Product] = [((), ())]
    used = {s.name for s in e.free_symbols}
    for a in e.args:
        if a.is_Add and not a.atoms(Sum, Iverson, Winner):
            out = [((*f, a), r) for f, r in out]  # nothing in it is summed or sifted: (1 - P) stays in its brackets
            continue
        apart = freshen(a, used)
        used |= names(apart)
        out = [(f + g, r + q) for f, r in out for g, q in products(apart)]
    return out


def collect(parts: Iterable[Product]) -> Expr:
    """The inverse of `products`: the sum of the summed products, their numbers in front."""
    return Add(*(_summed(Mul(*factors), ranges) for factors, ranges in parts))


def _summed(body: Expr, ranges: Ranges) -> Expr:
    number, rest = body.as_coeff_Mul()
    return number * Sum(rest, *ranges)


# ------------------------------------------------------------------------------------------------ sums and deltas
@rule(r"\sum_i f_i\sum_j g_j", r"\sum_{i,j}f_i\,g_j")
def one_sum(e: Expr, facts: Facts) -> Expr | None:
    """Finite sums commute and distribute: write them as one."""
    return collect(products(e))


@rule(r"[\,u\,n+v=u'\,n+v'\,]", r"[\,u=u'\,]\,[\,v=v'\,]\quad(0\le v,v'<n)")
def pairs(e: Expr, facts: Facts) -> Expr | None:
    """A flat index stands for one pair only."""
    return _each_product(e, facts, _split_pairs)


def _each_product(e: Expr, facts: Facts, change: Callable[[Factors, Ranges, Facts], Product]) -> Expr:
    return collect(change(factors, ranges, facts) for factors, ranges in products(e))


def _split_pairs(factors: Factors, ranges: Ranges, facts: Facts) -> Product:
    known = dict(facts.ranges) | dict(ranges)
    return tuple(part for f in factors for part in _split(f, known)), ranges


def _split(f: Expr, known: Mapping[Symbol, Expr]) -> list[Expr]:
    """Delta(u V + v, u' V + v') as its two deltas, as often as that goes; any other factor as it is."""
    if not isinstance(f, Delta):
        return [f]
    ranges = sorted(known.items(), key=spelt)
    first, second = (_quotients(side, ranges) for side in f.args)
    for (u, v, n), (t, w, m) in product(first, second):
        if n == m:
            return [*_split(Delta(u, t), known), Delta(v, w)]
    return [f]


def _quotients(e: Expr, ranges: list[Range]) -> list[tuple[Expr, Symbol, Expr]]:
    """(u, v, n) for every range v < n that e = u n + v has."""
    among = e.free_symbols
    found = [(_quotient(e, v, n), v, n) for v, n in ranges if v in among]
    return [(u, v, n) for u, v, n in found if u is not None]


def _quotient(e: Expr, v: Symbol, n: Expr) -> Expr | None:
    """u with e = u n + v, if there is one that is no constant."""
    rest = expand(e - v)
    if rest == 0 or rest.has(v):
        return None
    u = expand(rest / n)
    return u if u.is_polynomial(*u.free_symbols) and not u.is_number else None


@rule(r"\sum_{0\le i<n}[\,i=k\,]\,f(i)", r"f(k)\quad(0\le k<n)")
def match(e: Expr, facts: Facts) -> Expr | None:
    """An index that must equal a free one of the same range is that one."""
    return _each_product(e, facts, _matched)


def _matched(factors: Factors, ranges: Ranges, facts: Facts) -> Product:
    for f, (i, n) in product(factors, ranges):
        if isinstance(f, Delta) and i in f.args:
            (other,) = (x for x in f.args if x != i)
            if (other, n) in facts.ranges:
                rest = tuple(rebuild(g, {i: other}) for g in factors if g is not f)
                return _matched(rest, tuple(r for r in ranges if r[0] != i), facts)
    return factors, ranges


@rule(r"\sum_{0\le i<n}[\,m\,i=e\,]\,f(i)", r"[\,m\mid e\,]\,[\,0\le e/m<n\,]\,f(e/m)")
def sift(e: Expr, facts: Facts) -> Expr | None:
    """A sum against a delta keeps the one term where the delta is 1."""
    return _each_product(e, facts, _sift_product)


def _sift_product(factors: Factors, ranges: Ranges, facts: Facts) -> Product:
    while found := _solutions(factors, ranges, facts):
        factors, ranges = _eliminate(factors, ranges, min(found, key=lambda s: s.rank))
    return factors, ranges


@dataclass(frozen=True)
class Solution:
    """A delta solved for one bound index: factor `delta` says multiple * index = value. The least rank is best."""

    rank: tuple[int, bool, bool, int, int]
    delta: int
    range: Range
    multiple: Expr
    value: Expr


def _solutions(factors: Factors, ranges: Ranges, facts: Facts) -> list[Solution]:
    """Every delta solved for every index. Best is the index that fewest tensors hold, of an output (not `kept`), with
    a unit coefficient, first in reading order."""
    found = []
    for (k, f), (place, (i, n)) in product(enumerate(factors), enumerate(ranges)):
        equal = _multiple(f, i, ranges) if isinstance(f, Delta) else None
        if equal:
            holders = sum(g.has(i) for g in factors if not isinstance(g, Iverson))
            rank = (holders, i in facts.kept, equal[0] != 1, k, place)
            found.append(Solution(rank, k, (i, n), *equal))
    return found


def _multiple(delta: Expr, i: Symbol, ranges: Ranges) -> tuple[Expr, Expr] | None:
    """(m, e) where the delta says m i = e, m being positive and free of summed indices; None where it does not."""
    difference = expand(delta.args[0] - delta.args[1])
    m = difference.coeff(i, 1)
    if m.could_extract_minus_sign():
        difference, m = expand(-difference), -m
    if not m.is_positive or any(m.has(j) for j, _ in ranges) or expand(difference - m * i).has(i):
        return None
    return m, expand(m * i - difference)


def _eliminate(factors: Factors, ranges: Ranges, s: Solution) -> Product:
    at = Quot(s.value, s.multiple)
    rest = [_solved(f, s, at) for k, f in enumerate(factors) if k != s.delta]
    guards = [In(at, s.range[1]), *([Div(s.value, s.multiple)] if s.multiple != 1 else [])]
    return tuple(x for x in (*rest, *guards) if x != 1), tuple(r for r in ranges if r != s.range)


def _solved(e: Expr, s: Solution, at: Expr) -> Expr:
    """e with the index at `at`; where e holds the very multiple that the delta solves, no quotient is written."""
    i, _ = s.range
    if not e.args or not e.has(i):
        return at if e == i else e
    if (e.is_Add or e.is_Mul) and not e.atoms(Entry, In):
        coefficient = expand(e).coeff(i, 1)
        ratio = (coefficient / s.multiple).cancel()
        rest = expand(e - coefficient * i)
        if not rest.has(i) and ratio.is_polynomial(*ratio.free_symbols):
            return expand(rest + ratio * s.value)
    return e.func(*(_solved(a, s, at) for a in e.args))


@rule(r"[\,0\le e<n\,]", r"1\quad(0\le e<n)")
def domains(e: Expr, facts: Facts) -> Expr | None:
    """A condition that the ranges of its indices, an index that equals it, or the other conditions imply is 1."""
    return _each_product(e, facts, _drop_implied)


def _drop_implied(factors: Factors, ranges: Ranges, facts: Facts) -> Product:
    known = facts.ranges + ranges
    equal = {f.args for f in factors if isinstance(f, Delta)} | {f.args[::-1] for f in factors if isinstance(f, Delta)}

    def sure(guard: In) -> bool:
        e, n = guard.args
        return implied(guard, known, facts.derived) or any((e, i) in equal for i, m in known if m == n)

    kept = [f for f in factors if not (isinstance(f, In) and sure(f))]
    for f in [f for f in kept if isinstance(f, In)]:
        others = [other for other in kept if isinstance(other, Iverson) and other is not f]
        if counted_out(f, others, known):
            kept.remove(f)
    return tuple(kept), ranges


@rule(r"\sum_i c\,f(i)", r"c\sum_i f(i)")
def hoist(e: Expr, facts: Facts) -> Expr | None:
    """A factor that does not depend on the index of a sum stands before it."""
    return Add(*(_hoisted(factors, ranges) for factors, ranges in products(e)))


def _hoisted(factors: Factors, ranges: Ranges) -> Expr:
    """Factors and ranges in connected groups; each group is a sum of its own, factors without index stand alone."""
    groups: list[tuple[set[Symbol], list[Expr]]] = [({i}, []) for i, _ in ranges]
    outside: list[Expr] = []
    for f in factors:
        touched = [g for g in groups if g[0] & f.free_symbols]
        if not touched:
            outside.append(f)
            continue
        first = touched[0]
        for other in touched[1:]:
            first[0].update(other[0])
            first[1].extend(other[1])
            groups.remove(other)
        first[1].append(f)
    sums = [Sum(Mul(*inside), *(r for r in ranges if r[0] in held)) for held, inside in groups]
    return Mul(*outside, *sums)


# ------------------------------------------------------------------------------------------------ reindexing
@rule(r"\sum_{0\le a<n}f(a)", r"\sum_{0\le a<n}f(n-1-a)")
def flip(e: Expr, facts: Facts) -> Expr | None:
    """A finite sum may be run backwards."""
    return _each_product(e, facts, _reversed)


def _reversed(factors: Factors, ranges: Ranges, facts: Facts) -> Product:
    new = {i: n - 1 - i for i, n in ranges}
    return tuple(tidy(rebuild(f, new)) for f in factors), ranges
