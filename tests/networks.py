"""Networks that differ from the toy in every way the layers allow; their numbers are small and exact."""

from fractions import Fraction

from symconv.networks.layers.layers import Conv, GlobalMaxPool, Linear, MaxPool, Relu
from symconv.networks.network import CrossEntropy, Network, Parameter


def strided() -> Network:
    """A padded, strided, dilated kernel with a bias; pooling that overlaps; three classes; no unit axis."""
    return Network(
        "strided", Fraction(1, 4),
        Parameter.of("X", [[1, 0, 2, -1, 1], [0, 1, -1, 2, 0], [2, 1, 0, 1, -2], [-1, 0, 1, 1, 3]]),
        (
            Conv("S", Parameter.of("U", [["1/2", -1], [1, 2]]), Parameter.of("c", ["1/4"]),
                 stride=(1, 2), padding=((1, 0), (1, 1)), dilation=(2, 1)),
            Relu("P"),
            MaxPool("Q", (2, 2), (1, 1), ((0, 0), (1, 0))),
            Linear("z", Parameter.of("W", _matrix(3, 6)), Parameter.of("b", [0, "1/2", -1])),
        ),
        CrossEntropy(2),
    )  # fmt: skip


def two_kernels() -> Network:
    """Two convolutions, a hidden linear layer, a global maximum; names of more than one letter."""
    return Network(
        "two-kernels", Fraction(1, 2),
        Parameter.of("image", [[1, 2, 0, 1], [0, -1, 1, 2], [2, 0, 1, -1], [1, 1, 0, 2]]),
        (
            Conv("C1", Parameter.of("conv1.weight", [[1, "-1/2"], [0, 1]])),
            Relu("R1"),
            Conv("C2", Parameter.of("conv2.weight", [[1, -1], ["1/2", 1]])),
            GlobalMaxPool("h"),
            Linear("hidden", Parameter.of("V", [[1], ["-1/2"]])),
            Relu("A"),
            Linear("z", Parameter.of("W", [[1, 0], ["1/2", -1]])),
        ),
        CrossEntropy(1),
    )  # fmt: skip


def only_linear() -> Network:
    """No convolution at all: a vector and one linear layer of four classes."""
    return Network(
        "only-linear", Fraction(1), Parameter.of("x", [1, -2, "1/2"]),
        (Linear("z", Parameter.of("W", _matrix(4, 3))),), CrossEntropy(3),
    )  # fmt: skip


def _matrix(rows: int, columns: int) -> list[list[str]]:
    """Small fractions, none equal to its neighbour."""
    return [[f"{(3 * r + 2 * c) % 5 - 2}/{2 + (r + c) % 2}" for c in range(columns)] for r in range(rows)]


ALL = {"strided": strided, "two-kernels": two_kernels, "only-linear": only_linear}
