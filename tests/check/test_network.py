"""The numbers of networks against autograd: exact ones, emitted ones, faults that are seen."""

from fractions import Fraction
from typing import Any

import networks
import pytest
import torch
from any_networks import last, made, parameter, residual
from studies import study
from sympy import Rational

from symconv.array import Array
from symconv.check.check import Cancelling, Comparison
from symconv.check.network import CLOSE, bounded, cancelling, check_close, check_emitted, check_network
from symconv.check.torch_network import autograd
from symconv.derivation.tensors import is_gradient
from symconv.errors import Broken
from symconv.networks.layers.layers import BatchNorm, Conv, Flatten, Linear, MaxPool, Parameter, Relu
from symconv.networks.losses import CrossEntropy, MeanSquaredError
from symconv.networks.network import Network
from symconv.study import Study, close, derive, evaluated

pytestmark = pytest.mark.filterwarnings("ignore:The .grad attribute")
STUDY = study("vectors")
FOUND = STUDY.evaluate()


def compared(found: Any, study: Study = STUDY) -> tuple[Comparison, ...]:
    return check_close(study.network, found, autograd(torch, study.network), study.rounding)


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


@pytest.mark.deep
def test_a_check_of_such_a_network_goes_this_way() -> None:
    rows = STUDY.checks.rows
    assert {r.criterion for r in rows if r.group.startswith("network")} == {CLOSE}


def cancels() -> Network:
    conv = Conv("C", parameter("K", 2, 1, 2, 2), parameter("kb", 2))
    return made((2, 1, 3, 4), conv, BatchNorm("B", parameter("g", 2), parameter("be", 2)), Relu("R"), last(2, 12))


def test_a_sum_that_cancels_is_rounding() -> None:
    """The gradient of a bias in front of a batch norm is 0, and some last bits of something else on both sides."""
    study = derive(cancels())
    rows = close(study)
    assert all(r.passed for r in rows) and ("gradient", "kb") in {(r.what, r.case) for r in rows}
    (found,) = study.cancelling
    assert found.tensor == "kb" and found.largest < found.off < 1e-11


def test_what_is_expected_of_rounding_is_near() -> None:
    """An error of some hundred last bits is seen in every tensor, that of a gradient which cancels too."""
    study = derive(cancels())
    found = study.evaluate()
    for what, sign in (("values", ""), ("gradients", "∂")):
        compared_at_all = {r.case for r in compared(found, study) if r.what + "s" == what}
        for name, x in ((n, x) for n, x in found[what].items() if n in compared_at_all):
            some = 40 * study.rounding[sign + name] or 1e-15 * float(x.abs().max())
            wrong = {**found, what: {**found[what], name: x + some}}
            failed = [(r.what + "s", r.case) for r in compared(wrong, study) if not r.passed]
            assert failed == [(what, name)]


def test_no_gradient_cancels_for_being_small() -> None:
    sizes = {"U": [0.0, 1e-30], "W": [1e-30, -1.0], "b": [0.0], "c": []}
    expected = {"∂U": 1e-47, "∂W": 1e-17, "∂b": 1e-17, "∂c": 0.0}
    assert cancelling(sizes, expected, "UWbc") == (Cancelling("b", 0.0, 16e-17),)
    assert cancelling(sizes, {**expected, "∂W": 1e-9, "∂b": float("inf")}, "UWb") == (Cancelling("W", 1.0, 16e-9),)


def test_a_gradient_that_is_zero_is_measured_by_that_of_the_loss() -> None:
    """Where the prediction is the target, y - t is some last bits; 2e-12 more are seen."""
    halves = CrossEntropy(probabilities=Array.of([Fraction(1, 2), Fraction(1, 2)]))
    W = Parameter.of("W", [["-2/3", "2/3"], ["-1/3", 1]])
    layers = (Relu("a"), BatchNorm("B", epsilon=Fraction(1, 100_000)), Linear("z", W))
    study = derive(Network("even", Fraction(0), Parameter.of("X", [[["-2/3", "5/3"]]]), layers, halves))
    assert all(r.passed for r in close(study))
    found = study.evaluate()
    found = {**found, "gradients": {name: x + 2e-12 for name, x in found["gradients"].items()}}
    assert not any(r.passed for r in compared(found, study) if r.what == "gradient")


def test_where_all_values_are_zero_so_must_ours_be() -> None:
    nothing = {"X": torch.zeros(2, dtype=torch.float64, requires_grad=True)}
    for off, passed, measured in ((0.0, True, 0.0), (1e-300, False, "inf")):
        values = {"X": torch.full((2,), off, dtype=torch.float64)}
        (row,) = check_close(STUDY.network, {"values": values, "gradients": {}}, nothing, {})
        assert (row.passed, row.measured) == (passed, measured)


def test_an_error_is_measured_by_what_comes_before_it_alone() -> None:
    """Of a chain of gradients the last is the largest: those before it are not measured by it."""
    wide = {"X": 1e6, "h": 1.0, "z": 1.0}
    tensors = {name: torch.ones((), dtype=torch.float64, requires_grad=True) for name in wide}
    for name, x in tensors.items():
        x.grad = torch.tensor(wide[name], dtype=torch.float64)
    gradients = {name: torch.tensor(size + 1e-9, dtype=torch.float64) for name, size in wide.items()}
    rows = check_close(STUDY.network, {"values": {}, "gradients": gradients}, tensors, {})
    assert {r.case: r.passed for r in rows} == {"X": True, "h": False, "z": False}


def test_a_number_at_a_kink_is_no_fault_of_rounding() -> None:
    """Batch norm of -2, -1, 0 has 0 in the middle, or a last bit beside it: whether ReLU lets its gradient through is
    decided by the same number on both sides, and any other number is seen."""
    norm = BatchNorm("B", epsilon=Fraction(1, 2))
    X = Parameter.of("X", [["-2/3", "2/3", 2], ["-1/3", 1, "7/3"], [0, "4/3", "8/3"]])
    layers = (norm, Relu("R"), Linear("z", Parameter.of("W", [["-2/3", "2/3", 2], ["-1/3", 1, "7/3"]])))
    study = derive(Network("kink", Fraction(0), X, layers, CrossEntropy((1, 1, 1)), batch=True))
    rows = close(study)
    assert all(r.passed for r in rows) and ("gradient", "B") in {(r.what, r.case) for r in rows}
    shifted = study.evaluate()["values"]["B"] + 1e-9
    assert [r.case for r in compared(evaluated(study, {"B": shifted}), study) if not r.passed and r.what == "gradient"]


# ------------------------------------------------------------------------------------------------ exact numbers
STUDIES = {name: study(name) for name in ("toy-cnn", *networks.ALL)}


@pytest.mark.parametrize("name", STUDIES)
def test_every_value_and_gradient_agrees_with_autograd(name: str) -> None:
    study = STUDIES[name]
    rows = check_network(study.network, study.known, study.losses)
    assert [r.what for r in rows].count("gradient") == len(study.derivations)
    assert [r.what for r in rows].count("value") == len(study.exact_values)
    assert all(r.passed for r in rows), [r for r in rows if not r.passed]


@pytest.mark.parametrize("name", STUDIES)
def test_the_emitted_training_step_agrees_with_the_exact_numbers(name: str) -> None:
    study = STUDIES[name]
    rows = check_emitted(study.network, study.evaluate(), study.known, study.losses)
    assert len(rows) == len(study.known) and all(r.passed for r in rows), [r for r in rows if not r.passed]


@pytest.mark.parametrize("tensor", sorted(STUDIES["toy-cnn"].known))
def test_a_wrong_entry_of_the_training_step_is_noticed(tensor: str) -> None:
    study = STUDIES["toy-cnn"]
    found = {kind: dict(tensors) for kind, tensors in study.evaluate().items()}
    kind = "gradients" if is_gradient(tensor) else "values"
    found[kind][tensor.lstrip("∂")] = found[kind][tensor.lstrip("∂")] + 2.0**-30
    failed = [r for r in check_emitted(study.network, found, study.known, study.losses) if not r.passed]
    assert [r.case for r in failed] == [tensor.lstrip("∂")]


@pytest.mark.parametrize("tensor", sorted(STUDIES["toy-cnn"].known))
def test_a_wrong_number_is_noticed(tensor: str) -> None:
    """One entry off by 10^-13 of itself, far less than any fixed tolerance would see."""
    study = STUDIES["toy-cnn"]
    entries = list(study.known[tensor].entries)
    k = next(k for k, e in enumerate(entries) if e != 0)
    entries[k] *= 1 + Rational(1, 10**13)
    wrong = {**study.known, tensor: Array(study.known[tensor].shape, tuple(entries))}
    failed = [r for r in check_network(study.network, wrong, study.losses) if not r.passed]
    assert [(r.case, r.what) for r in failed] == [(tensor.lstrip("∂"), "gradient" if is_gradient(tensor) else "value")]


# ------------------------------------------------------------------------------------------------ without a bound
def tied() -> Network:
    """Convolved thirds of equal tenths: which entry of the window is the largest is decided by their last bits."""
    image = Parameter("X", Array((3, 3), (Fraction(1, 10),) * 9))
    conv = Conv("C", Parameter("K", Array((2, 2), (Fraction(1, 3),) * 4)))
    layers = (conv, MaxPool("M", (2, 2)), Flatten("f"), Linear("z", Parameter.of("W", [[1], [2]])))
    return Network("tied", Fraction(1), image, layers, CrossEntropy(1))


def squares_of(x: Fraction | int) -> Network:
    layers = (Linear("z", Parameter("W", Array((1, 1), (Fraction(x),)))),)
    target = MeanSquaredError(Array((1,), (Fraction(0),)))
    return Network("far", Fraction(1), Parameter("X", Array((1,), (Fraction(x),))), layers, target)


@pytest.mark.parametrize("network, what", [(tied(), ("gradient", "K")), (squares_of(10**160), ("value", "L"))])
def test_what_has_no_bound_is_compared_with_torch_instead(network: Network, what: tuple[str, str]) -> None:
    """It would pass with any number."""
    study = derive(network)
    assert not bounded(study.losses) and bounded(STUDIES["toy-cnn"].losses)
    rows = study.compared
    assert all(r.passed for r in rows)
    assert {r.criterion for r in rows if (r.what, r.case) == what} == {CLOSE}
    found = study.evaluate()
    every = {(kind, t) for kind in ("value", "gradient") for t in found[f"{kind}s"]}
    assert {(r.what, r.case) for r in rows if r.criterion == CLOSE} == every


def test_a_maximum_among_equal_ones_has_a_bound_of_its_value() -> None:
    losses = derive(tied()).losses
    assert bounded({name: losses[name] for name in ("C", "M", "z", "L")}) and not bounded({"K": losses["∂K"]})


@pytest.mark.parametrize("tensor", ["K", "C"])
def test_a_wrong_gradient_is_seen_where_a_comparison_hangs_on_rounding(
    tensor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = derive(tied())

    def wrong(*given: Any) -> Any:
        found = evaluated(*given)
        return {**found, "gradients": {**found["gradients"], tensor: found["gradients"][tensor] * 1.001}}

    monkeypatch.setattr("symconv.study.evaluated", wrong)
    with pytest.raises(Broken, match=f"gradient {tensor}"):
        study.evaluate()


def test_inf_and_nan_have_to_be_in_both() -> None:
    tensors = {"X": torch.tensor([1.0, float("inf"), float("nan")], dtype=torch.float64, requires_grad=True)}
    for found, passed in (([1, "inf", "nan"], True), ([1, "-inf", "nan"], False), ([1, 2, "nan"], False),
                          ([1, "inf", 3], False), (["nan", "inf", "nan"], False)):  # fmt: skip
        values = {"X": torch.tensor([float(x) for x in found], dtype=torch.float64)}
        (row,) = check_close(STUDY.network, {"values": values, "gradients": {}}, tensors, {})
        assert row.passed == passed, found
