"""A network's parts as TOML text that `read` reads back to the same: no defaults, a row on each line."""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import MISSING, Field, fields
from fractions import Fraction
from math import prod
from typing import Any

from symconv.array import Array, Shape
from symconv.networks.further import Further
from symconv.networks.layers.layers import AvgPool, Layer, MaxPool, Parameter
from symconv.networks.losses import Loss

WIDTH = 100
LONGEST_INTEGER = 2**63  # TOML promises no more; a longer one is written as text
PADS = "padding"  # the one option with two numbers for each dimension
PLAIN = {"stride": 1, PADS: (0, 0), "dilation": 1, "output_padding": 0}  # in each dimension, where nothing is said


def head_text(name: str, learning_rate: Fraction) -> str:
    """The keys at the top."""
    return f"name = {_text(name)}\nlearning_rate = {_number(learning_rate)}\n"


def input_text(given: Parameter, batch: bool) -> str:
    """The table of the network's input."""
    flag = ["batch = true"] if batch else []
    return _table("[input]", [f"name = {_text(given.name)}", *flag, _wrapped("value = ", given.value, "")])


def further_text(given: Further) -> str:
    """The table of a further tensor."""
    flags = [f"{flag} = true" for flag in ("learns", "batch") if getattr(given, flag)]
    name, value = _text(given.name), given.tensor.value
    return _table("[[tensors]]", [f"name = {name}", *flags, _wrapped("value = ", value, "")])


def layer_text(layer: Layer, held: Container[str] = ()) -> str:
    """A layer's table; of a parameter that is `held` before it only the name."""
    return _table("[[layers]]", _keys(layer, held))


def loss_text(loss: Loss) -> str:
    """The loss's table."""
    return _table("[loss]", _keys(loss, ()))


def _table(header: str, lines: Iterable[str]) -> str:
    return "\n".join([header, *lines, ""])


def _keys(part: Layer | Loss, held: Container[str]) -> Iterator[str]:
    """`type`, then a line for each field that is not its default."""
    yield f"type = {_text(part.kind)}"
    for field in fields(part):
        if not _is_default(part, field):
            value = getattr(part, field.name)
            if isinstance(value, Parameter) and value.name in held:
                yield f"{field.name} = {{ name = {_text(value.name)} }}"
                continue
            yield _key(field.name, value if field.default is MISSING else _shortest(field.name, value))


def _is_default(part: object, field: Field[object]) -> bool:
    value = getattr(part, field.name)
    if field.name == "stride" and isinstance(part, MaxPool | AvgPool):
        return bool(value == part.kernel)
    if field.default is MISSING:
        return False
    if field.name in PLAIN:
        return set(value) == {PLAIN[field.name]}
    return bool(value == field.default)


def _key(key: str, value: object) -> str:
    if isinstance(value, Parameter):
        return _wrapped(f"{key} = {{ name = {_text(value.name)}, value = ", value.value, " }")
    if isinstance(value, Array):
        return _wrapped(f"{key} = ", value, "")
    return f"{key} = {_value(value)}"


def _shortest(key: str, value: Any) -> Any:
    """An option as one number, if it is the same everywhere."""
    if key == PADS:
        value = tuple(pair[0] if pair[0] == pair[1] else pair for pair in value)
    same = key in PLAIN and len(set(value)) == 1 and isinstance(value[0], int)
    return value[0] if same else value


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return _text(value) if isinstance(value, str) else _number(value)


def _number(value: int | Fraction) -> str:
    """An integer, or text such as "1/2"."""
    whole = value.denominator == 1 and -LONGEST_INTEGER <= value < LONGEST_INTEGER
    return str(value) if whole else _text(str(value))


def _text(value: str) -> str:
    """Names and numbers hold no character that TOML escapes."""
    return f'"{value}"'


def _wrapped(start: str, value: Array, end: str) -> str:
    return "\n".join(_lines(start, value.shape, value.entries, end, ""))


def _lines(start: str, shape: Shape, entries: Sequence[Fraction], end: str, indent: str) -> Iterator[str]:
    """`start`, the nested lists, `end`: on one line if it fits, else each row on a line of its own, or on several."""
    if len(entries) < WIDTH:  # or no line would hold them
        line = f"{indent}{start}{_value(Array(shape, tuple(entries)).nested())}{end}"
        if len(line) <= WIDTH or not shape:
            yield line
            return
    inner = indent + "  "
    yield f"{indent}{start}["
    if len(shape) > 1:
        step = prod(shape[1:])
        for at in range(0, len(entries), step):
            yield from _lines("", shape[1:], entries[at : at + step], ",", inner)
    else:
        yield from _filled(map(_number, entries), inner)
    yield f"{indent}]{end}"


def _filled(entries: Iterable[str], indent: str) -> Iterator[str]:
    """As many entries on a line as fit; only one that is longer than a line makes a longer one."""
    words: list[str] = []
    length = len(indent) - 1
    for entry in entries:
        length += len(entry) + 2
        if length > WIDTH and words:
            yield f"{indent}{' '.join(words)}"
            words, length = [], len(indent) + len(entry) + 1
        words.append(f"{entry},")
    yield f"{indent}{' '.join(words)}"
