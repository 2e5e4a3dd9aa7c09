"""The conditions of a derivation: whether they must be seen both true and false, or follow from what is known."""

from collections import Counter

from sympy import Expr, Symbol

from symconv.derivation.derivation import Derivation
from symconv.derivation.index import Iverson, Range, Sum, Winner, rebuild
from symconv.derivation.ranges import counted_out
from symconv.derivation.sums import products
from symconv.evaluation.places import nodes


def is_counted_out(c: Expr, d: Derivation) -> bool:
    """Whether a condition holds wherever those that it stands beside do, each time that it stands in a product: it is
    not looked at elsewhere, and so never seen to fail."""
    beside = [
        counted_out(f, [x for x in factors if isinstance(x, Iverson) and x is not f], d.ranges + ranges)
        for e in d.lines
        for factors, ranges in products(e)
        for f in factors
        if isinstance(f, Iverson) and unmarked(f) == c
    ]
    return bool(beside) and all(beside)


def unmarked(c: Expr) -> Expr:
    """A condition by the letters of its indices: a' runs where a does."""
    return rebuild(c, {s: Symbol(s.name.rstrip("'"), **s.assumptions0) for s in c.free_symbols if s.name[-1] == "'"})


def ranges_of(d: Derivation) -> tuple[Range, ...]:
    """The ranges of the free and of all bound indices of a derivation; a name with two extents has none."""
    bound = {r for e in d.lines for s in nodes(e) if isinstance(s, Sum | Winner) for r in s.ranges}
    known = Counter(i for i, _ in bound)
    return d.ranges + tuple(sorted((r for r in bound if known[r[0]] == 1), key=str))
