"""What rounding on the way takes: for the page and for files alike, and never so much that a mistake passes."""

from fractions import Fraction as F

import mpmath
import pytest
from nets import network

from symconv.array import Array
from symconv.evaluation.arithmetic import DIGITS
from symconv.grading.answers import GRADIENTS, known_shapes
from symconv.grading.known import key, known
from symconv.grading.precision import CARRIED, agreeing, fraction, is_exact, largest, number_given, same
from symconv.grading.slack import LEAST, SMALL, ByHand, slack
from symconv.grading.suspects import Suspects, Ways, explanations
from symconv.networks.layers.layers import BatchNorm
from symconv.networks.network import load
from symconv.worked.derived import derived
from symconv.worked.machine import by_hand_machine
from symconv.worked.numbers import fractions

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
        off = [number_given("-1.8278"), number_given("1.8275")]
        assert agreeing(off, right, None, slacks) == (CARRIED, CARRIED)
        assert agreeing(off, right, 0.0, slacks) == ("", "")
        assert agreeing([number_given("-1.8"), number_given("1.82")], right, None, slacks) == ("right", "cut")


def test_what_cannot_be_computed_with_four_decimals_has_the_least() -> None:
    """A variance that is rounded to 0 stands below a fraction bar, and what is added to it is no help."""
    layer = BatchNorm("b", epsilon=F(1, 10**320))
    d = derived(network(layer, shape=(1, 2, 2), entries=[[["0.001", 0], [0, "0.002"]]]))
    by_hand = by_hand_machine(d)
    with pytest.raises(ArithmeticError):
        by_hand.backward(by_hand.forward(fractions(d.network)))
    with mpmath.workdps(DIGITS + 5):
        for name, a in known(d).items():
            size = largest(a)
            least = [min(LEAST * max(F(1), abs(fraction(x))), SMALL * size) * (not is_exact(x)) for x in a.entries]
            assert ByHand(d).slacks(name, a) == tuple(least)


def test_an_exact_tensor_has_no_slack() -> None:
    d = derived(load("toy-cnn"))
    assert ByHand(d).slacks("S", Array((2,), (F(1), F(2)))) == (F(0), F(0))
    assert largest(Array((2,), (F(0), F(0)))) == 1


def test_no_classic_mistake_of_the_toy_passes_for_rounding() -> None:
    """With four decimals, in any value or gradient, at any place."""
    d = derived(load("toy-cnn"))
    by_hand = ByHand(d)
    with mpmath.workdps(DIGITS + 5):
        suspects = Suspects(Ways(d), known(d))
        made: set[str] = set()
        for section, tensors in known_shapes(d).items():
            for tensor in tensors:
                name = key(tensor, section == GRADIENTS)
                right = suspects.known[name]
                for reason, wrong in explanations(suspects, section, tensor):
                    rounded = [number_given(f"{float(x):.4f}") for x in wrong.entries]
                    agree = all(agreeing(rounded, right, None, by_hand.slacks(name, right)))
                    assert agree == same(wrong, right), (name, reason)
                    made |= set() if agree else {reason.mistake}
        assert len(made) > 15
