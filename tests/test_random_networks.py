"""Networks over degenerate extents go the whole way: a few here, two hundred and fifty others in `.ci/run`."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
import whole_way
from pointwise import EVERYWHERE
from random_networks import drawn
from whole_way import KINDS, faults, written

from symconv.code.padding import Padding
from symconv.networks.layers.layers import LAYERS, POINTWISE, MaxPool
from symconv.networks.losses import LOSSES
from symconv.networks.network import shapes
from symconv.text.prose import LANGUAGES

SEEDS = range(0, 64, 8)  # each with a handout, and together in every format and language
MANY = [drawn(seed) for seed in range(400)]
TRIED_ELSEWHERE = {layer.kind for layer in set(POINTWISE) - set(EVERYWHERE)}  # in any_networks.positive


@pytest.mark.filterwarnings("ignore:The .grad attribute")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_whole_way(seed: int) -> None:
    assert faults(drawn(seed), written(seed)) == []


def test_all_formats_are_written_in_both_languages() -> None:
    assert {pair for seed in range(64) for pair in written(seed)} == {(x, kind) for x in LANGUAGES for kind in KINDS}


def test_a_seed_is_one_network() -> None:
    assert all(drawn(seed) == MANY[seed] for seed in range(20))
    assert len({replace(n, name="any") for n in MANY}) > 0.95 * len(MANY)


def test_every_layer_and_loss_is_drawn_and_most_extents_are_degenerate() -> None:
    kinds = Counter(layer.kind for n in MANY for layer in n.layers)
    assert set(kinds) == {layer.kind for layer in LAYERS} - TRIED_ELSEWHERE and min(kinds.values()) > 1, kinds
    assert {n.loss.kind for n in MANY} == {loss.kind for loss in LOSSES}
    assert {n.batch for n in MANY} == {True, False}
    thin = [n for n in MANY if any(1 in shape for shape in shapes(n).values())]
    assert len(thin) > len(MANY) / 2


# ------------------------------------------------------------------------------------------------ planted faults
def test_a_wrong_gradient_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    network = next(n for n in MANY if len(n.input.value.entries) > 1)
    right = whole_way.evaluated

    def wrong(*given: Any) -> Any:
        found = right(*given)
        found["gradients"][network.input.name].reshape(-1)[-1] += 1e-6
        return found

    monkeypatch.setattr(whole_way, "evaluated", wrong)
    assert any("gradient" in line for line in faults(network))


def test_a_padding_of_zeros_around_a_maximum_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It belongs to no input: it is -inf there."""
    largest = Padding._largest

    def with_zeros(self: Padding, piece: Any) -> Any:
        made = largest(self, piece)
        self.lowest.clear()
        return made

    pools = [n for n in MANY if any(isinstance(layer, MaxPool) and layer.padding for layer in n.layers)]
    monkeypatch.setattr(Padding, "_largest", with_zeros)
    assert any(faults(n) for n in pools)
