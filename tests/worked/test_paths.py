"""The paths from the loss to one entry: their products add up to its gradient."""

from itertools import pairwise
from math import prod

import pytest
from depth import examples
from hypothesis import given, settings
from nets import conv, network, networks

import symconv
from symconv.array import indices
from symconv.derivation.index import Entry, Partial
from symconv.networks.layers.layers import MaxPool, Relu
from symconv.networks.network import Network, load
from symconv.worked.numbers import neat
from symconv.worked.paths import paths

TOY = symconv.derive(load("toy-cnn"))
DEEP = symconv.derive(network(conv(bias=True), Relu("P"), MaxPool("h", (2, 2), stride=(1, 1)), name="deep"))


@pytest.mark.parametrize("tensor", ["U", "Ub", "X", "S", "P", "h", "W", "z"])
def test_the_sum_of_the_products_is_the_gradient(tensor: str) -> None:
    for at in list(indices(DEEP.exact_gradients[tensor].shape))[:3]:
        found = paths(DEEP, Entry(tensor, *at))
        assert neat(sum(prod(p.numbers) for p in found) - DEEP.exact_gradients[tensor][at]) == 0


def test_a_path_leads_from_the_loss_to_the_entry_without_a_gap() -> None:
    entry = Entry("U", 0, 0)
    found = paths(TOY, entry)
    assert len(found) == 2  # one through each logit
    for path in found:
        assert [f.body.tensor for f in path.factors] == ["L", "z", "h", "P", "S"]
        assert path.factors[-1].entry == entry
        assert all(a.entry == b.body for a, b in pairwise(path.factors))
        assert all(isinstance(f, Partial) for f in path.factors) and 0 not in path.numbers


def test_the_logits_reach_the_loss_in_one_step() -> None:
    (path,) = paths(TOY, Entry("z", 1))
    assert path.factors == (Partial(Entry("L"), Entry("z", 1)),)
    assert path.numbers == (TOY.exact_gradients["z"][(1,)],)


def test_an_entry_without_influence_has_no_path() -> None:
    assert paths(TOY, Entry("X", 3, 0)) == ()


def test_too_many_paths_are_not_listed() -> None:
    assert len(paths(DEEP, Entry("Ub", 0))) > 3
    assert paths(DEEP, Entry("Ub", 0), most=3) == ()


@settings(max_examples=examples(8))
@given(networks())
def test_random_networks(drawn: Network) -> None:
    study = symconv.derive(drawn)
    at = next(iter(indices(study.exact_gradients["X"].shape)))
    found = paths(study, Entry("X", *at), most=10_000)
    assert (
        neat(sum((prod(p.numbers) for p in found), 0 * study.exact_gradients["X"][at]) - study.exact_gradients["X"][at])
        == 0
    )
