"""The reason beside a line that differentiates: which functions' derivatives were put in there, and no others."""

from collections.abc import Iterable, Iterator, Mapping

from sympy import Expr, Function, Pow, exp, log

from symconv.derivation.functions import absolute, at_least, at_most, clamp, clip, huber, negative_part, relu
from symconv.derivation.index import Entry, Partial
from symconv.formula.compose import COMMA, LARGEST, SLASH, fenced, numeral, scripts
from symconv.formula.nodes import Letter, Node, Root, mapped, row
from symconv.handout.applied import BAR, FUNCTIONS, LEAST, LOG, ZERO, bent_at
from symconv.handout.numerals import EULER, number as exactly
from symconv.handout.printer import ONE
from symconv.text.prose import Prose
from symconv.text.rich_text import inline

NUMBER = Letter("@")  # what a function is of, which is called by a letter of its own in each network
ROOT = Root(NUMBER)
NAMES: Mapping[type, Node] = {
    log: LOG, exp: scripts(EULER, above=NUMBER), relu: row(LARGEST, fenced(row(ZERO, COMMA, NUMBER))),
    negative_part: row(LEAST, fenced(row(ZERO, COMMA, NUMBER))), absolute: row(BAR, NUMBER, BAR), **FUNCTIONS,
}  # fmt: skip
POWERS: Mapping[str, Node] = {"1/2": ROOT, "-1": row(ONE, SLASH, NUMBER), "-1/2": row(ONE, SLASH, ROOT)}


def functions(before: Expr) -> Iterator[Node]:
    """The functions of one number whose derivatives an expression asks for, from the outside in, each of
    NUMBER."""
    for partial in sorted(before.atoms(Partial), key=str):
        inner = partial.body
        while not isinstance(inner, Entry) and isinstance(inner, Pow | Function) and (name := _name(inner)):
            yield name
            inner = inner.args[0]


def _name(f: Expr) -> Node | None:
    if isinstance(f, Pow):
        exponent = str(f.exp)
        return POWERS.get(exponent, scripts(NUMBER, above=numeral(exponent))) if f.exp.is_number else None
    if isinstance(f, at_least | at_most):
        sign, bound = LARGEST if isinstance(f, at_least) else LEAST, exactly(f.args[1])
        return row(sign, fenced(row(bound, COMMA, NUMBER)))
    if isinstance(f, clip | clamp):
        low, high = map(exactly, f.args[1:])
        return row(LEAST, fenced(row(high, COMMA, LARGEST, fenced(row(low, COMMA, NUMBER)))))
    if isinstance(f, huber):
        return row(bent_at(f), fenced(NUMBER))
    return NAMES.get(type(f))


def named_by(f: Node, number: Node) -> Node:
    """A function of NUMBER as one of a number that is called so."""
    return mapped(f, lambda leaf: number if leaf == NUMBER else leaf)


def reason(say: Prose, rules: Iterable[str], named: Iterable[Node], number: Node) -> str:
    """What was done to a line by the rules of differentiation: constants in front, products, functions of a number
    that is called so."""
    found = [inline(named_by(f, number)) for f in dict.fromkeys(named)]
    parts = [say("rule.constants")] if "linearity" in rules else []
    parts += [say("rule.product_rule")] if "product_rule" in rules else []
    if found:
        *first, last = found
        listed = say("rule.comma").join(first) + (say("rule.and") if first else "") + last
        parts.append(say("rule.derivatives" if first else "rule.derivative", functions=listed))
    return say("rule.then").join(parts)
