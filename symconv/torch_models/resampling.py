"""torch's interpolations and adaptive pools as layers."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from math import prod

from symconv.array import Shape
from symconv.networks.exact import show
from symconv.networks.form import by
from symconv.networks.layers.layers import (
    AdaptiveAvgPool,
    AvgPool,
    AxisMax,
    Cat,
    GlobalAvgPool,
    GlobalMaxPool,
    Interpolate,
    Layer,
    MaxPool,
    Slice,
    Upsample,
)
from symconv.torch_models.call import Call, Layers, refuse

PLACES = 64  # windows of several sizes, each of which is layers of its own
NEAREST = ("nearest", "nearest-exact")
BETWEEN = {**dict.fromkeys(("linear", "bilinear", "trilinear"), "linear"), "bicubic": "cubic"}


def interpolate(call: Call) -> Layers:
    """The nearest neighbour, of which each stands in the output equally often, lines, cubic polynomials, or means."""
    mode, given, made = call.options.get("mode", "nearest"), call.reads[2:], call.gives[2:]
    if mode == "area":
        return adaptive_avg_pool(call)
    if mode not in (*NEAREST, *BETWEEN):
        refuse(f'mode "{mode}" has no derivation', f"known: {', '.join((*NEAREST, *BETWEEN, 'area'))}")
    if call.options.get("antialias"):
        refuse("antialias=True has no derivation", "leave it out")
    if made == given:
        return None
    if mode in BETWEEN:
        corners = bool(call.options.get("align_corners"))
        _whole_scale(call, given, made, corners)
        return Interpolate(call.name, made, BETWEEN[mode], corners, call.input)
    return Upsample(call.name, tuple(n // m for n, m in zip(made, given, strict=True)), call.input)


def _whole_scale(call: Call, given: Shape, made: Shape, corners: bool) -> None:
    """A factor that gives no whole number of places is one that torch computes with, and the size says it no more."""
    factor = call.options.get("scale_factor")
    factors = factor if isinstance(factor, tuple | list) else (factor,) * len(given)
    if factor is None or corners or call.options.get("recompute_scale_factor"):
        return
    if any(n * float(f) != m for n, f, m in zip(given, factors, made, strict=True)):
        problem = f"factor {show(factor)} makes {by(made)} of {by(given)}, which is less than the factor says"
        refuse(problem, f"give size={made}, or recompute_scale_factor=True")


def adaptive_max_pool(call: Call) -> Layers:
    """The maximum of all, an ordinary pool, or the maxima of windows of several sizes, put together."""
    given, size = _sizes(call)
    if not _divides(given, size):
        if prod(size) > PLACES:
            problem = f"an output of {by(size)} from {by(given)} has {prod(size)} windows of several sizes"
            refuse(problem, "give an output size that divides the input's, or a smaller one")
        return tuple(_maxima(call, given, size, ()))
    kernel = _kernel(call)
    return MaxPool(call.name, kernel, input=call.input) if kernel else GlobalMaxPool(call.name, call.input)


def _maxima(call: Call, given: Shape, size: Shape, at: Shape) -> Iterator[Layer]:
    """The layers of one window, or of all windows at these first places; the last of them is their result. The window
    of place i goes from i n // k to (i + 1) n / k, rounded up, as torch has it."""
    name, axis = ".".join((call.name, *map(str, at))), len(call.reads) - len(size) + len(at)
    if len(at) < len(size):
        first, *others = (tuple(_maxima(call, given, size, (*at, k))) for k in range(size[len(at)]))
        if not others:
            yield from (*first[:-1], replace(first[-1], name=name))
            return
        yield from (layer for part in (first, *others) for layer in part)
        yield Cat(name, tuple(part[-1].name for part in others), axis, first[-1].name)
        return
    read, axes = call.tensors[0], tuple(range(len(call.reads) - len(size), len(call.reads)))
    for k, (i, n, m) in enumerate(zip(at, given, size, strict=True)):
        start, stop = i * n // m, -(-(i + 1) * n // m)
        if (start, stop) != (0, n):
            yield Slice(f"{name}.{'abc'[k]}", axes[k], start, stop, input=read)
            read = f"{name}.{'abc'[k]}"
    yield AxisMax(name, axes, True, read)


def adaptive_avg_pool(call: Call) -> Layer:
    """The mean of all, an ordinary pool, or means of windows of several sizes."""
    given, size = _sizes(call)
    if not _divides(given, size):
        return AdaptiveAvgPool(call.name, size, call.input)
    kernel = _kernel(call)
    return AvgPool(call.name, kernel, input=call.input) if kernel else GlobalAvgPool(call.name, call.input)


def _sizes(call: Call) -> tuple[Shape, Shape]:
    """The extents that a pool works on, before and after it; an interpolation does on all but two."""
    dims = call.known.dims or len(call.reads) - 2
    return call.reads[-dims:], call.gives[-dims:]


def _divides(given: Shape, size: Shape) -> bool:
    return not any(n % k for n, k in zip(given, size, strict=True))


def _kernel(call: Call) -> Shape:
    """The kernel, and stride, of the pool that gives the wanted size; () for one window over everything."""
    given, size = _sizes(call)
    # A matrix without a batch could also be an image without channels: there the window says which axes are meant.
    whole = set(size) == {1} and len(call.reads) == len(size) + 1 + call.batch and len(call.reads) > 2
    return () if whole else tuple(n // k for n, k in zip(given, size, strict=True))


RULES: Mapping[str, Callable[[Call], Layers]] = {
    "interpolate": interpolate, "adaptive_max_pool": adaptive_max_pool, "adaptive_avg_pool": adaptive_avg_pool,
}  # fmt: skip
