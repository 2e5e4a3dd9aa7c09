"""What the user wrote: a network as frozen, validated data, built in Python or read from a TOML file.

net = load("toy-cnn")        net = load("my-network.toml")
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path

from symconv.array import Array, Shape
from symconv.errors import Broken, Fault, SpecError, refuse
from symconv.networks import geometry, loss_fit
from symconv.networks.exact import show, show_path
from symconv.networks.fields import faults_of, learning_rate, network_name, truth
from symconv.networks.form import TensorForm
from symconv.networks.further import Further
from symconv.networks.joint import joint_faults
from symconv.networks.layers.conv import Conv, ConvTranspose
from symconv.networks.layers.conv_window import ConvWindow
from symconv.networks.layers.layers import BatchNorm, Bias, GlobalAvgPool, GlobalMaxPool, Layer, Parameter, PRelu
from symconv.networks.layers.norms import ChannelNorm
from symconv.networks.losses import (
    LOSSES,
    AbsoluteError,
    BinaryCrossEntropy,
    CrossEntropy,
    Huber,
    Loss,
    MeanSquaredError,
    Output,
    SmoothL1,
)
from symconv.networks.toml import read as tomlfile, write as totoml
from symconv.networks.toml.number_lists import loaded
from symconv.networks.toml.read import Draft
from symconv.networks.wiring import parameters

__all__ = [
    "Network",
    "Further",
    "Parameter",
    "Layer",
    "load",
    "builtin",
    "shapes",
    "spatials",
    "parameters",
    "target",
    "source_of",
]
__all__ += [
    "Loss",
    "CrossEntropy",
    "MeanSquaredError",
    "BinaryCrossEntropy",
    "AbsoluteError",
    "Huber",
    "SmoothL1",
    "Output",
]
BUILTIN = Path(__file__).parent


@dataclass(frozen=True)
class Network:
    """Layers in the order they are computed, a loss on the last one; construction refuses what does not fit together.

    `batch`: the input's first axis counts images. `tensors`: what is given besides, for layers to read by name.
    """

    name: str
    learning_rate: Fraction
    input: Parameter
    layers: tuple[Layer, ...]
    loss: Loss
    batch: bool = False
    tensors: tuple[Further, ...] = ()

    def __post_init__(self) -> None:
        refuse(self._faults(), f"network {show(self.name)}")

    @cached_property
    def _forms(self) -> Mapping[str, TensorForm]:
        return _forms(self)

    @cached_property
    def _held(self) -> dict[str, tuple[Parameter, ...]]:
        sources, forms = source_of(self), self._forms
        return {x.name: (*(p for _, p in parameters(x)), *x.tables(forms[sources[x.name]].shape)) for x in self.layers}

    def to_toml(self) -> str:
        """The text of a file that `load` reads back to an equal network; SpecError where no file may be so long."""
        parts = [totoml.head_text(self.name, self.learning_rate), totoml.input_text(self.input, self.batch)]
        parts += map(totoml.further_text, self.tensors)
        held = {each.name for each in self.tensors}
        for layer in self.layers:
            parts.append(totoml.layer_text(layer, held))
            held |= {p.name for _, p in parameters(layer)}
        text = "\n".join([*parts, totoml.loss_text(self.loss)])
        if len(text) > tomlfile.MOST_BYTES:
            problem = (
                f"network {show(self.name)}: would be a file of {len(text)} bytes, more than {tomlfile.MOST_BYTES}"
            )
            raise SpecError(f"{problem}\n  give numbers of fewer digits: floats of 32 bits have few enough")
        return text

    def _faults(self) -> Iterator[Fault]:
        yield from faults_of(network_name, self.name, "name")
        yield from faults_of(learning_rate, self.learning_rate, "learning_rate")
        wrong = list(self._type_faults())
        yield from wrong or joint_faults(_drafted(self))

    def _type_faults(self) -> Iterator[Fault]:
        """Python checks no annotation when an object is made; we do, or the message would come from far inside."""
        if not isinstance(self.learning_rate, Fraction):
            yield Fault("learning_rate", f"{type(self.learning_rate).__name__} is not a Fraction")
        if not isinstance(self.input, Parameter):
            yield Fault("input", f"{type(self.input).__name__} is not a Parameter", "see Parameter.of")
        if not isinstance(self.loss, LOSSES):
            yield Fault("loss", f"{type(self.loss).__name__} is not a loss")
        yield from faults_of(truth, self.batch, "batch")
        if not isinstance(self.tensors, tuple) or not all(isinstance(each, Further) for each in self.tensors):
            yield Fault("tensors", "is not a tuple of Further", "see Further")
        if not isinstance(self.layers, tuple):
            yield Fault("layers", f"{type(self.layers).__name__} is not a tuple of layers")
        elif not self.layers:
            yield Fault("layers", "is empty", "a network has at least one layer")
        else:
            for at, layer in enumerate(self.layers):
                if not isinstance(layer, Layer):
                    yield Fault(f"layers[{at}]", f"{type(layer).__name__} is not a layer")


def shapes(network: Network) -> dict[str, Shape]:
    """The shape of every tensor, in forward order.

    The input, and what is given besides; of each layer its parameters, what it makes on the way, and its output; the
    probabilities y and the target t, where the loss has them; the loss L.
    """
    forms, sources, held = forms_of(network), source_of(network), held_by(network)
    given = (network.input, *(each.tensor for each in network.tensors))
    found = {tensor.name: tensor.value.shape for tensor in given}
    for layer in network.layers:
        output = forms[layer.name]
        found.update((p.name, p.value.shape) for p in held[layer.name])
        found.update((name, layer.on_the_way_shape(forms[sources[layer.name]])) for name in layer.on_the_way())
        found[layer.name] = output.shape
    last = found[network.layers[-1].name]
    probabilities = {"y": last} if isinstance(network.loss, CrossEntropy | BinaryCrossEntropy) else {}
    compared = {} if isinstance(network.loss, Output) else {"t": last}
    return {**found, **probabilities, **compared, "L": ()}


def held_by(network: Network) -> dict[str, tuple[Parameter, ...]]:
    """The numbers that each layer computes with, by its name: its parameters, then the constants that follow from the
    shape of its input."""
    return network._held


def given_of(network: Network) -> dict[str, Parameter]:
    """All that is given in numbers, by name, but for the target: the input, the tensors besides it, what the layers
    hold; each once."""
    held = (p for each in held_by(network).values() for p in each)
    return {p.name: p for p in (network.input, *(each.tensor for each in network.tensors), *held)}


def spatials(network: Network) -> dict[str, int | None]:
    """How many of the last axes of the input and of each output are spatial; None where no layer says so.

    For what a bias, slopes, a batch normalisation or a global pool reads, the number that the layer takes it for.
    """
    forms = forms_of(network)
    found = {name: form.spatial for name, form in forms.items()}
    for layer, source in zip(network.layers, source_of(network).values(), strict=True):
        if isinstance(layer, GlobalMaxPool | GlobalAvgPool):
            found[source] = forms[source].pooled_axes
        elif isinstance(layer, Bias | BatchNorm | ChannelNorm | PRelu) and found[source] is None:
            found[source] = len(forms[source].inner) - forms[source].channel_axes
    return found


def windows_of(network: Network) -> dict[str, ConvWindow]:
    """The window of each convolution and each transposed one, by the layer's name."""
    forms = forms_of(network)
    convs = [layer for layer in network.layers if isinstance(layer, Conv | ConvTranspose)]
    return {x.name: x.window(*(forms[name].shape for _, name in x.besides())) for x in convs}


def source_of(network: Network) -> dict[str, str]:
    """The name of the tensor that each layer reads: what it names as its input, or the one before it."""
    before = (network.input.name, *(layer.name for layer in network.layers[:-1]))
    return {layer.name: layer.input or name for layer, name in zip(network.layers, before, strict=True)}


def reads_of(network: Network) -> dict[str, tuple[str, ...]]:
    """The names of all tensors that each layer reads, its input first."""
    first = source_of(network)
    return {x.name: (first[x.name], *(name for _, name in x.besides())) for x in network.layers}


def target(network: Network) -> Array | None:
    """The entries of t, Fractions: what the loss compares the last layer's output, or its probabilities, with. None for
    a loss without a target."""
    return loss_fit.target(network.loss, forms_of(network)[network.layers[-1].name].shape)


def forms_of(network: Network) -> Mapping[str, TensorForm]:
    """The form of the input, of each layer's output and of what is given besides, by name."""
    return network._forms


def _forms(network: Network) -> dict[str, TensorForm]:
    forms, _ = geometry.chain(network.input, network.batch, network.layers, network.tensors)
    names = (network.input.name, *(layer.name for layer in network.layers))
    known = {name: form for name, form in zip(names, forms, strict=True) if form is not None}
    if len(known) != len(forms):
        raise Broken(f"{network.name}: a network that passed its checks has a layer without a shape")
    return known | {each.name: each.form for each in network.tensors}


def load(name_or_path: str | Path) -> Network:
    """A built-in network by its name, or the network in a TOML file; SpecError lists every mistake in it."""
    path = Path(name_or_path)
    if str(name_or_path) in builtin():
        path = BUILTIN / f"{name_or_path}.toml"
    elif not _exists(path):
        text = f"{show_path(path)} is neither a file nor a built-in network\n  built in: {', '.join(builtin())}"
        raise SpecError(text)
    return _complete(*tomlfile.read(path), show_path(path))


def from_text(text: str, place: str) -> Network:
    """The network that a file of this text would hold; SpecError lists every mistake in it, seen from `place`."""
    return _complete(*tomlfile.draft(loaded(text, lambda rest: None)), place)


def _complete(draft: Draft, faults: tuple[Fault, ...], place: str) -> Network:
    refuse((*faults, *joint_faults(draft)), place)
    if draft.name is None or draft.learning_rate is None or draft.input is None or draft.loss is None:
        raise Broken(f"{place}: a part is missing and no mistake was found")
    layers = tuple(layer for layer in draft.layers if layer is not None)
    further = tuple(each for each in draft.tensors if each is not None)
    return Network(draft.name, draft.learning_rate, draft.input, layers, draft.loss, bool(draft.batch), further)


def builtin() -> tuple[str, ...]:
    """The names of the networks that come with symconv."""
    return tuple(sorted(path.stem for path in BUILTIN.glob("*.toml")))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name too long, or with a zero byte
        return False


def _drafted(network: Network) -> Draft:
    """The network as a draft in which nothing is missing."""
    return Draft(
        network.name, network.learning_rate, network.input, network.batch, network.layers, network.loss, complete=True,
        tensors=network.tensors,
    )  # fmt: skip
