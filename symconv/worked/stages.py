"""The network as equations: each layer's operation with its numbers, from the input to the loss.

A tensor that several operations read has one copy for each of them, `P|A` for the copy that A reads: the chain rule
then adds the gradients of the copies, by the same rules as everywhere.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sympy import Rational, Symbol

from symconv.array import Shape
from symconv.derivation import equations
from symconv.derivation.operation import LOSS as LOSS, Operation
from symconv.derivation.plan import Make, Plan, Read
from symconv.derivation.tensors import copy, original
from symconv.errors import Broken
from symconv.evaluation.evaluate import World
from symconv.networks.layers.layers import Layer
from symconv.networks.network import Network, forms_of, parameters, reads_of, shapes, source_of, spatials
from symconv.verification.worlds import with_derived

PROBABILITIES, TARGET = "y", "t"
SPACE, FURTHER = "tij", "rokgc"  # the letters of the last axes, and of those before them
OF_PARAMETERS = ("", "k", "km", "oca", "ocab", "oczab", "oczabr", "oczabrg", "oczabrgn")  # the axes, by their number
COPIES = "copies"  # the kind of a stage that hands one tensor to several readers


@dataclass(frozen=True)
class Stage:
    """One operation of the network and the number of each of its extents and options."""

    operation: Operation
    sizes: tuple[tuple[Symbol, int], ...]
    kind: str  # the layer's type in the network file, or what belongs to it: copies, mean, softmax, ...
    parameters: tuple[str, ...] = ()  # the operands that the layer holds and that learn: weight, then bias

    @property
    def output(self) -> str:
        """The tensor that it defines."""
        return self.operation.output

    @property
    def input(self) -> str:
        """The operand that the layer works on."""
        return dict(self.operation.roles)["input"]


def stages_of(network: Network, rotated: bool = False) -> tuple[Stage, ...]:
    """Every layer in forward order, then the probabilities y, where the loss has some, and the loss L.

    `rotated`: the kernels of convolutions are turned, as mathematics means it, but for those that are computed.
    """
    known = shapes(network)
    plans = [_rotated(p) if rotated and p.kind == "conv" and "weight" in p.holds else p for p in _plans(network)]
    taken = tuple(known)
    readers = _readers(plans)
    shared = {t: names for t, names in readers.items() if len(names) > 1}
    held = (p.name for layer in network.layers for _, p in parameters(layer))
    given = dict.fromkeys((network.input.name, *(each.name for each in network.tensors), *held))
    out = [stage for name in given for stage in _copies(name, shared, network, known)]
    for plan in plans:
        both = {**plan.reads, **plan.holds}
        reads = {role: _copy_read(t, plan.output, role, shared, plan.kind) for role, t in both.items()}
        stage = _stage(plan.make(output=plan.output, taken=taken, **reads), plan.options, known, plan.kind)
        out.append(replace(stage, parameters=tuple(reads[role] for role in plan.holds)))
        out += _copies(plan.output, shared, network, known)
    return tuple(out)


def _rotated(plan: Plan) -> Plan:
    return replace(plan, make=partial(plan.make, rotated=True))


def _readers(plans: Iterable[Plan]) -> dict[str, list[str]]:
    """Tensor -> the names of its copies, one for each time that it is read on the way to the loss."""
    found: dict[str, list[str]] = {}
    for plan in plans:
        if plan.output != PROBABILITIES:
            both = {**plan.reads, **plan.holds}
            times = Counter(both.values())
            for role, t in both.items():
                found.setdefault(t, []).append(_copy_name(t, plan.output, role, times[t] > 1))
    return found


def _copy_name(tensor: str, reader: str, role: str, twice: bool) -> str:
    return copy(tensor, reader, role if twice else "")


def _copy_read(tensor: str, reader: str, role: str, shared: Mapping[str, list[str]], kind: str) -> str:
    """What an operation reads: the tensor, or the copy that is its own."""
    if tensor not in shared or reader == PROBABILITIES:
        return tensor
    names = (_copy_name(tensor, reader, role, twice) for twice in (False, True))
    return next(name for name in names if name in shared[tensor])


def _copies(
    tensor: str, shared: Mapping[str, list[str]], network: Network, known: Mapping[str, Shape]
) -> Iterator[Stage]:
    if tensor in shared:
        axes = axes_of(network, tensor, known)
        operation = equations.copies(axes, outputs=tuple(shared[tensor]), input=tensor, taken=tuple(known))
        yield _stage(operation, {}, known, COPIES)


def axes_of(network: Network, tensor: str, known: Mapping[str, Shape] | None = None) -> str:
    """The letters of a tensor's axes: n for the batch, c for channels, t, i, j in space, m for a vector's entries."""
    if tensor in (made := _on_the_way(network)):
        layer, given = made[tensor]
        return layer.on_the_way_axes(axes_of(network, given, known))
    shape = (known or shapes(network))[tensor]
    form = forms_of(network).get(tensor)
    if form is None and any(p.name == tensor for layer in network.layers for _, p in parameters(layer)):
        return OF_PARAMETERS[len(shape)]
    lead = "n" if (network.batch if form is None else form.batch) else ""
    rank = len(shape) - len(lead)
    space = spatials(network).get(tensor)
    if space is None:
        space = rank if rank == 2 else min(rank - 1, len(SPACE))  # an image without channels, or channels in front
    if space == 0 or rank == 0:
        return lead + "m" * rank
    return lead + FURTHER[len(FURTHER) - (rank - space) :] + SPACE[len(SPACE) - space :]


def _on_the_way(network: Network) -> dict[str, tuple[Layer, str]]:
    """What a layer makes on the way to its output, as a mean -> the layer, and what it reads."""
    sources = source_of(network)
    return {name: (layer, sources[layer.name]) for layer in network.layers for name in layer.on_the_way()}


# ------------------------------------------------------------------------------------------------ from layers to plans
def _plans(network: Network) -> Iterator[Plan]:
    known, sources = shapes(network), reads_of(network)
    for layer in network.layers:
        read = (Read(t, axes_of(network, t, known), known[t], forms_of(network)[t].batch) for t in sources[layer.name])
        yield from layer.plans(*read)
    last = network.layers[-1].name
    axes = axes_of(network, last, known)
    yield from LOSS_PLANS[network.loss.kind](network, last, axes)


# ------------------------------------------------------------------------------------------------ the loss
def _cross_entropy(network: Network, last: str, axes: str) -> Iterator[Plan]:
    batch, mean = forms_of(network)[last].batch, network.loss.reduction == "mean"
    yield Plan("softmax", PROBABILITIES, {"input": last}, {}, partial(equations.softmax, batch=batch))
    yield _loss_plan(network, last, partial(equations.cross_entropy, batch=batch, mean=mean))


def _binary_cross_entropy(network: Network, last: str, axes: str) -> Iterator[Plan]:
    yield Plan("logistic", PROBABILITIES, {"input": last}, {}, partial(equations.logistic, axes))
    yield _loss_plan(network, last, partial(equations.binary_cross_entropy, axes, network.loss.reduction == "mean"))


def _error(make: Make) -> Callable[[Network, str, str], Iterator[Plan]]:
    """The loss of a target that is compared entry by entry."""

    def plans(network: Network, last: str, axes: str) -> Iterator[Plan]:
        yield _loss_plan(network, last, partial(make, axes, network.loss.reduction == "mean"))

    return plans


def _huber(network: Network, last: str, axes: str) -> Iterator[Plan]:
    loss: Any = network.loss
    bend = loss.delta if loss.kind == "huber" else loss.beta
    delta = Rational(bend.numerator, bend.denominator)
    factor = Rational(1) if loss.kind == "huber" else 1 / delta
    mean = loss.reduction == "mean"
    yield _loss_plan(network, last, partial(equations.huber_error, axes, mean, loss.kind, delta, factor))


def _output(network: Network, last: str, axes: str) -> Iterator[Plan]:
    make = partial(equations.output_alone, axes, network.loss.reduction == "mean")
    yield Plan(network.loss.kind, LOSS, {"input": last}, {}, make)


def _loss_plan(network: Network, last: str, make: Make) -> Plan:
    return Plan(network.loss.kind, LOSS, {"input": last}, {}, partial(make, target=TARGET))


LOSS_PLANS: Mapping[str, Callable[..., Iterator[Plan]]] = {
    "cross_entropy": _cross_entropy, "binary_cross_entropy": _binary_cross_entropy,
    "mean_squared_error": _error(equations.mean_squared_error), "absolute_error": _error(equations.absolute_error),
    "huber": _huber, "smooth_l1": _huber, "output": _output,
}  # fmt: skip


# ------------------------------------------------------------------------------------------------ numbers
def _stage(operation: Operation, options: Mapping[str, Shape], known: Mapping[str, Shape], kind: str) -> Stage:
    sizes: dict[Symbol, int] = {}
    for name, symbols in operation.options:
        sizes |= {s: n for s, n in zip(symbols, options[name], strict=True) if s.is_Symbol}
    for tensor, shape in operation.shapes:
        sizes |= {n: k for n, k in zip(shape, known[original(tensor)], strict=True) if n.is_Symbol}
    for symbol, e in operation.solved:
        sizes[symbol] = World(sizes, {}).size(e)
    free = {s: n for s, n in sizes.items() if s in operation.sizes}
    full = with_derived(operation, free)
    if full is None or any(full[s] != n for s, n in sizes.items()):
        raise Broken(f"{operation.output}: its shapes do not follow from {sizes}")
    return Stage(operation, tuple(sorted(full.items(), key=lambda x: str(x[0]))), kind)
