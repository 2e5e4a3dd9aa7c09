"""How a layer is computed and called in PyTorch: what it meets there, and the names of a function of one number.

torch is given by the caller, so that nothing is imported here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

TorchTensors = dict[str, Any]


@dataclass(frozen=True)
class Met:
    """torch itself, the tensor that a layer reads, the layer's own ones by field, and what the layer cannot know:
    whether there is a batch, the number of spatial axes, and the tensors made so far."""

    torch: ModuleType
    x: Any
    own: Mapping[str, Any]
    batch: bool
    space: int | None
    tensors: TorchTensors

    @property
    def functions(self) -> Any:
        return self.torch.nn.functional

    @property
    def channel(self) -> list[int]:
        """The shape that lets a number for each channel meet x."""
        space = self.space or 0
        return [-1, *(1,) * space] if self.x.ndim > space + int(self.batch) else [1] * self.x.ndim


@dataclass(frozen=True)
class Only:
    """The one value of an argument that has a derivation."""

    value: str | int | bool


@dataclass(frozen=True)
class InTorch:
    """What torch calls a function of one number.

    `module`: its class in torch.nn; `arguments`: those of the module and of the function after the input, in torch's
    order, each with the layer's field that it is, the `Only` value that it may have, or None where no number depends on
    it; `method`: whether tensors have it too, and with a _ behind it in place. In torch.nn.functional its name is the
    layer's kind. `modules` and `functions` are further names of the same.
    """

    module: str
    arguments: Mapping[str, str | Only | None] = field(default_factory=dict)
    method: bool = False
    modules: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()


# ------------------------------------------------------------------------------------------------ windows
def padded(torch: ModuleType, x: object, padding: Any, value: float) -> Any:
    """x with `value` on both sides of its last axes."""
    return torch.nn.functional.pad(x, last_first([n for pair in padding for n in pair]), value=value)


def last_first(sides: list[int]) -> list[int]:
    """Pairs of sides in the order in which torch takes them: the last axis comes first."""
    pairs = [sides[k : k + 2] for k in range(0, len(sides), 2)]
    return [n for pair in reversed(pairs) for n in pair]


def with_channel(x: Any, dims: int, pool: Callable[[Any], Any]) -> Any:
    """`pool` of x, which gets an axis of channels for it where it has none."""
    return pool(x[None])[0] if x.ndim == dims else pool(x)
