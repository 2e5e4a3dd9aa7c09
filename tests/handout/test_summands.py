"""The terms of a gradient's entry: they add up to it, and each has its own indices."""

from functools import cache

import pytest
from any_networks import grouped, residual, transposed

from symconv.array import indices
from symconv.handout.pen import Pen
from symconv.handout.summands import _free, summands
from symconv.networks.network import Network
from symconv.study import derive
from symconv.text.prose import prose


@cache
def pen(network: Network) -> Pen:
    return Pen(derive(network), prose("en"))


@pytest.mark.parametrize("network", [grouped(), transposed(), residual()], ids=["grouped", "transposed", "residual"])
def test_the_terms_of_every_gradient_add_up(network: Network) -> None:
    mine = pen(network)
    for tensor, d in mine.study.derivations.items():
        gradients = mine.study.gradients_to_show[tensor]
        places = list(indices(gradients.shape))
        for at in (places[0], places[len(places) // 2], places[-1]):
            total = sum(x for x, _ in summands(mine, d, at))
            assert total == pytest.approx(float(gradients[at]), rel=1e-9, abs=1e-9), (tensor, at)


def test_a_composed_subscript_is_solved() -> None:
    d = pen(grouped()).study.derivations["K"]
    assert {str(i): int(k) for i, k in _free(d, (3, 0, 1, 2)).items()} == {"g": 1, "o": 1, "a": 1, "e": 2}
