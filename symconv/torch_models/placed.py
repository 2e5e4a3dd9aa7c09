"""Functions of torch that add entries at places, or choose some by a table, written once more in those that have a
derivation.

torch is given by the caller, so that nothing is imported here.
"""

from typing import Any

from symconv.torch_models.composed import Uncomposed
from symconv.torch_models.taken import NAMES as BEFORE, Taken

T = Any  # a tensor of torch


class Placed(Taken):
    """Each method is torch's function of its name, as in `Composed`."""

    @property
    def names(self) -> frozenset[str]:
        return NAMES

    def scatter_add(self, input: T, dim: int, index: T, src: T) -> T:
        """Each entry goes to its place among all, and those of one place are added."""
        if src.shape != index.shape:
            raise Uncomposed("adds a part of a tensor", "give places for all of it")
        with self.torch._C.DisableTorchFunction():
            places = self.torch.arange(input.numel()).reshape(input.shape).gather(dim, index)
        rows = self._table(places.reshape(-1), input.numel(), input.dtype)
        return self._beside(input, (src.reshape(-1) @ rows).reshape(input.shape))

    def index_add(self, input: T, dim: int, index: T, source: T, *, alpha: float = 1) -> T:
        """Slices along an axis go to their places."""
        rows = self._table(index, input.shape[dim], input.dtype).T
        return self._beside(input, self._along(self._scaled(source, alpha), dim, rows))

    def repeat_interleave(self, input: T, repeats: Any, dim: int | None = None) -> T:
        """Places along an axis, each so many times."""
        if dim is None:
            return self.repeat_interleave(input.reshape(-1), repeats, 0)
        with self.torch._C.DisableTorchFunction():
            places = self.torch.arange(input.shape[dim]).repeat_interleave(repeats)
        return self.index_select(input, dim, places)

    def masked_select(self, input: T, mask: T) -> T:
        """A list of what is at the true places."""
        shape = self.torch.broadcast_shapes(input.shape, mask.shape)
        return self.indexed(input.expand(shape), mask.expand(shape))

    def diagonal(self, input: T, offset: int = 0, dim1: int = 0, dim2: int = 1) -> T:
        """Places of which both axes have the same number."""
        with self.torch._C.DisableTorchFunction():
            places = self.torch.arange(input.numel()).reshape(input.shape).diagonal(offset, dim1, dim2)
        return self.index_select(input.reshape(-1), 0, places.reshape(-1)).reshape(places.shape)

    def cdist(self, x1: T, x2: T, p: float = 2.0, compute_mode: Any = None) -> T:
        """The distance of each to each, however torch is to compute it."""
        if p not in (1, 2):
            raise Uncomposed(f"p {p} has no derivation", "known: p=2 and p=1")
        apart = x1.unsqueeze(-2) - x2.unsqueeze(-3)
        if p == 1:
            return apart.abs().sum(-1)
        squares = apart.square().sum(-1)
        with self.torch._C.DisableTorchFunction():
            if bool((squares == 0).any()):
                raise Uncomposed("is 0 between two vectors, where torch has the slope 0", "give squares of distances")
        return squares.sqrt()

    def sign(self, input: T) -> T:
        """1, 0 or -1: its derivative is 0."""
        return (input > 0).to(input.dtype) - (input < 0).to(input.dtype)

    def isnan(self, input: T) -> T:
        """Only of what is no number a comparison with itself fails."""
        return input != input

    def _table(self, places: T, extent: int, kind: Any) -> T:
        """Rows of a one and zeros, one for each place."""
        with self.torch._C.DisableTorchFunction():
            return self.F.one_hot(places, extent).to(kind)

    def _beside(self, input: T, added: T) -> T:
        """Their sum; of zeros that are added to, nothing."""
        with self.torch.no_grad(), self.torch._C.DisableTorchFunction():
            empty = input.grad_fn is None and not input.requires_grad and not bool(input.any())
        return added if empty else input + added


NAMES = BEFORE | {name for name in vars(Placed) if not name.startswith("_")} - {"names"}
