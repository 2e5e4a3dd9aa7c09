"""Forms: which form each layer makes of its input's, and every place where a network's numbers do not fit together.

A form that an earlier mistake hides is None; what depends on it is then passed over, not misreported.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import prod

from symconv.errors import Fault
from symconv.networks.fields import LARGEST
from symconv.networks.form import Fit, TensorForm, by
from symconv.networks.further import Further
from symconv.networks.layers.layers import Layer, Linear, Parameter
from symconv.networks.positions import overhang as overhang
from symconv.networks.wiring import parameters as parameters, place_of, reads

Chained = tuple[tuple[TensorForm | None, ...], tuple[Fault, ...]]


def fit(layer: Layer, form: TensorForm, *others: TensorForm) -> Fit:
    """The output's form for an input of `form` (`others`: what the layer reads besides), and what does not fit."""
    return layer.fit(form, *others)


def chain(
    given: Parameter | None, batch: bool | None, layers: Sequence[Layer | None], further: Sequence[Further | None] = ()
) -> Chained:
    """The form of the network's input and then of each layer's output, and every fault on the way.

    A part that is None is unknown, and so is the form of what depends on it.
    """
    beside = [each.form if each is not None else None for each in further]
    forms: list[TensorForm | None] = [
        TensorForm(given.value.shape, batch=batch) if given and batch is not None else None
    ]
    faults: list[Fault] = []
    for at, (layer, read) in enumerate(zip(layers, reads(given, layers, further), strict=True)):
        output, found = _fit(layer, [_form(forms, beside, number) for number in read.all], forms[0])
        forms.append(output)
        if layer is not None:
            faults += [replace(fault, place=place_of(at, layer)) for fault in found]
    return tuple(forms), tuple(faults)


def _fit(layer: Layer | None, read: Sequence[TensorForm | None], given: TensorForm | None) -> Fit:
    """The same as `fit` where something may be unknown, and with no output that is too large."""
    if layer is None:
        return None, ()
    known = [form for form in read if form is not None]
    if len(known) < len(read):
        return _linear_of_unknown(layer, given), ()
    output, faults = fit(layer, *known)
    if output is None or prod(output.shape) <= LARGEST:
        return output, faults
    text = f"its output {by(output.shape)} is too large"
    return None, (*faults, Fault("", text, f"at most {LARGEST} entries are read"))


def _linear_of_unknown(layer: Layer, given: TensorForm | None) -> TensorForm | None:
    """A linear layer's output has one form whatever it reads."""
    if not isinstance(layer, Linear) or layer.last or given is None:
        return None
    return given.with_shape((*given.shape[: given.batch], layer.weight.value.shape[0]), 0)


def _form(
    forms: Sequence[TensorForm | None], beside: Sequence[TensorForm | None], number: int | None
) -> TensorForm | None:
    """Of the tensor of a number, as in `Reads`."""
    if number is None:
        return None
    return forms[number] if number >= 0 else beside[-number - 1]
