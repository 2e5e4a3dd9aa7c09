"""What a model is given: the input that is followed, and what stands beside it.

torch is given by the caller, so that nothing is imported here.
"""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from symconv.errors import Fault, refuse
from symconv.networks.in_torch import Module, Tensor
from symconv.torch_models.model import is_tensor

REMEDY = "give it as many; several images are one tensor, torch.stack(images), and a list of tensors ([...],)"


@dataclass(frozen=True)
class InputPlace:
    """Where a tensor stood among the arguments: its number, and the path to it, as (1, "mask")."""

    number: int
    path: tuple[Any, ...]

    @property
    def text(self) -> str:
        """input[1]['mask']"""
        return "input" + "".join(f"[{each!r}]" for each in self.path)


@dataclass(frozen=True)
class Inputs:
    """The arguments of a model, an `InputPlace` for each tensor among them, and these; which is followed."""

    arguments: tuple[Any, ...]
    places: tuple[InputPlace, ...]
    tensors: tuple[Any, ...]
    at: int = 0

    @property
    def first(self) -> Any:
        """The one that is followed."""
        return self.tensors[self.at]

    @property
    def text(self) -> str:
        """How it is called in messages."""
        return self.places[self.at].text if len(self.tensors) > 1 else "input"


def inputs_of(given: Any, whole: bool) -> Inputs:
    """A tuple, or a list of tensors, holds several arguments, and each of them a tensor, or lists, tuples and dicts of
    some, or what is no tensor and is given as it is. whole: the model looks something up by whole numbers; where it
    does not, the first tensor of floats is followed."""
    several = isinstance(given, list) and len(given) > 0 and all(map(is_tensor, given))
    held = isinstance(given, tuple | Mapping) and any(True for _ in _tensors(given))
    if not several and not held:
        return Inputs((InputPlace(0, ()),), (InputPlace(0, ()),), (given,))
    arguments = tuple(given) if isinstance(given, tuple | list) else (given,)
    found: list[tuple[InputPlace, Any]] = []
    placed = tuple(_placed(each, (k,), found) for k, each in enumerate(arguments))
    tensors = tuple(tensor for _, tensor in found)
    floats = [k for k, x in enumerate(tensors) if x.is_floating_point()]
    at = 0 if whole or not floats else floats[0]
    return Inputs(placed, tuple(place for place, _ in found), tensors, at)


def _tensors(tree: Any) -> Iterator[Any]:
    if isinstance(tree, Mapping):
        tree = tuple(tree.values())
    if isinstance(tree, tuple | list):
        for each in tree:
            yield from _tensors(each)
    elif is_tensor(tree):
        yield tree


def _placed(tree: Any, path: tuple[Any, ...], found: list[tuple[InputPlace, Any]]) -> Any:
    """The same with a place for each tensor, which is added to those that were found."""
    if is_tensor(tree):
        found.append((InputPlace(len(found), path), tree))
        return found[-1][0]
    return _changed(tree, lambda key, each: _placed(each, (*path, key), found))


def _changed(tree: Any, change: Any) -> Any:
    """The same list, tuple or dict of other parts; another thing as it is."""
    if isinstance(tree, dict):
        return {key: change(key, each) for key, each in tree.items()}
    if type(tree) in (tuple, list):
        return type(tree)(change(k, each) for k, each in enumerate(tree))
    return tree


def _filled(tree: Any, tensors: Sequence[Any]) -> Any:
    if isinstance(tree, InputPlace):
        return tensors[tree.number]
    return _changed(tree, lambda _, each: _filled(each, tensors))


# ------------------------------------------------------------------------------------------------ the model's own
def input_faults(model: Module) -> Iterator[Fault]:
    """A model that cannot be called with one tensor."""
    inputs = list(inspect.signature(model.forward).parameters.values())
    needed = [p.name for p in inputs if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if len(needed) > 1:
        yield Fault("", f"the model has several inputs: {', '.join(needed)}", "give it one", unsupported=True)


def with_inputs(model: Module, given: Inputs, tensors: Sequence[Tensor]) -> None:
    """Lets a copy of a model hold what it is given besides the input that is followed, under the names that `forward`
    has for it: it then takes that one alone. tensors: all of them, that one too, as they are to be given."""
    if len(given.arguments) == 1 and isinstance(given.arguments[0], InputPlace):
        return
    forward = model.forward
    asked = [p for p in inspect.signature(forward).parameters.values() if p.kind not in (p.VAR_KEYWORD, p.KEYWORD_ONLY)]
    if len(asked) < len(given.arguments) and not any(p.kind is p.VAR_POSITIONAL for p in asked):
        text = f"holds {len(given.arguments)} {_of(given)}, and the model takes {len(asked)}"
        refuse([Fault("input", text, REMEDY)])
    words = [p.name for p in asked if p.kind is not p.VAR_POSITIONAL][: len(given.arguments)]
    words += [f"input{k}" for k in range(len(words) + 1, len(given.arguments) + 1)]
    names = {place.number: _name(model, words, place) for place in given.places if place.number != given.at}
    for number, name in names.items():
        model.register_buffer(name, tensors[number])
    own: Any = model

    def alone(x: Tensor) -> Any:
        held = [x if k == given.at else getattr(model, names[k]) for k in range(len(tensors))]
        return forward(*_filled(given.arguments, held))

    own.forward = alone
    own.further_inputs = tuple(names.values())


def _of(given: Inputs) -> str:
    return "tensors" if all(isinstance(x, InputPlace) for x in given.arguments) else "arguments"


def _name(model: Module, words: Sequence[str], place: InputPlace) -> str:
    """That of the argument, and the way within it: batch_mask for batch["mask"]."""
    word = "_".join((words[place.path[0]], *map(str, place.path[1:]))).replace(".", "_")
    return word if not hasattr(model, word) else f"{word}_"
