"""What a function of torch is given, as it counts: numbers of numpy are numbers, and floats that meet are of one kind.

torch is given by the caller, so that nothing is imported here.
"""

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from symconv.torch_models.record import leaves

Given = tuple[Any, dict[str, Any]]  # the arguments in order, and those by name


def fitted(torch: ModuleType, name: str, args: Any, kwargs: Mapping[str, Any]) -> Given:
    """The arguments of a call. A tensor that a model keeps beside its parameters has the 32 bits that it was made with,
    while all else has 64: both hold the same number. What is changed in place stays the tensor that it is."""
    if name.endswith("_") and args:
        others, named = fitted(torch, "", args[1:], kwargs)
        return (args[0], *others), named
    wide = not name.endswith("_") and any(
        _is_float(torch, x) and x.dtype == torch.float64 for x in leaves((args, kwargs))
    )

    def change(x: Any) -> Any:
        if _is_of_numpy(x):
            return x.item()
        return x.double() if wide and _is_narrow(torch, x) else x

    if not any(_is_of_numpy(x) or (wide and _is_narrow(torch, x)) for x in leaves((args, kwargs))):
        return args, dict(kwargs)
    return tuple(_changed(x, change) for x in args), {key: _changed(x, change) for key, x in kwargs.items()}


def with_colons(torch: ModuleType, index: tuple[Any, ...], rank: int) -> tuple[Any, ...]:
    """The index of a tensor of that rank with a colon for each axis that ... stands for; a mask of truths has as many
    axes as it reads, None has none."""
    at = next((k for k, x in enumerate(index) if x is Ellipsis), None)
    if at is None:
        return index
    masks = [isinstance(x, torch.Tensor) and x.dtype == torch.bool for x in index]
    axes = sum(x.ndim if is_mask else x is not None for x, is_mask in zip(index, masks, strict=True)) - 1
    return (*index[:at], *[slice(None)] * (rank - axes), *index[at + 1 :])


def is_there(torch: ModuleType, tensor: Any, index: Any, value: Any) -> bool:
    """Whether a part of a tensor is written where it stands, as x[0] += 1 does at its end."""
    if not isinstance(value, torch.Tensor) or value._base is not tensor:
        return False
    with torch._C.DisableTorchFunction():
        part = tensor[index]
    return bool(part.data_ptr() == value.data_ptr() and part.shape == value.shape and part.stride() == value.stride())


def _changed(tree: Any, change: Callable[[Any], Any]) -> Any:
    """The same lists and tuples of other leaves."""
    if type(tree) in (list, tuple):
        return type(tree)(_changed(x, change) for x in tree)
    return change(tree)


def _is_float(torch: ModuleType, x: Any) -> bool:
    return isinstance(x, torch.Tensor) and x.is_floating_point()


def _is_narrow(torch: ModuleType, x: Any) -> bool:
    """Whether it is of fewer bits, and a constant."""
    return _is_float(torch, x) and x.dtype != torch.float64 and not x.requires_grad


def _is_of_numpy(x: Any) -> bool:
    """A single number of numpy, as np.log(2) is one."""
    return type(x).__module__ == "numpy" and getattr(x, "ndim", None) == 0 and hasattr(x, "item")
