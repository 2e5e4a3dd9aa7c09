"""One field of a network at a time: each reader returns the clean value, or raises SpecError with every mistake in it.

The layers and the file reader share them, so that a mistake reads the same in Python and in a file. Places in faults
are relative to the field.
"""

import difflib
import keyword
import re
from collections.abc import Callable, Collection
from fractions import Fraction
from itertools import chain
from typing import Any

from symconv.array import Array
from symconv.errors import Fault, SpecError, SymconvError, refuse
from symconv.networks.exact import LIMIT, exact, show

Pads = tuple[tuple[int, int], ...]
DECIMAL = re.compile(r"[+-]?(?:[0-9_]+(?=[.eE])(?:\.[0-9_]+)?(?:[eE][+-]?[0-9_]+)?|inf|nan)")  # as TOML writes them
TENSOR = re.compile(r"[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*")
NETWORK = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
RESERVED = {
    "y": "the probabilities (softmax or sigmoid), also where there are none",
    "L": "the loss",
    "t": "the target",
}
LONGEST_NAME = 100
LARGEST = 10_000_000  # numbers in a network, or in any of its tensors; also the largest extent and option
DEEPEST = 5  # (image, channel, depth, row, column): no tensor has more dimensions
RANK = 2  # one number for a window of unknown dimensions means two
MOST_AXES = 8
DIMENSIONS = 3  # (depth, row, column): no window has more


def tensor_name(value: object) -> str:
    """A tensor's name; raises SpecError for what could not be an identifier or is taken by the loss layer."""
    if not isinstance(value, str):
        raise _wrong(f"{as_written(value)} is not a name", 'write text, for example "S"')
    if not TENSOR.fullmatch(value) or len(value) > LONGEST_NAME:
        allowed = f"use ASCII letters, digits and _, in segments joined by dots, at most {LONGEST_NAME} characters"
        raise _wrong(f"{as_written(value)} cannot name a tensor", allowed)
    if keyword.iskeyword(value):
        raise _wrong(f'"{value}" is a keyword of Python', f'for example "{value}_"')
    if value in RESERVED:
        raise _wrong(f'"{value}" is reserved for {RESERVED[value]}', "choose another name")
    return value


def tensor_names(value: object) -> tuple[str, ...]:
    """A list of names."""
    if not isinstance(value, list | tuple) or not value:
        raise _wrong(f"{as_written(value)} is no list of names", 'write a list, for example ["S"]')
    refuse(fault for k, name in enumerate(value) for fault in faults_of(tensor_name, name, f"[{k}]"))
    return tuple(value)


def extents(value: object, least: int = 1, dims: int | None = RANK) -> tuple[int, ...]:
    """One whole number for all `dims` dimensions, or one per dimension, each at least `least`; where `dims` is None, a
    list decides how many dimensions there are, and a single number means two."""
    parts = _per_dimension(value, dims)
    refuse(dict.fromkeys(fault for place, n in parts for fault in _whole(n, least, place)))
    return tuple(n for _, n in parts)


def whole_numbers(value: object, least: int = 1) -> tuple[int, ...]:
    """A list of them, one for each axis of a tensor."""
    if not isinstance(value, list | tuple) or not 1 <= len(value) <= MOST_AXES:
        raise _wrong(
            f"{as_written(value)} is no list of numbers", f"write a list of 1 to {MOST_AXES}, for example [2, 3]"
        )
    refuse(dict.fromkeys(fault for at, n in enumerate(value) for fault in _whole(n, least, f"[{at}]")))
    return tuple(value)


def paddings(value: object, dims: int | None = RANK) -> Pads:
    """(lo, hi) per dimension, from one number, one per dimension, or a [lo, hi] pair per dimension; `dims` as above."""
    pairs = [_pair(pair, place) for place, pair in _per_dimension(value, dims)]
    refuse(dict.fromkeys(fault for pair in pairs for place, n in pair for fault in _whole(n, 0, place)))
    return tuple((lo, hi) for (_, lo), (_, hi) in pairs)


def whole_number(value: Any, least: int = 1) -> int:
    """A count, or a place: a whole number from `least` to LARGEST; SpecError for anything else."""
    refuse(_whole(value, least, ""))
    return int(value)


def truth(value: object) -> bool:
    """true or false; SpecError for what only looks like it, as 1 does."""
    if not isinstance(value, bool):
        raise _wrong(f"{as_written(value)} is not true or false", f"write true or false{_unquoted(value)}")
    return value


def numbers(value: object) -> Array:
    """Nested lists of exact numbers as an Array of Fractions; SpecError lists every wrong number and ragged row, or
    says that there are no numbers or too many."""
    shape = _shape(value)
    flat = _flat(value, shape)
    if flat is not None:
        try:
            return Array(shape, tuple(map(exact, flat)))
        except SpecError:
            pass  # all that is wrong is gathered below
    faults: list[Fault] = []
    entries: list[object] = []
    _collect(value, shape, "", entries, faults)
    refuse(faults)
    return Array(shape, tuple(entries))


def class_index(value: object) -> int:
    """The target: a whole number >= 0."""
    return whole_number(value, 0)


def class_indices(value: object) -> int | tuple[int, ...]:
    """The target of cross entropy: one class index from 0 on, or a list of them, one for each image; SpecError for
    anything else."""
    if not isinstance(value, list | tuple):
        return class_index(value)
    if not value:
        raise _wrong("is an empty list", "give a class index for each image")
    refuse(fault for at, index in enumerate(value) for fault in _whole(index, 0, f"[{at}]"))
    return tuple(value)


def network_name(value: object) -> str:
    """A network's name: it becomes a folder's name, so it is one plain word; SpecError for others."""
    if not isinstance(value, str) or not NETWORK.fullmatch(value) or len(value) > LONGEST_NAME:
        allowed = f"use ASCII letters, digits, _ and -, a letter or digit first, at most {LONGEST_NAME} characters"
        raise _wrong(f"{as_written(value)} cannot name a network", allowed)
    return value


def learning_rate(value: object) -> Fraction:
    """The step's length: an exact number >= 0; SpecError for others."""
    rate = exact(value)
    if rate < 0:
        raise _wrong(f"{as_written(value)} would climb the loss", "give a number >= 0")
    return rate


def exact_array(value: Array) -> None:
    """SpecError for an Array whose shape or entries no file could hold."""
    refuse(_size_faults(value.shape))
    if len(value.shape) > DEEPEST:
        raise _wrong(f"has {len(value.shape)} dimensions", f"at most {DEEPEST} exist")
    if not all(map(_is_short, value.entries)):
        refuse(fault for at, entry in value.items() for fault in _entry_faults(entry, at))


def total_faults(count: int) -> tuple[Fault, ...]:
    """All numbers of a network together: its input, its parameters and its target."""
    if count <= LARGEST:
        return ()
    return (Fault("", f"the network holds {count} numbers in all", f"give at most {LARGEST}"),)


def _is_short(entry: object) -> bool:
    """Whether `exact` takes this entry as it is: a look without the making of a message, for millions of them."""
    return type(entry) is Fraction and -LIMIT < entry.numerator < LIMIT and entry.denominator < LIMIT


def _entry_faults(entry: object, at: tuple[int, ...]) -> tuple[Fault, ...]:
    """One type of entry, so that no float or symbol slips into the exact arithmetic."""
    if not isinstance(entry, Fraction):
        return (Fault(place_of_entry(at), f"{as_written(entry)} is not a Fraction", "see Parameter.of"),)
    try:
        exact(entry)
    except SpecError as error:
        return tuple(fault.within(place_of_entry(at)) for fault in error.faults)
    return ()


def faults_of(read: Callable[[Any], object], value: object, place: str) -> tuple[Fault, ...]:
    """What `read(value)` refuses, seen from `place`; empty where it is fine."""
    try:
        read(value)
    except SymconvError as error:
        return tuple(fault.within(place) for fault in error.faults)
    return ()


def did_you_mean(word: object, known: Collection[str], otherwise: str = "") -> str:
    """The name among `known` that `word` may be a slip of, as a question; else `otherwise`."""
    near = difflib.get_close_matches(word[:LONGEST_NAME], known, 1) if isinstance(word, str) else []
    return f'did you mean "{near[0]}"?' if near else otherwise


def place_of_entry(at: tuple[int, ...]) -> str:
    """(0, 2) as [0][2]."""
    return "".join(f"[{k}]" for k in at)


def _wrong(problem: str, remedy: str, place: str = "") -> SpecError:
    fault = Fault(place, problem, remedy)
    return SpecError(str(fault), [fault])


def as_written(value: object) -> str:
    """`show`, but a decimal, which a file's reader keeps as text, without the quotes that it does not have there."""
    shown = show(value)
    return shown[1:-1] if isinstance(value, str) and DECIMAL.fullmatch(value) else shown


def _unquoted(value: object) -> str:
    """What is said where a value stands in quotes."""
    return ", without quotes" if as_written(value).startswith('"') else ""


def _per_dimension(value: object, dims: int | None) -> list[tuple[str, Any]]:
    """(place, entry) of each dimension; a single value stands for all of them."""
    if not isinstance(value, list | tuple):
        return [("", value)] * (RANK if dims is None else dims)
    if dims is None and not 1 <= len(value) <= DIMENSIONS:
        raise _wrong(
            f"{as_written(value)} does not fit 1 to {DIMENSIONS} dimensions", "give a number for each dimension"
        )
    if dims is not None and len(value) != dims:
        many = f"one number, or {dims}" if dims > 1 else "one number"
        raise _wrong(f"{as_written(value)} does not fit {dims} dimension{'s' * (dims > 1)}", f"give {many}")
    return [(f"[{at}]", entry) for at, entry in enumerate(value)]


def _pair(value: object, place: str) -> list[tuple[str, Any]]:
    """(place, entry) in front and behind; a single value stands for both."""
    if not isinstance(value, list | tuple):
        return [(place, value)] * 2
    if len(value) != 2:
        raise _wrong(f"{as_written(value)} is no pair", "give one number, or 2", place)
    return [(f"{place}[{at}]", entry) for at, entry in enumerate(value)]


def _whole(value: object, least: int, place: str) -> list[Fault]:
    if isinstance(value, bool) or not isinstance(value, int):
        return [
            Fault(place, f"{as_written(value)} is not a whole number", f"give an integer >= {least}{_unquoted(value)}")
        ]
    if not least <= value <= LARGEST:
        return [Fault(place, f"{as_written(value)} is out of range", f"give an integer from {least} to {LARGEST}")]
    return []


def _shape(value: object) -> tuple[int, ...]:
    """The shape that the first entries suggest."""
    shape: list[int] = []
    while isinstance(value, list | tuple):
        if len(shape) == DEEPEST:
            raise _wrong(f"is nested deeper than {DEEPEST} lists", f"a tensor has at most {DEEPEST} dimensions")
        shape.append(len(value))
        if not value:
            break
        value = value[0]
    refuse(_size_faults(tuple(shape)))
    return tuple(shape)


def _size_faults(shape: tuple[int, ...]) -> list[Fault]:
    entries = 1
    for n in shape:
        entries *= n
    if entries == 0:
        return [Fault("", "is empty", "give at least one number")]
    if entries > LARGEST:
        return [Fault("", f"holds {entries} numbers", f"give at most {LARGEST}")]
    return []


def _flat(value: Any, shape: tuple[int, ...]) -> list[object] | None:
    """The entries in order, where the lists have this shape; a list among them is refused as an entry."""
    rows = [value]
    for n in shape:
        if not all(isinstance(row, list | tuple) and len(row) == n for row in rows):
            return None
        rows = list(chain.from_iterable(rows))
    return rows


def _collect(value: Any, shape: tuple[int, ...], place: str, entries: list[object], faults: list[Fault]) -> None:
    """Reads `value`, which should have `shape`; as deep as the shape and no deeper."""
    listed = isinstance(value, list | tuple)
    if shape and not listed:
        faults.append(
            Fault(place, f"{as_written(value)} stands where a list of {shape[0]} should", "make all rows alike")
        )
    elif shape and len(value) != shape[0]:
        text = f"this row has {len(value)} entr{'y' if len(value) == 1 else 'ies'}, the first row {shape[0]}"
        faults.append(Fault(place, text, "make all rows equally long"))
    elif shape:
        for k, entry in enumerate(value):
            _collect(entry, shape[1:], f"{place}[{k}]", entries, faults)
    elif listed:
        faults.append(Fault(place, f"{as_written(value)} stands where a number should", "make all rows alike"))
    else:
        try:
            entries.append(exact(value))
        except SpecError as error:
            faults.extend(fault.within(place) for fault in error.faults)
