"""A network's TOML file: read within limits, its structure checked by pydantic, its layers built one by one.

The result is a Draft: what could be built, beside every mistake found. So one run names all mistakes of a file, and
a wrong name does not hide a wrong shape.
"""

import difflib
import tomllib
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError
from pydantic_core import PydanticCustomError

from symconv.array import Array
from symconv.errors import Fault, SpecError, SymconvError
from symconv.networks.exact import show, show_path
from symconv.networks.fields import class_index, extents, learning_rate, network_name, numbers, paddings, tensor_name
from symconv.networks.layers import LAYERS, CrossEntropy, Layer, Parameter

MOST_BYTES = 4_000_000


@dataclass(frozen=True)
class Draft:
    """A network as far as it could be read; None stands for what could not."""

    name: str | None
    learning_rate: Fraction | None
    input: Parameter | None
    layers: tuple[Layer | None, ...]
    loss: CrossEntropy | None


def _read_by(reader: Callable[[Any], Any]) -> PlainValidator:
    """One of our readers as a pydantic validator that keeps every single fault."""

    def validate(value: Any) -> Any:
        try:
            return reader(value)
        except SymconvError as error:
            raise PydanticCustomError("symconv", "{faults}", {"faults": error.faults}) from error

    return PlainValidator(validate)


class Table(BaseModel):
    """A table of the file: every key is known, every value read exactly."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


T = TypeVar("T", bound=Table)


class ParameterTable(Table):
    name: Annotated[str, _read_by(tensor_name)]
    value: Annotated[Array, _read_by(numbers)]

    def build(self) -> Parameter:
        return Parameter(self.name, self.value)


class LayerTable(Table):
    """Keys that a layer does not list keep the defaults of its dataclass."""

    type: str
    name: Annotated[str, _read_by(tensor_name)]


class ConvTable(LayerTable):
    type: Literal["conv"]
    weight: ParameterTable
    bias: ParameterTable | None = None
    stride: Annotated[tuple[int, ...] | None, _read_by(extents)] = None
    padding: Annotated[Any, _read_by(paddings)] = None
    dilation: Annotated[tuple[int, ...] | None, _read_by(extents)] = None


class ReluTable(LayerTable):
    type: Literal["relu"]


class MaxPoolTable(LayerTable):
    type: Literal["max_pool"]
    kernel: Annotated[tuple[int, ...], _read_by(extents)]
    stride: Annotated[tuple[int, ...] | None, _read_by(extents)] = None
    padding: Annotated[Any, _read_by(paddings)] = None
    dilation: Annotated[tuple[int, ...] | None, _read_by(extents)] = None


class GlobalMaxPoolTable(LayerTable):
    type: Literal["global_max_pool"]


class LinearTable(LayerTable):
    type: Literal["linear"]
    weight: ParameterTable
    bias: ParameterTable | None = None


class LossTable(Table):
    type: Literal["cross_entropy"]
    target: Annotated[int, _read_by(class_index)]


class NetworkTable(Table):
    """The file as a whole; its parts are read one by one, so that one bad layer does not hide the others."""

    name: Annotated[str, _read_by(network_name)]
    learning_rate: Annotated[Fraction, _read_by(learning_rate)]
    input: Any
    layers: Annotated[list[Any], Field(min_length=1)]
    loss: Any


TABLES: dict[str, type[LayerTable]] = {
    "conv": ConvTable,
    "relu": ReluTable,
    "max_pool": MaxPoolTable,
    "global_max_pool": GlobalMaxPoolTable,
    "linear": LinearTable,
}
MODELS: dict[str, Callable[..., Layer]] = {model.kind: model for model in LAYERS}


def read(path: Path) -> tuple[Draft, tuple[Fault, ...]]:
    """The network in the file at `path`, as far as it can be built, and what is wrong with it.

    Raises SpecError where the file cannot be read as TOML at all.
    """
    return draft(_parse(path))


def draft(table: Mapping[str, Any]) -> tuple[Draft, tuple[Fault, ...]]:
    """The same from the parsed file."""
    faults: list[Fault] = []
    whole = _validated(NetworkTable, table, "", faults)
    given = _validated(ParameterTable, table["input"], "input", faults) if "input" in table else None
    listed = table.get("layers")
    layers = [_layer(entry, f"layers[{at}]", faults) for at, entry in enumerate(listed if type(listed) is list else [])]
    loss = _validated(LossTable, table["loss"], "loss", faults) if "loss" in table else None
    found = Draft(
        name=whole.name if whole else None,
        learning_rate=whole.learning_rate if whole else None,
        input=given.build() if given else None,
        layers=tuple(layers),
        loss=CrossEntropy(loss.target) if loss else None,
    )
    return found, tuple(faults)


def _parse(path: Path) -> dict[str, Any]:
    """The file's tables, decimals as text; raises SpecError with one message where that fails."""
    where = show_path(path)
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            raise SpecError(f"{where}: is larger than {MOST_BYTES} bytes\n  a network of this size is no lesson")
        text = raw.decode("utf-8-sig")
        return tomllib.loads(text, parse_float=str)
    except UnicodeDecodeError as error:
        raise SpecError(f"{where}: byte {error.start} is not UTF-8\n  save the file as UTF-8 text") from error
    except tomllib.TOMLDecodeError as error:
        end = f"line {text.count(chr(10)) + 1}, column {len(text) - text.rfind(chr(10))}"
        raise SpecError(f"{where}: is not TOML: {str(error).replace('end of document', end)}") from error
    except RecursionError as error:
        raise SpecError(f"{where}: is nested too deeply\n  a list of rows is two lists deep") from error
    except OSError as error:
        raise SpecError(f"{where}: cannot be read: {error.strerror}") from error
    except ValueError as error:  # an integer of thousands of digits, or a zero byte in the path
        raise SpecError(f"{where}: cannot be read: {error}") from error


def _layer(table: Any, place: str, faults: list[Fault]) -> Layer | None:
    kind = table.get("type") if isinstance(table, dict) else None
    if not isinstance(kind, str) or kind not in TABLES:
        faults.append(_unknown_kind(table, kind, place))
        return None
    read = _validated(TABLES[kind], table, place, faults)
    if read is None:
        return None
    fields = {key: value for key, value in read if key != "type" and value is not None}
    built: dict[str, Any] = {
        key: value.build() if isinstance(value, ParameterTable) else value for key, value in fields.items()
    }
    try:
        layer: Layer = MODELS[kind](**built)
    except SymconvError as error:
        faults += [fault.within(place) for fault in error.faults]
        return None
    return layer


def _unknown_kind(table: Any, kind: Any, place: str) -> Fault:
    known = "one of " + ", ".join(TABLES)
    if not isinstance(table, dict):
        return Fault(place, f"{show(table)} is not a table", "write it under [[layers]]")
    if "type" not in table:
        return Fault(f"{place}.type", "is missing", f"give {known}")
    near = difflib.get_close_matches(kind, TABLES, 1) if isinstance(kind, str) else []
    return Fault(f"{place}.type", f"{show(kind)} is not a known layer", f'did you mean "{near[0]}"?' if near else known)


def _validated(model: type[T], table: Any, place: str, faults: list[Fault]) -> T | None:
    """`table` as a `model`; every mistake goes to `faults`. None where more is wrong than names and unknown keys."""
    try:
        return model.model_validate(table)
    except ValidationError as error:
        faults += [fault for one in error.errors(include_url=False) for fault in _explained(one, model, place)]
        try:
            return model.model_validate(_repaired(table, error))
        except ValidationError:
            return None


def _repaired(table: Any, error: ValidationError) -> Any:
    """The table with stand-in names and without unknown keys: they hide nothing about shapes."""
    fixed = deepcopy(table)
    for one in error.errors(include_url=False):
        *outer, key = one["loc"] or ("",)
        inner = fixed
        for step in outer:
            inner = inner[step]
        if one["type"] == "extra_forbidden":
            del inner[key]
        elif key == "name":
            inner[key] = f"unnamed_{id(inner)}"
    return fixed


def _explained(error: Any, model: type[Table], place: str) -> Iterator[Fault]:
    """What pydantic found, as faults in our own words."""
    at = _place(place, error["loc"])
    keys = model.model_fields if len(error["loc"]) < 2 else ParameterTable.model_fields
    match error["type"]:
        case "symconv":
            yield from (fault.within(at) for fault in error["ctx"]["faults"])
        case "missing":
            yield Fault(at, "is missing", f"keys: {', '.join(keys)}")
        case "extra_forbidden":
            near = difflib.get_close_matches(str(error["loc"][-1]), keys, 1)
            yield Fault(at, "is not a known key", f'did you mean "{near[0]}"?' if near else f"keys: {', '.join(keys)}")
        case "too_short":
            yield Fault(at, "is an empty list", "a network has at least one layer")
        case "literal_error":
            yield Fault(at, f"{show(error['input'])} is not a known loss", 'there is "cross_entropy"')
        case "list_type":
            yield Fault(at, f"{show(error['input'])} is not a list of tables", "write each layer under [[layers]]")
        case _:
            yield Fault(at, f"{show(error['input'])} is not a table", f"keys: {', '.join(keys)}")


def _place(outer: str, steps: tuple[str | int, ...]) -> str:
    """`layers[0]` and ("weight", "name") as `layers[0].weight.name`; a key's odd characters are escaped."""
    for step in steps:
        name = f"[{step}]" if isinstance(step, int) else show(step)[1:-1]
        outer = f"{outer}.{name}" if outer and not isinstance(step, int) else f"{outer}{name}"
    return outer
