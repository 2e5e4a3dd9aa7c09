"""Parts of a model of torch, read by `from_torch` and held to the model itself: its output and its gradients."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from symconv.errors import SymconvError
from symconv.networks.network import Network, parameters
from symconv.study import derive
from symconv.torch_models.from_torch import from_torch

Part = Callable[..., Any]


class Model(nn.Module):
    """A part, given the input, or itself and the input where it holds something (`shapes`, by name)."""

    def __init__(self, part: Part, learned: Mapping[str, Tensor], constant: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.part = part
        for name, x in learned.items():
            setattr(self, name, nn.Parameter(x.clone()))
        for name, x in constant.items():
            self.register_buffer(name, x.clone())
        self.held = bool(learned or constant)

    def forward(self, x: Tensor) -> Tensor:
        made: Tensor = self.part(self, x) if self.held else self.part(x)
        return made


def numbers(*shape: int) -> Tensor:
    """Whole numbers, no two alike."""
    count = int(torch.Size(shape).numel())
    return ((torch.arange(count) * 37 + 5) % 211 - 105).double().reshape(shape)


def read(
    part: Part, *shape: int, learned: Mapping[str, Tensor] | None = None, constant: Mapping[str, Tensor] | None = None,
    given: Tensor | None = None,
) -> tuple[Network, Model, Tensor, Tensor]:  # fmt: skip
    """The network, the model, its input and the target; the loss is the mean of squares."""
    model = Model(part, learned or {}, constant or {}).double()
    x = numbers(*shape) if given is None else given.double()
    target = numbers(*model(x).shape) / 8
    return from_torch(model, x, target, "mse"), model, x, target


def held_to_model(part: Part, *shape: int, still: Collection[str] = (), **held: Any) -> Network:
    """Values and gradients of the emitted code are the model's; those of what is `still`, which torch has none of, are
    0."""
    net, model, x, target = read(part, *shape, **held)
    given = x.clone().requires_grad_()
    made = model(given)
    nn.functional.mse_loss(made, target).backward()
    found = derive(net).evaluate("torch")
    torch.testing.assert_close(found["values"][net.layers[-1].name], made.detach(), rtol=1e-12, atol=1e-12)
    wanted = {"X": given, **dict(model.named_parameters())}
    for name, leaf in wanted.items():
        assert (leaf.grad is None) == (name in still)
        grad = (torch.zeros_like(leaf) if leaf.grad is None else leaf.grad).reshape(
            leaf.shape or (1,)
        )  # a single number is a list of one
        torch.testing.assert_close(found["gradients"][name], grad, rtol=1e-12, atol=1e-12)
    return net


def refused(part: Part, *shape: int, **held: Any) -> str:
    """What is said instead."""
    with pytest.raises(SymconvError) as found:
        read(part, *shape, **held)
    return str(found.value)


def kinds(net: Network) -> list[str]:
    """The layers that were read."""
    return [layer.kind for layer in net.layers]


# ------------------------------------------------------------------------------------------------ whole models
class Modules(nn.Module):
    """Modules, and what is made with them."""

    def __init__(self, forward: Callable[..., Any], **modules: nn.Module) -> None:
        super().__init__()
        self.made = forward
        for name, module in modules.items():
            setattr(self, name, module)

    def forward(self, x: Any) -> Any:
        return self.made(self, x)


def drawn(*shape: int, seed: int = 1) -> Any:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def whole(model: nn.Module, given: Any) -> Network:
    """The network of a model; the values and gradients of its emitted code are the model's."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        for parameter in model.double().parameters():
            nn.init.normal_(parameter, std=0.5)
    outputs = model(*given) if isinstance(given, tuple) else model(given)
    target = drawn(*outputs.shape, seed=2)
    network = from_torch(model, given, target, "mse")
    F.mse_loss(outputs, target).backward()
    found = derive(network).evaluate("torch")
    torch.testing.assert_close(found["values"][network.layers[-1].name], outputs.detach(), rtol=1e-11, atol=1e-11)
    held = {p.name for layer in network.layers for _, p in parameters(layer)} | {x.name for x in network.tensors}
    for name, parameter in model.named_parameters():
        if name in held:
            torch.testing.assert_close(found["gradients"][name], parameter.grad, rtol=1e-10, atol=1e-11, msg=name)
        else:
            assert parameter.grad is None or not parameter.grad.any(), name
    return network
