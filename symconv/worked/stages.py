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

from symconv.derivation import equations
from symconv.derivation.operation import LOSS as LOSS, Operation
from symconv.derivation.transposed import conv_transpose
from symconv.errors import Broken
from symconv.networks.network import Network, shapes, source_of, spatials
from symconv.networks.positions import overhang
from symconv.verification.evaluate import World
from symconv.verification.worlds import with_derived

PROBABILITIES, TARGET = "y", "t"
COPY = "|"  # stands in no name of a user
COPIES = "copies"  # the kind of a stage that hands one tensor to several readers
Shape = tuple[int, ...]
Make = Callable[..., Operation]  # of the operands' names


@dataclass(frozen=True)
class Stage:
    """One operation of the network and the number of each of its extents and options."""

    operation: Operation
    sizes: tuple[tuple[Symbol, int], ...]
    kind: str  # the layer's type in the network file, or what belongs to it: copies, mean, softmax, ...

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


def original(tensor: str) -> str:
    """The tensor itself, of a copy that one operation reads."""
    return tensor.partition(COPY)[0]


@dataclass(frozen=True)
class Plan:
    """An operation before it is written: its output, what it reads by role, the numbers of its options, and how it is
    made from names."""

    kind: str
    output: str
    reads: Mapping[str, str]  # role -> tensor that another operation may read as well
    options: Mapping[str, Shape]
    make: Make


def stages(network: Network, flip: bool = False) -> tuple[Stage, ...]:
    """Every layer in forward order, then the probabilities y, where the loss has some, and the loss L.

    `flip`: the kernels of convolutions are turned, as mathematics means it.
    """
    known = shapes(network)
    plans = [_flipped(p) if flip and p.kind == "conv" else p for p in _plans(network)]
    taken = tuple(known)
    readers = _readers(plans)
    shared = {t: names for t, names in readers.items() if len(names) > 1}
    out = list(_copies(network.input.name, shared, network, known))
    for plan in plans:
        reads = {role: _copy_read(t, plan.output, role, shared, plan.kind) for role, t in plan.reads.items()}
        out.append(_stage(plan.make(output=plan.output, taken=taken, **reads), plan.options, known, plan.kind))
        out += _copies(plan.output, shared, network, known)
    return tuple(out)


def _flipped(plan: Plan) -> Plan:
    return replace(plan, make=partial(plan.make, flip=True))


def _readers(plans: Iterable[Plan]) -> dict[str, list[str]]:
    """Tensor -> the names of its copies, one for each time that it is read on the way to the loss."""
    found: dict[str, list[str]] = {}
    for plan in plans:
        if plan.output != PROBABILITIES:
            times = Counter(plan.reads.values())
            for role, t in plan.reads.items():
                found.setdefault(t, []).append(_copy_name(t, plan.output, role, times[t] > 1))
    return found


def _copy_name(tensor: str, reader: str, role: str, twice: bool) -> str:
    return f"{tensor}{COPY}{reader}{COPY + role if twice else ''}"


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
    if tensor in (statistics := _statistics(network)):
        return axes_of(network, statistics[tensor], known).strip("ntij")
    shape = (known or shapes(network))[tensor]
    lead = "n" if network.batch else ""
    rank = len(shape) - len(lead)
    space = spatials(network).get(tensor)
    if space is None:
        space = rank if rank == 2 else rank - 1  # an image without channels, or channels in front
    if space == 0 or rank == 0:
        return lead + "m" * rank
    return lead + "c" * (rank - space) + "tij"[3 - space :]


def _statistics(network: Network) -> dict[str, str]:
    """The mean and the variance of each batch norm in training -> what they are of."""
    norms = ((x.name, source_of(network)[x.name]) for x in network.layers if x.kind == "batch_norm")
    return {f"{name}.{of}": given for name, given in norms for of in ("mean", "variance")}


# ------------------------------------------------------------------------------------------------ from layers to plans
def _plans(network: Network) -> Iterator[Plan]:
    known, sources = shapes(network), source_of(network)
    for layer in network.layers:
        given = sources[layer.name]
        axes = axes_of(network, given, known)
        yield from PLANS[layer.kind](network, layer, given, axes)
    last = network.layers[-1].name
    axes = axes_of(network, last, known)
    yield from LOSS_PLANS[network.loss.kind](network, last, axes)


def _named(layer: Any) -> dict[str, Any]:
    """The names of weight and bias, as far as the layer has them."""
    return {
        key: getattr(layer, field).name
        for key, field in (("weight", "weight"), ("offset", "bias"))
        if getattr(layer, field, None) is not None
    }


def _simple(make: Make, layer: Any, given: str, options: Mapping[str, Shape] | None = None) -> Iterator[Plan]:
    """One operation that reads the tensor `given`."""
    yield Plan(layer.kind, layer.name, {"input": given}, options or {}, make)


def _conv(network: Network, layer: Any, given: str, axes: str) -> Iterator[Plan]:
    make = partial(
        equations.conv, len(layer.kernel), layer.channels, layer.bias is not None, network.batch, **_named(layer)
    )
    yield from _simple(make, layer, given, {**_window(layer), "groups": (layer.groups,)})


def _conv_transpose(network: Network, layer: Any, given: str, axes: str) -> Iterator[Plan]:
    make = partial(
        conv_transpose, len(layer.kernel), layer.channels, layer.bias is not None, network.batch, **_named(layer)
    )
    options = {**_window(layer), "groups": (layer.groups,), "output_padding": layer.output_padding}
    yield from _simple(make, layer, given, options)


def _linear(network: Network, layer: Any, given: str, axes: str) -> Iterator[Plan]:
    yield from _simple(partial(equations.linear, axes, layer.bias is not None, **_named(layer)), layer, given)


def _bias(network: Network, layer: Any, given: str, axes: str) -> Iterator[Plan]:
    yield from _simple(partial(equations.bias, axes, **_named(layer)), layer, given)


def _entrywise(*constants: str) -> Callable[..., Iterator[Plan]]:
    """A function of one number, with the layer's constants."""

    def plan(network: Network, layer: Any, given: str, axes: str) -> Iterator[Plan]:
        numbers = (_rational(getattr(layer, c)) for c in constants)
        yield from _simple(partial(equations.entrywise, layer.kind, axes, *numbers), layer, given)

    return plan


def _rational(x: Any) -> Rational:
    return Rational(x.numerator, x.denominator)


def _max_pool(network: Network, layer: Any, given: str, axes: str) -> Iterator[Plan]:
    """Where a last window reaches beyond the padding, it is as if there were more of it: it never wins."""
    dims = len(layer.kernel)
    options = {"kernel": layer.kernel, **_window(layer)}
    over = _overhang(network, layer, given)
    options["padding"] = tuple(p + e for p, e in zip(options["padding"], over, strict=True))
    yield from _simple(partial(equations.max_pool, dims, axes[: len(axes) - dims]), layer, given, options)


def _avg_pool(network: Network, layer: Any, given: str, axes: str) -> Iterator[Plan]:
    """What lies beyond the padding never counts, the padding itself only where it is asked for."""
    dims = len(layer.kernel)
    options = {"kernel": layer.kernel, **_window(layer)}
    over = _overhang(network, layer, given)
    beyond = layer.count_padding and any(over)
    if not layer.count_padding:
        options["padding"] = tuple(p + e for p, e in zip(options["padding"], over, strict=True))
    counts = any(options["padding"]) and not layer.count_padding
    options |= {"overhang": over[1::2]} if beyond else {}
    make = partial(equations.avg_pool, dims, axes[: len(axes) - dims], count_padding=not counts, overhang=beyond)
    yield from _simple(make, layer, given, options)


def _overhang(network: Network, layer: Any, given: str) -> Shape:
    """By how much windows reach beyond the padding: 0 in front, and behind what ceil mode asks for."""
    extents = shapes(network)[given][-len(layer.kernel) :]
    if not layer.ceil:
        return (0, 0) * len(layer.kernel)
    options = zip(extents, layer.kernel, layer.stride, layer.padding, layer.dilation, strict=True)
    return tuple(n for option in options for n in (0, overhang(*option)))


def _global(make: Make) -> Callable[..., Iterator[Plan]]:
    def plan(network: Network, layer: Any, given: str, axes: str) -> Iterator[Plan]:
        lead = axes.rstrip("tij")
        yield from _simple(partial(make, len(axes) - len(lead), lead), layer, given)

    return plan


def _flatten(network: Network, layer: Any, given: str, axes: str) -> Iterator[Plan]:
    yield from _simple(partial(equations.flatten, axes), layer, given)


def _add(network: Network, layer: Any, given: str, axes: str) -> Iterator[Plan]:
    yield Plan("add", layer.name, {"input": given, "other": layer.other}, {}, partial(equations.add, axes))


def _batch_norm(network: Network, layer: Any, given: str, axes: str) -> Iterator[Plan]:
    """Inference: one operation. Training: the mean, the variance and then that operation, each with its gradients."""
    make = partial(equations.normalise, axes, _rational(layer.epsilon), constant=not layer.training, **_named(layer))
    if not layer.training:
        yield from _simple(partial(make, mean=layer.mean.name, variance=layer.variance.name), layer, given)
        return
    mean, variance = f"{layer.name}.mean", f"{layer.name}.variance"
    yield Plan("mean", mean, {"input": given}, {}, partial(equations.mean, axes))
    yield Plan("variance", variance, {"input": given, "mean": mean}, {}, partial(equations.variance, axes))
    yield Plan("batch_norm", layer.name, {"input": given, "mean": mean, "variance": variance}, {}, make)


def _window(layer: Any) -> dict[str, Shape]:
    padding = tuple(p for pair in layer.padding for p in pair)
    return {"stride": layer.stride, "padding": padding, "dilation": layer.dilation}


PLANS: Mapping[str, Callable[..., Iterator[Plan]]] = {
    "conv": _conv, "conv_transpose": _conv_transpose, "linear": _linear, "bias": _bias, "batch_norm": _batch_norm,
    "relu": _entrywise(), "leaky_relu": _entrywise("slope"), "elu": _entrywise("alpha"), "sigmoid": _entrywise(),
    "tanh": _entrywise(), "gelu": _entrywise(), "softplus": _entrywise(), "dropout": _entrywise(),
    "max_pool": _max_pool, "avg_pool": _avg_pool, "global_max_pool": _global(equations.global_max_pool),
    "global_avg_pool": _global(equations.global_avg_pool), "flatten": _flatten, "add": _add,
}  # fmt: skip


# ------------------------------------------------------------------------------------------------ the loss
def _cross_entropy(network: Network, last: str, axes: str) -> Iterator[Plan]:
    batch, mean = network.batch, network.loss.reduction == "mean"
    yield Plan("softmax", PROBABILITIES, {"input": last}, {}, partial(equations.softmax, batch=batch))
    yield _loss_plan(network, last, partial(equations.cross_entropy, batch=batch, mean=mean))


def _binary_cross_entropy(network: Network, last: str, axes: str) -> Iterator[Plan]:
    yield Plan("logistic", PROBABILITIES, {"input": last}, {}, partial(equations.logistic, axes))
    yield _loss_plan(network, last, partial(equations.binary_cross_entropy, axes, network.loss.reduction == "mean"))


def _mean_squared_error(network: Network, last: str, axes: str) -> Iterator[Plan]:
    yield _loss_plan(network, last, partial(equations.mean_squared_error, axes, network.loss.reduction == "mean"))


def _loss_plan(network: Network, last: str, make: Make) -> Plan:
    return Plan(network.loss.kind, LOSS, {"input": last}, {}, partial(make, target=TARGET))


LOSS_PLANS: Mapping[str, Callable[..., Iterator[Plan]]] = {
    "cross_entropy": _cross_entropy, "binary_cross_entropy": _binary_cross_entropy,
    "mean_squared_error": _mean_squared_error,
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
