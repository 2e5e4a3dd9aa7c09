"""A model of torch as a list of known calls: what is on the way from its input to its output, and nothing else.

torch is given by the caller, so that nothing is imported here. The model is a copy that may be changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from symconv.array import Shape
from symconv.errors import NotSupported, refuse
from symconv.networks.in_torch import Module, Tensor
from symconv.torch_models.bound import READS, bound, is_layer, labels_of, place, rule_for
from symconv.torch_models.call import TorchOptions, TorchRule
from symconv.torch_models.follow import Run, recorded
from symconv.torch_models.functions import OWN, SEVERAL, rule_of
from symconv.torch_models.gradients import function_faults
from symconv.torch_models.record import FunctionCall, Value, leaves
from symconv.torch_models.refusals import run_faults

CallResult = tuple[FunctionCall, int]  # one of the results of a call


@dataclass(frozen=True)
class OwnTensor:
    """A tensor that a call reads and the model holds: its name in the model ("": it has none), its numbers, and whether
    it learns."""

    name: str
    tensor: Tensor
    learned: bool = False


@dataclass(frozen=True)
class TracedCall:
    """One call: what it means, the calls (by label) that it reads, "" for the input, and the shapes that it met.

    sides: the arguments that these are; at: which of the results is meant, of those of the shapes `made`.
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
    refuse(function_faults(torch, model, given), _name(model))
    run = recorded(torch, model, given, lambda name: rule_of(name) is not None)
    points = _needed(run, _output(torch, run, output))
    records = list(dict.fromkeys(record for record, _ in points))
    labels = labels_of(records)
    refuse(run_faults(model, records, labels), _name(model))
    return [_step(*point, labels) for point in points]


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
def _step(record: FunctionCall, at: int, labels: Mapping[FunctionCall, str]) -> TracedCall:
    rule = rule_for(record)
    assert rule is not None  # or it had been refused
    given, _ = bound(record, rule)
    read = [(name, x) for name in READS for x in leaves(given.get(name)) if isinstance(x, Value) and x.live]
    own = {}
    for name in (*OWN, *READS):
        held = given.get(name)
        if hasattr(held, "shape") and not (isinstance(held, Value) and held.live):
            own[name] = _own(held)
    options = {
        name: value for name, value in given.items() if name not in own and name not in [side for side, _ in read]
    }
    return TracedCall(
        _label(record, at, labels), is_layer(record), place(record, labels[record]), rule, options, own,
        tuple("" if x.maker is None else _label(x.maker, x.at, labels) for _, x in read),
        tuple(side for side, _ in read), tuple(x.shape for _, x in read), record.gives, at,
    )  # fmt: skip


def _label(record: FunctionCall, at: int, labels: Mapping[FunctionCall, str]) -> str:
    """The name of one of a call's results: chunk.0, chunk.1, ...; of a call with one result, the call's."""
    return f"{labels[record]}.{at}" if record.function in SEVERAL else labels[record]


def _own(held: Any) -> OwnTensor:
    """A tensor that nobody follows has no name: one that the model's source holds or makes of numbers."""
    if not isinstance(held, Value):
        return OwnTensor("", held)
    return OwnTensor(held.name, held.tensor.detach(), held.tensor.requires_grad)
