"""Exact numbers are had where they stay short, and refused, with the way out, where they would explode."""

from collections.abc import Callable

import pytest
from any_networks import HALF, last, made, parameter, residual

from symconv.array import Array
from symconv.errors import NotSupported
from symconv.networks.layers.layers import Conv, Gelu, Relu, Sigmoid
from symconv.networks.losses import BinaryCrossEntropy, CrossEntropy
from symconv.networks.network import Network, load
from symconv.study import derive
from symconv.worked.exactness import CLASSES, PRODUCTS, products, require, why_not
from symconv.worked.stages import stages_of


def test_the_toys_products_are_counted() -> None:
    """S: 3 entries of 6 products; P: 3; h: the largest of 3; z: 2; y: 2 of 2; L: 2."""
    assert products(stages_of(load("toy-cnn"))) == 18 + 3 + 3 + 2 + 4 + 2


def wide(n: int) -> Network:
    conv = Conv("C", parameter("K", 1, 1, 3, 3))
    return made((1, 1, n, n), conv, Relu("R"), last(2, (n - 2) ** 2))


@pytest.mark.parametrize(
    "network, reason",
    [
        (wide(60), f"exact arithmetic is for at most {PRODUCTS:,}"),
        (made((1, 1, 3, 3), Sigmoid("R"), last(2, 9)), "polynomials in 9 different powers of e"),
        (made((1, 1, 2, 2), Gelu("R"), last(2, 4)), "exact numbers of R have no short form"),
        (residual(), "have no short form"),
    ],
)
def test_the_reason_and_the_way_out_are_named(network: Network, reason: str) -> None:
    stages = stages_of(network)
    assert reason in why_not(stages)
    with pytest.raises(NotSupported, match=r'the exact numbers of any would explode(.|\n)*study\.evaluate\("torch"\)'):
        require("any", stages)


def scores(classes: int) -> Network:
    return made((2,), last(classes, 2), batch=False, loss=CrossEntropy(1))


def test_many_classes_have_no_common_divisors_in_a_lesson() -> None:
    """Each score has a power of e of its own, and what is divided out of fractions of them is found by trying."""
    assert derive(scores(CLASSES)).exact
    assert f"fractions of {CLASSES + 1} different powers of e" in why_not(stages_of(scores(CLASSES + 1)))
    assert derive(scores(40)).evaluate()["gradients"]["z"].shape == (40,)


def test_few_curved_entries_stay_exact() -> None:
    study = derive(made((1, 1, 2, 2), Sigmoid("R"), last(2, 4)))
    assert study.exact and study.network.learning_rate == HALF
    assert study.values["R"].shape == (1, 1, 2, 2) and study.values_to_show is study.exact_values


def logistic(entries: int) -> Network:
    target = BinaryCrossEntropy(Array((entries,), (HALF,) * entries))
    return made((1,), last(entries, 1), batch=False, loss=target)


def images(count: int) -> Network:
    return made((count, 1), last(3, 1), loss=CrossEntropy((1,) * count))


@pytest.mark.parametrize("make, most, far", [(logistic, 12, 1_500), (images, 7, 900)])
def test_many_probabilities_have_no_common_denominator(make: Callable[[int], Network], most: int, far: int) -> None:
    """Each has a power of e of its own; a gradient adds all of them up."""
    assert derive(make(most)).exact
    for count in (most + 1, far):
        assert "denominator has more than 4,096 powers of e" in why_not(stages_of(make(count)))
