"""What convolutions and pools make of their input's form, and what to change where a window does not fit."""

from collections.abc import Iterator

from symconv.errors import Fault
from symconv.networks.form import AXES, Fit, Form, Shape, by, many, misfit
from symconv.networks.layers import AvgPool, Conv, ConvTranspose, MaxPool
from symconv.networks.positions import output_extent, reads_nothing, transposed_extent

ORDINALS = ("first", "second", "third")


def conv_output(layer: Conv, form: Form) -> Fit:
    """(C, H, W) -> (O, Ho, Wo), or (H, W) -> (Ho, Wo)."""
    if not layer.channels:
        wrong = _faults_without_channels(layer, form)
        output, faults = ((), wrong) if wrong else _windows(layer, form)
        return (None if faults else form.with_shape(output, len(layer.kernel))), faults
    outputs, inputs = layer.weight.value.shape[0], layer.groups * layer.weight.value.shape[1]
    wrong = _channel_faults(layer, form, inputs)
    if wrong:
        return None, wrong
    output, faults = _windows(layer, form)
    shape = (*form.shape[: form.batch], outputs, *output)
    return (None if faults else form.with_shape(shape, len(layer.kernel))), faults


def _faults_without_channels(layer: Conv | ConvTranspose, form: Form) -> tuple[Fault, ...]:
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


def conv_transpose_output(layer: ConvTranspose, form: Form) -> Fit:
    """(C, H, W) -> (O, Ho, Wo), or (H, W) -> (Ho, Wo)."""
    inputs, outputs = layer.weight.value.shape[:2]
    wrong = _channel_faults(layer, form, inputs) if layer.channels else _faults_without_channels(layer, form)
    if wrong:
        return None, wrong
    size = form.shape[-len(layer.kernel) :]
    options = zip(size, layer.kernel, layer.stride, layer.padding, layer.dilation, layer.output_padding, strict=True)
    output = tuple(transposed_extent(*option) for option in options)
    if min(output) < 1:
        return misfit(f"its padding leaves nothing of the output: {by(output)}", "give less padding")
    lead = (*form.shape[: form.batch], outputs * layer.groups) if layer.channels else ()
    return form.with_shape((*lead, *output), len(layer.kernel)), ()


def pool_output(layer: MaxPool | AvgPool, form: Form) -> Fit:
    """(..., H, W) -> (..., Ho, Wo)."""
    dims, rank, lead = len(layer.kernel), len(form.shape), "N, " * form.batch
    if not dims + form.batch <= rank <= dims + 2:
        wanted = f"({lead}{AXES[dims]}) or ({lead}C, {AXES[dims]})"
        text = f"its input has shape {form.shape}, a kernel of {many(dims, 'dimension')} wants {wanted}"
        return misfit(text, "put it before the linear layer" if rank < dims + 2 else "give a kernel of more numbers")
    output, faults = _windows(layer, form)
    if not faults:
        size = form.shape[-dims:]
        found = _empty_windows(layer, size, output) if isinstance(layer, MaxPool) else _torch_faults(layer, size)
        faults = tuple(found)
    return (None if faults else form.with_shape((*form.shape[:-dims], *output), dims)), faults


def _channel_faults(layer: Conv | ConvTranspose, form: Form, inputs: int) -> tuple[Fault, ...]:
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


def _rank_cure(form: Form, dims: int) -> str:
    if len(form.inner) == dims + 2 and not form.batch:
        return "write batch = true under [input] if its first axis counts images"
    if len(form.inner) == dims:
        return f"give the input an axis for channels, (1, {AXES[dims]}) for one"
    return "put it before the linear layer" if len(form.inner) < dims else "give a weight of as many dimensions"


def _windows(layer: Conv | MaxPool | AvgPool, form: Form) -> tuple[Shape, tuple[Fault, ...]]:
    """How many positions the window has in each dimension, and that it fits at all."""
    size = form.shape[-len(layer.kernel) :]
    ceil = not isinstance(layer, Conv) and layer.ceil
    options = zip(size, layer.kernel, layer.stride, layer.padding, layer.dilation, strict=True)
    output = tuple(output_extent(*option, ceil) for option in options)
    if min(output) >= 1:
        return output, ()
    return output, (Fault("", _no_room(layer, size), _cure(layer, size)),)


def _no_room(layer: Conv | MaxPool | AvgPool, size: Shape) -> str:
    pads = {n for pair in layer.padding for n in pair}
    padding = pads.pop() if len(pads) == 1 else list(map(list, layer.padding))
    dilation = layer.dilation[0] if len(set(layer.dilation)) == 1 else list(layer.dilation)
    return f"kernel {by(layer.kernel)} does not fit its input {by(size)} (padding {padding}, dilation {dilation})"


def _cure(layer: Conv | MaxPool | AvgPool, size: Shape) -> str:
    """What padding, or what kernel, would fit."""
    largest = [(n + sum(pads) - 1) // d + 1 for n, pads, d in zip(size, layer.padding, layer.dilation, strict=True)]
    smaller = f"a kernel of at most {by(largest)}"
    if not isinstance(layer, Conv):
        return f"give {smaller}"
    needs = []
    options = zip(ORDINALS[: len(size)], size, layer.kernel, layer.padding, layer.dilation, strict=True)
    for which, n, k, pads, d in options:
        lack = d * (k - 1) + 1 - n - sum(pads)
        if lack > 0:
            needs.append(f"padding >= {min(pads) + (lack + max(pads) - min(pads) + 1) // 2} in the {which} dimension")
    return f"give {' and '.join(needs)}, or {smaller}"


def _empty_windows(layer: MaxPool, size: Shape, output: Shape) -> Iterator[Fault]:
    """A dilated window may read padding only; a maximum over nothing has no value."""
    options = zip(size, layer.kernel, layer.stride, layer.padding, layer.dilation, output, strict=True)
    for at, (n, k, s, (lo, _), d, positions) in enumerate(options):
        empty = next((i for i in range(positions) if reads_nothing(i, n, k, s, lo, d)), None)
        if empty is not None:
            text = f"window {empty} of dimension {at} reads nothing but padding"
            yield Fault("", text, "give less padding or a smaller dilation")


def _torch_faults(layer: AvgPool, size: Shape) -> Iterator[Fault]:
    """In three dimensions torch.nn.functional.avg_pool3d wants a kernel that fits even without the padding."""
    largest = tuple(map(min, layer.kernel, size))
    if len(size) == 3 and largest != layer.kernel:
        text = f"kernel {by(layer.kernel)} is larger than its input {by(size)}, which torch refuses for this layer"
        yield Fault("", text, f"give a kernel of at most {by(largest)}")
