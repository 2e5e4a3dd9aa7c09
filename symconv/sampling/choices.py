"""The numbers that each tensor of a drawn network may hold, and a network filled with such numbers."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from math import prod

from symconv.array import Array, Tensors
from symconv.networks.network import CrossEntropy, Layer, Network, Parameter, shapes
from symconv.sampling.stream import Stream
from symconv.worked.stages import TARGET

INTEGERS = tuple(Fraction(n) for n in range(-3, 4))
KERNEL = tuple(Fraction(n, 2) for n in range(-3, 4))
MATRIX = tuple(Fraction(n) for n in (-2, -1, 1, 2))
OF_LAYER = {"conv": KERNEL, "linear": MATRIX}  # and their biases
FIELDS = ("weight", "bias")


@dataclass(frozen=True)
class FreeTensor:
    """One tensor that is to be filled."""

    name: str
    shape: tuple[int, ...]
    choices: tuple[Fraction, ...]

    @property
    def size(self) -> int:
        return prod(self.shape)

    def drawn(self, stream: Stream) -> Array:
        n = len(self.choices)
        return Array(self.shape, tuple([self.choices[stream.below(n)] for _ in range(self.size)]))


@dataclass(frozen=True)
class Choices:
    """The input and the parameters in forward order, and the one-hot target of each class; or some of them."""

    blanks: tuple[FreeTensor, ...]
    targets: tuple[Array, ...]

    @property
    def count(self) -> int:
        """How many networks there are with such numbers, pleasant or not."""
        parts: list[int] = [len(b.choices) ** b.size for b in self.blanks]
        return prod(parts, start=len(self.targets))

    def drawn(self, stream: Stream) -> Tensors:
        """Numbers for all of them, the target last; every entry is as likely to be any of its choices."""
        found = {b.name: b.drawn(stream) for b in self.blanks}
        return found | ({TARGET: self.targets[stream.below(len(self.targets))]} if self.targets else {})


def choices(network: Network) -> Choices:
    """What may be drawn for a network of this shape: for each tensor its entries' choices."""
    first = FreeTensor(network.input.name, network.input.value.shape, INTEGERS)
    learned = (FreeTensor(p.name, p.value.shape, OF_LAYER[kind]) for kind, p in _parameters(network))
    shape = shapes(network)[TARGET]
    classes = range(prod(shape))
    targets = (Array(shape, tuple(Fraction(k == target) for k in classes)) for target in classes)
    further = (FreeTensor(each.name, each.tensor.value.shape, INTEGERS) for each in network.tensors)
    return Choices((first, *further, *learned), tuple(targets))


def _parameters(network: Network) -> Iterator[tuple[str, Parameter]]:
    seen = {each.name for each in network.tensors}
    for layer in network.layers:
        for field in FIELDS:
            held = getattr(layer, field, None)
            if held is not None and held.name not in seen:
                seen.add(held.name)
                yield layer.kind, held


def filled(network: Network, name: str, numbers: Tensors) -> Network:
    """The network of this shape with these numbers, the one-hot target among them; a tensor that is lacking is a
    KeyError."""
    layers = tuple(_filled(layer, numbers) for layer in network.layers)
    given = Parameter(network.input.name, numbers[network.input.name])
    loss = network.loss
    assert isinstance(loss, CrossEntropy)  # no other has a class to draw
    target = numbers[TARGET].entries.index(1)
    further = tuple(replace(x, tensor=Parameter(x.name, numbers[x.name])) for x in network.tensors)
    loss = replace(loss, target=target)
    return replace(network, name=name, input=given, layers=layers, loss=loss, tensors=further)


def _filled(layer: Layer, numbers: Tensors) -> Layer:
    present = {field: getattr(layer, field, None) for field in FIELDS}
    return replace(layer, **{f: Parameter(p.name, numbers[p.name]) for f, p in present.items() if p is not None})
