"""The network as equations: each layer's operation with its numbers, from the input to the loss."""

from dataclasses import dataclass
from functools import singledispatch
from typing import Any

from sympy import Symbol

from symconv.derivation import equations
from symconv.derivation.equations import LOSS as LOSS, Operation
from symconv.errors import Broken
from symconv.networks.network import Conv, GlobalMaxPool, Linear, MaxPool, Network, Relu, shapes
from symconv.verification.worlds import with_derived

PROBABILITIES, TARGET = "y", "t"
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Stage:
    """One operation of the network and the number of each of its extents and options."""

    operation: Operation
    sizes: tuple[tuple[Symbol, int], ...]
    kind: str  # the layer's type in the network file, softmax or cross_entropy

    @property
    def output(self) -> str:
        return self.operation.output

    @property
    def input(self) -> str:
        """The operand that the layer works on."""
        return dict(self.operation.roles)["input"]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The operands that learn: weight, then bias."""
        return tuple(t for role, t in self.operation.roles if role in ("weight", "bias"))


def stages(network: Network) -> tuple[Stage, ...]:
    """Every layer in forward order, then the probabilities y and the loss L."""
    known = shapes(network)
    out, given = [], network.input.name
    for layer in network.layers:
        operation, options = meaning(layer, given, len(known[given]), tuple(known))
        out.append(_stage(operation, options, known, layer.kind))
        given = layer.name
    taken = tuple(known)
    softmax = equations.softmax(output=PROBABILITIES, input=given, taken=taken)
    loss = equations.cross_entropy(output=LOSS, input=given, target=TARGET, taken=taken)
    return (*out, _stage(softmax, {}, known, "softmax"), _stage(loss, {}, known, "cross_entropy"))


Meaning = tuple[Operation, dict[str, Shape]]


@singledispatch
def meaning(layer: Any, given: str, rank: int, taken: tuple[str, ...]) -> Meaning:
    """A layer's operation on the tensor `given`, and the numbers of its options."""
    raise Broken(f"a layer {type(layer).__name__} has no equation")


@meaning.register
def meaning_conv(layer: Conv, given: str, rank: int, taken: tuple[str, ...]) -> Meaning:
    operation = equations.conv(
        rank, channels=False, bias=layer.bias is not None, output=layer.name, input=given,
        weight=layer.weight.name, offset=layer.bias.name if layer.bias else "", taken=taken,
    )  # fmt: skip
    return operation, _window(layer)


@meaning.register
def meaning_relu(layer: Relu, given: str, rank: int, taken: tuple[str, ...]) -> Meaning:
    return equations.elementwise_relu(rank, output=layer.name, input=given, taken=taken), {}


@meaning.register
def meaning_max_pool(layer: MaxPool, given: str, rank: int, taken: tuple[str, ...]) -> Meaning:
    operation = equations.max_pool(rank, output=layer.name, input=given, taken=taken)
    return operation, {"kernel": layer.kernel, **_window(layer)}


@meaning.register
def meaning_global_max_pool(layer: GlobalMaxPool, given: str, rank: int, taken: tuple[str, ...]) -> Meaning:
    return equations.global_max_pool(rank, output=layer.name, input=given, taken=taken), {}


@meaning.register
def meaning_linear(layer: Linear, given: str, rank: int, taken: tuple[str, ...]) -> Meaning:
    operation = equations.linear(
        rank, bias=layer.bias is not None, output=layer.name, input=given,
        weight=layer.weight.name, offset=layer.bias.name if layer.bias else "", taken=taken,
    )  # fmt: skip
    return operation, {}


def _window(layer: Conv | MaxPool) -> dict[str, Shape]:
    padding = tuple(p for pair in layer.padding for p in pair)
    return {"stride": layer.stride, "padding": padding, "dilation": layer.dilation}


def _stage(operation: Operation, options: dict[str, Shape], known: dict[str, Shape], kind: str) -> Stage:
    sizes: dict[Symbol, int] = {}
    for name, symbols in operation.options:
        sizes |= dict(zip(symbols, options[name], strict=True))
    for tensor, shape in operation.shapes:
        sizes |= {n: k for n, k in zip(shape, known[tensor], strict=True) if n.is_Symbol}
    free = {s: n for s, n in sizes.items() if s in operation.sizes}
    full = with_derived(operation, free)
    if full is None or any(full[s] != n for s, n in sizes.items()):
        raise Broken(f"{operation.output}: its shapes do not follow from {sizes}")
    return Stage(operation, tuple(sorted(full.items(), key=lambda x: str(x[0]))), kind)
