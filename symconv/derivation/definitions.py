"""A definition read backwards: where its right-hand side stands, its name is written, as y for a softmax."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sympy import Expr, Mul

from symconv.derivation.functions import Named
from symconv.derivation.index import Entry, rebuild
from symconv.derivation.operation import Equation
from symconv.derivation.rules import Facts, everywhere, rule
from symconv.derivation.scopes import canonical


@rule(r"\frac{e^{z_k}}{\sum_m e^{z_m}}", "y_k")
@everywhere
def fold(e: Expr, facts: Facts) -> Expr | None:
    """Read a definition backwards: where its right-hand side stands, write its name."""
    if not e.is_Mul and not isinstance(e, Named):
        return None
    for equation in facts.equations.values():
        found = _folded(e, equation)
        if found is not None:
            return found
    return None


def _fold_own(e: Expr, facts: Facts) -> Expr | None:
    own = {tensor: equation for tensor, equation in facts.equations.items() if tensor in facts.readers}
    return fold(e, replace(facts, equations=own)) if own else None


fold_own = replace(fold, rewrite=_fold_own)  # with the operation's own output, before sums are taken apart


def _folded(e: Expr, equation: Equation) -> Expr | None:
    """e with one occurrence of the equation's product, or of its function, replaced by its entry, whatever its indices
    are called there."""
    value, free = equation.value, equation.entry.at
    if not all(i.is_Symbol for i in free) or not (value.is_Mul or isinstance(value, Named)):
        return None
    have = {canonical(a): a for a in Mul.make_args(e)}
    for at in _places(e, len(free)):
        there = rebuild(value, dict(zip(free, at, strict=True)))
        rest = _without(have, [canonical(a) for a in Mul.make_args(there)])
        if rest is not None:
            return Mul(*rest, Entry(equation.entry.tensor, *at))
    return None


def _without(have: Mapping[Expr, Expr], wanted: Iterable[Expr]) -> list[Expr] | None:
    """The factors that are left when those that are wanted are taken away, of a power as much as is wanted of it; None
    where not all of them are there."""
    rest = dict(have)
    for w in wanted:
        base, power = w.as_base_exp()
        found = next((c for c in rest if c == w or (c.is_Pow and c.base == base and _is_more(c.exp, power))), None)
        if found is None:
            return None
        a = rest.pop(found)
        if found != w:
            left = a.base ** (a.exp - power)
            rest[canonical(left)] = left
    return list(rest.values())


def _is_more(whole: Expr, part: Expr) -> bool:
    """Whether a power is a higher one of the same sign: of 1/S^2 there is 1/S."""
    return bool(whole.is_negative and part.is_negative and (whole - part).is_negative)


def _places(e: Expr, rank: int) -> list[tuple[Expr, ...]]:
    """The subscripts of e's entries with so many indices, in a fixed order."""
    return sorted({x.at for x in e.atoms(Entry) if len(x.at) == rank}, key=str)
