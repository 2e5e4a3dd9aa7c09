"""The names of a traced model's tensors: the model's own, where they can name a tensor, else translated.

A parameter is called by its place in the model (`conv1.weight`), a layer by its module's (`conv1`) or, for a function,
by its own name, with a number from the second on (`relu_1`); the input is X. A tensor that
the model computes with and that has no place in it is called by its layer and argument (`conv2d.weight`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, count

from symconv.errors import SymconvError
from symconv.names import apart
from symconv.networks.fields import LONGEST_NAME, tensor_name
from symconv.networks.layers.norms import STATISTICS
from symconv.networks.layers.resampling import ROLES
from symconv.torch_models.norms import makes_statistics
from symconv.torch_models.trace import FURTHER, TracedCall

INPUT = "X"
OWN = "the model's own "  # in place of a call, of a tensor that has a name in the model
FOREIGN = re.compile(r"[^A-Za-z0-9_.]")
ROOM = 20  # characters that marks and endings may take
RESAMPLED = ("interpolate", "adaptive_avg_pool")
MATRICES_OF = tuple(f".{role}" for role in ROLES)
STATISTICS_OF = tuple(f".{each}" for each in STATISTICS)
CallField = tuple[str, str]  # a call, and the field of its module; or "" for what the call gives


@dataclass(frozen=True)
class TorchNames:
    """A name of its own for every parameter (by call and field; one that several calls read has one name), every
    further tensor (by label), every layer (by call), and the input."""

    parameters: Mapping[CallField, str]
    further: Mapping[str, str]
    layers: Mapping[str, str]
    input: str


def torch_names(steps: Sequence[TracedCall], fields: Mapping[str, Mapping[str, str]]) -> TorchNames:
    """`fields`: of each call the tensors that it reads, by argument, with their names in the model. What a module is
    called comes before what a function is, and the input's name, which is ours, last."""
    keys = {(s.label, at): _key(name, s.label, at) for s in steps for at, name in fields[s.label].items()}
    beside = {label: _key(own.name, label, "") for s in steps for label, own in s.further.items()}
    wanted = {key: key[1] if key[0] == OWN else ".".join(key) for key in (*keys.values(), *beside.values())}
    modules = {(s.label, ""): s.label for s in steps if s.is_module}
    functions = {(s.label, ""): s.label for s in steps if not s.is_module}
    found = apart(
        {**wanted, **modules, **functions, ("", INPUT): INPUT},
        fits,
        translated,
        endings={(s.label, ""): endings for s in steps if (endings := _endings(s))},
    )
    layers = {label: found[label, ""] for label, _ in (*modules, *functions)}
    parameters = {key: found[own] for key, own in keys.items()}
    return TorchNames(parameters, {label: found[own] for label, own in beside.items()}, layers, found["", INPUT])


def _key(name: str, label: str, field: str) -> CallField:
    """By what a tensor of the model's own is known: its name there, or else by the call that reads it."""
    return (OWN, name) if name else (label.removeprefix(FURTHER), field or "given")


def fits(name: str) -> bool:
    """Whether a tensor of a network may be called so."""
    try:
        tensor_name(name)
    except SymconvError:
        return False
    return True


def translated(name: str) -> Iterator[str]:
    """a_b for a-b, y_ for y, the end of what is too long; then the same with marks, without end."""
    plain = FOREIGN.sub("_", name)[-(LONGEST_NAME - ROOM) :].strip(".") or "_"
    plain = plain if fits(plain) else f"{plain}_"
    return chain((plain,), map(partial("{}_{}".format, plain), count(1)))


def _endings(step: TracedCall) -> tuple[str, ...]:
    """Of the tensors of its own that a layer may have: a mean and a variance, or matrices."""
    if step.known.kind in RESAMPLED:
        return MATRICES_OF
    return STATISTICS_OF if makes_statistics(step.known, step.options) else ()
