"""Sums and deltas: every rewriting compared with the plain sum, at sizes where conditions are true and false."""

from fractions import Fraction
from itertools import product

import pytest
import sympy
from depth import examples
from hypothesis import given, settings, strategies as st
from sympy import Expr, Integer
from sympy.concrete.delta import deltasummation

from symconv.array import Array
from symconv.derivation.index import Delta, Div, Entry, In, Quot, Sum, extent, index, primed
from symconv.derivation.rules import Facts
from symconv.derivation.scopes import canonical
from symconv.derivation.sums import collect, domains, flip, hoist, one_sum, pairs, products, sift
from symconv.evaluation.evaluate import World

i, j, k, a, b, u, v = (index(c) for c in "ijkabuv")
n, K, s, d, V = (extent(c) for c in ("n", "K", "s", "d", "V"))
NOTHING = Facts()
SIZES = [dict(zip((n, K, s, d, V), given, strict=True)) for given in product((1, 4), (1, 3), (1, 2, 3), (1, 2), (1, 2))]


def x(*at: object) -> Entry:
    return Entry("x", *at)


def y(*at: object) -> Entry:
    return Entry("y", *at)


def tables(e: Expr, ranges: tuple[tuple[sympy.Symbol, Expr], ...] = ((k, Integer(9)),)) -> list[Array]:
    """e at every size and every free index, all tensors large enough for every read."""
    large = {name: Array.build((20,), lambda at: Fraction(at[0] * at[0] + 1, 3)) for name in "xy"}
    large["w"] = Array.build((9, 9), lambda at: Fraction(7 * at[0] + at[1] ** 2))
    return [World(sizes, large).table(e, ranges).array for sizes in SIZES]


# ------------------------------------------------------------------------------------------------ products
def test_products_and_collect_are_inverse() -> None:
    e = 3 * Sum(x(i) * Sum(y(j), (j, K)), (i, n)) - x(k)
    assert set(products(e)) == {((-1, x(k)), ()), ((3, x(i), y(j)), ((i, n), (j, K)))}
    assert collect(products(e)) == 3 * Sum(x(i) * y(j), (i, n), (j, K)) - x(k)


def test_a_product_of_sums_over_one_name_captures_nothing() -> None:
    e = Sum(x(i), (i, n)) * Sum(y(i), (i, K))
    after = one_sum(e, NOTHING)
    assert canonical(after) in (
        canonical(Sum(x(i) * y(j), (i, n), (j, K))),
        canonical(Sum(x(j) * y(i), (i, K), (j, n))),
    )
    assert tables(e) == tables(after)


def test_a_sum_times_a_free_index_of_its_name_captures_nothing() -> None:
    e = x(i) * Sum(y(i), (i, n))
    after = one_sum(e, NOTHING)
    mark = primed(i, {"i"})
    assert after == Sum(x(i) * y(mark), (mark, n))


# ------------------------------------------------------------------------------------------------ sift
def test_sift_keeps_what_the_delta_says() -> None:
    assert sift(Sum(Delta(i, k) * x(i), (i, n)), NOTHING) == In(k, n) * x(k)
    assert sift(Sum(Delta(k, i + 2) * x(i), (i, n)), NOTHING) == In(k - 2, n) * x(k - 2)


def test_sift_asks_whether_the_stride_divides() -> None:
    e = Sum(Delta(s * i, k) * x(i), (i, n))
    assert sift(e, NOTHING) == Div(k, s) * In(Quot(k, s), n) * x(Quot(k, s))
    assert tables(e) == tables(sift(e, NOTHING))


def test_sympys_own_delta_sum_forgets_to_ask() -> None:
    """At k = 1 and stride 2 no term is left; SymPy's formula reads x at 1/2, ours is 0."""
    f, (r, t) = sympy.Function("f"), sympy.symbols("r t", integer=True)
    theirs = deltasummation(f(r) * sympy.KroneckerDelta(2 * r, t), (r, 0, 3))
    ours = sift(Sum(Delta(2 * i, k) * x(i), (i, Integer(4))), NOTHING)
    assert theirs.subs(t, 1) == f(sympy.Rational(1, 2))
    assert tables(ours)[0][(1,)] == 0


@settings(max_examples=examples(40))
@given(st.integers(1, 4), st.integers(1, 3), st.integers(0, 3), st.integers(1, 4), st.integers(1, 3))
def test_sift_agrees_with_the_sum(stride: int, dilation: int, pad: int, outs: int, taps: int) -> None:
    e = Sum(Delta(stride * i + dilation * a - pad, k) * x(i) * y(a), (i, Integer(outs)), (a, Integer(taps)))
    after = sift(e, NOTHING)
    assert after is not None and not after.atoms(Delta)
    assert tables(e)[0] == tables(after)[0]


def test_where_the_tensor_reads_the_whole_position_no_quotient_is_left() -> None:
    e = Sum(Delta(s * i + d * a, k) * x(s * i + d * a + 1), (i, n), (a, K))
    after = sift(e, NOTHING)
    assert after is not None and after.atoms(Entry) == {x(k + 1)}
    assert tables(e) == tables(after)


def test_kept_indices_are_solved_for_last() -> None:
    e = Sum(Delta(i + a, k) * x(i) * y(a), (i, n), (a, K))
    assert sift(e, Facts(kept=frozenset({a}))) == Sum(In(k - a, n) * x(k - a) * y(a), (a, K))
    assert sift(e, Facts(kept=frozenset({i}))) == Sum(In(k - i, K) * x(i) * y(k - i), (i, n))


@pytest.mark.parametrize(
    "e",
    [
        Sum(Delta(i * i, k) * x(i), (i, n)),
        Sum(Delta(a * i, k) * x(i) * y(a), (i, n), (a, K)),
        Sum(Delta((s - d) * i, k) * x(i), (i, n)),
    ],
    ids=["not linear", "by a summed index", "by what may be 0"],
)
def test_sift_does_not_divide_by_what_it_does_not_know(e: Expr) -> None:
    after = sift(e, NOTHING)
    assert after is None or tables(after) == tables(e)


def test_two_deltas_leave_no_sum() -> None:
    e = Sum(Delta(i, k) * Delta(j, i + 1) * x(i) * y(j), (i, n), (j, K))
    assert sift(e, NOTHING) == In(k, n) * In(k + 1, K) * x(k) * y(k + 1)


# ------------------------------------------------------------------------------------------------ pairs
def test_a_flat_index_of_three_axes_splits_twice() -> None:
    W, H = V, K
    c = index("c")
    known = Facts(ranges=((a, n), (b, H), (c, W)))
    e = Sum(Delta((i * H + j) * W + u, (a * H + b) * W + c) * x(i), (i, n), (j, H), (u, W))
    assert pairs(e, known) == Sum(Delta(i, a) * Delta(j, b) * Delta(u, c) * x(i), (i, n), (j, H), (u, W))


def test_pairs_need_the_remainder_to_stay_below_the_width() -> None:
    e = Sum(Delta(i * V + j, a * V + b) * x(i), (i, n), (j, V))
    assert pairs(e, Facts(ranges=((b, V + 1),))) is None
    assert pairs(e, NOTHING) is None


# ------------------------------------------------------------------------------------------------ domains, hoist, flip
def test_domains_drop_what_ranges_imply_and_nothing_else() -> None:
    e = In(k, n) * Sum(In(i, n) * In(i + 1, n) * x(i), (i, n))
    assert domains(e, Facts(ranges=((k, n),))) == Sum(In(i + 1, n) * x(i), (i, n))


def test_hoist_makes_one_sum_of_each_connected_group() -> None:
    w = Entry("w", i, j)
    e = Sum(x(k) * w * y(u), (i, n), (j, K), (u, V))
    assert hoist(e, NOTHING) == x(k) * Sum(w, (i, n), (j, K)) * Sum(y(u), (u, V))
    assert tables(e) == tables(hoist(e, NOTHING))


def test_hoist_joins_groups_that_a_later_factor_connects() -> None:
    e = Sum(x(i) * y(j) * Entry("w", i, j), (i, n), (j, K))
    assert hoist(e, NOTHING) is None


def test_a_sum_that_holds_nothing_of_its_index_counts() -> None:
    e = Sum(x(k), (i, n))
    assert hoist(e, NOTHING) == x(k) * Sum(1, (i, n))
    assert tables(e) == tables(hoist(e, NOTHING))


def test_a_flipped_sum_is_the_same_sum() -> None:
    e = Sum(x(i + k) * y(n - i), (i, n))
    after = flip(e, NOTHING)
    assert after == Sum(x(n - 1 - i + k) * y(i + 1), (i, n))
    assert tables(e) == tables(after)
    assert flip(after, NOTHING) == e
