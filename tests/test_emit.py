"""The emitted modules: what they compute, accept and refuse, and that they read well."""

import ast
import inspect
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings, strategies as st
from torch import Tensor

from symconv.code.emit import compile, emit, functions, listing, load, modules, source
from symconv.code.listing import ROLES
from symconv.code.forms import FORMS, Form
from symconv.code.schedule import Schedule
from symconv.derivation.equations import conv
from symconv.errors import NotSupported
from symconv.render import template_folder

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same':UserWarning")

FLAT, WHOLE = ("loop", "flatten"), ("batched",)
GEMM = Form(Schedule(matmul=True, batch="ng", window="ngcrabtij", spread="rab"), True, "weight", "{}, one product.")
TAPS = Form(Schedule("rab"), True, "weight", "{}, one shifted image per kernel entry.")


def integers(*shape: int) -> Tensor:
    return torch.randint(-3, 4, shape).double()


def reference(form: str, X: Tensor, K: Tensor, b: Tensor | None = None, **options: Any) -> Tensor:
    if form in WHOLE:
        return F.conv2d(X, K, b, **options)
    return F.conv2d(X[None, None], K[None, None], b, **options)[0, 0]


def operands(form: str) -> tuple[Tensor, Tensor, Tensor]:
    if form in WHOLE:
        return integers(2, 4, 7, 6), integers(6, 2, 3, 2), integers(6)
    return integers(7, 6), integers(3, 2), integers(1)


def options(form: str, **more: Any) -> dict[str, Any]:
    return {**more, **({"groups": 2} if form in WHOLE else {})}


# ------------------------------------------------------------------------------------------------ what it computes
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "chosen",
    [
        {}, {"stride": 2}, {"stride": (2,)}, {"stride": [1, 3]}, {"padding": 1}, {"padding": (2, 1)}, {"padding": (1,)},
        {"padding": "same"}, {"padding": "valid"}, {"dilation": (2, 3)}, {"padding": "same", "dilation": (1, 2)},
        {"padding": "same", "stride": (1,)}, {"stride": (50, 70), "padding": 3},
    ],
    ids=str,
)  # fmt: skip
def test_every_option_as_torch_takes_it(form: str, chosen: dict[str, Any]) -> None:
    X, K, b = operands(form)
    chosen = options(form, **chosen)
    assert torch.equal(compile("conv2d", form)(X, K, b, **chosen), reference(form, X, K, b, **chosen))
    assert torch.equal(compile("conv2d", form)(X, K, **chosen), reference(form, X, K, **chosen))


sizes = st.integers(1, 3)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_convolution_that_torch_computes(data: Any) -> None:
    kernel = data.draw(st.tuples(sizes, sizes))
    dilation = data.draw(st.tuples(sizes, sizes))
    padding = data.draw(st.tuples(st.integers(0, 2), st.integers(0, 2)))
    least = [max(1, d * (k - 1) + 1 - 2 * p) for k, d, p in zip(kernel, dilation, padding, strict=True)]
    size = [n + data.draw(st.integers(0, 4)) for n in least]
    chosen: dict[str, Any] = {"stride": data.draw(st.tuples(sizes, sizes)), "padding": padding, "dilation": dilation}
    X, K, b = integers(*size), integers(*kernel), integers(1)
    for form in FLAT:
        assert torch.equal(compile("conv2d", form)(X, K, b, **chosen), reference(form, X, K, b, **chosen))
    n, g, c, o = (data.draw(st.integers(low, 2)) for low in (0, 1, 1, 1))
    X, K, b = integers(n, g * c, *size), integers(g * o, c, *kernel), integers(g * o)
    chosen["groups"] = g
    assert torch.equal(compile("conv2d", "batched")(X, K, b, **chosen), F.conv2d(X, K, b, **chosen))


NUMBERS = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.complex64, torch.int64, torch.int32,
           torch.int16, torch.int8, torch.uint8]  # fmt: skip


@pytest.mark.parametrize("dtype", NUMBERS, ids=str)
@pytest.mark.parametrize("form", FORMS)
def test_every_dtype_of_numbers(form: str, dtype: torch.dtype) -> None:
    """Small whole numbers are exact in all of them."""
    X, K, b = (t.abs() for t in operands(form))
    Y = compile("conv2d", form)(X.to(dtype), K.to(dtype), b.to(dtype), **options(form))
    assert Y.dtype == dtype
    assert torch.equal(Y, reference(form, X, K, b, **options(form)).to(dtype))


@pytest.mark.parametrize("form", FORMS)
def test_operands_stay_and_may_lie_anyhow(form: str) -> None:
    X, K, b = operands(form)
    turned = [
        t.T.contiguous().T if t.dim() == 2 else t.permute(3, 2, 1, 0).contiguous().permute(3, 2, 1, 0) for t in (X, K)
    ]
    before = [t.clone() for t in (*turned, b)]
    Y = compile("conv2d", form)(*turned, b, **options(form, padding=1))
    assert torch.equal(Y, reference(form, X, K, b, **options(form, padding=1)))
    assert all(map(torch.equal, (*turned, b), before))
    assert Y.data_ptr() not in {t.data_ptr() for t in (*turned, b)}


def test_batched_takes_one_image_and_none() -> None:
    X, K, b = operands("batched")
    batched = compile("conv2d", "batched")
    assert torch.equal(batched(X[0], K, b, groups=2), F.conv2d(X[0], K, b, groups=2))
    assert batched(X[:0], K, b, groups=2).shape == (0, 6, 5, 5)


@pytest.mark.parametrize("form", FORMS)
def test_autograd_passes_through(form: str) -> None:
    X, K, b = (t.requires_grad_() for t in operands(form))
    chosen = options(form, stride=(2, 1), padding=1)
    Y = compile("conv2d", form)(X, K, b, **chosen)
    dY = integers(*Y.shape)
    got, want = (torch.autograd.grad(y, (X, K, b), dY) for y in (Y, reference(form, X, K, b, **chosen)))
    assert all(map(torch.equal, got, want))


# ------------------------------------------------------------------------------------------------ what it refuses
X4, K4, b4 = torch.zeros(2, 4, 5, 6), torch.zeros(6, 2, 3, 2), torch.zeros(6)
REFUSED: list[tuple[str, type[Exception], str, tuple[Any, ...], dict[str, Any]]] = [
    (
        "two axes",
        ValueError,
        "input has 2 dimensions, shape (5, 6); (C, H, W) or (N, C, H, W) would fit",
        (X4[0, 0], K4),
        {},
    ),
    (
        "weight of three axes",
        ValueError,
        "weight has 3 dimensions, shape (2, 3, 2); (O, Cg, kh, kw) would fit",
        (X4, K4[0]),
        {},
    ),
    ("channels", ValueError, "input has C = 4; groups*Cg = 2 would fit", (X4, K4), {"groups": 1}),
    ("outputs", ValueError, "weight has O = 5; a multiple of groups = 2 would fit", (X4, K4[:5]), {}),
    ("groups of no size", ValueError, "groups is 0; at least 1 would fit", (X4, K4), {"groups": 0}),
    ("groups of a tuple", TypeError, "groups is (2,); an integer of at least 1 would fit", (X4, K4), {"groups": (2,)}),
    ("bias too long", ValueError, "bias has shape (7,); (6,) would fit", (X4, K4, torch.zeros(7)), {}),
    ("bias of two axes", ValueError, "bias has 2 dimensions, shape (6, 1); (O,) would fit", (X4, K4, b4[:, None]), {}),
    ("stride 0", ValueError, "stride is 0; at least 1 would fit", (X4, K4), {"stride": 0}),
    ("stride 2x0", ValueError, "stride is (2, 0); at least 1 would fit", (X4, K4), {"stride": (2, 0)}),
    ("stride of three", ValueError, "stride is (1, 1, 1); 1 or 2 numbers would fit", (X4, K4), {"stride": (1, 1, 1)}),
    ("stride of none", ValueError, "stride is (); 1 or 2 numbers would fit", (X4, K4), {"stride": ()}),
    ("stride 1.5", TypeError, "stride is 1.5; an integer of at least 1 would fit", (X4, K4), {"stride": 1.5}),
    ("stride True", TypeError, "stride is True; an integer", (X4, K4), {"stride": True}),
    ("dilation -1", ValueError, "dilation is -1; at least 1 would fit", (X4, K4), {"dilation": -1}),
    ("padding -1", ValueError, "padding is -1; at least 0 would fit", (X4, K4), {"padding": -1}),
    ("padding None", TypeError, "padding is None; an integer of at least 0 would fit", (X4, K4), {"padding": None}),
    (
        "padding word",
        ValueError,
        'padding is \'full\'; "same", "valid" or integers would fit',
        (X4, K4),
        {"padding": "full"},
    ),
    (
        "same with stride",
        ValueError,
        'padding is "same" with a stride of (1, 2)',
        (X4, K4),
        {"padding": "same", "stride": (1, 2)},
    ),
    (
        "kernel too tall",
        ValueError,
        "weight needs (kh - 1)*dh + 1 = 7 input rows of at most H + pt + pb = 5",
        (X4, K4),
        {"dilation": (3, 1)},
    ),
    ("kernel too wide", ValueError, "input columns of at most W + pl + pr = 6", (X4, K4), {"dilation": (1, 6)}),
    ("no kernel rows", ValueError, "weight has shape (6, 2, 0, 2), an axis without entries", (X4, K4[:, :, :0]), {}),
    ("no outputs", ValueError, "weight has shape (0, 2, 3, 2), an axis without entries", (X4, K4[:0]), {}),
    (
        "no rows",
        ValueError,
        "input has shape (2, 4, 0, 6), an axis without entries",
        (X4[:, :, :0], K4),
        {"padding": 2},
    ),
    (
        "a list",
        TypeError,
        "input is a list; a tensor of shape (C, H, W) or (N, C, H, W) would fit",
        (X4.tolist(), K4),
        {},
    ),
    ("a number for a bias", TypeError, "bias is a float; a tensor of shape (O,) would fit", (X4, K4, 1.0), {}),
    ("two dtypes", TypeError, "weight is torch.float64 on cpu; torch.float32 on cpu", (X4, K4.double()), {}),
    ("bias of another dtype", TypeError, "bias is torch.int64 on cpu", (X4, K4, b4.long()), {}),
    ("truth values", TypeError, "input holds truth values", (X4.bool(), K4.bool()), {}),
]


@pytest.mark.parametrize(("error", "message", "given", "chosen"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_refuses_what_torch_refuses_and_says_what_would_fit(
    error: type[Exception], message: str, given: tuple[Any, ...], chosen: dict[str, Any]
) -> None:
    chosen = {"groups": 2, **chosen}
    with pytest.raises(error) as caught:
        compile("conv2d", "batched")(*given, **chosen)
    assert message in str(caught.value)
    with pytest.raises((TypeError, ValueError, RuntimeError)):
        F.conv2d(*given, **chosen)


def test_refuses_no_channels_where_torch_would_lose_the_bias() -> None:
    with pytest.raises(ValueError, match="an axis without entries"):
        compile("conv2d", "batched")(X4[:, :0], K4[:, :0])


@pytest.mark.parametrize("form", FLAT)
@pytest.mark.parametrize(
    ("message", "given", "chosen"),
    [
        ("input has 4 dimensions, shape (2, 4, 5, 6); (H, W) would fit", (X4, K4[0, 0]), {}),
        ("kernel has 4 dimensions", (X4[0, 0], K4), {}),
        ("bias has shape (2,); (1,) would fit", (X4[0, 0], K4[0, 0], torch.zeros(2)), {}),
        ("kernel needs (kh - 1)*dh + 1 = 6 input rows of at most H + pt + pb = 5", (X4[0, 0], torch.zeros(6, 2)), {}),
        ("stride is -1; at least 1 would fit", (X4[0, 0], K4[0, 0]), {"stride": -1}),
        ("padding is (0, 1, 2); 1 or 2 numbers would fit", (X4[0, 0], K4[0, 0]), {"padding": (0, 1, 2)}),
    ],
)
def test_flat_forms_refuse_too(form: str, message: str, given: tuple[Any, ...], chosen: dict[str, Any]) -> None:
    with pytest.raises(ValueError) as caught:
        compile("conv2d", form)(*given, **chosen)
    assert message in str(caught.value)


# ------------------------------------------------------------------------------------------------ what it reads like
SIGNATURES = {
    "loop": "(input, kernel, bias=None, stride=1, padding=0, dilation=1)",
    "flatten": "(input, kernel, bias=None, stride=1, padding=0, dilation=1)",
    "batched": "(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1)",
}


@pytest.mark.parametrize("form", FORMS)
def test_signature(form: str) -> None:
    assert str(inspect.signature(compile("conv2d", form))) == SIGNATURES[form]


@pytest.mark.parametrize("file", ["conv2d_loop.py", "conv2d_flatten.py", "conv2d_batched.py"])
def test_a_module_stands_alone_and_is_neat(file: str) -> None:
    text = modules()[file]
    tree = ast.parse(text)
    assert [n.names[0].name for n in ast.walk(tree) if isinstance(n, ast.Import)] == ["torch"]
    assert not [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
    assert [line for line in text.splitlines() if len(line) > 88 or line != line.rstrip()] == []
    assert text.endswith("\n") and not text.endswith("\n\n")
    assert "\n\n\n\n" not in text


def test_ruff_finds_nothing() -> None:
    """But for the letter O, the field's name for the number of outputs."""
    for text in modules().values():
        command = [
            sys.executable,
            "-m",
            "ruff",
            "check",
            "--isolated",
            "--ignore",
            "E741",
            "--stdin-filename",
            "x.py",
            "-",
        ]
        done = subprocess.run(command, input=text, text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("form", FORMS)
def test_the_docstring_has_equations_shapes_options_and_errors(form: str) -> None:
    text = inspect.getdoc(compile("conv2d", form)) or ""
    assert "Xp[" in text and "Σ_{" in text and "i·sh + a·dh" in text
    for name in inspect.signature(compile("conv2d", form)).parameters:
        assert f"\n    {name}: " in text
    for word in ("Args:", "Returns:", "Raises:", "TypeError:", "ValueError:", '"same"', '"valid"', "Ho = (H + pt + pb"):
        assert word in text
    assert ("N may be 0" in text) == (form in WHOLE)


def test_the_sums_read_like_the_formula() -> None:
    assert "Y[i, j] = torch.sum(region * K) + bias[0]  # Σ over a, b" in emit("conv2d", "loop")
    assert "Y = (region_rows @ kernel_vector).reshape(Ho, Wo)  # Σ over a, b" in emit("conv2d", "flatten")
    assert "Y[n, k, i, j] = torch.sum(region * K[k]) + bias[k]" in emit("conv2d", "batched")


@pytest.mark.parametrize("form", FORMS)
def test_the_listing_is_the_printed_body_with_a_role_for_each_line(form: str) -> None:
    lines = listing("conv2d", form)
    body = emit("conv2d", form).split('"""')[2].split("# ----")[0]
    code = [x.split("  # ")[0] for x in body.splitlines() if x.strip() and not x.strip().startswith("#")]
    assert ["    " * (line.depth + 1) + line.code for line in lines] == code
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    for line in lines:
        assert set(ROLES[line.role]) <= set(dict(line.detail)), line
    assert [line.phase for line in lines] == sorted(line.phase for line in lines)
    assert lines[-1].phase == len([part for part in body.strip().split("\n\n") if part.strip()])


def test_a_listing_tells_the_piece_of_the_equation() -> None:
    lines = {line.code: line for line in listing("conv2d", "loop")}
    loop = lines["for i in range(Ho):"]
    assert (loop.role, str(loop["index"]), str(loop["extent"])) == ("loop", "i", "Ho")
    rows = lines["rows = slice(i*sh, i*sh + kh*dh, dh)"]
    assert (rows.role, [*map(str, rows["over"])]) == ("slice", ["a", "kh"])
    total = lines["Y[i, j] = torch.sum(region * K) + bias[0]"]
    assert total.role == "product" and str(total["and"].factors[0]) == "bias[0]"


def test_nothing_in_a_template_knows_a_convolution() -> None:
    for name in ("function.py.jinja", "module.py.jinja"):
        text = (template_folder() / name).read_text(encoding="utf-8")
        assert not {"conv", "kernel", "weight", "Xp", "rows", "channel"} & set(text.replace("(", " ").split())


def test_the_same_bytes_whatever_the_hash_seed() -> None:
    program = "from symconv.code.emit import modules; print(modules())"
    runs = {
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", program], env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(runs) == 1


# ------------------------------------------------------------------------------------------------ the public doors
def test_what_is_not_written_is_said() -> None:
    with pytest.raises(NotSupported, match="operation 'conv9d' is not written yet\n  there is: conv2d"):
        emit("conv9d")
    with pytest.raises(NotSupported, match="conv2d has no form 'fft' yet\n  there is: loop, flatten, batched"):
        listing("conv2d", "fft")


def test_names() -> None:
    assert list(modules()) == [f"conv2d_{form}.py" for form in FORMS]
    assert [f.__name__ for f in functions().values()] == list(functions())


def test_without_torch_the_way_to_get_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(NotSupported, match=r"pip install 'symconv\[torch\]'"):
        compile("conv2d", "loop")
    assert emit("conv2d", "loop")


# ------------------------------------------------------------------------------------------------ what else comes out
@pytest.mark.parametrize("form", [FORMS["batched"], GEMM, TAPS], ids=["batched", "gemm", "taps"])
@pytest.mark.parametrize(("dims", "torchs"), [(1, F.conv1d), (2, F.conv2d), (3, F.conv3d)])
def test_further_forms_need_no_further_mechanism(dims: int, torchs: Callable[..., Tensor], form: Form) -> None:
    function = load(source(conv(dims), form, "f", f"{dims}-D convolution"), "f").f
    X, K, b = integers(2, 4, *(5, 6, 7)[-dims:]), integers(6, 2, *(2, 3, 2)[-dims:]), integers(6)
    for chosen in ({}, {"padding": "same"}, {"stride": (2, 1, 3)[-dims:], "padding": (1, 0, 2)[-dims:]}):
        assert torch.equal(function(X, K, b, groups=2, **chosen), torchs(X, K, b, groups=2, **chosen))
    assert torch.equal(function(X[0], K, groups=2), torchs(X[0], K, groups=2))
    assert function(X[:0], K, b, groups=2).shape == torchs(X[:0], K, b, groups=2).shape
    with pytest.raises(ValueError, match="weight needs"):
        function(X, K, b, dilation=9, groups=2)
