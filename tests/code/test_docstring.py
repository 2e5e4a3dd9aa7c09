"""The docstrings say what the equation says, in the letters of the code."""

import pytest
from convolutions import ALL

from symconv.code.docstring import documentation, documentation_backward
from symconv.code.emit import recipe
from symconv.code.listing import WIDTH


def text(op: str, form: str, **options: object) -> str:
    made = recipe(op, form, **options)
    return "\n".join(documentation(made, made.forward()))


def backward_text(op: str, form: str) -> str:
    made = recipe(op, form)
    return "\n".join(documentation_backward(made, made.backward()))


@pytest.mark.parametrize(("op", "form"), ALL)
def test_lines_fit(op: str, form: str) -> None:
    lines = [*text(op, form).splitlines(), *backward_text(op, form).splitlines()]
    assert lines and [line for line in lines if len(line) > WIDTH or line != line.rstrip()] == []


def test_the_equation_and_what_its_letters_mean() -> None:
    said = text("conv2d", "batched")
    assert "Xp[n, m, h + pt, w + pl] = X[n, m, h, w], and 0 around it" in said
    assert "Y[n, k, i, j] = Σ_{c, a, b} K[k, c, a, b]·Xp[n, m, i·sh + a·dh, j·sw + b·dw]" in said
    assert "where k = g·Og + o, m = g·Cg + c" in said


def test_a_line_that_adds_says_so() -> None:
    said = backward_text("conv2d", "gemm")
    assert "dXp[n, m, i·sh + a·dh, j·sw + b·dw] += K[k, c, a, b]·dY[n, k, i, j]" in said
    assert "dK[k, c, a, b] = Σ_{n, i, j} Xp[n, m, i·sh + a·dh, j·sw + b·dw]·dY[n, k, i, j]" in said
    assert "`+=`: the tensor starts from zeros" in said


def test_the_transposed_convolution_adds_forwards_and_sums_backwards() -> None:
    assert "`+=`: the tensor starts from zeros" in text("conv_transpose2d", "gemm")
    assert "+=" not in backward_text("conv_transpose2d", "gemm")


def test_shapes_options_and_errors_are_there() -> None:
    said = text("conv_transpose2d", "gemm")
    for part in (
        "weight: K, of shape (C, Og, kh, kw)", "output_padding:",
        "less than the larger of stride and dilation", "Raises:",
        "Ho = (H - 1)*sh + (kh - 1)*dh + oph + 1 - pt - pb",
    ):  # fmt: skip
        assert part in " ".join(said.split()), part


def test_no_input_channels_is_said_where_torch_loses_the_bias() -> None:
    assert "torch takes an input without channels, and loses the bias" in " ".join(text("conv2d", "gemm").split())
    assert "loses the bias" not in " ".join(text("conv_transpose2d", "gemm").split())


def test_folded_options_are_told_and_not_asked_for() -> None:
    said = text("conv2d", "loop", stride=2, kernel=3)
    assert "stride:" not in said and "stride 2" in said
