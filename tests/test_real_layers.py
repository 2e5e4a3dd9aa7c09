"""The layers of well-known networks, made small: output and gradients are torch's to the last bit.

A small layer keeps its kernel, stride, padding, dilation and bias, the rows that its stride leaves over, what its
channels are to each other, and the way that the size of its map chooses. It has fewer rows than columns, but for the
one whose output is a single place.
"""

from dataclasses import replace

import pytest
import torch
from convolutions import functions, gradients, integers, reference

from symconv.bench.layer_shapes import LayerShape, layers
from symconv.code.emit import recipe
from symconv.code.recipe import Condition

ALL = layers()
BATCH, CHANNELS = 2, 8
LARGE, SEVERAL, FEW, FEWEST = (64, 65), (16, 17), (6, 7), (4, 5)  # beyond 4096 places, beyond 256, up to 256, for loops
WHOLE = ("layer4.1.conv1", "features.24", "features.15.conv.1.0", "features.17.conv.2", "c3", "c5")


def named(layer: LayerShape) -> str:
    return f"{layer.net} {layer.name}"


def small(layer: LayerShape, form: str) -> LayerShape:
    places = layer.out[0] * layer.out[1]
    beyond = LARGE if places > 4096 and layer.depthwise else SEVERAL if places > 256 else FEW
    return limited(layer, FEWEST if form == "batched" else beyond)


def limited(layer: LayerShape, most: tuple[int, int]) -> LayerShape:
    """With an output of at most so many places, and channels in proportion, but three where there are three."""
    places = zip(layer.size, layer.out, most, layer.stride, strict=True)
    rows, cols = (n - max(0, out - m) * s for n, out, m, s in places)
    C, O = (max(min(n, 3), n * CHANNELS // max(CHANNELS, layer.C, layer.O)) for n in (layer.C, layer.O))  # noqa: E741
    return replace(layer, C=C, O=O, groups=C if layer.depthwise else 1, size=(rows, cols))


def equal(layer: LayerShape, form: str) -> bool:
    """Whether output and gradients are torch's, on whole numbers in float64."""
    torch.manual_seed(layer.C + layer.O)
    X = integers(BATCH, layer.C, *layer.size)
    K = integers(layer.O, layer.C // layer.groups, *layer.kernel)
    b = integers(layer.O)
    given = (X, K, b) if layer.bias else (X, K)
    function, backward = functions("conv2d", form)
    Y = reference("conv2d", form, *given, **layer.options)
    dY = integers(*Y.shape)
    found = (function(*given, **layer.options), *backward(dY, X, K, **layer.options))
    return all(map(torch.equal, found, (Y, *gradients("conv2d", form, dY, X, K, b, **layer.options))))


@pytest.mark.parametrize("form", ["batched", "taps", "gemm"])
@pytest.mark.parametrize("layer", ALL, ids=named)
def test_a_small_layer_is_torchs(layer: LayerShape, form: str) -> None:
    assert equal(small(layer, form), form)


@pytest.mark.parametrize("form", ["taps", "gemm"])
@pytest.mark.parametrize("layer", [x for x in ALL if x.name in WHOLE], ids=named)
def test_a_whole_layer_is_torchs(layer: LayerShape, form: str) -> None:
    assert equal(layer, form)


# ------------------------------------------------------------------------------------------------ what is kept
def way(layer: LayerShape, form: str) -> int:
    """Which way of the form the layer takes."""
    made = recipe("conv2d", form)
    Ho, Wo = layer.out
    numbers = {"groups": layer.groups, "Og": layer.O // layer.groups, "Cg": layer.C // layer.groups, "Ho": Ho, "Wo": Wo}

    def taken(condition: Condition) -> bool:
        sizes = [size.subs({s: numbers[s.name] for s in size.free_symbols}) for size, *_ in condition.bounds]
        holds = [(size > n) == (sign == ">") for size, (_, sign, n) in zip(sizes, condition.bounds, strict=True)]
        return all(holds) and all(numbers[s.name] == 1 for s in condition.ones)

    return [taken(condition) for _, condition in made.ways(made.forward())].index(True)


@pytest.mark.parametrize("form", ["taps", "gemm"])
def test_a_small_layer_takes_the_way_of_the_real_one_and_each_is_taken(form: str) -> None:
    ways = [way(layer, form) for layer in ALL]
    assert [way(small(layer, form), form) for layer in ALL] == ways
    made = recipe("conv2d", form)
    assert set(ways) == set(range(len(made.ways(made.forward()))))


def test_a_small_layer_is_uneven_where_the_real_one_is() -> None:
    for layer, form in ((layer, form) for layer in ALL for form in ("batched", "taps")):
        little = small(layer, form)
        assert (little.C < little.O, little.C > little.O) == (layer.C < layer.O, layer.C > layer.O), layer
        assert little.size[0] < little.size[1] or layer.out == (1, 1)
        assert little.depthwise == layer.depthwise and little.groups in (1, little.C)
