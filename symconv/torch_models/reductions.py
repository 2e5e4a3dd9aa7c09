"""torch's sums, means and maxima along axes, as layers."""

from collections.abc import Callable, Mapping

from symconv.networks.layers.layers import AxisMax, AxisMean, AxisSum, Layer
from symconv.torch_models.call import Call, Layers, refuse

OF_KIND: Mapping[str, Callable[..., Layer]] = {"mean": AxisMean, "sum": AxisSum, "max": AxisMax, "amax": AxisMax}


def reduction(call: Call) -> Layers:
    """Along the axes that are named, all of them where none is."""
    o, rank = call.options, len(call.reads)
    if o.get("dtype") is not None:
        refuse("the argument dtype has no derivation", "leave it out")
    dim = o.get("dim")
    dims = range(rank) if dim is None or dim == () else dim if isinstance(dim, tuple) else (dim,)
    axes, keep = tuple(sorted({call.axis(k) for k in dims})), bool(o.get("keepdim", False))
    if len(axes) == rank and not keep:
        refuse(
            "makes one number of all, which has no derivation but as the loss", "name the axes, as in x.mean((2, 3))"
        )
    return OF_KIND[call.known.kind](call.name, axes, keep, call.input)


RULES: Mapping[str, Callable[[Call], Layers]] = dict.fromkeys(OF_KIND, reduction)
