"""From an operation's equation to its gradients, one recorded step at a time."""

from collections.abc import Mapping

from sympy import Expr

from symconv.derivation import definitions, rules, sums
from symconv.derivation.derivation import Derivation, Step
from symconv.derivation.index import Entry, Partial
from symconv.derivation.operation import LOSS, Equation, Operation
from symconv.derivation.rules import Facts, Rule
from symconv.derivation.tensors import gradient
from symconv.errors import Broken

DIFFERENTIATE = (
    rules.definition, rules.linearity, rules.product_rule, rules.scalar_function, rules.maximum, rules.entry_rule,
)  # fmt: skip
SIMPLIFY = (
    sums.one_sum, sums.pairs, sums.sift, sums.domains, definitions.fold_own, sums.hoist, rules.sums_to_one,
    definitions.fold, rules.common_factor,
)  # fmt: skip

LAWS = (  # all rules, in the order in which one learns them
    rules.chain_rule, *DIFFERENTIATE, rules.sums_to_one, rules.one_hot, definitions.fold, rules.common_factor,
    sums.one_sum, sums.pairs, sums.match, sums.sift, sums.domains, sums.hoist, sums.flip,
)  # fmt: skip


def derive(operation: Operation, tensor: str, named: Mapping[str, Equation] | None = None) -> Derivation:
    """dL/d(tensor) for an operand of the operation, given dL/d(output).

    If the operation is itself the loss, its equation is differentiated directly. `named` are further definitions that
    the result may be written with (the softmax).
    """
    target = operation.target(tensor)
    facts = facts_for(operation, tensor, named or {})
    e: Expr = Partial(Entry(LOSS), target.entry)
    steps: list[Step] = []
    if LOSS not in operation.outputs:
        e = _record(steps, rules.chain_rule, e, facts)
    while e.atoms(Partial):
        e = _first_of(steps, DIFFERENTIATE, e, facts)
    for simplification in SIMPLIFY:
        e = _record(steps, simplification, e, facts)
    return Derivation(Entry(gradient(tensor), *target.entry.at), target.ranges, tuple(steps))


def facts_for(operation: Operation, tensor: str, named: Mapping[str, Equation]) -> Facts:
    """What the rules may use: ranges, definitions, extents; a sift prefers the output's indices to the summed ones."""
    target = operation.target(tensor)
    output = {i for i, _ in operation.equation.ranges}
    defined = {e.entry.tensor: e for e in operation.equations}
    kept = frozenset(s for s in operation.equation.value.atoms() if s.is_Symbol and s not in output)
    return Facts(
        ranges=target.ranges,
        equations={**defined, **named},
        readers=() if LOSS in defined else operation.outputs,
        derived=operation.derived,
        distributions={t: operation.shape(t)[-1] for t in sorted(operation.distributions)},
        kept=kept,
    )


def _record(steps: list[Step], rule: Rule, e: Expr, facts: Facts) -> Expr:
    """Apply one rule; if it changes something, that is a step."""
    after = rule(e, facts)
    if after is None:
        return e
    steps.append(Step(rule.name, e, after, facts))
    return after


def _first_of(steps: list[Step], candidates: tuple[Rule, ...], e: Expr, facts: Facts) -> Expr:
    for rule in candidates:
        after = _record(steps, rule, e, facts)
        if after is not e:
            return after
    raise Broken(f"no rule differentiates {e}")


def gradients(operation: Operation, named: Mapping[str, Equation] | None = None) -> tuple[Derivation, ...]:
    """The derivation for every operand that has a target, in the operation's order."""
    return tuple(derive(operation, t.entry.tensor, named) for t in operation.targets)
