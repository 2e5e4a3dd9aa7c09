"""The cases on which convolution code is compared: data that cannot hide a fault.

H != W, kh != kw, options that differ per direction, a batch of two, more than one channel per group, leftover rows,
O = Wo (a bias on the wrong axis would still fit): what is equal by chance is a fault not seen.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from types import ModuleType
from typing import Any

from symconv.array import Shape
from symconv.networks.in_torch import Tensor

TensorMaker = Callable[[Shape], Tensor]
FLAT = ("loop", "flatten")  # the forms without channels


@dataclass(frozen=True)
class ConvCase:
    """Shapes and options of one call. `layout` says how the operands lie in memory."""

    name: str
    input: tuple[int, ...]
    weight: tuple[int, ...]
    bias: bool = True
    options: tuple[tuple[str, Any], ...] = ()
    layout: str = "contiguous"  # or "transposed", "expanded"
    operation: str = "conv2d"
    forms: tuple[str, ...] = ()  # those for which the case is made; none: all

    @property
    def channels(self) -> bool:
        """Whether the weight has axes for channels besides the spatial ones."""
        return len(self.weight) > int(self.operation[-2])

    @property
    def transposed(self) -> bool:
        return "transpose" in self.operation

    @property
    def taps(self) -> int:
        """The kernel's entries."""
        return prod(self.weight[-int(self.operation[-2]) :])

    @property
    def products(self) -> int:
        """The products in one sum, at most: of the channels of a group and the kernel's entries."""
        if not self.channels:
            return self.taps
        groups = int(dict(self.options).get("groups", 1))
        return self.taps * (self.weight[0] // groups if self.transposed else self.weight[1])

    @property
    def products_back(self) -> int:
        """The same in one sum of the input's gradient."""
        if not self.channels:
            return self.taps
        groups = int(dict(self.options).get("groups", 1))
        return self.taps * (self.weight[1] if self.transposed else self.weight[0] // groups)

    def fits(self, function: str) -> bool:
        """Whether a function takes such operands."""
        operation, _, form = function.rpartition("_")
        meant = not self.forms or form in self.forms
        return meant and operation == self.operation and self.channels == (form not in FLAT)

    def tensors(self, make: TensorMaker) -> tuple[Tensor, Tensor, Tensor | None]:
        """X, K and bias of the shapes `input`, `weight` and (O,), as `make` makes them; without bias None."""
        bias = make(self.bias_shape) if self.bias else None
        return self._laid(make, self.input), self._laid(make, self.weight), bias

    @property
    def bias_shape(self) -> Shape:
        """(O,), whether the case has a bias or not; (1,) without channels."""
        outs = self.weight[0]
        if self.transposed:
            outs = self.weight[1] * int(dict(self.options).get("groups", 1))
        return (outs if self.channels else 1,)

    def _laid(self, make: TensorMaker, shape: tuple[int, ...]) -> Tensor:
        if self.layout == "transposed":
            return make(shape[::-1]).permute(*range(len(shape))[::-1])
        if self.layout == "expanded":
            return make((1, *shape[1:])).expand(*shape)
        return make(shape)

    def reference(self, torch: ModuleType, X: Tensor, K: Tensor, b: Tensor | None) -> Tensor:
        """torch.nn.functional.conv2d, or whatever the operation is called, of X and K with channels or without."""
        compute, options = getattr(torch.nn.functional, self.operation), dict(self.options)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch says that an even kernel with "same" costs it a copy
            made: Tensor = compute(*((X, K) if self.channels else (X[None, None], K[None, None])), b, **options)
            return made if self.channels else made[0, 0]


def _case(
    name: str, input: Shape, weight: Shape, bias: bool = True, layout: str = "contiguous", operation: str = "conv2d",
    forms: tuple[str, ...] = (), **options: object,
) -> ConvCase:  # fmt: skip
    return ConvCase(name, input, weight, bias, tuple(options.items()), layout, operation, forms)


BLOCKS = ("gemm",)  # the forms whose loops run in blocks
UNEVEN: dict[str, Any] = {"stride": (3, 2), "padding": (2, 1), "dilation": (1, 2)}
CASES = (
    # one channel: loop and flatten
    _case("5x5, kernel 3x3, padding 1", (5, 5), (3, 3), padding=1),
    _case("5x5, kernel 3x3, padding 1, stride 2", (5, 5), (3, 3), padding=1, stride=2),
    _case("7x9, kernel 2x3, uneven options", (7, 9), (2, 3), **UNEVEN),
    _case("8x6, kernel 3x2, stride 1x2, no bias", (8, 6), (3, 2), bias=False, stride=(1, 2)),
    _case("6x7, even kernel 2x4, same", (6, 7), (2, 4), padding="same"),
    _case("6x9, even kernel 2x4, same, dilation 3x1", (6, 9), (2, 4), padding="same", dilation=(3, 1)),
    _case("6x5, kernel 3x2, valid, one-element options", (6, 5), (3, 2), padding="valid", stride=(2,)),
    _case("7x6, kernel 3x2, transposed in memory", (7, 6), (3, 2), padding=(0, 1), layout="transposed"),
    _case("kernel as large as the input 4x3", (4, 3), (4, 3)),
    # batches, channels, groups
    _case("1x1x5x5, kernel 3x3, padding 1", (1, 1, 5, 5), (1, 1, 3, 3), padding=1),
    _case("1x1x5x5, kernel 3x3, padding 1, stride 2", (1, 1, 5, 5), (1, 1, 3, 3), padding=1, stride=2),
    _case("2x2x5x5, weight 3x2x3x3, stride 2, padding 1", (2, 2, 5, 5), (3, 2, 3, 3), stride=2, padding=1),
    _case("2x4x7x9, 2 groups, uneven options", (2, 4, 7, 9), (6, 2, 2, 3), groups=2, **UNEVEN),
    _case("2x6x5x7, 3 groups, uneven, no bias", (2, 6, 5, 7), (3, 2, 3, 2), bias=False, groups=3, **UNEVEN),
    _case("2x3x6x5, depthwise, 2 outputs each", (2, 3, 6, 5), (6, 1, 3, 2), groups=3, padding=(1, 0)),
    _case("2x3x8x7, depthwise, uneven options", (2, 3, 8, 7), (3, 1, 3, 2), groups=3, **UNEVEN),
    _case("2x2x4x7, even kernel 2x4, same", (2, 2, 4, 7), (3, 2, 2, 4), padding="same"),
    _case("2x3x5x5, as many outputs as columns", (2, 3, 5, 5), (4, 3, 3, 2), stride=(2, 1)),
    _case("2x2x6x5, kernel 1x1, stride 2x1", (2, 2, 6, 5), (3, 2, 1, 1), stride=(2, 1)),
    _case("2x4x5x6, transposed in memory", (2, 4, 5, 6), (4, 2, 2, 3), groups=2, layout="transposed"),
    _case("3x2x5x4, expanded in memory", (3, 2, 5, 4), (3, 2, 2, 3), padding=1, layout="expanded"),
    _case("without a batch axis, 2x5x6", (2, 5, 6), (3, 2, 3, 2), stride=(2, 1), padding=(1, 0)),
    _case("empty batch, 0x2x5x6", (0, 2, 5, 6), (3, 2, 3, 2)),
    _case("2x2x17x19, large maps", (2, 2, 17, 19), (3, 2, 2, 3), padding=(1, 0), dilation=(1, 2)),
    _case("1x1x3x1030, blocks of one row", (1, 1, 3, 1030), (1, 1, 2, 3), forms=BLOCKS),
    _case("17x1x17x17, blocks of eight images", (17, 1, 17, 17), (1, 1, 2, 2), forms=BLOCKS),
    # one and three dimensions
    _case("2x4x9, 2 groups, uneven options", (2, 4, 9), (6, 2, 3), operation="conv1d",
          groups=2, stride=3, padding=2, dilation=2),
    _case("2x2x8, even kernel 4, same", (2, 2, 8), (3, 2, 4), operation="conv1d", padding="same"),
    _case("2x1x300, a long signal", (2, 1, 300), (2, 1, 4), operation="conv1d", stride=1, padding=1),
    _case("11x1x201, blocks of ten images", (11, 1, 201), (1, 1, 2), operation="conv1d", forms=BLOCKS),
    _case("2x4x5x6x7, 2 groups, uneven options", (2, 4, 5, 6, 7), (4, 2, 2, 3, 2), operation="conv3d",
          groups=2, stride=(1, 2, 3), padding=(1, 0, 2), dilation=(2, 1, 2)),
    _case("1x2x6x7x8, large maps", (1, 2, 6, 7, 8), (3, 2, 1, 2, 3), operation="conv3d", padding=(0, 1, 1)),
    # transposed
    _case("2x4x5x6, 2 groups, uneven options", (2, 4, 5, 6), (4, 3, 3, 2), operation="conv_transpose2d",
          groups=2, stride=(3, 2), padding=(1, 2), dilation=(1, 3), output_padding=(2, 1)),
    _case("2x3x4x5, kernel as large as the stride", (2, 3, 4, 5), (3, 2, 2, 3), operation="conv_transpose2d",
          stride=(2, 3)),
    _case("1x2x17x18, large maps, no bias", (1, 2, 17, 18), (2, 3, 3, 2), bias=False, operation="conv_transpose2d",
          stride=(1, 2), padding=(1, 0)),
    _case("1x1x2x1030, blocks of one row", (1, 1, 2, 1030), (1, 1, 2, 1), operation="conv_transpose2d", forms=BLOCKS),
    _case("without a batch axis, 2x4x3", (2, 4, 3), (2, 3, 2, 3), operation="conv_transpose2d", stride=2),
)  # fmt: skip
