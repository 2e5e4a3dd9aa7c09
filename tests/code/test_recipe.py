"""Which ways a recipe leaves open, by the numbers that are folded in."""

import pytest

from symconv.code.emit import recipe
from symconv.code.recipe import Recipe


def ways(made: Recipe) -> list[tuple[list[str], list[str]]]:
    """For each way that can be taken: the extents that are 1 there, and its bounds."""
    found = made.ways(made.forward())
    return [([str(n) for n in c.ones], [f"{size} {sign} {n}" for size, sign, n in c.bounds]) for _, c in found]


def test_without_numbers_every_way_is_open() -> None:
    assert ways(recipe("conv2d", "gemm")) == [([], ["Ho*Wo <= 256"]), ([], [])]
    assert ways(recipe("conv2d", "taps")) == [
        (["Og", "Cg"], ["groups > 1", "Ho*Wo <= 4096"]),
        (["Og", "Cg"], ["groups > 1"]),
        ([], []),
    ]


def test_a_way_that_cannot_be_taken_is_left_out() -> None:
    assert ways(recipe("conv2d", "taps", groups=1)) == [([], [])]


@pytest.mark.parametrize("form", ["loop", "flatten", "batched"])
def test_one_way_has_no_condition(form: str) -> None:
    assert ways(recipe("conv2d", form)) == [([], [])]


def test_numbers_are_in_forward_and_backward_alike() -> None:
    made = recipe("conv2d", "gemm", stride=2, kernel=(1, 3))
    sizes = {str(n) for program in (made.forward(), made.backward()) for n in program.shapes["K"]}
    assert sizes == {"O", "C", "1", "3"}
    assert not {"sh", "sw", "kh", "kw"} & {
        str(s) for t in made.backward().terms for e in t.entries for s in e.free_symbols
    }


def test_the_gradient_is_named_after_the_function() -> None:
    made = recipe("conv3d", "gemm", stride=2)
    assert made.gradient == f"{made.name}_backward" and made.name.startswith("conv3d_gemm")
