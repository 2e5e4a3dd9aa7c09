"""Conditions that need not be seen to fail are those that others imply, and no others."""

import pytest
from sympy import Expr, Integer

from symconv.derivation.derivation import Derivation, Step
from symconv.derivation.index import Delta, Div, Entry, In, Quot, extent, index
from symconv.derivation.rules import Facts
from symconv.derivation.sums import domains
from symconv.verification.conditions import is_counted_out, unmarked

h, n, N = index("h"), index("n"), extent("N")
SEVEN = ((n, N), (h, Integer(7)))
G = Entry("g", h)
QUOTIENT = In(Quot(h - 1, 2), Integer(3))


def line(after: Expr, ranges: tuple[tuple[Expr, Expr], ...] = SEVEN) -> Derivation:
    """A derivation that ends with this line."""
    return Derivation(Entry("d", n, h), ranges, (Step(domains, G, after, Facts(ranges=ranges)),))


@pytest.mark.parametrize(
    ("condition", "after", "counted"),
    [
        (QUOTIENT, Div(h - 1, 2) * QUOTIENT * G, True),
        (QUOTIENT, QUOTIENT * G, False),  # of h = 0 it is none
        (QUOTIENT, Div(h - 1, 2) * QUOTIENT * G + QUOTIENT * G, False),  # alone in one of two places
        (In(h - 2, Integer(4)), In(h - 2, Integer(4)) * G, False),
        (In(9 - h, Integer(5)), Delta(h, Integer(5)) * In(9 - h, Integer(5)) * G, True),
        (In(9 - h, Integer(4)), Delta(h, Integer(5)) * In(9 - h, Integer(4)) * G, False),
        (In(h + 1, N), Delta(h, Integer(0)) * In(h + 1, N) * G, False),  # N is no number
    ],
)
def test_what_others_imply_is_counted_out(condition: Expr, after: Expr, counted: bool) -> None:
    assert is_counted_out(condition, line(after)) is counted


def test_nothing_is_counted_out_where_it_does_not_stand() -> None:
    assert not is_counted_out(QUOTIENT, line(G))


def test_a_condition_is_known_by_its_letters() -> None:
    assert unmarked(In(index("h'"), N)) == unmarked(In(index("h''"), N)) == In(h, N)
