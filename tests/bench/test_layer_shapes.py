"""The layers of well-known networks: what is known of these networks must come out."""

import dataclasses
from collections.abc import Callable

import pytest
import torch

from symconv.bench.layer_shapes import LayerShape, layers
from symconv.errors import SpecError

ALL = layers()
EACH = pytest.mark.parametrize("layer", ALL, ids=lambda layer: f"{layer.net} {layer.name}")
NETS = {"resnet50": (23, 53), "vgg16": (9, 13), "mobilenet_v2": (30, 52), "lenet5": (3, 3)}  # shapes, layers


def weights(layer: LayerShape) -> int:
    return layer.O * (layer.C // layer.groups * layer.kernel[0] * layer.kernel[1] + layer.bias)


def products(layer: LayerShape) -> int:
    return (weights(layer) - layer.O * layer.bias) * layer.out[0] * layer.out[1]


def total(net: str, of: Callable[[LayerShape], int]) -> int:
    return sum(layer.count * of(layer) for layer in layers(net))


@pytest.mark.parametrize("net", NETS)
def test_each_shape_stands_once_and_all_layers_are_counted(net: str) -> None:
    mine = layers(net)
    assert (len(mine), sum(layer.count for layer in mine)) == NETS[net]
    plain = [dataclasses.replace(layer, name="", count=1) for layer in mine]
    assert len(set(plain)) == len(plain) and len({layer.name for layer in mine}) == len(mine)


def test_all_of_them_in_the_order_of_the_names() -> None:
    assert len(ALL) == 65 and list(dict.fromkeys(layer.net for layer in ALL)) == list(NETS)
    assert layers("lenet5", "vgg16") == layers("lenet5") + layers("vgg16")


@pytest.mark.parametrize(
    ("net", "known"),
    [
        ("resnet50", 25557032 - 2049000 - 53120),  # all parameters, without the linear layer and the normalisations
        ("vgg16", 138357544 - 102764544 - 16781312 - 4097000),
        ("mobilenet_v2", 3504872 - 1281000 - 34112),
        ("lenet5", 156 + 2416 + 48120),
    ],
)
def test_the_number_of_weights_is_the_published_one(net: str, known: int) -> None:
    assert total(net, weights) == known


@pytest.mark.parametrize(
    ("net", "linear", "published"),
    [("resnet50", 2048000, "4.089"), ("vgg16", 123633664, "15.470"), ("mobilenet_v2", 1280000, "0.301")],
)
def test_the_number_of_products_is_the_published_one(net: str, linear: int, published: str) -> None:
    """In thousands of millions, with those of the linear layers."""
    assert f"{(total(net, products) + linear) / 1e9:.3f}" == published


@EACH
def test_the_output_is_torchs(layer: LayerShape) -> None:
    X = torch.empty(1, layer.C, *layer.size, device="meta")
    K = torch.empty(layer.O, layer.C // layer.groups, *layer.kernel, device="meta")
    b = torch.empty(layer.O, device="meta") if layer.bias else None
    assert torch.nn.functional.conv2d(X, K, b, **layer.options).shape == (1, layer.O, *layer.out)


def test_the_output_has_as_many_rows_as_there_are_whole_steps() -> None:
    uneven = dataclasses.replace(ALL[0], kernel=(3, 2), padding=(1, 0), dilation=(2, 1), stride=(2, 3), size=(9, 11))
    assert uneven.out == (4, 4)
    assert dataclasses.replace(uneven, size=(10, 12)).out == (4, 4)
    assert dataclasses.replace(uneven, size=(11, 10)).out == (5, 3)


def test_what_kind_of_layer_it_is() -> None:
    kinds = [(layer.depthwise, layer.pointwise, layer.groups) for layer in layers("mobilenet_v2")]
    assert kinds[:3] == [(False, False, 1), (True, False, 32), (False, True, 1)]
    assert sum(depthwise for depthwise, *_ in kinds) == 10 and sum(pointwise for _, pointwise, _ in kinds) == 19
    assert not any(layer.depthwise for layer in ALL if layer.net != "mobilenet_v2")
    depthwise = next(layer for layer in ALL if layer.depthwise)
    assert not dataclasses.replace(depthwise, O=2 * depthwise.C).depthwise
    assert not dataclasses.replace(depthwise, C=1, O=1, groups=1).depthwise, "one channel is no group of its own"
    assert next(x for x in ALL if x.name == "layer2.0.downsample.0").pointwise, "whatever its stride"


def test_a_layer_in_a_few_signs() -> None:
    named = {layer.name: layer.text for layer in ALL}
    assert named["conv1"] == "3→64 7x7/2, 224x224"
    assert named["features.2.conv.1.0"] == "96 of 3x3/2, 112x112"


def test_an_unknown_network_is_said_with_those_there_are() -> None:
    with pytest.raises(SpecError, match="--net: there is no network 'alexnet'\n  there are: resnet50, vgg16, mobile"):
        layers("vgg16", "alexnet")
    with pytest.raises(SpecError, match=r"'\\x1b\[2Jx{36}'"):
        layers("\x1b[2J" + "x" * 99)
