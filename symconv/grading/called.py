"""A student's function: called with the tensors that it names, its result is what is graded."""

from collections.abc import Mapping
from inspect import Parameter, signature

from symconv.array import Array, Tensors
from symconv.derivation.tensors import is_copy, is_gradient, without_gradient
from symconv.errors import Fault, refuse
from symconv.networks.fields import did_you_mean

NAMED = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)


def result(function: object, known: Tensors) -> object:
    """What the function returns for the right tensors; anything that is no function as it is.

    A parameter `X` gets the tensor X, `dX` the gradient of X, `conv1_weight` the tensor conv1.weight; a tensor's own
    name wins. They are float64 tensors of torch where torch can be imported, else nested lists of floats. A parameter
    of another name must have a default. What the function raises is raised.
    """
    if not callable(function):
        return function
    tensors = named(known)
    asked = [p for p in signature(function).parameters.values() if p.kind in NAMED]
    unknown = [p.name for p in asked if p.name not in tensors and p.default is Parameter.empty]
    listed = f"there are: {', '.join(tensors)}"
    place = getattr(function, "__name__", type(function).__name__)
    refuse(
        Fault(place, f"parameter {name} is not a tensor of this network", did_you_mean(name, tensors, listed))
        for name in unknown
    )
    given = {p: _floats(tensors[p.name]) for p in asked if p.name in tensors}
    first = [x for p, x in given.items() if p.kind is Parameter.POSITIONAL_ONLY]
    return function(*first, **{p.name: x for p, x in given.items() if p.kind is not Parameter.POSITIONAL_ONLY})


def named(known: Tensors) -> Mapping[str, Array]:
    """Every tensor and gradient by the name of the parameter that gets it."""
    seen = {t: a for t, a in known.items() if not is_copy(t)}
    values = {t: a for t, a in seen.items() if not is_gradient(t)}
    gradients = {f"d{without_gradient(t)}": a for t, a in seen.items() if is_gradient(t)}
    named = gradients | values
    return {name.replace(".", "_"): a for name, a in named.items()} | {n: a for n, a in named.items() if "." not in n}


def _floats(a: Array) -> object:
    nested = a.map(float).nested()
    try:
        import torch
    except ImportError:
        return nested
    return torch.tensor(nested, dtype=torch.float64)
