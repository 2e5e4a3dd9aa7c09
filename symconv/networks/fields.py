"""One field of a network at a time: each reader returns the clean value, or raises SpecError with every mistake in it.

The layers and the file reader share them, so that a mistake reads the same in Python and in a file. Places in faults
are relative to the field.
"""

import keyword
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from symconv.array import Array
from symconv.errors import Fault, SpecError, SymconvError, refuse
from symconv.networks.exact import exact, show

Pads = tuple[tuple[int, int], ...]
TENSOR = re.compile(r"[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*")
NETWORK = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
RESERVED = {"y": "the softmax", "L": "the loss", "t": "the one-hot target"}
LONGEST_NAME = 100
LARGEST = 1_000_000  # any extent, option or number of entries beyond it is a slip, not a lesson
DEEPEST = 4  # (image, channel, row, column): no tensor has more dimensions
RANK = 2  # an operand without channels exists in two dimensions only
CHANNELS = "channels and batches are not written yet; there are inputs of shape (H, W) with a kernel of shape (kh, kw)"


def tensor_name(value: object) -> str:
    """A tensor's name; raises SpecError for what could not be an identifier or is taken by the loss layer."""
    if not isinstance(value, str):
        raise _wrong(f"{show(value)} is not a name", 'write text, for example "S"')
    if not TENSOR.fullmatch(value) or len(value) > LONGEST_NAME:
        allowed = f"use ASCII letters, digits and _, in segments joined by dots, at most {LONGEST_NAME} characters"
        raise _wrong(f"{show(value)} cannot name a tensor", allowed)
    if keyword.iskeyword(value):
        raise _wrong(f'"{value}" is a keyword of Python', f'for example "{value}_"')
    if value in RESERVED:
        raise _wrong(f'"{value}" is reserved for {RESERVED[value]}', "choose another name")
    return value


def extents(value: object, least: int = 1) -> tuple[int, ...]:
    """One whole number for both dimensions, or one per dimension, each at least `least`."""
    parts = _parts(value, RANK)
    refuse(dict.fromkeys(fault for place, n in parts for fault in _whole(n, least, place)))
    return tuple(n for _, n in parts)


def paddings(value: object) -> Pads:
    """(lo, hi) per dimension, from one number, one per dimension, or a [lo, hi] pair per dimension."""
    pairs = [_parts(pair, 2, place) for place, pair in _parts(value, RANK)]
    refuse(dict.fromkeys(fault for pair in pairs for place, n in pair for fault in _whole(n, 0, place)))
    return tuple((lo, hi) for (_, lo), (_, hi) in pairs)


def numbers(value: object) -> Array:
    """Nested lists of exact numbers as an Array of Fractions; every wrong number and ragged row is listed."""
    shape = _shape(value)
    faults: list[Fault] = []
    entries: list[Any] = []
    _collect(value, shape, "", entries, faults)
    refuse(faults)
    return Array(shape, tuple(entries))


def class_index(value: object) -> int:
    """The target: a whole number >= 0."""
    refuse(_whole(value, 0, ""))
    assert isinstance(value, int)
    return value


def network_name(value: object) -> str:
    """A network's name: it becomes a folder's name, so it is one plain word."""
    if not isinstance(value, str) or not NETWORK.fullmatch(value) or len(value) > LONGEST_NAME:
        allowed = f"use ASCII letters, digits, _ and -, a letter or digit first, at most {LONGEST_NAME} characters"
        raise _wrong(f"{show(value)} cannot name a network", allowed)
    return value


def learning_rate(value: object) -> Fraction:
    """The step's length: an exact number >= 0."""
    rate = exact(value)
    if rate < 0:
        raise _wrong(f"{show(value)} would climb the loss", "give a number >= 0")
    return rate


def exact_array(value: Array) -> None:
    """Refuses an Array whose shape or entries no file could hold."""
    refuse(_size_faults(value.shape))
    if len(value.shape) > DEEPEST:
        raise _wrong(f"has {len(value.shape)} dimensions", f"at most {DEEPEST} exist")
    faults: list[Fault] = []
    for at, entry in value.items():
        place = "".join(f"[{k}]" for k in at)
        if isinstance(entry, Fraction):
            faults += faults_of(exact, entry, place)
        else:  # one type of entry, so that no float or symbol slips into the exact arithmetic
            faults.append(Fault(place, f"{show(entry)} is not a Fraction", "see Parameter.of"))
    refuse(faults)


def faults_of(read: Callable[[Any], object], value: object, place: str) -> tuple[Fault, ...]:
    """What `read(value)` refuses, seen from `place`; empty where it is fine."""
    try:
        read(value)
    except SymconvError as error:
        return tuple(fault.within(place) for fault in error.faults)
    return ()


def _wrong(problem: str, remedy: str, place: str = "") -> SpecError:
    fault = Fault(place, problem, remedy)
    return SpecError(str(fault), [fault])


def _parts(value: object, count: int, place: str = "") -> list[tuple[str, Any]]:
    """(place, entry) of each of `count` entries; a single value stands for all of them."""
    if not isinstance(value, list | tuple):
        return [(place, value)] * count
    if len(value) != count:
        problem = f"{show(value)} does not fit {count} dimensions" if not place else f"{show(value)} is no pair"
        raise _wrong(problem, f"give one number, or {count}", place)
    return [(f"{place}[{at}]", entry) for at, entry in enumerate(value)]


def _whole(value: object, least: int, place: str) -> list[Fault]:
    if isinstance(value, bool) or not isinstance(value, int):
        return [Fault(place, f"{show(value)} is not a whole number", f"give an integer >= {least}, without quotes")]
    if not least <= value <= LARGEST:
        return [Fault(place, f"{show(value)} is out of range", f"give an integer from {least} to {LARGEST}")]
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


def _collect(value: Any, shape: tuple[int, ...], place: str, entries: list[Any], faults: list[Fault]) -> None:
    """Reads `value`, which should have `shape`; as deep as the shape and no deeper."""
    listed = isinstance(value, list | tuple)
    if shape and not listed:
        faults.append(Fault(place, f"{show(value)} stands where a list of {shape[0]} should", "make all rows alike"))
    elif shape and len(value) != shape[0]:
        text = f"this row has {len(value)} entr{'y' if len(value) == 1 else 'ies'}, the first row {shape[0]}"
        faults.append(Fault(place, text, "make all rows equally long"))
    elif shape:
        for k, entry in enumerate(value):
            _collect(entry, shape[1:], f"{place}[{k}]", entries, faults)
    elif listed:
        faults.append(Fault(place, f"{show(value)} stands where a number should", "make all rows alike"))
    else:
        try:
            entries.append(exact(value))
        except SpecError as error:
            faults.extend(fault.within(place) for fault in error.faults)
