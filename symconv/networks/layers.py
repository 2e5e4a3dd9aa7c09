"""The layers a network is made of: frozen data that refuses, on construction, what it could not mean.

Each checks its own fields, with the readers that the file reader uses; what depends on the input's shape is `shapes`'.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from symconv.array import Array
from symconv.errors import Fault, refuse
from symconv.networks.exact import show
from symconv.networks.fields import (
    CHANNELS,
    RANK,
    Pads,
    class_index,
    exact_array,
    extents,
    faults_of,
    numbers,
    paddings,
    tensor_name,
)


@dataclass(frozen=True)
class Parameter:
    """A named tensor of given numbers (Fractions), the network's input included."""

    name: str
    value: Array

    def __post_init__(self) -> None:
        refuse(self._faults(), f"parameter {show(self.name)}")

    @staticmethod
    def of(name: str, nested: object) -> "Parameter":
        """From nested lists of integers, Fractions or text such as "1/2"."""
        return Parameter(name, numbers(nested))

    def _faults(self) -> Iterator[Fault]:
        yield from faults_of(tensor_name, self.name, "name")
        if not isinstance(self.value, Array):
            yield Fault("value", f"{type(self.value).__name__} is not an Array", "see Parameter.of")
        else:
            yield from faults_of(exact_array, self.value, "value")


@dataclass(frozen=True)
class Conv:
    """Cross-correlation: x of (H, W) -> y of ((H + lo + hi - d(kh-1) - 1)//s + 1, ...); a bias has shape (1,)."""

    kind: ClassVar[str] = "conv"
    name: str
    weight: Parameter
    bias: Parameter | None = None
    stride: tuple[int, ...] = (1, 1)
    padding: Pads = ((0, 0), (0, 0))
    dilation: tuple[int, ...] = (1, 1)

    def __post_init__(self) -> None:
        refuse(self._faults(), f"conv {show(self.name)}")
        _normalise(self, stride=extents(self.stride), padding=paddings(self.padding), dilation=extents(self.dilation))
        if self.bias is not None and self.bias.value.shape == ():
            _normalise(self, bias=Parameter(self.bias.name, Array((1,), self.bias.value.entries)))

    @property
    def kernel(self) -> tuple[int, ...]:
        """(kh, kw)."""
        return self.weight.value.shape

    def _faults(self) -> Iterator[Fault]:
        yield from faults_of(tensor_name, self.name, "name")
        yield from _window_faults(self)
        yield from _parameter_faults(self, rank=RANK)
        if isinstance(self.bias, Parameter) and self.bias.value.shape not in ((), (1,)):
            text = f"has shape {self.bias.value.shape}, but a convolution without channels adds one number"
            yield Fault("bias.value", text, "give one number")


@dataclass(frozen=True)
class Relu:
    """max(0, x), entry by entry; its derivative at 0 is 0."""

    kind: ClassVar[str] = "relu"
    name: str

    def __post_init__(self) -> None:
        refuse(faults_of(tensor_name, self.name, "name"), f"relu {show(self.name)}")


@dataclass(frozen=True)
class MaxPool:
    """The maximum of each window of (H, W); padding never wins; the stride defaults to the kernel."""

    kind: ClassVar[str] = "max_pool"
    name: str
    kernel: tuple[int, ...]
    stride: tuple[int, ...] = ()
    padding: Pads = ((0, 0), (0, 0))
    dilation: tuple[int, ...] = (1, 1)

    def __post_init__(self) -> None:
        if self.stride == ():
            _normalise(self, stride=self.kernel)
        refuse(self._faults(), f"max_pool {show(self.name)}")
        _normalise(self, kernel=extents(self.kernel), stride=extents(self.stride))
        _normalise(self, padding=paddings(self.padding), dilation=extents(self.dilation))

    def _faults(self) -> Iterator[Fault]:
        yield from faults_of(tensor_name, self.name, "name")
        kernel = faults_of(extents, self.kernel, "kernel")
        yield from kernel
        window = list(_window_faults(self))
        yield from window
        if kernel or any(fault.place.startswith("padding") for fault in window):
            return
        for at, (pair, k) in enumerate(zip(paddings(self.padding), extents(self.kernel), strict=True)):
            if max(pair) > k // 2:
                text = f"{max(pair)} is more than half of the kernel's extent {k}"
                yield Fault(f"padding[{at}]", text, f"give at most {k // 2}, as torch demands")


@dataclass(frozen=True)
class GlobalMaxPool:
    """The maximum of the whole input; every dimension is kept, with extent 1."""

    kind: ClassVar[str] = "global_max_pool"
    name: str

    def __post_init__(self) -> None:
        refuse(faults_of(tensor_name, self.name, "name"), f"global_max_pool {show(self.name)}")


@dataclass(frozen=True)
class Linear:
    """weight of (outputs, inputs) times the flattened input, plus bias of (outputs,)."""

    kind: ClassVar[str] = "linear"
    name: str
    weight: Parameter
    bias: Parameter | None = None

    def __post_init__(self) -> None:
        refuse(self._faults(), f"linear {show(self.name)}")

    def _faults(self) -> Iterator[Fault]:
        yield from faults_of(tensor_name, self.name, "name")
        wrong = list(_parameter_faults(self, rank=2))
        yield from wrong
        if isinstance(self.bias, Parameter) and not wrong and self.bias.value.shape != self.weight.value.shape[:1]:
            rows = self.weight.value.shape[0]
            text = f"has shape {self.bias.value.shape}, but the weight has {rows} row{'s' * (rows > 1)}"
            yield Fault("bias.value", text, f"give a list of {rows}")


@dataclass(frozen=True)
class CrossEntropy:
    """L = -log softmax(z)_target; target is the index of the true class, counted from 0."""

    kind: ClassVar[str] = "cross_entropy"
    target: int

    def __post_init__(self) -> None:
        refuse(faults_of(class_index, self.target, "target"), "cross_entropy")


Layer = Conv | Relu | MaxPool | GlobalMaxPool | Linear
LAYERS: tuple[type[Layer], ...] = (Conv, Relu, MaxPool, GlobalMaxPool, Linear)


def _normalise(layer: Any, **fields: object) -> None:
    """A frozen object's own last touch while it is made: lists become tuples, one number becomes two."""
    for field, value in fields.items():
        object.__setattr__(layer, field, value)


def _window_faults(layer: Conv | MaxPool) -> Iterator[Fault]:
    yield from faults_of(extents, layer.stride, "stride")
    yield from faults_of(paddings, layer.padding, "padding")
    yield from faults_of(extents, layer.dilation, "dilation")


def _parameter_faults(layer: Conv | Linear, rank: int) -> Iterator[Fault]:
    """The weight is a Parameter of `rank` dimensions, the bias one or None."""
    for field, value in (("weight", layer.weight), ("bias", layer.bias)):
        if not isinstance(value, Parameter) and (field == "weight" or value is not None):
            yield Fault(field, f"{type(value).__name__} is not a Parameter", "see Parameter.of")
    if isinstance(layer.weight, Parameter) and len(layer.weight.value.shape) != rank:
        shape = layer.weight.value.shape
        if layer.kind == "conv" and len(shape) > rank:
            yield Fault("weight.value", f"has shape {shape}", CHANNELS, unsupported=True)
        else:
            yield Fault("weight.value", f"has shape {shape}, not {rank} dimensions", "give a list of rows")
