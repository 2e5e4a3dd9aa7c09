"""A general equation, derivation or operation with numbers put in: those of a network, or some of a convolution's.

Extents and options become numbers, ranges of one value disappear, conditions that the numbers imply are 1. Each line
is changed by itself, so equal lines stay equal; steps that then say nothing are left out.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from sympy import Basic, Expr, Integer, Mul, Symbol
from sympy.core.symbol import Str

from symconv.derivation.derivation import Derivation, Step
from symconv.derivation.equations import Equation, Operation, Target
from symconv.derivation.index import (
    Binder,
    Delta,
    Div,
    Entry,
    In,
    MaxOver,
    Place,
    Quot,
    Range,
    Sum,
    Winner,
    rebuild,
    tidy,
)
from symconv.derivation.ranges import implied
from symconv.derivation.rules import Facts
from symconv.derivation.sums import collect, domains, products, sift
from symconv.errors import Broken

Sizes = Mapping[Symbol, Expr | int]
DerivedExtents = tuple[tuple[Symbol, Expr], ...]
KEPT = 10_000  # lines with their numbers: the same layer stands in many networks, and a class has one shape of network


def put_in(e: Basic, ranges: tuple[Range, ...], sizes: Sizes, derived: DerivedExtents = ()) -> Basic:
    """e with the sizes, and with free indices of range 1 set to 0; `derived` are extents that are left to be known."""
    return _put_in(e, ranges, tuple(sizes.items()), derived)


@lru_cache(KEPT)
def _put_in(
    e: Basic, ranges: tuple[Range, ...], sizes: tuple[tuple[Symbol, Expr | int], ...], derived: DerivedExtents
) -> Basic:
    new = _numbers(dict(sizes))
    new |= {i: Integer(0) for i, n in ranges if rebuild(n, new) == 1}
    known = tuple((i, rebuild(n, new)) for i, n in ranges if i not in new)
    return tidy(_simpler(rebuild(e, new), known, derived))


def _numbers(sizes: Sizes) -> dict[Symbol, Expr]:
    return {s: Integer(n) if isinstance(n, int) else n for s, n in sizes.items()}


def _simpler(e: Basic, known: tuple[Range, ...], derived: DerivedExtents) -> Basic:
    """Ranges of one value and implied conditions removed, from the inside out."""
    while isinstance(e, Binder) and any(n == 1 for _, n in e.ranges):
        e = _without_single(e)
    if not e.args or isinstance(e, Str | Entry):  # no range and no condition stands in a subscript
        return e
    known += e.ranges if isinstance(e, Binder) else ()
    if isinstance(e, In):
        if implied(e, known, derived):
            return Integer(1)
        if e.args[1] == 1:
            return Delta(e.args[0], Integer(0))
    args = tuple(a if isinstance(a, Str) else _simpler(a, known, derived) for a in e.args)
    e = e if args == e.args else e.func(*args)
    return _undivided(e) if e.is_Mul else _counted(e) if isinstance(e, Sum) else e


def _counted(e: Basic) -> Basic:
    """A sum of ones is their number."""
    return Mul(*(n for _, n in e.ranges)) if e.body == 1 else e


def _undivided(e: Basic) -> Basic:
    """[m | e] [e/m = 0] as [e = 0]."""
    for d in e.args:
        if isinstance(d, Delta) and isinstance(d.args[0], Quot) and d.args[1] == 0:
            divides = Div(*d.args[0].args)
            if divides in e.args:
                return _undivided(Mul(*(f for f in e.args if f not in (d, divides)), Delta(d.args[0].args[0], 0)))
    return e


def _without_single(e: Basic) -> Basic:
    """A binder without its ranges of extent 1, whose index is 0."""
    single = {i: Integer(0) for i, n in e.ranges if n == 1}
    kept = tuple(r for r in e.ranges if r[0] not in single)
    if isinstance(e, Sum):
        return Sum(rebuild(e.body, single), *kept)
    if isinstance(e, MaxOver):
        return MaxOver(rebuild(e.body, single), rebuild(e.guard, single), *kept)
    if isinstance(e, Winner):
        at = Place(*(x for x, (i, _) in zip(e.at, e.ranges, strict=True) if i not in single))
        return Winner(rebuild(e.body, single), rebuild(e.guard, single), at, *kept)
    raise Broken(f"{type(e).__name__} cannot lose a range")


def equation_with(equation: Equation, sizes: Sizes, derived: DerivedExtents = ()) -> Equation:
    """The equation of one layer of one network; an index of one value is 0, and no range."""
    return Equation(
        _entry(equation.entry, equation.ranges, sizes),
        put_in(equation.value, equation.ranges, sizes, derived),
        ranges_with(equation.ranges, sizes),
    )


def operation_with(op: Operation, sizes: Sizes) -> Operation:
    """The operation with some of its numbers: options that have theirs are gone, extents follow as far as they can."""
    new = _numbers(sizes)
    derived = tuple((s, rebuild(e, new)) for s, e in op.derived if s not in new)
    return replace(
        op,
        equation=equation_with(op.equation, sizes, derived),
        shapes=tuple((t, tuple(rebuild(n, new) for n in shape)) for t, shape in op.shapes),
        targets=tuple(Target(_entry(t.entry, t.ranges, sizes), ranges_with(t.ranges, sizes)) for t in op.targets),
        options=tuple((name, symbols) for name, symbols in op.options if not set(symbols) <= set(new)),
        derived=derived,
        solved=tuple((s, rebuild(e, new)) for s, e in op.solved if s not in new),
        limits=tuple((s, rebuild(e, new)) for s, e in op.limits if s not in new),
        paddings=tuple((rebuild(a, new), rebuild(b, new)) for a, b in op.paddings),
    )


def derivation_with(d: Derivation, sizes: Sizes, derived: DerivedExtents = ()) -> Derivation:
    """The derivation of one layer of one network, without the steps in which nothing is left to do; its indices are
    those of extents above 1."""
    lines = [put_in(e, d.ranges, sizes, derived) for e in d.lines]
    ranges = ranges_with(d.ranges, sizes)
    steps = [
        Step(s.rule, before, after, s.facts)
        for s, before, after in zip(d.steps, lines, lines[1:], strict=False)
        if before != after
    ]
    for rule, after in finishing(lines[-1], ranges):
        steps.append(Step(rule, lines[-1], after, Facts(ranges)))
        lines.append(after)
    return Derivation(_entry(d.entry, d.ranges, sizes), ranges, tuple(steps))


def numbered(op: Operation, sizes: Sizes) -> Operation:
    """The operation with all of its numbers and every index, those of one value as well: in its general form."""
    new = _numbers(sizes)
    return replace(
        op,
        equation=_numbered(op.equation, new),
        shapes=tuple((t, tuple(rebuild(n, new) for n in shape)) for t, shape in op.shapes),
        targets=tuple(_numbered_target(t, new) for t in op.targets),
        options=(), derived=(), solved=(), limits=(),
        paddings=tuple((rebuild(a, new), rebuild(b, new)) for a, b in op.paddings),
    )  # fmt: skip


def numbered_derivation(d: Derivation, sizes: Sizes) -> Derivation:
    """The derivation likewise, without the steps in which nothing is left to do."""
    new = _numbers(sizes)
    target = _numbered_target(Target(d.entry, d.ranges), new)
    lines = [_unconditional(rebuild(e, new), target.ranges) for e in d.lines]
    steps = zip(d.steps, lines, lines[1:], strict=False)
    changed = tuple(replace(s, before=before, after=after) for s, before, after in steps if before != after)
    return Derivation(target.entry, target.ranges, changed)


def _numbered(e: Equation, new: Mapping[Symbol, Expr]) -> Equation:
    target = _numbered_target(Target(e.entry, e.ranges), new)
    return Equation(target.entry, _unconditional(rebuild(e.value, new), target.ranges), target.ranges)


def _unconditional(e: Basic, known: tuple[Range, ...]) -> Basic:
    """e without the conditions that the ranges imply, and with all of its indices."""

    def plain(e: Basic, known: tuple[Range, ...]) -> Basic:
        if not e.args or isinstance(e, Str | Entry):
            return e
        if isinstance(e, In) and implied(e, known):
            return Integer(1)
        known += e.ranges if isinstance(e, Binder) else ()
        args = tuple(plain(a, known) for a in e.args)
        e = e if args == e.args else e.func(*args)
        return _counted(e) if isinstance(e, Sum) else e

    return tidy(plain(e, known))


def _numbered_target(t: Target, new: Mapping[Symbol, Expr]) -> Target:
    return Target(tidy(rebuild(t.entry, new)), tuple((i, rebuild(n, new)) for i, n in t.ranges))


def finishing(e: Expr, ranges: tuple[Range, ...]) -> tuple[tuple[str, Expr], ...]:
    """What the numbers leave to do, each rule's name with what it makes of e: a sum over an index that a condition has
    come to fix, [e = 0] where an extent is 1, is sifted once more. That they write a product of sums as one sum first
    is no work of theirs: where nothing else happens, e stays as it is."""
    done: list[tuple[str, Expr]] = []
    for rule in (sift, domains):
        after = rule(e, Facts(ranges))
        if after is not None and after != collect(products(e)):
            e = tidy(after)
            done.append((rule.name, e))
    return tuple(done)


def _entry(entry: Entry, ranges: tuple[Range, ...], sizes: Sizes) -> Entry:
    at = (put_in(i, ranges, sizes) for i in entry.at)
    return Entry(entry.tensor, *at)


def ranges_with(ranges: tuple[Range, ...], sizes: Sizes) -> tuple[Range, ...]:
    """The ranges with their numbers, without those of one value."""
    numbers = _numbers(sizes)
    return tuple((i, n) for i, n in ((i, rebuild(n, numbers)) for i, n in ranges) if n != 1)
