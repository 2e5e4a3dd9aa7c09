"""Index arithmetic and conditions at many places."""

import numpy as np
import pytest
from one_by_one import CONDITIONS as BY_HAND
from sympy import Integer, Pow

from symconv.derivation import index as algebra
from symconv.derivation.index import Div, Entry, In, Iverson, MaxOver, Quot, Sum, index
from symconv.errors import Broken
from symconv.evaluation.evaluate import World
from symconv.evaluation.places import CONDITIONS, Inside, Points, Tensor, flat, free, holds, nodes, position
from symconv.evaluation.vectors import Rationals

i, j = index("i"), index("j")
HERE = Points({"i": np.arange(-4, 5), "n": 3}, 9)


def test_every_condition_is_decided() -> None:
    made = {c for c in vars(algebra).values() if isinstance(c, type) and issubclass(c, Iverson)} - {Iverson}
    assert set(CONDITIONS) == set(BY_HAND) == made
    for node, right in BY_HAND.items():
        for n in range(1, 4):
            found = holds(node(i, Integer(n), evaluate=False), HERE)
            assert found.tolist() == [right(e, n) for e in range(-4, 5)]


def test_index_arithmetic_is_in_whole_numbers() -> None:
    assert np.array_equal(position(2 * i - 1, HERE), 2 * np.arange(-4, 5) - 1)
    assert np.array_equal(position(Quot(i, 2), HERE), np.arange(-4, 5) // 2)
    with pytest.raises(Broken, match="no index"):
        position(Pow(i, 2), HERE)


def test_places_in_row_major_order() -> None:
    assert np.array_equal(flat([np.array([0, 1]), 2], (2, 3)), [2, 5])
    with pytest.raises(IndexError, match="3 lies outside"):
        flat([np.array([0, 1]), np.array([0, 3])], (2, 3))
    with pytest.raises(IndexError, match="do not index"):
        flat([0, 0], (2,))


def test_ranges_are_put_beside_places_where_conditions_hold() -> None:
    world, guard = World({}, {}), In(i + j - 1, Integer(2))
    both = Inside(Points({"i": np.array([0, 2])}, 2), np.arange(2), 2)
    inside = both.ranged([(j, Integer(3))], [guard, Div(i, Integer(2))], world)
    assert inside.of.tolist() == [0, 0, 1] and inside.here.letters["j"].tolist() == [1, 2, 0]  # type: ignore[union-attr]
    assert world.seen == {guard: {0, 1}, Div(i, Integer(2)): {1}}
    assert set(inside.here.of(frozenset("i")).letters) == {"i"}


def test_a_tensor_one_by_one() -> None:
    assert Tensor((2, 1), Rationals.of([1, 2])).array.nested() == [[1], [2]]


def test_what_stands_in_an_expression() -> None:
    guard, entry = In(i, Integer(2)), Entry("x", i)
    e = Sum(guard * entry, (i, Integer(3))) + MaxOver(Entry("y", j), 1, (j, Integer(2)))
    assert nodes(e) == {guard, entry, Entry("y", j), *e.args} and free(e) == frozenset() and free(entry) == {i}
