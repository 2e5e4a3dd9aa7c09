"""Whether a window fits: the positions of a convolution's kernel or of a pool's, and what to change where there are
none."""

from typing import Protocol

from symconv.array import Shape
from symconv.errors import Fault
from symconv.networks.fields import Pads
from symconv.networks.form import TensorForm, by
from symconv.networks.positions import output_extent

ORDINALS = ("first", "second", "third")


class WindowLayer(Protocol):
    """What a convolution and a pool share."""

    @property
    def kernel(self) -> Shape: ...
    @property
    def stride(self) -> Shape: ...
    @property
    def padding(self) -> Pads: ...
    @property
    def dilation(self) -> Shape: ...


def windows(
    layer: WindowLayer, form: TensorForm, ceil: bool = False, grows: bool = False
) -> tuple[Shape, tuple[Fault, ...]]:
    """How many positions the window has in each dimension, and that it fits at all. `grows`: padding may be as large as
    it takes."""
    size = form.shape[-len(layer.kernel) :]
    options = zip(size, layer.kernel, layer.stride, layer.padding, layer.dilation, strict=True)
    output = tuple(output_extent(*option, ceil) for option in options)
    if min(output) >= 1:
        return output, ()
    return output, (Fault("", _no_room(layer, size), _cure(layer, size, grows)),)


def _no_room(layer: WindowLayer, size: Shape) -> str:
    pads = {n for pair in layer.padding for n in pair}
    padding = pads.pop() if len(pads) == 1 else list(map(list, layer.padding))
    dilation = layer.dilation[0] if len(set(layer.dilation)) == 1 else list(layer.dilation)
    return f"kernel {by(layer.kernel)} does not fit its input {by(size)} (padding {padding}, dilation {dilation})"


def _cure(layer: WindowLayer, size: Shape, grows: bool) -> str:
    """What padding, or what kernel, would fit."""
    largest = [(n + sum(pads) - 1) // d + 1 for n, pads, d in zip(size, layer.padding, layer.dilation, strict=True)]
    smaller = f"a kernel of at most {by(largest)}"
    if not grows:
        return f"give {smaller}"
    needs = []
    options = zip(ORDINALS[: len(size)], size, layer.kernel, layer.padding, layer.dilation, strict=True)
    for which, n, k, pads, d in options:
        lack = d * (k - 1) + 1 - n - sum(pads)
        if lack > 0:
            needs.append(f"padding >= {min(pads) + (lack + max(pads) - min(pads) + 1) // 2} in the {which} dimension")
    return f"give {' and '.join(needs)}, or {smaller}"
