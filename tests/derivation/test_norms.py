"""Means, variances and what is normalised by them: each number by its definition."""

import math
from collections.abc import Callable
from random import Random

import mpmath
import pytest
from sympy import Rational

from symconv.array import Index, indices
from symconv.derivation.norms import mean, normalise, variance
from symconv.verification.worlds import numbers, size_sets

TENTH = Rational(1, 10)
Together = Callable[[Index, Index, int], bool]  # whether two places are normalised together, given entries in a group
CASES: dict[str, tuple[str, tuple[int, ...], tuple[int, ...], int | None, Together]] = {
    "batch": ("ncij", (1,), (1,), None, lambda a, b, n: a[1] == b[1]),
    "layer, one axis": ("nij", (0, 1), (2,), None, lambda a, b, n: a[:2] == b[:2]),
    "layer, all axes": ("ij", (), (0, 1), None, lambda a, b, n: True),
    "instance": ("ncij", (0, 1), (1,), None, lambda a, b, n: a[:2] == b[:2]),
    "group": ("ncj", (0,), (1,), 1, lambda a, b, n: a[0] == b[0] and a[1] // n == b[1] // n),
    "group of an image": ("cij", (), (0,), 0, lambda a, b, n: a[0] // n == b[0] // n),
}


@pytest.mark.parametrize("case", CASES)
def test_every_norm_is_by_its_definition(case: str) -> None:
    axes, kept, learnt, grouped, together = CASES[case]
    made = normalise("norm", axes, kept, learnt, TENTH, grouped, weight="g", offset="b")
    for operation in (mean(axes, kept, grouped), variance(axes, kept, grouped), made):
        sizes = next(size_sets(operation))
        with mpmath.workdps(45):
            tensors = numbers(operation, sizes, Random(3), {}).tensors
        x, found = tensors["x"], tensors[operation.output]
        groups = {str(s): n for s, n in sizes.items()}.get("groups", 1)
        size = 1 if grouped is None else x.shape[grouped] // groups
        for at in indices(x.shape):
            own = tuple(at[k] for k in kept) + (() if grouped is None else (at[grouped] // size,))
            mine = [x[k] for k in indices(x.shape) if together(at, k, size)]
            if operation.name == "mean":
                assert found[own] * len(mine) == sum(mine)
            elif operation.name == "variance":
                assert found[own] * len(mine) == sum((v - tensors["mu"][own]) ** 2 for v in mine)
            else:
                c = tuple(at[k] for k in learnt)
                less = float(x[at] - tensors["mu"][own]) / math.sqrt(float(tensors["v"][own]) + 0.1)
                want = float(tensors["g"][c]) * less + float(tensors["b"][c])
                assert float(found[at]) == pytest.approx(want, rel=1e-13, abs=1e-13)
