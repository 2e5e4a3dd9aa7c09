"""The ways to get a shape wrong, worked out once, are right for every network of that shape."""

from collections.abc import Iterator
from dataclasses import replace

import mpmath
import pytest
from networks import strided, two_kernels

from symconv.array import Array
from symconv.evaluation.arithmetic import DIGITS
from symconv.grading.answers import known_shapes
from symconv.grading.precision import same
from symconv.grading.reasons import Reason
from symconv.grading.suspects import Suspects, Ways, explanations
from symconv.networks.network import Network, load
from symconv.sampling.draw import Drawer
from symconv.worked.derived import derived
from symconv.worked.numbers import fractions


def everything(ways: Ways, network: Network) -> Iterator[tuple[str, str, Reason, Array]]:
    """All that may go wrong in each value and gradient of a network."""
    suspects = Suspects(ways, ways.machine.backward(ways.machine.forward(fractions(network))))
    for section, tensors in known_shapes(ways.d).items():
        for tensor in tensors:
            yield from ((section, tensor, *found) for found in explanations(suspects, section, tensor))


@pytest.mark.parametrize("network", [load("toy-cnn"), two_kernels()], ids=lambda n: n.name)
def test_another_network_of_the_shape(network: Network) -> None:
    d = derived(network)
    other = Drawer(d).draw("7")
    warm, cold = Ways(d), Ways(replace(d, network=other))
    with mpmath.workdps(DIGITS + 5):
        first = list(everything(warm, network))
        again, fresh = list(everything(warm, other)), list(everything(cold, other))
        assert [x[:3] for x in again] == [x[:3] for x in fresh]
        assert all(same(x[3], y[3]) for x, y in zip(again, fresh, strict=True))
        assert list(everything(warm, network)) == first != again


def test_a_mistake_is_carried_once_and_no_further_than_it_is_asked_for() -> None:
    """The kernel's own gradient asks nothing of the input's; what it has in common with it is computed once."""
    d = derived(strided())
    ways = Ways(d)
    with mpmath.workdps(DIGITS + 5):
        suspects = Suspects(ways, ways.machine.backward(ways.machine.forward(fractions(d.network))))
        (target,) = (s for s in suspects.at("∂z") if s.reason.mistake == "target_forgotten")
        computed: list[str] = []
        table = suspects.table
        suspects.table = lambda name, *rest: (computed.append(name), table(name, *rest))[1]  # type: ignore[method-assign]
        assert target.trail.at("∂U") is not None and computed == ["∂Q", "∂P", "∂S", "∂U"]
        assert target.trail.at("∂X") is not None and computed[4:] == ["∂X"]
        assert target.trail.at("S") is None and len(computed) == 5
