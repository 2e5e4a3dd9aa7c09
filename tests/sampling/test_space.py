"""There are enough pleasant networks for every class: counted, with the doubt that a sample leaves."""

from fractions import Fraction
from math import comb

import pytest

from symconv.networks.network import load
from symconv.sampling.candidate import CandidateFrame
from symconv.sampling.space import DOUBT, SpaceEstimate, space
from symconv.worked.derived import derived


def test_the_toy_has_enough() -> None:
    """The lower bound of Clopper and Pearson at one in a million, from 3000 networks that are always the same ones:
    fewer than one in a hundred are pleasant, and 2000 would not be enough to show as much."""
    found = space(CandidateFrame(derived(load("toy-cnn"))), 3000)
    assert found.count == 7**18 * 4**2 * 2 and found.tried == 3000
    assert 10**14 <= found.least < found.about < found.count


@pytest.mark.parametrize(("tried", "met"), [(40, 3), (40, 1), (25, 25), (300, 12)])
def test_the_bound_is_the_rate_at_which_so_many_are_one_in_a_million(tried: int, met: int) -> None:
    rate = Fraction(SpaceEstimate(10**12, tried, met).least, 10**12)
    tail = sum(comb(tried, k) * rate**k * (1 - rate) ** (tried - k) for k in range(met, tried + 1))
    assert abs(float(tail) - DOUBT) < 1e-3 * DOUBT


def test_nothing_met_says_nothing() -> None:
    assert SpaceEstimate(10**12, 40, 0).least == SpaceEstimate(10**12, 40, 0).about == 0
