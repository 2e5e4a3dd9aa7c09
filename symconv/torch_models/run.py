"""A run of a model of torch that is watched, and what it returns.

The model runs as it is, on its input, in float64, under torch's own `TorchFunctionMode`. So sizes are numbers, a branch
on them is taken as it would be, and a module is what its forward does, whatever class it has. torch is given by the
caller, so that nothing is imported here.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from symconv.errors import NotSupported, SpecError, refuse
from symconv.networks.in_torch import Module, Tensor
from symconv.torch_models.follow import Follower
from symconv.torch_models.inputs import input_faults
from symconv.torch_models.model import learning, reset, running_modules
from symconv.torch_models.record import FunctionCall, Value
from symconv.torch_models.source import raised_at, reason


@dataclass(frozen=True)
class Run:
    """What the model returned, the calls in order, how to find the value that a tensor is now (None where it was not
    followed), and what some calls are called for what they mean."""

    returned: Any
    records: Sequence[FunctionCall]
    find: Callable[[Any], Value | None]
    words: Mapping[FunctionCall, str]


def recorded(
    torch: ModuleType, model: Module, given: Tensor, known: Callable[[str], bool],
    then: Callable[[Any], Any] | None = None,
) -> Run:  # fmt: skip
    """A run on `given`, and what is made `then` of what the model returns. A function of torch that is not `known`, and
    is written in Python, is followed into.

    SpecError where the model cannot run, NotSupported where it asks for numbers of what depends on the input.
    """
    refuse(input_faults(model))
    reset(model)
    for parameter in model.parameters():  # of a copy: what is frozen is followed as well, integers cannot learn
        parameter.requires_grad_(parameter.is_floating_point())
    with ExitStack() as stack:
        running = stack.enter_context(running_modules(torch))
        follower = Follower(torch, model, running, known, sys._getframe())
        x = learning(given).clone()  # of a copy: something in place may come first
        follower.start(x)
        try:
            with torch.enable_grad(), _watched(torch, follower):  # which also takes back what the pass leaves off
                returned = model(x)
                if then is not None:
                    follower.in_loss = True
                    returned = then(returned)
                return Run(returned, follower.records, follower.find, follower.called)
        except NotSupported:
            raise
        except Exception as error:  # whatever a forward pass may raise
            what = "loss" if follower.in_loss else type(model).__name__
            places = (what, "" if follower.in_loss else follower.inside(), raised_at(torch, error))
            of = "what the model returns" if follower.in_loss else f"an input of shape {tuple(given.shape)}"
            text = f"{', '.join(filter(None, places))}: cannot run on {of}"
            raise SpecError(f"{text}\n  {reason(error)}") from error


def _watched(torch: ModuleType, follower: Follower) -> Any:
    """The mode in which torch tells the follower of every call of its functions."""

    class Watched(torch.overrides.TorchFunctionMode):  # type: ignore[name-defined]  # of a module that is given
        """What it calls meanwhile is not watched."""

        def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            """By torch, for each of its functions."""
            return follower.call(self, function, args, kwargs or {})

    return Watched()
