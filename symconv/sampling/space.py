"""How many networks of a shape are pleasant: counted where all of them can be, estimated from a sample of them."""

from dataclasses import dataclass
from math import exp, lgamma, log

import mpmath

from symconv.evaluation.arithmetic import DIGITS
from symconv.sampling.candidate import Candidate, CandidateFrame
from symconv.sampling.criteria import first_broken
from symconv.sampling.stream import Stream

DOUBT = 1e-6  # how likely the lower bound may be to lie above the truth
SEED = "the space of networks"


@dataclass(frozen=True)
class SpaceEstimate:
    """Of `count` networks with numbers of the right kind, `met` of the `tried` ones, all as likely, are pleasant."""

    count: int
    tried: int
    met: int

    @property
    def about(self) -> int:
        """How many pleasant networks the sample speaks for."""
        return self.count * self.met // self.tried

    @property
    def least(self) -> int:
        """How many there are at least, by the one-sided bound of Clopper and Pearson 1934: a sample with so many
        pleasant networks would have a probability of 1e-6 if there were no more."""
        low, high = 0.0, self.met / self.tried
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if self._as_many(middle) < DOUBT else (low, middle)
        return int(self.count * low)

    def _as_many(self, rate: float) -> float:
        """How likely `met` or more of `tried` are if each is pleasant with this probability."""
        n = self.tried
        ways = (lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) for k in range(self.met))
        return 1 - sum(exp(w + k * log(rate) + (n - k) * log(1 - rate)) for k, w in enumerate(ways))


def space(shape: CandidateFrame, tried: int) -> SpaceEstimate:
    """The space of a shape by a sample of `tried` networks, always the same ones."""
    stream, met = Stream(SEED), 0
    with mpmath.workdps(DIGITS + 5):
        for _ in range(tried):
            candidate = Candidate(shape, shape.choices.drawn(stream))
            met += first_broken(candidate, shape.places) is None
    return SpaceEstimate(shape.choices.count, tried, met)
