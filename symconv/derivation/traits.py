"""What an equation tells of its function: whether it works number by number, is curved, has a kink or a root.

Nothing here is known of a layer by its name: a new one is what its equation is.
"""

from sympy import Expr, Function, Pow, exp, log

from symconv.derivation.functions import Named, relu, step
from symconv.derivation.index import Binder, Entry, Iverson, MaxOver, Quot, rebuild
from symconv.derivation.operation import Operation

EXACT = (exp, log, relu, step, Iverson, Quot)  # functions whose values are written with e and log, if not as fractions


def read_alone(operation: Operation) -> Entry | None:
    """The one entry that an output's entry is computed from, at the same place, of a function of one number."""
    output, value = operation.equation.entry, operation.equation.value
    entries = value.atoms(Entry)
    alone = len(entries) == len(operation.outputs) == 1 and not value.atoms(Binder)
    return next((x for x in entries if x.at == output.at), None) if alone else None


def is_curved(value: Expr) -> bool:
    """Whether there is a power of e, a logarithm or a function made of them: nowhere a sum of products."""
    return bool(value.has(exp, log, Named))


def is_masked(operation: Operation) -> bool:
    """Whether a function of one number is one straight line above 0 and another one below."""
    x, value = read_alone(operation), operation.equation.value
    return x is not None and not is_curved(value) and value.atoms(relu) == {relu(x)}


def has_kink(value: Expr) -> bool:
    """Whether a derivative has to be chosen somewhere."""
    return bool(value.has(relu, MaxOver))


def has_root(value: Expr) -> bool:
    """Whether there is a root, or a function, that leaves numbers without a short form."""
    plain = unfolded(value)
    return any(not p.exp.is_Integer for p in plain.atoms(Pow)) or any(
        not isinstance(f, EXACT) for f in plain.atoms(Function)
    )


def unfolded(value: Expr) -> Expr:
    """What stands behind the names of functions, in their place."""
    while named := value.atoms(Named):
        value = rebuild(value, {f: f.definition() for f in named})
    return value
