"""torch's sums, means, maxima and softmax along axes, as layers."""

from collections.abc import Callable, Mapping
from fractions import Fraction

from symconv.networks.layers.layers import (
    AxisLogSoftmax,
    AxisMax,
    AxisMean,
    AxisSoftmax,
    AxisSum,
    Layer,
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
    if call.reads == (1,):  # one number of all is a list of one
        return None
    if call.known.kind in ("min", "amin"):  # the largest of -x, with the other sign
        return chain(call, _turned, lambda name, read: AxisMax(name, axes, keep, read), _turned)
    return OF_KIND[call.known.kind](call.name, axes, keep, call.input)


def without_last(layers: tuple[Layer, ...]) -> tuple[tuple[Layer, ...], str]:
    """The layers that give one number without a mean, or a sum, of all at their end, and which it is: "sum" where they
    do not end with one, as the last layer's output is the number itself."""
    last = layers[-1] if len(layers) > 1 else None
    if not isinstance(last, AxisMean | AxisSum) or last.input not in ("", layers[-2].name):
        return layers, "sum"
    return layers[:-1], "mean" if isinstance(last, AxisMean) else "sum"


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
