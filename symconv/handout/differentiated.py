"""The reason beside a line that differentiates: which functions' derivatives were put in there, and no others."""

from collections.abc import Iterable, Iterator

from sympy import Expr, Function, Pow, exp, log

from symconv.derivation.index import Entry, Partial, relu
from symconv.handout.latex import FUNCTIONS
from symconv.prose import Prose

NAMES = {log: r"\log", exp: "e^z", relu: r"\max(0,z)", **FUNCTIONS}
POWERS = {"2": "z^2", "1/2": r"\sqrt{z}", "-1": "1/z", "-1/2": r"1/\sqrt{z}"}


def functions(before: Expr) -> Iterator[str]:
    """The functions of one number whose derivatives an expression asks for, as Math, from the outside in."""
    for partial in sorted(before.atoms(Partial), key=str):
        inner = partial.body
        while not isinstance(inner, Entry) and isinstance(inner, Pow | Function) and (name := _name(inner)):
            yield name
            inner = inner.args[0]


def _name(f: Expr) -> str:
    if isinstance(f, Pow):
        return POWERS.get(str(f.exp), f"z^{{{f.exp}}}") if f.exp.is_number else ""
    return NAMES.get(type(f), "")


def reason(say: Prose, rules: Iterable[str], named: Iterable[str]) -> str:
    """What was done to a line by the rules of differentiation: constants in front, products, functions."""
    found = [f"${f}$" for f in dict.fromkeys(named)]
    parts = [say("rule.constants")] if "linearity" in rules else []
    parts += [say("rule.product_rule")] if "product_rule" in rules else []
    if found:
        *first, last = found
        listed = say("rule.comma").join(first) + (say("rule.and") if first else "") + last
        parts.append(say("rule.derivatives" if first else "rule.derivative", functions=listed))
    return say("rule.then").join(parts)
