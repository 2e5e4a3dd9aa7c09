"""What a layer plans from what it reads: operations that are not yet written, as the names of their tensors are not yet
decided."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from symconv.array import Shape
from symconv.derivation.operation import Operation

Make = Callable[..., Operation]  # of the operands' names


@dataclass(frozen=True)
class Plan:
    """An operation before it is written: its output, what it reads by role, the numbers of its options, how it is made
    from names, and the parameters that it holds, by what `make` calls them."""

    kind: str
    output: str
    reads: Mapping[str, str]  # role -> tensor that another operation may read as well
    options: Mapping[str, Shape]
    make: Make
    holds: Mapping[str, str] = field(default_factory=dict)  # that learn; another operation may hold them as well


@dataclass(frozen=True)
class Read:
    """The tensor that a layer reads, with the letter and the extent of each of its axes."""

    tensor: str
    axes: str
    shape: Shape
    batch: bool  # whether the first axis counts images
