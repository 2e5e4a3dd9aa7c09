"""One shape's equations, run with many networks' numbers, give what each network's own derivation gives."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

import mpmath
import networks
import pytest

from symconv.array import Array
from symconv.evaluation.arithmetic import DIGITS, Floats
from symconv.grading.known import known
from symconv.grading.precision import plain, same
from symconv.networks.layers.layers import Conv
from symconv.networks.network import Network, load
from symconv.worked.derived import derived
from symconv.worked.machine import Machine, by_hand_machine, settled
from symconv.worked.numbers import fractions


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
            assert agree(machine.backward(machine.forward(fractions(n))), known(derived(n)))


def test_one_step_with_the_network_s_learning_rate() -> None:
    d = derived(networks.strided())
    with mpmath.workdps(DIGITS + 5):
        whole = Machine(d).whole(d.network)
        exact = {**d.updated, **{s.output: d.after[s.output] for s in d.stages}}
        assert d.network.learning_rate != 1
        assert all(same(whole[f"{t}'"], a.map(plain)) for t, a in exact.items())


def test_by_hand_each_number_has_four_decimals() -> None:
    d = derived(load("toy-cnn"))
    whole = by_hand_machine(d).whole(d.network)
    assert all(round(float(x), 4) == float(x) for t in ("y", "∂S", "∂U", "S'", "z'") for x in whole[t].entries)
    assert abs(float(whole["L"].entries[0]) - 1.31326) < 1e-3


def test_a_number_in_which_e_cancels_is_exact() -> None:
    with mpmath.workdps(DIGITS + 5):
        assert settled(mpmath.e - mpmath.e + 2.5) == Fraction(5, 2) and isinstance(settled(mpmath.e * 0), Fraction)
        assert settled(mpmath.e) == mpmath.e and settled(Fraction(1, 3)) == Fraction(1, 3)


def test_floats_are_near() -> None:
    toy = load("toy-cnn")
    floats = {t: a.map(float) for t, a in fractions(toy).items()}
    machine = Machine(derived(toy), Floats())
    found = machine.backward(machine.forward(floats))
    with mpmath.workdps(DIGITS + 5):
        right = known(derived(toy))
    pairs = [(x, y) for t, a in right.items() for x, y in zip(found[t].entries, a.entries, strict=True)]
    assert all(abs(x - y) <= 1e-12 for x, y in pairs)
    assert any(isinstance(x, float) for x, _ in pairs)
