"""The contraction of two tensors against plain loops, and which of the two has a gradient."""

from itertools import product
from random import Random

import pytest

from symconv.array import indices
from symconv.derivation.contractions import contract
from symconv.derivation.derive import gradients
from symconv.derivation.tensors import without_gradient
from symconv.verification.worlds import numbers, size_sets

CASES = {
    "a matrix product": ("ik", "kj", "ij"),
    "scores": ("nqd", "nkd", "nqk"),
    "one for all": ("nik", "1kj", "nij"),
    "an outer product": ("i", "j", "ji"),
    "of all": ("ab", "ab", "a"),
    "a sum of one alone": ("ab", "a", "a"),
    "nothing in common": ("uv", "w", "v"),
    "an axis of one entry": ("a1", "ab", "a"),
}


@pytest.mark.parametrize("case", CASES)
def test_it_is_the_sum_of_products(case: str) -> None:
    first, second, made = CASES[case]
    operation = contract("einsum", first, second, made)
    tensors = numbers(operation, next(size_sets(operation)), Random(1), {}).tensors
    x, z, y = (tensors[name] for name in "XZY")
    extents = {"1": 1, **dict(zip(second, z.shape, strict=True)), **dict(zip(first, x.shape, strict=True))}
    extents |= {letter: n for letter, n in zip(second, z.shape, strict=True) if letter != "1"}
    summed = [letter for letter in dict.fromkeys(first + second) if letter not in made + "1"]
    for at in indices(y.shape):
        total = 0
        for more in product(*(range(extents[letter]) for letter in summed)):
            place = {"1": 0, **dict(zip(made, at, strict=True)), **dict(zip(summed, more, strict=True))}
            total += x[tuple(place[i] for i in first)] * z[tuple(place[i] for i in second)]
        assert y[at] == total


def test_letters_are_those_that_are_given_and_a_tensors_name_wins() -> None:
    made = contract("einsum", "qd", "kd", "qk", input="Q", other="k")
    assert str(made.equation.entry) == "Y[q, l]"
    assert [str(s) for s in made.sizes] == ["D", "K", "Q_"]


def test_a_constant_has_no_gradient() -> None:
    for role, derived in (("other", {"X", "Z"}), ("weight", {"X", "Z"}), ("constant", {"X"})):
        made = contract("matmul", "nk", "kj", "nj", role=role)
        assert {without_gradient(d.entry.tensor) for d in gradients(made)} == derived
