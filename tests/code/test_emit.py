"""The emitted modules: what they compute, forward and backward, and that they stand alone."""

import ast
import inspect
import os
import re
import subprocess
import sys
from functools import partial
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from convolutions import ALL, CHANNELS, FLAT, convolutions, dims, functions, gradients, integers, reference
from depth import examples, few
from hypothesis import HealthCheck, given, settings, strategies as st
from torch import Tensor
from torch.autograd import gradcheck, gradgradcheck

from symconv.code import compiled
from symconv.code.compiled import compile
from symconv.code.emit import emit, emitted, listing, modules
from symconv.code.forms import FORMS
from symconv.code.listing import ROLES
from symconv.code.operations import GENERATED, OPERATIONS
from symconv.errors import NotSupported
from symconv.language import template_folder

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same':UserWarning")
MANY = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def operands(form: str) -> tuple[Tensor, Tensor, Tensor]:
    if form in FLAT:
        return integers(7, 6), integers(3, 2), integers(1)
    return integers(2, 4, 7, 6), integers(6, 2, 3, 2), integers(6)


def options(form: str, **more: Any) -> dict[str, Any]:
    return {**more, **({} if form in FLAT else {"groups": 2})}


# ------------------------------------------------------------------------------------------------ what it computes
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "chosen",
    [
        {}, {"stride": 2}, {"stride": (2,)}, {"stride": [1, 3]}, {"padding": 1}, {"padding": (2, 1)}, {"padding": (1,)},
        {"padding": "same"}, {"padding": "valid"}, {"dilation": (2, 3)}, {"padding": "same", "dilation": (1, 2)},
        {"padding": "same", "stride": (1,)}, {"stride": (50, 70), "padding": 3}, {"stride": 10**6},
    ],
    ids=str,
)  # fmt: skip
def test_every_option_as_torch_takes_it(form: str, chosen: dict[str, Any]) -> None:
    (X, K, b), chosen = operands(form), options(form, **chosen)
    function, backward = functions("conv2d", form)
    Y = function(X, K, b, **chosen)
    assert torch.equal(Y, reference("conv2d", form, X, K, b, **chosen))
    assert torch.equal(function(X, K, **chosen), reference("conv2d", form, X, K, **chosen))
    dY = integers(*Y.shape)
    assert all(map(torch.equal, backward(dY, X, K, **chosen), gradients("conv2d", form, dY, X, K, b, **chosen)))


@pytest.mark.parametrize(("op", "form"), ALL)
@settings(max_examples=examples(25), suppress_health_check=MANY)
@given(data=st.data())
def test_any_convolution_that_torch_computes(op: str, form: str, data: Any) -> None:
    """Whole numbers in float64: the output and all three gradients are torch's to the last bit, by autograd too."""
    drawn = data.draw(convolutions(op, form))
    X, K, b = drawn.operands()
    function, backward = functions(op, form)
    want = reference(op, form, X, K, b, **drawn.options)
    assert torch.equal(function(X, K, b, **drawn.options), want)
    dY = integers(*want.shape)
    right = gradients(op, form, dY, X, K, b, **drawn.options)
    found = backward(dY, X, K, **drawn.options)
    assert [tuple(d.shape) for d in found] == [tuple(d.shape) for d in right]
    assert all(map(torch.equal, found, right))
    leaves = [t.clone().requires_grad_() for t in (X, K, b)]
    assert all(map(torch.equal, torch.autograd.grad(function(*leaves, **drawn.options), leaves, dY), right))


@pytest.mark.parametrize(("op", "form"), [x for x in CHANNELS if x[1] != "batched"])
@pytest.mark.parametrize("channels", [(1, 1, 1), (1, 2, 3), (2, 2, 3), (3, 1, 1), (3, 1, 2)], ids=str)
@pytest.mark.parametrize("places", ["few", "many", "very many"])
def test_every_way_of_a_form(op: str, form: str, channels: tuple[int, int, int], places: str) -> None:
    """Small and large maps, one and several groups: each branch is taken, forward and backward."""
    n, (groups, ins, outs) = dims(op), channels
    size = {"few": (4, 5, 6), "many": (300, 20, 8), "very many": (5000, 66, 17)}[places][n - 1]
    sizes = [size + 2 * q for q in range(n)]
    X = integers(3 if places == "few" else 1, groups * ins, *sizes)
    weight = (groups * ins, outs) if "transpose" in op else (groups * outs, ins)
    K, b = integers(*weight, *(2, 3, 2)[:n]), integers(groups * outs)
    chosen = {"groups": groups, "padding": (1, 0, 2)[:n], "stride": (1, 2, 1)[:n]}
    function, backward = functions(op, form)
    Y = reference(op, form, X, K, b, **chosen)
    dY = integers(*Y.shape)
    assert torch.equal(function(X, K, b, **chosen), Y)
    assert all(map(torch.equal, backward(dY, X, K, **chosen), gradients(op, form, dY, X, K, b, **chosen)))


NUMBERS = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.complex64, torch.complex128, torch.int64,
           torch.int32, torch.int16, torch.int8, torch.uint8]  # fmt: skip


@pytest.mark.parametrize("dtype", NUMBERS, ids=str)
@pytest.mark.parametrize("form", FORMS)
def test_every_dtype_of_numbers(form: str, dtype: torch.dtype) -> None:
    """Small whole numbers are exact in all of them."""
    X, K, b = (t.abs() for t in operands(form))
    function, backward = functions("conv2d", form)
    Y = function(X.to(dtype), K.to(dtype), b.to(dtype), **options(form))
    want = reference("conv2d", form, X, K, b, **options(form))
    assert Y.dtype == dtype and torch.equal(Y, want.to(dtype))
    dY = torch.ones_like(want)
    found = backward(dY.to(dtype), X.to(dtype), K.to(dtype), **options(form))
    right = gradients("conv2d", form, dY, X, K, b, **options(form))
    assert all(torch.equal(g, w.to(dtype)) and g.dtype == dtype for g, w in zip(found, right, strict=True))


@pytest.mark.parametrize(("op", "form"), ALL)
def test_complex_gradients_follow_torchs_convention(op: str, form: str) -> None:
    """The other factor is conjugated; without the conjugates every gradient but the bias's would differ."""
    n = dims(op)
    shape = () if form in FLAT else (2, 2)
    X = integers(*shape, *(5, 6, 4)[:n], dtype=torch.complex128)
    weight = () if form in FLAT else (2, 3) if "transpose" in op else (3, 2)
    K = integers(*weight, *(2, 3, 2)[:n], dtype=torch.complex128)
    b = integers(1 if form in FLAT else 3, dtype=torch.complex128)
    function, backward = functions(op, form)
    dY = integers(*reference(op, form, X, K, b).shape, dtype=torch.complex128)
    right = gradients(op, form, dY, X, K, b)
    assert all(map(torch.equal, backward(dY, X, K), right))
    assert not torch.equal(backward(dY, X.conj(), K)[1], right[1])
    leaves = [t.clone().requires_grad_() for t in (X, K, b)]
    assert all(map(torch.equal, torch.autograd.grad(function(*leaves), leaves, dY), right))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("layout", ["transposed", "expanded", "sliced", "channels last", "conjugate", "negative"])
def test_operands_may_lie_anyhow_and_stay(form: str, layout: str) -> None:
    """None is modified, and none is in the result."""
    given = [laid(t, layout) for t in operands(form)]
    X, K, b = (t.clone().contiguous() for t in given)
    before = [t.clone() for t in given]
    function, backward = functions("conv2d", form)
    chosen = options(form, padding=(0, 1))
    for more in (chosen, {**chosen, "padding": 0}):
        Y = function(*given, **more)
        assert torch.equal(Y, reference("conv2d", form, X, K, b, **more)) and Y.is_contiguous()
        dY = laid(integers(*Y.shape), layout)
        found = backward(dY, given[0], given[1], **more)
        assert all(map(torch.equal, found, gradients("conv2d", form, dY.clone(), X, K, b, **more)))
        assert not {t.data_ptr() for t in (Y, *found)} & {t.data_ptr() for t in given}
    assert all(map(torch.equal, given, before))


def laid(t: Tensor, layout: str) -> Tensor:
    if layout == "transposed":
        return t.permute(*range(t.dim())[::-1]).contiguous().permute(*range(t.dim())[::-1])
    if layout == "expanded":
        return t[:1].expand(*t.shape)
    if layout == "sliced":
        return torch.stack([t, t * 0], -1)[..., 0]
    if layout == "channels last" and t.dim() == 4:
        return t.to(memory_format=torch.channels_last)
    if layout == "conjugate":
        return torch.complex(t, t + 1).conj()
    return torch.complex(t, t).conj().imag if layout == "negative" else t  # imag of a conjugate: a lazy minus


@pytest.mark.parametrize(("op", "form"), CHANNELS)
def test_one_image_and_none(op: str, form: str) -> None:
    n = dims(op)
    X, K = integers(2, 4, *(5, 6, 4)[:n]), integers(*((4, 3) if "transpose" in op else (6, 2)), *(2, 3, 2)[:n])
    b, function, backward = integers(6), *functions(op, form)
    Y = function(X[0], K, b, groups=2)
    assert torch.equal(Y, reference(op, form, X[0], K, b, groups=2))
    dY = integers(*Y.shape)
    assert all(map(torch.equal, backward(dY, X[0], K, groups=2), gradients(op, form, dY, X[0], K, b, groups=2)))
    none = function(X[:0], K, b, groups=2)
    assert none.shape == reference(op, form, X[:0], K, b, groups=2).shape
    found = backward(none, X[:0], K, groups=2)
    assert [tuple(d.shape) for d in found] == [tuple(X[:0].shape), tuple(K.shape), (6,)]
    assert not any(d.any() for d in found)


# ------------------------------------------------------------------------------------------------ autograd
@pytest.mark.parametrize(("op", "form"), [x for x in CHANNELS if dims(x[0]) == 2])
def test_gradcheck_is_exact_on_whole_numbers(op: str, form: str) -> None:
    """A convolution is bilinear: a difference quotient with step one is its derivative."""
    X, K, b = (t.requires_grad_() for t in (integers(2, 2, 3, 4), integers(2, 2, 2, 3), integers(2)))
    function, _ = functions(op, form)

    def compute(X: Tensor, K: Tensor, b: Tensor) -> Tensor:
        result: Tensor = function(X, K, b, stride=(2, 1), padding=(1, 0))
        return result

    assert gradcheck(compute, (X, K, b), eps=1, atol=0, rtol=0)


@pytest.mark.parametrize("op", few(OPERATIONS, "conv1d", "conv2d", "conv_transpose2d"))
@pytest.mark.parametrize("form", ["gemm", "taps"])
def test_autograd_differentiates_the_derived_gradients_again(op: str, form: str) -> None:
    n = dims(op)
    X, K, b = (
        t.requires_grad_() for t in (integers(1, 2, *(3, 4, 3)[:n]), integers(2, 2, *(2, 3, 1)[:n]), integers(2))
    )
    function, _ = functions(op, form)

    def compute(*given: Tensor) -> Tensor:
        result: Tensor = function(*given, padding=1)
        return result

    dY = integers(*compute(X, K, b).shape).requires_grad_()
    assert gradgradcheck(compute, (X, K, b), dY, eps=1, atol=0, rtol=0)


@pytest.mark.parametrize(("op", "form"), CHANNELS)
def test_second_derivatives_are_torchs(op: str, form: str) -> None:
    n = dims(op)
    X, K, b = integers(2, 2, *(4, 5, 3)[:n]), integers(2, 2, *(2, 2, 2)[:n]), integers(2)
    found, right = (
        second(lambda *given, f=f: f(*given, stride=(1, 2, 1)[:n]), X, K, b)
        for f in (functions(op, form)[0], lambda *given, **more: reference(op, form, *given, **more))
    )
    assert all(map(torch.equal, found, right))


@pytest.mark.parametrize(("op", "form"), CHANNELS)
def test_second_derivatives_are_torchs_where_entries_share_memory(op: str, form: str) -> None:
    """Without padding the windows are those of the operand itself."""
    n = dims(op)
    X = integers(1, 2, *(4, 5, 3)[:n]).expand(2, 2, *(4, 5, 3)[:n])
    K, b = integers(2, 1, *(2, 2, 2)[:n]).expand(2, 2, *(2, 2, 2)[:n]), integers(2)
    found, right = (second(f, X, K, b) for f in (functions(op, form)[0], lambda *given: reference(op, form, *given)))
    assert all(map(torch.equal, found, right))


@pytest.mark.parametrize(
    ("op", "form", "folded"),
    few(
        [(*case, folded) for case in ALL for folded in (False, True)],
        *((*case, False) for case in ALL if dims(case[0]) < 3),
        *((*case, True) for case in ALL if dims(case[0]) == 2),
        ("conv3d", "gemm", False),
    ),
)
def test_first_and_second_derivatives_over_degenerate_extents(op: str, form: str, folded: bool) -> None:
    """An axis of one place, a kernel of one entry or of all the input's: a slice that is all of a tensor is that tensor
    itself, and what is written into it is written into the whole."""
    n = dims(op)
    cases = [(1, 1, 0, 1), (3, 1, 0, 2), (3, 3, 0, 1), (1, 3, 1, 2), (3, 1, 1, 1)]
    for size, k, padding, groups in (*cases, *([] if "transpose" in op else [(1, 1, 1, 2)])):
        options = {"padding": padding, **({"groups": groups} if form not in FLAT else {})}
        lead, filters, outs = ((), (), 1) if form in FLAT else ((2, 2 * groups), (2 * groups, 2), 2 * groups)
        X, K, b = integers(*lead, *(size,) * n), integers(*filters, *(k,) * n), integers(outs)
        made = functions(op, form, kernel=k, **options)[0] if folded else partial(functions(op, form)[0], **options)
        found, right = (second(f, X, K, b) for f in (made, partial(reference, op, form, **options)))
        assert all(map(torch.equal, found, right)), (size, k, padding, groups)


@pytest.mark.parametrize("op", ["conv3d", "conv_transpose3d"])
def test_large_planes_go_plane_by_plane(op: str) -> None:
    """More than 2048 places in a plane: blocks of rows, so that the matrix of windows has a bounded width."""
    assert "# large planes: plane by plane, in blocks of rows" in emit(op, "gemm")
    assert "plane" not in emit("conv2d", "gemm")
    X, K, b = integers(2, 2, 3, 46, 47), integers(2, 2, 2, 2, 3), integers(2)
    results = []
    for f in (functions(op, "gemm")[0], lambda *given: reference(op, "gemm", *given)):
        leaves = [t.clone().requires_grad_() for t in (X, K, b)]
        Y = f(*leaves)
        dY = (torch.arange(Y.numel()).double() % 5 - 2).reshape(Y.shape)
        results.append((Y, *torch.autograd.grad(Y, leaves, dY)))
    assert all(map(torch.equal, *results))


def second(function: Any, *given: Tensor) -> tuple[Tensor, ...]:
    """The gradient of a weighted sum of the gradients."""
    leaves = [t.detach().requires_grad_() for t in given]
    Y = function(*leaves)
    dY = (torch.arange(Y.numel()).double() % 5 - 2).reshape(Y.shape).requires_grad_()
    first = torch.autograd.grad(Y, leaves, dY, create_graph=True)
    weights = [(torch.arange(g.numel()).double() % 3 - 1).reshape(g.shape) for g in first]
    return torch.autograd.grad(first, [*leaves[:2], dY], weights)


def test_autograd_gives_what_is_asked_for_only() -> None:
    X, K, b = operands("gemm")
    function, _ = functions("conv2d", "gemm")
    Y = function(X, K.requires_grad_(), b, groups=2)
    (dK,) = torch.autograd.grad(Y, K, torch.ones_like(Y))
    assert torch.equal(dK, gradients("conv2d", "gemm", torch.ones_like(Y), X, K, b, groups=2)[1])
    assert function(X, K.detach(), b, groups=2).requires_grad is False


def test_an_empty_batch_is_differentiable() -> None:
    X, K, b = (t.requires_grad_() for t in (integers(0, 4, 7, 6), integers(6, 2, 3, 2), integers(6)))
    for form in ("batched", "taps", "gemm"):
        Y = functions("conv2d", form)[0](X, K, b, groups=2)
        found = torch.autograd.grad(Y, (X, K, b), torch.ones_like(Y), create_graph=True)
        assert [g.shape for g in found] == [X.shape, K.shape, b.shape] and not any(g.any() for g in found)
        for g in found:
            again = torch.autograd.grad(g.sum(), (X, K), retain_graph=True)
            assert [h.shape for h in again] == [X.shape, K.shape] and not any(h.any() for h in again)


# ------------------------------------------------------------------------------------------------ what it reads like
SIGNATURES = {
    "loop": "(input, kernel, bias=None, stride=1, padding=0, dilation=1)",
    "flatten": "(input, kernel, bias=None, stride=1, padding=0, dilation=1)",
    "batched": "(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1)",
    "taps": "(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1)",
    "gemm": "(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1)",
}


@pytest.mark.parametrize(("op", "form"), ALL)
def test_signatures_are_torchs(op: str, form: str) -> None:
    function, backward = functions(op, form)
    signature = str(inspect.signature(function))
    if "transpose" in op:
        assert signature == ("(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1)")
    else:
        assert signature == SIGNATURES[form]
    assert str(inspect.signature(backward)) == signature.replace("(", "(grad_output, ", 1).replace("bias=None, ", "")
    assert (function.__name__, backward.__name__) == (f"{op}_{form}", f"{op}_{form}_backward")


@pytest.mark.parametrize(("op", "form"), ALL)
def test_a_module_stands_alone_and_is_neat(op: str, form: str) -> None:
    text = emit(op, form)
    tree = ast.parse(text)
    imports = [n.names[0].name for n in ast.walk(tree) if isinstance(n, ast.Import)]
    assert imports == ["functools", "inspect", "torch"]
    assert not [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
    assert [line for line in text.splitlines() if len(line) > 88 or line != line.rstrip()] == []
    assert text.endswith("\n") and not text.endswith("\n\n")
    assert "\n\n\n\n" not in text
    called = {n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    helpers = {n.name for n in tree.body if isinstance(n, ast.FunctionDef) and n.name.startswith("_")}
    assert helpers <= called, "no helper stands there that nobody calls"


def test_ruff_finds_nothing(tmp_path: Any) -> None:
    """But for the letter O, the field's name for the number of outputs, and that an unknown word is a ValueError."""
    for op, form in ALL:
        (tmp_path / f"{op}_{form}.py").write_text(emit(op, form), "utf-8")
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--ignore", "E741,TRY004", str(tmp_path)]
    done = subprocess.run(command, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_sums_read_like_the_formula() -> None:
    assert "Y[i, j] = torch.sum(region * K) + bias[0]  # Σ over a, b" in emit("conv2d", "loop")
    assert "dXp[rows, cols] += dY[i, j] * K" in emit("conv2d", "loop")
    assert "Y = (region_rows @ kernel_vector).reshape(Ho, Wo)  # Σ over a, b" in emit("conv2d", "flatten")
    assert "Y[n, k, i, j] = torch.sum(region * K[k]) + bias[k]" in emit("conv2d", "batched")
    assert "dK[k] += dY[n, k, i, j] * Xp[n, channels, rows, cols]" in emit("conv2d", "batched")
    assert "torch.baddbmm(bias_column, kernel_rows, columns, out=maps)" in emit("conv2d", "gemm")
    assert "dkernel_rows.baddbmm_(grad_rows, columns.mT)  # Σ over i, j" in emit("conv2d", "gemm")
    assert "Yp[n, outputs, rows, cols] += X[n, m, h, w] * K[m]" in emit("conv_transpose2d", "batched")


def test_a_copy_is_made_only_where_there_is_padding() -> None:
    assert "    Xp = X\n    if pt or pb or pl or pr:\n" in emit("conv2d", "gemm")
    assert "    Xp = X.new_zeros(Hp, Wp)\n" in emit("conv2d", "loop")


@pytest.mark.parametrize("form", emitted())
def test_the_listing_is_the_printed_body_with_a_role_for_each_line(form: str) -> None:
    lines = listing("conv2d", form)
    body = emit("conv2d", form).split('"""')[2].split(f"def conv2d_{form}_backward")[0]
    code = [x.split("  # ")[0] for x in body.splitlines() if x.strip() and not x.strip().startswith("#")]
    assert ["    " * (line.depth + 1) + line.code for line in lines] == code
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    said = emitted()[form]
    assert said.lines == lines and said.name == f"conv2d_{form}" and f"{said.name}.py" in modules()
    assert "\n".join(("import torch\n\n", *said.signature, '    """')) in emit("conv2d", form)
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
    for name in ("function.py.jinja", "module.py.jinja", "network.py.jinja"):
        text = (template_folder() / name).read_text(encoding="utf-8")
        assert not re.findall(r"conv(?!ert)|kernel|weight|\bXp\b|\brows\b|channel|//", text), name


@pytest.mark.deep
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
    with pytest.raises(NotSupported, match="operation 'conv9d' is not written yet\n  there is: conv1d, conv2d"):
        emit("conv9d")
    with pytest.raises(NotSupported, match="conv2d has no form 'fft' yet\n  there is: loop, flatten, batched"):
        listing("conv2d", "fft")
    with pytest.raises(NotSupported, match="conv3d has no form 'loop' yet\n  there is: batched, taps, gemm"):
        emit("conv3d", "loop")


def test_names() -> None:
    assert list(modules()) == [f"{op}_{form}.py" for op, form in GENERATED]
    assert {f"conv2d_{form}.py" for form in ("loop", "flatten", "batched", "taps", "gemm")} <= set(modules())
    assert compile("conv2d", form="gemm").__name__ == "conv2d_gemm"


def test_without_torch_the_way_to_get_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setattr(compiled, "_compiled", {})
    with pytest.raises(NotSupported, match=r"pip install 'symconv\[torch\]'"):
        compile("conv2d", "loop")
    assert emit("conv2d", "loop")


def test_a_compiled_function_computes() -> None:
    X, K, b = operands("gemm")
    assert torch.equal(compile("conv2d", "gemm")(X, K, b, groups=2), F.conv2d(X, K, b, groups=2))
