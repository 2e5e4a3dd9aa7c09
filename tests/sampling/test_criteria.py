"""Every criterion notices the network that breaks it, and no other criterion does."""

from fractions import Fraction
from typing import Any

import mpmath
import pytest

from symconv.evaluation.arithmetic import DIGITS
from symconv.networks.layers.layers import Conv, GlobalMaxPool, Linear, Relu
from symconv.networks.network import CrossEntropy, Network, Parameter, load
from symconv.sampling.candidate import Candidate, CandidateFrame
from symconv.sampling.criteria import CRITERIA, first_broken
from symconv.worked.derived import derived
from symconv.worked.numbers import fractions

X = [[-2, 0, -3], [0, 1, -2], [0, 2, 0], [1, -2, -1]]
U = [["-1/2", 0, "-1/2"], [0, 0, 1]]
W = [[-1], [1]]
ALL_THROUGH = [["-1/2", 0, "-1/2"], ["3/2", 0, 1]]
LARGE = [[1, 1, 3], [1, 0, 0], [2, 3, 0], [-3, 3, 2]], [["-3/2", -1, 1], [-1, "3/2", "-3/2"]]  # h = 3
SHAPES: dict[str, CandidateFrame] = {}


def toy(image: Any = X, kernel: Any = U, matrix: Any = W, target: int = 0) -> Network:
    """Of the toy's shape; as it stands S = (1/2, 1, -1), h = 1, z = (-1, 1)."""
    toy, of = load("toy-cnn"), Parameter.of
    layers = (Conv("S", of("U", kernel)), *toy.layers[1:3], Linear("z", of("W", matrix)))
    return Network("toy", Fraction(1), of("X", image), layers, CrossEntropy(target))


def hidden(matrix: Any, offset: Any, first: Any = ((1, 1, 1),)) -> Network:
    """A vector, one hidden unit with a ReLU, two classes; a = 2."""
    layers = (
        Linear("a", Parameter.of("V", first)),
        Relu("p"),
        Linear("z", Parameter.of("W", matrix), Parameter.of("b", offset)),
    )
    return Network("hidden", Fraction(1), Parameter.of("x", [1, 2, -1]), layers, CrossEntropy(0))


def classes(offset: Any) -> Network:
    """Nothing but scores: z = b, less 1 in the first half and 1 more in the second."""
    rows = [[-1]] * (len(offset) // 2) + [[1]] * (len(offset) - len(offset) // 2)
    z = Linear("z", Parameter.of("W", rows), Parameter.of("b", offset))
    return Network("classes", Fraction(1), Parameter.of("x", [1]), (z,), CrossEntropy(0))


def unmasked() -> Network:
    """A pool that reads no ReLU: its winner, -1, may well be negative."""
    layers = (Conv("S", Parameter.of("U", [["1/2"]])), GlobalMaxPool("h"), Linear("z", Parameter.of("W", [[1], [-1]])))
    image = [[-2, -3], [-3, -3]]
    return Network("unmasked", Fraction(1), Parameter.of("X", image), layers, CrossEntropy(0))


def broken(network: Network) -> set[str]:
    name = f"{network.name} {network.loss.kind} {len(fractions(network)['t'].entries)}"
    shape = SHAPES.setdefault(name, CandidateFrame(derived(network)))
    with mpmath.workdps(DIGITS + 5):
        candidate = Candidate(shape, fractions(network))
        found = {c.name for c in CRITERIA if not c.holds(candidate)}
        first = first_broken(Candidate(shape, fractions(network)), shape.places)
    assert (first is None) == (not found) and (first is None or first.name in found)
    return found


def test_the_networks_are_pleasant_as_they_stand() -> None:
    assert broken(toy()) == broken(toy(*LARGE, [[2], [1]])) == broken(hidden([[2], [1]], [-1, -1])) == set()
    assert broken(unmasked()) == set()
    assert broken(classes([-1, 2, -2, 1])) == broken(classes([-1, 2, -2, 1, 2])) == set()


ALONE = {
    "numbers: an input of 5": ("numbers", toy([[5, 0, -3], [0, 1, -2], [0, 2, 0], [1, -2, -1]])),
    "numbers: a third": ("numbers", toy(kernel=[["1/3", 0, "-1/2"], [0, 0, 1]])),
    "numbers: a matrix with a 0": ("numbers", toy(matrix=[[0], [1]])),
    "zeros: of a kernel": ("zeros", toy(kernel=[[0, 0, "-1/2"], [0, 0, 1]])),
    "zeros: of the input": ("zeros", toy([[-2, 0, 0], [1, 0, 0], [0, 2, 0], [0, -2, -1]])),
    "masks: none stopped": ("masks", toy(kernel=ALL_THROUGH)),
    "masks: a 0": ("masks", toy([[-1, 0, -3], [0, 1, -2], [0, 2, 0], [1, -2, -1]])),
    "winners: a tie": ("winners", toy(kernel=[["-1/2", 1, 0], [0, 0, 1]])),
    "scores: no integers": ("scores", toy([[-2, 0, -3], [-1, 1, -2], [0, 2, 0], [1, -2, -1]])),
    "scores: too far apart": ("scores", toy(kernel=[["-1/2", 0, "-1/2"], [0, "-3/2", 1]])),
    "scores: equal": ("scores", classes([1, -1])),
    "scores: too far apart for four": ("scores", classes([-1, 2, -2, 2])),
    "small": ("small", toy(LARGE[0], [["-3/2", -1, 1], ["3/2", 0, "-3/2"]], [[2], [1]])),
    "gradients": ("gradients", hidden([[1], [1]], [1, 2])),
    "after: beyond 20": ("after", toy([[-2, 0, -3], [0, 1, -2], [0, 3, 0], [1, -2, -1]])),
    "after: none let through": ("after", toy([[-2, 0, -3], [0, 1, -2], [0, -2, 0], [1, -2, -1]])),
    "after: too small a loss": ("after", toy(*LARGE, [[1], [-1]])),
    "fall": ("fall", toy(matrix=[[1], [-2]])),
}  # fmt: skip


@pytest.mark.parametrize("case", ALONE)
def test_a_criterion_is_broken_alone(case: str) -> None:
    name, network = ALONE[case]
    assert broken(network) == {name}


def test_every_criterion_is_broken_once_and_has_its_own_words() -> None:
    assert {name for name, _ in ALONE.values()} == {c.name for c in CRITERIA}
    assert len({c.words for c in CRITERIA}) == len(CRITERIA)
    assert all(c.words.count(".") == 1 and c.words.endswith(".") for c in CRITERIA)


@pytest.mark.parametrize("case", [case for case in ALONE if case.startswith("after")])
def test_each_part_of_what_comes_after_is_broken_alone(case: str) -> None:
    network = ALONE[case][1]
    with mpmath.workdps(DIGITS + 5):
        updated = Candidate(CandidateFrame(derived(network)), fractions(network)).updated
        parts = {
            "after: beyond 20": max(abs(x) for t in "SPhz" for x in updated[t].entries) > 20,
            "after: none let through": max(updated["S"].entries) <= 0,
            "after: too small a loss": updated["L"][()] < 1e-4,
        }
    assert [part for part, is_broken in parts.items() if is_broken] == [case]


def test_a_single_unit_must_get_through() -> None:
    assert broken(hidden([[2], [1]], [-1, -1], [[-1, -1, -1]])) >= {"masks", "gradients"}


def test_what_comes_after_a_broken_criterion_is_not_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    shape = CandidateFrame(derived(toy()))
    candidate = Candidate(shape, fractions(toy(kernel=ALL_THROUGH)))
    computed: list[str] = []
    table = shape.machine.table
    monkeypatch.setattr(shape.machine, "table", lambda s, e, k: (computed.append(s.output), table(s, e, k))[1])
    first = first_broken(candidate, shape.places)
    assert first is not None and first.name == "masks" and computed == ["S"]
