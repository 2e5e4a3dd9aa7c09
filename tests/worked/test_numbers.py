"""Exact numbers: the forms they are written in, the forward and backward pass, one step of learning."""

import math
from fractions import Fraction

import pytest
from depth import examples
from hypothesis import given, settings, strategies as st
from nets import conv, network
from sympy import E, Expr, Integer, Rational, Symbol, exp, log, sqrt

from symconv.array import Array
from symconv.networks.layers.layers import AxisSum, GroupNorm, Heaviside, Linear, Multiply, Relu, Scale
from symconv.networks.network import CrossEntropy, Network, Output, Parameter, load
from symconv.worked.derived import derived
from symconv.worked.numbers import backward, fixed, forward, given as given_tensors, losses, neat, number, update
from symconv.worked.stages import stages_of

TOY = load("toy-cnn")
R = Rational


# ------------------------------------------------------------------------------------------------ forms
@pytest.mark.parametrize(
    ("x", "form"),
    [
        (E / (E + exp(2)), 1 / (1 + E)),
        (exp(2) / (E + exp(2)), E / (1 + E)),
        (1 / (1 + E) - 1, -E / (1 + E)),
        (E / (1 + E) - E / (E + 1), Integer(0)),
        (R(5, 2) * E / (5 + 5 * E), R(1, 2) * E / (1 + E)),
        (exp(-1) / (exp(-1) + exp(2)), 1 / (1 + exp(3))),
        (exp(R(1, 2)) / (exp(R(1, 2)) + exp(R(3, 2))), 1 / (1 + E)),
        (exp(R(-1, 3)) / (exp(R(-1, 3)) + exp(R(1, 6))), 1 / (1 + exp(R(1, 2)))),
        (1 / (1 + 2 * E + exp(2)), (1 + E) ** -2),
        (1 / (exp(0, evaluate=False) + E), 1 / (1 + E)),
        (log(E + exp(2)) - 1, log(1 + E)),
        (log(exp(-2) + exp(3)) - 3, log(1 + exp(-5))),
        (log(E) - 1, Integer(0)),
        (3, Integer(3)),
        (Fraction(1, 3), R(1, 3)),
        (E, E),
        (log(2), log(2)),
    ],
    ids=str,
)
def test_one_form_for_one_number(x: Expr, form: Expr) -> None:
    assert neat(x) == form


OTHERS = [
    sqrt(2), log(2) * log(3), exp(sqrt(2)), exp(E) / (1 + exp(E)), Symbol("x"),
    1 / (1 + (1 + exp(R(-2, 3))) ** R(1, 3)),  # the softmax of a softplus
]  # fmt: skip


@pytest.mark.parametrize("x", OTHERS, ids=str)
def test_any_other_number_stays(x: Expr) -> None:
    assert neat(x) == x


logits = st.lists(st.fractions(-3, 3, max_denominator=10**6), min_size=2, max_size=5, unique=True)


@settings(max_examples=examples(60))
@given(logits, st.integers(-5, 5))
def test_a_common_shift_of_the_logits_leaves_no_trace(z: list[Fraction], shift: int) -> None:
    """softmax(z + c) = softmax(z), term for term, also where no two exponents have a common measure worth the name."""

    def probabilities(c: int) -> list[Expr]:
        powers = [exp(number(x + c)) for x in z]
        return [neat(p / sum(powers)) for p in powers]

    plain = probabilities(0)
    assert probabilities(shift) == plain
    assert neat(sum(plain)) == 1
    for p, x in zip(plain, z, strict=True):
        assert abs(p.evalf(20) - 1 / sum((exp(number(y - x)) for y in z), Integer(0)).evalf(20)) < R(1, 10**15)


@pytest.mark.parametrize(
    ("x", "digits", "text"),
    [
        (R(1, 2), 0, "0"),
        (R(3, 2), 0, "2"),
        (R(5, 2), 0, "2"),
        (R(25, 100000), 4, "0.0002"),
        (R(35, 100000), 4, "0.0004"),
        (R(-35, 100000), 4, "-0.0004"),
        (R(-1, 100000), 4, "0.0000"),
        (Integer(-1), 2, "-1.00"),
        (Integer(12), 2, "12.00"),
        (E, 4, "2.7183"),
        (-E / (1 + E), 4, "-0.7311"),
        (log(1 + E), 4, "1.3133"),
        (1 + exp(-60), 4, "1.0000"),
        (R(1, 2) + exp(-60), 0, "1"),
    ],
    ids=str,
)
def test_rounding_is_half_to_even(x: Expr, digits: int, text: str) -> None:
    assert fixed(x, digits) == text


@given(st.fractions(-99, 99, max_denominator=999), st.integers(1, 6))
def test_what_is_rounded_is_near(x: Fraction, digits: int) -> None:
    assert abs(Fraction(fixed(number(x), digits)) - x) <= Fraction(1, 2 * 10**digits)


# ------------------------------------------------------------------------------------------------ passes
def test_the_given_tensors_and_a_one_hot_target() -> None:
    tensors = given_tensors(TOY)
    assert set(tensors) == {"X", "U", "W", "t"}
    assert tensors["t"].entries == (1, 0)
    assert tensors["W"].entries == (R(2, 5), R(4, 5))


def test_forward_and_backward_through_a_bias() -> None:
    net = network(conv(bias=True))
    study = derived(net)
    values = forward(study.stages, given_tensors(net))
    without = forward(study.stages, {**given_tensors(net), "Ub": Array.of([Integer(0)])})
    assert [a - b for a, b in zip(values["S"].entries, without["S"].entries, strict=True)] == [2] * 12
    gradients = backward(study.stages, study.general, values)
    assert neat(gradients["Ub"][(0,)] - sum(gradients["S"].entries)) == 0


def test_backward_goes_no_further_than_its_derivations() -> None:
    study = derived(TOY)
    values = study.exact_values
    assert set(backward(study.stages, {"z": study.general["z"]}, values)) == {"z"}
    assert backward(study.stages, {"U": study.general["U"]}, values) == {}


def test_one_step_down() -> None:
    values = {"a": Array.of([Integer(1), Integer(2)])}
    slopes = {"a": Array.of([E / (1 + E), Integer(4)])}
    assert update(("a",), values, slopes, Fraction(1, 2))["a"].entries == (neat(1 - E / (2 + 2 * E)), 0)


def test_what_float64_may_lose_is_little_and_nothing_of_integers() -> None:
    study = derived(TOY)
    lost = losses(study.stages, study.general, TOY)
    assert set(study.known) <= set(lost)
    exact = {t for t in study.known if not any(lost[t].entries)}
    assert {"X", "U", "S", "P", "h"} == exact - {"t"}
    assert all(0 <= x < 1e-14 for t in study.known for x in lost[t].entries)


def test_what_hangs_on_rounding_is_not_bounded() -> None:
    """1/3 + 1/3 - 2/3 may come out on either side of ReLU's kink; without the thirds it is 0 for certain."""

    def lost(*weights: str) -> set[float]:
        linear = Linear("s", Parameter.of("V", [list(weights)]))
        layers = (linear, Relu("P"), Linear("z", Parameter.of("W", [[1], [2]])))
        d = derived(Network("n", Fraction(1), Parameter.of("X", [1, 1, 1]), layers, CrossEntropy(0)))
        return {x for t in d.known for x in losses(d.stages, d.general, d.network)[t].entries}

    assert math.inf in lost("1/3", "1/3", "-2/3") and math.inf not in lost("1/2", "1/2", "-1")


def test_the_line_of_a_network_is_what_forward_fills() -> None:
    stages = stages_of(TOY)
    assert set(forward(stages, given_tensors(TOY))) == {"X", "U", "W", "t"} | {s.output for s in stages}


def test_powers_of_e_that_are_one_are_added() -> None:
    """e^(1/2) e^(1/3) and e^(5/6) are one power; a sum of both must not lose either."""
    x = (exp(Rational(1, 2)) * (1 + exp(Rational(1, 3))) + exp(Rational(5, 6)) + 3 * exp(Rational(7, 3))) / (
        1 + exp(Rational(4, 3)) + exp(Rational(1, 3)) * exp(1)
    )
    assert abs((neat(x) - x).evalf(30)) < Rational(1, 10**25)
    p, q, r = (1 / (1 + exp(-Rational(k, 3))) for k in (-2, 5, 12))
    y = p * Rational(2, 3) + q * Rational(10, 3) + r * 7
    assert abs((neat(y) - y).evalf(30)) < Rational(1, 10**25)


def test_a_comparison_of_rounded_numbers_is_exact() -> None:
    """Of what is divided by a root, which is rounded, and 0."""
    rows = Parameter.of("X", [[[1, -2, 3, 0, 1]]])
    layers = (GroupNorm("s", 1), Heaviside("h"), Linear("z", Parameter.of("W", [[1, 2, 1, 0, 1], [0, 1, 1, 1, 0]])))
    d = derived(Network("above", Fraction(1), rows, layers, CrossEntropy((1,)), batch=True))
    assert not d.exact and d.values_to_show["s"].entries[0].is_Float
    assert d.values_to_show["h"].entries == (1, 0, 1, 0, 1) and all(x.is_Integer for x in d.values_to_show["h"].entries)


def test_sums_and_products_of_whole_numbers_are_whole_among_rounded_ones() -> None:
    """1 less a comparison, and how many there are; what a root divides, or a half multiplies, stays rounded."""
    layers = (
        GroupNorm("s", 1), Heaviside("h"), Scale("n", Fraction(-1), Fraction(1)), AxisSum("c", (2,), keep=True),
        Scale("half", Fraction(1, 2)), Multiply("z", "s"),
    )  # fmt: skip
    d = derived(Network("counted", Fraction(1), Parameter.of("X", [[[1, -2, 3, 0, 1]]]), layers, Output(), batch=True))
    shown = d.values_to_show
    assert not d.exact and shown["s"].entries[0].is_Float
    assert shown["n"].entries == (0, 1, 0, 1, 0) and shown["c"].entries == (2,)
    assert all(x.is_Integer for name in "nc" for x in shown[name].entries)
    assert shown["half"].entries[0].is_Float
