"""Sums of products as parts: their places, their factors, their numbers."""

import pytest
from sympy import Integer, Symbol

from symconv.code.pieces import Pieces
from symconv.code.reading import AS_THEY_ARE, GuardedProduct, Names, read, solved
from symconv.derivation.index import Delta, Entry, In, Sum
from symconv.errors import NotSupported

i, j, k = (Symbol(letter, integer=True) for letter in "ijk")
Z, X, W = Entry("∂z", k), Entry("x", i), Entry("W", k, i)
EXTENTS = {k: Integer(2), i: Integer(3), j: Integer(4)}


def parts(value: object, at: Entry = Z) -> list[GuardedProduct]:
    return read(at, value, ((k, 2),), (), Pieces(tuple(EXTENTS), EXTENTS), AS_THEY_ARE)  # type: ignore[arg-type]


def test_a_part_is_a_place_factors_conditions_and_a_number() -> None:
    (part,) = parts(Sum(-2 * W * X * In(i - 1, 3), (i, 3)))
    assert part[0] == Entry("dz", k) and set(part[1]) == {W, X} and part[2:] == ((In(i - 1, 3),), -2)


def test_a_delta_is_the_place_where_a_product_is_added() -> None:
    assert solved(Z, Delta(k, i + j)) == (k, i + j) == solved(Z, Delta(i, k - j))
    assert solved(Z, Delta(i, j)) is None
    (part,) = parts(Sum(Delta(k, i) * X, (i, 2)))
    assert part == (Entry("dz", i), (X,), (), 1)
    with pytest.raises(NotSupported, match="does not say where in"):
        parts(Sum(Delta(i, j) * X, (i, 2), (j, 2)))


def test_a_sum_that_changes_nothing_is_its_number_of_times() -> None:
    """A term holds no index but its tensors'; also where two such sums meet, and beside an index that the product
    holds."""
    assert [p[3] for p in parts(Sum(Entry("b", k), (i, 3), (j, 4)))] == [12]
    assert [p[3] for p in parts(Sum(X * Entry("b", k), (i, 3), (j, 4)))] == [4]
    assert [p[3] for p in parts(Sum(X * Entry("b", k), (i, 3)))] == [1]
    with pytest.raises(NotSupported, match="a product is added N times over"):
        parts(Sum(Entry("b", k), (i, Symbol("N", integer=True))))


def test_what_is_read_backwards_has_no_code() -> None:
    """A window backwards; a subscript of one index may run so, as a slice that is turned round."""
    with pytest.raises(NotSupported, match="runs backwards"):
        parts(Sum(Entry("x", 1 - i + j) * W, (i, 2)))
    assert parts(Sum(Entry("x", 1 - i) * W, (i, 2)))


def test_names_are_the_users_or_those_of_gradients() -> None:
    assert Names({"∂z": "dz_"})("∂z") == "dz_" and AS_THEY_ARE("∂z") == "dz"
