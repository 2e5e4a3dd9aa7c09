"""A model of torch as a list of known calls: what is on the way from its input to its output, and nothing else.

torch is given by the caller, so that nothing is imported here. The model is a copy that may be changed.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from symconv.array import Shape
from symconv.errors import Fault, NotSupported, refuse
from symconv.networks.in_torch import Module, Tensor
from symconv.torch_models.call import TorchOptions, TorchRule
from symconv.torch_models.follow import Run, recorded
from symconv.torch_models.functions import CUTTING, LIKE, OWN, SEVERAL, SOFTMAX, known_functions, known_modules, rule_of
from symconv.torch_models.gradients import function_faults
from symconv.torch_models.model import class_of
from symconv.torch_models.record import FunctionCall, Value, leaves
from symconv.torch_models.source import after

SOFTPLUS_THRESHOLD = 20
SOFTMAX_INSIDE = (
    "a softmax is derived as a part of the loss only: nn.CrossEntropyLoss takes the scores and has its own, so that"
    "\n  after this model there would be two; if one is meant, end with nn.LogSoftmax(1) and give loss=nn.NLLLoss()"
)
READS = ("input", "other", "tensors")  # the arguments that are computed, where they are tensors
HOLDING = ("add", "sub", "rsub", "mul", "div")  # kinds of which one of them may be held by the model
ALIASES = {"axis": "dim"}  # torch's other names of arguments
Point = tuple[FunctionCall, int]  # one of the results of a call


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
    labels = _labels(records)
    refuse(_faults(model, records, labels), _name(model))
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


def _needed(run: Run, output: Value) -> list[Point]:
    """The results of calls that the output depends on, in order."""
    found, waiting = set[Point](), [output]
    while waiting:
        value = waiting.pop()
        if value.maker is not None and (value.maker, value.at) not in found:
            found.add((value.maker, value.at))
            waiting += value.maker.reads
    order = {record: k for k, record in enumerate(run.records)}
    return sorted(found, key=lambda point: (order[point[0]], point[1]))


# ------------------------------------------------------------------------------------------------ where it stands
def _labels(records: Sequence[FunctionCall]) -> dict[FunctionCall, str]:
    """A name for each call: the path of torch's own module that it is (its last call, where it makes several), or the
    function's, with a number from the second on."""
    last = {record.entered: record for record in records}
    wanted, times, found = dict[FunctionCall, str](), Counter[str](), dict[FunctionCall, str]()
    for record in records:
        inside = "" if last[record.entered] is record else f".{record.function}"
        wanted[record] = f"{record.path}{inside}" if is_layer(record) else record.function.strip("_")
    for record, name in wanted.items():
        times[name] += 1
        found[record] = name if times[name] == 1 else f"{name}_{times[name] - 1}"
    return found


def is_layer(record: FunctionCall) -> bool:
    """Whether a call is made by a module of torch, or a subclass of one, that holds no other: so it has its name."""
    layers = (kind for kind in type(record.module).__mro__ if kind.__module__.startswith("torch.nn.modules."))
    return bool(record.path) and not any(record.module.children()) and next(layers).__name__ not in CONTAINERS


CONTAINERS = ("Module", "Sequential", "ModuleList", "ModuleDict")


def _place(record: FunctionCall, label: str) -> str:
    """Where a call stands in the model, as a person finds it."""
    if is_layer(record):
        return f"{record.path} ({class_of(record.module)})"
    inside = f" in {record.path} ({class_of(record.module)})" if record.path else ""
    named = "" if label == record.function else f" ({record.function})"
    return after(f"{label}{named}{inside}", record.place)


# ------------------------------------------------------------------------------------------------ what is refused
def _faults(model: Module, records: Sequence[FunctionCall], labels: Mapping[FunctionCall, str]) -> Iterator[Fault]:
    yield from cut_faults(records, labels)
    yield from _sharing_faults(records, labels)
    yield from _call_faults(model, records, labels)


def cut_faults(records: Sequence[FunctionCall], labels: Mapping[FunctionCall, str]) -> Iterator[Fault]:
    """Where autograd ends inside the pass: at a detach, and at the first of the calls without gradients."""
    for record in records:
        if record.function in CUTTING:
            word = CUTTING[record.function]
            text = f"{word} cuts the gradient: autograd stops there, and a derivation does not"
            remedy = "leave it out, or give the part after it alone"
            yield Fault(after(labels[record], record.place), text, remedy, unsupported=True)
    off = next((record for record in records if record.cut), None)
    if off is not None:
        text = "runs without gradients (no_grad, inference_mode, set_grad_enabled): autograd stops there"
        remedy = "give the part after it alone; to keep weights as they are, requires_grad_(False) is enough"
        yield Fault(_place(off, labels[off]), text, remedy, unsupported=True)


def _sharing_faults(records: Sequence[FunctionCall], labels: Mapping[FunctionCall, str]) -> Iterator[Fault]:
    """No two calls share a tensor of the model's own."""
    readers: dict[Value, FunctionCall] = {}
    for record in records:
        for value in {x: None for x in record.reads if x.maker is None and not x.live}:
            first = readers.setdefault(value, record)
            if first is not record:
                other = _place(first, labels[first])
                twice = "is called twice" if first.path == record.path else f"shares a parameter with {other}"
                text, remedy = f"{twice}: shared weights have no derivation", "give each call parameters of its own"
                yield Fault(_place(record, labels[record]), text, remedy, unsupported=True)
                break


def _call_faults(model: Module, records: Sequence[FunctionCall], labels: Mapping[FunctionCall, str]) -> Iterator[Fault]:
    """Unknown calls, known ones with arguments that are not, dropout that drops."""
    unknown: list[FunctionCall] = []
    for record in records:
        rule = rule_of(record.function)
        if rule is None:
            unknown += [] if record.function in CUTTING else [record]
        else:
            place = _place(record, labels[record])
            yield from (fault.within(place) for fault in _argument_faults(model, record, rule))
    yield from _unknown_faults(unknown, labels)


def _unknown_faults(records: Sequence[FunctionCall], labels: Mapping[FunctionCall, str]) -> Iterator[Fault]:
    """One fault for each module or function that is not known; what is known is listed once, at the first of each."""
    found: dict[tuple[bool, str], list[FunctionCall]] = {}
    for record in records:
        layer = is_layer(record)
        found.setdefault((layer, class_of(record.module) if layer else record.function), []).append(record)
    listed: set[bool] = set()
    for (module, _), same in found.items():
        more = f", here and in {len(same) - 1} more place{'s' * (len(same) > 2)}" if len(same) > 1 else ""
        known = "" if module in listed else (known_modules() if module else known_functions())
        hint = SOFTMAX_INSIDE if same[0].function in SOFTMAX else ""
        listed.add(module)
        remedy = "\n  ".join(filter(None, (hint, known)))
        yield Fault(_place(same[0], labels[same[0]]), f"has no derivation{more}", remedy, unsupported=True)


def _argument_faults(model: Module, record: FunctionCall, rule: TorchRule) -> Iterator[Fault]:
    bound, rest = _bound(record, rule)
    read = [x for name in READS for x in leaves(bound.get(name)) if isinstance(x, Value)]
    if rest:
        yield Fault("", f"the argument {rest[0]} has no derivation", "leave it out", unsupported=True)
    elif not any(x.live for x in read):
        yield from [] if read else [Fault("", "works on nothing that is computed", unsupported=True)]
    elif rule.kind == "dropout" and bound.get("training", True) and bound.get("p", 0.5):
        remedy = "call model.eval(), or give p=0"
        if not is_layer(record) and not model.training:
            remedy = "write F.dropout(x, training=self.training); F.dropout drops in every mode otherwise"
        yield Fault("", "drops at random in training mode, and chance has no derivation", remedy, unsupported=True)
    elif rule.kind == "softplus":
        yield from _threshold_faults(record, bound.get("threshold", SOFTPLUS_THRESHOLD))
    elif rule.kind == "amax" or (rule.kind == "max" and bound.get("dim") is None):
        yield from _tie_faults(read[0].tensor, bound.get("dim"))
    for argument, held in bound.items():
        for value in leaves(held):
            yield from _operand_faults(rule, argument, value)


def _threshold_faults(record: FunctionCall, threshold: float) -> Iterator[Fault]:
    """torch's softplus is the identity from its threshold on, which is off by as much as 2e-9."""
    if bool((record.made[0] > threshold).any()):
        text = f"reads a number above its threshold {threshold}, from which on torch leaves out the logarithm"
        yield Fault("", text, "give a threshold of math.inf", unsupported=True)


def _tie_faults(given: Tensor, dim: Any) -> Iterator[Fault]:
    """torch shares the gradient among several largest entries, where it does not say which is meant."""
    highest = given.amax(() if dim is None else dim, keepdim=True)
    if bool(((given == highest).sum(() if dim is None else dim) > 1).any()):
        text = "has several largest entries, among which torch shares the gradient; derived is all to the first"
        yield Fault("", text, "take x.max(dim).values, whose gradient is the first's", unsupported=True)


def _operand_faults(rule: TorchRule, argument: str, value: Any) -> Iterator[Fault]:
    """A tensor is computed where the call works on it, and held by the model where it works with it."""
    if not isinstance(value, Value):
        return
    held = argument in OWN or (argument in READS and rule.kind in HOLDING and not value.live)
    if value.maker is not None and value.at and value.maker.function not in SEVERAL:
        text = f"reads what {value.maker.function} gives besides its first tensor, which has no derivation"
        yield Fault("", text, "use the first alone", unsupported=True)
    elif held and value.maker is not None:
        text = f"its {argument} is computed from other tensors of the model, which has no derivation"
        yield Fault("", text, "give it a parameter, or a buffer, as it is", unsupported=True)
    elif argument in READS and not held and not value.live:
        name = value.name or "what is computed from it"
        text = f"works on {name}, a tensor of the model's own"
        yield Fault("", text, "put it into a module such as nn.Linear", unsupported=True)
    elif argument not in (*OWN, *READS) and value.live:
        yield Fault(
            "", f"its argument {argument} is computed, which has no derivation", "give numbers", unsupported=True
        )


def _bound(record: FunctionCall, rule: TorchRule) -> tuple[dict[str, Any], list[Any]]:
    """The arguments by name, and what has no name here; the last name may stand for all that follow, as *shape."""
    names = [name for name in rule.arguments if not name.startswith("*")]
    keywords = {ALIASES.get(name, name): value for name, value in record.keywords.items()}
    rest, unnamed = record.arguments[len(names) :], [name for name in keywords if name not in names]
    bound = {**dict(zip(names, record.arguments, strict=False)), **keywords}
    if record.function in LIKE:
        return {"input": bound["input"]}, []
    if len(names) == len(rule.arguments):
        return bound, [*rest, *unnamed]
    return {**bound, rule.arguments[-1]: rest}, []


# ------------------------------------------------------------------------------------------------ as calls
def _step(record: FunctionCall, at: int, labels: Mapping[FunctionCall, str]) -> TracedCall:
    rule = rule_of(record.function)
    assert rule is not None  # or it had been refused
    bound, _ = _bound(record, rule)
    read = [(name, x) for name in READS for x in leaves(bound.get(name)) if isinstance(x, Value) and x.live]
    own = {}
    for name in (*OWN, *READS):
        held = bound.get(name)
        if hasattr(held, "shape") and not (isinstance(held, Value) and held.live):
            own[name] = _own(held)
    options = {
        name: value for name, value in bound.items() if name not in own and name not in [side for side, _ in read]
    }
    return TracedCall(
        _label(record, at, labels), is_layer(record), _place(record, labels[record]), rule, options, own,
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
