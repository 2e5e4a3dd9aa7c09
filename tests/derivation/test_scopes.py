"""Names of bound indices do not matter, but for one that is bound twice."""

import pytest
from hypothesis import given, strategies as st
from sympy import Expr, Symbol

from symconv.derivation.index import Entry, MaxOver, Sum, extent, index
from symconv.derivation.scopes import canonical, check_scopes
from symconv.errors import Broken

i, j, m = index("i"), index("j"), index("m")
n, s = extent("n"), extent("s")


def x(*at: Expr) -> Entry:
    return Entry("x", *at)


@given(st.permutations(["i", "j", "k", "l"]))
def test_canonical_forgets_the_names_of_bound_indices_only(order: list[str]) -> None:
    a, b, *_ = (index(x) for x in order)
    assert canonical(Sum(x(a, b, m), (a, n), (b, s))) == canonical(Sum(x(i, j, m), (i, n), (j, s)))
    assert canonical(Sum(x(a, b), (a, n), (b, s))) != canonical(Sum(x(b, a), (a, n), (b, s)))


@pytest.mark.parametrize(
    ("e", "free"),
    [
        (Sum(x(i) * Sum(x(i), (i, n)), (i, n)), ()),
        (Sum(x(i), (i, n)), (i,)),
        (Sum(x(i, i), (i, n), (i, n)), ()),
        (Sum(MaxOver(x(i), 1, (i, n)), (i, n)), ()),
    ],
)
def test_shadowing_is_refused(e: Expr, free: tuple[Symbol, ...]) -> None:
    with pytest.raises(Broken, match="i is bound twice"):
        check_scopes(e, frozenset(free))


def test_siblings_may_share_a_name() -> None:
    check_scopes(Sum(x(i), (i, n)) + Sum(x(i), (i, n)) * x(j), frozenset({j}))
