"""Pooling: each window, or each whole channel, becomes one number."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from symconv.errors import Fault
from symconv.networks.fields import Pads, extents, faults_of, truth
from symconv.networks.parameter import LayerBase, margins, steps


@dataclass(frozen=True)
class MaxPool(LayerBase):
    """The maximum of each window, in as many dimensions as kernel has numbers (one number: two); padding never wins.

    The stride defaults to the kernel. `ceil`: a last window may reach beyond the padding, as torch's ceil_mode.
    """

    kind: ClassVar[str] = "max_pool"
    name: str
    kernel: tuple[int, ...]
    stride: tuple[int, ...] = ()  # (): the kernel
    padding: Pads = ()
    dilation: tuple[int, ...] = ()
    ceil: bool = False
    input: str = ""

    def _normalise(self) -> None:
        kernel = extents(self.kernel, dims=None)
        self._set(kernel=kernel, stride=_strides(self.stride, kernel), padding=margins(self.padding, len(kernel)))
        self._set(dilation=steps(self.dilation, len(kernel)))

    def _own_faults(self) -> Iterator[Fault]:
        yield from _window_faults(self)
        yield from faults_of(lambda n: steps(n, _dims(self)), self.dilation, "dilation")


@dataclass(frozen=True)
class AvgPool(LayerBase):
    """The mean of each window, in as many dimensions as kernel has numbers (one number: two).

    The stride defaults to the kernel. The zeros of the padding count, unless `count_padding` is false. `ceil` as for
    MaxPool; what lies beyond the padding never counts.
    """

    kind: ClassVar[str] = "avg_pool"
    name: str
    kernel: tuple[int, ...]
    stride: tuple[int, ...] = ()  # (): the kernel
    padding: Pads = ()
    ceil: bool = False
    count_padding: bool = True
    input: str = ""

    @property
    def dilation(self) -> tuple[int, ...]:
        """A mean has no dilation."""
        return (1,) * len(self.kernel)

    def _normalise(self) -> None:
        kernel = extents(self.kernel, dims=None)
        self._set(kernel=kernel, stride=_strides(self.stride, kernel), padding=margins(self.padding, len(kernel)))

    def _own_faults(self) -> Iterator[Fault]:
        yield from _window_faults(self)
        yield from faults_of(truth, self.count_padding, "count_padding")


@dataclass(frozen=True)
class GlobalMaxPool(LayerBase):
    """The maximum of each channel, or of the whole input without channels; every dimension is kept, with extent 1."""

    kind: ClassVar[str] = "global_max_pool"
    name: str
    input: str = ""


@dataclass(frozen=True)
class GlobalAvgPool(LayerBase):
    """The mean of each channel, or of the whole input without channels; every dimension is kept, with extent 1."""

    kind: ClassVar[str] = "global_avg_pool"
    name: str
    input: str = ""


def _strides(stride: tuple[int, ...], kernel: tuple[int, ...]) -> tuple[int, ...]:
    return kernel if stride == () else extents(stride, dims=len(kernel))


def _dims(layer: MaxPool | AvgPool) -> int | None:
    """The window's dimensions; None where its kernel is wrong."""
    return (
        None if faults_of(lambda n: extents(n, dims=None), layer.kernel, "") else len(extents(layer.kernel, dims=None))
    )


def _window_faults(layer: MaxPool | AvgPool) -> Iterator[Fault]:
    yield from faults_of(lambda n: extents(n, dims=None), layer.kernel, "kernel")
    dims = _dims(layer)
    yield from faults_of(lambda n: steps(n, dims), layer.stride, "stride")
    wrong = faults_of(lambda n: margins(n, dims), layer.padding, "padding")
    yield from wrong
    yield from faults_of(truth, layer.ceil, "ceil")
    if dims is not None and not wrong:
        yield from _padding_faults(margins(layer.padding, dims), extents(layer.kernel, dims=None))


def _padding_faults(padding: Pads, kernel: tuple[int, ...]) -> Iterator[Fault]:
    for at, (pair, k) in enumerate(zip(padding, kernel, strict=True)):
        if max(pair) > k // 2:
            text = f"{max(pair)} is more than half of the kernel's extent {k}"
            yield Fault(f"padding[{at}]", text, f"give at most {k // 2}, as torch demands")
