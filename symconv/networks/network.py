"""What the user wrote: a network as frozen, validated data, built in Python or read from a TOML file.

net = load("toy-cnn")        net = load("my-network.toml")
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from symconv.errors import Broken, Fault, SpecError, refuse
from symconv.networks import geometry, tomlfile
from symconv.networks.exact import show, show_path
from symconv.networks.fields import faults_of, learning_rate, network_name
from symconv.networks.layers import LAYERS, Conv, CrossEntropy, GlobalMaxPool, Layer, Linear, MaxPool, Parameter, Relu

__all__ = [
    "Network",
    "Parameter",
    "Layer",
    "Conv",
    "Relu",
    "MaxPool",
    "GlobalMaxPool",
    "Linear",
    "CrossEntropy",
    "load",
    "shapes",
    "builtin",
]
BUILTIN = Path(__file__).parent
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Network:
    """Layers one after another, cross entropy on top; construction refuses whatever does not fit together."""

    name: str
    learning_rate: Fraction
    input: Parameter
    layers: tuple[Layer, ...]
    loss: CrossEntropy

    def __post_init__(self) -> None:
        refuse(self._faults(), f"network {show(self.name)}")

    def _faults(self) -> Iterator[Fault]:
        yield from faults_of(network_name, self.name, "name")
        yield from faults_of(learning_rate, self.learning_rate, "learning_rate")
        wrong = list(self._type_faults())
        yield from wrong or _joint_faults(self.input, self.layers, self.loss)

    def _type_faults(self) -> Iterator[Fault]:
        """Python checks no annotation when an object is made; we do, or the message would come from far inside."""
        if not isinstance(self.learning_rate, Fraction):
            yield Fault("learning_rate", f"{type(self.learning_rate).__name__} is not a Fraction")
        if not isinstance(self.input, Parameter):
            yield Fault("input", f"{type(self.input).__name__} is not a Parameter", "see Parameter.of")
        if not isinstance(self.loss, CrossEntropy):
            yield Fault("loss", f"{type(self.loss).__name__} is not a CrossEntropy")
        if not isinstance(self.layers, tuple):
            yield Fault("layers", f"{type(self.layers).__name__} is not a tuple of layers")
        elif not self.layers:
            yield Fault("layers", "is empty", "a network has at least one layer")
        else:
            for at, layer in enumerate(self.layers):
                if not isinstance(layer, LAYERS):
                    yield Fault(f"layers[{at}]", f"{type(layer).__name__} is not a layer")


def shapes(network: Network) -> dict[str, Shape]:
    """The shape of every tensor, in forward order: input, each layer's parameters and output, y, t, L."""
    found: dict[str, Shape] = {network.input.name: network.input.value.shape}
    outputs, _ = geometry.chain(network.input.value.shape, network.layers)
    for layer, output in zip(network.layers, outputs, strict=True):
        if output is None:
            raise Broken(f"{layer.name}: a network that passed its checks has a layer without a shape")
        found.update((p.name, p.value.shape) for _, p in geometry.parameters(layer))
        found[layer.name] = output
    logits = found[network.layers[-1].name]
    return {**found, "y": logits, "t": logits, "L": ()}


def load(name_or_path: str | Path) -> Network:
    """A built-in network by its name, or the network in a TOML file; SpecError lists every mistake in it."""
    path = Path(name_or_path)
    if str(name_or_path) in builtin():
        path = BUILTIN / f"{name_or_path}.toml"
    elif not _exists(path):
        text = f"{show_path(path)} is neither a file nor a built-in network\n  built in: {', '.join(builtin())}"
        raise SpecError(text)
    draft, faults = tomlfile.read(path)
    refuse((*faults, *_joint_faults(draft.input, draft.layers, draft.loss)), show_path(path))
    if not (draft.name and draft.learning_rate is not None and draft.input and draft.loss):
        raise Broken(f"{path}: a part is missing and no mistake was found")
    return Network(draft.name, draft.learning_rate, draft.input, tuple(filter(None, draft.layers)), draft.loss)


def builtin() -> tuple[str, ...]:
    """The names of the networks that come with symconv."""
    return tuple(sorted(path.stem for path in BUILTIN.glob("*.toml")))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name too long, or with a zero byte
        return False


def _joint_faults(
    given: Parameter | None, layers: tuple[Layer | None, ...], loss: CrossEntropy | None
) -> Iterator[Fault]:
    """What no layer can know alone: names that clash, shapes that do not fit; None stands for an unknown part."""
    yield from geometry.name_faults(geometry.tensors(given, layers))
    wrong = list(geometry.input_faults(given)) if given else []
    yield from wrong
    outputs, misfits = geometry.chain(given.value.shape if given and not wrong else None, layers)
    yield from misfits
    if loss and outputs:
        yield from geometry.loss_faults(loss, outputs[-1])
