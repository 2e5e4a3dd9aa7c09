"""Forms: which form each layer makes of its input's, and every place where a network's numbers do not fit together.

A form that an earlier mistake hides is None; what depends on it is then passed over, not misreported.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import singledispatch
from math import prod

from symconv.errors import Fault
from symconv.networks.fields import LARGEST
from symconv.networks.form import Fit, Form, by, many, misfit
from symconv.networks.layers import (
    Add,
    AvgPool,
    BatchNorm,
    Bias,
    Conv,
    ConvTranspose,
    Dropout,
    Elu,
    Flatten,
    Gelu,
    GlobalAvgPool,
    GlobalMaxPool,
    Layer,
    LeakyRelu,
    Linear,
    MaxPool,
    Parameter,
    Relu,
    Sigmoid,
    Softplus,
    Tanh,
)
from symconv.networks.positions import overhang as overhang
from symconv.networks.window_fit import conv_output, conv_transpose_output, pool_output
from symconv.networks.wiring import parameters as parameters, place_of, reads

Chained = tuple[tuple[Form | None, ...], tuple[Fault, ...]]


@singledispatch
def fit(layer: Layer, form: Form, other: Form | None = None) -> Fit:
    """The output's form for an input of `form` (`other`: what an add reads besides), and what does not fit."""
    raise TypeError(f"no shape is known for a layer {type(layer).__name__}")


@fit.register
def fit_entrywise(
    layer: Relu | LeakyRelu | Elu | Sigmoid | Tanh | Gelu | Softplus | Dropout, form: Form, other: Form | None = None
) -> Fit:
    return form, ()


@fit.register
def fit_conv(layer: Conv, form: Form, other: Form | None = None) -> Fit:
    return conv_output(layer, form)


@fit.register
def fit_conv_transpose(layer: ConvTranspose, form: Form, other: Form | None = None) -> Fit:
    return conv_transpose_output(layer, form)


@fit.register
def fit_pool(layer: MaxPool | AvgPool, form: Form, other: Form | None = None) -> Fit:
    return pool_output(layer, form)


@fit.register
def fit_global_pool(layer: GlobalMaxPool | GlobalAvgPool, form: Form, other: Form | None = None) -> Fit:
    pooled = form.pooled_axes
    if pooled < 1:
        return misfit(f"its input has shape {form.shape}, and no axis to pool over", "put it before the linear layer")
    return form.with_shape((*form.shape[:-pooled], *(1,) * pooled), pooled), ()


@fit.register
def fit_flatten(layer: Flatten, form: Form, other: Form | None = None) -> Fit:
    return form.with_shape((*form.shape[: form.batch], prod(form.inner)), 0), ()


@fit.register
def fit_linear(layer: Linear, form: Form, other: Form | None = None) -> Fit:
    rows, columns = layer.weight.value.shape
    output = form.with_shape((*form.shape[: form.batch], rows), 0)
    entries = prod(form.inner)
    if columns == entries:
        return output, ()
    held = f"{entries} entr{'y' if entries == 1 else 'ies'}"
    text = f"weight {layer.weight.name} has {many(columns, 'column')}, but its input {by(form.inner)} has {held}"
    return output, (Fault("", text, f"give {many(entries, 'number')} in each row"),)


@fit.register
def fit_bias(layer: Bias, form: Form, other: Form | None = None) -> Fit:
    if form.channel_axes > 1:
        return form, (_no_channel(form),)
    axis = form.channel_axis
    count = 1 if axis is None else form.shape[axis]
    return form, tuple(_count_faults(layer.bias, count, form, axis))


@fit.register
def fit_batch_norm(layer: BatchNorm, form: Form, other: Form | None = None) -> Fit:
    axis = form.channel_axis
    if axis is None:
        return form, (_no_channel(form),)
    channels = form.shape[axis]
    faults = [fault for _, given in parameters(layer) for fault in _count_faults(given, channels, form, axis)]
    if layer.training and prod(form.shape) == channels:
        text = f"each channel of its input {by(form.shape)} has one number, and no variance to train with"
        faults.append(Fault("", text, "give mean and variance, or an input of more numbers"))
    return form, tuple(faults)


@fit.register
def fit_add(layer: Add, form: Form, other: Form | None = None) -> Fit:
    if other is None:
        return None, ()
    if form.shape != other.shape:
        return misfit(f"its input has shape {form.shape}, {layer.other} has {other.shape}", "add tensors of one shape")
    return (other if form.spatial is None else form), ()


def chain(given: Parameter | None, batch: bool | None, layers: Sequence[Layer | None]) -> Chained:
    """The form of the network's input and then of each layer's output, and every fault on the way.

    A part that is None is unknown, and so is the form of what depends on it.
    """
    forms: list[Form | None] = [Form(given.value.shape, batch=batch) if given and batch is not None else None]
    faults: list[Fault] = []
    for at, (layer, read) in enumerate(zip(layers, reads(given, layers), strict=True)):
        output, found = _fit(layer, _form(forms, read.input), _form(forms, read.other), forms[0])
        forms.append(output)
        if layer is not None:
            faults += [replace(fault, place=place_of(at, layer)) for fault in found]
    return tuple(forms), tuple(faults)


def _fit(layer: Layer | None, form: Form | None, other: Form | None, given: Form | None) -> Fit:
    """The same as `fit` where something may be unknown, and with no output that is too large."""
    if layer is None:
        return None, ()
    if form is None:
        return _linear_of_unknown(layer, given), ()
    output, faults = fit(layer, form, other)
    if output is None or prod(output.shape) <= LARGEST:
        return output, faults
    text = f"its output {by(output.shape)} is too large"
    return None, (*faults, Fault("", text, f"at most {LARGEST} entries are read"))


def _linear_of_unknown(layer: Layer, given: Form | None) -> Form | None:
    """A linear layer's output has one form whatever it reads."""
    if not isinstance(layer, Linear) or given is None:
        return None
    return given.with_shape((*given.shape[: given.batch], layer.weight.value.shape[0]), 0)


def _form(forms: Sequence[Form | None], number: int | None) -> Form | None:
    return None if number is None else forms[number]


def input_faults(given: Parameter, batch: bool) -> Iterator[Fault]:
    """An input is a list at least, and a batch one of lists."""
    shape = given.value.shape
    if not shape:
        yield Fault("input.value", "is a single number", "give a list, or a list of rows")
    elif batch and len(shape) == 1:
        yield Fault("input.value", f"has shape {shape}, and its images none", "give a list of numbers for each image")


def _no_channel(form: Form) -> Fault:
    """A layer that works by channels needs one axis of them."""
    if form.channel_axes < 1:
        return Fault("", f"its input {by(form.shape)} has no channels", "give the input an axis for channels")
    text = f"its input has shape {form.shape}, with {form.channel_axes} axes that may count channels"
    return Fault("", text, "write batch = true under [input] if the first counts images")


def _count_faults(given: Parameter, count: int, form: Form, axis: int | None) -> Iterator[Fault]:
    """A parameter has one number for each channel; one in all where there are none."""
    if given.value.shape != (count,):
        held = "has no channels" if axis is None else f"has {many(count, 'channel')}"
        text = f"{given.name} has shape {given.value.shape}, but its input {by(form.shape)} {held}"
        yield Fault("", text, f"give {many(count, 'number')}")
