"""A tensor's form: its shape and what its axes mean, in the order (image,) channel, depth, row, column."""

from collections.abc import Iterable
from dataclasses import dataclass

from symconv.array import Shape
from symconv.errors import Fault
from symconv.networks.fields import RANK

AXES = {1: "L", 2: "H, W", 3: "D, H, W"}  # the spatial axes in words


@dataclass(frozen=True)
class TensorForm:
    """A shape, how many of its last axes are spatial (None: no layer has said so), whether the first counts images."""

    shape: Shape
    spatial: int | None = None
    batch: bool = False

    @property
    def inner(self) -> Shape:
        """The shape of one image: (C, H, W) of (N, C, H, W), and all of it without a batch."""
        return self.shape[self.batch :]

    @property
    def channel_axes(self) -> int:
        """How many axes stand between that of the batch and the spatial ones.

        Where no layer has said which axes are spatial, there is one, but for a matrix: an image without channels.
        """
        if self.spatial is None:
            return 0 if not self.inner or (not self.batch and len(self.shape) == RANK) else 1
        return len(self.inner) - self.spatial

    @property
    def channel_axis(self) -> int | None:
        """The axis that counts channels, or the entries of a vector; None where there is none, or more than one."""
        return int(self.batch) if self.channel_axes == 1 else None

    @property
    def pooled_axes(self) -> int:
        """How many last axes a global pool works on: the spatial ones, and the one axis of a vector."""
        if not self.spatial and not self.batch and len(self.shape) == 1:
            return 1
        return len(self.inner) - self.channel_axes

    def with_shape(self, shape: Shape, spatial: int | None) -> "TensorForm":
        """Another shape of the same images."""
        return TensorForm(shape, spatial, self.batch)


Fit = tuple[TensorForm | None, tuple[Fault, ...]]


def by(shape: Iterable[int]) -> str:
    """(5, 5) as 5x5; (3,) as 3."""
    return "x".join(str(n) for n in shape)


def many(count: int, noun: str, plural: str = "") -> str:
    """1 channel, 2 channels; the plural where it is not the noun with an s."""
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


def misfit(problem: str, remedy: str) -> Fit:
    """No output, and why."""
    return None, (Fault("", problem, remedy),)


def replaced(shape: Shape, axis: int, extent: int) -> Shape:
    """A shape with another extent along one axis."""
    return (*shape[:axis], extent, *shape[axis + 1 :])
