"""torch's sums, means, maxima and softmax along axes, as layers."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from math import prod

from symconv.networks.layers.layers import (
    Abs,
    AxisLogSoftmax,
    AxisMax,
    AxisMean,
    AxisSoftmax,
    AxisSum,
    Exp,
    Layer,
    Log,
    Scale,
    Sqrt,
    Square,
    Subtract,
)
from symconv.torch_models.call import Call, Layers, chain, refuse

OF_KIND: Mapping[str, Callable[..., Layer]] = {"mean": AxisMean, "sum": AxisSum, "max": AxisMax, "amax": AxisMax}


def reduction(call: Call) -> Layers:
    """Along the axes that are named, all of them where none is."""
    if call.reads == (1,):  # one number of all is a list of one
        return None
    axes, keep = _along(call)
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


def _along(call: Call) -> tuple[tuple[int, ...], bool]:
    """The axes that go, and whether they stay with one entry each."""
    o, rank = call.options, len(call.reads)
    if o.get("dtype") is not None:
        refuse("the argument dtype has no derivation", "leave it out")
    dim = o.get("dim")
    dims = range(rank) if dim is None or dim == () else dim if isinstance(dim, tuple | list) else (dim,)
    axes, keep = tuple(sorted({call.axis(k) for k in dims})), bool(o.get("keepdim", False))
    return axes, keep


def _turned(name: str, read: str) -> Layer:
    return Scale(name, Fraction(-1), input=read)


def vector_norm(call: Call) -> Layers:
    """The square root of the sum of squares; the sum, or the largest, of absolute values."""
    o, (axes, keep) = call.options, _along(call)
    order = 2 if o.get("ord") is None else o["ord"]
    if call.known.kind == "linalg_norm" and len(axes) == 2 and o.get("ord") is not None:
        refuse("a norm of matrices has no derivation", "leave ord out, which is the root of the sum of squares")
    if order not in (1, 2, math.inf):
        refuse(f"ord {order} has no derivation", "known: 1, 2 and inf")
    if order == 2:
        return chain(call, Square, lambda name, read: AxisSum(name, axes, keep, read), Sqrt)
    fold = AxisSum if order == 1 else AxisMax
    return chain(call, Abs, lambda name, read: fold(name, axes, keep, read))


def logsumexp(call: Call) -> Layers:
    """As it is called."""
    axes, keep = _along(call)
    return chain(call, Exp, lambda name, read: AxisSum(name, axes, keep, read), Log)


def spread(call: Call) -> Layers:
    """The mean of the squares of what is left of each entry without the mean, of one entry less where it is unbiased;
    its root."""
    if isinstance(call.options.get("dim"), bool):
        refuse("makes one number of all, which has no derivation", "name the axes, as in x.var((2, 3))")
    axes, keep = _along(call)
    count = prod(call.reads[k] for k in axes)
    less = call.options.get("correction", 1 if call.options.get("unbiased", True) else 0)
    if less >= count:
        refuse(f"divides by {count - less}", "give correction=0, or an axis of more entries")
    mean = AxisMean(f"{call.name}.mean", axes, True, call.input)
    left = Subtract(f"{call.name}.left", mean.name, call.tensors[0])
    steps: list[Layer] = [mean, left, Square(f"{call.name}.squares")]
    steps.append(AxisMean(f"{call.name}.variance", axes, keep))
    steps += [Scale(f"{call.name}.unbiased", Fraction(count, count - less))] if less else []
    steps += [Sqrt(f"{call.name}.root")] if call.known.kind == "std" else []
    return (*steps[:-1], replace(steps[-1], name=call.name))


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
    "vector_norm": vector_norm, "linalg_norm": vector_norm, "logsumexp": logsumexp, "var": spread, "std": spread,
}  # fmt: skip
