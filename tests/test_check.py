"""The checks pass on what is emitted and fail on every planted fault."""

import json
import math
import sys
from typing import Any

import networks
import pytest
import torch
from sympy import Rational

from symconv.array import Array
from symconv.check.check import EXACT, ROUNDING, Report, Row, check_code, check_network
from symconv.check.check_cases import CASES
from symconv.code.emit import functions, load, modules
from symconv.errors import NotSupported
from symconv.networks import network
from symconv.study import derive

FAULTS = {  # what is wrong: function, text, its replacement
    "strides swapped": (
        "conv2d_loop",
        "(sh, sw), (pt, pb, pl, pr), (dh, dw) = ",
        "(sw, sh), (pt, pb, pl, pr), (dh, dw) = ",
    ),
    "dilation for stride": ("conv2d_loop", "slice(i*sh, i*sh + kh*dh, dh)", "slice(i*dh, i*dh + kh*dh, dh)"),
    "stride for dilation": ("conv2d_batched", "slice(j*sw, j*sw + kw*dw, dw)", "slice(j*sw, j*sw + kw*sw, sw)"),
    "dilations swapped": ("conv2d_flatten", "(dh, dw) = _checked", "(dw, dh) = _checked"),
    "bias dropped": ("conv2d_loop", " + bias[0]", ""),
    "bias dropped after the product": ("conv2d_flatten", "    Y += bias[0]\n", ""),
    "bias taken twice": ("conv2d_flatten", "    Y += bias[0]\n", "    Y += 2 * bias[0]\n"),
    "bias on the wrong axis": ("conv2d_batched", "bias[k]", "bias[j % O]"),
    "bias of the first output": ("conv2d_batched", "bias[k]", "bias[0]"),
    "last row missing": ("conv2d_loop", "for i in range(Ho):", "for i in range(Ho - 1):"),
    "last column missing": ("conv2d_batched", "for j in range(Wo):", "for j in range(Wo - 1):"),
    "last image missing": ("conv2d_batched", "for n in range(N):", "for n in range(N - 1):"),
    "same: odd zero in front": ("conv2d_loop", "(total // 2, total - total // 2)", "(total - total // 2, total // 2)"),
    "same: sides of the wrong direction": (
        "conv2d_batched",
        "((kh - 1)*dh, (kw - 1)*dw), s",
        "((kw - 1)*dw, (kh - 1)*dh), s",
    ),
    "padding of the wrong direction": (
        "conv2d_flatten",
        "Xp[pt : pt + H, pl : pl + W]",
        "Xp[pl : pl + H, pt : pt + W]",
    ),
    "no padding in the extent": ("conv2d_batched", "Hp = H + pt + pb", "Hp = H + pt"),
    "wrong group of inputs": ("conv2d_batched", "slice(g*Cg, (g + 1)*Cg)", "slice(0, Cg)"),
    "wrong group of outputs": ("conv2d_batched", "k = g*Og + o", "k = o*groups + g"),
    "kernel flipped": ("conv2d_loop", "region * K)", "region * K.flip(0))"),
    "kernel transposed": ("conv2d_flatten", "K.reshape(kh*kw)", "K.T.reshape(kh*kw)"),
    "regions in the wrong order": ("conv2d_flatten", "regions.reshape(Ho*Wo", "regions.transpose(0, 1).reshape(Ho*Wo"),
    "maps turned": ("conv2d_flatten", ".reshape(Ho, Wo)", ".reshape(Wo, Ho)"),
    "one product too few": (
        "conv2d_loop",
        "torch.sum(region * K)",
        "(torch.sum(region * K) - region[-1, -1] * K[-1, -1])",
    ),
    "contiguity assumed": (
        "conv2d_flatten",
        "X, K = input, kernel",
        "X, K = input, kernel.as_strided(kernel.shape, (kernel.shape[1], 1))",
    ),
    "input modified": ("conv2d_loop", "X, K = input, kernel", "X, K = input.mul_(2), kernel"),
    "a batch axis too many": ("conv2d_batched", "Y[0] if input.dim() == 3 else Y", "Y"),
    "single precision inside": (
        "conv2d_flatten",
        "region_rows @ kernel_vector",
        "region_rows.float() @ kernel_vector.float()",
    ),
    "rounded too early": ("conv2d_loop", "torch.sum(region * K)", "torch.sum((region * K).bfloat16()).to(X.dtype)"),
    "another dtype": (
        "conv2d_batched",
        "return Y[0] if input.dim() == 3 else Y",
        "return (Y[0] if input.dim() == 3 else Y).float()",
    ),
    "a crash": ("conv2d_batched", "Og = O//groups", "Og = O//0"),
}


@pytest.fixture(scope="module")
def rows() -> tuple[Row, ...]:
    return check_code(functions())


def test_all_emitted_code_passes_on_all_its_cases(rows: tuple[Row, ...]) -> None:
    report = Report(rows)
    assert report.passed and not report.failed
    assert report.counts() == {"conv2d_loop": (27, 27), "conv2d_flatten": (27, 27), "conv2d_batched": (39, 39)}


def test_the_rounding_bound_is_used_not_merely_met(rows: tuple[Row, ...]) -> None:
    """A bound that is never approached would hide faults; torch's own error is about a quarter of it."""
    for dtype in ("float32", "float64"):
        used = [row.measured for row in rows if row.what == dtype and isinstance(row.measured, float)]
        assert 0.1 < max(used) <= 1


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_caught(fault: str) -> None:
    name, text, wrong = FAULTS[fault]
    right = modules()[f"{name}.py"]
    assert text in right
    broken = getattr(load(right.replace(text, wrong), name), name)
    report = Report(check_code({name: broken}))
    assert not report.passed


def test_there_are_many_faults() -> None:
    assert len(FAULTS) >= 25


def test_the_cases_of_the_issue_are_there() -> None:
    cases = {(c.input, c.weight, c.bias, c.options) for c in CASES}
    assert ((5, 5), (3, 3), True, (("padding", 1),)) in cases
    assert ((5, 5), (3, 3), True, (("padding", 1), ("stride", 2))) in cases
    assert ((2, 2, 5, 5), (3, 2, 3, 3), True, (("stride", 2), ("padding", 1))) in cases
    assert len({c.name for c in CASES}) == len(CASES)
    assert {c.layout for c in CASES} == {"contiguous", "transposed", "expanded"}


# ------------------------------------------------------------------------------------------------ reports
GOOD = Row("g", "c", "w", True, 0, EXACT)
BAD = Row("h", "c", "w", False, "ValueError: no", ROUNDING)


def test_an_empty_report_has_not_passed() -> None:
    assert not Report(()).passed
    assert Report((GOOD,)).passed
    assert not (Report((GOOD,)) + Report((BAD,))).passed
    assert (Report((GOOD,)) + Report((BAD,))).failed == (BAD,)
    assert (Report((GOOD,)) + Report((BAD,))).counts() == {"g": (1, 1), "h": (0, 1)}


def test_json_is_sorted_and_complete(rows: tuple[Row, ...]) -> None:
    text = Report(rows).to_json()
    data = json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    assert len(data["rows"]) == len(rows) and data["passed"] is True
    assert json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False) == text


def test_no_number_is_a_failure_that_json_can_hold() -> None:
    def nothing(X: Any, K: Any, b: Any, **options: Any) -> Any:
        return torch.full_like(functions()["conv2d_loop"](X, K, b, **options), math.nan)

    report = Report(check_code({"conv2d_loop": nothing}))
    assert not any(row.passed for row in report.rows)
    json.loads(report.to_json(), parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))


def test_without_torch_the_way_to_get_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(NotSupported, match=r"pip install 'symconv\[torch\]'"):
        check_code({})


# ------------------------------------------------------------------------------------------------ one network
STUDIES = {name: derive(make()) for name, make in networks.ALL.items()}
STUDIES["toy-cnn"] = derive(network.load("toy-cnn"))


@pytest.mark.parametrize("name", STUDIES)
def test_every_value_and_gradient_agrees_with_autograd(name: str) -> None:
    study = STUDIES[name]
    rows = check_network(study.network, study.known, study.enclosures)
    assert [r.what for r in rows].count("gradient") == len(study.derivations)
    assert [r.what for r in rows].count("value") == len(study.exact_values)
    assert all(r.passed for r in rows), [r for r in rows if not r.passed]


@pytest.mark.parametrize("tensor", sorted(STUDIES["toy-cnn"].known))
def test_a_wrong_number_is_noticed(tensor: str) -> None:
    """One entry off by 10^-13 of itself, far less than any fixed tolerance would see."""
    study = STUDIES["toy-cnn"]
    entries = list(study.known[tensor].entries)
    k = next(k for k, e in enumerate(entries) if e != 0)
    entries[k] *= 1 + Rational(1, 10**13)
    wrong = {**study.known, tensor: Array(study.known[tensor].shape, tuple(entries))}
    failed = [r for r in check_network(study.network, wrong, study.enclosures) if not r.passed]
    assert [(r.case, r.what) for r in failed] == [
        (tensor.lstrip("∂"), "gradient" if tensor.startswith("∂") else "value")
    ]
