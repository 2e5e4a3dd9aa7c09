"""The array: shapes, entries in row-major order, and what is refused."""

import pickle
from math import prod

import pytest
from hypothesis import given, strategies as st

from symconv.array import MANY, Array, indices

SHAPES = st.lists(st.integers(1, 4), max_size=4).map(tuple)


@given(SHAPES)
def test_nested_lists_come_back(shape: tuple[int, ...]) -> None:
    array = Array(shape, tuple(range(prod(shape))))
    assert Array.of(array.nested()) == array


@given(SHAPES)
def test_entries_are_in_row_major_order(shape: tuple[int, ...]) -> None:
    array = Array(shape, tuple(range(prod(shape))))
    assert [array[at] for at in indices(shape)] == list(array.entries)
    assert dict(array.items()) == dict(zip(indices(shape), array.entries, strict=True))


def test_a_scalar_has_one_entry() -> None:
    scalar = Array.of(5)
    assert (scalar.shape, scalar[()], scalar.nested()) == ((), 5, 5)
    assert list(indices(())) == [()]


def test_build_map_and_replace() -> None:
    array = Array.build((2, 2), lambda at: 10 * at[0] + at[1])
    assert array.nested() == [[0, 1], [10, 11]]
    assert array.map(lambda x: -x).nested() == [[0, -1], [-10, -11]]
    assert array.replace((1, 0), 7).nested() == [[0, 1], [7, 11]]
    assert array.nested() == [[0, 1], [10, 11]]


@pytest.mark.parametrize("at", [(2, 0), (0, 2), (-1, 0), (0,), (0, 0, 0), ()])
def test_an_index_outside_is_refused(at: tuple[int, ...]) -> None:
    with pytest.raises(IndexError):
        Array.of([[1, 2], [3, 4]])[at]


@pytest.mark.parametrize("nested", [[[1, 2], [3]], [1, [2]], [[1], [[2]]]])
def test_rows_of_different_lengths_are_refused(nested: object) -> None:
    with pytest.raises(ValueError, match="different"):
        Array.of(nested)


def test_entries_fill_the_shape() -> None:
    with pytest.raises(ValueError, match="do not fill"):
        Array((2, 2), (1, 2, 3))


def test_the_same_entries_are_the_same_array() -> None:
    assert hash(Array.of([1, 2])) == hash(Array.of((1, 2)))
    assert Array.of([1, 2]) != Array.of([[1, 2]])


@given(SHAPES)
def test_places_are_the_entries_by_index(shape: tuple[int, ...]) -> None:
    array = Array(shape, tuple(range(prod(shape))))
    assert array.places == dict(array.items())
    for outside in ((-1, *shape[1:]), (*shape, 0), shape):
        with pytest.raises(IndexError):
            _ = array.places[outside] if shape else array.places[0, 0]


def test_places_take_no_room_where_there_are_many_and_none_on_the_way_to_a_process() -> None:
    large = Array((MANY + 1,), (0,) * (MANY + 1))
    assert large.places is large
    small = Array.of([1, 2])
    packed = pickle.dumps(small)
    assert small.places[1,] == 2
    assert pickle.dumps(small) == packed and pickle.loads(packed) == small
