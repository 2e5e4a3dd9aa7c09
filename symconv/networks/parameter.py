"""What layers are made of: a named tensor of given numbers, a common base, and the faults that several have."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import Field, dataclass
from fractions import Fraction
from functools import partial
from typing import ClassVar

from symconv.array import Array, Shape
from symconv.derivation.plan import Make, Plan, Read
from symconv.errors import Fault, refuse
from symconv.networks.exact import exact, show
from symconv.networks.fields import exact_array, extents, faults_of, numbers, paddings, tensor_name, whole_number
from symconv.networks.form import Fit, TensorForm
from symconv.networks.in_torch import Met, Tensor


@dataclass(frozen=True)
class Parameter:
    """A named tensor of given numbers (Fractions), the network's input included."""

    name: str
    value: Array

    def __post_init__(self) -> None:
        refuse(self._faults(), f"parameter {show(self.name)}")

    @staticmethod
    def of(name: str, nested: object) -> "Parameter":
        """From nested lists of integers, Fractions or text such as "1/2", whose nesting is its shape; SpecError for
        other numbers, or rows of different lengths."""
        return Parameter(name, numbers(nested))

    def _faults(self) -> Iterator[Fault]:
        yield from faults_of(tensor_name, self.name, "name")
        yield from array_faults(self.value, "value", "see Parameter.of")


class LayerBase(ABC):
    """What all layers share: a kind, the name of the output, and the tensor it reads ("": that of the layer before);
    what it makes of a form, its equations, and what PyTorch computes in its place."""

    __dataclass_fields__: ClassVar[dict[str, Field[object]]]  # every layer is a dataclass
    kind: ClassVar[str]
    name: str
    input: str

    def besides(self) -> tuple[tuple[str, str], ...]:
        """What the layer reads besides its input: the field, and the tensor that it names there."""
        return ()

    def on_the_way(self) -> tuple[str, ...]:
        """The names of the tensors that it makes on the way to its output: NAME.mean."""
        return ()

    def on_the_way_shape(self, form: TensorForm) -> Shape:
        """Their shape, for an input of `form`."""
        return ()

    def on_the_way_axes(self, axes: str) -> str:
        """The letters of their axes, for an input with those."""
        return ""

    def tables(self, shape: Shape) -> tuple["Parameter", ...]:
        """Constants that follow from the shape of the input."""
        return ()

    def table_names(self) -> tuple[str, ...]:
        """The names that they may have."""
        return ()

    @abstractmethod
    def fit(self, form: TensorForm, *others: TensorForm) -> Fit:
        """The output's form for an input of `form` (`others`: what the layer reads besides), and what does not fit."""

    @abstractmethod
    def plans(self, read: Read, *others: Read) -> Iterator[Plan]:
        """The operations that the layer is, in forward order."""

    @abstractmethod
    def in_torch(self, met: Met) -> Tensor:
        """The layer's output by PyTorch's own function, in the shape that `fit` says, in ceil mode at least that."""

    def _plan(self, read: Read, make: Make, options: Mapping[str, Shape] | None = None) -> Plan:
        """One operation that reads one tensor."""
        return Plan(self.kind, self.name, {"input": read.tensor}, options or {}, make, named(self))

    def __post_init__(self) -> None:
        refuse(self._faults(), f"{self.kind} {show(self.name)}")
        self._normalise()

    def _faults(self) -> Iterator[Fault]:
        yield from faults_of(tensor_name, self.name, "name")
        if self.input != "":
            yield from faults_of(tensor_name, self.input, "input")
        yield from self._own_faults()

    def _own_faults(self) -> Iterator[Fault]:
        return iter(())

    def _normalise(self) -> None:  # noqa: B027  most have nothing to put in order
        """A frozen object's own last touch while it is made: lists become tuples, one number becomes many."""

    def _set(self, **fields: object) -> None:
        for field, value in fields.items():
            object.__setattr__(self, field, value)


def named(layer: LayerBase) -> dict[str, str]:
    """The names of weight and bias, as far as the layer has them, by what equations call them."""
    weight, bias = getattr(layer, "weight", None), getattr(layer, "bias", None)
    found = {"weight": weight, "offset": bias}
    return {keyword: held.name for keyword, held in found.items() if held is not None}


def steps(value: object, dims: int | None = None) -> tuple[int, ...]:
    """A stride or a dilation, at least 1 in each dimension; () stands for 1."""
    return extents(1 if value == () else value, dims=dims)


def margins(value: object, dims: int | None = None) -> tuple[tuple[int, int], ...]:
    """The padding in front of and behind each dimension; () stands for none."""
    return paddings(0 if value == () else value, dims)


def array_faults(value: object, place: str, remedy: str) -> tuple[Fault, ...]:
    """What keeps `value` from being an Array of exact numbers."""
    if not isinstance(value, Array):
        return (Fault(place, f"{type(value).__name__} is not an Array", remedy),)
    return faults_of(exact_array, value, place)


def parameter_faults(layer: object, needed: Iterable[str], optional: Iterable[str]) -> Iterator[Fault]:
    """The fields `needed` are Parameters, the `optional` ones Parameters or None."""
    for field in (*needed, *optional):
        value = getattr(layer, field)
        if not isinstance(value, Parameter) and not (field in optional and value is None):
            yield Fault(field, f"{type(value).__name__} is not a Parameter", "see Parameter.of")


def rank_faults(shape: Shape, ranks: Collection[int], wanted: str, place: str = "weight.value") -> Iterator[Fault]:
    """The weight, of this shape and at this place, has one of these numbers of dimensions."""
    if len(shape) not in ranks:
        known = " or ".join(map(str, sorted(ranks)))
        yield Fault(place, f"has shape {shape}, not {known} dimensions", f"give {wanted}")


def length_faults(bias: Parameter | None, count: int, why: str) -> Iterator[Fault]:
    """A bias is a list of `count` numbers, or left out."""
    if bias is not None and bias.value.shape != (count,):
        yield Fault("bias.value", f"has shape {bias.value.shape}, but {why}", f"give a list of {count}")


def fraction_faults(value: object, field: str) -> tuple[Fault, ...]:
    """What keeps `value` from being a Fraction that is short enough to be written."""
    if not isinstance(value, Fraction):
        return (Fault(field, f"{show(value)} is not a Fraction", "give a fractions.Fraction"),)
    return faults_of(exact, value, field)


def range_faults(value: object, field: str, inside: Callable[[Fraction], bool], limits: str) -> Iterator[Fault]:
    """The same, and `inside` its range: `limits` says in words what that is."""
    wrong = fraction_faults(value, field)
    yield from wrong
    if isinstance(value, Fraction) and not wrong and not inside(value):
        yield Fault(field, f"{show(value)} is out of range", f"give a number {limits}")


def whole_faults(value: object, field: str, least: int = 0) -> tuple[Fault, ...]:
    """What keeps `value` from being a whole number of at least `least`."""
    return faults_of(partial(whole_number, least=least), value, field)
