"""The product rule: which text a product of entries gets under a schedule."""

import re

import pytest
from lowered import programs

from symconv.code.listing import printed
from symconv.code.lower import lower
from symconv.code.schedule import Schedule

FLAT, FLAT_BACKWARD = programs(2, False)
FORWARD, BACKWARD = programs(2, True)


def lines(program: object, schedule: Schedule) -> list[str]:
    return [line.strip().partition("  #")[0] for line in printed(lower(program, schedule))]  # type: ignore[arg-type]


def test_equal_letters_multiply_and_the_missing_ones_are_summed() -> None:
    assert "Y[i, j] = torch.sum(region * K) + bias[0]" in lines(FLAT, Schedule("ij"))
    assert "dK += dY[i, j] * Xp[rows, cols]" in lines(FLAT_BACKWARD, Schedule("ij"))


def test_one_factor_is_summed_over_its_axes() -> None:
    assert "dbias = dY.sum((0, 2, 3))" in lines(BACKWARD, Schedule("rab", fused=True, window="gcabnij"))
    assert "dbias = dY.sum().reshape(1)" in lines(FLAT_BACKWARD, Schedule("ab"))


def test_other_letters_are_an_einsum_of_the_index_names() -> None:
    text = "\n".join(lines(FORWARD, Schedule()))
    assert re.search(r'torch\.einsum\(\s*"\w+, \w+ -> ngoij"', text) and "@" not in text


def test_two_sides_are_a_matrix_product_where_it_is_asked_for() -> None:
    text = "\n".join(lines(FLAT, Schedule(matmul=True, window="ijab", fill="ij")))
    assert "region_rows @ kernel_vector" in text and "einsum" not in text


def test_a_fused_product_takes_its_bias_with_it() -> None:
    plain = "\n".join(lines(FORWARD, Schedule("n", matmul=True, window="gcabij")))
    fused = "\n".join(lines(FORWARD, Schedule("n", matmul=True, fused=True, window="gcabij")))
    assert "kernel_rows @ columns" in plain and "baddbmm" not in plain
    assert "torch.baddbmm(bias_column, kernel_rows, columns" in fused


@pytest.mark.parametrize("program", [FORWARD, BACKWARD], ids=["forward", "backward"])
def test_the_side_that_owns_the_last_index_stands_on_the_right(program: object) -> None:
    """So that the product lies as its target does, and no copy puts it in order."""
    text = "\n".join(lines(program, Schedule("n", matmul=True, fused=True, window="gcabij", spread="ab")))
    assert ".permute(" not in text
