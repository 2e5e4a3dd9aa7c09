"""Functions of torch: their names, and those that are written in Python, which can be looked into."""

from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

from symconv.torch_models.functions import LIKE
from symconv.torch_models.given import fitted

# what gives the same numbers, in another kind of float, on another device, or with a gradient
SAME = {"float", "double", "half", "bfloat16", "to", "type", "type_as", "cpu", "cuda", "requires_grad_"}
LOOKUPS = ("embedding", "embedding_bag")
HOOKING = ("register_hook", "register_prehook", "register_post_accumulate_grad_hook", "register_multi_grad_hook")
ASKING = {  # what makes numbers of a tensor, which Python then decides by
    "__bool__", "__float__", "__int__", "__index__", "__complex__", "__contains__", "__array__",
    "item", "tolist", "numpy", "equal", "allclose", "is_nonzero",
}  # fmt: skip
OF_TWO = {"max": "maximum", "min": "minimum"}  # what is called so of two tensors
OF_MANY = ("broadcast_tensors", "block_diag", "cartesian_prod", "meshgrid")  # what takes its tensors one by one
TIMES = ("mul", "multiply")
PRINTING = {"__repr__", "__str__", "__format__"}
NUMBERS = SAME | {"int", "long"}  # what makes numbers of truths
OF_FIRST = (*LIKE, "type_as", "to")  # that ask a second tensor for its shape, or its kind, and for no number
FILLED = ("fill_", "zero_")  # what leaves nothing of what a tensor was
FILLING = {"new_tensor", *(name.format(kind) for kind in ("zeros", "ones", "full") for name in ("{}_like", "new_{}"))}
WATCHED = "has_torch_function"  # how a function of torch asks whether somebody wants to know of its calls


def in_double(torch: ModuleType) -> Any:
    """The mode in which floats keep their 64 bits, whatever kind a model makes of them: each is what it was."""

    class InDouble(torch.overrides.TorchFunctionMode):  # type: ignore[name-defined]  # of a module that is given
        """As a model of double precision is run."""

        def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            """By torch, for each of its functions."""
            name = function_name(function)
            if name == "cuda":  # which may not be there
                return args[0]
            args, kwargs = fitted(torch, name, args, kwargs or {})
            return widened(torch, name, args, function(*args, **kwargs))

    return InDouble()


def widened(torch: ModuleType, name: str, args: Any, made: Any) -> Any:
    """What a function made: a float of another kind has its 64 bits all the same."""
    if name not in SAME or not isinstance(made, torch.Tensor) or not made.is_floating_point():
        return made
    double = made.dtype == torch.float64  # of numbers that a loss brings in single precision
    return args[0] if args[0].is_floating_point() and not double else made.double()


def function_name(function: Any) -> str:
    """ "relu" of torch.relu, F.relu and x.relu; "data" of the attribute."""
    name = getattr(function, "__name__", type(function).__name__)
    return str(function.__self__.__name__ if name in ("__get__", "__set__") else name)


def changes(name: str) -> bool:
    """Whether a function changes the tensor that it is given: add_, x[0] = y."""
    return name == "__setitem__" or (name.endswith("_") and not name.startswith("__"))


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
