"""Pooling: each window, or each whole channel, becomes one number."""

import math
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from symconv.array import Shape
from symconv.derivation import equations
from symconv.derivation.plan import Make, Plan, Read
from symconv.errors import Fault
from symconv.networks.fields import DIMENSIONS, Pads, extents, faults_of, truth
from symconv.networks.form import AXES, Fit, TensorForm, by, many, misfit
from symconv.networks.in_torch import Met, Tensor, padded, with_channel
from symconv.networks.parameter import LayerBase, margins, steps
from symconv.networks.positions import overhang, reads_nothing
from symconv.networks.window_fit import windows


class PoolBase(LayerBase):
    """What pools with a window share."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: Pads
    ceil: bool

    def _normalise(self) -> None:
        kernel = extents(self.kernel, dims=None)
        self._set(kernel=kernel, stride=_strides(self.stride, kernel), padding=margins(self.padding, len(kernel)))

    def _own_faults(self) -> Iterator[Fault]:
        yield from _window_faults(self)

    def fit(self, form: TensorForm, *others: TensorForm) -> Fit:
        """(..., H, W) -> (..., Ho, Wo)."""
        dims, rank, lead = len(self.kernel), len(form.shape), "N, " * form.batch
        if not dims + form.batch <= rank <= dims + 2:
            wanted = f"({lead}{AXES[dims]}) or ({lead}C, {AXES[dims]})"
            text = f"its input has shape {form.shape}, a kernel of {many(dims, 'dimension')} wants {wanted}"
            cure = "put it before the linear layer" if rank < dims + 2 else "give a kernel of more numbers"
            return misfit(text, cure)
        output, faults = windows(self, form, self.ceil)
        if not faults:
            size = form.shape[-dims:]
            faults = tuple(self._window_misfits(size, output))
        return (None if faults else form.with_shape((*form.shape[:-dims], *output), dims)), faults

    def _window_misfits(self, size: Shape, output: Shape) -> Iterator[Fault]:
        """What else keeps a window from its input's last extents, `size`."""
        return iter(())

    @property
    @abstractmethod
    def dilation(self) -> tuple[int, ...]: ...

    @property
    def _sides(self) -> Shape:
        return tuple(n for pair in self.padding for n in pair)

    def _beyond(self, extents: Shape) -> Shape:
        """The padding, and where a last window reaches beyond it as if there were more: it is never the largest."""
        return tuple(p + e for p, e in zip(self._sides, self._overhang(extents), strict=True))

    def _options(self, padding: Shape) -> dict[str, Shape]:
        return {"kernel": self.kernel, "stride": self.stride, "padding": padding, "dilation": self.dilation}

    def _overhang(self, extents: Shape) -> Shape:
        """By how much windows reach beyond the padding: 0 in front, and behind what ceil mode asks for."""
        if not self.ceil:
            return (0, 0) * len(self.kernel)
        options = zip(extents[-len(self.kernel) :], self.kernel, self.stride, self.padding, self.dilation, strict=True)
        return tuple(n for option in options for n in (0, overhang(*option)))

    def _lead(self, axes: str) -> str:
        """The axes in front of the window's."""
        return axes[: len(axes) - len(self.kernel)]


@dataclass(frozen=True)
class MaxPool(PoolBase):
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
        super()._normalise()
        self._set(dilation=steps(self.dilation, len(self.kernel)))

    def _own_faults(self) -> Iterator[Fault]:
        yield from super()._own_faults()
        yield from faults_of(lambda n: steps(n, _dims(self)), self.dilation, "dilation")

    def _window_misfits(self, size: Shape, output: Shape) -> Iterator[Fault]:
        """A dilated window may read padding only; a maximum over nothing has no value."""
        options = zip(size, self.kernel, self.stride, self.padding, self.dilation, output, strict=True)
        for at, (n, k, s, (lo, _), d, positions) in enumerate(options):
            empty = next((i for i in range(positions) if reads_nothing(i, n, k, s, lo, d)), None)
            if empty is not None:
                text = f"window {empty} of dimension {at} reads nothing but padding"
                yield Fault("", text, "give less padding or a smaller dilation")

    def plans(self, read: Read, *others: Read) -> Iterator[Plan]:
        make = partial(equations.max_pool, len(self.kernel), self._lead(read.axes))
        yield self._plan(read, make, self._options(self._beyond(read.shape)))

    def in_torch(self, met: Met) -> Tensor:
        dims = len(self.kernel)
        even = all(lo == hi for lo, hi in self.padding)
        sides = [lo for lo, _ in self.padding] if even else 0
        x = met.x if even else padded(met.torch, met.x, self.padding, -math.inf)
        pool = partial(met.call, f"max_pool{dims}d")
        return with_channel(x, dims, lambda x: pool(x, self.kernel, self.stride, sides, self.dilation, self.ceil))


@dataclass(frozen=True)
class AvgPool(PoolBase):
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

    def _own_faults(self) -> Iterator[Fault]:
        yield from super()._own_faults()
        yield from faults_of(truth, self.count_padding, "count_padding")

    def _window_misfits(self, size: Shape, output: Shape) -> Iterator[Fault]:
        """In three dimensions torch.nn.functional.avg_pool3d wants a kernel that fits even without the padding."""
        largest = tuple(map(min, self.kernel, size))
        if len(size) == 3 and largest != self.kernel:
            text = f"kernel {by(self.kernel)} is larger than its input {by(size)}, which torch refuses for this layer"
            yield Fault("", text, f"give a kernel of at most {by(largest)}")

    def plans(self, read: Read, *others: Read) -> Iterator[Plan]:
        """What lies beyond the padding never counts, the padding itself only where it is asked for."""
        over, padding = self._overhang(read.shape), self._sides
        beyond = self.count_padding and any(over)
        if not self.count_padding:
            padding = tuple(p + e for p, e in zip(padding, over, strict=True))
        counts = any(padding) and not self.count_padding
        make = partial(
            equations.avg_pool, len(self.kernel), self._lead(read.axes), count_padding=not counts, overhang=beyond
        )
        yield self._plan(read, make, self._options(padding) | ({"overhang": over[1::2]} if beyond else {}))

    def in_torch(self, met: Met) -> Tensor:
        """Where torch cannot (a padding with two different sides), sums divided by the number of places that count:
        means of whole windows made into others would lose what the sums do not."""
        dims = len(self.kernel)
        if all(lo == hi for lo, hi in self.padding):
            pool = partial(met.call, f"avg_pool{dims}d")
            sides = [lo for lo, _ in self.padding]
            return with_channel(
                met.x, dims, lambda x: pool(x, self.kernel, self.stride, sides, self.ceil, self.count_padding)
            )
        ones = padded(met.torch, met.torch.ones_like(met.x), self.padding, float(self.count_padding))
        return self._sums(met, padded(met.torch, met.x, self.padding, 0.0)) / self._sums(met, ones)

    def _sums(self, met: Met, x: Tensor) -> Tensor:
        """The sum of each window; torch's pooling of one dimension has no divisor, that of two has."""
        kernel, stride = list(self.kernel), list(self.stride)
        if flat := len(kernel) == 1:
            x, kernel, stride = x.unsqueeze(-2), [1, *kernel], [1, *stride]
        pool = partial(met.call, f"avg_pool{len(kernel)}d")
        found = with_channel(x, len(kernel), lambda x: pool(x, kernel, stride, 0, self.ceil, True, 1))
        return found.squeeze(-2) if flat else found


class GlobalBase(LayerBase):
    """One window over everything."""

    equation: ClassVar[Make]
    torch_pool: ClassVar[str]

    def fit(self, form: TensorForm, *others: TensorForm) -> Fit:
        pooled = form.pooled_axes
        if pooled < 1:
            text = f"its input has shape {form.shape}, and no axis to pool over"
            return misfit(text, "put it before the linear layer")
        if pooled > DIMENSIONS:
            text = f"its input has shape {form.shape}, and {pooled} axes to pool over"
            return misfit(text, f"put a reshape before it that leaves {DIMENSIONS} at most")
        return form.with_shape((*form.shape[:-pooled], *(1,) * pooled), pooled), ()

    def plans(self, read: Read, *others: Read) -> Iterator[Plan]:
        lead = read.axes.rstrip("tij")
        yield self._plan(read, partial(type(self).equation, len(read.axes) - len(lead), lead))

    def in_torch(self, met: Met) -> Tensor:
        dims = met.space if met.space is not None else met.x.ndim - int(met.batch) - (met.x.ndim > 2)
        whole = met.x.reshape(-1, *met.x.shape[met.x.ndim - dims :])  # torch knows one axis of channels
        made = met.call(f"{self.torch_pool}{dims}d", whole, 1)
        return made.reshape(*met.x.shape[: met.x.ndim - dims], *(1,) * dims)


@dataclass(frozen=True)
class GlobalMaxPool(GlobalBase):
    """The maximum of each channel, or of the whole input without channels; every dimension is kept, with extent 1."""

    kind: ClassVar[str] = "global_max_pool"
    equation: ClassVar[Make] = equations.global_max_pool
    torch_pool: ClassVar[str] = "adaptive_max_pool"
    name: str
    input: str = ""


@dataclass(frozen=True)
class GlobalAvgPool(GlobalBase):
    """The mean of each channel, or of the whole input without channels; every dimension is kept, with extent 1."""

    kind: ClassVar[str] = "global_avg_pool"
    equation: ClassVar[Make] = equations.global_avg_pool
    torch_pool: ClassVar[str] = "adaptive_avg_pool"
    name: str
    input: str = ""


def _strides(stride: tuple[int, ...], kernel: tuple[int, ...]) -> tuple[int, ...]:
    return kernel if stride == () else extents(stride, dims=len(kernel))


def _dims(layer: PoolBase) -> int | None:
    """The window's dimensions; None where its kernel is wrong."""
    return (
        None if faults_of(lambda n: extents(n, dims=None), layer.kernel, "") else len(extents(layer.kernel, dims=None))
    )


def _window_faults(layer: PoolBase) -> Iterator[Fault]:
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
