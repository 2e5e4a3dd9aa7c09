"""The nodes of the index algebra: what each evaluates to, and that no name is ever captured."""

from fractions import Fraction

import pytest
from hypothesis import given, strategies as st
from sympy import Expr, Integer, Mul, expand

from symconv.array import Array
from symconv.derivation.functions import relu, step
from symconv.derivation.index import (
    Delta,
    Div,
    Entry,
    In,
    MaxOver,
    Partial,
    Quot,
    Sum,
    Winner,
    bound_names,
    entries,
    extent,
    freshen,
    index,
    names,
    primed,
    rebuild,
    substitute,
    tidy,
)
from symconv.derivation.scopes import canonical
from symconv.errors import Broken
from symconv.evaluation.evaluate import World

i, j, k, m = (index(x) for x in "ijkm")
n, s = extent("n"), extent("s")
small = st.integers(-20, 20)
positive = st.integers(1, 6)


def x(*at: object) -> Entry:
    return Entry("x", *at)


def value(e: Expr, **tensors: list[object]) -> object:
    world = World({}, {name: Array.of(entries) for name, entries in tensors.items()})
    return world.value(e)


# ------------------------------------------------------------------------------------------------ nodes
def test_an_entry_knows_its_tensor_and_place() -> None:
    e = x(i, 2 * j + 1)
    assert (e.tensor, e.at, str(e)) == ("x", (i, 2 * j + 1), "x[i, 2*j + 1]")
    assert e.free_symbols == {i, j}
    assert Entry("L").at == ()


def test_a_binder_hides_its_indices() -> None:
    e = Sum(x(i, j), (i, n))
    assert e.free_symbols == {j, n}
    assert (e.bound, e.ranges, str(e)) == ((i,), ((i, n),), "Sum(x[i, j], (i, n))")


def test_sums_without_a_range_or_a_body_vanish() -> None:
    assert Sum(x(i)) == x(i)
    assert Sum(0, (i, n)) == 0
    assert MaxOver(x(i), 1) == x(i)
    assert Winner(x(i), 1, ()) == 1


@pytest.mark.parametrize("size", [0, -1, -3])
def test_a_sum_over_nothing_is_0(size: int) -> None:
    assert value(Sum(x(i), (i, Integer(size))), x=[1, 2]) == 0


@given(small, small)
def test_delta(a: int, b: int) -> None:
    assert Delta(Integer(a), Integer(b)) == int(a == b)
    assert Delta(i + a, i + b) == int(a == b)


@given(small, small)
def test_in(e: int, size: int) -> None:
    assert In(Integer(e), Integer(size)) == int(0 <= e < size)


@given(small, positive)
def test_div_and_quot_round_down_also_below_0(e: int, by: int) -> None:
    assert Div(Integer(e), Integer(by)) == int(e % by == 0)
    assert Quot(Integer(e), Integer(by)) == e // by
    assert Integer(by) * Quot(Integer(e), Integer(by)) <= e


def test_conditions_that_are_not_yet_decidable_wait() -> None:
    for e in (Delta(i, j), In(i, n), Div(i, s), Quot(i, s), In(Integer(0), n)):
        assert e.args
    assert (Div(i, 1), Div(0, s), Quot(i, 1), Quot(0, s)) == (1, 1, i, 0)
    assert rebuild(In(i, n) * Div(j, s), {i: Integer(3), n: Integer(3), j: Integer(4), s: Integer(2)}) == 0


def test_a_condition_squared_is_itself() -> None:
    assert In(i, n) ** 2 == In(i, n)
    assert Delta(i, j) * Delta(i, j) == Delta(i, j)


def test_the_slope_of_relu_is_the_step() -> None:
    assert relu(x(i)).fdiff(1) == step(x(i))


@pytest.mark.parametrize(("values", "first"), [([3, 7, 7], 1), ([7, 7, 7], 0), ([-2, -2, -1], 2), ([0, 0, 0], 0)])
def test_of_equal_entries_the_first_wins(values: list[int], first: int) -> None:
    won = [value(Winner(x(i), 1, (Integer(at),), (i, Integer(3))), x=values) for at in range(3)]
    assert won == [int(at == first) for at in range(3)]
    assert value(MaxOver(x(i), 1, (i, Integer(3))), x=values) == max(values)


def test_row_major_order_decides_between_rows_and_columns() -> None:
    ranges = ((i, Integer(2)), (j, Integer(2)))
    won = {at: value(Winner(x(i, j), 1, at, *ranges), x=[[1, 5], [5, 1]]) for at in ((0, 1), (1, 0))}
    assert won == {(0, 1): 1, (1, 0): 0}


def test_what_a_guard_shuts_out_never_wins() -> None:
    read = x(i - 1)
    assert value(MaxOver(read, In(i - 1, Integer(2)), (i, Integer(3))), x=[-5, -4]) == -4


def test_a_maximum_over_nothing_has_no_value() -> None:
    with pytest.raises(Broken, match="empty window"):
        value(MaxOver(x(i), In(i + 9, Integer(2)), (i, Integer(2))), x=[1, 2])


# ------------------------------------------------------------------------------------------------ names
def test_substitute_captures_nothing() -> None:
    e = substitute(Sum(x(i, j), (i, n)), {j: i})
    assert canonical(e) == canonical(Sum(x(k, i), (k, n)))
    assert e.free_symbols == {i, n}


def test_substitute_leaves_bound_indices_alone() -> None:
    e = substitute(x(i) + Sum(x(i), (i, n)), {i: 3})
    assert canonical(e) == canonical(x(3) + Sum(x(k), (k, n)))


def test_substitute_puts_numbers_and_entries_in() -> None:
    assert substitute(x(2 * i), {i: 4}) == x(8)
    assert substitute(x(i) * In(i, n), {x(i): Entry("y", i)}) == Entry("y", i) * In(i, n)


def test_freshen_spares_free_symbols_of_the_same_name() -> None:
    e = freshen(x(i) + Sum(x(i), (i, n)), {"i"})
    assert x(i) in e.args
    assert canonical(e) == canonical(x(i) + Sum(x(k), (k, n)))


def test_freshen_never_renames_onto_a_free_symbol() -> None:
    mark = primed(i, {"i"})
    e = freshen(Sum(x(i, mark), (i, n)), {"i"})
    assert canonical(e) == canonical(Sum(x(k, mark), (k, n)))


def test_freshen_keeps_nested_indices_apart() -> None:
    mark = primed(i, {"i"})
    e = freshen(Sum(Sum(x(i, mark), (mark, n)), (i, n)), {"i"})
    assert len(set(bound_names(e))) == 2
    assert "i" not in names(e)
    assert canonical(e) == canonical(Sum(Sum(x(k, m), (m, n)), (k, n)))


def test_primed_keeps_what_is_known_of_an_index() -> None:
    assert primed(i, ()) is i
    assert primed(i, {"i", "i'"}).name == "i''"
    assert primed(n, {"n"}).is_positive


def test_names_hold_bound_and_free_ones() -> None:
    assert names(Sum(x(i), (i, n)), j) == {"i", "n", "j"}


# ------------------------------------------------------------------------------------------------ entries
def test_entries_come_in_a_fixed_order() -> None:
    assert entries(x(j) * x(i) + Partial(Entry("a", i), x(k))) == [Entry("a", i), x(i), x(j), x(k)]


def test_tidy_multiplies_positions_out_but_not_factors() -> None:
    e = Mul(x(2 * (i + 1)), x(i) + x(j), In(s * (i - 1), n))
    assert tidy(e) == Mul(x(2 * i + 2), x(i) + x(j), In(expand(s * (i - 1)), n))


def test_a_fraction_stays_exact() -> None:
    assert value(Sum(x(i) * x(i), (i, Integer(2))), x=[Fraction(1, 3), Fraction(2, 3)]) == Fraction(5, 9)
