"""torch's functions that move entries, as layers: other shapes and orders, parts, what is put around or together."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import partial
from itertools import accumulate
from math import prod
from typing import Any

from symconv.networks.layers.layers import (
    Cat,
    Flatten,
    Flip,
    Layer,
    Pad,
    Permute,
    PixelShuffle,
    PixelUnshuffle,
    Repeat,
    Reshape,
    Scale,
    Select,
    Slice,
    Stacked,
)
from symconv.networks.layers.shape import cut
from symconv.torch_models.call import Call, Layers, chain, decimal, refuse

PADDINGS = {"constant": "zeros", "reflect": "reflect", "replicate": "replicate", "circular": "circular"}


# ------------------------------------------------------------------------------------------------ shapes and orders
def reshape(call: Call) -> Layers:
    """By its shapes alone: any function that leaves the entries in their order."""
    given, made = call.reads, call.gives
    if made == given:
        return None
    if made == (*given[: call.batch], prod(given[call.batch :])):
        return Flatten(call.name, call.input)
    whole = () if cut(given, made) is not None else (lambda name, read: Reshape(name, (prod(given),), read),)
    return chain(call, *whole, lambda name, read: Reshape(name, made, read))


def repeat(call: Call) -> Layers:
    """An axis that is not there is one of extent 1."""
    given, made = call.reads, call.gives
    lead = (1,) * (len(made) - len(given))
    times = tuple(n // m for n, m in zip(made, lead + given, strict=True))
    steps: list[Callable[[str, str], Layer]] = []
    if lead:
        steps.append(lambda name, read: Reshape(name, lead + given, read))
    if set(times) != {1}:
        steps.append(lambda name, read: Repeat(name, times, read))
    return chain(call, *steps)


def permute(call: Call) -> Layers:
    """x.permute(0, 2, 1), and torch.permute(x, (0, 2, 1))."""
    dims = call.options["dims"] if "dims" in call.options else call.options["*dims"]
    return _permuted(call, [call.axis(k) for k in _flat(dims)])


def transpose(call: Call) -> Layers:
    """Two axes change places: the last two, where none are named."""
    order = list(range(len(call.reads)))
    if len(order) > 1:
        a, b = (call.axis(call.options.get(name, k)) for name, k in (("dim0", -2), ("dim1", -1)))
        order[a], order[b] = order[b], order[a]
    return _permuted(call, order)


def _permuted(call: Call, order: list[int]) -> Layers:
    return None if order == sorted(order) else Permute(call.name, tuple(order), call.input)


def _flat(dims: Any) -> list[int]:
    return [k for each in dims for k in (each if isinstance(each, tuple | list) else [each])]


def pixel_shuffle(call: Call) -> Layers:
    """By its factor."""
    return PixelShuffle(call.name, call.options["upscale_factor"], call.input)


def pixel_unshuffle(call: Call) -> Layers:
    """By its factor."""
    return PixelUnshuffle(call.name, call.options["downscale_factor"], call.input)


# ------------------------------------------------------------------------------------------------ parts
def getitem(call: Call) -> Layers:
    """x[:, 1:, 0, None]: slices, then single places from the last axis on, then new axes."""
    at = call.options["at"] if isinstance(call.options["at"], tuple) else (call.options["at"],)
    wrong = next((x for x in at if not _is_plain(x)), None)
    if wrong is not None:
        kind = type(wrong).__name__
        refuse(f"an index of {kind} has no derivation", "known: whole numbers, slices, None and ...")
    named = [x for x in at if x is not None and x is not Ellipsis]
    if Ellipsis in at:
        k = at.index(Ellipsis)
        at = (*at[:k], *[slice(None)] * (len(call.reads) - len(named)), *at[k + 1 :])
    axes = [x for x in at if x is not None]
    steps: list[Callable[[str, str], Layer]] = []
    for axis, (x, n) in enumerate(zip(axes, call.reads, strict=False)):
        if isinstance(x, slice) and x.indices(n) != (0, n, 1):
            steps.append(partial(_sliced, axis, *x.indices(n)))
    places = [axis for axis, x in enumerate(axes) if not isinstance(x, slice)]
    for left, axis in zip(range(len(call.reads), 0, -1), reversed(places), strict=False):
        steps.append(partial(_selected, axis, int(axes[axis]) % call.reads[axis], of_list=left == 1))
    if None in at:
        steps.append(lambda name, read: Reshape(name, call.gives, read))
    return chain(call, *steps)


def _is_plain(x: object) -> bool:
    return x is None or x is Ellipsis or isinstance(x, slice) or (isinstance(x, int) and not isinstance(x, bool))


def _sliced(axis: int, start: int, stop: int, step: int, name: str, read: str) -> Layer:
    return Slice(name, axis, start, stop, step, read)


def _selected(axis: int, place: int, name: str, read: str, of_list: bool = False) -> Layer:
    """A single number is, among layers, a list of one."""
    return Slice(name, axis, place, place + 1, input=read) if of_list else Select(name, axis, place, read)


def select(call: Call) -> Layers:
    """One place of an axis."""
    axis = call.axis(call.options["dim"])
    return _selected(axis, call.options["index"] % call.reads[axis], call.name, call.input, len(call.reads) == 1)


def narrow(call: Call) -> Layers:
    """A part of an axis, by its length."""
    axis, o = call.axis(call.options["dim"]), call.options
    start = o["start"] % call.reads[axis]
    return _part(call, axis, start, start + o["length"])


def parts(call: Call) -> Layers:
    """One of the parts that chunk and split make."""
    axis = call.axis(call.options.get("dim", 0))
    ends = list(accumulate(shape[axis] for shape in call.made))
    return _part(call, axis, ends[call.at] - call.gives[axis], ends[call.at])


def _part(call: Call, axis: int, start: int, stop: int) -> Layers:
    if (start, stop) == (0, call.reads[axis]):
        return None
    return Slice(call.name, axis, start, stop, input=call.input)


def unbind(call: Call) -> Layers:
    """One of the places along an axis."""
    return _selected(call.axis(call.options.get("dim", 0)), call.at, call.name, call.input, len(call.reads) == 1)


def flip(call: Call) -> Layers:
    """One axis after the other."""
    dims = call.options["dims"]
    axes = [call.axis(k) for k in (dims if isinstance(dims, tuple) else (dims,))]
    return chain(call, *(partial(_flipped, axis) for axis in axes))


def _flipped(axis: int, name: str, read: str) -> Layer:
    return Flip(name, axis, read)


def roll(call: Call) -> Layers:
    """What goes out at one end comes in at the other: two parts, put together again; one axis after the other."""
    shifts, dims = (_flat([call.options.get(name)]) for name in ("shifts", "dims"))
    if dims in ([None], []):
        refuse("rolls all numbers as one list, which has no derivation", "give the axes, dims=(1, 2)")
    pairs = [(call.axis(axis), shift) for shift, axis in zip(shifts, dims, strict=True)]
    moved = [(axis, k) for axis, shift in pairs if (k := -shift % call.reads[axis])]
    layers, read = list[Layer](), call.tensors[0]
    for at, (axis, k) in enumerate(moved):
        name = call.name if at == len(moved) - 1 else f"{call.name}.{at}"
        given = read if at else call.input
        last = Slice(f"{name}.last", axis, k, call.reads[axis], input=given)
        first = Slice(f"{name}.first", axis, 0, k, input=read)
        layers += [last, first, Cat(name, (first.name,), axis, last.name)]
        read = name
    return tuple(layers) or None


def pad(call: Call) -> Layers:
    """Pairs from the last axis on; of another number than 0, what is that number less is padded by 0."""
    o, mode = call.options, call.options.get("mode", "constant")
    sides = list(o["pad"])
    pairs = tuple((sides[k], sides[k + 1]) for k in range(len(sides) - 2, -1, -2))
    if not any(sides):
        return None
    if min(sides) < 0:
        refuse(f"padding of {min(sides)} has no derivation", "cut with a slice, x[..., 1:-1]")
    value = decimal(o.get("value") or 0.0) if mode == "constant" else Fraction(0)
    steps: list[Callable[[str, str], Layer]] = [lambda name, read: Pad(name, pairs, PADDINGS[mode], read)]
    if value:
        steps.insert(0, lambda name, read: Scale(name, Fraction(1), -value, read))
        steps.append(lambda name, read: Scale(name, Fraction(1), value, read))
    return chain(call, *steps)


# ------------------------------------------------------------------------------------------------ put together
def cat(call: Call) -> Layers:
    """Along an axis that is there."""
    if len(call.tensors) == 1:
        return None
    return Cat(call.name, call.tensors[1:], call.axis(call.options.get("dim", 0)), call.input)


def stack(call: Call) -> Layers:
    """Along a new one; of one tensor alone it is another shape."""
    rank = len(call.reads) + 1
    if len(call.gives) < rank and len(call.tensors) > 1:  # of single numbers, which are lists of one
        return Cat(call.name, call.tensors[1:], 0, call.input)
    if len(call.tensors) == 1:
        return Reshape(call.name, call.gives, call.input)
    return Stacked(call.name, call.tensors[1:], call.axis(call.options.get("dim", 0), rank), call.input)


Rules = Mapping[str, Callable[[Call], Layers]]
RULES: Rules = {
    "reshape": reshape, "repeat": repeat, "permute": permute, "transpose": transpose, "pixel_shuffle": pixel_shuffle,
    "pixel_unshuffle": pixel_unshuffle, "__getitem__": getitem, "select": select, "narrow": narrow, "chunk": parts,
    "split": parts, "unbind": unbind, "flip": flip, "roll": roll, "pad": pad, "cat": cat, "stack": stack,
}  # fmt: skip
