"""Expressions of entries as Python text: evaluated, it is what the expression says."""

import math

import pytest
from sympy import Expr, Integer, Rational, exp, log, pi, sqrt

from symconv.code.pointwise import POWER, Template
from symconv.derivation.functions import Named, Phi, relu, sigmoid, softplus, step, tanh
from symconv.derivation.index import Entry, index
from symconv.text.notation import content_of, reading_key

x, y = Entry("x", index("i")), Entry("y", index("i"))


def text(e: Expr, level: int = 0) -> str:
    template = Template(reading_key("xy"))
    return template(e, level).format(*(z.tensor for z in template.entries))


CASES = {
    "x + y": x + y,
    "x - y": x - y,
    "-x": -x,
    "2 * (x - y)": 2 * x - 2 * y,
    "x * (1 - x)": x * (1 - x),
    "(x + y)**2": (x + y) ** 2,
    "x * y / 4": x * y / 4,
    "3/2 * x": 3 * x / 2,
    "x / torch.sqrt(y + 1/100)": x / sqrt(y + Rational(1, 100)),
    "x / torch.sqrt(y)**3": x / sqrt(y) ** 3,
    "1 / y**2": y**-2,
    "1 - (x > 0).to(x.dtype)": 1 - step(x),
    "(x > 0)": step(x),
    "99/100 * (x > 0).to(x.dtype) + 1/100": 99 * step(x) / 100 + Rational(1, 100),
    "x * torch.special.ndtr(x)": x * Phi(x),
    "-torch.nn.functional.logsigmoid(-(x + y))": softplus(x + y),
    "torch.exp(x) - 2": exp(x) - 2,
    "y * torch.expm1(x)": y * (exp(x) - 1),
    "-torch.expm1(x)": 1 - exp(x),
    "torch.relu(x) - torch.expm1(x) / 4": relu(x) - exp(x) / 4 + Rational(1, 4),
    "torch.exp(-x**2 / 2) / torch.pi**(1/2)": exp(-(x**2) / 2) / sqrt(pi),
}


@pytest.mark.parametrize("wanted", CASES)
def test_the_text_reads_like_the_formula(wanted: str) -> None:
    assert text(CASES[wanted]) == wanted


@pytest.mark.parametrize(
    "e", [*CASES.values(), sigmoid(x), tanh(x * y), relu(x) - exp(y), log(x + 2) * 3, -((x + y) ** 3) / 5]
)
def test_the_text_is_the_expression(e: Expr) -> None:
    torch = pytest.importorskip("torch")
    at = {"x": 1.25, "y": 0.75}
    tensors = {name: torch.tensor(v, dtype=torch.float64) for name, v in at.items()}
    found = float(eval(text(e), {"torch": torch, **tensors}))  # our own text
    while e.atoms(Named):
        e = e.replace(lambda f: isinstance(f, Named), lambda f: f.definition())
    e = e.replace(lambda f: isinstance(f, relu), lambda f: f.args[0]).replace(
        lambda f: isinstance(f, step), lambda f: Integer(1)
    )
    want = float(e.xreplace({x: Rational(5, 4), y: Rational(3, 4)}).evalf(30))
    assert math.isclose(found, want, rel_tol=1e-14)


def test_surroundings_that_hold_tightly_ask_for_brackets() -> None:
    assert text(x + y, POWER) == "(x + y)" and text(x, POWER) == "x"


def test_a_common_number_stands_in_front() -> None:
    assert content_of(2 * x - 2 * y) == (2, x - y)
    assert content_of(2 * x - y) == (1, 2 * x - y)
    assert content_of(x + Rational(1, 10)) == (1, x + Rational(1, 10))
