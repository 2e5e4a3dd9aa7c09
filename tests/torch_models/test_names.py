"""The names of a model's tensors: its own where they can be, translated apart from all others where they cannot."""

from collections import OrderedDict

import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

import symconv  # noqa: E402
from symconv.networks.fields import LONGEST_NAME  # noqa: E402
from symconv.networks.network import Network, shapes  # noqa: E402
from symconv.torch_models.names import fits, translated  # noqa: E402

FITTING = ("a_b", "a_b_", "a_b_1", "block1_0", "X", "lambda_", "y_", "relu", "relu_1", "_", "__", "0", "W", "e", "L_")
STRANGE = ("a-b", "a b", "block1-0", "lambda", "y", "L", "t", "\u5377\u79ef", "\u6c60", "a" * 300, "a" * 301, "-")


def network(*names: str) -> Network:
    """Linear layers with these names of modules, one after the other."""
    model = nn.Sequential(OrderedDict((name, nn.Linear(2, 2)) for name in names))
    return symconv.from_torch(model, torch.ones(2), target=0)


def test_a_name_that_fits_is_never_changed() -> None:
    for names in (STRANGE + FITTING, FITTING + STRANGE, FITTING[::-1] + STRANGE[::-1]):
        net = network(*names)
        found = dict(zip(names, (layer.name for layer in net.layers), strict=True))
        assert {name: found[name] for name in FITTING} == {name: name for name in FITTING}
        weights = {layer.name: layer.weight.name for layer in net.layers}
        assert all(weights[name] == f"{name}.weight" for name in FITTING)


def test_all_are_apart_also_as_identifiers() -> None:
    net = network(*STRANGE, *FITTING)
    tensors = [t for layer in net.layers for t in (layer.name, layer.weight.name, layer.bias.name)]
    assert len(set(tensors)) == len(tensors) == 3 * len(STRANGE + FITTING)
    assert len(shapes(net)) == len(tensors) + 4  # the input, y, t, L
    assert net.input.name == "X_1"


def test_the_issue_of_two_modules() -> None:
    net = network("a-b", "a_b", "block1-0")
    assert [layer.name for layer in net.layers] == ["a_b_1", "a_b", "block1_0"]
    found = symconv.derive(net).evaluate()["gradients"]
    assert set(found) >= {"a_b.weight", "a_b_1", "block1_0.bias"}


def test_statistics_of_a_batch_have_names_of_their_own() -> None:
    parts = OrderedDict([("n-b", nn.BatchNorm1d(2)), ("n_b", nn.Sequential(OrderedDict(mean=nn.Linear(2, 2))))])
    net = symconv.from_torch(nn.Sequential(parts).train(), torch.tensor([[1.0, 2], [3, 4]]), target=[0, 1])
    assert [layer.name for layer in net.layers] == ["n_b_1", "n_b.mean"]


def test_translations_go_on_without_end_and_fit() -> None:
    for name in STRANGE:
        some = [x for x, _ in zip(translated(name), range(1000), strict=False)]
        assert len(set(some)) == len(some)
        assert all(len(x) <= LONGEST_NAME - len(".variance") for x in some)
        assert all(map(fits, some))
