"""Functions of torch: their names, and those that are written in Python, which can be looked into."""

from collections.abc import Callable
from types import FunctionType
from typing import Any

WATCHED = "has_torch_function"  # how a function of torch asks whether somebody wants to know of its calls


def function_name(function: Any) -> str:
    """ "relu" of torch.relu, F.relu and x.relu; "data" of the attribute."""
    name = getattr(function, "__name__", type(function).__name__)
    return str(function.__self__.__name__ if name in ("__get__", "__set__") else name)


def is_open(function: Any) -> bool:
    """Whether it is written in Python, in torch, so that its own calls can be followed."""
    return isinstance(function, FunctionType) and str(function.__module__).startswith("torch")


def opened(function: FunctionType) -> Callable[..., Any]:
    """The same function without its question whether it is watched: so the calls in it are, and not it once more."""
    never = dict.fromkeys((name for name in function.__globals__ if name.startswith(WATCHED)), lambda *given: False)
    names = {**function.__globals__, **never}
    made = FunctionType(function.__code__, names, function.__name__, function.__defaults__, function.__closure__)
    made.__kwdefaults__ = function.__kwdefaults__
    return made
