"""The bound of rounding, and convolutions without any."""

import math
from fractions import Fraction

import torch

from symconv.check.cases import CASES
from symconv.check.rounding import SCALE, exact_values, factor, largest_exact_part, largest_part


def test_the_bound_is_never_more_than_a_unit_for_each_operation() -> None:
    assert factor(0, 1.0) == 2
    assert factor(14, 1.0) == 16 == 4 * math.sqrt(14 + 2)
    assert factor(98, 0.5) == 20


def test_the_largest_part_of_what_is_allowed() -> None:
    want = torch.tensor([1.0, 2.0, 4.0], dtype=torch.float64)
    found = want + torch.tensor([0.0, 0.5, -0.25], dtype=torch.float64)
    assert largest_part(found, want, torch.tensor([0.0, 1.0, 1.0])) == 0.5
    assert largest_part(want, want, want * 0) == 0
    assert largest_part(found, want, want * 0) == math.inf
    assert largest_part(want * math.nan, want, want) == math.inf


def test_exact_values_are_those_of_fractions() -> None:
    """Products of 40-bit numbers, which float64 cannot hold."""
    case = next(c for c in CASES if c.name.startswith("5x5") and c.bias)
    draw = torch.Generator().manual_seed(0)
    X, K, b = case.tensors(lambda shape: torch.randint(-(2**39), 2**39, shape, generator=draw).double() * 2.0**-SCALE)
    Y = exact_values(torch, case, X, K, b)
    i = j = 1  # a place whose window lies in X
    options = dict(case.options)
    s, p = options.get("stride", 1), options.get("padding", 0)
    wanted = Fraction(b.item()) + sum(
        Fraction(X[i * s + a - p, j * s + c - p].item()) * Fraction(K[a, c].item()) for a in range(3) for c in range(3)
    )
    width = case.reference(torch, X, K, b).shape[-1]
    assert Y[i * width + j] == wanted
    assert largest_exact_part(case.reference(torch, X, K, b), Y, [2.0**-40] * len(Y)) > 0
