"""The window of a convolution: its weight's shape, its options in each dimension, and whether an input goes with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from symconv.array import Shape
from symconv.errors import Fault
from symconv.networks.fields import RANK, Pads
from symconv.networks.form import AXES, TensorForm, by, many

T = TypeVar("T")


@dataclass(frozen=True)
class ConvWindow:
    """A convolution whose weight has a shape: `weight` is that tensor's name, options have a value in each dimension.

    transposed: the weight is (C, O/groups, kh, kw), not (O, C/groups, kh, kw).
    """

    weight: str
    shape: Shape
    stride: Shape
    padding: Pads
    dilation: Shape
    groups: int
    transposed: bool

    @property
    def channels(self) -> bool:
        """Whether input and output have a channel axis."""
        return len(self.shape) > RANK

    @property
    def kernel(self) -> Shape:
        """(kh, kw)."""
        return kernel_of(self.shape)

    @property
    def options(self) -> dict[str, Shape]:
        """As the equation has them."""
        padding = tuple(n for pair in self.padding for n in pair)
        return {"stride": self.stride, "padding": padding, "dilation": self.dilation, "groups": (self.groups,)}

    def input_faults(self, form: TensorForm) -> tuple[Fault, ...]:
        """What keeps an input from going with the weight."""
        return self._channel_faults(form) if self.channels else self._faults_without_channels(form)

    def _faults_without_channels(self, form: TensorForm) -> tuple[Fault, ...]:
        """The input is one image of rows and columns, no more."""
        channels = "(C, O, kh, kw)" if self.transposed else "(O, C, kh, kw)"
        if form.batch:
            text = f"its input {by(form.shape)} is a batch, weight {self.weight} has no channels"
            return (Fault("", text, f"give a weight {channels} and images (C, H, W)"),)
        if len(form.shape) == len(self.kernel):
            return ()
        text = f"its input has shape {form.shape}, without channels it must be (H, W)"
        fewer = len(form.shape) < len(self.kernel)
        cure = "put it before the linear layer" if fewer else f"give a weight with channels {channels}"
        return (Fault("", text, cure),)

    def _channel_faults(self, form: TensorForm) -> tuple[Fault, ...]:
        """The input has (image,) channel and spatial axes, and as many channels as the weight reads."""
        dims, shape = len(self.kernel), form.shape
        if len(form.inner) != dims + 1:
            text = f"its input has shape {shape}, its weight wants ({'N, ' * form.batch}C, {AXES[dims]})"
            return (Fault("", text, _rank_cure(form, dims)),)
        channels, inputs = form.inner[0], self.shape[0] if self.transposed else self.groups * self.shape[1]
        if channels == inputs:
            return ()
        text = (
            f"its input {by(shape)} has {many(channels, 'channel')}, "
            f"weight {self.weight} of {many(self.groups, 'group')} wants {inputs}"
        )
        at = "first" if self.transposed else "second"
        cure = f"give a weight whose {at} extent is {channels if self.transposed else channels // self.groups}"
        if channels % self.groups:
            cure = f"give groups a divisor of {channels}"
        return (Fault("", text, cure),)


def kernel_of(weight: Shape) -> Shape:
    """The spatial extents of a weight's shape."""
    return weight[2:] if len(weight) > RANK else weight


def spread(values: Sequence[T], dims: int) -> tuple[T, ...]:
    """An option with a value in each dimension, of one that is kept once where all are equal."""
    return tuple(values) * (dims if len(values) == 1 else 1)


def once(values: Sequence[T]) -> tuple[T, ...]:
    """The same backwards."""
    return tuple(values[:1] if len(set(values)) == 1 else values)


def _rank_cure(form: TensorForm, dims: int) -> str:
    if len(form.inner) == dims + 2 and not form.batch:
        return "write batch = true under [input] if its first axis counts images"
    if len(form.inner) == dims:
        return f"give the input an axis for channels, (1, {AXES[dims]}) for one"
    return "put it before the linear layer" if len(form.inner) < dims else "give a weight of as many dimensions"
