"""What an equation tells of its function, of those that are layers and of others."""

import operator

import pytest
from any_networks import last, made
from pointwise import OF_KIND, pointwise
from sympy import Expr, Symbol, erf, exp, log, sin, sqrt

from symconv.derivation import equations
from symconv.derivation.functions import Phi, relu, sigmoid, softplus, step, tanh
from symconv.derivation.operation import Operation
from symconv.derivation.traits import has_kink, has_root, is_curved, is_masked, read_alone, unfolded
from symconv.networks.layers.layers import Layer, Pointwise
from symconv.worked.exactness import why_not
from symconv.worked.stages import stages_of

x = Symbol("x")
CURVED = ("elu", "sigmoid", "tanh", "gelu", "softplus")
KINKED = ("relu", "leaky_relu", "elu")


@pytest.mark.parametrize("kind", OF_KIND)
def test_what_is_known_of_the_layers(kind: str) -> None:
    operation = pointwise(kind, "ncij")
    value = operation.equation.value
    assert read_alone(operation) in value.atoms(type(operation.equation.entry))
    if kind in ("dropout", *CURVED, *KINKED):
        assert (is_curved(value), has_kink(value)) == (kind in CURVED, kind in KINKED)
        assert is_masked(operation) == (kind in ("relu", "leaky_relu"))
        assert has_root(value) == (kind == "gelu")


@pytest.mark.parametrize(
    "operation", [equations.softmax(), equations.linear("m"), equations.flatten("nij"),
                  equations.combine("add", operator.add, "ij", ("ij", "ij")),
                  equations.copies("ij", outputs=("A", "B")), equations.max_pool(2), equations.bias("nm")],
    ids=lambda operation: operation.name,
)  # fmt: skip
def test_others_are_no_functions_of_one_number(operation: Operation) -> None:
    assert read_alone(operation) is None and not is_masked(operation)


@pytest.mark.parametrize("value", [sqrt(x), 1 / sqrt(x + 1), sin(x), erf(x), x * Phi(x), sqrt(2) * x])
def test_roots_and_other_functions_have_no_short_form(value: Expr) -> None:
    assert has_root(value)


@pytest.mark.parametrize("value", [x**2, 1 / x, x * sigmoid(x), x * tanh(softplus(x)), relu(x) * step(x), exp(-log(x))])
def test_powers_of_e_and_their_logarithms_have_one(value: Expr) -> None:
    assert not has_root(value)


def test_a_name_is_unfolded_to_the_end() -> None:
    assert unfolded(x * tanh(sigmoid(x))) == x * (1 - 2 / (1 + exp(2 / (1 + exp(-x)))))


# ------------------------------------------------------------------------------------------------ layers that are new
class Swish(Pointwise):
    """x / (1 + e^-x)."""

    kind = "swish"

    def __init__(self, name: str) -> None:
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "input", "")

    def of(self, x: Expr) -> Expr:
        return x * sigmoid(x)


class Wave(Swish):
    """sin x."""

    def of(self, x: Expr) -> Expr:
        return sin(x)


@pytest.mark.parametrize(
    ("layers", "reason"),
    [
        ((Swish("P"), Swish("Q")), "P and what follows would be polynomials in 8 different powers of e"),
        ((Wave("P"), Swish("Q")), "the exact numbers of P have no short form"),
        ((Swish("P"),), ""),
    ],
)
def test_the_exact_numbers_of_a_new_function_are_refused_before_they_explode(
    layers: tuple[Layer, ...], reason: str
) -> None:
    assert why_not(stages_of(made((1, 1, 2, 2), *layers, last(2, 4)))) == reason
