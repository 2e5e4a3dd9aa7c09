"""Networks whose exact numbers would explode: their emitted numbers against autograd, and faults that are seen."""

from typing import Any

import pytest
from any_networks import residual, vectors

from symconv.check.check import CLOSE, check_close
from symconv.study import checks_of, derive

pytestmark = pytest.mark.filterwarnings("ignore:The .grad attribute")
STUDY = derive(vectors())
FOUND = STUDY.evaluate()


def planted(what: str, name: str, change: Any) -> dict[str, Any]:
    return {**FOUND, what: {**FOUND[what], name: change(FOUND[what][name].clone())}}


def test_every_value_and_gradient_is_compared() -> None:
    rows = check_close(STUDY.network, FOUND)
    assert {(r.what, r.case) for r in rows} == {
        *(("value", t) for t in FOUND["values"]),
        *(("gradient", t) for t in FOUND["gradients"]),
    }
    assert all(r.passed and r.criterion == CLOSE for r in rows)


def test_the_statistics_of_a_batch_are_compared_as_values() -> None:
    study = derive(residual())
    rows = check_close(study.network, study.evaluate())
    assert all(r.passed for r in rows) and ("value", "B.mean") in {(r.what, r.case) for r in rows}


@pytest.mark.parametrize("what, name", [("values", "B"), ("values", "L"), ("gradients", "V"), ("gradients", "z")])
def test_one_wrong_number_fails_its_row_alone(what: str, name: str) -> None:
    def change(x: Any) -> Any:
        x.view(-1)[0] += 3e-12 * max(1.0, float(x.abs().max()))
        return x

    failed = [r for r in check_close(STUDY.network, planted(what, name, change)) if not r.passed]
    assert [(r.what + "s", r.case) for r in failed] == [(what, name)]


def test_another_shape_and_no_number_fail() -> None:
    for change in (lambda x: x[:1], lambda x: x * float("nan")):
        failed = [r for r in check_close(STUDY.network, planted("gradients", "V", change)) if not r.passed]
        assert [r.case for r in failed] == ["V"]


def test_a_check_of_such_a_network_goes_this_way() -> None:
    rows = checks_of(STUDY).rows
    assert {r.criterion for r in rows if r.group.startswith("network")} == {CLOSE}
