"""What a model is given: one tensor, or several, some of them in lists; it then holds all but the first.

torch is given by the caller, so that nothing is imported here.
"""

import inspect
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

from symconv.errors import Fault, refuse
from symconv.networks.in_torch import Module, Tensor
from symconv.torch_models.model import is_tensor

Arguments = Sequence[Any]  # the arguments of a model, each the place of a tensor among all, or a list of such


def inputs_of(given: Any) -> tuple[Sequence[Any], Arguments]:
    """The inputs, and which of them each argument of the model is: a tuple, or a list of tensors, holds several, one of
    which may be a list of tensors itself."""
    several = isinstance(given, tuple) or (isinstance(given, list) and any(map(is_tensor, given)))
    if not several or not _are_tensors(given):
        return (given,), (0,)
    tensors: list[Any] = []
    return tensors, tuple(_placed(each, tensors) for each in given)


def _are_tensors(given: Any) -> bool:
    """Whether it is a tensor, or lists of such and nothing else."""
    return is_tensor(given) or (isinstance(given, tuple | list) and len(given) > 0 and all(map(_are_tensors, given)))


def _placed(given: Any, tensors: list[Any]) -> Any:
    """The place of a tensor among all, to which it is added; of a list a list of them."""
    if not is_tensor(given):
        return [_placed(each, tensors) for each in given]
    tensors.append(given)
    return len(tensors) - 1


def input_faults(model: Module) -> Iterator[Fault]:
    """A model that cannot be called with one tensor."""
    inputs = list(inspect.signature(model.forward).parameters.values())
    needed = [p.name for p in inputs if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if len(needed) > 1:
        yield Fault("", f"the model has several inputs: {', '.join(needed)}", "give it one", unsupported=True)


def with_inputs(torch: ModuleType, model: Module, others: Sequence[Tensor], order: Arguments) -> None:
    """Lets a copy of a model hold what it is given besides its first input, under the names that `forward` has for it:
    it then takes that one alone."""
    if tuple(order) == (0,):
        return
    forward = model.forward
    asked = [p for p in inspect.signature(forward).parameters.values() if p.kind not in (p.VAR_KEYWORD, p.KEYWORD_ONLY)]
    if len(asked) < len(order) and not any(p.kind is p.VAR_POSITIONAL for p in asked):
        text = f"holds {len(order)} tensors, and the model takes {len(asked)}"
        remedy = "give it as many; several images are one tensor, torch.stack(images), and a list of tensors ([...],)"
        refuse([Fault("input", text, remedy)])
    found = [p.name for p in asked if p.kind is not p.VAR_POSITIONAL][: len(order)]
    found += [f"input{k}" for k in range(len(found) + 1, len(order) + 1)]
    names = [name for k, each in zip(found, order, strict=True) for name in _spread_names(k, each)][1:]
    names = [name if not hasattr(model, name) else f"{name}_" for name in names]
    for name, tensor in zip(names, others, strict=True):
        model.register_buffer(name, tensor)
    own: Any = model
    own.forward = lambda x: forward(*_arranged(order, [x, *(getattr(model, name) for name in names)]))
    own.further_inputs = tuple(names)


def _spread_names(name: str, places: Any) -> Iterator[str]:
    """A name of its own for each tensor of an argument."""
    if isinstance(places, int):
        yield name
    else:
        for k, each in enumerate(places):
            yield from _spread_names(f"{name}_{k}", each)


def _arranged(places: Any, tensors: Sequence[Tensor]) -> Any:
    """The tensors as the lists that the model is given."""
    return tensors[places] if isinstance(places, int) else [_arranged(each, tensors) for each in places]
