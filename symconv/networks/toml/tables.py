"""The tables of a network's TOML file, checked by pydantic: which keys each has, and what reads each key.

A layer's or a loss's keys are the fields of its dataclass, and a key means the same wherever it stands: so one reader
for each key makes all the tables.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from fractions import Fraction
from functools import partial
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, create_model
from pydantic_core import PydanticCustomError

from symconv.array import Array
from symconv.errors import Broken, Fault, SymconvError, refuse
from symconv.networks.exact import exact
from symconv.networks.fields import (
    class_indices,
    did_you_mean,
    extents,
    learning_rate,
    network_name,
    numbers,
    paddings,
    tensor_name,
    tensor_names,
    truth,
    whole_number,
    whole_numbers,
)
from symconv.networks.further import Further
from symconv.networks.layers.layers import LAYERS, Layer, Parameter
from symconv.networks.losses import LOSSES, Loss


def _read_by(reader: Callable[[object], object]) -> PlainValidator:
    """One of our readers as a pydantic validator that keeps every single fault."""

    def validate(value: object) -> object:
        try:
            return reader(value)
        except SymconvError as error:
            raise PydanticCustomError("symconv", "{faults}", {"faults": error.faults}) from error

    return PlainValidator(validate)


class TomlTable(BaseModel):
    """A table of the file: every key is known, every value read exactly."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class TensorTable(TomlTable):
    """`name = "X"` and `value = [[1, "1/2"]]`: the nesting of the value is the tensor's shape."""

    name: Annotated[str, _read_by(tensor_name)]
    value: Annotated[Array, _read_by(numbers)]

    def build(self) -> Parameter:
        return Parameter(self.name, self.value)


class ParameterTable(TomlTable):
    """`{ name = "U", value = [[1, "1/2"]] }`; one that an earlier layer holds has no value here, and is that."""

    name: Annotated[str, _read_by(tensor_name)]
    value: Annotated[Array | None, _read_by(numbers)] = None

    def build(self, held: Mapping[str, Parameter]) -> Parameter:
        """The parameter. held: the earlier ones, by name; SpecError where it is none of them and has no value."""
        if self.value is not None:
            return Parameter(self.name, self.value)
        if self.name not in held:
            remedy = did_you_mean(self.name, held, "give its value, or the name of a parameter of an earlier layer")
            refuse([Fault("value", f'is missing, and no earlier parameter is called "{self.name}"', remedy)])
        return held[self.name]


class InputTable(TensorTable):
    """The same of the input; `batch`: its first axis counts images."""

    batch: Annotated[bool, _read_by(truth)] = False


class FurtherTable(InputTable):
    """The same of a further tensor; `learns`: it is a parameter."""

    learns: Annotated[bool, _read_by(truth)] = False

    def further(self) -> Further:
        """The tensor."""
        return Further(self.build(), self.learns, self.batch)


class NetworkTable(TomlTable):
    """The file as a whole; its parts are read one by one, so that one bad layer does not hide the others."""

    name: Annotated[str, _read_by(network_name)]
    learning_rate: Annotated[Fraction, _read_by(learning_rate)]
    input: object
    layers: Annotated[list[object], Field(min_length=1)]
    loss: object
    tensors: list[object] = []


class KindTable(TomlTable):
    """A layer or a loss; keys that are left out keep the defaults of its dataclass."""

    type: str


def _checked_by(reader: Callable[[object], object]) -> PlainValidator:
    """An option is read only for its mistakes: the layer itself knows how many dimensions one number stands for."""

    def check(value: object) -> object:
        reader(value)
        return value

    return _read_by(check)


def _evaluation_only(value: object) -> None:
    """The key `training` of a dropout: it may say that there is none."""
    if truth(value):
        text = "dropout in training mode is random: it has no derivation"
        refuse([Fault("", text, "leave it out; evaluation mode is the identity", unsupported=True)])


NAME = Annotated[str, _read_by(tensor_name)]
POSITIVE = Annotated[object, _checked_by(lambda value: extents(value, dims=None))]
NOT_NEGATIVE = Annotated[object, _checked_by(lambda value: extents(value, least=0, dims=None))]
PADS = Annotated[object, _checked_by(lambda value: paddings(value, dims=None))]
NUMBER = Annotated[Fraction, _read_by(exact)]
NUMBERS = Annotated[Array, _read_by(numbers)]
WHOLE = Annotated[int, _read_by(partial(whole_number, least=0))]
COUNT = Annotated[int, _read_by(whole_number)]
COUNTS = Annotated[object, _checked_by(whole_numbers)]
AXES = Annotated[object, _checked_by(partial(whole_numbers, least=0))]
CLASSES = Annotated[object, _read_by(class_indices)]
NAMES = Annotated[tuple[str, ...], _read_by(tensor_names)]
TRUTH = Annotated[bool, _read_by(truth)]
READERS: Mapping[str, object] = {
    **dict.fromkeys(("kernel", "stride", "dilation", "size"), POSITIVE),
    **{"padding": PADS, "output_padding": NOT_NEGATIVE, "groups": COUNT, "axes": AXES},
    **dict.fromkeys(("shape", "times"), COUNTS),
    **dict.fromkeys(("reduction", "mode", "equation"), object),
}
OF_TYPE: Mapping[object, object] = {  # all other fields
    str: NAME, Fraction: NUMBER, bool: TRUTH, Array: NUMBERS, Array | None: NUMBERS,
    Parameter: ParameterTable, Parameter | None: ParameterTable, int: WHOLE, tuple[str, ...]: NAMES,
}  # fmt: skip
SPECIAL: Mapping[str, dict[str, object]] = {  # what a key means in one table only
    "cross_entropy": {"target": CLASSES},
    "upsample": {"factor": POSITIVE},  # a number, not whole, of a scale
    "dropout": {"training": Annotated[object, _read_by(_evaluation_only)]},
    "scale": {"factor": NUMBER},
}
NO_FIELDS = {"type", "training"}  # keys that say nothing more of a layer


def reader_of(model: type[Layer] | type[Loss], key: str, kind: object) -> object:
    """What reads a key: what it means in this table only, or else by its name, or by its type."""
    special = SPECIAL.get(model.kind, {})
    if key in special or key in READERS or kind in OF_TYPE:
        return special.get(key) or READERS.get(key) or OF_TYPE[kind]
    types = ", ".join(getattr(each, "__name__", str(each)) for each in OF_TYPE)
    raise Broken(f"{model.kind}.{key}: nothing reads a {kind} from a file\n  give it one of the types {types}")


def _table(model: type[Layer] | type[Loss]) -> type[KindTable]:
    """The table of a dataclass: a key for each field, needed where the field has no default."""
    needed = {field.name for field in fields(model) if field.default is MISSING}
    readers = {field.name: reader_of(model, field.name, field.type) for field in fields(model)}
    readers |= SPECIAL.get(model.kind, {})
    keys: dict[str, Any] = {key: (reader, ... if key in needed else None) for key, reader in readers.items()}
    return create_model(f"{model.__name__}Table", __base__=KindTable, **keys)


MODELS: Mapping[str, Callable[..., Layer]] = {model.kind: model for model in LAYERS}
TABLES: Mapping[str, type[KindTable]] = {model.kind: _table(model) for model in LAYERS}
LOSS_MODELS: Mapping[str, Callable[..., Loss]] = {model.kind: model for model in LOSSES}
LOSS_TABLES: Mapping[str, type[KindTable]] = {model.kind: _table(model) for model in LOSSES}
