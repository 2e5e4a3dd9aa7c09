"""The tests' networks by name, each derived and verified once in a process."""

from collections.abc import Callable
from functools import cache

import any_networks
import networks

from symconv.networks.network import Network, load
from symconv.study import Study, derive
from symconv.verification.verify import Report

NETWORKS: dict[str, Callable[[], Network]] = {
    "toy-cnn": lambda: load("toy-cnn"), **networks.ALL, **any_networks.NETWORKS,
}  # fmt: skip
FEW = (  # they hold every kind of layer and loss
    "toy-cnn", "grouped", "one_dimension", "one_image", "transposed", "residual", "vectors", "logistic", "moved",
    "together", "shares", "normalised", "products", "limited", "grids", "unpooled",
)  # fmt: skip


@cache
def study(name: str) -> Study:
    return derive(NETWORKS[name]())


@cache
def report(name: str) -> Report:
    return study(name).verify()
