"""What an equation tells of its function: whether it works number by number, is curved, has a kink or a root.

Nothing here is known of a layer by its name: a new one is what its equation is.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple

from sympy import Expr, Function, Pow, cos, erf, exp, log, sin

from symconv.derivation.functions import Defined, Flag, huber, relu, sg, step
from symconv.derivation.index import Binder, Entry, Iverson, MaxOver, Quot, rebuild
from symconv.derivation.operation import Operation

# functions whose values are written with e and log, if not as fractions
EXACT = (exp, log, relu, step, sg, Iverson, Quot)


def read_alone(operation: Operation) -> Entry | None:
    """The one entry that an output's entry is computed from, at the same place, of a function of one number."""
    output, value = operation.equation.entry, operation.equation.value
    entries = value.atoms(Entry)
    alone = len(entries) == len(operation.outputs) == 1 and not value.atoms(Binder)
    return next((x for x in entries if x.at == output.at), None) if alone else None


def is_curved(value: Expr) -> bool:
    """Whether there is a power of e, a logarithm or a function made of them: nowhere a sum of products."""
    return bool(unfolded(value).has(exp, log, erf, sin, cos))


def is_masked(operation: Operation) -> bool:
    """Whether a function of one number is one straight line above 0 and another one below."""
    x, value = read_alone(operation), operation.equation.value
    return x is not None and not is_curved(value) and value.atoms(relu) == {relu(x)}


def has_kink(value: Expr) -> bool:
    """Whether a derivative has to be chosen somewhere: not in Huber's function, whose pieces meet with one slope."""
    smooth = rebuild(value, {f: f.args[0] ** 2 for f in value.atoms(huber)})
    return bool(unfolded(smooth).has(relu, Flag, MaxOver))


def has_root(value: Expr) -> bool:
    """Whether there is a root, or a function, that leaves numbers without a short form."""
    plain = unfolded(value)
    return any(not p.exp.is_Integer for p in plain.atoms(Pow)) or any(
        not isinstance(f, EXACT) for f in plain.atoms(Function)
    )


def unfolded(value: Expr) -> Expr:
    """What functions stand for, in their place."""
    while defined := value.atoms(Defined):
        value = rebuild(value, {f: f.definition() for f in defined})
    return value


class Domain(NamedTuple):
    """The numbers of which a function, and its derivative, is a number of float64: in words, whether one is among them,
    and what layer before it makes such numbers."""

    words: str
    holds: Callable[[float], bool]
    remedy: str


POSITIVE = Domain("> 0", lambda x: x > 0, "softplus or exp")
NOT_NEGATIVE = Domain(">= 0", lambda x: x >= 0, "relu or square")
NOT_ZERO = Domain("other than 0", lambda x: x != 0, "softplus or exp")
NOT_HUGE = Domain("<= 700", lambda x: x <= 700, "scale with a small factor, or hardtanh")


@lru_cache(1000)
def domain(operation: Operation) -> Domain | None:
    """Where a function of one number is defined and has a derivative; None where it is everywhere."""
    x = read_alone(operation)
    return None if x is None else domains(operation).get(x.tensor)


@lru_cache(1000)
def domains(operation: Operation) -> Mapping[str, Domain]:
    """The tensors of which a function is not defined for every number, entry by entry: of a quotient what it is divided
    by."""
    value = operation.equation.value
    if value.atoms(Binder):
        return {}
    found = {x.tensor: _domain(x, value) for x in sorted(value.atoms(Entry), key=str)}
    return {tensor: known for tensor, known in found.items() if known is not None}


def _domain(x: Entry, value: Expr) -> Domain | None:
    exponents = [p.exp for p in value.atoms(Pow) if p.base == x]
    if value.has(log(x)) or any(not n.is_Integer and n < 1 for n in exponents):
        return POSITIVE
    if any(not n.is_Integer for n in exponents):
        return NOT_NEGATIVE
    if any(n < 0 for n in exponents):
        return NOT_ZERO
    return NOT_HUGE if value.has(exp(x)) else None
