"""Convolutions and their transposes."""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from symconv.array import Array, Shape
from symconv.derivation import equations
from symconv.derivation.plan import Make, Plan, Read
from symconv.derivation.transposed import conv_transpose
from symconv.errors import Fault
from symconv.networks.fields import RANK, Pads, extents, faults_of, tensor_name, whole_number
from symconv.networks.form import Fit, TensorForm, by, misfit
from symconv.networks.in_torch import Met, Tensor, last_first, padded
from symconv.networks.layers.conv_window import ConvWindow, kernel_of, once, spread
from symconv.networks.parameter import (
    LayerBase,
    Parameter,
    length_faults,
    margins,
    named,
    parameter_faults,
    rank_faults,
    steps,
)
from symconv.networks.positions import transposed_extent
from symconv.networks.window_fit import windows

RANKS = (RANK, 3, 4, 5)  # of a weight: two axes, or two axes for channels and then one to three dimensions
OptionReader = Callable[[Any, int | None], Sequence[Any]]  # of an option, and the number of dimensions


def _rests(value: object, dims: int | None) -> tuple[int, ...]:
    """An output padding, at least 0 in each dimension; () stands for 0."""
    return extents(0 if value == () else value, least=0, dims=dims)


SPREAD: Mapping[str, OptionReader] = {"stride": steps, "padding": margins, "dilation": steps}


class ConvBase(LayerBase):
    """What a convolution and its transpose share: a weight with channels, or in two dimensions one without.

    The weight is held by the layer (`weight`), or it is an earlier tensor (`other`), whose shape is known when the
    layer is fitted: till then an option that is the same in every dimension is kept once.
    """

    wanted: ClassVar[str]  # a weight's axes in words
    spreads: ClassVar[Mapping[str, OptionReader]] = SPREAD  # the options that have a value in each dimension
    transposed: ClassVar[bool] = False
    weight: Parameter | None
    bias: Parameter | None
    stride: tuple[int, ...]
    padding: Pads
    dilation: tuple[int, ...]
    groups: int
    other: str

    def besides(self) -> tuple[tuple[str, str], ...]:
        return (("other", self.other),) if self.other else ()

    def window(self, *other: Shape) -> ConvWindow:
        """The weight's shape, and the options in each of its dimensions. other: the shape of an earlier tensor, where
        that is the weight."""
        name, shape = (self.weight.name, self.weight.value.shape) if self.weight else (self.other, other[0])
        dims = len(kernel_of(shape))
        options = (spread(self.stride, dims), spread(self.padding, dims), spread(self.dilation, dims))
        return ConvWindow(name, shape, *options, self.groups, self.transposed)

    def _normalise(self) -> None:
        """Options have a value in each dimension; a bias of one number is a list of one."""
        dims = len(kernel_of(self.weight.value.shape)) if self.weight else None
        for option in self.spreads:
            values = self._read(dims, option)
            self._set(**{option: values if self.weight else once(values)})
        if self.bias is not None and self.bias.value.shape == ():
            self._set(bias=Parameter(self.bias.name, Array((1,), self.bias.value.entries)))

    # -------------------------------------------------------------------------------------------- what does not fit
    def _own_faults(self) -> Iterator[Fault]:
        wrong = list(parameter_faults(self, [], ["weight", "bias"]))
        yield from (*wrong, *self._second_faults())
        if isinstance(self.weight, Parameter) and not wrong:
            yield from self._shape_faults(self.weight.value.shape, "weight.value")
        else:
            yield from self._option_faults(None)

    def _second_faults(self) -> Iterator[Fault]:
        """A layer has a weight, or names one."""
        if self.other != "":
            yield from faults_of(tensor_name, self.other, "other")
        if (self.weight is None) == (self.other == ""):
            text = "weight and other are given" if self.other else "is missing"
            yield Fault("weight", text, "give one of weight (numbers) and other (an earlier tensor)")

    def _misfits(self, *others: TensorForm) -> tuple[Fault, ...]:
        """What does not go with a weight that is an earlier tensor: of one that the layer holds it is known."""
        found = (each for other in others for each in self._shape_faults(other.shape, f"weight {self.other}"))
        return tuple(Fault("", f"{each.place}: {each.problem}", each.remedy) for each in found)

    def _shape_faults(self, weight: Shape, place: str) -> Iterator[Fault]:
        """What does not go with a weight of this shape, which stands at `place`."""
        wrong = tuple(rank_faults(weight, RANKS, f"a list of rows, or of channels: {self.wanted}", place))
        dims = None if wrong else len(kernel_of(weight))
        options = self._option_faults(dims)
        yield from (*wrong, *options)
        if dims is not None and not options:
            yield from self._step_faults(dims)
        if dims is not None and not any(fault.place == "groups" for fault in options):
            yield from self._channel_faults(weight) if len(weight) > RANK else self._faults_without_channels()

    def _option_faults(self, dims: int | None) -> tuple[Fault, ...]:
        """Each option fits `dims` dimensions (None: not known, any number), groups is a count."""
        found = (each for option in self.spreads for each in faults_of(partial(self._read, dims), option, option))
        return (*found, *faults_of(whole_number, self.groups, "groups"))

    def _read(self, dims: int | None, option: str) -> tuple[Any, ...]:
        """The values of an option in `dims` dimensions; SpecError where it does not fit them."""
        value = getattr(self, option)
        known = value if self.weight or dims is None else spread(value, dims)  # it may be kept once
        return tuple(self.spreads[option](known, dims))

    def _step_faults(self, dims: int) -> Iterator[Fault]:
        """What keeps options from going together."""
        return iter(())

    @abstractmethod
    def _channel_faults(self, weight: Shape) -> Iterator[Fault]:
        """Groups and bias fit a weight with channels."""

    def _faults_without_channels(self) -> Iterator[Fault]:
        if self.groups != 1:
            yield Fault("groups", f"{self.groups} groups of a convolution without channels", "leave groups out")
        if self.bias is not None and self.bias.value.shape not in ((), (1,)):
            text = f"has shape {self.bias.value.shape}, but a convolution without channels adds one number"
            yield Fault("bias.value", text, "give one number")

    # -------------------------------------------------------------------------------------------- what it computes
    def _planned(self, make: Make, options: Mapping[str, Shape], read: Read) -> Plan:
        """One operation; a weight that is an earlier tensor is read, one that the layer holds learns."""
        weight = {"weight": self.other} if self.other else {}
        return Plan(self.kind, self.name, {"input": read.tensor, **weight}, options, make, named(self))

    def _weight_in_torch(self, met: Met) -> Tensor:
        return met.tensors[self.other] if self.other else met.own["weight"]


@dataclass(frozen=True)
class Conv(ConvBase):
    """Cross-correlation: (C, H, W) -> (O, (H + lo + hi - d(kh-1) - 1)//s + 1, ...), in one to three dimensions.

    The weight is (O, C/groups, kh, kw), the bias (O,); a batch axis may stand in front. In two dimensions also without
    channels: input (H, W), weight (kh, kw), a bias of one number. `other`: the earlier tensor that is the weight.
    """

    kind: ClassVar[str] = "conv"
    wanted: ClassVar[str] = "(O, C/groups, kh, kw)"
    name: str
    weight: Parameter | None = None
    bias: Parameter | None = None
    stride: tuple[int, ...] = ()  # (): 1 in each dimension
    padding: Pads = ()
    dilation: tuple[int, ...] = ()
    groups: int = 1
    input: str = ""
    other: str = ""

    def _channel_faults(self, weight: Shape) -> Iterator[Fault]:
        yield from _group_faults(weight[0], self.groups, "output")
        yield from length_faults(self.bias, weight[0], f"the weight has {weight[0]} output channels")

    def fit(self, form: TensorForm, *others: TensorForm) -> Fit:
        """(C, H, W) -> (O, Ho, Wo), or (H, W) -> (Ho, Wo)."""
        wrong = self._misfits(*others)
        if wrong:
            return None, wrong
        window = self.window(*(other.shape for other in others))
        wrong = window.input_faults(form)
        if wrong:
            return None, wrong
        output, faults = windows(window, form, grows=True)
        lead = (*form.shape[: form.batch], window.shape[0]) if window.channels else ()
        return (None if faults else form.with_shape((*lead, *output), len(window.kernel))), faults

    def plans(self, read: Read, *others: Read) -> Iterator[Plan]:
        window = self.window(*(other.shape for other in others))
        make = partial(equations.conv, len(window.kernel), window.channels, self.bias is not None, read.batch)
        yield self._planned(make, window.options, read)

    def in_torch(self, met: Met) -> Tensor:
        K = self._weight_in_torch(met)
        window = self.window(tuple(K.shape))
        x, bias = padded(met.torch, met.x, window.padding, 0.0), met.own.get("bias")
        if not window.channels:
            x, K = x[None], K[None, None]
        function = f"conv{len(window.kernel)}d"
        out = met.call(function, x, K, bias, window.stride, 0, window.dilation, self.groups)
        return out if window.channels else out[0]


@dataclass(frozen=True)
class ConvTranspose(ConvBase):
    """Transposed cross-correlation, as torch.nn.functional.conv_transpose2d, in one to three dimensions:
    (C, H, W) -> (O, (H-1)s - lo - hi + d(kh-1) + output_padding + 1, ...).

    The weight is (C, O/groups, kh, kw), the bias (O,); a batch axis may stand in front. In two dimensions also without
    channels: input (H, W), weight (kh, kw), a bias of one number. `other`: the earlier tensor that is the weight.
    """

    kind: ClassVar[str] = "conv_transpose"
    wanted: ClassVar[str] = "(C, O/groups, kh, kw)"
    spreads: ClassVar[Mapping[str, OptionReader]] = {**SPREAD, "output_padding": _rests}
    transposed: ClassVar[bool] = True
    name: str
    weight: Parameter | None = None
    bias: Parameter | None = None
    stride: tuple[int, ...] = ()  # (): 1 in each dimension
    padding: Pads = ()
    output_padding: tuple[int, ...] = ()
    groups: int = 1
    dilation: tuple[int, ...] = ()
    input: str = ""
    other: str = ""

    def _channel_faults(self, weight: Shape) -> Iterator[Fault]:
        outputs = weight[1] * self.groups
        yield from _group_faults(weight[0], self.groups, "input")
        yield from length_faults(self.bias, outputs, f"the weight and the groups make {outputs} output channels")

    def _step_faults(self, dims: int) -> Iterator[Fault]:
        """Output padding chooses among the sizes that one stride maps to the same input: it is smaller than a step."""
        values = (self._read(dims, option) for option in ("output_padding", "stride", "dilation"))
        for at, (rest, s, d) in enumerate(zip(*values, strict=True)):
            if rest >= max(s, d):
                text = f"{rest} is not below the stride {s} or the dilation {d}"
                yield Fault(f"output_padding[{at}]", text, f"give at most {max(s, d) - 1}")

    def fit(self, form: TensorForm, *others: TensorForm) -> Fit:
        """(C, H, W) -> (O, Ho, Wo), or (H, W) -> (Ho, Wo)."""
        wrong = self._misfits(*others)
        if wrong:
            return None, wrong
        window = self.window(*(other.shape for other in others))
        wrong = window.input_faults(form)
        if wrong:
            return None, wrong
        dims = len(window.kernel)
        options = (window.kernel, window.stride, window.padding, window.dilation, self._read(dims, "output_padding"))
        output = tuple(transposed_extent(*each) for each in zip(form.shape[-dims:], *options, strict=True))
        if min(output) < 1:
            return misfit(f"its padding leaves nothing of the output: {by(output)}", "give less padding")
        lead = (*form.shape[: form.batch], window.shape[1] * self.groups) if window.channels else ()
        return form.with_shape((*lead, *output), dims), ()

    def plans(self, read: Read, *others: Read) -> Iterator[Plan]:
        window = self.window(*(other.shape for other in others))
        dims = len(window.kernel)
        make = partial(conv_transpose, dims, window.channels, self.bias is not None, read.batch)
        yield self._planned(make, {**window.options, "output_padding": self._read(dims, "output_padding")}, read)

    def in_torch(self, met: Met) -> Tensor:
        """torch pads both sides alike: here what lies beyond is cut off instead."""
        x, K = met.x, self._weight_in_torch(met)
        window = self.window(tuple(K.shape))
        dims, rests = len(window.kernel), self._read(len(window.kernel), "output_padding")
        if not window.channels:
            x, K = x[None], K[None, None]
        out = met.call(f"conv_transpose{dims}d", x, K, None, window.stride, 0, 0, self.groups, window.dilation)
        sides = [n for (lo, hi), more in zip(window.padding, rests, strict=True) for n in (-lo, more - hi)]
        out = met.call("pad", out, last_first(sides))
        out = out if "bias" not in met.own else out + met.own["bias"].reshape(-1, *(1,) * dims)
        return out if window.channels else out[0]


def _group_faults(channels: int, groups: int, which: str) -> Iterator[Fault]:
    if channels % groups:
        text = f"{channels} {which} channel{'s' * (channels > 1)} do not split into {groups} groups"
        yield Fault("groups", text, f"give a divisor of {channels}, the first extent of weight")
