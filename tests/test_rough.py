"""Numbers in floats are those of many digits, to the last few bits."""

from collections.abc import Mapping
from fractions import Fraction

import any_networks
import numpy as np
import pytest

from symconv.array import Array
from symconv.networks.layers import Linear, Parameter, Sigmoid
from symconv.networks.losses import CrossEntropy
from symconv.networks.network import Network
from symconv.verification.arithmetic import Digits, long
from symconv.worked import rough, worked
from symconv.worked.derived import derived
from symconv.worked.worked import fractions

NETWORKS = ("residual", "column", "roots", "logistic")


def close(found: rough.Vectors, right: Mapping[str, Array]) -> bool:
    pairs = [(rough.near(found[t]), [float(long(x)) for x in a.entries]) for t, a in right.items()]
    return all(np.allclose(x, y, rtol=1e-10, atol=1e-12) for x, y in pairs)


@pytest.mark.parametrize("name", NETWORKS)
def test_values_and_gradients(name: str) -> None:
    d = derived(any_networks.NETWORKS[name]())
    given = {t: rough.reals(a) for t, a in fractions(d.network).items()}
    values = rough.forward(d.line, given)
    right = worked.forward(d.line, d.given, Digits())
    assert close(values, right)
    assert close(rough.backward(d.line, d.general, values), worked.backward(d.line, d.general, right, Digits()))


def test_what_has_no_root_stays_exact() -> None:
    d = derived(any_networks.residual())
    given = {t: Array.of(a.nested()) for t, a in fractions(d.network).items()}
    assert rough.shown(rough.reals(given["X"])).entries[0].is_Float
    exact = d.values_to_show
    assert all(x.is_Rational for x in exact["C"].entries)
    assert exact["C"].entries[:] == worked.forward(d.line[:3], d.given)["C"].entries


def test_a_step_of_learning() -> None:
    d = derived(any_networks.residual())
    rate, moved = d.network.learning_rate, d.moved
    for p in d.parameters:
        for v, g, m in zip(d.values_to_show[p].entries, d.gradients_to_show[p].entries, moved[p].entries, strict=True):
            assert abs(float(v) - float(rate) * float(g) - float(m)) < 1e-12
    after = worked.forward(d.line, {**d.given, **moved}, Digits())["L"][()]
    assert abs(float(after) - float(d.loss_after)) < 1e-12


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
    values = rough.forward(d.line, given)
    assert not d.exact and not rough.finite({**values, **rough.backward(d.line, d.general, values)})
    assert 0 < d.values_to_show["s"].entries[0] < 1e-300 and d.gradients_to_show["V"].entries[0] != 0
    assert "V" in d.floats and d.loss_after


def test_a_number_beyond_floats_is_none() -> None:
    with pytest.raises(OverflowError):
        rough.reals(Array.of([Fraction(10**400)]))
