"""Networks whose exact numbers would explode: their emitted numbers against autograd, and faults that are seen."""

from fractions import Fraction
from typing import Any

import pytest
import torch
from any_networks import last, made, parameter, residual, vectors

from symconv.check.check import CLOSE, Row, check_close
from symconv.check.torch_network import autograd
from symconv.networks.layers import BatchNorm, Conv, Linear, Parameter, Relu
from symconv.networks.losses import CrossEntropy
from symconv.networks.network import Network
from symconv.study import Study, checks_of, derive, evaluated

pytestmark = pytest.mark.filterwarnings("ignore:The .grad attribute")
STUDY = derive(vectors())
FOUND = STUDY.evaluate()


def compared(found: Any, study: Study = STUDY) -> tuple[Row, ...]:
    return check_close(study.network, found, autograd(torch, study.network))


def planted(what: str, name: str, change: Any) -> dict[str, Any]:
    return {**FOUND, what: {**FOUND[what], name: change(FOUND[what][name].clone())}}


def test_every_value_and_gradient_is_compared() -> None:
    rows = compared(FOUND)
    assert {(r.what, r.case) for r in rows} == {
        *(("value", t) for t in FOUND["values"]),
        *(("gradient", t) for t in FOUND["gradients"]),
    }
    assert all(r.passed and r.criterion == CLOSE for r in rows)


def test_the_statistics_of_a_batch_are_compared_as_values() -> None:
    study = derive(residual())
    rows = compared(study.evaluate(), study)
    assert all(r.passed for r in rows) and ("value", "B.mean") in {(r.what, r.case) for r in rows}


@pytest.mark.parametrize("what, name", [("values", "B"), ("values", "L"), ("gradients", "V"), ("gradients", "z")])
def test_one_wrong_number_fails_its_row_alone(what: str, name: str) -> None:
    def change(x: Any) -> Any:
        x.view(-1)[0] += 3e-12 * max(float(y.abs().max()) for y in FOUND[what].values())
        return x

    failed = [r for r in compared(planted(what, name, change)) if not r.passed]
    assert [(r.what + "s", r.case) for r in failed] == [(what, name)]


def test_another_shape_and_no_number_fail() -> None:
    for change in (lambda x: x[:1], lambda x: x * float("nan")):
        failed = [r for r in compared(planted("gradients", "V", change)) if not r.passed]
        assert [r.case for r in failed] == ["V"]


def test_a_check_of_such_a_network_goes_this_way() -> None:
    rows = checks_of(STUDY).rows
    assert {r.criterion for r in rows if r.group.startswith("network")} == {CLOSE}


def test_a_sum_that_cancels_is_rounding() -> None:
    """The gradient of a bias in front of a batch norm is 0, and some last bits of something else on both sides."""
    conv = Conv("C", parameter("K", 2, 1, 2, 2), parameter("kb", 2))
    net = made((2, 1, 3, 4), conv, BatchNorm("B", parameter("g", 2), parameter("be", 2)), Relu("R"), last(2, 12))
    rows = checks_of(derive(net)).rows
    assert all(r.passed for r in rows) and ("gradient", "kb") in {(r.what, r.case) for r in rows}


def test_a_number_at_a_kink_is_no_fault_of_rounding() -> None:
    """Batch norm of -2, -1, 0 has 0 in the middle, or a last bit beside it: whether ReLU lets its gradient through is
    decided by the same number on both sides, and any other number is seen."""
    norm = BatchNorm("B", epsilon=Fraction(1, 2))
    X = Parameter.of("X", [["-2/3", "2/3", 2], ["-1/3", 1, "7/3"], [0, "4/3", "8/3"]])
    layers = (norm, Relu("R"), Linear("z", Parameter.of("W", [["-2/3", "2/3", 2], ["-1/3", 1, "7/3"]])))
    study = derive(Network("kink", Fraction(0), X, layers, CrossEntropy((1, 1, 1)), batch=True))
    rows = checks_of(study).rows
    assert all(r.passed for r in rows) and ("gradient", "B") in {(r.what, r.case) for r in rows}
    shifted = study.evaluate()["values"]["B"] + 1e-9
    assert [r.case for r in compared(evaluated(study, {"B": shifted}), study) if not r.passed and r.what == "gradient"]
