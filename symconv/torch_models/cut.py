"""What autograd does not see: what is computed without gradients (no_grad, inference_mode, .data), and numbers that are
replaced there.

What leaves such a part is a constant for all that follows, so a detach is written down where it is read. torch is given
by the caller, so that nothing is imported here.
"""

from collections.abc import Iterable
from dataclasses import replace
from types import ModuleType

from symconv.errors import NotSupported
from symconv.networks.in_torch import Module
from symconv.torch_models.opened import changes
from symconv.torch_models.record import FunctionCall, Value
from symconv.torch_models.source import after

KEEPING = ("requires_grad_", "detach_")  # that change no number
WITHOUT = "runs without gradients (no_grad, inference_mode, set_grad_enabled), so that nothing learns"
REPLACED = "numbers that have a gradient are replaced where autograd does not see it"
REPLACING = "make a new tensor of them: x = x + (new - x).detach()"


def as_constant(value: Value, model: Module, place: str) -> tuple[FunctionCall, Value]:
    """What is read with gradients of something that was computed without: the same numbers, and the call that detaches
    them."""
    record = FunctionCall("detach", (value,), {}, (value.tensor,), (value.shape,), "", model, 0, place, cut=False)
    return record, replace(value, maker=record, at=0)


def is_off(torch: ModuleType) -> bool:
    """Whether autograd is switched off."""
    return not torch.is_grad_enabled() or bool(torch.is_inference_mode_enabled())


def is_without(value: Value) -> bool:
    """Whether it was computed without gradients, and not read with them since."""
    return value.maker is not None and value.maker.cut


def replaces(name: str, function: str, cut: bool) -> bool:
    """Whether a call puts other numbers into a tensor where autograd does not see it. function: as Python has it, which
    is __set__ for x.data = y."""
    return (name == "data" and function == "__set__") or (cut and changes(name) and name not in KEEPING)


def refuse_without(value: Value, what: str, calls: Iterable[FunctionCall]) -> None:
    """NotSupported where an output, or a loss, has no gradient, as one of the calls behind it was made without."""
    record = next((each for each in calls if each.cut), None)
    if record is not None and not value.tensor.requires_grad:
        at = after(f"{what}, {record.function}", record.place)
        raise NotSupported(f"{at}: {WITHOUT}\n  give the part that has gradients")
