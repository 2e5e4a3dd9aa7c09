"""From a table of a network's file to what it describes; every mistake on the way becomes a fault in our own words."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from symconv.errors import Fault, SymconvError, refuse
from symconv.networks.exact import show
from symconv.networks.fields import as_written, did_you_mean
from symconv.networks.further import Further
from symconv.networks.layers.layers import Layer, Parameter
from symconv.networks.losses import Loss
from symconv.networks.toml.tables import (
    LOSS_MODELS,
    LOSS_TABLES,
    MODELS,
    NO_FIELDS,
    TABLES,
    FurtherTable,
    KindTable,
    ParameterTable,
    TomlTable,
)

T = TypeVar("T", bound=TomlTable)
Made = TypeVar("Made")


def read_layer(table: object, place: str, faults: list[Fault], held: Mapping[str, Parameter]) -> Layer | None:
    """The layer that a table describes; None, with the reason in `faults`, where it describes none.

    held: the parameters of the layers before it, which it may name.
    """
    kind = _kind(table, place, "layer", "write it under [[layers]]", TABLES, faults)
    return _built(MODELS[kind], TABLES[kind], table, place, faults, held) if kind else None


def read_further(table: object, place: str, faults: list[Fault]) -> Further | None:
    """A further tensor likewise."""
    if not isinstance(table, dict):
        faults.append(Fault(place, f"{as_written(table)} is not a table", "write it under [[tensors]]"))
        return None
    read = validated(FurtherTable, table, place, faults)
    return read.further() if read else None


def read_loss(table: object, place: str, faults: list[Fault]) -> Loss | None:
    """The loss likewise."""
    kind = _kind(table, place, "loss", "write it under [loss]", LOSS_TABLES, faults)
    return _built(LOSS_MODELS[kind], LOSS_TABLES[kind], table, place, faults, {}) if kind else None


def validated(model: type[T], table: object, place: str, faults: list[Fault]) -> T | None:
    """`table` as a `model`; every mistake goes to `faults`. None where more is wrong than names and unknown keys."""
    try:
        return model.model_validate(table)
    except ValidationError as error:
        faults += [fault for one in error.errors(include_url=False) for fault in _explained(one, model, place)]
        try:
            return model.model_validate(_repaired(table, error, place))
        except ValidationError:
            return None


def _kind(table: object, place: str, what: str, where: str, known: Mapping[str, object], faults: list[Fault]) -> str:
    """The table's `type`, or "" where there is none to be found."""
    kind = table.get("type") if isinstance(table, dict) else None
    if isinstance(kind, str) and kind in known:
        return kind
    choice = "one of " + ", ".join(known)
    if not isinstance(table, dict):
        faults.append(Fault(place, f"{as_written(table)} is not a table", where))
    elif "type" not in table:
        faults.append(Fault(f"{place}.type", "is missing", f"give {choice}"))
    else:
        text = f"{as_written(kind)} is not a known {what}"
        faults.append(Fault(f"{place}.type", text, did_you_mean(kind, known, choice)))
    return ""


def _built(
    make: Callable[..., Made], keys: type[KindTable], table: object, place: str, faults: list[Fault],
    held: Mapping[str, Parameter],
) -> Made | None:  # fmt: skip
    """The dataclass of the keys that the table gives; what only the whole can tell is refused by the dataclass."""
    read = validated(keys, table, place, faults)
    if read is None:
        return None
    given = {key: getattr(read, key) for key in keys.model_fields if key in read.model_fields_set - NO_FIELDS}
    try:
        return make(**{key: _part(key, value, held) for key, value in given.items()})
    except SymconvError as error:
        faults += [fault.within(place) for fault in error.faults]
        return None


def _part(key: str, value: object, held: Mapping[str, Parameter]) -> object:
    if not isinstance(value, ParameterTable):
        return value
    try:
        return value.build(held)
    except SymconvError as error:
        refuse(fault.within(key) for fault in error.faults)
        raise


def _repaired(table: object, error: ValidationError, place: str) -> object:
    """The table with stand-in names and without unknown keys: it still tells most about shapes."""
    if not isinstance(table, dict):
        return table
    fixed = {key: dict(value) if isinstance(value, dict) else value for key, value in table.items()}
    for one in error.errors(include_url=False):
        *outer, key = one["loc"] or ("",)
        inner: Any = fixed
        for step in outer:
            inner = inner[step]
        if one["type"] == "extra_forbidden":
            del inner[key]
        elif key == "name":
            inner[key] = "_".join(("unnamed", *re.findall(r"\w+", place), *map(str, outer)))
    return fixed


def _explained(error: Any, model: type[TomlTable], place: str) -> Iterator[Fault]:
    """What pydantic found, in our own words."""
    at = _place(place, error["loc"])
    keys = model.model_fields if len(error["loc"]) < 2 else ParameterTable.model_fields
    listed = f"keys: {', '.join(keys)}"
    match error["type"]:
        case "symconv":
            yield from (fault.within(at) for fault in error["ctx"]["faults"])
        case "missing":
            yield Fault(at, "is missing", listed)
        case "extra_forbidden":
            yield Fault(at, "is not a known key", did_you_mean(error["loc"][-1], keys, listed))
        case "too_short":
            yield Fault(at, "is an empty list", "a network has at least one layer")
        case "list_type":
            yield Fault(
                at, f"{as_written(error['input'])} is not a list of tables", "write each layer under [[layers]]"
            )
        case _:
            known = model.model_fields if not error["loc"] else ParameterTable.model_fields
            yield Fault(at, f"{as_written(error['input'])} is not a table", f"keys: {', '.join(known)}")


def _place(outer: str, steps: tuple[str | int, ...]) -> str:
    """`layers[0]` and ("weight", "name") as `layers[0].weight.name`; a key's odd characters are escaped."""
    for step in steps:
        name = f"[{step}]" if isinstance(step, int) else show(step)[1:-1]
        outer = f"{outer}.{name}" if outer and not isinstance(step, int) else f"{outer}{name}"
    return outer
