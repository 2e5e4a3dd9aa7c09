"""The keys of a layer or a loss in a file: what each may be and what it is where it is left out, read from the classes
themselves and from what reads their keys."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any

from symconv.networks.layers import cuts, resampling
from symconv.networks.layers.layers import LAYERS, Layer
from symconv.networks.losses import LOSSES, REDUCTIONS, Loss
from symconv.networks.toml import tables
from symconv.networks.toml.tables import reader_of
from symconv.text.prose import Prose

MODELS: Mapping[str, type[Layer] | type[Loss]] = {model.kind: model for model in (*LAYERS, *LOSSES)}
COMMON = ("name", "input")  # of every layer
OF_READER: tuple[tuple[object, str], ...] = (  # what reads a key, and the sentence of what it may be
    (tables.ParameterTable, "learned"), (tables.POSITIVE, "extents"), (tables.NOT_NEGATIVE, "margins"),
    (tables.PADS, "pads"), (tables.NUMBER, "number"), (tables.NUMBERS, "numbers"), (tables.WHOLE, "whole"),
    (tables.COUNT, "count"), (tables.COUNTS, "counts"), (tables.AXES, "axes"), (tables.CLASSES, "classes"),
    (tables.NAME, "name"), (tables.NAMES, "names"), (tables.TRUTH, "truth"),
)  # fmt: skip
CHOICES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("pad", "mode"): cuts.MODES, ("interpolate", "mode"): resampling.MODES,
    **{(loss.kind, "reduction"): REDUCTIONS for loss in LOSSES},
}  # fmt: skip
TWO = ("second", "broadcast")
WINDOW, RESAMPLED, CHANNELS = ("window", "ceil"), ("last_axes",), ("by_channel",)
ERRORS = ("target", "reduction")
USAGE: Mapping[str, tuple[str, ...]] = {  # the sentences on where a layer works, and on what its options mean
    **{kind: (kind, "without_channels", "computed_weight") for kind in ("conv", "conv_transpose")},
    "linear": ("linear",), "bias": ("bias",), "prelu": ("slopes",),
    **dict.fromkeys(("add", "sub", "mul", "div", "maximum", "minimum"), TWO),
    "matmul": ("second", "matmul"), "einsum": ("second", "einsum"),
    "max_pool": WINDOW, "max_unpool": ("max_unpool", *WINDOW), "avg_pool": (*WINDOW, "count_padding"),
    **dict.fromkeys(("global_max_pool", "global_avg_pool"), ("global",)),
    "batch_norm": (*CHANNELS, "given"), "instance_norm": CHANNELS, "group_norm": CHANNELS,
    "layer_norm": ("layer_norm",), "interpolate": (*RESAMPLED, "interpolate"), "adaptive_avg_pool": RESAMPLED,
    "pad": ("pad",), "upsample": ("upsample",), "flatten": ("flatten",), "slice": ("slice",),
    **dict.fromkeys(("axis_sum", "axis_mean", "axis_max"), ("axes",)), **dict.fromkeys(("cat", "stack"), ("join",)),
    "cross_entropy": ("scores", "cross_entropy", "reduction"), "binary_cross_entropy": ("scores", *ERRORS),
    **dict.fromkeys(("mean_squared_error", "absolute_error", "huber", "smooth_l1"), ERRORS),
    "output": ("reduction",),
}  # fmt: skip
GIVEN = ("mean", "variance", "constant")  # keys of tensors that do not learn
NEEDED = object()


@dataclass(frozen=True)
class LayerKey:
    """A key, what it may be, and what it is where it is left out, both in a language."""

    key: str
    may: str
    default: str


def options(kind: str, say: Prose, plain: object) -> tuple[LayerKey, ...]:
    """The keys of a layer or a loss in the order of its class. plain: one whose options are left out."""
    return tuple(
        LayerKey(key, _may(kind, key, type_, say), _default(key, default, plain, say))
        for key, type_, default in _fields(kind)
    )


def _fields(kind: str) -> Iterator[tuple[str, object, object]]:
    for each in fields(MODELS[kind]):
        if each.name not in COMMON:
            yield each.name, each.type, NEEDED if each.default is MISSING else each.default


def _may(kind: str, key: str, type_: object, say: Prose) -> str:
    if chosen := CHOICES.get((kind, key)):
        return say("option.chosen", words=", ".join(f"`{word}`" for word in chosen))
    if key in GIVEN:
        return say("option.given")
    reader = reader_of(MODELS[kind], key, type_)
    return say(f"option.{next((named for each, named in OF_READER if each is reader), key)}")


def _default(key: str, default: object, plain: Any, say: Prose) -> str:
    if default is NEEDED:
        return say("option.needed")
    if default in (None, ""):
        return say("option.left_out")
    if default == ():
        return _filled_in(key, plain, say)
    return str(default).lower() if isinstance(default, bool) else str(default)


def _filled_in(key: str, plain: Any, say: Prose) -> str:
    """What a layer itself puts in: of a pooling's stride its kernel, of all else one number for each dimension."""
    value = getattr(plain, key)
    if key == "stride" and value == getattr(plain, "kernel", ()) and hasattr(type(plain), "ceil"):
        return say("option.kernel")
    first = value[0]
    return str(first[0] if isinstance(first, tuple) else first)
