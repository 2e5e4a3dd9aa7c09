"""Functions of torch that put entries into another order, beside others or into the place of others, written once more
in those that have a derivation.

torch is given by the caller, so that nothing is imported here.
"""

from collections.abc import Sequence
from typing import Any

from symconv.torch_models.composed import Uncomposed
from symconv.torch_models.sampled import NAMES as BEFORE, Sampled

T = Any  # a tensor of torch
ADDED = ("sum", "mean")  # what scatter_reduce makes of those that go to one place


class Arranged(Sampled):
    """Each method is torch's function of its name, as in `Composed`."""

    @property
    def names(self) -> frozenset[str]:
        return NAMES

    # ------------------------------------------------------------------------------------------------ diagonals
    def diag(self, input: T, diagonal: int = 0) -> T:
        return self.diag_embed(input, diagonal) if input.ndim == 1 else self.diagonal(input, diagonal)

    def diag_embed(self, input: T, offset: int = 0, dim1: int = -2, dim2: int = -1) -> T:
        """Each entry beside zeros: a product with ones where both places are the same."""
        if (dim1, dim2) != (-2, -1):
            raise Uncomposed("has its diagonal along other axes than the last two", "leave dim1 and dim2 out")
        with self.torch._C.DisableTorchFunction():
            ones = self.torch.ones(input.shape[-1], dtype=input.dtype).diag(offset)
        if offset:
            side = input.new_zeros(*input.shape[:-1], abs(offset))
            input = self.torch.cat((side, input) if offset < 0 else (input, side), -1)
        return input.unsqueeze(-1) * ones

    def trace(self, input: T) -> T:
        return self.diagonal(input).sum()

    def block_diag(self, tensors: Sequence[T]) -> T:
        """Each matrix between zeros."""
        total, before, rows = sum(x.shape[1] for x in tensors), 0, []
        for x in tensors:
            rows.append(self.F.pad(x, (before, total - before - x.shape[1])))
            before += x.shape[1]
        return self.torch.cat(rows)

    # ------------------------------------------------------------------------------------------------ parts
    def diff(self, input: T, n: int = 1, dim: int = -1) -> T:
        """Each entry less the one before it."""
        for _ in range(n):
            input = input.narrow(dim, 1, input.shape[dim] - 1) - input.narrow(dim, 0, input.shape[dim] - 1)
        return input

    def take(self, input: T, index: T) -> T:
        return self.index_select(input.reshape(-1), 0, index.reshape(-1)).reshape(index.shape)

    def take_along_dim(self, input: T, indices: T, dim: int | None = None) -> T:
        if dim is None:
            return self.take(input, indices.reshape(-1))
        shape = list(self.torch.broadcast_shapes(*(self._without(x, dim) for x in (input, indices))))
        wide = [[*shape[: dim % x.ndim], x.shape[dim], *shape[dim % x.ndim + 1 :]] for x in (input, indices)]
        return self.torch.gather(input.expand(wide[0]), dim, indices.expand(wide[1]))

    def _without(self, x: T, dim: int) -> tuple[int, ...]:
        return tuple(1 if k == dim % x.ndim else n for k, n in enumerate(x.shape))

    def tensor_split(self, input: T, indices_or_sections: Any, dim: int = 0) -> tuple[T, ...]:
        with self.torch._C.DisableTorchFunction():
            sizes = [x.shape[dim] for x in self.torch.tensor_split(input, indices_or_sections, dim)]
        return tuple(input.split(sizes, dim))

    def hsplit(self, input: T, indices_or_sections: Any) -> tuple[T, ...]:
        return self.tensor_split(input, indices_or_sections, 0 if input.ndim == 1 else 1)

    def vsplit(self, input: T, indices_or_sections: Any) -> tuple[T, ...]:
        return self.tensor_split(input, indices_or_sections, 0)

    def rot90(self, input: T, k: int = 1, dims: Any = (0, 1)) -> T:
        """Quarters of a turn: the axes change places, and one of them is read backwards."""
        turns = k % 4
        if turns == 2:
            return input.flip(tuple(dims))
        turned = input.transpose(*dims) if turns else input
        return turned.flip((dims[0] if turns == 1 else dims[1],)) if turns else input

    # ------------------------------------------------------------------------------------------------ put into others
    def index_fill(self, input: T, dim: int, index: T, value: Any) -> T:
        return self.replaced(input, self._slices(input, dim, index), value)

    def index_copy(self, input: T, dim: int, index: T, source: T) -> T:
        return self.replaced(input, self._slices(input, dim, index), source)

    def index_put(self, input: T, indices: Any, values: T, accumulate: bool = False) -> T:
        if not accumulate:
            return self.written(input, tuple(indices), values)
        with self.torch._C.DisableTorchFunction():
            places = self.torch.arange(input.numel()).reshape(input.shape)[tuple(indices)]
        flat = self.scatter_add(input.reshape(-1), 0, places.reshape(-1), values.expand(places.shape).reshape(-1))
        return flat.reshape(input.shape)

    def masked_scatter(self, input: T, mask: T, source: T) -> T:
        """The next entry of the other at each place of the mask."""
        with self.torch._C.DisableTorchFunction():
            places = self.torch.arange(input.numel()).reshape(input.shape)[mask.expand(input.shape)]
        return self.replaced(input, places, source.reshape(-1)[: len(places)])

    def scatter(self, input: T, dim: int, index: T, src: Any, *, reduce: str | None = None) -> T:
        """Each entry goes to its place, where what was there is no more."""
        if reduce is not None:
            raise Uncomposed(f"the argument reduce={reduce} has no derivation", "use scatter_add")
        with self.torch._C.DisableTorchFunction():
            places = self.torch.arange(input.numel()).reshape(input.shape).gather(dim, index)
        if self._is_tensor(src) and src.shape != index.shape:
            src = src[tuple(slice(n) for n in index.shape)]
        if len(places.unique()) < places.numel():
            raise Uncomposed("puts two entries into one place, of which one remains", "use scatter_add")
        return self.replaced(input, places, src)

    def scatter_reduce(self, input: T, dim: int, index: T, src: T, reduce: str, *, include_self: bool = True) -> T:
        """Those of one place added, and divided by how many they are."""
        if reduce not in ADDED:
            raise Uncomposed(f"the argument reduce={reduce} has no derivation", f"known: {', '.join(ADDED)}")
        with self.torch._C.DisableTorchFunction():
            ones = self.torch.ones(index.shape, dtype=input.dtype)
            count = self.torch.zeros(input.shape, dtype=input.dtype).scatter_add(dim, index, ones)
            kept = self.torch.ones_like(count) if include_self else (count == 0).to(count.dtype)
        plain = input.grad_fn is None and not input.requires_grad and not bool((input * kept).any())
        start = input.new_zeros(input.shape) if plain else input if include_self else input * kept
        made = self.scatter_add(start, dim, index, src)
        return made if reduce == "sum" else made / (count + kept)

    def _slices(self, input: T, dim: int, index: T) -> T:
        """The places, among all, of slices along an axis."""
        with self.torch._C.DisableTorchFunction():
            return self.torch.arange(input.numel()).reshape(input.shape).index_select(dim, index.reshape(-1))

    # ------------------------------------------------------------------------------------------------ put together
    def kron(self, input: T, other: T) -> T:
        """Each entry of one matrix times the whole other."""
        if input.ndim != 2 or other.ndim != 2:
            raise Uncomposed("is derived for two matrices", "give matrices")
        shape = [n * m for n, m in zip(input.shape, other.shape, strict=True)]
        return self.torch.einsum("ij,kl->ikjl", input, other).reshape(shape)

    def dstack(self, tensors: Sequence[T]) -> T:
        return self.torch.cat([self._three(x) for x in tensors], 2)

    def _three(self, x: T) -> T:
        return x.reshape({0: (1, 1, 1), 1: (1, -1, 1), 2: (*x.shape, 1)}.get(x.ndim, x.shape))

    def meshgrid(self, tensors: Sequence[T], indexing: str = "ij") -> tuple[T, ...]:
        """Each list along an axis of its own."""
        order = [1, 0, *range(2, len(tensors))] if indexing == "xy" else [*range(len(tensors))]
        shape = [tensors[k].numel() for k in order[: len(tensors)]]
        parts = [x.reshape([-1 if order[k] == j else 1 for k in range(len(tensors))]) for j, x in enumerate(tensors)]
        return tuple(x.expand(shape) for x in parts)

    def cartesian_prod(self, tensors: Sequence[T]) -> T:
        """Each pair of entries, the last of which changes first."""
        parts = [x.reshape([-1 if k == j else 1 for k in range(len(tensors))]) for j, x in enumerate(tensors)]
        shape = [len(x) for x in tensors]
        return self.torch.stack([x.expand(shape).reshape(-1) for x in parts], -1)

    def pdist(self, input: T, p: float = 2.0) -> T:
        """The distance of each row to each later one."""
        with self.torch._C.DisableTorchFunction():
            one, two = self.torch.triu_indices(len(input), len(input), 1)
        apart = self.index_select(input, 0, one) - self.index_select(input, 0, two)
        return self.torch.linalg.vector_norm(apart, p, dim=-1)


NAMES = BEFORE | {name for name in vars(Arranged) if not name.startswith("_") and name != "names"}
