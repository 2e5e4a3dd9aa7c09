"""Networks written as TOML: read back they are equal, short where defaults are left out, and no wider than need be."""

import tempfile
import tomllib
from fractions import Fraction
from pathlib import Path

import any_networks
import pytest
from depth import examples
from hypothesis import given, settings, strategies as st
from mixed_networks import HALF, filled, mixed_networks
from nets import networks
from networks import ALL
from pointwise import chain

from symconv.networks.fields import Pads, numbers
from symconv.networks.layers.cuts import MODES
from symconv.networks.layers.layers import (
    LAYERS,
    AdaptiveAvgPool,
    Add,
    AvgPool,
    AxisLogSoftmax,
    AxisMax,
    AxisMean,
    AxisSoftmax,
    AxisSum,
    BatchNorm,
    Bias,
    Cat,
    Conv,
    ConvTranspose,
    Divide,
    Dropout,
    Einsum,
    Elu,
    Flatten,
    Flip,
    GlobalAvgPool,
    GlobalMaxPool,
    Interpolate,
    LeakyRelu,
    Linear,
    MatMul,
    MaxPool,
    Multiply,
    Pad,
    Permute,
    PixelShuffle,
    PixelUnshuffle,
    PRelu,
    Relu,
    Repeat,
    Reshape,
    Scale,
    Select,
    Slice,
    Stacked,
    Subtract,
    Tanh,
    Upsample,
)
from symconv.networks.network import (
    AbsoluteError,
    BinaryCrossEntropy,
    CrossEntropy,
    Huber,
    Layer,
    Loss,
    MeanSquaredError,
    Network,
    Output,
    Parameter,
    SmoothL1,
    load,
)

FLOATS = st.floats(allow_nan=False, allow_infinity=False).map(Fraction)
NUMBERS = st.integers(-3, 3).map(Fraction) | st.fractions() | FLOATS


def read_back(network: Network) -> Network:
    """The network that its own text describes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.toml"
        path.write_text(network.to_toml(), encoding="ascii")
        return load(path)


def batch_of(*layers: Layer, loss: Loss | None = None) -> Network:
    """The layers on two images of two channels, then a vector for each."""
    end = (GlobalAvgPool("g"), Linear("z", filled("W", 3, 2)))
    return Network("n", HALF, filled("X", 2, 2, 3, 4), (*layers, *end), loss or CrossEntropy((0, 2)), batch=True)


PADDINGS: tuple[Pads, ...] = (((1, 0),), ((0, 0), (2, 1)), ((0, 0),), ((0, 0),) * 3, ((1, 1), (1, 1)))
STATISTICS = (filled("w", 2), filled("b", 2), filled("m", 2), Parameter.of("v", [1, "1/3"]))
EVERY: dict[str, Network] = {
    "conv": batch_of(Conv("S", filled("U", 2, 1, 2, 1), filled("c", 2), (1, 2), ((0, 1), (2, 2)), (2, 1), 2)),
    "conv of a row": Network(
        "row", HALF, filled("X", 2, 5), (Conv("S", filled("U", 1, 2, 3), stride=(2,), padding=((1, 0),)), Flatten("f")),
        MeanSquaredError(numbers([1, "1/2"]), "sum"),
    ),
    "conv of a volume": Network(
        "volume", HALF, filled("X", 1, 2, 2, 2), (Conv("S", filled("U", 1, 1, 1, 2, 2)), Flatten("f")),
        BinaryCrossEntropy(numbers([1, "1/3"])),
    ),
    "conv_transpose": batch_of(
        ConvTranspose("S", filled("U", 2, 1, 2, 2), filled("c", 2), (2, 3), ((1, 0), (0, 0)), (1, 2), 2, (1, 1))
    ),
    "conv_transpose without channels": Network(
        "turned", HALF, filled("X", 2, 2),
        (ConvTranspose("S", filled("U", 1, 2), Parameter.of("c", "1/2"), (2, 1), ((1, 0), (0, 0)), (1, 0)),
         Flatten("f")),
        MeanSquaredError(numbers([1, "1/2", 0, 1, 2, 3, 4, 5, 6])),
    ),
    "linear": Network(
        "v", Fraction(0), filled("X", 2), (Linear("z", filled("W", 2, 2), filled("b", 2)),), CrossEntropy(1)
    ),
    "bias": batch_of(Bias("S", filled("b", 2)), PRelu("P", Parameter.of("a", "1/4"))),
    "batch_norm": batch_of(BatchNorm("S", *STATISTICS, Fraction(1, 3)), BatchNorm("T", bias=filled("d", 2))),
    "other norms": any_networks.normalised(),
    "shared, and given besides": any_networks.unrolled(),
    "entry by entry": batch_of(
        *chain("a"), LeakyRelu("b", HALF), Elu("c", Fraction(-2)), Dropout("i", Fraction(1, 10)),
    ),
    "max_pool": batch_of(MaxPool("S", (2, 3), (1, 2), ((1, 0), (1, 1)), (1, 2), ceil=True)),
    "avg_pool": batch_of(AvgPool("S", (2, 3), (2, 3), ((1, 1), (1, 1)), ceil=True, count_padding=False)),
    "max_unpool": any_networks.unpooled(),
    "global pools": Network(
        "g", HALF, filled("X", 2, 3), (GlobalMaxPool("a"), GlobalAvgPool("b"), Flatten("z")), CrossEntropy(0)
    ),
    "add": batch_of(Relu("a"), Add("b", "X"), Tanh("c", input="a"), Add("d", "b", "c")),
    "what moves": any_networks.moved(),
    "what comes together": any_networks.together(),
    "modes of padding": batch_of(
        *(Pad(f"{mode}{k}", pads, mode) for mode in MODES for k, pads in enumerate(PADDINGS))
    ),
    "whole factors and others": batch_of(Scale("A", HALF, Fraction(2)), Upsample("B", (2,)), Upsample("C", (1, 2))),
    "numbers of its own": batch_of(
        Subtract("A", weight=filled("s", 4)), Divide("B", constant=Parameter.of("d", 3)), Multiply("C", "A")
    ),
    "moves": Network(
        "m", HALF, filled("X", 2, 4, 4, 4),
        (
            PixelShuffle("a", 2), PixelUnshuffle("b", 2), Permute("c", (0, 2, 3, 1)), Flip("d", 1),
            Slice("e", 2, 1, 4, 2),
            Select("f", 3, 1), Stacked("g", ("f",), 1), Pad("h", ((1, 2), (0, 1)), "replicate"), Cat("i", ("h",), 2),
            Upsample("j", (2, 1)), Repeat("k", (1, 2, 1, 1)), AxisSum("l", (3,)), AxisMax("m", (2,), True),
            Reshape("n", (4, 2)), AxisSoftmax("q", 1), AxisLogSoftmax("r", 0), AxisMean("o", (1,)),
            Linear("p", filled("W", 2, 4)),
        ),
        MeanSquaredError(filled("T", 2).value),
    ),
    "arithmetic": batch_of(
        Relu("a"), Subtract("b", "X"), Multiply("c", weight=filled("w", 4)), Divide("d", constant=filled("c1", 4))
    ),
    "grids": Network(
        "g", HALF, filled("X", 2, 3),
        (Interpolate("a", (3, 4)), AdaptiveAvgPool("b", (2, 3)), Interpolate("c", (2, 2), "cubic", True)),
        MeanSquaredError(filled("T", 2, 2).value),
    ),
    "products": Network(
        "p", HALF, filled("X", 2, 2),
        (MatMul("a", weight=filled("w", 2, 2), left=True), Einsum("b", "ab,cb->ac", "X"), MatMul("c", "b")),
        MeanSquaredError(filled("T", 2, 2).value),
    ),
    "probabilities": batch_of(loss=CrossEntropy(
        probabilities=numbers([[1, 0, 0], ["1/2", "1/4", "1/4"]]), reduction="sum", label_smoothing=Fraction(1, 10)
    )),
    "absolute": batch_of(loss=AbsoluteError(filled("T", 2, 3).value, "sum")),
    "huber": batch_of(loss=Huber(filled("T", 2, 3).value, HALF)),
    "smooth": batch_of(loss=SmoothL1(filled("T", 2, 3).value, reduction="sum")),
    "output": batch_of(loss=Output()),
    "output, summed": batch_of(loss=Output("sum")),
    "squares": batch_of(loss=MeanSquaredError(filled("T", 2, 3).value)),
}  # fmt: skip


@pytest.mark.parametrize("what", EVERY)
def test_every_layer_and_loss_is_read_back_equal(what: str) -> None:
    assert read_back(EVERY[what]) == EVERY[what]


def test_no_layer_is_forgotten() -> None:
    assert {type(layer) for network in EVERY.values() for layer in network.layers} == set(LAYERS)


@pytest.mark.parametrize("make", [*ALL.values(), lambda: load("toy-cnn")])
def test_the_networks_at_hand_are_read_back_equal(make: object) -> None:
    network = make()  # type: ignore[operator]
    assert read_back(network) == network


@settings(max_examples=examples(100))
@given(networks())
def test_a_drawn_network_is_read_back_equal(network: Network) -> None:
    assert read_back(network) == network
    assert read_back(network).to_toml() == network.to_toml()


@settings(max_examples=examples(100))  # as are the hundred of tests/test_random_networks.py
@given(mixed_networks())
def test_a_network_of_any_layers_is_read_back_equal(network: Network) -> None:
    assert read_back(network) == network


@settings(max_examples=examples(100))
@given(st.data())
def test_any_numbers_are_read_back_equal(data: st.DataObject) -> None:
    """Floats and fractions of any size, in rows of any length."""
    n = data.draw(st.integers(1, 30))
    row = [data.draw(NUMBERS) for _ in range(n)]
    weight = Parameter.of("W", [row, row[::-1]])
    network = Network("n", abs(row[0]), Parameter.of("X", row), (Linear("z", weight),), CrossEntropy(0))
    assert read_back(network) == network


def test_defaults_are_left_out() -> None:
    text = batch_of(Conv("S", filled("U", 2, 2, 1, 1)), MaxPool("h", (1, 1)), BatchNorm("n")).to_toml()
    tables = tomllib.loads(text)
    assert [sorted(layer) for layer in tables["layers"]] == [
        *(["name", "type", "weight"], ["kernel", "name", "type"], ["name", "type"]),
        *(["name", "type"], ["name", "type", "weight"]),
    ]
    assert sorted(tables["loss"]) == ["target", "type"]


def test_options_are_as_short_as_they_can_be() -> None:
    layer = Conv("S", filled("U", 2, 2, 2, 2), stride=(2, 2), padding=((1, 1), (0, 1)), dilation=(1, 2))
    text = Network("n", HALF, filled("X", 2, 4, 4), (layer, Flatten("z")), CrossEntropy(0)).to_toml()
    assert "stride = 2\npadding = [1, [0, 1]]\ndilation = [1, 2]\n" in text
    pool = MaxPool("h", (2, 2), (1, 1), ((1, 1), (1, 1)))
    assert "kernel = [2, 2]\nstride = 1\npadding = 1\n" in batch_of(pool).to_toml()


def test_numbers_are_integers_or_text() -> None:
    row = [3, "-1/2", (0.1).as_integer_ratio()[0], 2**63, "0.25"]
    text = Network("n", HALF, Parameter.of("X", row), (Flatten("z"),), CrossEntropy(0)).to_toml()
    assert 'value = [3, "-1/2", 3602879701896397, "9223372036854775808", "1/4"]' in text


def test_long_rows_are_wrapped() -> None:
    wide = Network("n", HALF, filled("X", 2, 40), (Linear("z", filled("W", 3, 80)),), CrossEntropy(0)).to_toml()
    assert max(map(len, wide.splitlines())) <= 100
    square = Network("n", HALF, filled("X", 12, 12), (Flatten("z"),), CrossEntropy(0)).to_toml()
    rows = square[square.index("value = [\n") : square.index("[[layers]]")].strip().splitlines()
    assert len(rows) == 14 and all(row.startswith("  [") and row.endswith("],") for row in rows[1:13])


def test_a_text_is_the_same_each_time() -> None:
    assert EVERY["conv"].to_toml() == EVERY["conv"].to_toml()
    assert load("toy-cnn").to_toml() == read_back(load("toy-cnn")).to_toml()
