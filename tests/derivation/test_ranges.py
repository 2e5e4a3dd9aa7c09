"""What ranges imply, and above all what they do not."""

import pytest
from hypothesis import given, strategies as st
from sympy import Expr, Integer, Symbol

from symconv.derivation.index import Delta, Div, In, Quot, extent, index
from symconv.derivation.ranges import MOST_TRIED, bounds, counted_out, implied

i, j, p = index("i"), index("j"), index("p")
n, m, s, V = (extent(c) for c in ("n", "m", "s", "V"))
RANGES = ((i, n), (j, V))


@pytest.mark.parametrize(
    ("e", "size"),
    [
        (i, n),
        (i, n + 1),
        (i + 1, n + 1),
        (n - 1 - i, n),
        (i * V + j, n * V),
        (Integer(0), n),
        (i + p, n + p),
        (2 * i, 2 * n),
        (2 * i, 2 * n - 1),
    ],
)
def test_implied(e: Expr, size: Expr) -> None:
    assert implied(In(e, size), RANGES)


@pytest.mark.parametrize(
    ("e", "size"),
    [
        (i, n - 1),
        (i, m),
        (i + 1, n),
        (i - 1, n),
        (i - p, n),
        (n - i, n),
        (i * V + j, n * V - 1),
        (j * n + i * n, n * V),
        (2 * i, n),
        (i + p, n),
        (i * i, n),
        (i * j, n * V - V),
        (Quot(i, s), n),
        (p, n),
        (Integer(1), n),
        ((s - V) * i, n),
        (Symbol("free", integer=True), n),
    ],
)
def test_not_implied(e: Expr, size: Expr) -> None:
    assert not implied(In(e, size), RANGES)


def test_a_derived_extent_may_be_read_by_what_defines_it() -> None:
    """Without padding every window lies inside: i s + a d <= (n - (m - 1) d - 1) + (m - 1) d."""
    a, d, outs = index("a"), extent("d"), extent("outs")
    window = Quot(n - (m - 1) * d - 1, s) + 1
    ranges = ((i, outs), (a, m))
    assert implied(In(i * s + a * d, n), ranges, ((outs, window),))
    assert not implied(In(i * s + a * d, n), ranges)
    assert not implied(In(i * s + a * d, n - 1), ranges, ((outs, window),))
    assert not implied(In(i * s + a * d + 1, n), ranges, ((outs, window),))


def test_bounds_of_an_affine_expression() -> None:
    assert bounds(3 - 2 * i + j, RANGES) == (5 - 2 * n, 2 + V)
    assert bounds(i * j * j, RANGES) == (None, None)


@given(
    st.integers(-3, 3), st.integers(-3, 3), st.integers(-4, 4), st.integers(1, 4), st.integers(1, 4), st.integers(0, 12)
)
def test_with_numbers_implied_is_true_for_every_index(x: int, y: int, c: int, ni: int, nj: int, size: int) -> None:
    e = x * i + y * j + c
    holds = all(0 <= x * k + y * t + c < size for k in range(ni) for t in range(nj))
    condition = In(e, Integer(size))
    assert (
        (condition == holds)
        if condition.is_Integer
        else implied(condition, ((i, Integer(ni)), (j, Integer(nj)))) == holds
    )


SIZED = ((i, Integer(3)), (j, Integer(4)), (p, n))


def test_a_condition_holds_where_those_beside_it_do() -> None:
    """Of 0 <= i < 3: where i is 2, i + 1 is below 4, and 2 - i is below 1."""
    assert counted_out(In(i + 1, Integer(4)), (), SIZED)
    assert counted_out(In(2 - i, Integer(1)), (Delta(i, Integer(2)),), SIZED)
    assert counted_out(In(i + j, Integer(3)), (In(i, Integer(2)), In(j, Integer(2))), SIZED)
    assert counted_out(Delta(i, j), (Delta(i, Integer(1)), In(2 * j - 2, Integer(1))), SIZED)
    assert counted_out(Div(i, Integer(2)), (In(i - 2, Integer(1)),), SIZED)
    assert counted_out(In(Quot(j, Integer(2)), Integer(2)), (), SIZED)


def test_what_may_fail_is_not_counted_out() -> None:
    assert not counted_out(In(i, Integer(2)), (), SIZED)
    assert not counted_out(In(2 - i, Integer(1)), (), SIZED)
    assert not counted_out(In(i + j, Integer(3)), (In(i, Integer(2)),), SIZED)
    assert not counted_out(Div(i, Integer(2)), (In(i - 1, Integer(2)),), SIZED)
    assert not counted_out(Delta(i, j), (), SIZED)


def test_letters_and_too_many_places_are_not_tried() -> None:
    """A condition beside it that has other indices says nothing here."""
    assert not counted_out(In(p, n), (), SIZED)
    assert not counted_out(In(i + p, n + 3), (), SIZED)
    assert not counted_out(In(i, Integer(2)), (In(i + p, n), Delta(j, i)), ((i, Integer(3)),))
    assert counted_out(In(i, Integer(MOST_TRIED)), (), ((i, Integer(MOST_TRIED)),))
    assert not counted_out(In(i, Integer(MOST_TRIED + 1)), (), ((i, Integer(MOST_TRIED + 1)),))
