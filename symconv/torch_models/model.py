"""The model that is given, as a copy that may be changed; what stands between it and its layers is named.

torch is given by the caller, so that nothing is imported here.
"""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from itertools import count
from types import ModuleType
from typing import Any

from symconv.errors import Fault, NotSupported, SpecError, refuse
from symconv.networks.in_torch import Module, Tensor

Running = list[tuple[int, Module]]  # the modules that are being run, numbered, the innermost last

PARALLEL = ("DataParallel", "DistributedDataParallel", "FullyShardedDataParallel")
COMPILED = ("OptimizedModule",)
SCRIPTED = ("ScriptModule", "RecursiveScriptModule", "TopLevelTracedModule")
HOOKS = ("_backward_hooks", "_backward_pre_hooks")  # those of the forward pass are run, and followed
PARAMETER_HOOKS = ("_backward_hooks", "_post_accumulate_grad_hooks")
REWRITES = {"WeightNorm": "remove_weight_norm", "SpectralNorm": "remove_spectral_norm"}  # hooks, and what undoes them


def copied(torch: ModuleType, model: object) -> Module:
    """A copy in float64 on the processor, in which all is done; a single layer is put into an nn.Sequential.

    A weight that torch computes from others - weight_norm, spectral_norm, any parametrization, pruning - is in it the
    plain weight that it is at this moment. SpecError where it is no model, or its numbers cannot be read; NotSupported
    where something wraps it, or hooks into its gradients.
    """
    if not isinstance(model, torch.nn.Module):
        raise SpecError(f"model: {type(model).__name__} is not an nn.Module\n  give an nn.Sequential, or a module")
    refuse(_wrapper_faults(model))
    faults = (*_lazy_faults(torch, model), *_stored_faults(torch, model), *_hook_faults(model))
    refuse(faults, type(model).__name__)
    try:
        own: Module = copy.deepcopy(model, _computed(torch, model)).to("cpu").double()
        _make_plain(torch, own)
    except Exception as error:  # whatever the parts of a model may raise
        remedy = "give a model that copy.deepcopy can copy, with its weights on a device"
        raise NotSupported(f"model: cannot be copied ({type(error).__name__})\n  {remedy}") from error
    single = type(own).__module__.startswith("torch.nn.modules.") and not any(own.children())
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


def _computed(torch: ModuleType, model: Module) -> dict[int, Tensor]:
    """What torch cannot copy, with what stands for it in a copy: tensors that a module keeps and that were computed."""
    kept = (x for module in model.modules() for x in vars(module).values() if isinstance(x, torch.Tensor))
    return {id(x): x.detach().clone() for x in kept if not x.is_leaf}


def _make_plain(torch: ModuleType, model: Module) -> None:
    """Every weight that is computed from others becomes a parameter of its own; the class of the module that was given
    is left alone, which torch's own way of doing that changes."""
    utils, prune = torch.nn.utils, import_module("torch.nn.utils.prune")  # which torch does not load by itself
    for module in model.modules():
        for hook in tuple(module._forward_pre_hooks.values()):
            kind, name = type(hook).__name__, getattr(hook, "name", getattr(hook, "_tensor_name", ""))
            if isinstance(hook, prune.BasePruningMethod):
                prune.remove(module, name)
            elif kind in REWRITES and type(hook).__module__.startswith("torch.nn.utils"):
                hook(module, ())  # as it would be in the next run
                getattr(utils, REWRITES[kind])(module, name)
        if utils.parametrize.is_parametrized(module):
            computed: Any = module.parametrizations
            made = {name: getattr(module, name).detach().clone() for name in computed}
            del module.parametrizations
            module.__class__ = utils.parametrize.type_before_parametrizations(module)
            for name, value in made.items():
                module.register_parameter(name, torch.nn.Parameter(value))


def _hook_faults(model: Module) -> Iterator[Fault]:
    for path, module in model.named_modules():
        if any(getattr(module, field, None) for field in HOOKS):
            yield Fault(path or "the model", "has hooks, which may change gradients", "remove them", unsupported=True)
    for path, parameter in model.named_parameters():
        if any(getattr(parameter, field, None) for field in PARAMETER_HOOKS):
            yield Fault(path, "has hooks, which may change its gradient", "remove them", unsupported=True)


def _place(path: str, module: object) -> str:
    return f"{path} ({class_of(module)})" if path else f"the model ({class_of(module)})"


# ------------------------------------------------------------------------------------------------ its state
def keep_state(model: Module) -> None:
    """Remembers the numbers that a model holds: a pass may change them, and each is to start from the same."""
    held = [(fields, name, x) for module in model.modules() for fields in (module._parameters, module._buffers)
            for name, x in fields.items() if x is not None]  # fmt: skip
    own: Any = model
    own.first_state = [(fields, name, x, x.detach().clone()) for fields, name, x in held]


def reset(model: Module) -> None:
    """Gives a model the numbers again that were remembered."""
    for fields, name, x, numbers in getattr(model, "first_state", ()):
        fields[name] = x
        if not x.is_inference() and not x.data.equal(numbers):
            x.data.copy_(numbers)


# ------------------------------------------------------------------------------------------------ whole numbers
def looks_up(torch: ModuleType, model: Module) -> bool:
    """Whether a model holds a table whose rows it finds by their numbers."""
    tables = torch.nn.Embedding, torch.nn.EmbeddingBag
    return any(isinstance(module, tables) for module in model.modules())


def looked_up(model: Module) -> Tensor:
    """What stands for an input of whole numbers, rows of a one and zeros; NotSupported where nothing is looked up."""
    found = vars(model).get("first_input")
    if found is None:
        text = "input: is of whole numbers, by which nothing is looked up"
        raise NotSupported(f"{text}\n  give floats, or numbers of the rows of an nn.Embedding")
    made: Tensor = found
    return made


def learning(given: Tensor) -> Tensor:
    """A copy of an input, with a gradient where it is of floats."""
    copy = given.clone()
    return copy.requires_grad_() if copy.is_floating_point() else copy


# ------------------------------------------------------------------------------------------------ its modules
@contextmanager
def running_modules(torch: ModuleType) -> Iterator[Running]:
    """What is being run; where something is raised, the innermost module stays."""
    running, numbers, hooks = Running(), count(1), torch.nn.modules.module

    def leave(module: Module, given: object, made: object) -> None:
        running.pop()

    entering = hooks.register_module_forward_pre_hook(lambda module, given: running.append((next(numbers), module)))
    leaving = hooks.register_module_forward_hook(leave)
    try:
        yield running
    finally:
        entering.remove()
        leaving.remove()
