"""A network with its derivations: nothing is computed before it is asked for."""

from dataclasses import replace
from fractions import Fraction

import any_networks
from any_networks import parameter

from symconv.evaluation.arithmetic import DIGITS
from symconv.networks.layers.layers import BatchNorm, Conv, Linear, Parameter, Relu
from symconv.networks.losses import CrossEntropy
from symconv.networks.network import Network, load
from symconv.study import derive
from symconv.worked.derived import derived, differentiated
from symconv.worked.stages import PROBABILITIES, stages_of

TOY = load("toy-cnn")


def test_every_tensor_on_the_way_to_the_loss_has_a_derivation() -> None:
    study = derived(TOY)
    assert set(study.general) == set(study.derivations) == {"X", "U", "S", "P", "h", "W", "z"}
    assert all(d.entry.tensor == f"∂{t}" for t, d in study.derivations.items())


def test_the_loss_does_not_read_the_probabilities() -> None:
    stages = stages_of(TOY)
    assert [s.output for s in stages if s not in differentiated(stages)] == [PROBABILITIES]


def test_nothing_is_evaluated_until_asked() -> None:
    study = derived(TOY)
    assert "exact_values" not in vars(study)
    assert study.exact_values["h"].shape == (1, 1)
    assert "exact_values" in vars(study) and "exact_gradients" not in vars(study)


def test_derived_networks_compare_by_what_they_say() -> None:
    assert derived(TOY) == derived(TOY)


def test_the_same_layer_is_derived_once() -> None:
    """In a network of the same shape and names, whatever its numbers."""
    one = any_networks.residual()
    other = replace(one, learning_rate=Fraction(1, 7))
    first, second = derived(one), derived(other)
    assert first.general == second.general
    assert all(first.general[t] is second.general[t] for t in first.general)


def test_large_numbers_are_computed_with_more_digits() -> None:
    """Gradients of 10^18 that cancel leave what is 10^18 times as large: not a step that does not hold."""
    large = Parameter.of("X", [-(3 * 2**60), 2**60])
    layers = (Linear("z", Parameter.of("W", [["2/3", 0], [-2, -1], [1, "-1/3"]])),)
    study = derive(Network("large", Fraction(1), large, layers, CrossEntropy(1, reduction="sum")))
    assert study.digits > derived(TOY).digits >= DIGITS
    assert study.verify()


def test_a_gradient_that_is_zero_is_shown_as_zero() -> None:
    """A bias in front of a batch norm does nothing; in floats its gradient would be some last bits."""
    conv = Conv("C", parameter("K", 2, 1, 2, 2), parameter("kb", 2))
    norm = BatchNorm("B", parameter("g", 2), parameter("be", 2))
    study = derive(any_networks.made((2, 1, 3, 4), conv, norm, Relu("R"), any_networks.last(2, 12)))
    assert not study.exact and all(x.is_zero for x in study.gradients_to_show["kb"].entries)
    assert not all(x.is_zero for x in study.gradients_to_show["K"].entries)
