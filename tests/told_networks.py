"""Networks that differ in what is true of their layers: with and without padding, channels, groups, weights."""

from fractions import Fraction

from nets import counted

from symconv.array import Array
from symconv.networks.layers.layers import (
    AvgPool,
    BatchNorm,
    Bias,
    Conv,
    ConvTranspose,
    GlobalAvgPool,
    GlobalMaxPool,
    Layer,
    Linear,
    MaxPool,
    MaxUnpool,
    Parameter,
    Sigmoid,
    Square,
)
from symconv.networks.losses import MeanSquaredError
from symconv.networks.network import Network

ONE = ((1, 1), (1, 1))
STATISTICS = {"mean": Parameter.of("m", [0, 1]), "variance": Parameter.of("v", [1, 2])}


def _weight(*shape: int, name: str = "K") -> Parameter:
    return Parameter.of(name, counted(shape, 1))


def scores(*layers: Layer, inputs: int, shape: tuple[int, ...] = (2, 4, 4)) -> Network:
    """The layers, two numbers of what they give, and a loss that is not by hand, so that every layer is told of."""
    last, wanted = Linear("z", _weight(2, inputs, name="W")), Array.of([Fraction(1), Fraction(0)])
    return Network("told", Fraction(1), Parameter.of("X", counted(shape)), (*layers, last), MeanSquaredError(wanted))


TOLD = {  # the sentences on the layers but the last, in their order
    "plain": (scores(Conv("S", _weight(2, 2)), inputs=9, shape=(4, 4)), ["conv"]),
    "padded": (scores(Conv("S", _weight(2, 2), padding=ONE), inputs=25, shape=(4, 4)), ["conv", "padded"]),
    "one channel": (scores(Conv("S", _weight(1, 1, 2, 2)), inputs=9, shape=(1, 4, 4)), ["conv"]),
    "channels": (scores(Conv("S", _weight(1, 2, 2, 2)), inputs=9), ["conv", "over_channels"]),
    "groups": (
        scores(Conv("S", _weight(2, 2, 2, 2), groups=2, padding=ONE), inputs=50, shape=(4, 4, 4)),
        ["conv", "in_groups", "padded"],
    ),
    "depthwise": (
        scores(Conv("S", _weight(2, 1, 2, 2), groups=2, padding=ONE), inputs=50), ["conv", "depthwise", "padded"],
    ),
    "a computed kernel": (scores(Conv("S", other="X"), inputs=1, shape=(4, 4)), ["conv", "computed_kernel"]),
    "a computed kernel, padded": (
        scores(Conv("S", other="X", padding=ONE), inputs=9, shape=(4, 4)), ["conv", "padded", "computed_kernel"],
    ),
    "a computed kernel, transposed": (
        scores(ConvTranspose("S", other="X"), inputs=9, shape=(2, 2)), ["conv_transpose", "computed_kernel"],
    ),
    "one place, padded": (  # of an axis of extent 1 the condition is an equation
        scores(Conv("S", _weight(2, 2), padding=ONE), inputs=4, shape=(1, 1)), ["conv", "padded"],
    ),
    "mean of a row, padded": (
        scores(AvgPool("P", (2, 2), padding=((1, 0), (0, 0))), inputs=1, shape=(1, 2)), ["avg_pool", "avg_pool_padded"],
    ),
    "later": (  # each where it is true first
        scores(Conv("S", _weight(1, 2, 2, 2)), Conv("T", _weight(1, 1, 2, 2, name="V"), padding=ONE), inputs=16),
        ["conv", "over_channels", "padded"],
    ),
    "again": (  # in names and constants it differs, and in nothing else
        scores(*(Conv(name, _weight(2, 2, 2, 2, name=f"{name}.K"), padding=ONE) for name in "ST"), inputs=72),
        ["conv", "over_channels", "padded"],
    ),
    "max": (scores(MaxPool("P", (2, 2)), inputs=8), ["max_pool"]),
    "max, padded": (scores(MaxPool("P", (2, 2), padding=ONE), inputs=18), ["max_pool", "max_pool_padded"]),
    "max, beyond": (scores(MaxPool("P", (3, 3), ceil=True), inputs=8), ["max_pool", "max_pool_beyond"]),
    "max, beyond its padding": (
        scores(MaxPool("P", (3, 3), padding=ONE, ceil=True), inputs=8, shape=(2, 3, 3)),
        ["max_pool", "max_pool_beyond"],
    ),
    "mean, beyond": (scores(AvgPool("P", (3, 3), ceil=True), inputs=8), ["avg_pool", "avg_pool_beyond"]),
    "mean, beyond its padding": (
        scores(AvgPool("P", (3, 3), padding=ONE, ceil=True), inputs=8, shape=(2, 3, 3)),
        ["avg_pool", "avg_pool_padded", "avg_pool_beyond_padding"],
    ),
    "mean, beyond, uncounted": (
        scores(AvgPool("P", (3, 3), padding=ONE, ceil=True, count_padding=False), inputs=8, shape=(2, 3, 3)),
        ["avg_pool", "avg_pool_beyond"],
    ),
    "mean": (scores(AvgPool("P", (2, 2)), inputs=8), ["avg_pool"]),
    "mean, padded": (scores(AvgPool("P", (2, 2), padding=ONE), inputs=18), ["avg_pool", "avg_pool_padded"]),
    "mean, uncounted": (
        scores(AvgPool("P", (2, 2), padding=ONE, count_padding=False), inputs=18), ["avg_pool", "avg_pool_uncounted"],
    ),
    "norm": (scores(BatchNorm("B", **STATISTICS), inputs=32), ["batch_norm"]),
    "norm, scaled": (
        scores(BatchNorm("B", _weight(2), **STATISTICS), inputs=32), ["batch_norm", "scaled"],
    ),
    "norm, shifted": (
        scores(BatchNorm("B", None, _weight(2), **STATISTICS), inputs=32), ["batch_norm", "shifted"],
    ),
    "norm, both": (
        scores(BatchNorm("B", _weight(2), _weight(2, name="k"), **STATISTICS), inputs=32),
        ["batch_norm", "scaled_and_shifted"],
    ),
    "largest": (scores(GlobalMaxPool("P"), inputs=2), ["global_max_pool"]),
    "largest of all": (scores(GlobalMaxPool("P"), inputs=1, shape=(4, 4)), ["global_max_pool_whole"]),
    "unpooled": (
        scores(MaxPool("P", (2, 2)), Square("Z"), MaxUnpool("Q", (2, 2), "X"), inputs=32),
        ["max_pool", "square", "max_unpool"],
    ),
    "means": (scores(GlobalAvgPool("P"), inputs=2), ["global_avg_pool"]),
    "mean of all": (scores(GlobalAvgPool("P"), inputs=1, shape=(4, 4)), ["global_avg_pool_whole"]),
    "bias": (scores(Bias("B", _weight(2)), inputs=32), ["bias"]),
    "norm of a vector": (scores(BatchNorm("B", **STATISTICS), inputs=2, shape=(2,)), ["batch_norm_entry"]),
    "bias of a vector": (scores(Bias("B", _weight(2)), inputs=2, shape=(2,)), ["bias_entry"]),
    "one bias": (scores(Bias("B", _weight(1)), Sigmoid("a"), inputs=16, shape=(4, 4)), ["bias_whole", "sigmoid"]),
}  # fmt: skip
