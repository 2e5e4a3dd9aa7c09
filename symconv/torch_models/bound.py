"""A call of a model's run by torch's words: its arguments by name, what it is called, and where it stands."""

from collections.abc import Mapping, Sequence
from itertools import chain, count
from typing import Any

from symconv.torch_models.call import TorchRule
from symconv.torch_models.functions import LIKE, SEVERAL, rule_of
from symconv.torch_models.model import class_of
from symconv.torch_models.record import FunctionCall, Value, spread
from symconv.torch_models.source import after

READS = ("input", "other", "tensors")  # the arguments that are computed, where they are tensors
ALIASES = {
    "axis": "dim",
    "keepdims": "keepdim",
    "target": "other",
    **dict.fromkeys(("mat2", "vec", "vec2"), "other"),
}  # torch's other names
OF_TWO = {"max": "maximum", "min": "minimum"}
# kinds of which one of the two tensors may be held by the model
HOLDING = ("add", "sub", "rsub", "mul", "div", "maximum", "minimum", "matmul", "einsum", "outer",
           "gt", "ge", "lt", "le", "eq", "ne", "truth_and", "truth_or")  # fmt: skip
WEIGHING = ("conv", "conv_transpose")  # kinds whose weight may be computed
CONTAINERS = ("Module", "Sequential", "ModuleList", "ModuleDict")


def rule_for(record: FunctionCall) -> TorchRule | None:
    """What a call means: torch.max and torch.min of two tensors are other functions than those of one."""
    second = record.keywords.get("other", record.arguments[1] if len(record.arguments) > 1 else None)
    return rule_of(OF_TWO[record.function] if record.function in OF_TWO and is_array(second) else record.function)


def is_array(x: object) -> bool:
    """Whether an argument is a tensor, followed or not."""
    return isinstance(x, Value) or hasattr(x, "shape")


def is_computed(x: Value) -> bool:
    """Whether a tensor is what a call gave, or an input of the model, not what the model holds."""
    return x.live or x.maker is not None


def bound(record: FunctionCall, rule: TorchRule) -> tuple[dict[str, Any], list[Any]]:
    """The arguments by name, and what has no name here; the last name may stand for all that follow, as *shape."""
    names = [name for name in rule.arguments if not name.startswith("*")]
    keywords = {ALIASES.get(name, name): value for name, value in record.keywords.items()}
    arguments = spread(record.arguments) if record.function == "einsum" else record.arguments
    rest, unnamed = arguments[len(names) :], [name for name in keywords if name not in names]
    found = {**dict(zip(names, arguments, strict=False)), **keywords}
    if record.function in LIKE:
        return {"input": found["input"]}, []
    if len(names) == len(rule.arguments):
        return found, [*rest, *unnamed]
    return {**found, rule.arguments[-1]: rest}, []


def labels_of(records: Sequence[FunctionCall], words: Mapping[FunctionCall, str]) -> dict[FunctionCall, str]:
    """A name of its own for each call: the path of torch's own module that it is (its last call, where it makes
    several), or its word, or the function's; with a number where it is taken. Modules come first."""
    last = {record.entered: record for record in records}
    found, taken = dict[FunctionCall, str](), set[str]()
    for record in sorted(records, key=is_layer, reverse=True):
        inside = "" if last[record.entered] is record else f".{record.function}"
        own = words.get(record, record.function.strip("_"))
        wanted = f"{record.path}{inside}" if is_layer(record) else own
        names = chain((wanted,), map(f"{wanted}_{{}}".format, count(1)))
        several = record.function in SEVERAL  # whose results are called chunk.0, chunk.1, ...
        found[record] = next(
            name for name in names
            if name not in taken and not (several and any(x.startswith(f"{name}.") for x in taken))
        )  # fmt: skip
        taken.add(found[record])
    return found


def is_layer(record: FunctionCall) -> bool:
    """Whether a call is made by a module of torch, or a subclass of one, that holds no other: so it has its name."""
    layers = (kind for kind in type(record.module).__mro__ if kind.__module__.startswith("torch.nn.modules."))
    return bool(record.path) and not any(record.module.children()) and next(layers).__name__ not in CONTAINERS


def place(record: FunctionCall, label: str) -> str:
    """Where a call stands in the model, as a person finds it."""
    if is_layer(record):
        return f"{record.path} ({class_of(record.module)})"
    inside = f" in {record.path} ({class_of(record.module)})" if record.path else ""
    named = "" if label == record.function else f" ({record.function})"
    return after(f"{label}{named}{inside}", record.place)
