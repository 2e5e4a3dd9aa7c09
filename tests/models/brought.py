"""Models as people bring them: after public ones, in miniature, each with the call of from_torch that its owner makes.

They are written as such code is, whether symconv knows all of it or not.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from symconv.errors import NotSupported
from symconv.networks.network import Network
from symconv.torch_models.from_torch import from_torch

Tensor = torch.Tensor

WORDS = {
    "cross_entropy": F.cross_entropy, "nll": F.nll_loss, "mse": F.mse_loss, "bce": F.binary_cross_entropy,
    "bce_with_logits": F.binary_cross_entropy_with_logits,
}  # fmt: skip


@dataclass(frozen=True)
class Call:
    """A call of from_torch, and the same in torch.

    input: a tensor, or a tuple of the arguments of the model. loss: a word, a module or function of torch, or any
    function of output and target; with `losses` among the options None, and `target` has one for each output.
    """

    model: nn.Module
    input: Any
    target: Any
    loss: Any
    options: dict[str, Any]

    def network(self) -> Network:
        """What from_torch reads; what it raises is raised. An option that it does not have is not supported."""
        known = inspect.signature(from_torch).parameters
        for option in self.options:
            if option not in known:
                raise NotSupported(f"from_torch has no argument {option}\n  known: {', '.join(known)}")
        loss = () if self.loss is None else (self.loss,)
        return from_torch(self.model, self.input, self.target, *loss, **self.options)

    def value(self) -> Tensor:
        """The loss by torch itself."""
        output = self.model(*self.input) if isinstance(self.input, tuple) else self.model(self.input)
        more = {name: x for name, x in self.options.items() if name in ("reduction", "label_smoothing")}
        if "losses" in self.options:
            values = [_value(*each) for each in zip(self.options["losses"], output, self.target, strict=True)]
            return torch.stack(values).sum()
        return _value(
            self.loss, output[self.options["output"]] if "output" in self.options else output, self.target, more
        )


def _value(loss: Any, output: Any, target: Any, more: dict[str, Any] | None = None) -> Tensor:
    return WORDS.get(loss, loss)(output, target, **more or {}) if isinstance(loss, str) else loss(output, target)


@dataclass(frozen=True)
class Brought:
    """A model by name; `build` makes the same one, in its usual mode, each time."""

    name: str
    family: str
    after: str  # what it is after
    build: Callable[[], Call]
    unused: tuple[str, ...] = ()  # how the names of the parameters begin that it does not use in this mode


def brought(family: str, *unused: str) -> Callable[[Callable[[], Call]], Brought]:
    """Makes of a function, whose docstring says what its model is after, the model of the function's name."""

    def made(build: Callable[[], Call]) -> Brought:
        name = build.__name__.replace("_", "-")

        def seeded() -> Call:
            torch.manual_seed(sum(map(ord, name)))
            return build()

        return Brought(name, family, build.__doc__ or "", seeded, unused)

    return made


def call(model: nn.Module, input: Any, target: Any = None, loss: Any = "cross_entropy", **options: Any) -> Call:
    """The call as it is written."""
    return Call(model, input, target, loss, options)


def trained(model: nn.Module) -> nn.Module:
    """The model in eval mode, its statistics as if it had seen images."""
    for module in model.modules():
        if getattr(module, "running_mean", None) is not None:
            module.running_mean.normal_(0.0, 0.5)
            module.running_var.uniform_(0.5, 2.0)
    return model.eval()


def classes(count: int, *shape: int) -> Tensor:
    """Class indices of that many classes."""
    return torch.randint(count, shape)
