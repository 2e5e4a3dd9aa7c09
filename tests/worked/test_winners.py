"""The winner of each window: the first of the largest, as its gradient has it."""

import pytest
from nets import network

import symconv
from symconv.errors import Broken
from symconv.networks.layers.layers import GlobalMaxPool, MaxPool, Relu
from symconv.networks.network import Layer, load
from symconv.worked.winners import winners


def found(layer: Layer, entries: list[list[int]]) -> list[tuple[int, ...]]:
    study = symconv.derive(network(layer, shape=(len(entries), len(entries[0])), entries=entries))
    return list(winners(study.stages[0], study.exact_values))


TIES = [[1, 3, 3], [3, 0, 3], [2, 2, 2], [2, 2, 2]]


@pytest.mark.parametrize(
    ("layer", "places"),
    [
        (MaxPool("h", (2, 3)), [(0, 1), (2, 0)]),
        (MaxPool("h", (2, 2), stride=(2, 1)), [(0, 1), (0, 1), (2, 0), (2, 1)]),
        (MaxPool("h", (2, 3), stride=(2, 3), padding=((1, 1), (0, 0))), [(0, 1), (1, 0), (3, 0)]),
        (MaxPool("h", (1, 3)), [(0, 1), (1, 0), (2, 0), (3, 0)]),
        (MaxPool("h", (1, 1), stride=(3, 2)), [(0, 0), (0, 2), (3, 0), (3, 2)]),
        (GlobalMaxPool("h"), [(0, 1)]),
    ],
    ids=str,
)
def test_of_equal_entries_the_first_wins(layer: Layer, places: list[tuple[int, int]]) -> None:
    assert found(layer, TIES) == places


def test_padding_never_wins() -> None:
    layer = MaxPool("h", (2, 2), padding=((1, 1), (1, 1)))
    assert found(layer, [[-5, -6], [-7, -8]]) == [(0, 0), (0, 1), (1, 0), (1, 1)]


def test_the_winner_receives_the_gradient() -> None:
    study = symconv.derive(network(MaxPool("h", (2, 3)), shape=(4, 3), entries=TIES))
    places = winners(study.stages[0], study.exact_values)
    slopes = dict(study.exact_gradients["X"].items())
    assert {at for at, x in slopes.items() if x != 0} <= set(places)
    for at, x in zip(places, study.exact_gradients["h"].entries, strict=True):
        assert slopes[at] == x


def test_the_toys_winner_moves_when_it_learns() -> None:
    study = symconv.derive(load("toy-cnn"))
    pool = study.stages[2]
    assert winners(pool, study.exact_values) == ((0, 0),)
    assert winners(pool, study.after) == ((1, 0),)


def test_a_layer_without_a_maximum_has_no_winner() -> None:
    study = symconv.derive(network(Relu("P"), shape=(2, 2), entries=[[1, 2], [3, 4]]))
    with pytest.raises(Broken, match="no maximum"):
        winners(study.stages[0], study.exact_values)
