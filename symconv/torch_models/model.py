"""The model that is given, as a copy that may be changed; what stands between it and its layers is named.

torch is given by the caller, so that nothing is imported here.
"""

import copy
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from symconv.errors import Fault, NotSupported, SpecError, refuse
from symconv.networks.in_torch import Module
from symconv.torch_models.layers import MODULES

PARALLEL = ("DataParallel", "DistributedDataParallel", "FullyShardedDataParallel")
COMPILED = ("OptimizedModule",)
SCRIPTED = ("ScriptModule", "RecursiveScriptModule", "TopLevelTracedModule")
HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
PARAMETER_HOOKS = ("_backward_hooks", "_post_accumulate_grad_hooks")
REWRITES = {  # the class of a hook by which torch computes a weight anew before each call, and what takes it away
    "WeightNorm": "torch.nn.utils.remove_weight_norm(module)",
    "SpectralNorm": "torch.nn.utils.remove_spectral_norm(module)",
}
PRUNED = 'torch.nn.utils.prune.remove(module, "{name}")'
PARAMETRIZED = 'torch.nn.utils.parametrize.remove_parametrizations(module, "{name}")'


def copied(torch: ModuleType, model: object) -> Module:
    """A copy in float64 on the processor, in which all is done; a single layer is put into an nn.Sequential.

    SpecError where it is no model, or its numbers cannot be read; NotSupported where something wraps it, hooks into it
    or computes its weights.
    """
    if not isinstance(model, torch.nn.Module):
        raise SpecError(f"model: {type(model).__name__} is not an nn.Module\n  give an nn.Sequential, or a module")
    refuse(_wrapper_faults(model))
    faults = (*_lazy_faults(torch, model), *_stored_faults(torch, model), *_weight_faults(model), *_hook_faults(model))
    refuse(faults, type(model).__name__)
    try:
        own: Module = copy.deepcopy(model).to("cpu").double()
    except Exception as error:  # whatever the parts of a model may raise
        remedy = "give a model that copy.deepcopy can copy, with its weights on a device"
        raise NotSupported(f"model: cannot be copied ({type(error).__name__})\n  {remedy}") from error
    single = type(own).__name__ in MODULES and type(own) is getattr(torch.nn, type(own).__name__)
    return _alone(torch, own) if single else own


def _alone(torch: ModuleType, layer: Module) -> Module:
    made: Module = torch.nn.Sequential(layer).train(layer.training)
    return made


def class_of(module: object) -> str:
    """ "nn.Linear", or the name of a class of one's own."""
    kind = type(module)
    return f"nn.{kind.__name__}" if kind.__module__.startswith("torch.nn") else str(kind.__name__)


def is_tensor(value: object) -> bool:
    """Whether it is a tensor of torch: only those have a layout."""
    return hasattr(value, "layout") and hasattr(value, "device")


def unread_faults(value: Any, place: str) -> Iterator[Fault]:
    """A tensor of torch whose numbers cannot be read one by one: on the device meta, sparse, quantized, nested."""
    if not is_tensor(value):
        return
    dense = str(value.layout) == "torch.strided" and not value.is_nested and not value.is_quantized
    if not dense or value.untyped_storage().device.type == "meta":
        kind = "a quantized tensor" if value.is_quantized else "a nested tensor" if value.is_nested else "a tensor"
        text = f"cannot be read: it is {kind} of layout {value.layout} on the device {value.device}"
        remedy = "give a dense tensor that holds its numbers, as to_dense() makes it, on another device than meta"
        yield Fault(place, text, remedy)


def _wrapper_faults(model: Module) -> Iterator[Fault]:
    """What only calls another module, in torch's own classes; each says how that is reached."""
    for path, module in model.named_modules():
        name, place = type(module).__name__, path or "the model"
        reached, instead = f"model.{path}" if path else "model", f"in place of model.{path}" if path else ""
        if not type(module).__module__.startswith("torch."):
            continue
        if name in PARALLEL:
            yield _wrapper(place, f"is wrapped in {name}", f"give {reached}.module {instead}")
        elif name in COMPILED:
            text = f"the model that torch.compile was given, {reached}._orig_mod,"
            yield _wrapper(place, "is compiled by torch.compile, and cannot be traced", f"give {text} {instead}")
        elif name in SCRIPTED:
            text = "give the nn.Module that torch.jit was given"
            yield _wrapper(place, "is compiled by torch.jit, and cannot be traced", f"{text} {instead}")


def _wrapper(place: str, problem: str, remedy: str) -> Fault:
    return Fault(place, problem, remedy.strip(" ,"), unsupported=True)


def _lazy_faults(torch: ModuleType, model: Module) -> Iterator[Fault]:
    for path, module in model.named_modules():
        own = [*module.parameters(recurse=False), *module.buffers(recurse=False)]
        if any(map(torch.nn.parameter.is_lazy, own)):
            text = "has weights without a shape until it runs for the first time"
            yield Fault(_place(path, module), text, "run the model once, model(input), and give it then")


def _stored_faults(torch: ModuleType, model: Module) -> Iterator[Fault]:
    for path, tensor in (*model.named_parameters(), *model.named_buffers()):
        if not torch.nn.parameter.is_lazy(tensor):
            yield from unread_faults(tensor, path)


def _weight_faults(model: Module) -> Iterator[Fault]:
    """Weights that are computed from others: each with the call that makes them plain weights again."""
    for path, module in model.named_modules():
        for name, made in getattr(module, "parametrizations", {}).items():
            by = ", ".join(type(each).__name__.strip("_") for each in made)
            yield _computed(_place(path, module), name, by, PARAMETRIZED.format(name=name))
        for hook in module._forward_pre_hooks.values():
            name, kind = getattr(hook, "name", getattr(hook, "_tensor_name", "weight")), type(hook).__name__
            if kind in REWRITES:
                yield _computed(_place(path, module), name, kind, REWRITES[kind])
            elif _is_pruning(hook):
                yield _computed(_place(path, module), name, kind, PRUNED.format(name=name))


def _computed(place: str, name: str, by: str, call: str) -> Fault:
    text = f"its {name} is computed by {by} from other tensors, which has no derivation"
    return Fault(place, text, f"call {call}, which leaves the {name} that was computed", unsupported=True)


def _is_pruning(hook: object) -> bool:
    return any(kind.__name__ == "BasePruningMethod" for kind in type(hook).__mro__)


def _hook_faults(model: Module) -> Iterator[Fault]:
    for path, module in model.named_modules():
        hooks = [hook for field in HOOKS for hook in (getattr(module, field, None) or {}).values()]
        if any(type(hook).__name__ not in REWRITES and not _is_pruning(hook) and not _is_lazy(hook) for hook in hooks):
            text = "has hooks, which may change what it computes"
            yield Fault(path or "the model", text, "remove them", unsupported=True)
    for path, parameter in model.named_parameters():
        if any(getattr(parameter, field, None) for field in PARAMETER_HOOKS):
            yield Fault(path, "has hooks, which may change its gradient", "remove them", unsupported=True)


def _is_lazy(hook: object) -> bool:
    """torch's own hook, by which a lazy module learns its shape."""
    return getattr(hook, "__name__", "") == "_infer_parameters"


def _place(path: str, module: object) -> str:
    return f"{path} ({class_of(module)})" if path else f"the model ({class_of(module)})"
