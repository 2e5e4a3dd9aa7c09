"""A model of torch as a list of known calls: what is on the way from its input to its output, and nothing else.

torch is given by the caller, so that nothing is imported here. The model is a copy that may be changed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from symconv.array import Shape
from symconv.errors import NotSupported, refuse
from symconv.networks.in_torch import Module, Tensor
from symconv.torch_models.bound import (
    HOLDING,
    READS,
    WEIGHING,
    bound,
    is_array,
    is_computed,
    is_layer,
    labels_of,
    place,
    rule_for,
)
from symconv.torch_models.call import TorchOptions, TorchRule
from symconv.torch_models.cut import refuse_without
from symconv.torch_models.functions import NATIVE, OWN, SEVERAL, loss_rule, rule_of
from symconv.torch_models.record import FunctionCall, Value, leaves
from symconv.torch_models.refusals import run_faults
from symconv.torch_models.run import Run, recorded

FURTHER = "further "  # before the label of a tensor that no call gives
SINGLE = (1,)  # the shape of a single number, as torch has () for it, among layers
CallResult = tuple[FunctionCall, int]  # one of the results of a call


@dataclass(frozen=True)
class OwnTensor:
    """A tensor that a call reads and the model holds: its name in the model ("": it has none), its numbers, and whether
    it learns."""

    name: str
    tensor: Tensor
    learned: bool = False
    given: bool = False  # it is an input of the model


@dataclass(frozen=True)
class TracedCall:
    """One call: what it means, the calls (by label) that it reads, "" for the input, and the shapes that it met.

    sides: the arguments that these are; at: which of the results is meant, of those of the shapes `made`; further: the
    tensors among the operands that no call gives; live: whether it depends on the input.
    """

    label: str
    is_module: bool  # it has the name of a module of torch
    place: str  # for messages
    known: TorchRule
    options: TorchOptions
    own: Mapping[str, OwnTensor]  # by argument
    operands: tuple[str, ...]
    sides: tuple[str, ...]
    shapes: tuple[Shape, ...]
    made: tuple[Shape, ...]
    at: int = 0
    further: Mapping[str, OwnTensor] = field(default_factory=dict)
    live: bool = True

    @property
    def reads(self) -> Shape:
        """The shape of the first that it reads."""
        return self.shapes[0]

    @property
    def gives(self) -> Shape:
        """The shape of its result."""
        return self.made[self.at]


def traced(torch: ModuleType, model: Module, given: Tensor, output: int | str | None = None) -> list[TracedCall]:
    """The calls between the input and the output, in order, the last one is the output. given: in float64.

    output: which of several that the model returns, by its place or its name. NotSupported names every call that has no
    derivation, SpecError a model that cannot run on an input of this shape.
    """
    run = recorded(torch, model, given, lambda name: rule_of(name) is not None)
    return _steps(run, _output(torch, run, output), model, {})


def traced_loss(
    torch: ModuleType, model: Module, given: Tensor, loss: Callable[[Any], Any], names: Mapping[int, str],
    native: bool,
) -> tuple[list[TracedCall], FunctionCall | None]:  # fmt: skip
    """The calls between the input and the loss, which is a function of what the model returns; names: of tensors (by
    id) that it knows. Where the last of the calls is a `native` loss of torch that reads one tensor of the input's, the
    calls before that, and it. None where that is asked for and there is none.
    """
    known = loss_rule if native else rule_of
    run = recorded(torch, model, given, lambda name: known(name) is not None, loss)
    value = _number(torch, run)
    last = value.maker
    if not native or last is None or last.function not in NATIVE:
        return ([] if native else _steps(run, value, model, names)), None
    read = [x for x in last.reads if x.live]
    if len(read) != 1 or any(record.function in NATIVE for record, _ in _needed(run, read[0])):
        return [], None
    return _steps(run, read[0], model, names), last


def _number(torch: ModuleType, run: Run) -> Value:
    """The loss; NotSupported where it is none."""
    found = run.returned
    if not isinstance(found, torch.Tensor) or found.numel() != 1:
        what = f"a tensor of shape {tuple(found.shape)}" if isinstance(found, torch.Tensor) else _parts(found)
        raise NotSupported(f"loss: gives {what}, not one number\n  return its mean or its sum")
    value = run.find(found)
    if value is None or not value.live:
        raise NotSupported("loss: does not depend on the model's input\n  return what is computed from its output")
    refuse_without(value, "loss", (record for record, _ in _needed(run, value)))
    return value


def _steps(run: Run, output: Value, model: Module, names: Mapping[int, str]) -> list[TracedCall]:
    """The calls that the output depends on."""
    points = _needed(run, output)
    records = list(dict.fromkeys(record for record, _ in points))
    labels = labels_of(records, run.words)
    refuse(run_faults(model, records, labels), _name(model))
    return [_step(*point, labels, names) for point in points]


def _name(model: Module) -> str:
    return type(model).__name__


# ------------------------------------------------------------------------------------------------ what is needed
def chosen(returned: Any, output: int | str | None) -> Any:
    """What a model returned, or one part of it: by its place in a tuple or list, its key in a dict, its attribute."""
    if output is None:
        return returned
    try:
        named = isinstance(output, str) and not isinstance(returned, Mapping) and hasattr(returned, output)
        return getattr(returned, str(output)) if named else returned[output]
    except (LookupError, TypeError):
        raise NotSupported(f"output {output!r}: the model returns {_parts(returned)}\n  give one of them") from None


def _parts(returned: object) -> str:
    """ "tuple of 2", "dict with out and aux"."""
    kind = type(returned).__name__
    if isinstance(returned, Mapping):
        return f"{kind} with {', '.join(map(str, returned))}"
    return f"{kind} of {len(returned)}" if isinstance(returned, Sequence) else f"one {kind}"


def _output(torch: ModuleType, run: Run, output: int | str | None) -> Value:
    """The value that is compared with the target; NotSupported where it is not one tensor of the input's."""
    found = chosen(run.returned, output)
    if not isinstance(found, torch.Tensor):
        remedy = "choose one: output=0 for the first, or its key" if output is None else "choose a tensor"
        raise NotSupported(f"the model returns {_parts(found)}, not one tensor\n  {remedy}")
    value = run.find(found)
    if value is None or not value.live:
        raise NotSupported("the model's output does not depend on its input\n  return what is computed from it")
    refuse_without(value, "the model's output", (record for record, _ in _needed(run, value)))
    if value.maker is not None and value.at and value.maker.function not in SEVERAL:
        text = f"the model returns what {value.maker.function} gives besides its first tensor, which has no derivation"
        raise NotSupported(f"{text}\n  return the first, or choose it: output=0")
    return value


def _needed(run: Run, output: Value) -> list[CallResult]:
    """The results of calls that the output depends on, in order."""
    found, waiting = set[CallResult](), [output]
    while waiting:
        value = waiting.pop()
        if value.maker is not None and (value.maker, value.at) not in found:
            found.add((value.maker, value.at))
            waiting += value.maker.reads
    order = {record: k for k, record in enumerate(run.records)}
    return sorted(found, key=lambda point: (order[point[0]], point[1]))


# ------------------------------------------------------------------------------------------------ as calls
def _step(record: FunctionCall, at: int, labels: Mapping[FunctionCall, str], names: Mapping[int, str]) -> TracedCall:
    rule = rule_for(record)
    assert rule is not None  # or it had been refused
    given, _ = bound(record, rule)
    met = [(side, x) for side in READS for x in leaves(given.get(side)) if is_array(x)]
    weight = given.get("weight")
    if rule.kind in WEIGHING and isinstance(weight, Value) and is_computed(weight):
        met.append(("weight", weight))
    read = _operands(rule, met)
    operands = {id(x) for _, x in read}
    held = [*met, *((side, given[side]) for side in OWN if is_array(given.get(side)))]
    own = {side: _own(x, names) for side, x in held if id(x) not in operands}
    options = {side: value for side, value in given.items() if side not in own and side not in dict(read)}
    found = [_operand(x, f"{labels[record]}.{k}", labels) for k, (_, x) in enumerate(read)]
    further = {label: _own(x, names) for label, (_, x) in zip(found, read, strict=True) if label.startswith(FURTHER)}
    return TracedCall(
        _label(record, at, labels), is_layer(record), place(record, labels[record]), rule, options, own,
        tuple(found), tuple(side for side, _ in read), tuple(tuple(x.shape) or SINGLE for _, x in read),
        tuple(shape or SINGLE for shape in record.gives), at, further, any(x.live for x in record.reads),
    )  # fmt: skip


def _operands(rule: TorchRule, met: Sequence[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Of the tensors that a call meets those that are layers' outputs, or that layers read by name; of two that are
    combined, one that is not computed is held by the layer."""
    computed = [(side, x) for side, x in met if isinstance(x, Value) and is_computed(x)]
    return (computed or list(met[:1])) if rule.kind in HOLDING else list(met)


def _operand(x: Any, unnamed: str, labels: Mapping[FunctionCall, str]) -> str:
    """The label of what a call reads: "" for the input."""
    if not isinstance(x, Value):
        return f"{FURTHER}{unnamed}"
    if x.maker is not None:
        return _label(x.maker, x.at, labels)
    return f"{FURTHER}{x.name}" if x.name else ""


def _label(record: FunctionCall, at: int, labels: Mapping[FunctionCall, str]) -> str:
    """The name of one of a call's results: chunk.0, chunk.1, ...; of a call with one result, the call's."""
    return f"{labels[record]}.{at}" if record.function in SEVERAL else labels[record]


def _own(held: Any, names: Mapping[int, str]) -> OwnTensor:
    """A tensor that nobody follows has no name: one that the model's source holds or makes of numbers."""
    if not isinstance(held, Value):
        return OwnTensor(names.get(id(held), ""), held.double() if str(held.dtype) == "torch.bool" else held)
    return OwnTensor(held.name, held.tensor.detach(), held.tensor.requires_grad, held.live)
