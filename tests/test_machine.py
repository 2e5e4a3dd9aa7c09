"""One shape's equations, run with many networks' numbers, give what each network's own derivation gives."""

from collections.abc import Mapping
from dataclasses import replace

import mpmath
import networks
import pytest

from symconv.array import Array
from symconv.grading.known import known
from symconv.grading.precision import same
from symconv.networks.network import Conv, Network, load
from symconv.verification.arithmetic import DIGITS, Floats
from symconv.worked.derived import derived
from symconv.worked.machine import Machine, given


def moved(network: Network) -> Network:
    """The same network with other numbers: a kernel's first entry grows by one."""
    first = network.layers[0]
    assert isinstance(first, Conv)
    weight = first.weight
    at = next(iter(weight.value.items()))[0]
    value = weight.value.replace(at, weight.value[at] + 1)
    return replace(network, layers=(replace(first, weight=replace(weight, value=value)), *network.layers[1:]))


def agree(found: Mapping[str, Array], right: Mapping[str, Array]) -> bool:
    return set(right) <= set(found) and all(same(found[t], a) for t, a in right.items())


@pytest.mark.parametrize("network", [load("toy-cnn"), networks.strided()], ids=lambda n: n.name)
def test_the_numbers_of_another_network_of_the_shape(network: Network) -> None:
    other = moved(network)
    assert other != network
    machine = Machine(derived(network))
    with mpmath.workdps(DIGITS + 5):
        for n in (network, other, network):  # nothing of one run is left in the next
            assert agree(machine.backward(machine.forward(given(n))), known(derived(n)))


def test_floats_are_near() -> None:
    toy = load("toy-cnn")
    floats = {t: a.map(float) for t, a in given(toy).items()}
    machine = Machine(derived(toy), Floats())
    found = machine.backward(machine.forward(floats))
    with mpmath.workdps(DIGITS + 5):
        right = known(derived(toy))
    pairs = [(x, y) for t, a in right.items() for x, y in zip(found[t].entries, a.entries, strict=True)]
    assert all(abs(x - y) <= 1e-12 for x, y in pairs)
    assert any(isinstance(x, float) for x, _ in pairs)
