"""Options folded into the code: the same numbers as the general function's, and no dead arithmetic."""

import re
from typing import Any

import numpy as np
import pytest
import torch
from convolutions import (
    ALL,
    CHANNELS,
    FLAT,
    Drawn,
    convolutions,
    dims,
    functions,
    gradients,
    integers,
    of_source,
    reference,
)
from depth import examples
from hypothesis import HealthCheck, given, settings, strategies as st

from symconv.code.emit import emit, recipe
from symconv.errors import SpecError

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same':UserWarning")
DEAD = re.compile(r"(?<![\w.])1\*|\*1\b|\+ 0\b|\b0 \+|\*0\b|(?<![\w.])0\*|- 0\b|//1\b|\+ -|- -|%")
LOOP = {"stride": 2, "padding": 1, "kernel": (3, 3)}


def lines(text: str) -> list[str]:
    """The lines of both functions, without docstrings and checks."""
    body = text.split("# ---- the arguments")[0].split('"""')[::2]
    return [line for part in body for line in part.splitlines()]


@pytest.mark.parametrize(("op", "form"), ALL)
@settings(max_examples=examples(6), suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_folded_code_computes_what_the_options_say(op: str, form: str, data: Any) -> None:
    torch.manual_seed(0)
    drawn = data.draw(convolutions(op, form))
    folded = dict(drawn.options)
    if data.draw(st.booleans()):
        folded["kernel"] = drawn.weight[0 if form in FLAT else 2 :]
    X, K, b = drawn.operands()
    text = emit(op, form, **folded)
    function, backward = of_source(text)
    Y = reference(op, form, X, K, b, **drawn.options)
    dY = integers(*Y.shape)
    assert torch.equal(function(X, K, b), Y)
    assert all(map(torch.equal, backward(dY, X, K), gradients(op, form, dY, X, K, b, **drawn.options)))
    assert [line for line in lines(text) if DEAD.search(line)] == []


@pytest.mark.parametrize("outs", [3, 6])
@pytest.mark.parametrize(("op", "form"), [(op, form) for op, form in CHANNELS if not op.startswith("conv_transpose")])
def test_one_kernel_entry_and_groups_folded_in_under_padding(op: str, form: str, outs: int) -> None:
    """Where there is one channel for each group, no gradient comes out of a padding; where there are more, one does:
    every way that the sizes may ask for ends with what is its own."""
    n = dims(op)
    options = {"stride": (1,) * n, "padding": (1,) * n, "dilation": (3,) * n, "groups": 3}
    function, backward = functions(op, form, kernel=(1,) * n, **options)
    for per in (1, 2):
        X, K, b = Drawn((2, 3 * per, *range(3, 3 + n)), (outs, per, *(1,) * n), outs, options).operands()
        Y = reference(op, form, X, K, b, **options)
        dY = integers(*Y.shape)
        assert torch.equal(function(X, K, b), Y)
        assert all(map(torch.equal, backward(dY, X, K), gradients(op, form, dY, X, K, b, **options)))


def test_the_reference_loop_nest_of_one_case() -> None:
    text = emit("conv2d", "loop", **LOOP)
    assert "def conv2d_loop_k3x3_s2_p1(input, kernel, bias=None):" in text
    assert "For kernel 3x3, stride 2, padding 1, dilation 1, and for nothing else." in text
    for line in (
        "    Xp[1 : H + 1, 1 : W + 1] = X  # Xp[h + 1, w + 1] = X[h, w]",
        "        rows = slice(2*i, 2*i + 3)  # 2*i + a, a = 0..2",
        "    dK = X.new_zeros(3, 3)",
    ):
        assert line in text.splitlines()
    assert not re.search(r"\b(sh|sw|dh|dw|kh|kw|pt|pl)\b", "\n".join(lines(text)))


def test_without_padding_there_is_no_padding_code() -> None:
    for form in ("loop", "batched", "gemm", "taps"):
        text = emit("conv2d", form, kernel=3, stride=2, padding=0)
        assert "Xp" not in text and "Hp" not in text


def test_a_kernel_of_one_has_no_loops_and_no_windows() -> None:
    text = "\n".join(lines(emit("conv2d", "taps", kernel=1)))
    assert "for " not in text.split("def conv2d_taps_k1_backward")[0]
    assert "as_strided" not in "\n".join(lines(emit("conv2d", "gemm", kernel=1)))


def test_with_one_group_there_is_one_name_for_the_channels() -> None:
    text = "\n".join(lines(emit("conv2d", "gemm", kernel=3)))
    assert "groups" not in text and "Cg" not in text and "torch.addmm(" in text
    assert "if Ho*Wo <= 256:" in text
    assert "Og == " not in emit("conv2d", "taps", kernel=3), "one kernel per channel needs several groups"


def test_same_is_folded_with_its_odd_zero_behind() -> None:
    text = emit("conv2d", "loop", kernel=(2, 4), padding="same")
    assert "Xp[: H, 1 : W + 1] = X" in text and "Hp = H + 1" in text and "Wp = W + 3" in text
    assert "(kh - 1)//2" in emit("conv2d", "loop", padding="same"), "a kernel of any size"


def test_other_shapes_are_refused_by_the_case() -> None:
    function, backward = functions("conv2d", "loop", **LOOP)
    X = torch.zeros(5, 6)
    with pytest.raises(ValueError, match=r"kernel has shape \(2, 3\); \(3, 3\) would fit"):
        function(X, torch.zeros(2, 3))
    with pytest.raises(ValueError, match=r"grad_output has shape \(3, 4\); \(3, 3\) would fit"):
        backward(torch.zeros(3, 4), X, torch.zeros(3, 3))
    with pytest.raises(ValueError, match="kernel: 3 rows; at most H = 2 would fit"):
        functions("conv2d", "loop", kernel=3, padding=0)[0](X[:2], torch.zeros(3, 3))


@pytest.mark.parametrize(
    ("given_", "name"),
    [
        ({"kernel": 3}, "conv2d_gemm_k3"),
        ({"stride": (2, 1), "kernel": (3, 5)}, "conv2d_gemm_k3x5_s2x1"),
        ({"groups": 4, "dilation": 2, "padding": "same"}, "conv2d_gemm_psame_d2_g4"),
    ],
)
def test_the_name_carries_the_options_that_were_given(given_: dict[str, Any], name: str) -> None:
    assert recipe("conv2d", "gemm", **given_).name == name


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        ({"stride": 0}, "stride: 0 does not fit\n  give whole numbers of at least 1"),
        (
            {"stride": 2**63},
            "stride: 9223372036854775808 does not fit\n  give whole numbers of at least 1, less than 2**31",
        ),
        ({"stride": True}, "stride: True does not fit"),
        ({"stride": 1.5}, "stride: 1.5 does not fit"),
        ({"stride": "2; import os"}, "stride: '2; import os' does not fit"),
        ({"kernel": (3, 3, 3)}, "kernel: 3 numbers do not fit\n  give 1 or 2"),
        ({"kernel": 0}, "kernel: 0 does not fit"),
        ({"padding": -1}, "padding: -1 does not fit"),
        ({"padding": "full"}, 'padding: \'full\' does not fit\n  give whole numbers, "same" or "valid"'),
        ({"padding": "same", "stride": 2}, 'padding: "same" goes with a stride of 1 only'),
        (
            {"colour": 3},
            "colour: is no option of this operation\n  there are: kernel, stride, padding, dilation, groups",
        ),
    ],
)
def test_options_that_do_not_fit_are_refused(given_: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError) as caught:
        emit("conv2d", "gemm", **given_)
    assert message in str(caught.value)


def test_an_output_padding_must_stay_below_the_step() -> None:
    with pytest.raises(SpecError, match="output_padding: 2 does not fit\n  give less than 2"):
        emit("conv_transpose2d", "gemm", stride=2, output_padding=2)
    with pytest.raises(SpecError, match="padding: 'same' does not fit\n  give whole numbers"):
        emit("conv_transpose2d", "gemm", padding="same")


def test_what_stands_for_an_integer_is_printed_as_one() -> None:
    """Nothing that a number's own class says of it comes into the code."""

    class Hostile(int):
        def __str__(self) -> str:
            return "2\n\nimport os"

        __repr__ = __format__ = __str__

    plain = emit("conv2d", "loop", stride=2, kernel=(3, 2))
    assert emit("conv2d", "loop", stride=Hostile(2), kernel=(np.int64(3), torch.tensor(2))) == plain


def test_no_check_is_printed_that_always_holds() -> None:
    """A kernel of three fits whatever is padded by one on each side."""
    assert "if 3 >" not in emit("conv2d", "loop", kernel=3, stride=2, padding=1)
    assert "if 3 > H:" in emit("conv2d", "loop", kernel=3)
    assert "if 1 >" not in emit("conv2d", "loop", kernel=1)
