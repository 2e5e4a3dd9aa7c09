"""Another grid by a matrix for each axis, against plain loops."""

from itertools import product
from random import Random

import pytest

from symconv.array import indices
from symconv.derivation.derive import gradients
from symconv.derivation.resampling import resample
from symconv.derivation.tensors import without_gradient
from symconv.verification.worlds import numbers, size_sets

ROWS, COLUMNS = ("rows", "A"), ("columns", "B")


@pytest.mark.parametrize("axes, tables", [("ncij", {2: ROWS, 3: COLUMNS}), ("cj", {1: COLUMNS}), ("ij", {0: ROWS})])
def test_it_is_the_sum_over_a_row_of_each_matrix(axes: str, tables: dict[int, tuple[str, str]]) -> None:
    operation = resample("interpolate", axes, tables)
    tensors = numbers(operation, next(size_sets(operation)), Random(1), {}).tensors
    x, made = tensors["X"], tensors["Y"]
    for at in indices(made.shape):
        total = 0
        for places in product(*(range(x.shape[k]) for k in tables)):
            weight, place = 1, list(at)
            for (k, (_, table)), h in zip(tables.items(), places, strict=True):
                weight, place[k] = weight * tensors[table][at[k], h], h
            total += weight * x[tuple(place)]
        assert made[at] == total
    assert {without_gradient(d.entry.tensor) for d in gradients(operation)} == {"X"}
