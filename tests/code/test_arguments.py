"""What the emitted functions refuse, as torch refuses it, and what they say would fit."""

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from convolutions import CHANNELS, FLAT, dims, functions, reference
from torch import Tensor

from symconv.code.arguments import Fact, facts, operands, options, same
from symconv.code.operations import derived
from symconv.derivation.equations import conv
from symconv.derivation.index import extent
from symconv.derivation.transposed import conv_transpose

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same':UserWarning")
X, K, b = torch.zeros(2, 4, 5, 6), torch.zeros(6, 2, 3, 2), torch.zeros(6)
Given = tuple[Any, ...]
REFUSED: dict[str, tuple[type[Exception], str, Given, dict[str, Any]]] = {
    "two axes": (
        ValueError, "input has 2 dimensions, shape (5, 6); (C, H, W) or (N, C, H, W) would fit", (X[0, 0], K), {},
    ),
    "five axes": (ValueError, "input has 5 dimensions", (X[None], K), {}),
    "weight of three axes": (
        ValueError, "weight has 3 dimensions, shape (2, 3, 2); (O, Cg, kh, kw) would fit", (X, K[0]), {},
    ),
    "channels": (ValueError, "input has C = 4; groups*Cg = 2 would fit", (X, K), {"groups": 1}),
    "outputs": (ValueError, "weight has O = 5; a multiple of groups = 2 would fit", (X, K[:5]), {}),
    "groups of no size": (ValueError, "groups is 0; at least 1 would fit", (X, K), {"groups": 0}),
    "groups below none": (ValueError, "groups is -2; at least 1 would fit", (X, K), {"groups": -2}),
    "groups of a tuple": (TypeError, "groups is (2,); an integer of at least 1 would fit", (X, K), {"groups": (2,)}),
    "bias too long": (ValueError, "bias has shape (7,); (6,) would fit", (X, K, torch.zeros(7)), {}),
    "bias of one": (ValueError, "bias has shape (1,); (6,) would fit", (X, K, b[:1]), {}),
    "bias of two axes": (ValueError, "bias has 2 dimensions, shape (6, 1); (6,) would fit", (X, K, b[:, None]), {}),
    "stride 0": (ValueError, "stride is 0; at least 1 would fit", (X, K), {"stride": 0}),
    "stride 2x0": (ValueError, "stride is (2, 0); at least 1 would fit", (X, K), {"stride": (2, 0)}),
    "stride of three": (ValueError, "stride is (1, 1, 1); 1 or 2 numbers would fit", (X, K), {"stride": (1, 1, 1)}),
    "stride of none": (ValueError, "stride is (); 1 or 2 numbers would fit", (X, K), {"stride": ()}),
    "stride 1.5": (TypeError, "stride is 1.5; an integer of at least 1 would fit", (X, K), {"stride": 1.5}),
    "stride True": (TypeError, "stride is True; an integer", (X, K), {"stride": True}),
    "stride None": (TypeError, "stride is None; an integer", (X, K), {"stride": None}),
    "dilation -1": (ValueError, "dilation is -1; at least 1 would fit", (X, K), {"dilation": -1}),
    "dilation 0x1": (ValueError, "dilation is (0, 1); at least 1 would fit", (X, K), {"dilation": (0, 1)}),
    "padding -1": (ValueError, "padding is -1; at least 0 would fit", (X, K), {"padding": -1}),
    "padding None": (TypeError, "padding is None; an integer of at least 0 would fit", (X, K), {"padding": None}),
    "padding of three": (ValueError, "padding is (0, 1, 2); 1 or 2 numbers would fit", (X, K), {"padding": (0, 1, 2)}),
    "padding word": (
        ValueError, 'padding is \'full\'; "same", "valid" or integers would fit', (X, K), {"padding": "full"},
    ),
    "same with stride": (
        ValueError, 'padding is "same" with a stride of (1, 2); a stride of 1 would fit', (X, K),
        {"padding": "same", "stride": (1, 2)},
    ),
    "kernel too tall": (
        ValueError, "weight: (kh - 1)*dh + 1 = 7 rows; at most H + pt + pb = 5", (X, K), {"dilation": (3, 1)},
    ),
    "kernel too wide": (ValueError, "columns; at most W + pl + pr = 6", (X, K), {"dilation": (1, 6)}),
    "kernel too tall at a large stride": (
        ValueError, "rows; at most H + pt + pb = 5", (X, K), {"dilation": (3, 1), "stride": 9},
    ),
    "no kernel rows": (ValueError, "weight has shape (6, 2, 0, 2), an axis without entries", (X, K[:, :, :0]), {}),
    "no outputs": (ValueError, "weight has shape (0, 2, 3, 2), an axis without entries", (X, K[:0]), {}),
    "no rows": (ValueError, "input has shape (2, 4, 0, 6), an axis without entries", (X[:, :, :0], K), {"padding": 2}),
    "a list": (
        TypeError, "input is a list; a tensor of shape (C, H, W) or (N, C, H, W) would fit", (X.tolist(), K), {},
    ),
    "no weight": (TypeError, "weight is a NoneType; a tensor of shape (O, Cg, kh, kw) would fit", (X, None), {}),
    "a number for a bias": (TypeError, "bias is a float; a tensor of shape (6,) would fit", (X, K, 1.0), {}),
    "two dtypes": (TypeError, "weight is torch.float64 on cpu; torch.float32 on cpu", (X, K.double()), {}),
    "half and single": (TypeError, "weight is torch.float16 on cpu", (X, K.half()), {}),
    "bias of another dtype": (TypeError, "bias is torch.int64 on cpu", (X, K, b.long()), {}),
    "truth values": (TypeError, "input holds truth values", (X.bool(), K.bool()), {}),
}  # fmt: skip


@pytest.mark.parametrize("form", ["batched", "taps", "gemm"])
@pytest.mark.parametrize("why", REFUSED)
def test_refuses_what_torch_refuses_and_says_what_would_fit(form: str, why: str) -> None:
    error, message, given, chosen = REFUSED[why]
    chosen = {"groups": 2, **chosen}
    function, backward = functions("conv2d", form)
    with pytest.raises(error) as caught:
        function(*given, **chosen)
    assert message in str(caught.value)
    with pytest.raises((TypeError, ValueError, RuntimeError)):
        F.conv2d(*given, **chosen)
    if len(given) == 2:
        with pytest.raises(error) as caught:
            backward(torch.zeros(1), *given, **chosen)
        assert message in str(caught.value)


def test_refuses_no_channels_where_torch_would_lose_the_bias() -> None:
    lost = F.conv2d(X[:, :0], K[:, :0], b + 1)
    assert not lost.any()
    for form in ("batched", "taps", "gemm"):
        function, _ = functions("conv2d", form)
        with pytest.raises(ValueError, match=r"input has shape \(2, 0, 5, 6\), an axis without entries"):
            function(X[:, :0], K[:, :0], b + 1)
        assert "torch takes an input without channels, and loses the bias" in " ".join((function.__doc__ or "").split())


@pytest.mark.parametrize("form", FLAT)
@pytest.mark.parametrize(
    ("message", "given", "chosen"),
    [
        ("input has 4 dimensions, shape (2, 4, 5, 6); (H, W) would fit", (X, K[0, 0]), {}),
        ("kernel has 4 dimensions", (X[0, 0], K), {}),
        ("bias has shape (2,); (1,) would fit", (X[0, 0], K[0, 0], torch.zeros(2)), {}),
        ("kernel: (kh - 1)*dh + 1 = 6 rows; at most H + pt + pb = 5", (X[0, 0], torch.zeros(6, 2)), {}),
        ("stride is -1; at least 1 would fit", (X[0, 0], K[0, 0]), {"stride": -1}),
        ("padding is (0, 1, 2); 1 or 2 numbers would fit", (X[0, 0], K[0, 0]), {"padding": (0, 1, 2)}),
    ],
)
def test_flat_forms_refuse_too(form: str, message: str, given: Given, chosen: dict[str, Any]) -> None:
    with pytest.raises(ValueError) as caught:
        functions("conv2d", form)[0](*given, **chosen)
    assert message in str(caught.value)


T = torch.zeros(4, 3, 3, 2)
TRANSPOSED: dict[str, tuple[str, Given, dict[str, Any]]] = {
    "channels": ("weight has shape (6, 2, 3, 2); (4, Og, kh, kw) would fit", (X, K), {"groups": 2}),
    "groups": ("input has C = 4; a multiple of groups = 3 would fit", (X, T), {"groups": 3}),
    "output padding of a stride": (
        "output_padding has oph = 2; less than max(sh, dh) = 2 would fit", (X, T), {"stride": 2, "output_padding": 2},
    ),
    "output padding below none": (
        "output_padding is -1; at least 0 would fit", (X, T), {"stride": 2, "output_padding": -1},
    ),
    "all taken off": ("there would be Ho = -1 output rows; at least 1 would fit", (X, T), {"padding": (4, 0)}),
    "bias": ("bias has shape (4,); (3,) would fit", (X, T, torch.zeros(4)), {}),
    "a word": ("padding is 'same'", (X, T), {"padding": "same"}),
}  # fmt: skip


@pytest.mark.parametrize("form", ["batched", "taps", "gemm"])
@pytest.mark.parametrize("why", TRANSPOSED)
def test_transposed_convolutions_refuse_as_torchs(form: str, why: str) -> None:
    message, given, chosen = TRANSPOSED[why]
    with pytest.raises((TypeError, ValueError)) as caught:
        functions("conv_transpose2d", form)[0](*given, **chosen)
    assert message in str(caught.value)
    with pytest.raises((TypeError, ValueError, RuntimeError)):
        F.conv_transpose2d(*given, **chosen)


@pytest.mark.parametrize(("op", "form"), CHANNELS)
@pytest.mark.parametrize("change", ["an axis more", "an entry less", "another dtype", "a list"])
def test_a_gradient_must_be_shaped_as_the_output(op: str, form: str, change: str) -> None:
    n = dims(op)
    given = torch.zeros(2, 2, *(4, 5, 3)[:n]), torch.zeros(2, 2, *(2, 2, 2)[:n])
    dY: Any = torch.zeros_like(reference(op, form, *given))
    wrong: Any = {"an axis more": dY[None], "an entry less": dY[:1], "another dtype": dY.double()}.get(change, [0.0])
    with pytest.raises((TypeError, ValueError), match="grad_output"):
        functions(op, form)[1](wrong, *given)
    with pytest.raises(ValueError, match=r"grad_output has shape .*; .* would fit"):
        functions(op, form)[1](dY[0], *given)


@pytest.mark.parametrize(
    "two", [type("Two", (int,), {})(2), np.int64(2), torch.tensor(2)], ids=["int", "numpy", "tensor"]
)
def test_what_stands_for_an_integer_is_one_as_for_torch(two: Any) -> None:
    function, _ = functions("conv2d", "gemm")
    wanted = F.conv2d(X, K, stride=2, groups=2)
    assert torch.equal(F.conv2d(X, K, stride=two, groups=2), wanted)
    assert torch.equal(function(X, K, stride=two, groups=2), wanted)
    assert torch.equal(function(X, K, stride=(two, two), groups=two), wanted)


@pytest.mark.parametrize("value", [2.0, np.float64(2), torch.tensor(2.0), torch.tensor([2, 2]), "2"], ids=repr)
def test_what_does_not_is_none(value: Any) -> None:
    with pytest.raises(TypeError, match="an integer of at least 1 would fit"):
        functions("conv2d", "gemm")[0](X, K, stride=value, groups=2)


def test_a_call_without_a_weight_is_pythons_own_error() -> None:
    with pytest.raises(TypeError, match="weight"):
        functions("conv2d", "gemm")[0](Tensor())


# ------------------------------------------------------------------------------------------------ from what is declared
def test_options_and_operands_are_read_off_the_operation() -> None:
    flat, whole = conv(2, channels=False), conv(2)
    assert [(o.name, o.count, o.least, o.two_sided) for o in options(whole)] == [
        ("stride", 2, 1, False), ("padding", 2, 0, True), ("dilation", 2, 1, False), ("groups", 1, 1, False),
    ]  # fmt: skip
    assert [(o.argument, o.optional, bool(o.batch)) for o in operands(whole, "weight")] == [
        ("input", False, True), ("weight", False, False), ("bias", True, False),
    ]  # fmt: skip
    assert not any(o.batch for o in operands(flat, "kernel"))
    assert [o.name for o in options(conv_transpose(2))] == [
        "stride", "padding", "output_padding", "groups", "dilation",
    ]  # fmt: skip


def test_same_is_solved_for_where_windows_are_read() -> None:
    assert [str(s.total) for s in same(conv(2))] == ["dh*(kh - 1)", "dw*(kw - 1)"]
    assert same(conv_transpose(2)) == ()


def test_facts_are_what_is_declared() -> None:
    signs = [f.sign for f in facts(derived("conv2d", True)[0], "weight")]
    assert signs == ["divides", "==", "<=", "<="]
    assert [f.sign for f in facts(derived("conv_transpose2d", True)[0], "weight")] == ["divides", ">=", ">=", "<", "<"]


def test_a_fact_with_numbers_may_be_trivial() -> None:
    n, g = extent("n"), extent("g")
    assert Fact(n, "divides", g, ()).known({g: 1}).trivial
    assert not Fact(n, "divides", g, ()).known({g: 2}).trivial
    assert Fact(n, "==", g, ()).known({g: n}).trivial


@pytest.mark.parametrize("power", [31, 62, 63, 64])
@pytest.mark.parametrize("name", ["stride", "padding", "dilation", "groups"])
@pytest.mark.parametrize("form", ["batched", "taps", "gemm"])
def test_what_would_overflow_is_refused(form: str, name: str, power: int) -> None:
    """torch takes some of these steps, and has no such message for the others."""
    for function in functions("conv2d", form):
        given = (X, K) if function.__name__ == f"conv2d_{form}" else (X, X, K)
        with pytest.raises(ValueError) as caught:
            function(*given, **{name: 2**power})
        assert str(caught.value) == f"{name} is {2**power}; less than 2**31 would fit"
