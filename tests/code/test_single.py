"""Indices of one value are 0 in every Term; no subscript leaves its tensor."""

import pytest
from sympy import Integer, Symbol

from symconv.code.pieces import Exponentials, Largest, LookupTable
from symconv.code.schedule import Term
from symconv.code.single import inside, single
from symconv.derivation.index import Entry, extent, index
from symconv.errors import Broken

M, J, A = (index(x) for x in "mja")
ONE, THREE = Integer(1), Integer(3)
EXTENTS = {M: ONE, J: THREE, A: Integer(2)}


def test_an_index_of_one_value_is_zero_wherever_it_stands() -> None:
    term = Term(Entry("Y", M, J), (Entry("X", M + J), Entry("K", M)), Integer(2))
    found = single(EXTENTS, {}).term(term)
    assert found == Term(Entry("Y", 0, J), (Entry("X", J), Entry("K", 0)), Integer(2))


def test_a_table_of_one_number_is_that_number() -> None:
    pieces = {"w": LookupTable(Entry("w", M), M, ("5",))}
    found = single(EXTENTS, pieces).term(Term(Entry("Y", M), (Entry("w", M), Entry("X", M))))
    assert found == Term(Entry("Y", 0), (Entry("X", 0),), Integer(5))


def test_a_maximum_over_one_place_is_the_entry_there_and_its_winner_is_one() -> None:
    pieces = {"winner" if w else "m": Largest(Entry("X", M), ((M, ONE),), ONE, w) for w in (False, True)}
    found = single(EXTENTS, pieces).term(Term(Entry("Y", J), (Entry("m", J), Entry("winner", J), Entry("K", J))))
    assert found.factors == (Entry("X", 0), Entry("K", J))


def test_torch_keeps_the_axis_of_a_sum_of_exponentials() -> None:
    thin = single(EXTENTS, {"s": Exponentials(Entry("z", M), M, "softmax")})
    assert M not in thin.zero and J not in thin.zero


def check(at: object, entries: object = THREE) -> None:
    shape = {"X": (entries,), "Y": (THREE,)}
    inside((Term(Entry("Y", J), (Entry("X", at),)),), {}, EXTENTS, shape)


@pytest.mark.parametrize("at", [Integer(0), Integer(2), J, 2 - J, 2 * M])
def test_subscripts_that_stay_inside(at: object) -> None:
    check(at)


@pytest.mark.parametrize("at", [Integer(3), Integer(-1), J + 1, J - 1, J + A, 2 * J])
def test_subscripts_that_leave_their_tensor_are_broken(at: object) -> None:
    with pytest.raises(Broken, match=r"the code would read X at .*, and the axis has 3 entries"):
        check(at)


def test_where_sizes_are_letters_nothing_is_said() -> None:
    check(J + 7, extent("H"))
    inside((Term(Entry("Y", J), (Entry("X", J + Symbol("p")),)),), {}, {J: extent("W")}, {"X": (THREE,), "Y": (THREE,)})
