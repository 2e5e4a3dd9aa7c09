"""How a layer is computed and called in PyTorch: what it meets there, and the names of a function of one number.

torch is given by the caller, so that nothing is imported here.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor as Tensor
    from torch.autograd import graph
    from torch.nn import Module as Module

    AutogradNode = graph.Node
else:  # torch is imported where it is asked for, and its classes stand in annotations alone
    Tensor = AutogradNode = Module = object

TorchTensors = dict[str, Tensor]
TorchNumbers = Mapping[str, Mapping[str, Tensor]]  # {"values": {name: tensor}, "gradients": {name: tensor}}


@dataclass(frozen=True)
class Met:
    """torch itself, the tensor that a layer reads, the layer's own ones by field, and what the layer cannot know:
    whether there is a batch, the number of spatial axes, and the tensors made so far."""

    torch: ModuleType
    x: Tensor
    own: Mapping[str, Tensor]
    batch: bool
    space: int | None
    tensors: TorchTensors

    def call(self, function: str, *given: object, **more: object) -> Tensor:
        """What a function of torch.nn.functional makes, which is one tensor; what torch raises is raised."""
        return self.call_at(f"nn.functional.{function}", *given, **more)

    def call_at(self, path: str, *given: object, **more: object) -> Tensor:
        """The same of a function that is found by this path from torch on."""
        made: Tensor = attrgetter(path)(self.torch)(*given, **more)
        return made

    @property
    def channel(self) -> list[int]:
        """The shape that lets a number for each channel, (C,), meet x: (C, 1, 1) where x is (N, C, H, W)."""
        space = self.space or 0
        return [-1, *(1,) * space] if self.x.ndim > space + int(self.batch) else [1] * self.x.ndim


@dataclass(frozen=True)
class Only:
    """The one value of an argument that has a derivation."""

    value: str | int | bool


@dataclass(frozen=True)
class InTorch:
    """What torch calls a function of one number.

    `module`: its class in torch.nn, "" where there is none; `arguments`: those of the module and of the function after
    the input, in torch's order, each with the layer's field that it is, the `Only` value that it may have, or None
    where no number depends on it; `method`: whether tensors have it too, and with a _ behind it in place. In
    torch.nn.functional its name is the layer's kind; where it is found elsewhere, `path` says where from torch on.
    `modules` and `functions` are further names of the same.
    """

    module: str = ""
    arguments: Mapping[str, str | Only | None] = field(default_factory=dict)
    method: bool = False
    modules: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    path: str = ""


# ------------------------------------------------------------------------------------------------ windows
def padded(torch: ModuleType, x: Tensor, padding: Iterable[tuple[int, int]], value: float) -> Tensor:
    """x with `value` on both sides of its last axes, (lo, hi) of each in turn: (..., H) -> (..., H + lo + hi)."""
    made: Tensor = torch.nn.functional.pad(x, last_first([n for pair in padding for n in pair]), value=value)
    return made


def last_first(sides: list[int]) -> list[int]:
    """Pairs of sides in the order in which torch takes them: the last axis comes first."""
    pairs = [sides[k : k + 2] for k in range(0, len(sides), 2)]
    return [n for pair in reversed(pairs) for n in pair]


def with_channel(x: Tensor, dims: int, pool: Callable[[Tensor], Tensor]) -> Tensor:
    """`pool` of x, which gets an axis of channels for it where it has none."""
    return pool(x[None])[0] if x.ndim == dims else pool(x)
