"""The functions of one number that state their derivative against their definition: a stop-gradient."""

from fractions import Fraction

import pytest
from sympy import Expr, Integer, Symbol, diff

from symconv.derivation import equations
from symconv.derivation.derive import derive
from symconv.derivation.functions import sg
from symconv.evaluation.evaluate import World
from symconv.networks.layers.layers import Detach
from symconv.verification.verify import verify

OPERATION = equations.entrywise("detach", Detach("D").of, "ij", output="D", input="S")


def test_its_value_is_the_number_and_its_derivative_is_0() -> None:
    x = Symbol("x")
    assert diff(x * sg(x), x) == sg(x)
    assert World({}, {}).value(3 * sg(Integer(7)) / 2) == Fraction(21, 2)


def test_no_gradient_goes_back() -> None:
    found = derive(OPERATION, "S")
    assert found.equation.value == 0 and [step.rule for step in found.steps] == [
        "chain_rule", "definition", "scalar_function",
    ]  # fmt: skip
    assert verify(OPERATION, (found,), {})


def test_a_gradient_that_goes_back_all_the_same_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def one(self: sg, argindex: int = 1) -> Expr:
        return Integer(1)

    monkeypatch.setattr(sg, "fdiff", one)
    found = derive(OPERATION, "S")
    assert found.equation.value != 0 and not verify(OPERATION, (found,), {})
