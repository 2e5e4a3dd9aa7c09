"""The loss of a model: one of ours after the model's calls, or a function of one's own, whose calls are layers too.

A function is run after the model and followed as the model is. Where its last call is a loss that is derived as one, of
one tensor that is computed and one that is not, that is the network's loss; else it is the number that the last layer
gives. torch is given by the caller, so that nothing is imported here.
"""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from symconv.array import Array, Shape
from symconv.errors import Fault, NotSupported, SpecError, SymconvError, refuse
from symconv.networks.in_torch import Module, Tensor
from symconv.networks.losses import REDUCTIONS, CrossEntropy, Loss
from symconv.torch_models.bound import bound
from symconv.torch_models.call import TorchRule, decimal
from symconv.torch_models.composed import LEAST
from symconv.torch_models.functions import NATIVE
from symconv.torch_models.losses import (
    BENDS,
    KNOWN,
    MEANT,
    WORDS,
    LossCall,
    are_classes,
    asked,
    ends_with,
    is_of_parts,
    loss_of,
    torch_target,
    without_end,
)
from symconv.torch_models.model import is_tensor, unread_faults
from symconv.torch_models.record import FunctionCall, Value
from symconv.torch_models.trace import SINGLE, TracedCall, chosen, traced, traced_loss
from symconv.torch_models.twins import Twins, with_twins

DEFAULT = "cross_entropy"
PLAIN = ("weight", "pos_weight", "size_average", "reduce")  # arguments that a loss of ours does not have
SYMMETRIC = ("mse_loss", "l1_loss", "huber_loss", "smooth_l1_loss")  # that may have the target first
BatchOf = Callable[[Sequence[TracedCall]], bool]  # whether the first axis of what they work on counts images
Exactly = Callable[[Any, str], Array]  # the exact numbers of something, and what it is called


@dataclass(frozen=True)
class AskedLoss:
    """What was said of the loss; twins: of the model's own tensors in the copy that is run."""

    target: Any
    loss: Any = DEFAULT
    losses: Any = None
    output: int | str | None = None
    reduction: str = "mean"
    label_smoothing: Any = 0
    twins: Twins = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """The calls that become layers; the loss of what the last of them gives, None where it is that number itself; and
    the loss in torch, of what the model returns."""

    steps: Sequence[TracedCall]
    loss: Callable[[bool], Loss] | None  # of whether there is a batch
    value: Callable[[Any], Tensor]
    otherwise: "Callable[[], Reading] | None" = None  # the same in parts, where that loss does not fit


@dataclass(frozen=True)
class _Function:
    """A loss that is a function of what the model returns, and the names of the tensors (by id) that it knows."""

    value: Callable[[Any], Tensor]
    names: Mapping[int, str] = field(default_factory=dict)


def read(
    torch: ModuleType, model: Module, given: Tensor, said: AskedLoss, batch_of: BatchOf, exactly: Exactly
) -> Reading:
    """A model and its loss; what has no derivation is refused."""
    if said.losses is not None:
        return _followed(torch, model, given, _added(torch, model, said, exactly), batch_of, exactly)
    if asked(torch, said.loss, said.reduction, said.label_smoothing, ()) is None:
        return _followed(torch, model, given, _one(torch, model, said, exactly), batch_of, exactly)
    whole = traced(torch, model, given, said.output)
    wanted = asked(torch, said.loss, said.reduction, said.label_smoothing, whole)
    assert wanted is not None  # as it was before
    values = exactly(said.target, "target")
    t = torch_target(torch, wanted, said.target, values)
    gives = whole[-1].gives if whole else tuple(given.shape)
    function = _Function(lambda returned: wanted.value(chosen(returned, said.output), t), _named(model, t, "target"))
    if is_of_parts(wanted, said.target, values, gives) or _holds_anyhow(model, given, said, wanted, whole):
        return _followed(torch, model, given, function, batch_of, exactly)
    steps = without_end(whole, wanted)
    if values.shape == () and gives == SINGLE and wanted.kind != CrossEntropy.kind:
        values = Array(SINGLE, values.entries)
    return Reading(
        steps, lambda batch: loss_of(wanted, said.target, values, batch, steps[-1].gives),
        lambda returned: wanted.at(chosen(returned, said.output), t),
        (lambda: _in_parts(torch, model, given, function)) if steps and wanted.kind == CrossEntropy.kind else None,
    )  # fmt: skip


def _holds_anyhow(model: Module, given: Tensor, said: AskedLoss, wanted: LossCall, steps: Sequence[TracedCall]) -> bool:
    """Whether a loss that is read together with the model's end, which the model has not, is given such numbers all the
    same: probabilities that are no sigmoid, or logarithms of probabilities that are no log_softmax."""
    meant = MEANT[wanted.function]
    if not meant.needed or ends_with(steps, meant.end):
        return False
    try:
        without_end(steps, wanted)
    except NotSupported:
        x = chosen(model(given.clone()), said.output).detach()
        logarithms = meant.end == "log_softmax"
        return bool((x <= 0).all()) if logarithms else bool((x.minimum(1 - x) >= LEAST).all())
    return False


# ------------------------------------------------------------------------------------------------ a function followed
def _followed(
    torch: ModuleType, model: Module, given: Tensor, loss: _Function, batch_of: BatchOf, exactly: Exactly
) -> Reading:
    """Its last call as a loss of ours, where it is one; else all its calls as layers."""
    steps, last = traced_loss(torch, model, given, loss.value, loss.names, native=True)
    found = _ours(last, steps, batch_of, exactly) if last else None
    if found:
        return Reading(found[0], lambda batch: found[1], loss.value, lambda: _in_parts(torch, model, given, loss))
    return _in_parts(torch, model, given, loss)


def _in_parts(torch: ModuleType, model: Module, given: Tensor, loss: _Function) -> Reading:
    """All its calls as layers."""
    steps, _ = traced_loss(torch, model, given, loss.value, loss.names, native=False)
    return Reading(steps, None, loss.value)


def _ours(
    record: FunctionCall, steps: Sequence[TracedCall], batch_of: BatchOf, exactly: Exactly
) -> tuple[Sequence[TracedCall], Loss] | None:
    """The loss that a call of torch's is, after the steps that are not a part of it; None where it is none of ours."""
    given, _ = bound(record, TorchRule(record.function, NATIVE[record.function]))
    x, other = given["input"], given["other"]
    kind = MEANT[record.function].kind
    if not (isinstance(x, Value) and x.live) and record.function in SYMMETRIC:
        x, other = other, x
    plain = all(given.get(argument) is None for argument in PLAIN) and given.get("reduction", "mean") in REDUCTIONS
    if not plain or not isinstance(x, Value) or not x.live or not is_tensor(other) or not x.shape:
        return None
    values = exactly(other, "target")
    if not _compares(kind, given, other, values, x.shape):
        return None
    bend, smoothing = given.get(BENDS.get(record.function, ""), 1), given.get("label_smoothing", 0)
    call = LossCall(record.function, given.get("reduction", "mean"), decimal(smoothing), _unused, decimal(bend))
    if record.function == "binary_cross_entropy" and bool((x.tensor.minimum(1 - x.tensor) < LEAST).any()):
        return None
    try:
        left = without_end(steps, call)
        return (left, loss_of(call, other, values, batch_of(left), left[-1].gives)) if left else None
    except SymconvError:
        return None


def _compares(kind: str, given: Mapping[str, Any], target: Tensor, values: Array, shape: Shape) -> bool:
    """Whether a target goes with scores of a shape entry by entry, or with classes that all count."""
    if kind != CrossEntropy.kind:
        return values.shape == shape
    if not are_classes(target):
        return values.shape == shape and len(shape) < 3
    return len(shape) < 3 and given.get("ignore_index", -100) not in values.entries


def _unused(output: Tensor, target: Tensor) -> Tensor:
    raise AssertionError("the function itself is what torch computes")


# ------------------------------------------------------------------------------------------------ what is given
def _one(torch: ModuleType, model: Module, said: AskedLoss, exactly: Exactly) -> _Function:
    """One function of the output, or of all that the model returns, and the target."""
    function, target = _function(torch, said.loss, said.twins), _torch_target(torch, said.target, exactly)
    return _Function(lambda returned: function(chosen(returned, said.output), target), _named(model, target, "target"))


def _added(torch: ModuleType, model: Module, said: AskedLoss, exactly: Exactly) -> _Function:
    """A loss for each output, with a target for each, added."""
    losses, target = said.losses, said.target
    if not isinstance(losses, list | tuple) or not losses:
        raise SpecError("losses: is no list of losses\n  give one for each output, as [nn.MSELoss(), nn.L1Loss()]")
    if said.loss != DEFAULT or said.reduction != "mean" or decimal(said.label_smoothing) or said.output is not None:
        text = "losses: stands beside loss, output, reduction or label_smoothing"
        raise SpecError(f"{text}\n  give the losses alone; each has options of its own")
    if not isinstance(target, list | tuple) or len(target) != len(losses):
        raise SpecError(f"target: there are {len(losses)} losses\n  give a list with a target for each")
    functions = [_function(torch, loss, said.twins) for loss in losses]
    targets = [_torch_target(torch, each, exactly) for each in target]

    def value(returned: Any) -> Tensor:
        outputs = list(returned.values()) if isinstance(returned, Mapping) else returned
        if not isinstance(outputs, list | tuple) or len(outputs) != len(functions):
            what = f"{len(outputs)} outputs" if isinstance(outputs, list | tuple) else "one output"
            raise NotSupported(f"losses: {len(functions)} losses for {what} of the model\n  give one for each output")
        first, *others = (f(z, t) for f, z, t in zip(functions, outputs, targets, strict=True))
        total = first
        for each in others:
            total = total + each
        return total

    names = {key: name for k, t in enumerate(targets) for key, name in _named(model, t, f"target.{k}").items()}
    return _Function(value, names)


def _function(torch: ModuleType, loss: Any, twins: Twins) -> Callable[[Any, Any], Tensor]:
    """A word's function of torch; a module as a copy in float64, as the model is one; a function that reads the model's
    tensors reads those of the copy."""
    if isinstance(loss, torch.nn.Module):
        refuse(_learning_faults(loss, twins), "loss")
        own: Callable[[Any, Any], Tensor] = copy.deepcopy(loss, dict(twins)).to("cpu").double()
        return own
    if isinstance(loss, str) and loss in WORDS:
        named: Callable[[Any, Any], Tensor] = getattr(torch.nn.functional, WORDS[loss])
        return named
    if isinstance(loss, type) or not callable(loss):
        called = getattr(loss, "__name__", type(loss).__name__)
        raise NotSupported(f"loss: {called} has no derivation\n  {KNOWN}")

    def function(output: Any, target: Any) -> Tensor:
        with with_twins(torch, twins):
            value: Tensor = loss(output, target)
        return value

    return function


def _learning_faults(loss: Module, twins: Twins) -> Iterator[Fault]:
    for name, parameter in loss.named_parameters():
        if parameter.requires_grad and id(parameter) not in twins:
            text = "is a parameter of the loss, which would learn"
            yield Fault(name, text, "let the model hold it, and return what is computed with it", unsupported=True)


def _torch_target(torch: ModuleType, target: Any, exactly: Exactly) -> Any:
    """The target as a function takes it: floats in float64, what holds several tensors as it is."""
    if target is None or isinstance(target, bool | str):
        return target
    if is_tensor(target):
        refuse(unread_faults(target, "target"))
        own = target.detach().clone().to("cpu")
        return own.double() if own.is_floating_point() else own
    if isinstance(target, Mapping):
        return {key: _torch_target(torch, each, exactly) for key, each in target.items()}
    if isinstance(target, list | tuple) and _holds_tensors(target):
        return [_torch_target(torch, each, exactly) for each in target]
    values = exactly(target, "target")
    classes = are_classes(target)
    entries = [int(x) if classes else float(x) for x in values.entries]
    return torch.tensor(entries, dtype=torch.int64 if classes else torch.float64).reshape(values.shape)


def _holds_tensors(target: Any) -> bool:
    """Whether lists, in whatever depth, hold tensors, or places where there is none."""
    if isinstance(target, list | tuple):
        return any(map(_holds_tensors, target))
    return target is None or is_tensor(target) or isinstance(target, Mapping)


def _named(model: Module, target: Any, name: str) -> dict[int, str]:
    """The tensors of a target by id, with the names that they have where the model has none of these."""
    if isinstance(target, Mapping | list):
        pairs = target.items() if isinstance(target, Mapping) else enumerate(target)
        return {key: own for k, each in pairs for key, own in _named(model, each, f"{name}.{k}").items()}
    taken = {own for own, _ in (*model.named_parameters(), *model.named_buffers())}
    return {id(target): name} if is_tensor(target) and name not in taken else {}
