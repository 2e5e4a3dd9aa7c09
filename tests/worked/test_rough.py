"""Numbers in floats are those of many digits, to the last few bits."""

from collections.abc import Mapping
from fractions import Fraction

import any_networks
import numpy as np
import pytest
import torch
from sympy import Rational

from symconv.array import Array, Seen
from symconv.code.emit import load as load_module
from symconv.code.training import identifiers
from symconv.commands.costs import lenet5
from symconv.evaluation.arithmetic import Digits, long
from symconv.evaluation.places import Tensor
from symconv.evaluation.vectors import Reals
from symconv.networks.layers.layers import Linear, Parameter, Sigmoid
from symconv.networks.losses import CrossEntropy
from symconv.networks.network import Network
from symconv.study import derive
from symconv.worked import numbers as worked, rough
from symconv.worked.derived import derived
from symconv.worked.numbers import fractions

NETWORKS = ("residual", "column", "roots", "logistic")


def close(found: rough.Vectors, right: Mapping[str, Array]) -> bool:
    pairs = [(rough.near(found[t]), [float(long(x)) for x in a.entries]) for t, a in right.items()]
    return all(np.allclose(x, y, rtol=1e-10, atol=1e-12) for x, y in pairs)


@pytest.mark.parametrize("name", NETWORKS)
def test_values_and_gradients(name: str) -> None:
    d = derived(any_networks.NETWORKS[name]())
    given = {t: rough.reals(a) for t, a in fractions(d.network).items()}
    values = rough.forward(d.stages, given)
    right = worked.forward(d.stages, d.given, Digits())
    assert close(values, right)
    assert close(rough.backward(d.stages, d.general, values), worked.backward(d.stages, d.general, right, Digits()))


def test_what_has_no_root_stays_exact() -> None:
    d = derived(any_networks.residual())
    given = {t: Array.of(a.nested()) for t, a in fractions(d.network).items()}
    assert rough.shown(rough.reals(given["X"])).entries[0].is_Float
    exact = d.values_to_show
    assert all(x.is_Rational for x in exact["C"].entries)
    assert exact["C"].entries[:] == worked.forward(d.stages[:3], d.given)["C"].entries


def test_a_large_network_has_the_numbers_of_its_emitted_code() -> None:
    study = derive(lenet5())
    found = study.evaluate()
    for shown, given in ((study.values_to_show, found["values"]), (study.gradients_to_show, found["gradients"])):
        for t, x in given.items():
            near = shown[t].entries.rough if isinstance(shown[t].entries, Seen) else ()
            assert np.allclose(near, x.flatten().numpy(), rtol=1e-9, atol=1e-13), t
    rate, moved = study.network.learning_rate, study.moved
    for p in study.parameters:
        step = study.values_to_show[p].entries[5] - Rational(str(rate)) * study.gradients_to_show[p].entries[5]
        assert abs(step - moved[p].entries[5]) < 1e-15 and abs(float(step) - moved[p].entries.rough[5]) < 1e-15
    module, names = load_module(study.source, "network lenet-5"), identifiers(study)
    there = {t: torch.tensor(a.entries.rough, dtype=torch.float64).reshape(a.shape) for t, a in moved.items()}
    given = {t: there.get(t, found["values"][t]) for t in ("X", "t", *study.parameters)}
    after = module.forward(**{names(t): x for t, x in given.items()})[names("L")]
    assert abs(float(study.loss_after) - float(after)) < 1e-9
    assert study.floats["∂z"].entries == tuple(study.gradients_to_show["z"].entries.rough)


def test_a_small_network_keeps_its_digits() -> None:
    """What is left of a probability less 1 is 10^-12, and in floats its fourth digit is noise."""
    d = derived(any_networks.transposed())
    assert not d.exact and not isinstance(d.gradients_to_show["z"].entries, Seen)
    tiny = min((abs(x) for x in d.gradients_to_show["z"].entries if x), key=float)
    assert 0 < tiny < 1e-20 and tiny.is_Float and tiny._prec > 100


def test_what_is_beyond_floats_is_computed_with_digits() -> None:
    """e^5000 is no float: the sigmoid's slope would be infinity times 0."""
    weights = Parameter.of("V", [[-5000], [1]])
    layers = (
        Linear("a", weights),
        Sigmoid("s"),
        Linear("c", Parameter.of("U", [[1, 1], [2, 1], [0, 1]])),
        Sigmoid("d"),
    )
    end = Linear("z", Parameter.of("W", [[1, 2, 0], [3, "1/3", 1]]))
    network = Network("far", Fraction(1), Parameter.of("x", [1]), (*layers, end), CrossEntropy(1))
    d = derived(network)
    given = {t: rough.reals(a) for t, a in fractions(network).items()}
    values = rough.forward(d.stages, given)
    assert not d.exact and not rough.finite({**values, **rough.backward(d.stages, d.general, values)})
    assert 0 < d.values_to_show["s"].entries[0] < 1e-300 and d.gradients_to_show["V"].entries[0] != 0
    assert "V" in d.floats and d.loss_after


def test_what_rounding_is_expected_to_cost_every_tensor() -> None:
    """Of two thirds and their product; of a sum of one term nothing more."""
    third = Parameter.of("x", ["1/3", 2])
    network = Network(
        "thirds", Fraction(1), third, (Linear("z", Parameter.of("W", [[3, 0], [0, 1]])),), CrossEntropy(1)
    )
    found = derived(network).rounding
    u = 2.0**-53
    assert found["x"] == pytest.approx(u / 3) and found["W"] == 0
    assert found["z"] == pytest.approx(max(2 * u, u * 2**0.5))  # 2 * 1, and 1/3 * 3: of the factor, and of the product
    assert 0 < found["∂z"] < found["L"] < 1e-14 and {"∂W", "∂x"} <= found.keys()


def test_what_is_nothing_is_shown_as_nothing() -> None:
    nothing, half = rough.shown(Tensor((2,), Reals(np.array([0.0, 0.5])))).entries
    assert nothing.is_Integer and nothing == 0 and half.is_Float and half == 0.5


def test_a_number_beyond_floats_is_none() -> None:
    with pytest.raises(OverflowError):
        rough.reals(Array.of([Fraction(10**400)]))
