"""What may be drawn for a network's tensors, how many networks that makes, and the network filled with it."""

from networks import strided, two_kernels

from symconv.networks.network import load
from symconv.sampling.choices import INTEGERS, KERNEL, MATRIX, choices, filled
from symconv.sampling.stream import Stream
from symconv.worked.numbers import fractions


def test_the_choices_are_small_integers_and_halves() -> None:
    assert list(INTEGERS) == [-3, -2, -1, 0, 1, 2, 3]
    assert [2 * x for x in KERNEL] == [-3, -2, -1, 0, 1, 2, 3]
    assert list(MATRIX) == [-2, -1, 1, 2]


def test_every_tensor_that_is_given_is_drawn() -> None:
    found = choices(strided())
    assert [(b.name, b.shape, b.choices) for b in found.blanks] == [
        ("X", (4, 5), INTEGERS), ("U", (2, 2), KERNEL), ("c", (1,), KERNEL), ("W", (3, 6), MATRIX), ("b", (3,), MATRIX)
    ]  # fmt: skip
    assert [t.entries for t in found.targets] == [(1, 0, 0), (0, 1, 0), (0, 0, 1)]
    drawn = found.drawn(Stream("7"))
    assert {t: a.shape for t, a in drawn.items()} == {t: a.shape for t, a in fractions(strided()).items()}


def test_the_networks_are_counted() -> None:
    assert choices(load("toy-cnn")).count == 7**12 * 7**6 * 4**2 * 2
    assert choices(two_kernels()).count == 7**16 * 7**4 * 7**4 * 4**2 * 4**4 * 2


def test_a_network_is_filled() -> None:
    network = strided()
    drawn = choices(network).drawn(Stream("7"))
    other = filled(network, "other", drawn)
    assert fractions(other) == drawn and other.name == "other"
    assert filled(other, network.name, fractions(network)) == network
