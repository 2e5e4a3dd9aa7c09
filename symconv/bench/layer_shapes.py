"""The convolutions of well-known networks: the shapes on which emitted code is timed.

ResNet-50, VGG-16 and MobileNetV2 as torchvision defines them, at 224 x 224; LeNet-5 as in LeCun et al. 1998, figure 2,
with every map of C3 connected to all of S2. Each shape stands once, with the number of layers that have it.
"""

import json
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from typing import Any

from symconv.errors import SpecError

Pair = tuple[int, int]


@dataclass(frozen=True)
class LayerShape:
    """One convolution: C input and O output channels, a pair for rows and columns of all else."""

    net: str
    name: str  # of the first layer of this shape
    count: int
    C: int
    O: int  # noqa: E741, the letter of the equation
    kernel: Pair
    stride: Pair
    padding: Pair
    dilation: Pair
    groups: int
    bias: bool
    size: Pair

    @cached_property
    def out(self) -> Pair:
        """Ho, Wo."""
        four = zip(self.size, self.kernel, self.stride, self.padding, self.dilation, strict=True)
        rows, cols = ((n + 2 * p - (k - 1) * d - 1) // s + 1 for n, k, s, p, d in four)
        return rows, cols

    @property
    def depthwise(self) -> bool:
        """One kernel for each channel."""
        return self.groups == self.C == self.O > 1

    @property
    def pointwise(self) -> bool:
        """A kernel of one entry."""
        return self.kernel == (1, 1)

    @property
    def options(self) -> dict[str, Any]:
        """As torch.nn.functional.conv2d takes them."""
        names = ("stride", "padding", "dilation", "groups")
        return {name: getattr(self, name) for name in names}

    @property
    def text(self) -> str:
        """`64→128 3x3/2, 56x56`; depthwise `96 of 3x3/1, 56x56`."""
        channels = f"{self.C} of" if self.depthwise else f"{self.C}→{self.O}"
        return f"{channels} {_by(self.kernel)}/{self.stride[0]}, {_by(self.size)}"


def _by(pair: Pair) -> str:
    return "x".join(map(str, pair))


def layers(*names: str) -> tuple[LayerShape, ...]:
    """The shapes of these networks, of all of them without a name; SpecError for a name that there is not."""
    known = json.loads(resources.files(__package__).joinpath("layer_shapes.json").read_text(encoding="utf-8"))
    for name in names:
        if name not in known:
            raise SpecError(f"--net: there is no network {name[:40]!a}\n  there are: {', '.join(known)}")
    return tuple(_layer(net, row) for net in names or known for row in known[net])


def _layer(net: str, row: dict[str, object]) -> LayerShape:
    read: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    return LayerShape(net, **read)
