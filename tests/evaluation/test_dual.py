"""Dual numbers follow the rules of differentiation, for all entries at once."""

from fractions import Fraction

from hypothesis import given, strategies as st

from symconv.evaluation.dual import Dual, dual

whole = st.integers(-9, 9)
duals = st.builds(lambda v, a, b: Dual(v, {(0,): a, (1,): b}), whole, whole, whole)
NOTHING: dict[tuple[int, ...], int] = {}


def test_a_number_has_no_derivative() -> None:
    assert dual(3) == Dual(3, NOTHING)
    assert dual(Dual(3, {(0,): 1})) == Dual(3, {(0,): 1})


@given(duals, duals)
def test_sum_and_product_rule(x: Dual, y: Dual) -> None:
    for at in ((0,), (1,)):
        assert (x + y).d[at] == x.d[at] + y.d[at]
        assert (x * y).d[at] == x.v * y.d[at] + x.d[at] * y.v
    assert ((x + y).v, (x * y).v) == (x.v + y.v, x.v * y.v)


@given(duals, whole)
def test_numbers_on_either_side(x: Dual, c: int) -> None:
    assert c + x == x + c == Dual(x.v + c, x.d)
    assert (c * x).d == (x * c).d == {at: c * slope for at, slope in x.d.items()}


def test_different_entries_keep_their_own_slopes() -> None:
    x, y = Dual(2, {(0,): 1}), Dual(5, {(1,): 1})
    assert x * y == Dual(10, {(0,): 5, (1,): 2})


def test_the_chain_rule() -> None:
    x = Dual(Fraction(2), {(0,): Fraction(3)})
    assert x.along(x.v**2, 2 * x.v) == Dual(Fraction(4), {(0,): Fraction(12)})
