"""One entry of a gradient as the terms of its sum, each with its number."""

from collections.abc import Iterator, Mapping
from itertools import product
from math import prod

from sympy import Expr, Integer, Mul, Symbol

from symconv.array import Index
from symconv.derivation.derivation import Derivation
from symconv.derivation.index import Range, rebuild
from symconv.derivation.sums import products
from symconv.evaluation.arithmetic import Floats, wide
from symconv.evaluation.evaluate import World
from symconv.evaluation.kinds import OneByOne
from symconv.handout.pen import Pen

MOST_POINTS = 4_000  # of a sum that is looked at
Summand = tuple[float, tuple[Expr, ...]]


def summands(pen: Pen, d: Derivation, at: Index) -> Iterator[Summand]:
    """The terms of a gradient's equation at one entry that are not 0, each with its factors; none of a sum too long."""
    here = _free(d, at)
    world = World({}, pen.study.floats, kind=OneByOne(Floats()))
    for factors, ranges in products(rebuild(d.equation.value, here)):
        if prod(int(n) for _, n in ranges) > MOST_POINTS:
            continue
        points = list(product(*(range(int(n)) for _, n in ranges)))
        found = world.values(Mul(*factors), ranges, points).numbers()
        for point, x in zip(points, map(wide, found), strict=True):
            if x:
                put = {i: Integer(k) for (i, _), k in zip(ranges, point, strict=True)}
                yield x, tuple(rebuild(f, put) for f in factors)


def _free(d: Derivation, at: Index) -> dict[Symbol, Expr]:
    """The values of the free indices at an entry; a subscript may be composed, as g Og + o."""
    found: dict[Symbol, Expr] = {}
    ranges: Mapping[Symbol, Expr] = dict(d.ranges)
    for e, k in zip(d.entry.at, at, strict=True):
        own: list[Range] = [(i, ranges[i]) for i in sorted(e.free_symbols, key=str)]
        for point in product(*(range(int(n)) for _, n in own)):
            put = {i: Integer(v) for (i, _), v in zip(own, point, strict=True)}
            if rebuild(e, put) == k:
                found |= put
                break
    return found
