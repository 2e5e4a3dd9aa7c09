"""A kernel's gradient is a convolution of the input with dL/dY: found by comparing equations, for every option."""

from dataclasses import replace

import pytest
from nets import STRIDED, conv, network
from sympy import Integer

import symconv
from symconv.derivation.derivation import Derivation
from symconv.derivation.index import Entry, In, rebuild
from symconv.networks.layers.layers import Conv, Relu
from symconv.networks.network import load
from symconv.worked.recognise import is_convolution


def first(layer: Conv, shape: tuple[int, int] = (6, 5)) -> tuple[Derivation, object]:
    study = symconv.derive(network(layer, shape=shape))
    return study.derivations["U"], study.stages[0]


def test_the_toys_gradient_is_a_plain_convolution() -> None:
    study = symconv.derive(load("toy-cnn"))
    assert is_convolution(study.derivations["U"], study.stages[0]) is False


@pytest.mark.parametrize("name", STRIDED)
def test_stride_and_dilation_change_places(name: str) -> None:
    layer = STRIDED[name]
    plain = layer.stride == layer.dilation == (1, 1)
    assert is_convolution(*first(layer)) is not plain


@pytest.mark.parametrize("shape", [(1, 3), (3, 1), (6, 1)])
def test_extents_of_1_with_padding(shape: tuple[int, int]) -> None:
    layer = conv(kernel=(2, 2), padding=((1, 1), (1, 1)))
    assert is_convolution(*first(layer, shape)) is False


def planted(d: Derivation, change: dict[object, object]) -> Derivation:
    last = replace(d.steps[-1], after=rebuild(d.steps[-1].after, change))
    return replace(d, steps=(*d.steps[:-1], last))


def test_another_gradient_is_none() -> None:
    d, stage = first(conv(stride=(2, 1), padding=((1, 0), (0, 1))))
    value = d.equation.value
    (x,) = (e for e in value.atoms(Entry) if e.tensor == "X")
    for wrong in (Entry("X", x.at[0] + 1, x.at[1]), Entry("X", x.at[0], 2 * x.at[1]), Entry("S", *x.at)):
        assert is_convolution(planted(d, {x: wrong}), stage) is None
    guard = min(value.atoms(In), key=str)
    assert is_convolution(planted(d, {guard: Integer(1)}), stage) is None


def test_what_is_no_convolution_is_none() -> None:
    study = symconv.derive(network(conv(), Relu("P")))
    assert is_convolution(study.derivations["S"], study.stages[1]) is None
    assert is_convolution(study.derivations["X"], study.stages[0]) is None
