"""A network by PyTorch's own layers in float64, with autograd: what every derived number is compared with.

torch is given by the caller, so that nothing is imported here.
"""

from collections.abc import Callable, Mapping
from functools import partial
from types import ModuleType

from symconv.array import Array
from symconv.networks.in_torch import Met, Tensor, TorchTensors
from symconv.networks.network import (
    AbsoluteError,
    BinaryCrossEntropy,
    CrossEntropy,
    Huber,
    Loss,
    Network,
    SmoothL1,
    forms_of,
    parameters,
    shapes,
    source_of,
    spatials,
    target,
)


def autograd(torch: ModuleType, network: Network, instead: Mapping[str, Tensor] | None = None) -> TorchTensors:
    """Every tensor of the network, its gradient in `.grad`; also y, t and L, as far as the loss has them.

    Each is float64, of the shape that the network gives it. instead: the values of some of the input and the
    parameters, in float64, in place of the network's own. What torch raises is raised.
    """
    tensors: TorchTensors = {}

    def given(name: str, array: Array) -> Tensor:
        if name in tensors:  # which several layers hold
            return tensors[name]
        values = (instead or {}).get(name)
        if values is None:
            values = torch.tensor([float(x) for x in array.entries], dtype=torch.float64).reshape(array.shape)
        tensors[name] = values.reshape(array.shape).requires_grad_()  # a single number is a list of one
        return tensors[name]

    for each in (network.input, *(each.tensor for each in network.tensors)):
        given(each.name, each.value)
    sources, spaces, extents, forms = source_of(network), spatials(network), shapes(network), forms_of(network)
    for layer in network.layers:
        own = {field: given(p.name, p.value) for field, p in parameters(layer)}
        source = sources[layer.name]
        for p in layer.tables(forms[source].shape):
            given(p.name, p.value)
        made = layer.in_torch(Met(torch, tensors[source], own, forms[source].batch, spaces[source], tensors))
        made = made[tuple(slice(n) for n in extents[layer.name])]  # in ceil mode a padded tensor may have a window more
        made.retain_grad()
        tensors[layer.name] = made
    _loss(torch, network, tensors)
    tensors["L"].backward()
    for x in tensors.values():
        if x.requires_grad and (x.is_leaf or x.retains_grad) and x.grad is None:  # nothing arrives behind a detach
            x.grad = torch.zeros_like(x)
    return tensors


# ------------------------------------------------------------------------------------------------ the loss
def _loss(torch: ModuleType, network: Network, tensors: TorchTensors) -> None:
    F = torch.nn.functional
    loss = network.loss
    last = network.layers[-1].name
    z, given, batch = tensors[last], target(network), forms_of(network)[last].batch
    if given is None:
        tensors["L"] = z.mean() if loss.reduction == "mean" else z.sum()
        return
    t = torch.tensor([float(x) for x in given.entries], dtype=torch.float64).reshape(given.shape)
    if isinstance(loss, CrossEntropy):
        tensors["y"] = F.softmax(z, -1)
        rows = z if batch else z[None]
        value = F.cross_entropy(rows, _classes(torch, loss, t, batch), reduction=loss.reduction,
                                label_smoothing=float(loss.label_smoothing))  # fmt: skip
    elif isinstance(loss, BinaryCrossEntropy):
        tensors["y"] = F.sigmoid(z)
        value = F.binary_cross_entropy_with_logits(z, t, reduction=loss.reduction)
    else:
        value = _error(torch, loss)(z, t, reduction=loss.reduction)
    tensors |= {"t": t, "L": value}


def _error(torch: ModuleType, loss: Loss) -> Callable[..., Tensor]:
    """torch's function of a loss that compares entry by entry."""
    F = torch.nn.functional
    if isinstance(loss, Huber):
        return partial(F.huber_loss, delta=float(loss.delta))
    if isinstance(loss, SmoothL1):
        return partial(F.smooth_l1_loss, beta=float(loss.beta))
    plain: Callable[..., Tensor] = F.l1_loss if isinstance(loss, AbsoluteError) else F.mse_loss
    return plain


def _classes(torch: ModuleType, loss: CrossEntropy, t: object, batch: bool) -> Tensor:
    """What torch takes for a target: class indices, or probabilities, which it smooths itself."""
    if loss.target is not None:
        classes: Tensor = torch.tensor(loss.target if batch else [loss.target])
        return classes
    given = loss.probabilities
    assert given is not None  # a loss has one of the two
    rows: Tensor = torch.tensor([float(x) for x in given.entries], dtype=torch.float64).reshape(given.shape)
    return rows if batch else rows[None]
