"""How each node of the index algebra is evaluated at many places at once, exactly where it can be.

Places are vectors of letters' values. A sum puts every value of its index beside every place, drops the places at which
a condition does not hold as soon as that is known, evaluates its body at those that are left, and adds up what belongs
to one place. What numbers are is the world's (`evaluation.kinds`).
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, reduce, singledispatch
from math import prod
from operator import add, mul

import numpy as np
from sympy import Add, Expr, Mul, Pow, Rational, Symbol, cos, erf, exp, log, sin
from sympy.core.numbers import Pi

from symconv.derivation.functions import Defined, Named, relu, sg, step
from symconv.derivation.index import KEPT, Entry, Iverson, MaxOver, Partial, Quot, Range, Sum, Winner
from symconv.errors import Broken
from symconv.evaluation.places import ALONG, Inside, Points, Surroundings, free, position, seen
from symconv.evaluation.rows import IntegerArray, Mask, Vector
from symconv.evaluation.slopes import Slopes


# ------------------------------------------------------------------------------------------------ numbers
@singledispatch
def values(e: Expr, here: Points, around: Surroundings) -> Vector:
    """The vector of e's numbers, one for each place or one for all. IndexError for a read outside a tensor, Broken for
    a maximum over nothing and for what has no value, NotPolynomial for what letters have not."""
    raise Broken(f"no value is defined for {type(e).__name__}: {e}")


@values.register
def _rational(e: Rational, here: Points, around: Surroundings) -> Vector:
    return around.kind.constant(int(e) if e.is_Integer else Fraction(int(e.p), int(e.q)))


@values.register
def _letter(e: Symbol, here: Points, around: Surroundings) -> Vector:
    return around.kind.whole(np.atleast_1d(here.letters[e.name]))


@values.register
def _quotient(e: Quot, here: Points, around: Surroundings) -> Vector:
    return around.kind.whole(np.atleast_1d(position(e, here)))


@values.register
def _entry(e: Entry, here: Points, around: Surroundings) -> Vector:
    tensor = around.tensor(e.tensor)
    place, entries = np.atleast_1d(here.place(e.at, tensor.shape)), tensor.entries
    if isinstance(entries, Slopes) and ALONG in here.letters:
        place = np.broadcast_to(place, here.count)
        return Slopes(entries.v[place], entries.d[place, here.letters[ALONG]][:, None])
    return entries[place]


@values.register
def _sum_of_terms(e: Add, here: Points, around: Surroundings) -> Vector:
    first, *others = (values(a, here, around) for a in e.args)
    return reduce(add, others, first)


@values.register
def _product(e: Mul, here: Points, around: Surroundings) -> Vector:
    return _summed(e, (), here, around)


@values.register
def _sum(e: Sum, here: Points, around: Surroundings) -> Vector:
    return _summed(e.body, e.ranges, here, around)


@dataclass(frozen=True)
class _Plan:
    """A sum of a product taken apart: which ranges come first, what has to hold, what is multiplied, what is read."""

    ranges: tuple[Range, ...]
    conditions: tuple[Expr, ...]
    winners: list[Expr]
    others: list[Expr]
    letters: frozenset[str]


@lru_cache(KEPT)
def _plan(body: Expr, ranges: tuple[Range, ...]) -> _Plan:
    factors = Mul.make_args(body)
    conditions = [f for f in factors if isinstance(f, Iverson)]
    winners = [f for f in factors if isinstance(f, Winner)]
    others = [f for f in factors if not isinstance(f, Iverson | Winner)]
    letters = frozenset(s.name for s in free(body).union(*(free(n) for _, n in ranges)))
    return _Plan(tuple(_soonest(ranges, conditions)), tuple(conditions), winners, others, letters)


def _soonest(ranges: tuple[Range, ...], conditions: list[Expr]) -> list[Range]:
    """The ranges in an order in which the conditions are decided early: a finite sum may be taken in any."""
    left, out = list(ranges), []
    while left:
        open_ = {i for i, _ in left}
        missing = [free(c) & open_ for c in conditions]
        first = min((m for m in missing if m), key=len, default=open_)
        chosen = next(r for r in left if r[0] in first)
        left.remove(chosen)
        out.append(chosen)
    return out


def _summed(body: Expr, ranges: tuple[Range, ...], here: Points, around: Surroundings) -> Vector:
    """The sum of a product over the ranges; what follows a condition that does not hold is not evaluated."""
    plan = _plan(body, ranges)
    inside = here.of(plan.letters).inside(plan.ranges, plan.conditions, around)
    for w in plan.winners:
        if inside.here.count:
            inside = inside.where(_won(w, inside.here, around))
    if not inside.here.count:
        return around.kind.whole(np.zeros(here.count, dtype=np.int64))
    first, *others = [values(f, inside.here, around) for f in plan.others] or [around.kind.constant(1)]
    product = reduce(mul, others, first)
    if ranges or plan.conditions or plan.winners:
        return product.spread(inside.here.count).summed(inside.rows)
    return product


@values.register
def _power(e: Pow, here: Points, around: Surroundings) -> Vector:
    if not e.exp.is_Rational:
        raise Broken(f"no value is defined for {e}")
    n = Fraction(int(e.exp.p), int(e.exp.q))
    return values(e.base, here, around).power(int(n) if n.denominator == 1 else n)


@values.register
def _condition(e: Iverson, here: Points, around: Surroundings) -> Vector:
    return around.kind.whole(seen(e, here, around))


# ------------------------------------------------------------------------------------------------ maxima
def window(e: MaxOver | Winner, here: Points, around: Surroundings) -> Inside:
    """The places of the bodies whose guard holds, in row-major order. Broken where there is none."""
    conditions = tuple(c for c in Mul.make_args(e.guard) if c != 1)
    if wrong := [c for c in conditions if not isinstance(c, Iverson)]:
        raise Broken(f"{wrong[0]} is no condition")
    inside = here.inside(e.ranges, conditions, around)
    if len(inside.rows.there) < here.count:
        raise Broken(f"a maximum over an empty window: {e}")
    return inside


def _bodies(e: MaxOver | Winner, here: Points, around: Surroundings) -> tuple[Inside, Vector]:
    """Its places, and its bodies there."""
    inside = window(e, here, around)
    return inside, values(e.body, inside.here, around).spread(inside.here.count)


@values.register
def _maximum(e: MaxOver, here: Points, around: Surroundings) -> Vector:
    inside, bodies = _bodies(e, here, around)
    return bodies.maximum(inside.rows)


@values.register
def _winner(e: Winner, here: Points, around: Surroundings) -> Vector:
    return around.kind.whole(_won(e, here, around))


def _won(e: Winner, here: Points, around: Surroundings) -> Mask:
    """Where the named place holds the first largest body."""
    place = first_largest(e, here, around)
    held: Mask = np.logical_and.reduce([place[i] == position(at, here) for i, at in zip(e.bound, e.at, strict=True)])
    return held


def first_largest(e: MaxOver | Winner, here: Points, around: Surroundings) -> dict[Symbol, IntegerArray]:
    """The place of the first largest body in row-major order: for each of the node's indices its values."""
    inside, bodies = _bodies(e, here, around)
    found = inside.here.only(bodies.largest(inside.rows)).letters
    return {i: np.atleast_1d(found[i.name]) for i in e.bound}


# ------------------------------------------------------------------------------------------------ functions
@values.register
def _relu(e: relu, here: Points, around: Surroundings) -> Vector:
    return values(e.args[0], here, around).positive_part()


@values.register
def _step(e: step, here: Points, around: Surroundings) -> Vector:
    return around.kind.whole(values(e.args[0], here, around).positive)


@values.register
def _held(e: sg, here: Points, around: Surroundings) -> Vector:
    x = values(e.args[0], here, around)
    return x.v if isinstance(x, Slopes) else x


@values.register
def _defined(e: Defined, here: Points, around: Surroundings) -> Vector:
    return values(e.definition(), here, around)


@values.register
def _named(e: Named, here: Points, around: Surroundings) -> Vector:
    return around.kind.named(values(e.args[0], here, around), values(e.definition(), here, around))


@values.register
def _pi(e: Pi, here: Points, around: Surroundings) -> Vector:
    return around.kind.pi()


@values.register
def _exp(e: exp, here: Points, around: Surroundings) -> Vector:
    return values(e.args[0], here, around).exp()


@values.register
def _log(e: log, here: Points, around: Surroundings) -> Vector:
    return values(e.args[0], here, around).log()


@values.register
def _erf(e: erf, here: Points, around: Surroundings) -> Vector:
    return values(e.args[0], here, around).erf()


@values.register
def _sin(e: sin, here: Points, around: Surroundings) -> Vector:
    return values(e.args[0], here, around).sin()


@values.register
def _cos(e: cos, here: Points, around: Surroundings) -> Vector:
    return values(e.args[0], here, around).cos()


# ------------------------------------------------------------------------------------------------ derivatives
@values.register
def _partial(e: Partial, here: Points, around: Surroundings) -> Vector:
    tensor = around.tensor(e.entry.tensor)
    wanted, inside = np.zeros(here.count, dtype=np.int64), np.ones(here.count, dtype=bool)
    for i, n in zip(e.entry.at, tensor.shape, strict=True):
        k = here.at(i)
        inside &= (k >= 0) & (k < n)
        wanted = wanted * n + k
    wanted = np.where(inside, wanted, -1)  # no entry: by that, of all numbers nothing has a derivative
    asked = np.zeros(prod(tensor.shape) + 1, dtype=bool)
    asked[wanted] = True
    entries = np.flatnonzero(asked)
    with around.perturbed(e.entry.tensor, entries):
        x = values(e.body, here.along((np.cumsum(asked) - 1)[wanted]), around)
    still = around.kind.whole(np.zeros(here.count, dtype=np.int64))
    return x.spread(here.count).d[:, 0] if isinstance(x, Slopes) else still
