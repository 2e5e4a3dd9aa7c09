"""A network of the same shape whose numbers are pleasant, from a seed: the same one on every machine, for ever.

The layers are drawn one after another, each again and again until the criteria hold there; where that does not help,
all is drawn anew.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from textwrap import fill

import mpmath

from symconv.errors import NotSupported
from symconv.evaluation.arithmetic import DIGITS
from symconv.networks.exact import show
from symconv.networks.fields import LONGEST_NAME
from symconv.networks.network import CrossEntropy, Network, shapes
from symconv.networks.toml.write import WIDTH
from symconv.networks.wiring import place_of
from symconv.sampling.candidate import Candidate, CandidateFrame, CandidateStage
from symconv.sampling.choices import Choices, filled
from symconv.sampling.criteria import CRITERIA, first_broken
from symconv.sampling.stream import Stream, word
from symconv.worked.derived import Derived
from symconv.worked.exactness import PRODUCTS, products
from symconv.worked.numbers import fractions
from symconv.worked.stages import TARGET

KINDS = ("conv", "relu", "max_pool", "global_max_pool", "flatten", "linear")
AGAIN = 4  # times for each of its entries a block is drawn anew, before all is
TRIES = 20_000  # of blocks
WORK = 10_000_000  # products of the forward passes in all: a minute or so


@dataclass(frozen=True)
class PlaceGroup:
    """The places from one that reads parameters up to the next, and what is drawn for them."""

    places: tuple[CandidateStage, ...]
    choices: Choices

    @property
    def tries(self) -> int:
        """How often it is drawn before all is drawn anew."""
        return AGAIN * sum(b.size for b in self.choices.blanks)


class Drawer:
    """Draws networks of one shape: what they share is made once. NotSupported for a shape that cannot be drawn."""

    def __init__(self, derived: Derived) -> None:
        _require(derived)
        self.shape = CandidateFrame(derived)
        self._blocks = tuple(_blocks(self.shape))
        self._most = max(1, min(TRIES, WORK // products(derived.stages)))

    def draw(self, seed: str) -> Network:
        """The network of the seed; SpecError for a bad seed, NotSupported where so many tries lead nowhere."""
        stream, broken = Stream(seed), Counter[str]()
        with mpmath.workdps(DIGITS + 5):
            while broken.total() < self._most:
                found = self._attempt(stream, broken)
                if found is not None:
                    return filled(self.shape.network, self._name(seed), found.numbers)
        raise _none_found(self.shape.network.name, seed, broken)

    def _attempt(self, stream: Stream, broken: Counter[str]) -> Candidate | None:
        """One block after another, each drawn until all holds there; None where one cannot be had."""
        found: Candidate | None = Candidate(self.shape, {})
        for block in self._blocks:
            if found is not None:
                found = _continued(found, block, stream, broken)
        return found

    def _name(self, seed: str) -> str:
        """What the network of the seed is called; two seeds have two names."""
        end = f"-{word(seed)}"
        return self.shape.network.name[: LONGEST_NAME - len(end)] + end


def _blocks(shape: CandidateFrame) -> Iterator[PlaceGroup]:
    places, learning = shape.places, set(shape.parameters)
    starts = [k for k, p in enumerate(places) if k == 0 or any(b.name in learning for b in p.blanks)]
    for first, end in pairwise([*starts, len(places)]):
        blanks = tuple(b for p in places[first:end] for b in p.blanks)
        targets = shape.choices.targets if end == len(places) else ()
        yield PlaceGroup(places[first:end], Choices(blanks, targets))


def _continued(before: Candidate, block: PlaceGroup, stream: Stream, broken: Counter[str]) -> Candidate | None:
    """With numbers for one more block; `broken` counts what was wrong with those that were thrown away."""
    for _ in range(block.tries):
        candidate = before.extended(block.choices.drawn(stream))
        criterion = first_broken(candidate, block.places)
        if criterion is None:
            return candidate
        broken[criterion.name] += 1
    return None


def text(network: Network) -> str:
    """A drawn network as a file that says what its numbers meet."""
    met = "\n".join(fill(c.words, WIDTH, initial_indent="# - ", subsequent_indent="#   ") for c in CRITERIA)
    return f"# Drawn to be computed by hand:\n{met}\n{network.to_toml()}"


def fingerprint(network: Network) -> str:
    """A hash of the network's numbers, whatever its name: two networks of one shape have the same only if all their
    numbers agree."""
    tensors = ((a.shape, *map(str, a.entries)) for a in fractions(network).values())
    return sha256("\n".join(map(str, tensors)).encode()).hexdigest()


def _require(d: Derived) -> None:
    """NotSupported, with the first reason why no numbers can be drawn."""
    reason = next(_reasons(d), None)
    if reason is not None:
        problem, remedy = reason
        raise NotSupported(f"no numbers can be drawn for {d.network.name}: {problem}\n  {remedy}")


def _reasons(d: Derived) -> Iterator[tuple[str, str]]:
    network, loss = d.network, d.network.loss
    for at, layer in enumerate(network.layers):
        if layer.kind not in KINDS:
            yield f"{place_of(at, layer)} is of another kind", f"give layers among {', '.join(KINDS)}"
    if network.batch:
        yield "its input is a batch", "give one image, without batch = true"
    if not isinstance(loss, CrossEntropy) or not isinstance(loss.target, int) or loss.label_smoothing:
        yield "its loss has no single target class", 'give type = "cross_entropy" with a target, without smoothing'
    elif shapes(network)[TARGET] == (1,):
        yield "it has one class only, so the loss is always 0", "give at least two rows to the last matrix"
    if not d.parameters or network.learning_rate == 0:
        yield "it does not learn, so the loss cannot fall", "give it a parameter, and a learning rate greater than 0"
    if not d.exact:
        yield "it is too large for exact arithmetic", f"its forward pass may have at most {PRODUCTS:,} products"


def _none_found(name: str, seed: str, broken: Counter[str]) -> NotSupported:
    """Which criterion turned how many away, the one that turned most away first."""
    words = {c.name: c.words for c in CRITERIA}
    lines = [f"{count:,} times not: {words[criterion]}" for criterion, count in broken.most_common()]
    remedy = "try another seed, a smaller network, fewer classes or another learning rate"
    head = f"{name}: none of {broken.total():,} tries with the seed {show(seed)} gave pleasant numbers"
    return NotSupported("\n  ".join([head, *lines, remedy]))
