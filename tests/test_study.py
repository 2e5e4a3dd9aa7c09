"""The toy network's numbers, as the lesson fixes them, and random networks against dual numbers and torch."""

import pickle
from dataclasses import replace
from fractions import Fraction
from types import MappingProxyType

import mpmath
import pytest
import torch
from depth import examples
from hypothesis import HealthCheck, given, settings
from nets import conv, network, networks
from studies import study
from sympy import E, Integer, Rational, log, simplify

import symconv
from symconv import study as study_module
from symconv.array import Array
from symconv.derivation.derivation import Derivation
from symconv.derivation.index import Entry, rebuild
from symconv.errors import Broken
from symconv.evaluation.arithmetic import DIGITS
from symconv.networks.layers.layers import MaxPool, Relu
from symconv.networks.network import Network, load
from symconv.study import Study, derive
from symconv.worked.numbers import fixed, neat

TOY = study("toy-cnn")
P = E / (1 + E)
R = Rational


def rows(nested: object) -> Array:
    return Array.of(nested).map(lambda x: Integer(x) if isinstance(x, int) else x)


# ------------------------------------------------------------------------------------------------ the toy network
VALUES = {
    "X": [[1, 0, 2], [0, 1, -1], [2, 1, 0], [-1, 0, 1]],
    "U": [[R(1, 2), -1, R(1, 2)], [1, 1, 0]],
    "W": [[R(2, 5)], [R(4, 5)]],
    "S": [[R(5, 2)], [R(3, 2)], [-1]],
    "P": [[R(5, 2)], [R(3, 2)], [0]],
    "h": [[R(5, 2)]],
    "z": [1, 2],
    "y": [1 / (1 + E), P],
    "t": [1, 0],
    "L": log(1 + E),
}
GRADIENTS = {
    "z": [-P, P],
    "W": [[-R(5, 2) * P], [R(5, 2) * P]],
    "h": [[R(2, 5) * P]],
    "P": [[R(2, 5) * P], [0], [0]],
    "S": [[R(2, 5) * P], [0], [0]],
    "U": [[R(2, 5) * P, 0, R(4, 5) * P], [0, R(2, 5) * P, -R(2, 5) * P]],
    "X": [[R(1, 5) * P, -R(2, 5) * P, R(1, 5) * P], [R(2, 5) * P, R(2, 5) * P, 0], [0, 0, 0], [0, 0, 0]],
}


@pytest.mark.parametrize("tensor", VALUES)
def test_every_value_of_the_toy_network(tensor: str) -> None:
    assert TOY.exact_values[tensor] == rows(VALUES[tensor])
    assert TOY.values[tensor].shape == rows(VALUES[tensor]).shape


@pytest.mark.parametrize("tensor", GRADIENTS)
def test_every_gradient_of_the_toy_network(tensor: str) -> None:
    made, wanted = TOY.exact_gradients[tensor], rows(GRADIENTS[tensor])
    assert made.shape == wanted.shape == TOY.gradients[tensor].shape
    assert [simplify(a - b) for a, b in zip(made.entries, wanted.entries, strict=True)] == [0] * len(made.entries)


def test_no_value_and_no_gradient_is_left_out() -> None:
    assert set(TOY.values) == set(VALUES)
    assert set(TOY.gradients) == set(GRADIENTS) == set(TOY.derivations) == set(TOY.general)
    assert set(TOY.known) == set(VALUES) | {f"∂{t}" for t in GRADIENTS}


def test_one_step_of_learning() -> None:
    assert TOY.parameters == ("U", "W")
    assert [fixed(x) for x in TOY.updated["U"].entries] == [
        "0.2076",
        "-1.0000",
        "-0.0848",
        "1.0000",
        "0.7076",
        "0.2924",
    ]
    assert [fixed(x) for x in TOY.updated["W"].entries] == ["2.2276", "-1.0276"]
    before, after = TOY.exact_values["L"][()], TOY.after["L"][()]
    assert (fixed(before), fixed(after)) == ("1.3133", "0.0029")
    assert TOY.after["h"][(0, 0)] == TOY.after["P"][(1, 0)] != TOY.after["P"][(0, 0)]


def test_the_values_are_immutable_sympy_arrays() -> None:
    with pytest.raises(TypeError):
        TOY.values["S"][0, 0] = Integer(1)


def test_the_toy_network_verifies() -> None:
    report = TOY.verify()
    assert report and not report.failed
    assert report.checked == sum(len(d.steps) for d in TOY.derivations.values()) == report.by_kind["own sizes"]


def test_deriving_twice_gives_the_same() -> None:
    again = symconv.derive(load("toy-cnn"))
    assert again == TOY
    assert again.exact_values == TOY.exact_values and again.exact_gradients == TOY.exact_gradients


# ------------------------------------------------------------------------------------------------ planted faults
def with_wrong_step(d: Derivation, k: int) -> Derivation:
    """Line k doubled, its ends still meeting; -1 is the last."""
    steps = list(d.steps)
    k %= len(steps)
    wrong = 2 * steps[k].after
    steps[k] = replace(steps[k], after=wrong)
    if k + 1 < len(steps):
        steps[k + 1] = replace(steps[k + 1], before=wrong)
    return replace(d, steps=tuple(steps))


@pytest.mark.parametrize("tensor", GRADIENTS)
@pytest.mark.parametrize("where", ["derivations", "general"])
def test_a_wrong_line_is_noticed(tensor: str, where: str) -> None:
    sound = getattr(TOY, where)
    wrong = replace(TOY, **{where: MappingProxyType({**sound, tensor: with_wrong_step(sound[tensor], -1)})})
    report = wrong.verify()
    assert not report and str(report.failed[0]).startswith(f"∂{tensor}")


def test_every_line_is_looked_at() -> None:
    sound = TOY.derivations["U"]
    for k in range(len(sound.steps)):
        wrong = replace(TOY, derivations={**TOY.derivations, "U": with_wrong_step(sound, k)})
        assert not wrong.verify(), f"line {k} of dL/dU"


def test_a_wrong_index_at_the_networks_own_size_is_noticed() -> None:
    d = TOY.derivations["U"]
    value = d.equation.value
    entry = next(x for x in value.atoms(Entry) if x.tensor == "X")
    last = replace(d.steps[-1], after=rebuild(value, {entry: Entry("X", entry.at[0], 0)}))
    assert not replace(TOY, derivations={**TOY.derivations, "U": replace(d, steps=(*d.steps[:-1], last))}).verify()


# ------------------------------------------------------------------------------------------------ other networks
NETWORKS = {
    "overlapping pool": network(conv(), Relu("P"), MaxPool("h", (2, 2), stride=(1, 1)), name="overlap"),
    "padded pool": network(conv(), MaxPool("h", (3, 2), stride=(2, 1), padding=((1, 1), (1, 1))), name="padded"),
    "two convolutions": network(conv(bias=True), Relu("P"), conv("T", "V"), name="deep"),
    "a kernel of the input's size": network(conv(kernel=(5, 4)), name="whole"),
    "a padded row": network(conv(kernel=(2, 1), padding=((1, 1), (0, 0))), shape=(1, 3), name="row"),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_other_networks_verify(name: str) -> None:
    study = symconv.derive(NETWORKS[name])
    report = study.verify()
    assert report.failed == () and report
    assert report.checked == sum(len(d.steps) for d in study.derivations.values())


def digits(x: object) -> mpmath.mpf:
    return mpmath.mpf(str(neat(x).evalf(DIGITS)))


def agrees_with_dual_numbers(study: Study) -> None:
    """The derived gradients against those of dual numbers, which know no rule."""
    with mpmath.workdps(DIGITS):
        world = study.world()
        for tensor, found in study.exact_gradients.items():
            slope = world.slope("L", tensor)
            for (at, x), y in zip(found.items(), slope.array.entries, strict=True):
                other = mpmath.mpf(y.numerator) / y.denominator if isinstance(y, int | Fraction) else y
                assert abs(digits(x) - other) < mpmath.mpf(10) ** -30, f"{tensor}{at}"


@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(networks())
def test_random_networks_agree_with_dual_numbers(drawn: Network) -> None:
    study = symconv.derive(drawn)
    agrees_with_dual_numbers(study)
    assert study.with_own_numbers().failed == ()


def test_the_comparison_with_dual_numbers_sees_a_wrong_gradient() -> None:
    study = symconv.derive(NETWORKS["two convolutions"])
    wrong = replace(study, general={**study.general, "V": with_wrong_step(study.general["V"], -1)})
    with pytest.raises(AssertionError, match="V"):
        agrees_with_dual_numbers(wrong)


@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(networks())
def test_random_networks_agree_with_torch(drawn: Network) -> None:
    torch = pytest.importorskip("torch")
    study = symconv.derive(drawn)
    values = torch_values(torch, drawn)
    values["L"].backward()
    for tensor, found in study.exact_gradients.items():
        theirs = values[tensor].grad.flatten().tolist()
        assert theirs == pytest.approx([float(x) for x in found.entries], rel=1e-12, abs=1e-12), tensor


def torch_values(torch: object, net: Network) -> dict[str, object]:
    """The same layers by torch's own functions, in float64, every tensor keeping its gradient."""
    F = torch.nn.functional

    def leaf(p: object) -> object:
        flat = torch.tensor([float(x) for x in p.value.entries], dtype=torch.float64)
        return flat.reshape(p.value.shape).requires_grad_()

    values = {net.input.name: leaf(net.input)}
    x = values[net.input.name]
    for layer in net.layers:
        parameters = [p for p in (getattr(layer, "weight", None), getattr(layer, "bias", None)) if p]
        values |= {p.name: leaf(p) for p in parameters}
        x = APPLY[layer.kind](F, layer, x, *(values[p.name] for p in parameters))
        x.retain_grad()
        values[layer.name] = x
    return {**values, "L": F.cross_entropy(x[None], torch.tensor([net.loss.target]))}


def apply_conv(F: object, layer: object, x: object, weight: object, bias: object = None) -> object:
    (top, bottom), (left, right) = layer.padding
    padded = F.pad(x, (left, right, top, bottom))[None, None]
    return F.conv2d(padded, weight[None, None], bias, layer.stride, 0, layer.dilation)[0, 0]


def apply_pool(F: object, layer: object, x: object) -> object:
    padding = tuple(lo for lo, _ in layer.padding)
    return F.max_pool2d(x[None], layer.kernel, layer.stride, padding, layer.dilation)[0]


APPLY = {
    "conv": apply_conv,
    "relu": lambda F, layer, x: F.relu(x),
    "max_pool": apply_pool,
    "global_max_pool": lambda F, layer, x: F.max_pool2d(x[None], x.shape)[0],
    "linear": lambda F, layer, x, weight, bias=None: F.linear(x.flatten(), weight, bias),
}


# ------------------------------------------------------------------------------------------------ work kept
def test_the_emitted_code_is_compared_with_the_exact_numbers_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the network: the modules of the convolution, which are checked with it, are no part of this."""
    study, calls = derive(NETWORKS["a padded row"]), list[str]()
    monkeypatch.setattr(study_module, "code_rows", tuple)
    for name in ("check_emitted", "check_network"):
        real = getattr(study_module, name)
        monkeypatch.setattr(study_module, name, lambda *given, name=name, real=real: calls.append(name) or real(*given))
    first = study.evaluate()
    again = study.evaluate()
    assert calls == ["check_emitted"]
    assert all(torch.equal(first["gradients"][t], again["gradients"][t]) for t in study.derivations)
    assert study.checks is study.checks and study.checks.passed
    assert calls == ["check_emitted", "check_network"]


def test_code_that_gives_other_numbers_is_not_evaluated(monkeypatch: pytest.MonkeyPatch) -> None:
    real = study_module.training.source
    monkeypatch.setattr(
        study_module.training, "source", lambda d: real(d).replace("= torch.relu(", "= 2 * torch.relu(")
    )
    study = derive(load("toy-cnn"))
    with pytest.raises(Broken, match=r"does not give the exact numbers of value P, .*gradient W"):
        study.evaluate()


def test_a_study_that_was_evaluated_can_be_pickled() -> None:
    study = derive(load("toy-cnn"))
    study.evaluate()
    assert pickle.loads(pickle.dumps(study)).verify()
