"""Every function of one number and its derived derivative against PyTorch's own function, at kinks above all."""

from collections.abc import Callable
from fractions import Fraction
from operator import attrgetter

import mpmath
import pytest
import torch
from depth import examples
from hypothesis import given, settings, strategies as st
from pointwise import KINKS, OF_KIND, defined_for_all, of_kind, pointwise
from sympy import Integer

from symconv.array import Array
from symconv.derivation.derive import derive
from symconv.derivation.tensors import gradient
from symconv.derivation.traits import has_kink
from symconv.evaluation.evaluate import World
from symconv.networks.layers.layers import GeluTanh, Heaviside, Pointwise, Relu, Scale

SINGLE = ("celu", "hardsigmoid")  # torch's derivative of these is a number of single precision
EXACT = ("relu", "leaky_relu", "relu6", "hardtanh", "hardsigmoid", "hardswish", "softshrink", "hardshrink", "softsign",
         "square", "reciprocal", "pow", "abs", "scale", "heaviside", "detach", "dropout")  # fmt: skip
NUMBERS = st.fractions(-8, 8, max_denominator=6)


def ours(kind: str, xs: list[Fraction]) -> tuple[list[object], list[object]]:
    """The values and the derivatives at these numbers, by the layer's equation and by its derivation."""
    operation = pointwise(kind, "m")
    ((_, n),) = operation.equation.ranges
    derivation = derive(operation, "S")
    ones = Array((len(xs),), (1,) * len(xs))
    world = World({n: len(xs)}, {"S": Array((len(xs),), tuple(xs)), gradient("P"): ones})
    world.define(operation.equation, (Integer(len(xs)),))
    places = [(k,) for k in range(len(xs))]
    return list(world.tensor("P").entries.numbers()), world.values(
        derivation.equation.value, derivation.ranges, places
    ).numbers()


def theirs(layer: Pointwise, xs: list[Fraction]) -> tuple[list[float], list[float]]:
    """The same by PyTorch's function and autograd, in float64."""
    x = torch.tensor([float(v) for v in xs], dtype=torch.float64, requires_grad=True)
    path = "gt" if isinstance(layer, Heaviside) else layer.torch.path or f"nn.functional.{layer.kind}"
    function: Callable[..., torch.Tensor] = attrgetter(path)(torch)
    own = {name: layer._argument(meant) for name, meant in layer.torch.arguments.items() if meant is not None}
    y = function(x, **own, **({"other": 0} if path == "gt" else {})).double()
    if not y.requires_grad:  # torch has none, which is 0
        return y.tolist(), [0.0] * len(xs)
    y.sum().backward()
    assert x.grad is not None
    return y.tolist(), x.grad.tolist()


@pytest.mark.parametrize("kind", [kind for kind in OF_KIND if OF_KIND[kind] is not Scale])
@settings(max_examples=examples(25))
@given(st.data())
def test_values_and_derivatives_are_torchs(kind: str, data: st.DataObject) -> None:
    kinks = [Fraction(k) for k in KINKS.get(kind, ())]
    numbers = NUMBERS if defined_for_all(kind) else NUMBERS.map(lambda x: abs(x) + Fraction(1, 8))
    xs = kinks + data.draw(st.lists(st.sampled_from([*kinks, Fraction(0)]) | numbers if kinks else numbers, min_size=1))
    with mpmath.workdps(45):
        values, slopes = ours(kind, xs)
        found = [float(y) for y in values], [float(d) for d in slopes]  # type: ignore[arg-type]
    wanted = theirs(of_kind(kind), xs)
    assert found[0] == pytest.approx(wanted[0], rel=1e-12, abs=1e-13)
    assert found[1] == pytest.approx(wanted[1], rel=1e-12, abs=1e-7 if kind in SINGLE else 1e-12)
    if kind in EXACT:
        assert all(isinstance(v, int | Fraction) for v in (*values, *slopes))


def test_what_torch_says_of_the_kinks() -> None:
    """As the docstrings of the layers and the sentences of the handouts have it."""
    said = {
        "relu": [0], "leaky_relu": [0.1], "elu": [0.1], "celu": [1], "selu": [1.0507009873554805 * 1.6732632423543772],
        "softsign": [1], "abs": [0], "relu6": [0, 0], "hardtanh": [0, 0], "hardsigmoid": [0, 0], "hardswish": [0, 1],
        "softshrink": [0, 0], "hardshrink": [0, 0], "clamp": [1, 1], "clamp_min": [1], "clamp_max": [1],
        "threshold": [0], "heaviside": [0],
    }  # fmt: skip
    assert {kind: theirs(of_kind(kind), [Fraction(k) for k in at])[1] for kind, at in KINKS.items()} == {
        kind: pytest.approx(slopes) for kind, slopes in said.items()
    }


def test_every_kink_is_looked_at() -> None:
    kinked = {kind for kind in OF_KIND if has_kink(pointwise(kind, "m").equation.value)}
    assert kinked == set(KINKS)


def test_the_approximation_is_an_argument_in_torch() -> None:
    assert theirs(GeluTanh("P"), [Fraction(1)]) != theirs(of_kind("gelu"), [Fraction(1)])
    assert theirs(Relu("P"), [Fraction(-1), Fraction(2)]) == ([0.0, 2.0], [0.0, 1.0])
