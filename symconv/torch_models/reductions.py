"""torch's sums, means, maxima and softmax along axes, as layers."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import prod

from symconv.networks.layers.layers import (
    AxisLogSoftmax,
    AxisMax,
    AxisMean,
    AxisSoftmax,
    AxisSum,
    Layer,
    Reshape,
    Scale,
)
from symconv.torch_models.call import Call, Layers, chain, refuse

OF_KIND: Mapping[str, Callable[..., Layer]] = {"mean": AxisMean, "sum": AxisSum, "max": AxisMax, "amax": AxisMax}


def reduction(call: Call) -> Layers:
    """Along the axes that are named, all of them where none is."""
    o, rank = call.options, len(call.reads)
    if o.get("dtype") is not None:
        refuse("the argument dtype has no derivation", "leave it out")
    dim = o.get("dim")
    dims = range(rank) if dim is None or dim == () else dim if isinstance(dim, tuple) else (dim,)
    axes, keep = tuple(sorted({call.axis(k) for k in dims})), bool(o.get("keepdim", False))
    single = len(axes) == rank and not keep  # one number of all: a list of one
    if single and call.reads == (1,):
        return None
    flat = [lambda name, read: Reshape(name, (prod(call.reads),), read)] if single and rank > 1 else []
    along, stays = ((0,), True) if single else (axes, keep)
    if call.known.kind in ("min", "amin"):  # the largest of -x, with the other sign
        return chain(call, *flat, _turned, lambda name, read: AxisMax(name, along, stays, read), _turned)
    return chain(call, *flat, lambda name, read: OF_KIND[call.known.kind](name, along, stays, read))


def without_last(layers: tuple[Layer, ...]) -> tuple[tuple[Layer, ...], str]:
    """The layers without a mean, or a sum, of all, where they end with one, and which it is: "sum" where they do not,
    as the last layer's output is the number itself."""
    if (
        len(layers) < 2
        or not isinstance(last := layers[-1], AxisMean | AxisSum)
        or (last.axes, last.keep) != ((0,), True)
    ):
        return layers, "sum"
    before = layers[-2]
    if last.input not in ("", before.name):
        return layers, "sum"
    how = "mean" if isinstance(last, AxisMean) else "sum"
    made = isinstance(before, Reshape) and before.name == f"{last.name}.1" and len(layers) > 2
    return layers[: -2 if made and before.input in ("", layers[-3].name) else -1], how


def _turned(name: str, read: str) -> Layer:
    return Scale(name, Fraction(-1), input=read)


def softmax(call: Call) -> Layers:
    """Along the axis that is named; at the model's end a log_softmax may be a part of the loss, which takes it away."""
    o = call.options
    if o.get("dtype") is not None:
        refuse("the argument dtype has no derivation", "leave it out")
    if o.get("dim") is None:
        refuse("names no axis", "say along which: dim=1")
    made: Callable[..., Layer] = AxisSoftmax if call.known.kind == "softmax" else AxisLogSoftmax
    return made(call.name, call.axis(o["dim"]), call.input)


RULES: Mapping[str, Callable[[Call], Layers]] = {
    **dict.fromkeys((*OF_KIND, "min", "amin"), reduction), "softmax": softmax, "log_softmax": softmax,
}  # fmt: skip
