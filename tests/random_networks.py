"""Networks of any layers drawn from a seed, most of them over degenerate extents: an axis of one entry, a window that
covers its input or reaches beyond it, a stride that skips most of it, one score, ties everywhere, no parameters.

`drawn(seed)` is the same network on every machine.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import prod
from random import Random

from moving_layers import MOST_AXES, moved
from pointwise import EVERYWHERE

from symconv.array import Array, Shape
from symconv.errors import SpecError
from symconv.networks.form import TensorForm
from symconv.networks.geometry import fit
from symconv.networks.layers.layers import (
    Add,
    AvgPool,
    BatchNorm,
    Bias,
    Conv,
    ConvTranspose,
    Flatten,
    GlobalAvgPool,
    GlobalMaxPool,
    GroupNorm,
    InstanceNorm,
    Layer,
    LayerNorm,
    Linear,
    MaxPool,
    Parameter,
    Pointwise,
    PRelu,
    Relu,
)  # fmt: skip
from symconv.networks.losses import (
    AbsoluteError,
    BinaryCrossEntropy,
    CrossEntropy,
    Huber,
    Loss,
    MeanSquaredError,
    Output,
    Reduction,
    SmoothL1,
)
from symconv.networks.network import Network

Pads = tuple[tuple[int, int], ...]
EXTENTS = (1, 1, 1, 2, 2, 3, 4, 5)
COUNTS = (1, 1, 2, 2, 3)  # of channels, images, classes
LARGEST = 48  # entries of a tensor: exact numbers stay quick
CLASSES = 12  # at most, for each is a power of e in the exact gradients
TRIES = 40  # for a layer that fits
SIZES = (40, -750, 1000, 2**60, Fraction(1, 2**60))  # times the numbers of one input in ten: e to them is no float


class Draw(Random):
    """What is drawn of a network, from one seed."""

    def extent(self, of: tuple[int, ...] = EXTENTS) -> int:
        return self.choice(of)

    def half(self) -> bool:
        return self.random() < 0.5

    def number(self) -> Fraction:
        """Small; zeros and equal ones are common, some are no dyadic fractions."""
        return Fraction(self.randint(-3, 3), self.choice((1, 1, 1, 1, 2, 3)))

    def array(self, *shape: int, of: Callable[[], Fraction] | None = None) -> Array:
        make = of or self.number
        return Array(shape, tuple(make() for _ in range(prod(shape))))

    def parameter(self, name: str, *shape: int, of: Callable[[], Fraction] | None = None) -> Parameter:
        return Parameter(name, self.array(*shape, of=of))

    def pads(self, most: Shape) -> Pads:
        sides = [(self.randint(0, n), self.randint(0, n)) for n in most]
        return tuple(sides if self.half() else [(lo, lo) for lo, _ in sides])

    def divisor(self, *of: int) -> int:
        return self.choice([n for n in range(1, min(of) + 1) if not any(k % n for k in of)])


# ------------------------------------------------------------------------------------------------ layers
def _conv(draw: Draw, name: str, form: TensorForm, dims: int) -> Layer:
    kernel = tuple(draw.extent((1, 1, 2, 2, 3, 4)) for _ in range(dims))
    channels = _channels(form, dims)
    if channels is None:
        weight, groups, count = draw.parameter(f"{name}.W", *kernel), 1, 1
    else:
        outputs = draw.extent(COUNTS)
        groups = draw.divisor(channels, outputs)
        weight, count = draw.parameter(f"{name}.W", outputs, channels // groups, *kernel), outputs
    bias = draw.parameter(f"{name}.b", count) if draw.half() else None
    return Conv(name, weight, bias, _steps(draw, dims), draw.pads((2,) * dims), _steps(draw, dims, (1, 1, 2)), groups)


def _conv_transpose(draw: Draw, name: str, form: TensorForm, dims: int) -> Layer:
    kernel = tuple(draw.extent((1, 1, 2, 2, 3)) for _ in range(dims))
    channels = _channels(form, dims)
    groups, each = (draw.divisor(channels), draw.extent((1, 1, 2))) if channels else (1, 1)
    bias = draw.parameter(f"{name}.b", groups * each) if draw.half() else None
    stride, dilation = _steps(draw, dims), _steps(draw, dims, (1, 1, 2))
    rest = tuple(draw.randint(0, max(s, d) - 1) for s, d in zip(stride, dilation, strict=True))
    weight = draw.parameter(f"{name}.W", *((channels, each) if channels else ()), *kernel)
    return ConvTranspose(name, weight, bias, stride, draw.pads((1,) * dims), rest, groups, dilation)


def _pool(kind: type[MaxPool] | type[AvgPool]) -> Callable[[Draw, str, TensorForm, int], Layer]:
    def pool(draw: Draw, name: str, form: TensorForm, dims: int) -> Layer:
        kernel = tuple(draw.extent((1, 2, 2, 3, 4)) for _ in range(dims))
        pads = draw.pads(tuple(k // 2 for k in kernel))
        stride = _steps(draw, dims) if draw.half() else ()
        if kind is AvgPool:
            return AvgPool(name, kernel, stride, pads, draw.half(), draw.half())
        return MaxPool(name, kernel, stride, pads, _steps(draw, dims, (1, 1, 2)), draw.half())

    return pool


def _computed_kernel(draw: Draw, name: str, dims: int, kernels: list[str]) -> Layer:
    """A convolution whose weight is an earlier tensor, which may be what it reads."""
    steps, other = _steps(draw, dims), draw.choice(kernels)
    return (
        ConvTranspose(name, other=other, stride=steps)
        if draw.half()
        else Conv(name, None, None, steps, draw.pads((2,) * dims), _steps(draw, dims, (1, 1, 2)), other=other)
    )


def _steps(draw: Draw, dims: int, of: tuple[int, ...] = (1, 1, 2, 3)) -> Shape:
    return tuple(draw.extent(of) for _ in range(dims))


def _channels(form: TensorForm, dims: int) -> int | None:
    """How many channels there are in front of `dims` axes; None for an image without."""
    return form.inner[0] if len(form.inner) > dims else None


def _batch_norm(draw: Draw, name: str, form: TensorForm, dims: int) -> Layer:
    count = 1 if form.channel_axis is None else form.shape[form.channel_axis]
    own = {key: draw.parameter(f"{name}.{key}", count) for key in ("weight", "bias") if draw.half()}
    if draw.half():
        own["mean"] = draw.parameter(f"{name}.mean", count)
        own["variance"] = draw.parameter(f"{name}.variance", count, of=lambda: abs(draw.number()) + Fraction(1, 2))
    return BatchNorm(name, **own, epsilon=draw.choice((Fraction(1, 2), Fraction(1, 100_000))))


def _other_norm(draw: Draw, name: str, form: TensorForm, dims: int) -> Layer:
    """Of the last axes, of each channel of an image, of groups of channels."""
    epsilon = draw.choice((Fraction(1, 2), Fraction(1, 100_000)))
    channels = 1 if form.channel_axis is None else form.shape[form.channel_axis]
    which = draw.choice((0, 1, 1, 2))
    shape = form.inner[-draw.randint(1, len(form.inner)) :] if which == 0 else (channels,)
    own = {key: draw.parameter(f"{name}.{key}", *shape) for key in ("weight", "bias") if draw.half()}
    if which == 0:
        return LayerNorm(name, shape, **own, epsilon=epsilon)
    if which == 1:
        return InstanceNorm(name, **own, epsilon=epsilon)
    groups = draw.choice([n for n in range(1, channels + 1) if channels % n == 0])
    return GroupNorm(name, groups, **own, epsilon=epsilon)


def _bias(draw: Draw, name: str, form: TensorForm, dims: int) -> Layer:
    count = 1 if form.channel_axis is None else form.shape[form.channel_axis]
    return Bias(name, draw.parameter(f"{name}.b", count))


def _prelu(draw: Draw, name: str, form: TensorForm, dims: int) -> Layer:
    count = 1 if form.channel_axis is None or draw.half() else form.shape[form.channel_axis]
    return PRelu(name, draw.parameter(f"{name}.a", count))


def _linear(draw: Draw, name: str, form: TensorForm, dims: int) -> Layer:
    rows = draw.extent(COUNTS)
    bias = draw.parameter(f"{name}.b", rows) if draw.half() else None
    return Linear(name, draw.parameter(f"{name}.W", rows, prod(form.inner)), bias)


def _plain(kind: Callable[[str], Layer]) -> Callable[[Draw, str, TensorForm, int], Layer]:
    return lambda draw, name, form, dims: kind(name)


def _with_constants(kind: type[Pointwise]) -> Callable[[Draw, str, TensorForm, int], Layer]:
    return lambda draw, name, form, dims: kind(name, *(Fraction(draw.randint(0, 4), 4) for _ in kind.constants()))


WINDOWED = (_conv, _conv, _conv, _conv_transpose, _conv_transpose, _pool(MaxPool), _pool(MaxPool), _pool(AvgPool))
OTHERS = (
    *map(_plain, (Relu, *(x for x in EVERYWHERE if not x.constants()), GlobalMaxPool, GlobalAvgPool, Flatten)),
    *map(_with_constants, (x for x in EVERYWHERE if x.constants())), _batch_norm, _other_norm, _other_norm,
    _bias, _linear, _prelu,
)  # fmt: skip


def _layer(draw: Draw, name: str, form: TensorForm, known: Mapping[str, TensorForm]) -> tuple[Layer, TensorForm] | None:
    """A layer that fits, and what it makes; None where none was found."""
    for _ in range(TRIES):
        dims = form.spatial or draw.choice((len(form.inner) - 1, len(form.inner)))
        alike = [other for other, f in known.items() if f.shape == form.shape]
        kind = draw.random()
        try:
            if kind < 0.04:
                layer: Layer = Add(name, draw.choice(alike))
            elif kind < 0.07 and 1 <= dims <= 3:
                layer = _computed_kernel(
                    draw, name, dims, [n for n, f in known.items() if len(f.shape) in (dims + 2, 2)]
                )
            elif kind < 0.32:
                layer = moved(draw, name, form, known)
            elif kind < 0.66 and 1 <= dims <= 3:
                layer = draw.choice(WINDOWED)(draw, name, form, dims)
            else:
                layer = draw.choice(OTHERS)(draw, name, form, dims)
            made, faults = fit(layer, form, *(known[other] for _, other in layer.besides()))
        except (SpecError, IndexError):
            continue
        if made is not None and not faults and prod(made.shape) <= LARGEST and len(made.shape) <= MOST_AXES:
            return layer, made
    return None


# ------------------------------------------------------------------------------------------------ networks
def drawn(seed: int) -> Network:
    """Up to four layers of any kind and a linear one, one in three with two inputs; any loss that fits."""
    draw = Draw(seed)
    while True:
        try:
            return _network(draw, seed)
        except SpecError:  # cross entropy of an image, a batch norm of one number, ...
            continue


def _network(draw: Draw, seed: int) -> Network:
    batch, dims = draw.half(), draw.choice((0, 1, 2, 2, 2, 3))
    shape = (*(draw.extent(COUNTS),) * batch, draw.extent(COUNTS), *(draw.extent() for _ in range(dims)))
    if not batch and dims == 2 and draw.half():
        shape = shape[1:]  # an image without channels
    while prod(shape) > LARGEST:
        longest = max(range(len(shape)), key=shape.__getitem__)
        shape = (*shape[:longest], shape[longest] - 1, *shape[longest + 1 :])
    form = TensorForm(shape, batch=batch)
    known, layers = {"X": form}, list[Layer]()
    for at in range(draw.randint(1, 4)):
        found = _layer(draw, f"h{at}", form, known)
        if found:
            layers.append(found[0])
            form = known[found[0].name] = found[1]
    if draw.random() < 0.6:
        layers.append(_linear(draw, "z", form, 0))
        form = fit(layers[-1], form)[0] or form
    rate = Fraction(draw.randint(0, 4), 4)
    given, loss = draw.parameter("X", *shape), _loss(draw, form)
    if draw.random() < 0.1:
        size = draw.choice(SIZES)
        given = Parameter("X", given.value.map(lambda x: size * x))
    return Network(f"drawn-{seed}", rate, given, tuple(layers), loss, batch)


def _loss(draw: Draw, form: TensorForm) -> Loss:
    reduction, shape = draw.choice(("mean", "sum")), form.shape
    kind = draw.choice(("class", "class", "probabilities", "squares", "logistic"))
    if kind == "squares" or ((len(form.inner) != 1 or form.inner[0] > CLASSES) and kind != "logistic"):
        return _error(draw, shape, reduction)
    if kind == "logistic":
        return BinaryCrossEntropy(draw.array(*shape, of=lambda: Fraction(draw.randint(0, 2), 2)), reduction)
    smoothing = draw.choice((Fraction(0), Fraction(0), Fraction(1, 4)))
    if kind == "class":
        classes = tuple(draw.randrange(shape[-1]) for _ in range(shape[0])) if form.batch else draw.randrange(shape[-1])
        return CrossEntropy(classes, reduction=reduction, label_smoothing=smoothing)
    rows = [row for _ in range(prod(shape[:-1])) for row in _shares(draw, shape[-1])]
    return CrossEntropy(probabilities=Array(shape, tuple(rows)), reduction=reduction, label_smoothing=smoothing)


def _error(draw: Draw, shape: Shape, reduction: Reduction) -> Loss:
    """A loss that compares entry by entry, or none that compares."""
    kind, bend = (
        draw.choice((MeanSquaredError, AbsoluteError, Huber, SmoothL1, Output)),
        Fraction(draw.randint(1, 4), 2),
    )
    if kind is Output:
        return Output(reduction)
    target = draw.array(*shape)
    return kind(target, bend, reduction) if kind in (Huber, SmoothL1) else kind(target, reduction)


def _shares(draw: Draw, classes: int) -> list[Fraction]:
    parts = [draw.randint(0, 2) for _ in range(classes)]
    parts[draw.randrange(classes)] += 1
    return [Fraction(p, sum(parts)) for p in parts]
