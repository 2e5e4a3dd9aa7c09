"""What from_torch says to a model that is brought, and whether the gradients of what it takes are torch's own."""

import traceback
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import torch
from torch import nn

from symconv.check.torch_network import autograd
from symconv.errors import Fault, SymconvError
from symconv.networks.network import Network
from symconv.torch_models.model import copied
from symconv.torch_models.opened import in_double
from symconv.torch_models.twins import Twins, twins_of, with_twins
from tests.models.brought import Brought, Call, Tensor
from tests.models.every import MODELS

CLOSE = 1e-9  # of the largest gradient of all: both are of float64


@dataclass(frozen=True)
class Verdict:
    """`kind`: "taken", "refused", "OFF" (taken, with other gradients than torch's) or "CRASH"."""

    kind: str
    message: str = ""
    faults: tuple[Fault, ...] = ()


@cache
def verdict(name: str) -> Verdict:
    """Of the model of this name."""
    brought = MODELS[name]
    try:
        network = brought.build().network()
    except SymconvError as error:
        return Verdict("refused", str(error), error.faults)
    except Exception as error:  # what should have been refused in words
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return Verdict("CRASH", f"{type(error).__name__}: {error} ({frame.filename}:{frame.lineno})")
    off = differences(brought, network)
    return Verdict("OFF", f"gradients differ: {off}") if off else Verdict("taken")


def differences(brought: Brought, network: Network) -> dict[str, float]:
    """How far each parameter's gradient in the network is from torch's, as a part of the largest; those too far off."""
    call = doubled(brought.build())
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)  # of what the model makes of its own, as coordinates
    with in_double(torch):  # or a part of it that asks for float() is of 32 bits
        value = call.value()
    value.backward()
    torch.set_default_dtype(before)
    wanted = {name: p.grad for name, p in call.model.named_parameters() if p.grad is not None}
    found = autograd(torch, network)
    largest = max(float(gradient.abs().max()) for gradient in wanted.values()) or 1.0
    far = {name: _apart(found, name, gradient) / largest for name, gradient in wanted.items()}
    return {name: part for name, part in far.items() if not part <= CLOSE}


def _apart(found: dict[str, Tensor], name: str, wanted: Tensor) -> float:
    """Infinite where the network has no parameter of this name; a single layer was put into an nn.Sequential."""
    own = next((found[each] for each in (name, f"0.{name}", f"{name}_") if each in found), None)
    if own is None or own.grad is None or own.numel() != wanted.numel():
        return float("inf")
    return float((own.grad.reshape(wanted.shape) - wanted).abs().max())  # a single number is a list of one


def doubled(call: Call) -> Call:
    """The same in float64, computed weights as the plain ones that they are."""
    own = copied(torch, call.model)
    loss = call.loss.double() if isinstance(call.loss, nn.Module) else call.loss
    if callable(loss) and not isinstance(loss, nn.Module):
        loss = _of_copy(loss, twins_of(torch, call.model, own))
    return replace(call, model=own, input=_double(call.input), target=_double(call.target), loss=loss)


def _of_copy(loss: Any, twins: Twins) -> Any:
    """A loss that may read the model's parameters: those of the copy."""

    def own(output: Any, target: Any) -> Tensor:
        with with_twins(torch, twins):
            value: Tensor = loss(output, target)
        return value

    return own


def _double(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return type(value)(map(_double, value))
    return value.double() if isinstance(value, torch.Tensor) and value.is_floating_point() else value
