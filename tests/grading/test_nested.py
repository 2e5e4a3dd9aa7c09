"""Lists as the entries of a tensor: what fits, what is missing, and what is left out."""

from itertools import combinations
from math import prod

import pytest
from hypothesis import given, strategies as st

from symconv.array import Array
from symconv.grading.nested import Layout, laid_out, transposed_shape


@pytest.mark.parametrize(
    ("node", "shape", "leaves", "turns"),
    [
        (1, (), (1,), False),
        (1, (1, 1), (1,), False),
        ([1], (1, 1), (1,), False),
        ("", (2, 2), (None,) * 4, False),
        (None, (2,), (None,) * 2, False),
        ([[1, 2], [3, 4]], (2, 2), (1, 2, 3, 4), False),
        ([[1, 2], [3]], (2, 2), (1, 2, 3, None), False),
        ([[1, 2]], (2, 2), (1, 2, None, None), False),
        ([[], [3, 4]], (2, 2), (None, None, 3, 4), False),
        (["?", [3, 4]], (2, 2), (None, None, 3, 4), False),
        ([1, 2, 3], (3, 1), (1, 2, 3), False),
        ([[1], [2], [3]], (3, 1), (1, 2, 3), False),
        ([[1, 2, 3]], (3, 1), (1, 2, 3), True),
        ([[1, 2]], (3, 1), (1, 2, None), True),
        ([[1, 2], [3, 4], [5, 6]], (2, 3), (1, 2, 3, 4, 5, 6), True),
        ([[1, 2], ["", 4], [5, 6]], (2, 3), (1, 2, "", 4, 5, 6), True),
        ([[[1, 2]]], (1, 1, 2, 1), (1, 2), False),
        ([1, 2], (1, 1, 2, 1), (1, 2), False),
    ],
)
def test_what_fits(node: object, shape: tuple[int, ...], leaves: tuple[object, ...], turns: bool) -> None:
    found = laid_out(node, shape)
    assert found is not None and found.transposed == turns
    assert found.leaves == tuple(None if x == "" else x for x in leaves)


@pytest.mark.parametrize("node", [[["", ""]], [["?", None]], [""] * 2, [[""], [""]], [""], [[]], []])
@pytest.mark.parametrize("shape", [(2, 1), (1, 2), (2, 2)])
def test_blanks_alone_are_never_turned_round(node: object, shape: tuple[int, ...]) -> None:
    found = laid_out(node, shape)
    assert found == Layout(shape, False, (None,) * prod(shape))


@pytest.mark.parametrize(
    ("node", "shape"),
    [
        ([1], ()), (1, (2,)), ([1, 2, 3], (2,)), ([1, 2], (2, 1, 2)), ([[1, 2, [3]]], (2, 3)), ([1, 2, 3, 4], (3, 1)),
        ({"a": 1}, (2,)), ("text", (2,)), ([[1, 2, 3], 4], (2, 3)), ([[1] * 3] * 3, (2, 3)), (True, (2, 2)),
    ],
)  # fmt: skip
def test_what_does_not_fit(node: object, shape: tuple[int, ...]) -> None:
    assert laid_out(node, shape) is None


@given(st.lists(st.integers(1, 3), max_size=4).map(tuple), st.data())
def test_every_tensor_fits_itself_without_any_of_its_axes_of_one_place(
    shape: tuple[int, ...], data: st.DataObject
) -> None:
    ones = [k for k, n in enumerate(shape) if n == 1]
    gone = data.draw(st.sampled_from([c for r in range(len(ones) + 1) for c in combinations(ones, r)]))
    given_shape = tuple(n for k, n in enumerate(shape) if k not in gone)
    numbers = tuple(range(prod(shape)))
    found = laid_out(Array(given_shape, numbers).nested(), shape)
    assert found is not None and found.leaves == numbers and not found.transposed
    assert transposed_shape(transposed_shape(shape)) == shape
