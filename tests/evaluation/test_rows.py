"""Entries that belong together."""

import operator

import numpy as np

from symconv.evaluation.rows import Rows


def test_rows_of_which_some_are_empty() -> None:
    rows = Rows(np.array([0, 0, 2]), 4)
    assert rows.there.tolist() == [0, 2] and rows.starts.tolist() == [0, 2] and rows.lengths.tolist() == [2, 1]
    assert rows.added(np.array([1, 2, 4])).tolist() == [3, 0, 4, 0]
    assert rows.added(np.array([[1, 2], [3, 4], [5, 6]])).tolist() == [[4, 6], [0, 0], [5, 6], [0, 0]]
    words = np.array(["a", "b", "c"], dtype=object)
    assert rows.added(words, np.frompyfunc(operator.add, 2, 1)).tolist() == ["ab", 0, "c", 0]
    assert rows.first_largest(np.array([5, 5, 1])).tolist() == [0, 2]
    assert Rows(np.array([], dtype=int), 2).added(np.array([], dtype=int)).tolist() == [0, 0]
