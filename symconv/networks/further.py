"""Tensors that a network is given besides its input, for layers to read by name: further inputs, numbers that learn."""

from collections.abc import Iterator
from dataclasses import dataclass

from symconv.array import Shape
from symconv.errors import Fault, refuse
from symconv.networks.exact import show
from symconv.networks.fields import faults_of, truth
from symconv.networks.form import TensorForm
from symconv.networks.parameter import Parameter


@dataclass(frozen=True)
class Further:
    """A tensor that layers name as their input, or as the other of two: a second input, a class token, a mask.

    `learns`: it is a parameter of the network. `batch`: its first axis counts images.
    """

    tensor: Parameter
    learns: bool = False
    batch: bool = False

    def __post_init__(self) -> None:
        refuse(self._faults(), f"tensor {show(self.name)}")

    def _faults(self) -> Iterator[Fault]:
        if not isinstance(self.tensor, Parameter):
            yield Fault("tensor", f"{type(self.tensor).__name__} is not a Parameter", "see Parameter.of")
        yield from faults_of(truth, self.learns, "learns")
        yield from faults_of(truth, self.batch, "batch")

    @property
    def name(self) -> str:
        """The tensor's."""
        return self.tensor.name if isinstance(self.tensor, Parameter) else ""

    @property
    def form(self) -> TensorForm:
        """Its shape, and whether it has an entry for each image."""
        return TensorForm(self.tensor.value.shape, batch=self.batch)


def shape_faults(shape: Shape, batch: bool) -> Iterator[Fault]:
    """A tensor that layers read is a list at least, and a batch one of lists."""
    if not shape:
        yield Fault("value", "is a single number", "give a list, or a list of rows")
    elif batch and len(shape) == 1:
        yield Fault("value", f"has shape {shape}, and its images none", "give a list of numbers for each image")
