"""What makes a network pleasant to compute with by hand: each criterion in words, and the test of it.

A criterion is tested place by place, so that what comes after the first place where one is broken is never computed.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from symconv.derivation.tensors import gradient
from symconv.sampling.candidate import Candidate, CandidateStage
from symconv.worked.stages import LOSS, PROBABILITIES

LARGEST, LARGEST_AFTER = 12, 20
SPREAD = 3
TINY = 1e-20  # a gradient, of many digits, that is smaller is 0


@dataclass(frozen=True)
class Criterion:
    """`words` say it in one sentence; `at` tests what it says of one place, true where it says nothing of it."""

    name: str
    words: str
    at: Callable[[Candidate, CandidateStage], bool]

    def holds(self, c: Candidate) -> bool:
        return all(self.at(c, place) for place in c.shape.places)


def numbers(c: Candidate, place: CandidateStage) -> bool:
    return all(x in b.choices for b in place.blanks for x in c[b.name].entries)


def zeros(c: Candidate, place: CandidateStage) -> bool:
    return all(2 * sum(map(bool, c[b.name].entries)) >= b.size for b in place.blanks)


def masks(c: Candidate, place: CandidateStage) -> bool:
    """A ReLU of a single entry cannot stop one and let one through: it lets it through."""
    if place.kind != "relu":
        return True
    entries = c[place.input].entries
    return all(entries) and max(entries) > 0 and (len(entries) == 1 or min(entries) < 0)


def winners(c: Candidate, place: CandidateStage) -> bool:
    windows = ([c[place.input][at] for at in window] for window in place.windows)
    return all(w.count(max(w)) == 1 and (max(w) > 0 or not place.masked) for w in windows)


def scores(c: Candidate, place: CandidateStage) -> bool:
    """With more than three classes the spread may be as large as their number."""
    if not place.scores:
        return True
    found = c[place.output].entries
    apart = len(set(found)) == len(found) and max(found) - min(found) <= max(SPREAD, len(found))
    return apart and all(x.denominator == 1 for x in found)


def small(c: Candidate, place: CandidateStage) -> bool:
    return place.output in (PROBABILITIES, LOSS) or all(abs(x) <= LARGEST for x in c[place.output].entries)


def gradients(c: Candidate, place: CandidateStage) -> bool:
    if place.output != LOSS:
        return True
    return all(any(abs(x) > TINY for x in c[gradient(p)].entries) for p in c.shape.parameters)


def after(c: Candidate, place: CandidateStage) -> bool:
    """Once more forward: what is asked for after the update is to be computed by hand as well, and to say something."""
    if place.output != LOSS:
        return True
    updated = c.updated
    computed = (p.output for p in c.shape.places if p.output not in (PROBABILITIES, LOSS))
    small = all(abs(x) <= LARGEST_AFTER for t in computed for x in updated[t].entries)
    alive = all(max(updated[p.input].entries) > 0 for p in c.shape.places if p.kind == "relu")
    return small and alive and 10_000 * updated[LOSS][()] >= 1


def fall(c: Candidate, place: CandidateStage) -> bool:
    if place.output != LOSS:
        return True
    before, after = c[LOSS][()], c.updated[LOSS][()]
    return bool(10 * (before - after) >= 1)


CRITERIA = (
    Criterion(
        "numbers",
        "The input holds integers from -3 to 3, kernels and their biases integers and halves from -3/2 to 3/2,"
        " matrices and theirs -2, -1, 1 or 2.",
        numbers,
    ),
    Criterion("zeros", "At least half of the entries of the input and of each parameter are not 0.", zeros),
    Criterion(
        "masks",
        "Each ReLU stops at least one entry and lets at least one through (a single one it lets through); none is 0.",
        masks,
    ),
    Criterion(
        "winners",
        "Each window of a max pool has one largest entry; where the pool reads a ReLU, that is greater than 0.",
        winners,
    ),
    Criterion(
        "scores",
        "The scores before the softmax are different integers; the largest exceeds the smallest by at most 3, or by"
        " the number of classes where there are more.",
        scores,
    ),
    Criterion("small", "No number of the forward pass up to the scores is beyond 12 in absolute value.", small),
    Criterion("gradients", "The gradient of each parameter has an entry other than 0.", gradients),
    Criterion(
        "after",
        "After one step with the network's learning rate none of them is beyond 20, each ReLU lets an entry through,"
        " and the loss is at least 1/10000.",
        after,
    ),
    Criterion("fall", "That step lets the loss fall by at least 1/10.", fall),
)


def first_broken(c: Candidate, places: Iterable[CandidateStage]) -> Criterion | None:
    """The first criterion that does not hold at these places, None where all do; what it takes to see that is all that
    is computed."""
    return next((x for place in places for x in CRITERIA if not x.at(c, place)), None)
