"""What the package offers by name is there, and is loaded only when asked for."""

import symconv
from symconv.networks.layers.layers import LAYERS
from symconv.networks.losses import LOSSES


def test_every_name_is_there() -> None:
    for name in symconv._HOME:
        assert getattr(symconv, name).__name__ == name
        assert name in dir(symconv)


def test_every_layer_and_loss_has_its_name_here() -> None:
    assert {c.__name__ for c in (*LAYERS, *LOSSES)} <= set(dir(symconv))
    assert all(getattr(symconv, c.__name__) is c for c in (*LAYERS, *LOSSES))
