"""What of a model's run has no derivation: each call with its place, what is the matter, and what would work."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from symconv.errors import Fault
from symconv.networks.in_torch import Module
from symconv.torch_models.bound import READS, WEIGHING, bound, is_array, is_layer, place, rule_for
from symconv.torch_models.call import TorchRule
from symconv.torch_models.functions import OWN, SEVERAL, known_functions, known_modules
from symconv.torch_models.model import class_of
from symconv.torch_models.record import FunctionCall, Value, leaves, version_of

SOFTPLUS_THRESHOLD = 20


def run_faults(model: Module, records: Sequence[FunctionCall], labels: Mapping[FunctionCall, str]) -> Iterator[Fault]:
    """Everything that is refused: unknown calls, known ones with arguments that are not, dropout that drops."""
    unknown: list[FunctionCall] = []
    for record in records:
        rule = rule_for(record)
        if rule is None:
            unknown.append(record)
        else:
            at = place(record, labels[record])
            yield from (fault.within(at) for fault in (*_argument_faults(model, record, rule), *_later_faults(record)))
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
        listed.add(module)
        yield Fault(place(same[0], labels[same[0]]), f"has no derivation{more}", known, unsupported=True)


def _argument_faults(model: Module, record: FunctionCall, rule: TorchRule) -> Iterator[Fault]:
    given, rest = bound(record, rule)
    read = [x for name in READS for x in leaves(given.get(name)) if is_array(x)]
    if rest:
        more = isinstance(rest[0], Value)
        text = "a tensor more than two" if more else f"the argument {rest[0]}"
        remedy = "take two at a time" if more else "leave it out"
        yield Fault("", f"{text} has no derivation", remedy, unsupported=True)
    elif not read:
        yield Fault("", "works on nothing that is computed", unsupported=True)
    elif rule.kind == "dropout" and given.get("training", True) and given.get("p", 0.5):
        remedy = "call model.eval(), or give p=0"
        if not is_layer(record) and not model.training:
            remedy = "write F.dropout(x, training=self.training); F.dropout drops in every mode otherwise"
        yield Fault("", "drops at random in training mode, and chance has no derivation", remedy, unsupported=True)
    elif rule.kind == "div" and len(read) == 2 and read[0] is read[1] and bool((read[0].tensor == 0).any()):
        yield Fault("", "divides 0 by 0, which is no number", "give an input where it is not 0", unsupported=True)
    elif rule.kind == "softplus":
        yield from _threshold_faults(record, given.get("threshold", SOFTPLUS_THRESHOLD))
    for argument, held in given.items():
        for value in leaves(held):
            yield from _operand_faults(rule, argument, value)


def _later_faults(record: FunctionCall) -> Iterator[Fault]:
    """A parameter has other numbers at the end of the pass than where it was read."""
    for x in record.reads:
        if x.maker is None and x.name and x.tensor.requires_grad and x.version != version_of(x.tensor):
            text = f"reads {x.name}, whose numbers are replaced later in the pass"
            yield Fault("", text, "replace them before they are read, or after the step", unsupported=True)


def _threshold_faults(record: FunctionCall, threshold: float) -> Iterator[Fault]:
    """torch's softplus is the identity from its threshold on, which is off by as much as 2e-9."""
    if bool((record.made[0] > threshold).any()):
        text = f"reads a number above its threshold {threshold}, from which on torch leaves out the logarithm"
        yield Fault("", text, "give a threshold of math.inf", unsupported=True)


def _operand_faults(rule: TorchRule, argument: str, value: Any) -> Iterator[Fault]:
    """A tensor is computed where the call works on it, and held by the model where it works with it."""
    if not isinstance(value, Value):
        return
    if value.maker is not None and value.at and value.maker.function not in SEVERAL:
        text = f"reads what {value.maker.function} gives besides its first tensor, which has no derivation"
        yield Fault("", text, "use the first alone", unsupported=True)
    elif argument in OWN and value.maker is not None and not (argument == "weight" and rule.kind in WEIGHING):
        text = f"its {argument} is computed from other tensors of the model, which has no derivation"
        yield Fault("", text, "give it a parameter, or a buffer, as it is", unsupported=True)
    elif argument not in (*OWN, *READS) and value.live:
        yield Fault(
            "", f"its argument {argument} is computed, which has no derivation", "give numbers", unsupported=True
        )
