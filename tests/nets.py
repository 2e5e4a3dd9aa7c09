"""Small networks for the tests: by hand, and at random."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from math import prod

from hypothesis import strategies as st

from symconv.array import Shape
from symconv.networks.form import TensorForm
from symconv.networks.geometry import fit
from symconv.networks.layers.layers import Conv, GlobalMaxPool, Linear, MaxPool, Relu
from symconv.networks.network import CrossEntropy, Layer, Network, Parameter

ENTRY = st.integers(-3, 3).map(Fraction)


def counted(shape: Shape, start: int = -3) -> object:
    """Nested lists of small integers, no row like another."""
    if not shape:
        return start
    return [counted(shape[1:], (start * 5 + 3 * k * k + 2 * k + 7) % 7 - 3) for k in range(shape[0])]


def network(*layers: Layer, shape: Shape = (5, 4), name: str = "small", entries: object = None) -> Network:
    """The layers on an input of `shape`, then a linear layer z to two classes and the loss."""
    z = Linear("z", Parameter.of("W", counted((2, prod(_shape(shape, layers))), 2)))
    given = Parameter.of("X", counted(shape) if entries is None else entries)
    return Network(name, Fraction(1, 2), given, (*layers, z), CrossEntropy(1))


def conv(name: str = "S", weight: str = "U", kernel: Shape = (2, 2), bias: bool = False, **options: object) -> Conv:
    offset = Parameter.of(f"{weight}b", [2]) if bias else None
    return Conv(name, Parameter.of(weight, counted(kernel, 1)), offset, **options)  # type: ignore[arg-type]


@st.composite
def tensors(draw: st.DrawFn, shape: Shape) -> object:
    """Nested lists of integers from -3 to 3: few enough for ties and for zeros."""
    return [draw(tensors(shape[1:])) if len(shape) > 1 else draw(ENTRY) for _ in range(shape[0])]


@st.composite
def windows(draw: st.DrawFn, shape: Shape, half: bool) -> dict[str, Shape | tuple[Shape, ...]]:
    """A kernel with stride, dilation and two-sided padding that fits `shape`; `half`: padding as torch pools."""
    kernel = tuple(draw(st.integers(1, min(3, n))) for n in shape)
    stride = tuple(draw(st.integers(1, 3)) for _ in shape)
    most = [k // 2 if half else 2 for k in kernel]
    sides = [(draw(st.integers(0, m)), draw(st.integers(0, m))) for m in most]
    padding = tuple((lo, lo) if half else (lo, hi) for lo, hi in sides)
    longest = [(n + lo + hi - 1) // max(k - 1, 1) for n, k, (lo, hi) in zip(shape, kernel, padding, strict=True)]
    dilation = tuple(draw(st.integers(1, 1 if half else min(2, d))) for d in longest)
    return {"kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation}


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """conv, relu, a pooling and a linear layer, each but the last left out at times; ties and zeros are common."""
    shape: Shape = (draw(st.integers(2, 5)), draw(st.integers(2, 4)))
    entries = draw(tensors(shape))
    layers: list[Layer] = []
    if draw(st.booleans()):
        options = draw(windows(shape, half=False))
        weight = Parameter.of("U", draw(tensors(options.pop("kernel"))))
        bias = Parameter.of("c", draw(tensors((1,)))) if draw(st.booleans()) else None
        layers.append(Conv("S", weight, bias, **options))
    if draw(st.booleans()):
        layers.append(Relu("P"))
    out = _shape(shape, layers)
    pool = draw(st.sampled_from(["none", "window", "global"]))
    if pool == "window":
        layers.append(MaxPool("h", **draw(windows(out, half=True))))
    elif pool == "global":
        layers.append(GlobalMaxPool("h"))
    size = prod(_shape(shape, layers))
    offset = Parameter.of("b", draw(tensors((2,)))) if draw(st.booleans()) else None
    layers.append(Linear("z", Parameter.of("W", draw(tensors((2, size)))), offset))
    return Network(
        "drawn", Fraction(1), Parameter.of("X", entries), tuple(layers), CrossEntropy(draw(st.integers(0, 1)))
    )


def _shape(shape: Shape, layers: Sequence[Layer]) -> Shape:
    """What a chain of layers makes of a single image of this shape."""
    out = TensorForm(shape)
    for layer in layers:
        form, faults = fit(layer, out)
        assert form is not None and not faults
        out = form
    return out.shape


STRIDED = {
    f"stride {s}, padding {p}, dilation {d}": conv(stride=s, padding=p, dilation=d, kernel=(2, 2), bias=True)
    for s, p, d in product([(1, 1), (2, 1), (2, 3)], [((0, 0), (0, 0)), ((1, 0), (2, 1))], [(1, 1), (2, 1)])
}
