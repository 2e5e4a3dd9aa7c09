"""Layers that change no number: they put the axes into one, or bring two tensors together."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from symconv.errors import Fault
from symconv.networks.fields import faults_of, tensor_name
from symconv.networks.parameter import LayerBase


@dataclass(frozen=True)
class Flatten(LayerBase):
    """All axes but that of the batch become one, in row-major order."""

    kind: ClassVar[str] = "flatten"
    name: str
    input: str = ""


@dataclass(frozen=True)
class Add(LayerBase):
    """The sum of the input and of an earlier tensor `other` of the same shape: a residual connection."""

    kind: ClassVar[str] = "add"
    name: str
    other: str
    input: str = ""

    def _own_faults(self) -> Iterator[Fault]:
        yield from faults_of(tensor_name, self.other, "other")
