"""The forward pass of a model of torch as the graph of its calls, each with its place in the model's source.

torch and torch.fx are given by the caller, so that nothing is imported here. What stops autograd on the way - which
changes gradients and no value - leaves no trace in the graph of torch.fx: it is noted here while the pass is run.
"""

import builtins
import inspect
import operator
import sys
from collections.abc import Iterator
from types import FrameType, ModuleType

from symconv.errors import Fault, NotSupported
from symconv.networks.in_torch import Graph, Module, Node, Tracer
from symconv.torch_models.layers import SIZES
from symconv.torch_models.source import after, caller, raised_at, runs_inside

SOURCE, CUT = "symconv_source", "symconv_cut"  # in a node's `meta`
HOOKING = ("register_hook", "register_prehook", "register_post_accumulate_grad_hook", "register_multi_grad_hook")
CUTTING = ("detach", "detach_")
REASONS = {  # what torch.fx says of a pass that it cannot follow: in words, with what would work
    "cannot be iterated": (
        "a tensor is unpacked or looped over",
        "name its parts one by one, such as x.size(0), or loop over a range that the model holds",
    ),
    "control flow": (
        "a branch, a loop or an assertion asks for the value of a tensor, or for a size",
        "let it depend on numbers that the model holds, or leave it out",
    ),
    "Proxy": ("a function asks for the numbers of a tensor", "call functions of torch on tensors alone"),
}


def graph_of(torch: ModuleType, fx: ModuleType, model: Module) -> Graph:
    """What fx makes of the forward pass; arguments with defaults keep them. NotSupported says where that fails."""
    inputs = list(inspect.signature(model.forward).parameters.values())
    if any(p.kind is p.VAR_POSITIONAL for p in inputs) or sum(p.default is p.empty for p in inputs) > 1:
        raise NotSupported(f"the model has several inputs: {', '.join(p.name for p in inputs)}\n  give it one")
    defaults = {p.name: p.default for p in inputs[1:] if p.default is not p.empty}
    try:
        with torch.enable_grad():  # which also takes back what the pass may switch off and leave so
            found: Graph = _tracer(torch, fx, sys._getframe()).trace(model, concrete_args=defaults or None)
            return found
    except NotSupported:
        raise
    except Exception as error:  # whatever a forward pass may raise on a proxy
        raise _untraced(torch, model, error) from error


def _tracer(torch: ModuleType, fx: ModuleType, until: FrameType) -> Tracer:
    checkpoints = torch.utils.checkpoint.__file__  # it runs without gradients, and once more with them

    class Noting(fx.Tracer):  # type: ignore[name-defined]  # a class of a module that is given
        """Notes at each call where it stands, and whether autograd was switched off."""

        def create_proxy(
            self, kind: str, target: object, args: tuple[object, ...], *rest: object, **more: object
        ) -> object:
            """A hook on a tensor inside the pass is refused: it would change its gradient."""
            place = caller(torch, until)
            if kind == "call_method" and target in HOOKING:
                text = f"{after(str(target), place)}: a hook on a tensor may change its gradient"
                raise NotSupported(f"{_name(self.root)}: {text}\n  leave it out")
            proxy = super().create_proxy(kind, target, args, *rest, **more)
            off = not torch.is_grad_enabled() or torch.is_inference_mode_enabled()
            proxy.node.meta |= {SOURCE: place, CUT: off and not runs_inside(checkpoints, until)}
            return proxy

    return Noting()


def _untraced(torch: ModuleType, model: object, error: Exception) -> NotSupported:
    said = next((words for word, words in REASONS.items() if word in str(error)), None)
    problem, remedy = said or (reason(error), "write a forward pass that calls modules and functions of torch alone")
    detail = f" ({reason(error)})" if said else ""
    place = after(_name(model), raised_at(torch, error))
    return NotSupported(f"{place}: torch.fx cannot trace it: {problem}{detail}\n  {remedy}")


def _name(model: object) -> str:
    return type(model).__name__


def reason(error: Exception) -> str:
    """What torch said first: neither what follows on further lines, nor in further sentences."""
    return f"{type(error).__name__}: {(str(error).splitlines() or [''])[0].partition('. ')[0]}"


def output_of(graph: Graph) -> Node:
    """The one node that the model returns; NotSupported where it returns several, or none."""
    found = next(node for node in graph.nodes if node.op == "output").args[0]
    if not hasattr(found, "op"):
        raise NotSupported(f"the model returns {type(found).__name__}, not one tensor\n  return the scores alone")
    output: Node = found
    return output


def needed(graph: Graph, output: Node) -> list[Node]:
    """The nodes that the output depends on, in order; one of them is the input, or NotSupported says that none is."""
    found, waiting = set(), [output]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += node.all_input_nodes
    nodes = [node for node in graph.nodes if node in found]
    if not any(node.op == "placeholder" for node in nodes):
        raise NotSupported("the model's output does not depend on its input\n  return what is computed from it")
    return nodes


def is_cut(torch: ModuleType, node: Node) -> bool:
    """Whether a node is its operand without its gradient."""
    if node.op == "call_method":
        return node.target in CUTTING
    if node.op != "call_function":
        return False
    attribute = node.target in (getattr, operator.attrgetter) and node.args[1] == "data"
    return attribute or node.target in (torch.detach, torch.detach_)


def is_number(node: Node) -> bool:
    """Whether a node gives sizes, not a tensor."""
    if node.op == "call_method":
        return node.target in SIZES
    if node.op != "call_function":
        return False
    if node.target is getattr:
        return node.args[1] in ("shape", "ndim")
    plain = getattr(node.target, "__module__", "") in (operator.__name__, "_operator", builtins.__name__)
    return plain and bool(node.all_input_nodes) and all(map(is_number, node.all_input_nodes))


def cut_faults(torch: ModuleType, graph: Graph, nodes: list[Node]) -> Iterator[Fault]:
    """Where autograd ends inside the pass: at a detach, and at the first of the calls without gradients."""
    for node in graph.nodes:
        named = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", "")
        in_place = named.endswith("_") and any(read in nodes for read in node.all_input_nodes)
        if is_cut(torch, node) and (node in nodes or in_place):
            word = ".data" if named == "getattr" else f".{named}()"
            text = f"{word} cuts the gradient: autograd stops there, and a derivation does not"
            yield Fault(
                after(node.name, node.meta[SOURCE]), text, "leave it out, or give the part after it alone", True
            )
    off = next((node for node in nodes if node.meta.get(CUT) and not is_number(node)), None)
    if off is not None:
        text = "runs without gradients (no_grad, inference_mode, set_grad_enabled): autograd stops there"
        remedy = "give the part after it alone; to keep weights as they are, requires_grad_(False) is enough"
        yield Fault(after(off.name, off.meta[SOURCE]), text, remedy, unsupported=True)
