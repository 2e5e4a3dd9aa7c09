"""What rounding on the way takes: for the page and for files alike, and never so much that a mistake passes."""

from fractions import Fraction as F

import mpmath
import pytest
from nets import network

import symconv
from symconv.array import Array
from symconv.grading.known import known
from symconv.grading.precision import CARRIED, agreeing, largest, number_given
from symconv.grading.slack import LEAST, ByHand, slack
from symconv.networks.network import Gelu, load
from symconv.verification.arithmetic import DIGITS
from symconv.worked.derived import derived

X = mpmath.mpf("0.26894142")


@pytest.mark.parametrize(
    ("right", "carried", "size", "off"),
    [
        (F(1, 3), 0.3333, F(1), F(0)),
        (X, 0.2689, F(1), LEAST),
        (X, 0.2699, F(1), 3 * (F("0.2699") - F("0.26894142"))),
        (X, 0.9, F(1), LEAST),
        (X, float("inf"), F(1), LEAST),
        (X, float("nan"), F(1), LEAST),
        (mpmath.mpf("0.0004"), 0.0004, F("0.0004"), F("0.00004")),
        (mpmath.mpf("30.5"), 30.5, F(31), 61 * LEAST / 2),
    ],
)
def test_how_far_an_answer_may_be_off(right: object, carried: float, size: F, off: F) -> None:
    assert float(slack(right, carried, size)) == pytest.approx(float(off), rel=1e-4)


def test_what_is_computed_by_hand_is_right() -> None:
    """The toy's gradient of W from y rounded to four decimals, and the loss from z."""
    d = derived(load("toy-cnn"))
    with mpmath.workdps(DIGITS + 5):
        right = known(d)["∂W"]
        slacks = ByHand(d).slacks("∂W", right)
        given = [number_given("-1.8278"), number_given("1.8275")]
        assert agreeing(given, right, None, slacks) == (CARRIED, CARRIED)
        assert agreeing(given, right, 0.0, slacks) == ("", "")
        assert agreeing([number_given("-1.8"), number_given("1.82")], right, None, slacks) == ("right", "cut")


def test_what_cannot_be_computed_with_four_decimals_has_the_least() -> None:
    """All scores are so small that e to them is 0 in floats."""
    net = network(Gelu("g"), shape=(2, 2), entries=[[900, 900], [900, 900]])
    d = derived(net)
    with mpmath.workdps(DIGITS + 5):
        for name, a in known(d).items():
            assert len(ByHand(d).slacks(name, a)) == len(a.entries)


def test_an_exact_tensor_has_no_slack() -> None:
    d = derived(load("toy-cnn"))
    assert ByHand(d).slacks("S", Array((2,), (F(1), F(2)))) == (F(0), F(0))
    assert largest(Array((2,), (F(0), F(0)))) == 1


def test_no_classic_mistake_of_the_toy_passes_for_rounding() -> None:
    study = symconv.derive(load("toy-cnn"))
    sign = {t: a.map(lambda x: f"{-float(x):.4f}").nested() for t, a in study.exact_gradients.items()}
    assert not any(g.ok for g in symconv.grade(study, sign).tensors)
