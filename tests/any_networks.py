"""Networks that together hold every kind of layer and loss, with options that are uneven; their numbers are small."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import count

from symconv.array import Array, Shape
from symconv.networks.further import Further
from symconv.networks.layers.layers import (
    Abs,
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
    Celu,
    Clamp,
    ClampMax,
    ClampMin,
    Conv,
    ConvTranspose,
    Cos,
    Detach,
    Divide,
    Dropout,
    Einsum,
    Elu,
    Exp,
    Flatten,
    Flip,
    Gelu,
    GeluTanh,
    GlobalAvgPool,
    GlobalMaxPool,
    GroupNorm,
    Hardshrink,
    Hardsigmoid,
    Hardswish,
    Hardtanh,
    InstanceNorm,
    Interpolate,
    Layer,
    LayerNorm,
    LeakyRelu,
    Linear,
    Log,
    LogSigmoid,
    MatMul,
    Maximum,
    MaxPool,
    MaxUnpool,
    Minimum,
    Mish,
    Multiply,
    Pad,
    Parameter,
    Permute,
    PixelShuffle,
    PixelUnshuffle,
    Pow,
    PRelu,
    Reciprocal,
    Relu,
    Relu6,
    Repeat,
    Reshape,
    Rsqrt,
    Scale,
    Select,
    Selu,
    Sigmoid,
    Silu,
    Sin,
    Slice,
    Softplus,
    Softshrink,
    Softsign,
    Sqrt,
    Square,
    Stacked,
    Subtract,
    Tanh,
    Threshold,
    Upsample,
)  # fmt: skip
from symconv.networks.losses import (
    AbsoluteError,
    BinaryCrossEntropy,
    CrossEntropy,
    Huber,
    Loss,
    MeanSquaredError,
    Output,
    SmoothL1,
)
from symconv.networks.network import Network

HALF = Fraction(1, 2)


def _numbers() -> Iterator[Fraction]:
    """Halves from -5/2 to 5/2, no row like another."""
    k = 1
    for _ in count():
        k = (k * 7 + 3) % 11
        yield Fraction(k - 5, 2)


def parameter(name: str, *shape: int) -> Parameter:
    numbers = _numbers()
    for _ in range(sum(map(ord, name))):
        next(numbers)

    def nested(shape: Shape) -> object:
        return [nested(shape[1:]) for _ in range(shape[0])] if shape else next(numbers)

    return Parameter.of(name, nested(shape))


def last(classes: int, inputs: int) -> Linear:
    return Linear("z", parameter("W", classes, inputs), parameter("b", classes))


def made(shape: Shape, *layers: Layer, batch: bool = True, loss: Loss | None = None) -> Network:
    loss = loss or CrossEntropy((1,) * shape[0] if batch else 1)
    return Network("any", HALF, parameter("X", *shape), layers, loss, batch)


def grouped() -> Network:
    conv = Conv("C", parameter("K", 4, 1, 2, 3), parameter("kb", 4), stride=(1, 2), padding=((1, 0), (1, 1)), groups=2)
    pool = MaxPool("M", (2, 2), (1, 1), ((1, 1), (0, 1)))
    return made((2, 2, 5, 4), conv, Relu("R"), pool, Flatten("f"), last(3, 48))


def one_dimension() -> Network:
    conv = Conv("C", parameter("K", 3, 2, 2), dilation=(2,))
    pool = AvgPool("M", (2,), (2,), ((1, 0),), count_padding=False)
    loss = CrossEntropy((0, 1), reduction="sum", label_smoothing=Fraction(1, 4))
    return made((2, 2, 7), conv, Tanh("R"), pool, last(2, 9), loss=loss)


def one_image() -> Network:
    conv = Conv("C", parameter("K", 3, 2, 2, 2), parameter("kb", 3))
    leaky = LeakyRelu("R", Fraction(1, 10))
    return made((2, 5, 4), conv, leaky, GlobalAvgPool("M"), last(3, 3), batch=False)


def volume() -> Network:
    conv = Conv("C", parameter("K", 2, 1, 2, 1, 2), stride=(1, 2, 1))
    return made((1, 1, 3, 3, 3), conv, MaxPool("M", (2, 1, 2)), Flatten("f"), last(2, 4))


def transposed() -> Network:
    conv = ConvTranspose(
        "C", parameter("K", 2, 3, 2, 2), parameter("kb", 3), stride=(2, 1), padding=((1, 1), (0, 0)),
        output_padding=(1, 0),
    )  # fmt: skip
    return made((2, 2, 3, 2), conv, Gelu("R"), GlobalMaxPool("M"), last(3, 3))


def transposed_image() -> Network:
    """A transposed convolution without channels, then one of what it made: uneven in everything."""
    conv = ConvTranspose(
        "C", parameter("K", 2, 3), parameter("kb", 1), stride=(2, 1), padding=((1, 0), (0, 1)),
        output_padding=(1, 0), dilation=(1, 2),
    )  # fmt: skip
    return made((2, 3), conv, Relu("R"), ConvTranspose("D", parameter("V", 1, 2)), last(2, 28), batch=False)


def residual() -> Network:
    conv = Conv("C", parameter("K", 2, 2, 3, 3), padding=((1, 1), (1, 1)))
    pool = AvgPool("v", (2, 2), (2, 2), ((1, 1), (1, 1)), ceil=True)
    return made(
        (2, 2, 4, 3), conv, BatchNorm("B", parameter("g", 2), parameter("be", 2)), Sigmoid("R"), Add("A", "X"),
        Softplus("Q"), Elu("E", HALF), pool, last(2, 12),
    )  # fmt: skip


def straight() -> Network:
    """All that is made of straight lines, at its kinks as well; exact."""
    first = Linear("h", parameter("V", 4, 3))
    return made(
        (2, 3), first, Relu6("A"), Scale("B", Fraction(2), Fraction(-4)), Hardswish("C"), Hardtanh("D"),
        Softshrink("E"), Scale("F", Fraction(-4)), Hardshrink("G"), Abs("H"), Square("I"), Softsign("J"),
        Hardsigmoid("K"), last(2, 4),
    )  # fmt: skip


def smooth() -> Network:
    """The others that are defined for all numbers."""
    first = Linear("h", parameter("V", 4, 3))
    return made(
        (2, 3), first, Silu("A"), Mish("B"), Selu("C"), Celu("D", HALF), GeluTanh("E"), Sin("F"), Cos("G"),
        LogSigmoid("H"), Pow("I", Fraction(3)), last(2, 4),
    )  # fmt: skip


def positive() -> Network:
    """Those that are not, of numbers that they are defined for."""
    return made(
        (2, 3), Softplus("A"), Sqrt("B"), Reciprocal("C"), Rsqrt("D"), Exp("E"), Log("F"), Pow("G", Fraction(3, 2)),
        Pow("H", Fraction(-1)), last(2, 3),
    )  # fmt: skip


def shares() -> Network:
    """A softmax and the logarithm of one, along both axes, each of which is read twice."""
    return made(
        (2, 3), AxisSoftmax("A", 1), Multiply("B", "X"), AxisLogSoftmax("C", 0), Multiply("D", "A"), last(2, 3),
        loss=Output(),
    )  # fmt: skip


def twice() -> Network:
    """One tensor read four times, twice by one layer; exact."""
    conv = Conv("C", parameter("K", 1, 1, 2, 2), padding=((0, 1), (0, 1)))
    return made((1, 1, 3, 3), Relu("P"), conv, Add("A", "P"), Add("D", "P", input="P"), Add("E", "A"), last(2, 9))


def vectors() -> Network:
    norm = BatchNorm("B", parameter("g", 4), None, parameter("mu", 4), Parameter.of("va", [1, 2, "1/2", 3]))
    loss = MeanSquaredError(Array.of([[Fraction(1), Fraction(2)], [Fraction(0), Fraction(-1)]]))
    first = Linear("h", parameter("V", 4, 3))
    return made((2, 3), first, norm, Dropout("d"), Bias("bb", parameter("o", 4)), last(2, 4), loss=loss)


def logistic() -> Network:
    loss = BinaryCrossEntropy(Array.of([[Fraction(1), Fraction(0)], [HALF, Fraction(1)]]), "sum")
    return made((2, 3), Linear("h", parameter("V", 4, 3)), Elu("e"), last(2, 4), loss=loss)


def ceiling() -> Network:
    pools = MaxPool("M", (2, 2), (3, 2), ceil=True), AvgPool("v", (2, 2), (2, 2), ceil=True)
    return made((1, 1, 5, 6), *pools, last(2, 2))


def unpooled() -> Network:
    """Back to where the largest stood, of windows with gaps between them, in the padding and beyond; there are ties."""
    pool = MaxPool("M", (2, 2), (2, 3), ((1, 0), (0, 1)), ceil=True)
    back = MaxUnpool("Q", (2, 2), "R", (2, 3), ((1, 0), (0, 1)), ceil=True)
    return made((2, 2, 3, 4), Relu("R"), pool, Scale("Z", HALF, Fraction(1)), back, last(2, 24))


def ties() -> Network:
    """Every window of equal entries, and zeros at every kink."""
    flat = Parameter.of("X", [[[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, -1, -1]]])
    layers = (LeakyRelu("R"), MaxPool("M", (2, 2), (1, 1), ((1, 0), (0, 1))), Relu("P"), last(2, 12))
    return Network("ties", HALF, flat, layers, CrossEntropy(0))


def column() -> Network:
    """One number for each image: the sums of its gradient run over what they do not change."""
    return made((3, 1, 1, 1), BatchNorm("B", epsilon=HALF), last(2, 1))


def normalised() -> Network:
    """Normalised in groups of channels, each channel of each image, and along the last axes."""
    group = GroupNorm("A", 2, parameter("g", 4), parameter("be", 4), HALF)
    return made(
        (2, 4, 2, 2), group, InstanceNorm("B", parameter("k", 4), epsilon=HALF),
        LayerNorm("D", (2, 2), parameter("q", 2, 2), parameter("r", 2, 2), HALF), last(2, 16),
    )  # fmt: skip


def unrolled() -> Network:
    """A recurrent layer over two steps: its weights stand in both, and its first state is given besides the input; each
    state is scaled by numbers that learn and stand alone."""
    of_input, of_state, offset = parameter("V", 3, 2), parameter("U", 3, 3), parameter("c", 3)
    layers = (
        Select("x0", 1, 0), Linear("a0", of_input, input="x0"), Linear("r0", of_state, offset, input="s"),
        Add("p0", "a0"), Tanh("h0"), Multiply("m0", "k"), Select("x1", 1, 1, input="X"),
        Linear("a1", of_input, input="x1"), Linear("r1", of_state, offset, input="m0"), Add("p1", "a1"), Tanh("h1"),
        Multiply("m1", "k"), last(2, 3),
    )  # fmt: skip
    further = Further(parameter("s", 2, 3), batch=True), Further(parameter("k", 3), learns=True)
    return Network("any", HALF, parameter("X", 2, 2, 2), layers, CrossEntropy((0, 1)), True, further)


def roots() -> Network:
    """e to a part of a logarithm is a root."""
    return made((2, 1), Softplus("S"), Linear("z", Parameter.of("W", [["-2/3"], ["-1/3"]])))


def moved() -> Network:
    """Entries in other shapes and orders, parts, and what is put around them; exact."""
    return made(
        (1, 4, 2, 1), PixelShuffle("A", 2), Upsample("B", (1, 2)), Pad("C", ((1, 0), (1, 2)), "reflect"),
        Permute("D", (0, 1, 3, 2)), Slice("E", 2, 1, 7, 2), Flip("F", 3), Pad("G", ((0, 1),), "circular"),
        PixelUnshuffle("H", 3), Reshape("I", (1, 3, 3, 2)), Select("J", 2, 1), Repeat("K", (1, 2, 1)),
        Pad("P", ((1, 1),)), last(2, 24),
    )  # fmt: skip


def together() -> Network:
    """Tensors that are brought together, broadcast, and sums along axes; exact."""
    return made(
        (2, 2, 3), AxisMean("A", (2,), True), Multiply("B", "X"), Subtract("C", constant=parameter("c", 3)),
        Divide("D", weight=Parameter.of("w", [[1], [2]])), Cat("E", ("B", "A", "B"), 2), Slice("F", 2, 0, 3),
        Stacked("G", ("B",), 1), AxisMax("H", (1,)), AxisSum("I", (0,), True), Add("J", "H"),
        Maximum("M", "H"), Minimum("N", weight=parameter("n", 3)),
        Linear("K", parameter("V", 2, 3), parameter("v", 2), last=True), last(2, 4),
    )  # fmt: skip


def products() -> Network:
    """Matrix products of tensors and of what learns or does not, on either side, and two tensors by their indices."""
    return made(
        (2, 3, 2), MatMul("A", weight=parameter("U", 2, 3)), Einsum("B", "nqd,nkd->nqk", other="A"),
        MatMul("C", constant=parameter("c", 2, 3), left=True), MatMul("D", other="X"), last(2, 4),
        loss=AbsoluteError(parameter("T", 2, 2).value),
    )  # fmt: skip


def stopped(depth: int = 1) -> Network:
    """What is compared with a network that does not learn, of `depth` layers: no gradient goes through a detach."""
    still = [Linear(f"g{k}", parameter(f"V{k}", 3, 3), input="X" if k == 0 else "") for k in range(depth)]
    layers = (Linear("h", parameter("W", 3, 3)), *still, Relu("r"), Detach("k"), Subtract("d", "h"), Square("e"))
    return made((2, 3), *layers, loss=Output())


def limited() -> Network:
    """Slopes that learn, bounds, and a jump; exact."""
    conv = Conv("C", parameter("K", 2, 1, 2, 2))
    return made(
        (2, 1, 2, 3), conv, PRelu("R", parameter("a", 2)), Clamp("A", Fraction(-3), Fraction(3)), ClampMin("B", -HALF),
        ClampMax("D", Fraction(2)), Threshold("E", HALF, Fraction(-1)), last(2, 4),
        loss=Huber(parameter("T", 2, 2).value, HALF),
    )  # fmt: skip


def grids() -> Network:
    """Other grids of the last axes, by lines, cubic polynomials and means of uneven windows; exact."""
    return made(
        (1, 2, 2, 3), Interpolate("U", (3, 5)), AdaptiveAvgPool("P", (2, 3)), Interpolate("V", (3, 3), "cubic", True),
        Relu("R"), Interpolate("S", (2,), align_corners=True), last(2, 12),
        loss=SmoothL1(parameter("T", 1, 2).value, Fraction(2), "sum"),
    )  # fmt: skip


def narrow() -> Network:
    """An axis of one entry under a kernel of two: read backwards, dX[0] = sum over b of dS[1 - b] K[b]."""
    conv = Conv("C", parameter("K", 1, 1, 1, 2), padding=((0, 1), (1, 1)))
    return made((2, 1, 1, 1), conv, Relu("R"), last(2, 4))


NETWORKS: dict[str, Callable[[], Network]] = {
    f.__name__: f
    for f in (
        grouped, one_dimension, one_image, volume, transposed, transposed_image, residual, straight, smooth,
        positive, twice, vectors, logistic, ceiling, unpooled, ties, normalised, unrolled, column, roots, narrow,
        moved, together, shares, products, limited, grids, stopped,
    )
}  # fmt: skip
