"""The reason beside a line that differentiates: which functions' derivatives were put in there, and no others."""

from collections.abc import Iterable, Iterator

from sympy import Expr, Function, Pow, exp, log

from symconv.derivation.functions import relu
from symconv.derivation.index import Entry, Partial
from symconv.formula.latex import latex
from symconv.handout.printer import FUNCTIONS
from symconv.text.prose import Prose

NUMBER = "@"  # what a function is of, which is called by a letter of its own in each network
NAMES = {log: r"\log", exp: "e^@", relu: r"\max(0,@)", **{f: latex(name) for f, name in FUNCTIONS.items()}}
POWERS = {"2": "@^2", "1/2": r"\sqrt{@}", "-1": "1/@", "-1/2": r"1/\sqrt{@}"}


def functions(before: Expr) -> Iterator[str]:
    """The functions of one number whose derivatives an expression asks for, from the outside in: as Math, but for the
    number that they are of."""
    for partial in sorted(before.atoms(Partial), key=str):
        inner = partial.body
        while not isinstance(inner, Entry) and isinstance(inner, Pow | Function) and (name := _name(inner)):
            yield name
            inner = inner.args[0]


def _name(f: Expr) -> str:
    if isinstance(f, Pow):
        return POWERS.get(str(f.exp), f"{NUMBER}^{{{f.exp}}}") if f.exp.is_number else ""
    return NAMES.get(type(f), "")


def reason(say: Prose, rules: Iterable[str], named: Iterable[str], number: str) -> str:
    """What was done to a line by the rules of differentiation: constants in front, products, functions of a number
    that is called so."""
    found = [f"${f.replace(NUMBER, number)}$" for f in dict.fromkeys(named)]
    parts = [say("rule.constants")] if "linearity" in rules else []
    parts += [say("rule.product_rule")] if "product_rule" in rules else []
    if found:
        *first, last = found
        listed = say("rule.comma").join(first) + (say("rule.and") if first else "") + last
        parts.append(say("rule.derivatives" if first else "rule.derivative", functions=listed))
    return say("rule.then").join(parts)
