"""A network by PyTorch's own layers in float64, with autograd: what every derived number is compared with.

torch is given by the caller, so that nothing is imported here.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

from symconv.networks.layers import LAYERS
from symconv.networks.network import Network, parameters, shapes, source_of, spatials, target

Tensors = dict[str, Any]


def autograd(torch: Any, network: Network, instead: Mapping[str, Any] | None = None) -> Tensors:
    """Every tensor of the network, its gradient in `.grad`; also y, t and L, as far as the loss has them.

    instead: the values of some of the input and the parameters, in float64, in place of the network's own.
    """
    tensors: Tensors = {}

    def given(name: str, array: Any) -> Any:
        values = (instead or {}).get(name)
        if values is None:
            values = torch.tensor([float(x) for x in array.entries], dtype=torch.float64).reshape(array.shape)
        tensors[name] = values.requires_grad_()
        return tensors[name]

    given(network.input.name, network.input.value)
    sources, spaces, extents = source_of(network), spatials(network), shapes(network)
    for layer in network.layers:
        own = {field: given(p.name, p.value) for field, p in parameters(layer)}
        x = tensors[sources[layer.name]]
        made = TORCH[layer.kind](torch, layer, x, own, _Around(network.batch, spaces[sources[layer.name]], tensors))
        made = made[tuple(slice(n) for n in extents[layer.name])]  # in ceil mode a padded tensor may have a window more
        made.retain_grad()
        tensors[layer.name] = made
    _loss(torch, network, tensors)
    tensors["L"].backward()
    return tensors


class _Around:
    """What a layer cannot know: whether there is a batch, the number of spatial axes, and the tensors made so far."""

    def __init__(self, batch: bool, space: int | None, tensors: Tensors) -> None:
        self.batch, self.space, self.tensors = batch, space, tensors


Own = Mapping[str, Any]
TorchLayer = Callable[[Any, Any, Any, Own, _Around], Any]


def _conv(torch: Any, layer: Any, x: Any, own: Own, around: _Around) -> Any:
    dims = len(layer.kernel)
    x, K = _padded(torch, x, layer.padding, 0.0), own["weight"]
    plain = not layer.channels
    conv = getattr(torch.nn.functional, f"conv{dims}d")
    if plain:
        x, K = x[None], K[None, None]
    out = conv(x, K, own.get("bias"), layer.stride, 0, layer.dilation, layer.groups)
    return out[0] if plain else out


def _conv_transpose(torch: Any, layer: Any, x: Any, own: Own, around: _Around) -> Any:
    """torch pads both sides alike: here what lies beyond is cut off instead."""
    dims = len(layer.kernel)
    conv = getattr(torch.nn.functional, f"conv_transpose{dims}d")
    rest = [hi for _, hi in layer.padding]
    x, K = (x, own["weight"]) if layer.channels else (x[None], own["weight"][None, None])
    out = conv(x, K, None, layer.stride, 0, 0, layer.groups, layer.dilation)
    sides = [
        n for (lo, _), hi, more in zip(layer.padding, rest, layer.output_padding, strict=True) for n in (-lo, more - hi)
    ]
    out = torch.nn.functional.pad(out, _last_first(sides))
    out = out if "bias" not in own else out + own["bias"].reshape(-1, *(1,) * dims)
    return out if layer.channels else out[0]


def _last_first(sides: list[int]) -> list[int]:
    pairs = [sides[k : k + 2] for k in range(0, len(sides), 2)]
    return [n for pair in reversed(pairs) for n in pair]


def _padded(torch: Any, x: Any, padding: Any, value: float) -> Any:
    return torch.nn.functional.pad(x, _last_first([n for pair in padding for n in pair]), value=value)


def _linear(torch: Any, layer: Any, x: Any, own: Own, around: _Around) -> Any:
    return torch.nn.functional.linear(x.flatten(int(around.batch)), own["weight"], own.get("bias"))


def _channel(x: Any, around: _Around) -> list[int]:
    """The shape that lets a number for each channel meet x."""
    space = around.space or 0
    return [-1, *(1,) * space] if x.ndim > space + int(around.batch) else [1] * x.ndim


def _bias(torch: Any, layer: Any, x: Any, own: Own, around: _Around) -> Any:
    return x + own["bias"].reshape(_channel(x, around))


def _batch_norm(torch: Any, layer: Any, x: Any, own: Own, around: _Around) -> Any:
    given = x if around.batch else x[None]
    keep = ("mean" in own, "variance" in own)
    statistics = (own["mean"].detach(), own["variance"].detach()) if all(keep) else (None, None)
    weight, bias, epsilon = own.get("weight"), own.get("bias"), float(layer.epsilon)
    out = torch.nn.functional.batch_norm(given, *statistics, weight, bias, layer.training, 0.0, epsilon)
    if layer.training:
        axes = [k for k in range(given.ndim) if k != 1]
        around.tensors[f"{layer.name}.mean"] = given.mean(axes)
        around.tensors[f"{layer.name}.variance"] = given.var(axes, unbiased=False)
    return out if around.batch else out[0]


def _max_pool(torch: Any, layer: Any, x: Any, own: Own, around: _Around) -> Any:
    dims = len(layer.kernel)
    even = all(lo == hi for lo, hi in layer.padding)
    padding = [lo for lo, _ in layer.padding] if even else 0
    x = x if even else _padded(torch, x, layer.padding, -math.inf)
    pool = getattr(torch.nn.functional, f"max_pool{dims}d")
    return _with_channel(x, dims, lambda x: pool(x, layer.kernel, layer.stride, padding, layer.dilation, layer.ceil))


def _avg_pool(torch: Any, layer: Any, x: Any, own: Own, around: _Around) -> Any:
    """Where torch cannot (a padding with two different sides), sums divided by the number of places that count: means
    of whole windows made into others would lose what the sums do not."""
    dims = len(layer.kernel)
    if all(lo == hi for lo, hi in layer.padding):
        pool = getattr(torch.nn.functional, f"avg_pool{dims}d")
        sides = [lo for lo, _ in layer.padding]
        return _with_channel(
            x, dims, lambda x: pool(x, layer.kernel, layer.stride, sides, layer.ceil, layer.count_padding)
        )
    ones = _padded(torch, torch.ones_like(x), layer.padding, float(layer.count_padding))
    return _sums(torch, layer, _padded(torch, x, layer.padding, 0.0)) / _sums(torch, layer, ones)


def _sums(torch: Any, layer: Any, x: Any) -> Any:
    """The sum of each window; torch's pooling of one dimension has no divisor, that of two has."""
    kernel, stride = list(layer.kernel), list(layer.stride)
    if flat := len(kernel) == 1:
        x, kernel, stride = x.unsqueeze(-2), [1, *kernel], [1, *stride]
    pool = getattr(torch.nn.functional, f"avg_pool{len(kernel)}d")
    found = _with_channel(x, len(kernel), lambda x: pool(x, kernel, stride, 0, layer.ceil, True, 1))
    return found.squeeze(-2) if flat else found


def _with_channel(x: Any, dims: int, pool: Callable[[Any], Any]) -> Any:
    return pool(x[None])[0] if x.ndim == dims else pool(x)


def _global(name: str) -> TorchLayer:
    def layer_of(torch: Any, layer: Any, x: Any, own: Own, around: _Around) -> Any:
        dims = around.space if around.space is not None else x.ndim - int(around.batch) - (x.ndim > 2)
        pool = getattr(torch.nn.functional, f"adaptive_{name}_pool{dims}d")
        return _with_channel(x, dims, lambda x: pool(x, 1))

    return layer_of


def _entrywise(function: Callable[[Any, Any, Any], Any]) -> TorchLayer:
    return lambda torch, layer, x, own, around: function(torch.nn.functional, layer, x)


TORCH: Mapping[str, TorchLayer] = {
    "conv": _conv, "conv_transpose": _conv_transpose, "linear": _linear, "bias": _bias, "batch_norm": _batch_norm,
    "max_pool": _max_pool, "avg_pool": _avg_pool, "global_max_pool": _global("max"), "global_avg_pool": _global("avg"),
    "flatten": lambda torch, layer, x, own, around: x.flatten(int(around.batch)),
    "add": lambda torch, layer, x, own, around: x + around.tensors[layer.other],
    "relu": _entrywise(lambda F, layer, x: F.relu(x)),
    "leaky_relu": _entrywise(lambda F, layer, x: F.leaky_relu(x, float(layer.slope))),
    "elu": _entrywise(lambda F, layer, x: F.elu(x, float(layer.alpha))),
    "sigmoid": _entrywise(lambda F, layer, x: F.sigmoid(x)),
    "tanh": _entrywise(lambda F, layer, x: F.tanh(x)),
    "gelu": _entrywise(lambda F, layer, x: F.gelu(x)),
    # from 20 on torch's own leaves out log
    "softplus": lambda torch, layer, x, own, around: torch.logaddexp(x, torch.zeros_like(x)),
    "dropout": _entrywise(lambda F, layer, x: F.dropout(x, float(layer.rate), training=False)),
}  # fmt: skip
assert {layer.kind for layer in LAYERS} == set(TORCH)


# ------------------------------------------------------------------------------------------------ the loss
def _loss(torch: Any, network: Network, tensors: Tensors) -> None:
    F = torch.nn.functional
    loss: Any = network.loss
    z, given = tensors[network.layers[-1].name], target(network)
    t = torch.tensor([float(x) for x in given.entries], dtype=torch.float64).reshape(given.shape)
    if loss.kind == "cross_entropy":
        tensors["y"] = F.softmax(z, -1)
        rows = z if network.batch else z[None]
        value = F.cross_entropy(rows, _classes(torch, loss, t, network.batch), reduction=loss.reduction,
                                label_smoothing=float(loss.label_smoothing))  # fmt: skip
    elif loss.kind == "binary_cross_entropy":
        tensors["y"] = F.sigmoid(z)
        value = F.binary_cross_entropy_with_logits(z, t, reduction=loss.reduction)
    else:
        value = F.mse_loss(z, t, reduction=loss.reduction)
    tensors |= {"t": t, "L": value}


def _classes(torch: Any, loss: Any, t: Any, batch: bool) -> Any:
    """What torch takes for a target: class indices, or probabilities, which it smooths itself."""
    if loss.target is not None:
        return torch.tensor(loss.target if batch else [loss.target])
    given = loss.probabilities
    rows = torch.tensor([float(x) for x in given.entries], dtype=torch.float64).reshape(given.shape)
    return rows if batch else rows[None]
