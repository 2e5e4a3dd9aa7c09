"""The cases on which convolution code is compared: data that cannot hide a fault.

H != W, kh != kw, options that differ per direction, a batch of two, more than one channel per group, leftover rows,
O = Wo (a bias on the wrong axis would still fit): what is equal by chance is a fault not seen.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

Shape = tuple[int, ...]
Maker = Callable[[Shape], Any]


@dataclass(frozen=True)
class Case:
    """Shapes and options of one call. `layout` says how the operands lie in memory."""

    name: str
    input: tuple[int, ...]
    weight: tuple[int, ...]
    bias: bool = True
    options: tuple[tuple[str, Any], ...] = ()
    layout: str = "contiguous"  # or "transposed", "expanded"

    @property
    def channels(self) -> bool:
        return len(self.weight) > 2

    @property
    def products(self) -> int:
        """The products in one sum."""
        return prod(self.weight[1:] if self.channels else self.weight)

    def fits(self, function: str) -> bool:
        """Whether a function takes such operands."""
        return self.channels == function.endswith("batched")

    def tensors(self, make: Maker) -> tuple[Any, Any, Any]:
        """X, K and bias; without bias None."""
        bias = make((self.weight[0] if self.channels else 1,)) if self.bias else None
        return self._laid(make, self.input), self._laid(make, self.weight), bias

    def _laid(self, make: Maker, shape: tuple[int, ...]) -> Any:
        if self.layout == "transposed":
            return make(shape[::-1]).permute(*range(len(shape))[::-1])
        if self.layout == "expanded":
            return make((1, *shape[1:])).expand(*shape)
        return make(shape)

    def reference(self, torch: Any, X: Any, K: Any, b: Any) -> Any:
        """torch.nn.functional.conv2d."""
        conv, options = torch.nn.functional.conv2d, dict(self.options)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch says that an even kernel with "same" costs it a copy
            if self.channels:
                return conv(X, K, b, **options)
            return conv(X[None, None], K[None, None], b, **options)[0, 0]


def _case(
    name: str, input: Shape, weight: Shape, bias: bool = True, layout: str = "contiguous", **options: Any
) -> Case:
    return Case(name, input, weight, bias, tuple(options.items()), layout)


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
    _case("2x2x4x7, even kernel 2x4, same", (2, 2, 4, 7), (3, 2, 2, 4), padding="same"),
    _case("2x3x5x5, as many outputs as columns", (2, 3, 5, 5), (4, 3, 3, 2), stride=(2, 1)),
    _case("2x2x6x5, kernel 1x1, stride 2x1", (2, 2, 6, 5), (3, 2, 1, 1), stride=(2, 1)),
    _case("2x4x5x6, transposed in memory", (2, 4, 5, 6), (4, 2, 2, 3), groups=2, layout="transposed"),
    _case("3x2x5x4, expanded in memory", (3, 2, 5, 4), (3, 2, 2, 3), padding=1, layout="expanded"),
    _case("without a batch axis, 2x5x6", (2, 5, 6), (3, 2, 3, 2), stride=(2, 1), padding=(1, 0)),
    _case("empty batch, 0x2x5x6", (0, 2, 5, 6), (3, 2, 3, 2)),
)  # fmt: skip
