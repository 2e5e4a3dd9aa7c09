"""Gradients derived once for all operations that differ in the names of their tensors only: the same layer stands in
many places of a network, and in many networks."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from sympy import Basic
from sympy.core.symbol import Str

from symconv.derivation.derivation import Derivation, Step
from symconv.derivation.derive import gradients
from symconv.derivation.index import Entry
from symconv.derivation.operation import LOSS, Equation, Operation, Target
from symconv.derivation.rules import Facts
from symconv.derivation.tensors import gradient

KEPT = 1_000  # operations
NamedEquations = tuple[tuple[str, Equation], ...]
Renaming = Callable[[Any], Any]  # of an expression or of a name, one of its kind


@lru_cache(KEPT)
def gradients_of(operation: Operation, named: NamedEquations = ()) -> tuple[Derivation, ...]:
    """The derivation for every operand that has a target, in the operation's order: those of `derive.gradients`."""
    tensors = sorted({*dict(operation.shapes), *dict(named)} - {LOSS})  # in the order in which products hold them
    plain = {t: f"T{k:03}" for k, t in enumerate(tensors)}
    there, back = _renaming(plain), _renaming({name: t for t, name in plain.items()})
    found = _gradients(_operation(operation, there), tuple((plain[t], _equation(e, there)) for t, e in named))
    return tuple(_derivation(d, back) for d in found)


@lru_cache(KEPT)
def _gradients(operation: Operation, named: NamedEquations) -> tuple[Derivation, ...]:
    return gradients(operation, dict(named) or None)


def _renaming(names: Mapping[str, str]) -> Renaming:
    """Every entry of an expression, and every tensor that is given by its name, under its new name."""
    new = {**names, **{gradient(t): gradient(name) for t, name in names.items()}}
    known: dict[Basic, Basic] = {}

    def renamed(e: Any) -> Any:
        if isinstance(e, str):
            return new.get(e, e)
        if isinstance(e, Entry):
            return Entry(renamed(e.tensor), *e.at)
        if not e.args or isinstance(e, Str):
            return e
        if e not in known:
            args = tuple([renamed(a) for a in e.args])
            known[e] = e if args == e.args else e.func(*args)
        return known[e]

    return renamed


def _operation(op: Operation, new: Renaming) -> Operation:
    """Extents and options hold no tensor."""
    return replace(
        op,
        equation=_equation(op.equation, new),
        shapes=tuple((new(t), shape) for t, shape in op.shapes),
        targets=tuple(Target(new(t.entry), t.ranges) for t in op.targets),
        distributions=frozenset(map(new, op.distributions)),
        positives=frozenset(map(new, op.positives)),
        roles=tuple((role, new(t)) for role, t in op.roles),
        further=tuple(_equation(e, new) for e in op.further),
    )


def _equation(e: Equation, new: Renaming) -> Equation:
    return Equation(new(e.entry), new(e.value), e.ranges)


def _derivation(d: Derivation, new: Renaming) -> Derivation:
    steps = tuple(Step(s.rule, new(s.before), new(s.after), _facts(s.facts, new)) for s in d.steps)
    return Derivation(new(d.entry), d.ranges, steps)


def _facts(facts: Facts, new: Renaming) -> Facts:
    return replace(
        facts,
        equations={new(t): _equation(e, new) for t, e in facts.equations.items()},
        readers=tuple(map(new, facts.readers)),
        distributions={new(t): n for t, n in facts.distributions.items()},
        targets={new(t): k for t, k in facts.targets.items()},
    )
