"""The layers as Python objects: what they fill in, what they refuse, and that all are frozen and alike."""

from collections.abc import Callable
from dataclasses import FrozenInstanceError, fields
from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from symconv.array import Array
from symconv.errors import SpecError
from symconv.networks.layers.layers import (
    LAYERS,
    Add,
    AvgPool,
    BatchNorm,
    Bias,
    Conv,
    ConvTranspose,
    Dropout,
    Elu,
    Flatten,
    GlobalAvgPool,
    Layer,
    LeakyRelu,
    Linear,
    MaxPool,
    Parameter,
    Relu,
)

IMAGE = Parameter.of("U", [[1, 2], [3, 4]])
LINE = Parameter.of("U", [[[1, 2]], [[3, 4]]])  # (2, 1, 2)
PLANE = Parameter.of("U", [[[[1, 2]]], [[[3, 4]]]])  # (2, 1, 1, 2)
VOLUME = Parameter.of("U", [[[[[1, 2]]]], [[[[3, 4]]]]])  # (2, 1, 1, 1, 2)
TWO = Parameter.of("b", [1, 2])
ONE = Parameter.of("b", [1])
THREE = Parameter.of("b", [1, 2, 3])
HALF = Fraction(1, 2)
Make = Callable[[], object]


@pytest.mark.parametrize(
    ("weight", "kernel", "channels"),
    [(IMAGE, (2, 2), False), (LINE, (2,), True), (PLANE, (1, 2), True), (VOLUME, (1, 1, 2), True)],
)
def test_a_convolution_has_the_dimensions_of_its_weight(
    weight: Parameter, kernel: tuple[int, ...], channels: bool
) -> None:
    for conv in (Conv("S", weight), ConvTranspose("S", weight)):
        assert (conv.window().kernel, conv.window().channels) == (kernel, channels)
        ones = (1,) * len(kernel)
        assert (conv.stride, conv.padding, conv.dilation) == (ones, ((0, 0),) * len(kernel), ones)


def test_one_number_stands_for_every_dimension() -> None:
    conv = Conv("S", VOLUME, stride=2, padding=1, dilation=3)  # type: ignore[arg-type]
    assert (conv.stride, conv.padding, conv.dilation) == ((2, 2, 2), ((1, 1),) * 3, (3, 3, 3))
    turned = ConvTranspose("S", LINE, stride=[3], output_padding=2)  # type: ignore[arg-type]
    assert (turned.stride, turned.output_padding, turned.dilation) == ((3,), (2,), (1,))


def test_a_pool_has_the_dimensions_of_its_kernel() -> None:
    assert MaxPool("h", 2) == MaxPool("h", (2, 2), (2, 2), ((0, 0), (0, 0)), (1, 1))  # type: ignore[arg-type]
    assert MaxPool("h", (3,), padding=1) == MaxPool("h", (3,), (3,), ((1, 1),), (1,))  # type: ignore[arg-type]
    pool = AvgPool("h", (2, 3, 4), stride=1)  # type: ignore[arg-type]
    assert (pool.stride, pool.dilation, pool.count_padding) == ((1, 1, 1), (1, 1, 1), True)


@pytest.mark.parametrize("make", [lambda b: Conv("S", IMAGE, b), lambda b: Bias("S", b)])
def test_a_single_number_is_a_list_of_one(make: Callable[[Parameter], Conv | Bias]) -> None:
    layer = make(Parameter.of("b", 3))
    assert layer.bias is not None and layer.bias.value == Array((1,), (Fraction(3),))


def test_batch_norm_trains_where_no_statistics_are_given() -> None:
    assert BatchNorm("n").training and BatchNorm("n", TWO, TWO).training
    assert not BatchNorm("n", mean=TWO, variance=TWO).training
    assert BatchNorm("n" * 91).training and not BatchNorm("n" * 100, mean=TWO, variance=TWO).training


BAD: dict[str, tuple[Make, str]] = {
    # what: (the layer, where its one mistake is)
    "weight no parameter": (lambda: Conv("S", [[1]]), "weight"),  # type: ignore[arg-type]
    "weight of one dimension": (lambda: Conv("S", ONE), "weight.value"),
    "transposed weight of one dimension": (lambda: ConvTranspose("S", ONE), "weight.value"),
    "transposed bias too long": (lambda: ConvTranspose("S", IMAGE, TWO), "bias.value"),
    "transposed groups without channels": (lambda: ConvTranspose("S", IMAGE, groups=2), "groups"),
    "transposed stride of one list": (lambda: ConvTranspose("S", IMAGE, stride=(1,)), "stride"),
    "transposed output padding without channels": (
        lambda: ConvTranspose("S", IMAGE, output_padding=(0, 1)),
        "output_padding[1]",
    ),
    "bias no parameter": (lambda: Conv("S", IMAGE, 3), "bias"),  # type: ignore[arg-type]
    "bias too long": (lambda: Conv("S", IMAGE, TWO), "bias.value"),
    "bias of channels": (lambda: Conv("S", PLANE, THREE), "bias.value"),
    "bias of groups": (lambda: ConvTranspose("S", PLANE, THREE, groups=2), "bias.value"),
    "stride of one list": (lambda: Conv("S", PLANE, stride=(1,)), "stride"),
    "stride of a list": (lambda: Conv("S", LINE, stride=(1, 1)), "stride"),
    "stride zero": (lambda: Conv("S", VOLUME, stride=(1, 0, 1)), "stride[1]"),
    "padding of one pair": (lambda: Conv("S", PLANE, padding=((0, 0),)), "padding"),
    "dilation a boolean": (lambda: Conv("S", PLANE, dilation=True), "dilation"),  # type: ignore[arg-type]
    "groups zero": (lambda: Conv("S", PLANE, groups=0), "groups"),
    "groups a boolean": (lambda: ConvTranspose("S", PLANE, groups=True), "groups"),
    "groups that do not divide": (lambda: Conv("S", PLANE, groups=3), "groups"),
    "groups without channels": (lambda: Conv("S", IMAGE, groups=2), "groups"),
    "output padding": (lambda: ConvTranspose("S", LINE, output_padding=(1,)), "output_padding[0]"),
    "output padding a list": (lambda: ConvTranspose("S", LINE, output_padding=(1, 1)), "output_padding"),
    "kernel empty": (lambda: MaxPool("h", ()), "kernel"),
    "kernel too long": (lambda: AvgPool("h", (1, 1, 1, 1)), "kernel"),
    "padding beyond half": (lambda: AvgPool("h", (3, 3), padding=((1, 2), (0, 0))), "padding[0]"),
    "ceil a number": (lambda: MaxPool("h", (2,), ceil=1), "ceil"),  # type: ignore[arg-type]
    "count_padding none": (lambda: AvgPool("h", (2,), count_padding=None), "count_padding"),  # type: ignore[arg-type]
    "a row as weight": (lambda: Linear("z", ONE), "weight.value"),
    "bias of a row": (lambda: Linear("z", IMAGE, ONE), "bias.value"),
    "no bias": (lambda: Bias("B", None), "bias"),  # type: ignore[arg-type]
    "bias a matrix": (lambda: Bias("B", IMAGE), "bias.value"),
    "mean alone": (lambda: BatchNorm("n", mean=TWO), "variance"),
    "variance alone": (lambda: BatchNorm("n", variance=TWO), "mean"),
    "variance negative": (lambda: BatchNorm("n", None, None, ONE, Parameter.of("v", [-1])), "variance.value[0]"),
    "scale a matrix": (lambda: BatchNorm("n", IMAGE), "weight.value"),
    "epsilon zero": (lambda: BatchNorm("n", epsilon=Fraction(0)), "epsilon"),
    "epsilon a float": (lambda: BatchNorm("n", epsilon=1e-5), "epsilon"),  # type: ignore[arg-type]
    "name long": (lambda: BatchNorm("n" * 92), "name"),
    "slope a float": (lambda: LeakyRelu("P", 0.01), "slope"),  # type: ignore[arg-type]
    "slope endless": (lambda: LeakyRelu("P", Fraction(1, 10**400)), "slope"),
    "alpha text": (lambda: Elu("P", "1"), "alpha"),  # type: ignore[arg-type]
    "rate above one": (lambda: Dropout("P", Fraction(3, 2)), "rate"),
    "rate negative": (lambda: Dropout("P", -HALF), "rate"),
    "name reserved": (lambda: Relu("y"), "name"),
    "input hostile": (lambda: Relu("P", input="X;"), "input"),
    "input a number": (lambda: Flatten("P", input=3), "input"),  # type: ignore[arg-type]
    "input none": (lambda: GlobalAvgPool("P", input=None), "input"),  # type: ignore[arg-type]
    "other empty": (lambda: Add("A", ""), "other"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_layer_refuses_what_it_could_not_mean(what: str) -> None:
    make, place = BAD[what]
    with pytest.raises(SpecError) as caught:
        make()
    assert [fault.place for fault in caught.value.faults] == [place]
    assert caught.value.faults[0].remedy


def test_all_mistakes_of_a_layer_come_at_once() -> None:
    with pytest.raises(SpecError) as caught:
        Conv("y", IMAGE, THREE, (0, 1), ((0, -1), (0, 0)), (1,), 0, "?")
    places = ["name", "input", "stride[0]", "padding[0][1]", "dilation", "groups"]
    assert [fault.place for fault in caught.value.faults] == places


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.kind)
def test_every_layer_has_a_kind_a_name_and_an_input(layer: type[Layer]) -> None:
    names = [field.name for field in fields(layer)]
    assert names[0] == "name" and "input" in names and layer.__doc__
    assert len({each.kind for each in LAYERS}) == len(LAYERS)


def test_a_layer_is_frozen_and_can_be_a_key() -> None:
    with pytest.raises(FrozenInstanceError):
        Relu("P").name = "Q"  # type: ignore[misc]
    assert hash(Conv("S", PLANE, stride=[1, 1])) == hash(Conv("S", PLANE))  # type: ignore[arg-type]


OPTION = st.recursive(st.integers(-1, 3) | st.booleans() | st.none() | st.text(max_size=2), st.lists, max_leaves=6)


@given(st.sampled_from([IMAGE, LINE, PLANE, VOLUME]), OPTION, OPTION, OPTION)
def test_any_option_is_put_in_order_or_refused(
    weight: Parameter, stride: object, padding: object, rest: object
) -> None:
    try:
        layer = Conv("S", weight, stride=stride, padding=padding, dilation=rest)  # type: ignore[arg-type]
    except SpecError:
        return
    dims = len(layer.window().kernel)
    assert len(layer.stride) == len(layer.padding) == len(layer.dilation) == dims
    assert all(type(n) is int and n >= 1 for n in (*layer.stride, *layer.dilation))
    assert all(type(n) is int and n >= 0 for pair in layer.padding for n in pair)
