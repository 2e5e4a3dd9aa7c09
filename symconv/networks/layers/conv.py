"""Convolutions and their transposes."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from symconv.array import Array, Shape
from symconv.derivation import equations
from symconv.derivation.plan import Plan, Read
from symconv.derivation.transposed import conv_transpose
from symconv.errors import Fault
from symconv.networks.fields import RANK, Pads, extents, faults_of, whole_number
from symconv.networks.form import AXES, Fit, TensorForm, by, many, misfit
from symconv.networks.in_torch import Met, Tensor, last_first, padded
from symconv.networks.parameter import (
    LayerBase,
    Parameter,
    length_faults,
    margins,
    parameter_faults,
    rank_faults,
    steps,
)
from symconv.networks.positions import transposed_extent
from symconv.networks.window_fit import windows

RANKS = (3, 4, 5)  # of a weight with channels: two axes for them, then one to three dimensions


class ConvBase(LayerBase):
    """What a convolution and its transpose share: a weight with channels, or in two dimensions one without."""

    weight: Parameter
    bias: Parameter | None
    stride: tuple[int, ...]
    padding: Pads
    dilation: tuple[int, ...]
    groups: int

    @property
    def channels(self) -> bool:
        """Whether input and output have a channel axis."""
        return len(self.weight.value.shape) > RANK

    @property
    def kernel(self) -> tuple[int, ...]:
        """(kh, kw)."""
        return self.weight.value.shape[2:] if self.channels else self.weight.value.shape

    @property
    def _options(self) -> dict[str, Shape]:
        padding = tuple(n for pair in self.padding for n in pair)
        return {"stride": self.stride, "padding": padding, "dilation": self.dilation, "groups": (self.groups,)}

    def _normalise_bias(self) -> None:
        """One number is a list of one."""
        if self.bias is not None and self.bias.value.shape == ():
            self._set(bias=Parameter(self.bias.name, Array((1,), self.bias.value.entries)))

    def _faults_without_channels(self) -> Iterator[Fault]:
        if self.groups != 1:
            yield Fault("groups", f"{self.groups} groups of a convolution without channels", "leave groups out")
        if self.bias is not None and self.bias.value.shape not in ((), (1,)):
            text = f"has shape {self.bias.value.shape}, but a convolution without channels adds one number"
            yield Fault("bias.value", text, "give one number")


@dataclass(frozen=True)
class Conv(ConvBase):
    """Cross-correlation: (C, H, W) -> (O, (H + lo + hi - d(kh-1) - 1)//s + 1, ...), in one to three dimensions.

    The weight is (O, C/groups, kh, kw), the bias (O,); a batch axis may stand in front. In two dimensions also without
    channels: input (H, W), weight (kh, kw), a bias of one number.
    """

    kind: ClassVar[str] = "conv"
    name: str
    weight: Parameter
    bias: Parameter | None = None
    stride: tuple[int, ...] = ()  # (): 1 in each dimension
    padding: Pads = ()
    dilation: tuple[int, ...] = ()
    groups: int = 1
    input: str = ""

    def _normalise(self) -> None:
        dims = len(self.kernel)
        self._set(stride=steps(self.stride, dims), padding=margins(self.padding, dims))
        self._set(dilation=steps(self.dilation, dims))
        self._normalise_bias()

    def _own_faults(self) -> Iterator[Fault]:
        wrong = _weight_faults(self, (RANK, *RANKS), "a list of rows, or of channels: (O, C/groups, kh, kw)")
        options = _option_faults(self, None if wrong else len(self.kernel))
        yield from (*wrong, *options)
        if wrong or faults_of(whole_number, self.groups, "groups"):
            return
        if self.channels:
            outputs = self.weight.value.shape[0]
            yield from _group_faults(outputs, self.groups, "output")
            yield from length_faults(self.bias, outputs, f"the weight has {outputs} output channels")
        else:
            yield from self._faults_without_channels()

    def fit(self, form: TensorForm, *others: TensorForm) -> Fit:
        """(C, H, W) -> (O, Ho, Wo), or (H, W) -> (Ho, Wo)."""
        if not self.channels:
            wrong = _form_faults_without_channels(self, form)
            output, faults = ((), wrong) if wrong else windows(self, form, grows=True)
            return (None if faults else form.with_shape(output, len(self.kernel))), faults
        outputs, inputs = self.weight.value.shape[0], self.groups * self.weight.value.shape[1]
        wrong = _channel_faults(self, form, inputs)
        if wrong:
            return None, wrong
        output, faults = windows(self, form, grows=True)
        shape = (*form.shape[: form.batch], outputs, *output)
        return (None if faults else form.with_shape(shape, len(self.kernel))), faults

    def plans(self, read: Read, *others: Read) -> Iterator[Plan]:
        make = partial(equations.conv, len(self.kernel), self.channels, self.bias is not None, read.batch)
        yield self._plan(read, make, self._options)

    def in_torch(self, met: Met) -> Tensor:
        x, K = padded(met.torch, met.x, self.padding, 0.0), met.own["weight"]
        if not self.channels:
            x, K = x[None], K[None, None]
        out = met.call(
            f"conv{len(self.kernel)}d", x, K, met.own.get("bias"), self.stride, 0, self.dilation, self.groups
        )
        return out if self.channels else out[0]


@dataclass(frozen=True)
class ConvTranspose(ConvBase):
    """Transposed cross-correlation, as torch.nn.functional.conv_transpose2d, in one to three dimensions:
    (C, H, W) -> (O, (H-1)s - lo - hi + d(kh-1) + output_padding + 1, ...).

    The weight is (C, O/groups, kh, kw), the bias (O,); a batch axis may stand in front. In two dimensions also without
    channels: input (H, W), weight (kh, kw), a bias of one number.
    """

    kind: ClassVar[str] = "conv_transpose"
    name: str
    weight: Parameter
    bias: Parameter | None = None
    stride: tuple[int, ...] = ()  # (): 1 in each dimension
    padding: Pads = ()
    output_padding: tuple[int, ...] = ()
    groups: int = 1
    dilation: tuple[int, ...] = ()
    input: str = ""

    def _normalise(self) -> None:
        dims = len(self.kernel)
        self._set(stride=steps(self.stride, dims), padding=margins(self.padding, dims))
        self._set(dilation=steps(self.dilation, dims), output_padding=_rests(self.output_padding, dims))
        self._normalise_bias()

    def _own_faults(self) -> Iterator[Fault]:
        wrong = _weight_faults(self, (RANK, *RANKS), "a list of rows, or of channels: (C, O/groups, kh, kw)")
        dims = None if wrong else len(self.kernel)
        options = _option_faults(self, dims)
        options += faults_of(lambda n: _rests(n, dims), self.output_padding, "output_padding")
        yield from (*wrong, *options)
        if dims is None or options:
            return
        yield from self._rest_faults(dims)
        if self.channels:
            yield from _group_faults(self.weight.value.shape[0], self.groups, "input")
            outputs = self.weight.value.shape[1] * self.groups
            yield from length_faults(self.bias, outputs, f"the weight and the groups make {outputs} output channels")
        else:
            yield from self._faults_without_channels()

    def _rest_faults(self, dims: int) -> Iterator[Fault]:
        """Output padding chooses among the sizes that one stride maps to the same input: it is smaller than a step."""
        rests, strides = _rests(self.output_padding, dims), steps(self.stride, dims)
        for at, (rest, s, d) in enumerate(zip(rests, strides, steps(self.dilation, dims), strict=True)):
            if rest >= max(s, d):
                text = f"{rest} is not below the stride {s} or the dilation {d}"
                yield Fault(f"output_padding[{at}]", text, f"give at most {max(s, d) - 1}")

    def fit(self, form: TensorForm, *others: TensorForm) -> Fit:
        """(C, H, W) -> (O, Ho, Wo), or (H, W) -> (Ho, Wo)."""
        inputs, outputs = self.weight.value.shape[:2]
        wrong = _channel_faults(self, form, inputs) if self.channels else _form_faults_without_channels(self, form)
        if wrong:
            return None, wrong
        size = form.shape[-len(self.kernel) :]
        options = zip(size, self.kernel, self.stride, self.padding, self.dilation, self.output_padding, strict=True)
        output = tuple(transposed_extent(*option) for option in options)
        if min(output) < 1:
            return misfit(f"its padding leaves nothing of the output: {by(output)}", "give less padding")
        lead = (*form.shape[: form.batch], outputs * self.groups) if self.channels else ()
        return form.with_shape((*lead, *output), len(self.kernel)), ()

    def plans(self, read: Read, *others: Read) -> Iterator[Plan]:
        make = partial(conv_transpose, len(self.kernel), self.channels, self.bias is not None, read.batch)
        yield self._plan(read, make, {**self._options, "output_padding": self.output_padding})

    def in_torch(self, met: Met) -> Tensor:
        """torch pads both sides alike: here what lies beyond is cut off instead."""
        dims, x, K = len(self.kernel), met.x, met.own["weight"]
        if not self.channels:
            x, K = x[None], K[None, None]
        out = met.call(f"conv_transpose{dims}d", x, K, None, self.stride, 0, 0, self.groups, self.dilation)
        sides = [n for (lo, hi), more in zip(self.padding, self.output_padding, strict=True) for n in (-lo, more - hi)]
        out = met.call("pad", out, last_first(sides))
        out = out if "bias" not in met.own else out + met.own["bias"].reshape(-1, *(1,) * dims)
        return out if self.channels else out[0]


def _rests(value: object, dims: int | None) -> tuple[int, ...]:
    """An output padding, at least 0 in each dimension; () stands for 0."""
    return extents(0 if value == () else value, least=0, dims=dims)


def _weight_faults(layer: Conv | ConvTranspose, ranks: tuple[int, ...], wanted: str) -> tuple[Fault, ...]:
    faults = tuple(parameter_faults(layer, ["weight"], ["bias"]))
    if isinstance(layer.weight, Parameter):
        faults += tuple(rank_faults(layer.weight, ranks, wanted))
    return faults


def _option_faults(layer: Conv | ConvTranspose, dims: int | None) -> tuple[Fault, ...]:
    """Stride, padding and dilation each fit `dims` dimensions (None: not known, any number), groups is a count."""
    return (
        *faults_of(lambda n: steps(n, dims), layer.stride, "stride"),
        *faults_of(lambda n: margins(n, dims), layer.padding, "padding"),
        *faults_of(lambda n: steps(n, dims), layer.dilation, "dilation"),
        *faults_of(whole_number, layer.groups, "groups"),
    )


def _group_faults(channels: int, groups: int, which: str) -> Iterator[Fault]:
    if channels % groups:
        text = f"{channels} {which} channel{'s' * (channels > 1)} do not split into {groups} groups"
        yield Fault("groups", text, f"give a divisor of {channels}, the first extent of weight")


# ------------------------------------------------------------------------------------------------ its input
def _form_faults_without_channels(layer: Conv | ConvTranspose, form: TensorForm) -> tuple[Fault, ...]:
    """The input is one image of rows and columns, no more."""
    channels = "(O, C, kh, kw)" if isinstance(layer, Conv) else "(C, O, kh, kw)"
    if form.batch:
        text = f"its input {by(form.shape)} is a batch, weight {layer.weight.name} has no channels"
        return (Fault("", text, f"give a weight {channels} and images (C, H, W)"),)
    if len(form.shape) == len(layer.kernel):
        return ()
    text = f"its input has shape {form.shape}, without channels it must be (H, W)"
    fewer = len(form.shape) < len(layer.kernel)
    cure = "put it before the linear layer" if fewer else f"give a weight with channels {channels}"
    return (Fault("", text, cure),)


def _channel_faults(layer: Conv | ConvTranspose, form: TensorForm, inputs: int) -> tuple[Fault, ...]:
    """The input has (image,) channel and spatial axes, and as many channels as the weight reads."""
    dims, shape = len(layer.kernel), form.shape
    if len(form.inner) != dims + 1:
        text = f"its input has shape {shape}, its weight wants ({'N, ' * form.batch}C, {AXES[dims]})"
        return (Fault("", text, _rank_cure(form, dims)),)
    channels = form.inner[0]
    if channels == inputs:
        return ()
    text = (
        f"its input {by(shape)} has {many(channels, 'channel')}, "
        f"weight {layer.weight.name} of {many(layer.groups, 'group')} wants {inputs}"
    )
    at = "second" if isinstance(layer, Conv) else "first"
    extent = channels // layer.groups if isinstance(layer, Conv) else channels
    cure = f"give a weight whose {at} extent is {extent}"
    if channels % layer.groups:
        cure = f"give groups a divisor of {channels}"
    return (Fault("", text, cure),)


def _rank_cure(form: TensorForm, dims: int) -> str:
    if len(form.inner) == dims + 2 and not form.batch:
        return "write batch = true under [input] if its first axis counts images"
    if len(form.inner) == dims:
        return f"give the input an axis for channels, (1, {AXES[dims]}) for one"
    return "put it before the linear layer" if len(form.inner) < dims else "give a weight of as many dimensions"
