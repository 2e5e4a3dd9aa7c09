"""A model of torch as a list of known calls: traced by torch.fx, run once for the shapes, compared with the model.

torch and torch.fx are given by the caller, so that nothing is imported here. The model is a copy that may be changed.
"""

import operator
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from symconv.array import Shape
from symconv.errors import Fault, NotSupported, SpecError, refuse
from symconv.networks.in_torch import Module, Node, Tensor
from symconv.torch_models.call import TorchOptions, TorchRule
from symconv.torch_models.gradients import function_faults
from symconv.torch_models.graph import SOURCE, cut_faults, graph_of, is_cut, is_number, needed, output_of, reason
from symconv.torch_models.layers import FUNCTIONS, METHODS, MODULES, SOFTMAX, known_functions, known_modules
from symconv.torch_models.model import class_of
from symconv.torch_models.source import after

NodeValue = Any  # a tensor, sizes, or whatever a call is given

IN_PLACE = "an operation in place (inplace=True, +=) that changes a tensor which is read again, a look at the input"
SOFTPLUS_THRESHOLD = 20
SOFTMAX_INSIDE = (
    "a softmax is derived as a part of the loss only: nn.CrossEntropyLoss takes the scores and has its own, so that"
    "\n  after this model there would be two; if one is meant, end with nn.LogSoftmax(1) and give loss=nn.NLLLoss()"
)


@dataclass(frozen=True)
class TracedCall:
    """One call: what it means, the steps (by node) that it reads, and the shapes that it met."""

    node: str
    path: str  # of the module, "" for a function
    place: str  # for messages
    known: TorchRule
    options: TorchOptions
    module: Module | None
    operands: tuple[str, ...]
    reads: Shape
    gives: Shape


def traced(torch: ModuleType, fx: ModuleType, model: Module, given: Tensor) -> list[TracedCall]:
    """The calls between the input and the output, in order; the last is the output, the input is node "".

    NotSupported names every call that has no derivation, SpecError a model that cannot run on an input of this shape.
    given: in float64.
    """
    refuse(function_faults(torch, model, given), _name(model))
    graph = graph_of(torch, fx, model)
    output = output_of(graph)
    nodes = needed(graph, output)
    faults = (*cut_faults(torch, graph, nodes), *_sharing_faults(model, nodes), *_call_faults(torch, model, nodes))
    refuse(faults, _name(model))
    with torch.no_grad():
        values = _values(torch, fx, model, nodes, given)
        _compare(torch, model, given, values[output])
    steps = [_step(torch, fx, model, node, values) for node in nodes if _is_call(node)]
    refuse(_threshold_faults(steps, {node.name: value for node, value in values.items()}), _name(model))
    return steps


def _name(model: Module) -> str:
    return type(model).__name__


# ------------------------------------------------------------------------------------------------ the graph
def _is_call(node: Node) -> bool:
    return node.op != "placeholder" and not is_number(node)


def _module(model: Module, node: Node) -> Module:
    """The module that a node calls."""
    return model.get_submodule(str(node.target))


def _label(node: Node) -> str:
    return "" if node.op == "placeholder" else str(node.name)


# ------------------------------------------------------------------------------------------------ what is known
def _known(torch: ModuleType, model: Module, node: Node) -> TorchRule | None:
    """What a node means; only torch's own classes count, as a subclass may do anything."""
    if node.op == "call_module":
        kind = type(_module(model, node))
        return MODULES.get(kind.__name__) if kind is getattr(torch.nn, kind.__name__, None) else None
    if node.op == "call_method":
        return METHODS.get(str(node.target))
    homes = (torch, torch.nn.functional)
    functions = {getattr(home, name): name for home in homes for name in FUNCTIONS if hasattr(home, name)}
    name = functions.get(node.target, "add" if node.target in (operator.add, operator.iadd) else "")
    return FUNCTIONS.get(name)


def _place(model: Module, node: Node) -> str:
    """Where a call stands in the model, as a person finds it."""
    if node.op == "call_module":
        return f"{node.target} ({class_of(_module(model, node))})"
    if node.op == "get_attr":
        return str(node.target)
    called = node.target if node.op == "call_method" else getattr(node.target, "__name__", "fn")
    around = list(node.meta.get("nn_module_stack", {}).values())[-1:]
    inside = "".join(f" in {path} ({kind.__name__ if isinstance(kind, type) else kind})" for path, kind in around)
    return after(
        f"{node.name}{'' if called in ('fn', node.name) else f' ({called})'}{inside}", node.meta.get(SOURCE, "")
    )


def _sharing_faults(model: Module, nodes: list[Node]) -> Iterator[Fault]:
    """A module with numbers is called once, and no two modules share a parameter."""
    called: set[str] = set()
    owners: dict[int, str] = {}
    for node in (node for node in nodes if node.op == "call_module"):
        module = _module(model, node)
        numbers, statistics = [*module.parameters()], [*module.buffers()]
        if node.target in called and (numbers or statistics):
            remedy = "give each call a module of its own"
            yield Fault(_place(model, node), "is called twice: shared weights have no derivation", remedy, True)
        elif node.target not in called:
            shared = {owners[id(p)] for p in numbers if id(p) in owners}
            for owner in sorted(shared):
                remedy = "give each module a parameter of its own"
                yield Fault(_place(model, node), f"shares a parameter with {owner}", remedy, unsupported=True)
            owners |= {id(p): str(node.target) for p in numbers if id(p) not in owners}
        called.add(str(node.target))


def _call_faults(torch: ModuleType, model: Module, nodes: list[Node]) -> Iterator[Fault]:
    """Unknown calls, known ones with arguments that are not, dropout that drops."""
    unknown: list[Node] = []
    for node in filter(_is_call, nodes):
        place = _place(model, node)
        if node.op == "get_attr":
            text = "a tensor of the model's own is used outside a known module"
            yield Fault(place, text, "put it into a module such as nn.Linear", unsupported=True)
        elif (known := _known(torch, model, node)) is None:
            unknown += [] if is_cut(torch, node) else [node]
        else:
            yield from (fault.within(place) for fault in _argument_faults(model, node, known))
    yield from _unknown_faults(model, unknown)


def _unknown_faults(model: Module, nodes: list[Node]) -> Iterator[Fault]:
    """One fault for each module or function that is not known; what is known is listed once, at the first of each."""
    found: dict[tuple[bool, str], list[Node]] = {}
    for node in nodes:
        found.setdefault((node.op == "call_module", _called(model, node)), []).append(node)
    listed: set[bool] = set()
    for (module, name), same in found.items():
        more = f", here and in {len(same) - 1} more place{'s' * (len(same) > 2)}" if len(same) > 1 else ""
        known = "" if module in listed else (known_modules() if module else known_functions())
        hint = f"{SOFTMAX_INSIDE}" if name in SOFTMAX else ""
        listed.add(module)
        remedy = "\n  ".join(filter(None, (hint, known)))
        yield Fault(_place(model, same[0]), f"has no derivation{more}", remedy, unsupported=True)


def _called(model: Module, node: Node) -> str:
    if node.op == "call_module":
        return type(_module(model, node)).__name__
    return str(getattr(node.target, "__name__", node.target))


def _argument_faults(model: Module, node: Node, known: TorchRule) -> Iterator[Fault]:
    bound, rest = _bound(model, node, known)
    operands: list[NodeValue] = [bound.get(name) for name in ("input", "other")[: 1 + (known.kind == "add")]]
    if rest:
        yield Fault("", f"the argument {rest[0]} has no derivation", "leave it out", unsupported=True)
    elif not all(hasattr(x, "op") and not is_number(x) for x in operands):
        text = "works on something else than tensors of the model"
        yield Fault("", text, "known: the sum of two earlier tensors" if known.kind == "add" else "", unsupported=True)
    elif known.kind == "dropout" and bound.get("training", True) and bound.get("p", 0.5):
        remedy = "call model.eval(), or give p=0"
        if node.op != "call_module" and not model.training:
            remedy = "write F.dropout(x, training=self.training); F.dropout drops in every mode otherwise"
        yield Fault("", "drops at random in training mode, and chance has no derivation", remedy, unsupported=True)


def _bound(model: Module, node: Node, known: TorchRule) -> tuple[dict[str, NodeValue], list[NodeValue]]:
    """The arguments by name (a module's options are its attributes), and what has no name here."""
    if node.op == "call_module":
        module = _module(model, node)
        own = {name: getattr(module, name) for name in known.options if hasattr(module, name)}
        names: tuple[str, ...] = ("input",)
    else:
        own, names = {}, ("input", *known.options)
    if node.op == "call_method" and known.kind == "reshape":
        return {"input": node.args[0]}, []
    bound = {**own, **dict(zip(names, node.args, strict=False)), **node.kwargs}
    unnamed = [*node.args[len(names) :], *(name for name in node.kwargs if name not in names)]
    return bound, unnamed


# ------------------------------------------------------------------------------------------------ its run
def _values(
    torch: ModuleType, fx: ModuleType, model: Module, nodes: list[Node], given: Tensor
) -> dict[Node, NodeValue]:
    """What every node gives, each from copies: so that nothing in place reaches what others read."""
    values: dict[Node, NodeValue] = {}

    def copied(node: Node) -> NodeValue:
        return values[node].clone() if isinstance(values[node], torch.Tensor) else values[node]

    for node in nodes:
        args, kwargs = fx.node.map_arg(node.args, copied), fx.node.map_arg(node.kwargs, copied)
        try:
            values[node] = _value(model, node, args, kwargs, given)
        except Exception as error:  # whatever torch says of shapes that do not fit
            text = f"{_place(model, node)}: cannot run on an input of shape {tuple(given.shape)}"
            raise SpecError(f"{_name(model)}, {text}\n  {reason(error)}") from error
        if _is_call(node) and not isinstance(values[node], torch.Tensor):
            raise NotSupported(f"{_place(model, node)}: gives {type(values[node]).__name__}, not one tensor")
    return values


def _value(
    model: Module, node: Node, args: tuple[NodeValue, ...], kwargs: dict[str, NodeValue], given: Tensor
) -> NodeValue:
    if node.op == "placeholder":
        return given
    if node.op == "call_module":
        return _module(model, node)(*args, **kwargs)
    if node.op == "call_method":
        return getattr(args[0], str(node.target))(*args[1:], **kwargs)
    assert callable(node.target)  # a call of a function
    return node.target(*args, **kwargs)


def _compare(torch: ModuleType, model: Module, given: Tensor, found: Tensor) -> None:
    """The model itself gives the same, up to another order of its sums: a trace does not see everything."""
    try:
        wanted = model(given.clone())
    except Exception as error:  # whatever a forward pass may raise
        raise SpecError(f"{_name(model)}: cannot run\n  {reason(error)}") from error
    if wanted.shape != found.shape or not torch.allclose(wanted, found, 1e-9, 1e-12, equal_nan=True):
        text = f"{_name(model)}: the layers, one after the other, give something else than the model"
        raise NotSupported(f"{text}\n  look for {IN_PLACE} that takes another branch, or a hidden state")


def _step(torch: ModuleType, fx: ModuleType, model: Module, node: Node, values: dict[Node, NodeValue]) -> TracedCall:
    known = _known(torch, model, node)
    assert known is not None  # or it had been refused
    bound, _ = _bound(model, node, known)
    operands = [bound.pop(name) for name in ("input", "other")[: 1 + (known.kind == "add")]]
    module = _module(model, node) if node.op == "call_module" else None
    options = {name: fx.node.map_arg(value, values.__getitem__) for name, value in bound.items()}
    return TracedCall(
        node.name, str(node.target) if module is not None else "", _place(model, node), known, options, module,
        tuple(map(_label, operands)), tuple(values[operands[0]].shape), tuple(values[node].shape),
    )  # fmt: skip


def _threshold_faults(steps: list[TracedCall], values: Mapping[str, object]) -> Iterator[Fault]:
    """torch's softplus is the identity from its threshold on, which is off by as much as 2e-9."""
    for step in steps:
        threshold = step.options.get("threshold", SOFTPLUS_THRESHOLD)
        if step.known.kind == "softplus" and bool((values[step.node] > threshold).any()):
            text = f"reads a number above its threshold {threshold}, from which on torch leaves out the logarithm"
            yield Fault(step.place, text, "give a threshold of math.inf", unsupported=True)
