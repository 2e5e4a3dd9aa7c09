"""The reason beside a line names the functions that were differentiated there."""

import re

import pytest
from studies import study
from sympy import Integer, exp, log, sqrt

from symconv.derivation.functions import Phi, relu, sigmoid
from symconv.derivation.index import Entry, Partial, index
from symconv.formula.compose import scripts
from symconv.formula.latex import latex
from symconv.formula.nodes import Letter
from symconv.handout.chains import MERGED, printed
from symconv.handout.differentiated import NUMBER, functions, named_by, reason
from symconv.handout.pen import Pen
from symconv.text.prose import LANGUAGES, prose

i, k = index("i"), index("k")
Z = Entry("z", i)


@pytest.mark.parametrize(("f", "named"), [
    (log(Z), [r"\log"]), (exp(Z), ["e^{x}"]), (sqrt(Z), [r"\sqrt{x}"]), (1 / sqrt(Z), [r"1/\sqrt{x}"]),
    (Z**2, ["x^{2}"]),
    (Z**3, ["x^{3}"]), (1 / Z, ["1/x"]), (relu(Z), [r"\max(0,x)"]), (sigmoid(Z), [r"\sigma"]), (Phi(Z), [r"\Phi"]),
    (log(exp(relu(Z)) + 1), [r"\log"]), (exp(relu(Z)), ["e^{x}", r"\max(0,x)"]), (Z, []), (2 * exp(Z), []),
])  # fmt: skip
def test_functions_by_their_names(f: object, named: list[str]) -> None:
    """What stands before a function, or is added in it, is differentiated in a step of its own."""
    found = functions(Integer(3) * Partial(f, Entry("z", k)))
    assert [latex(named_by(name, Letter("x"))) for name in found] == named


def test_a_reason_lists_what_was_done() -> None:
    say = prose("en")
    a, b, c, s = map(Letter, "abcs")
    power = [scripts(Letter("e"), above=NUMBER)]
    assert reason(say, ("linearity", "scalar_function"), power, s) == "constant factors stay; derivative of $e^{s}$"
    assert reason(say, ("product_rule",), [a, b, a, c], s) == "product rule; derivatives of $a$, $b$ and $c$"
    assert reason(prose("zh"), ("scalar_function",), [a, b], s) == "$a$ 与 $b$ 的导数"


@pytest.mark.parametrize("name", ["residual", "vectors", "logistic", "transposed", "grouped"])
def test_no_line_names_a_function_that_was_not_there(name: str) -> None:
    """Every function named beside a line stands in a derivative of the lines that led to it, and every one that does is
    named."""
    for language in LANGUAGES:
        pen = Pen(study(name), prose(language))
        for d in study(name).derivations.values():
            met = {f for s in d.steps if s.rule == "scalar_function" for f in functions(s.before)}
            asked = {latex(named_by(f, pen.letter.number)) for f in met}
            lines = printed(d)
            said = {f for p in lines for f in re.findall(r"\$([^$]*)\$", p.named(pen.say, lambda _: "1", pen.letter))
                    if set(p.rules) <= MERGED}  # fmt: skip
            assert said == asked
