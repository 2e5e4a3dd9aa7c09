"""The model's own parameters in the copy that is run: a loss may read the model itself, as weight decay does that
somebody writes into it.

torch is given by the caller, so that nothing is imported here.
"""

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from symconv.networks.in_torch import Module

Twins = Mapping[int, Any]  # by the id of a parameter of the model, or of the model itself, what stands for it


def twins_of(torch: ModuleType, model: Module, own: Module) -> dict[int, Any]:
    """Of every parameter that the copy `own` has as well. A weight that is computed is another one there, and has
    none; a single layer lies in the copy as the first of several."""
    alone = type(own) is torch.nn.Sequential and not isinstance(model, torch.nn.Sequential)
    inner = next(own.children()) if alone else own
    there = dict(inner.named_parameters())
    found: dict[int, Any] = {id(x): there[name] for name, x in model.named_parameters() if name in there}
    found |= {id(model): inner}
    found[id(found)] = [model]  # as deepcopy does it: an id is its own for as long as what has it is kept
    return found


def with_twins(torch: ModuleType, twins: Twins) -> Any:
    """The mode in which functions of torch read a twin in the place of what it stands for."""

    class WithTwins(torch.overrides.TorchFunctionMode):  # type: ignore[name-defined]  # of a module that is given
        """Outside of which the model itself is meant."""

        def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            """By torch, for each of its functions."""
            return function(*_read(args, twins), **_read(kwargs or {}, twins))

    return WithTwins()


def _read(tree: Any, twins: Twins) -> Any:
    """The same tree with twins; a list stays one, as it is another index than a tuple."""
    if isinstance(tree, dict):
        return {key: _read(each, twins) for key, each in tree.items()}
    if type(tree) in (list, tuple):
        return type(tree)(_read(each, twins) for each in tree)
    return twins.get(id(tree), tree)
