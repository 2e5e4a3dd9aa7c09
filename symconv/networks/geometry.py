"""Shapes: which shape each layer makes of its input's, and every place where a network does not fit together.

A shape that an earlier mistake hides is None; what depends on it is then passed over, not misreported.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import singledispatch
from math import prod

from symconv.errors import Fault
from symconv.networks.fields import CHANNELS, LARGEST, RANK
from symconv.networks.layers import Conv, CrossEntropy, GlobalMaxPool, Layer, Linear, MaxPool, Parameter, Relu

Shape = tuple[int, ...]
Fit = tuple[Shape | None, tuple[Fault, ...]]


def output_extent(n: int, kernel: int, stride: int, pads: tuple[int, int], dilation: int) -> int:
    """How many positions a window has along one dimension; 0 or less where it does not fit."""
    return (n + sum(pads) - dilation * (kernel - 1) - 1) // stride + 1


@singledispatch
def fit(layer: Layer, shape: Shape | None) -> Fit:
    """The layer's output shape for an input of `shape`, and what does not fit; None where it cannot be known."""
    raise TypeError(f"no shape is known for a layer {type(layer).__name__}")


@fit.register
def fit_relu(layer: Relu, shape: Shape | None) -> Fit:
    return shape, ()


@fit.register
def fit_global_max_pool(layer: GlobalMaxPool, shape: Shape | None) -> Fit:
    return (None if shape is None else (1,) * len(shape)), ()


@fit.register
def fit_conv(layer: Conv, shape: Shape | None) -> Fit:
    return _window(layer, layer.kernel, shape)


@fit.register
def fit_max_pool(layer: MaxPool, shape: Shape | None) -> Fit:
    output, faults = _window(layer, layer.kernel, shape)
    if output is None or shape is None:
        return output, faults
    return output, tuple(_empty_windows(layer, shape, output))


@fit.register
def fit_linear(layer: Linear, shape: Shape | None) -> Fit:
    rows, columns = layer.weight.value.shape
    if shape is None or columns == prod(shape):
        return (rows,), ()
    entries = f"{prod(shape)} entr{'y' if prod(shape) == 1 else 'ies'}"
    text = (
        f"weight {layer.weight.name} has {columns} column{'s' * (columns > 1)}, but its input {by(shape)} has {entries}"
    )
    return (rows,), (Fault("", text, f"give {prod(shape)} number{'s' * (prod(shape) > 1)} in each row"),)


def place_of(at: int, layer: Layer) -> str:
    """Where a layer stands, as a person finds it: its number in the file, its type and its name."""
    return f'layers[{at}] ({layer.kind} "{layer.name}")'


def by(shape: Iterable[int]) -> str:
    """(5, 5) as 5x5; (3,) as 3."""
    return "x".join(str(n) for n in shape)


def input_faults(given: Parameter) -> Iterator[Fault]:
    """An input is a matrix, or a vector for networks of linear layers."""
    shape = given.value.shape
    if len(shape) > RANK:
        yield Fault("input.value", f"has shape {shape}", CHANNELS, unsupported=True)
    elif not shape:
        yield Fault("input.value", "is a single number", "give a list, or a list of rows")


def chain(shape: Shape | None, layers: Sequence[Layer | None]) -> tuple[tuple[Shape | None, ...], tuple[Fault, ...]]:
    """Each layer's output shape, and every fault on the way; a layer or shape that is None is unknown."""
    shapes: list[Shape | None] = []
    faults: list[Fault] = []
    for at, layer in enumerate(layers):
        if layer is None:
            shape = None
        else:
            shape, found = fit(layer, shape)
            if shape is not None and prod(shape) > LARGEST:
                found = (
                    *found,
                    Fault("", f"its output {by(shape)} is too large", f"at most {LARGEST} entries are read"),
                )
                shape = None
            faults += [Fault(place_of(at, layer), fault.problem, fault.remedy, fault.unsupported) for fault in found]
        shapes.append(shape)
    return tuple(shapes), tuple(faults)


def loss_faults(loss: CrossEntropy, logits: Shape | None) -> Iterator[Fault]:
    """The last layer gives one logit per class, and the target is one of the classes."""
    if logits is None:
        return
    if len(logits) != 1:
        yield Fault(
            "loss", f"cross entropy wants a vector, the last layer gives {by(logits)}", "end with a linear layer"
        )
    elif loss.target >= logits[0]:
        text = f"{loss.target} is not among the {logits[0]} class{'es' * (logits[0] > 1)}"
        yield Fault("loss.target", text, f"give a number from 0 to {logits[0] - 1}" if logits[0] > 1 else "give 0")


def tensors(given: Parameter | None, layers: Sequence[Layer | None]) -> Iterator[tuple[str, str]]:
    """(place, name) of each tensor that the user names, in forward order."""
    if given is not None:
        yield "input", given.name
    for at, layer in enumerate(layers):
        if layer is not None:
            yield from ((f"layers[{at}].{field}", p.name) for field, p in parameters(layer))
            yield f"layers[{at}]", layer.name


def parameters(layer: Layer) -> list[tuple[str, Parameter]]:
    """("weight", W) and ("bias", b), as far as the layer has them."""
    both = [("weight", layer.weight), ("bias", layer.bias)] if isinstance(layer, Conv | Linear) else []
    return [(field, value) for field, value in both if value is not None]


def name_faults(named: Iterable[tuple[str, str]]) -> Iterator[Fault]:
    """Two tensors never share a name."""
    first: dict[str, str] = {}
    for place, name in named:
        if name in first:
            yield Fault(f"{place}.name", f'"{name}" already names {first[name]}', "give every tensor a name of its own")
        first.setdefault(name, place)


def _window(layer: Conv | MaxPool, kernel: Shape, shape: Shape | None) -> Fit:
    if shape is None:
        return None, ()
    if len(shape) != RANK:
        text = f"its input has shape {shape}, a window needs {RANK} dimensions"
        return None, (Fault("", text, "put it before the linear layer" if len(shape) < RANK else CHANNELS),)
    options = zip(shape, kernel, layer.stride, layer.padding, layer.dilation, strict=True)
    output = tuple(output_extent(*option) for option in options)
    if min(output) >= 1:
        return output, ()
    return None, (Fault("", _misfit(layer, kernel, shape), _cure(layer, kernel, shape)),)


def _misfit(layer: Conv | MaxPool, kernel: Shape, shape: Shape) -> str:
    pads = {n for pair in layer.padding for n in pair}
    padding = pads.pop() if len(pads) == 1 else list(map(list, layer.padding))
    dilation = layer.dilation[0] if len(set(layer.dilation)) == 1 else list(layer.dilation)
    return f"kernel {by(kernel)} does not fit its input {by(shape)} (padding {padding}, dilation {dilation})"


def _cure(layer: Conv | MaxPool, kernel: Shape, shape: Shape) -> str:
    """What padding, or what kernel, would fit."""
    largest = [(n + sum(pads) - 1) // d + 1 for n, pads, d in zip(shape, layer.padding, layer.dilation, strict=True)]
    smaller = f"a kernel of at most {by(largest)}"
    if layer.kind == "max_pool":
        return f"give {smaller}"
    needs = []
    for which, n, k, pads, d in zip(("first", "second"), shape, kernel, layer.padding, layer.dilation, strict=True):
        lack = d * (k - 1) + 1 - n - sum(pads)
        if lack > 0:
            needs.append(f"padding >= {min(pads) + (lack + max(pads) - min(pads) + 1) // 2} in the {which} dimension")
    return f"give {' and '.join(needs)}, or {smaller}"


def _empty_windows(layer: MaxPool, shape: Shape, output: Shape) -> Iterator[Fault]:
    """A dilated window may read padding only; a maximum over nothing has no value."""
    options = zip(shape, layer.kernel, layer.stride, layer.padding, layer.dilation, output, strict=True)
    for at, (n, k, s, (lo, _), d, positions) in enumerate(options):
        for i in range(positions):
            skipped = max(0, -((s * i - lo) // d))
            if skipped >= k or s * i - lo + d * skipped >= n:
                text = f"window {i} of dimension {at} reads nothing but padding"
                yield Fault("", text, "give less padding or a smaller dilation")
                break
