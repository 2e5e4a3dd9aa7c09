"""What is written down of a model's run: each function of torch that it calls, on what, and where in its source."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from symconv.array import Shape
from symconv.networks.in_torch import Module, Tensor

Argument = Any  # whatever a function is given; a tensor that is followed stands in it as its `Value`


@dataclass(frozen=True, eq=False)
class Value:
    """A tensor at one moment of the run; it is kept, so that no other tensor can be taken for it.

    version: how often it had been changed in place. live: it depends on the input. maker: the call that gave it, None
    for the input and for what the model holds, which then has a `name`, its place in the model.
    """

    tensor: Tensor
    shape: Shape
    version: int
    live: bool
    maker: "FunctionCall | None" = None
    at: int = 0  # among what its maker gives
    name: str = ""


@dataclass(frozen=True, eq=False)
class FunctionCall:
    """One call of a function of torch: its name, its arguments, and the module and the line in which it stands."""

    function: str
    arguments: tuple[Argument, ...]
    keywords: Mapping[str, Argument]
    made: tuple[Tensor, ...]
    gives: tuple[Shape, ...]  # their shapes, as they were made
    path: str  # of the module that is being run, "" where it is no part of the model
    module: Module
    entered: int  # the number of this run of the module
    place: str
    cut: bool  # autograd was switched off

    @property
    def reads(self) -> Iterator[Value]:
        """The values that it is given, in order."""
        return (x for x in leaves((self.arguments, self.keywords)) if isinstance(x, Value))


def leaves(tree: object) -> Iterator[Any]:
    """What stands in tuples, lists and dicts."""
    if isinstance(tree, Mapping):
        tree = tuple(tree.values())
    if isinstance(tree, tuple | list):
        for each in tree:
            yield from leaves(each)
    else:
        yield tree


def mapped(tree: Any, change: Callable[[Any], Any]) -> Any:
    """The same tree with every leaf changed."""
    if isinstance(tree, Mapping):
        return {key: mapped(each, change) for key, each in tree.items()}
    if isinstance(tree, tuple | list):
        return tuple(mapped(each, change) for each in tree)
    return change(tree)


def version_of(tensor: Tensor) -> int:
    """How often it, or what it is a part of, was changed in place; torch does not count what inference_mode makes."""
    return 0 if tensor.is_inference() else tensor._version


def spread(arguments: Sequence[Any]) -> Sequence[Any]:
    """torch.einsum takes its tensors one by one, or as a list."""
    equation, *tensors = arguments
    return (equation, *(tensors[0] if len(tensors) == 1 and isinstance(tensors[0], list | tuple) else tensors))
