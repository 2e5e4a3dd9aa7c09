"""Who reads what: the names of a network's tensors, the tensor that each layer reads, and where that goes wrong.

A layer that is None could not be read; what it would be called or would read is then not known.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from symconv.errors import Fault
from symconv.networks.fields import did_you_mean
from symconv.networks.further import Further
from symconv.networks.layers.layers import Layer, Parameter
from symconv.networks.layers.norms import STATISTICS

LEARNT = ("weight", "bias")
PARAMETERS = (*LEARNT, *STATISTICS, "constant")
MOST_LISTED = 10


@dataclass(frozen=True)
class NamedTensor:
    """A tensor that a network's file names, or that gets its name from one there."""

    name: str
    place: str  # where the name stands
    what: str  # the tensor, for a message
    held: tuple[Parameter, bool] | None = None  # of a parameter, which several layers may hold; whether it learns


@dataclass(frozen=True)
class Reads:
    """Which tensors a layer reads: 0 is the network's input, k the k-th layer's output, -k the k-th further tensor,
    None unknown or none."""

    input: int | None
    others: tuple[int | None, ...] = ()

    @property
    def all(self) -> tuple[int | None, ...]:
        """In order."""
        return (self.input, *self.others)


def place_of(at: int, layer: Layer) -> str:
    """Where a layer stands, as a person finds it: its number in the file, its type and its name."""
    return f'layers[{at}] ({layer.kind} "{layer.name}")'


def parameters(layer: Layer) -> list[tuple[str, Parameter]]:
    """("weight", W), ("bias", b), ("mean", m), ("variance", v) and ("constant", c), as far as the layer has them."""
    found = [(field, getattr(layer, field, None)) for field in PARAMETERS]
    return [(field, value) for field, value in found if isinstance(value, Parameter)]


def tensors(
    given: Parameter | None, layers: Sequence[Layer | None], further: Sequence[Further | None] = ()
) -> Iterator[NamedTensor]:
    """Every named tensor, in forward order."""
    if given is not None:
        yield NamedTensor(given.name, "input.name", "input")
    for at, each in enumerate(further):
        if each is not None:
            yield NamedTensor(each.name, f"tensors[{at}].name", f"tensors[{at}]", (each.tensor, each.learns))
    for at, layer in enumerate(layers):
        if layer is not None:
            place = f"layers[{at}]"
            yield from (
                NamedTensor(p.name, f"{place}.{field}.name", f"{place}.{field}", (p, field in LEARNT))
                for field, p in parameters(layer)
            )
            yield from (NamedTensor(name, f"{place}.name", f"a statistic of {place}") for name in layer.on_the_way())
            yield from (NamedTensor(name, f"{place}.name", f"a matrix of {place}") for name in layer.table_names())
            yield NamedTensor(layer.name, f"{place}.name", place)


def name_faults(
    given: Parameter | None, layers: Sequence[Layer | None], further: Sequence[Further | None] = ()
) -> Iterator[Fault]:
    """Two tensors never share a name, but for a parameter that several layers hold."""
    first: dict[str, NamedTensor] = {}
    for tensor in tensors(given, layers, further):
        if tensor.name in first and not _same(tensor, first[tensor.name]):
            text = f'"{tensor.name}" already names {first[tensor.name].what}'
            yield Fault(tensor.place, text, "give every tensor a name of its own")
        first.setdefault(tensor.name, tensor)


def _same(tensor: NamedTensor, first: NamedTensor) -> bool:
    return tensor.held is not None and tensor.held == first.held


def reads(
    given: Parameter | None, layers: Sequence[Layer | None], further: Sequence[Further | None] = ()
) -> tuple[Reads, ...]:
    """What each layer reads: the tensor that it names, which must come earlier, or the one before it."""
    outputs = _outputs(given, layers, further)
    found = []
    for at, layer in enumerate(layers):
        others = layer.besides() if layer is not None else ()
        first = _number(getattr(layer, "input", ""), at, outputs)
        found.append(Reads(first, tuple(_number(name, at, outputs) for _, name in others)))
    return tuple(found)


def source_faults(
    given: Parameter | None, layers: Sequence[Layer | None], complete: bool, further: Sequence[Further | None] = ()
) -> Iterator[Fault]:
    """Every name that a layer reads is that of an earlier output, and every output is read.

    `complete`: all names are known. Where one is not, it may be the one that a layer reads, and nothing is said.
    """
    outputs = _outputs(given, layers, further)
    others = {tensor.name: tensor.what for tensor in tensors(given, layers, further) if tensor.name not in outputs}
    wrong = False
    for at, layer in enumerate(layers):
        for field, name in _asked(layer):
            fault = _read_fault(name, at, outputs, others)
            if fault and (complete or name in outputs or name in others):
                wrong = True
                yield fault.within(f"layers[{at}].{field}")
    if complete and not wrong:
        yield from _dead_ends(given, layers, further)


def _asked(layer: Layer | None) -> Iterator[tuple[str, str]]:
    """The fields in which the layer names what it reads, with the names."""
    if layer is not None:
        yield from (("input", layer.input),) if layer.input else ()
        yield from layer.besides()


def _outputs(
    given: Parameter | None, layers: Sequence[Layer | None], further: Sequence[Further | None]
) -> dict[str, int]:
    """The numbers of what may be read, as in `Reads`, by name; the first of one name counts."""
    known = {given.name: 0} if given is not None else {}
    for at, each in enumerate(further, start=1):
        if each is not None:
            known.setdefault(each.name, -at)
    for at, layer in enumerate(layers, start=1):
        if layer is not None:
            known.setdefault(layer.name, at)
    return known


def _number(name: str, at: int, outputs: Mapping[str, int]) -> int | None:
    """The tensor that `layers[at]` means by `name`; "" is the one before it."""
    number = outputs.get(name) if name else at
    return number if number is not None and number <= at else None


def _read_fault(name: str, at: int, outputs: Mapping[str, int], others: Mapping[str, str]) -> Fault | None:
    """Why `layers[at]` cannot read `name`."""
    if _number(name, at, outputs) is not None:
        return None
    earlier = [output for output, number in outputs.items() if number <= at]
    choice = f"one of {', '.join(earlier)}" if len(earlier) > 1 else "".join(earlier)
    remedy = f"give {choice}" if len(earlier) <= MOST_LISTED else "give an earlier layer's name"
    if name in outputs:
        when = "its own output" if outputs[name] == at + 1 else "computed later"
        return Fault("", f'"{name}" would make a cycle: it is {when}', remedy)
    if name in others:
        return Fault("", f'"{name}" is {others[name]}, no output of a layer', remedy)
    return Fault("", f'"{name}" names no tensor', did_you_mean(name, earlier, remedy))


def _dead_ends(
    given: Parameter | None, layers: Sequence[Layer | None], further: Sequence[Further | None]
) -> Iterator[Fault]:
    """Outputs that neither a later layer nor the loss reads, an input and further tensors that no layer reads."""
    read = {number for each in reads(given, layers, further) for number in each.all} | {len(layers)}
    if given is not None and 0 not in read:
        yield Fault(f'input ("{given.name}")', "nothing reads it", "name it as the input or the other of a layer")
    for number, tensor in enumerate(further, start=1):
        if tensor is not None and -number not in read:
            remedy = "name it as the input or the other of a layer, or leave it out"
            yield Fault(f'tensors[{number - 1}] ("{tensor.name}")', "nothing reads it", remedy)
    for number, layer in enumerate(layers, start=1):
        if layer is not None and number not in read:
            remedy = "name it as the input or the other of a later layer, or leave it out"
            yield Fault(place_of(number - 1, layer), "nothing reads it", remedy)
