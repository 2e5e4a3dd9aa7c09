"""Functions of torch that order entries by size, and what is read at the places that they give.

An entry's rank counts the larger ones, and equal ones that stand before it: numbers of comparisons, which have the
derivative 0. The place of rank k is the sum of all places, each times [its rank is k], and what is read there is a
product with [the place is j]. torch is given by the caller, so that nothing is imported here.
"""

from collections.abc import Callable
from typing import Any

from symconv.torch_models.calculated import NAMES as BEFORE, Calculated
from symconv.torch_models.composed import Uncomposed
from symconv.torch_models.taken import AXES, LARGEST

T = Any  # a tensor of torch
MASKED = -1e9  # e to it is 0 in floats


class Ranked(Calculated):
    """Each method is torch's function of its name, as in `Composed`."""

    def __init__(
        self, torch: Any, named: Callable[[T, str], T], is_live: Callable[[T], bool], stands: Callable[[T, T], None]
    ) -> None:
        """is_live: whether a tensor depends on the input; stands: lets one tensor stand for the numbers of another."""
        super().__init__(torch, named)
        self.is_live, self.stands = is_live, stands

    @property
    def names(self) -> frozenset[str]:
        return NAMES

    # ------------------------------------------------------------------------------------------------ by size
    def place_of(self, input: T, largest: bool, places: T, dim: int, keepdim: bool = False) -> None:
        """What torch.max and torch.min along an axis give besides: nothing where there are too many to compare."""
        if input.numel() * input.shape[dim] <= LARGEST and input.is_floating_point():
            kept = places if keepdim else places.unsqueeze(dim)
            found = (self._shares(input, dim, largest, kept) * self._numbers(input.shape[dim])).sum(-1)
            self.stands(places, found if keepdim else found.squeeze(dim))

    def argmax(self, input: T, dim: int | None = None, keepdim: bool = False) -> T:
        return self._first(input, dim, keepdim, True)

    def argmin(self, input: T, dim: int | None = None, keepdim: bool = False) -> T:
        return self._first(input, dim, keepdim, False)

    def sort(self, input: T, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
        with self.torch._C.DisableTorchFunction():
            places = input.detach().sort(dim, descending).indices
        return self.torch.return_types.sort(self._taken(input, dim, descending, places))

    def argsort(self, input: T, dim: int = -1, descending: bool = False, stable: bool = False) -> T:
        return self.sort(input, dim, descending)[1]

    def topk(self, input: T, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
        with self.torch._C.DisableTorchFunction():
            places = input.detach().topk(k, dim, largest).indices
        return self.torch.return_types.topk(self._taken(input, dim, largest, places))

    def kthvalue(self, input: T, k: int, dim: int = -1, keepdim: bool = False) -> Any:
        return self._single(self.sort(input, dim), k - 1, dim, keepdim, self.torch.return_types.kthvalue)

    def median(self, input: T, dim: int | None = None, keepdim: bool = False) -> Any:
        """Of an even number of entries the smaller one of the two in the middle."""
        x, axis = (input.reshape(-1), 0) if dim is None else (input, dim)
        found = self._single(self.sort(x, axis), (x.shape[axis] - 1) // 2, axis, keepdim, tuple)
        return found[0] if dim is None else self.torch.return_types.median(found)

    def quantile(self, input: T, q: Any, dim: int | None = None, keepdim: bool = False) -> T:
        """Between the two entries around it, by how far it is from each."""
        if self._is_tensor(q) and q.ndim:
            raise Uncomposed("is of several quantiles", "take one at a time")
        x, axis = (input.reshape(-1), 0) if dim is None else (input, dim)
        at = float(q) * (x.shape[axis] - 1)
        values, low = self.sort(x, axis)[0], int(at)
        made = values.narrow(axis, low, 1)
        if at > low:
            made = made + (at - low) * (values.narrow(axis, low + 1, 1) - made)
        return made if keepdim and dim is not None else made.squeeze(axis)

    def _single(self, found: Any, k: int, dim: int, keepdim: bool, made: Callable[[Any], Any]) -> Any:
        parts = [x.narrow(dim, k, 1) if keepdim else x.select(dim, k) for x in found]
        return made(parts)

    def _first(self, input: T, dim: int | None, keepdim: bool, largest: bool) -> T:
        x, axis = (input.reshape(-1), 0) if dim is None else (input, dim)
        with self.torch._C.DisableTorchFunction():
            seen = x.detach()
            places = (seen.argmax if largest else seen.argmin)(axis, keepdim=True)
        found = self._places_of(self._shares(x, axis, largest, places), axis, places)
        return found if keepdim and dim is not None else found.squeeze(axis)

    def _taken(self, x: T, dim: int, largest: bool, places: T) -> tuple[T, T]:
        """The entries of the first ranks, and their places."""
        shares = self._shares(x, dim, largest, places)
        letters = AXES[: x.ndim]
        axis = letters[dim % x.ndim]
        values = self.torch.einsum(
            f"{letters.replace(axis, 'p')}{axis},{letters}->{letters.replace(axis, 'p')}", shares, x
        )
        return values, self._places_of(shares, dim, places)

    def _shares(self, x: T, dim: int, largest: bool, places: T) -> T:
        """[the entry at j has rank p], j along a new, last axis."""
        if x.numel() * x.shape[dim] > LARGEST or x.ndim > len(AXES):
            raise Uncomposed(f"orders {x.shape[dim]} entries of {x.numel()}, too many to compare", "give fewer")
        seen = self.named(x.detach().movedim(dim, -1), "compared")
        n = seen.shape[-1]
        one, two = seen.unsqueeze(-1), seen.unsqueeze(-2)  # one: whose rank it is
        before = self.torch.ones(n, n, dtype=x.dtype).tril(-1)  # equal entries that stand before it
        ahead = ((two > one) if largest else (two < one)).to(x.dtype) + (two == one).to(x.dtype) * before
        rank = self.named(ahead.sum(-1), "rank")
        count = places.shape[dim]
        found = (rank.unsqueeze(-2) == self.torch.arange(count, dtype=x.dtype).unsqueeze(-1)).to(x.dtype)
        made = self.named(found, "of_rank").movedim(-2, dim % x.ndim)
        with self.torch._C.DisableTorchFunction():
            if not self.torch.equal(made.argmax(-1), places):
                raise Uncomposed("orders equal entries in an order of its own", "give numbers without ties")
        return made

    def _places_of(self, shares: T, dim: int, places: T) -> T:
        """The places as numbers that are followed, which stand for torch's own whole numbers."""
        self.stands(places, (shares * self._numbers(shares.shape[-1])).sum(-1))
        return places

    def _numbers(self, count: int) -> T:
        return self.torch.arange(count, dtype=self.torch.get_default_dtype())

    # ------------------------------------------------------------------------------------------------ at such places
    def rows_at(self, places: T, extent: int, kind: Any) -> T:
        """[the place is j], j along a new, last axis."""
        return (places.unsqueeze(-1) == self.torch.arange(extent)).to(kind)

    def _table(self, places: T, extent: int, kind: Any) -> T:
        if self.is_live(places):
            return self.rows_at(places, extent, kind)
        return super()._table(places, extent, kind)

    def one_hot(self, input: T, num_classes: int = -1) -> T:
        with self.torch._C.DisableTorchFunction():
            extent = self.F.one_hot(input, num_classes).shape[-1]
        return self.rows_at(input, extent, self.torch.get_default_dtype())

    def index_select(self, input: T, dim: int, index: T) -> T:
        if not self.is_live(index):
            return super().index_select(input, dim, index)
        return self._along(input, dim, self.rows_at(index, input.shape[dim], self._kind(input)))

    def gather(self, input: T, dim: int, index: T) -> T:
        if not self.is_live(index):
            return super().gather(input, dim, index)
        letters, axis, rows = self._at(input, dim, index)
        moved = letters.replace(axis, "p")
        return self.torch.einsum(f"{letters},{moved}{axis}->{moved}", input.to(rows.dtype), rows)

    def scatter_add(self, input: T, dim: int, index: T, src: T) -> T:
        if not self.is_live(index):
            return super().scatter_add(input, dim, index, src)
        return self._beside(input, self._scattered(input, dim, index, src))

    def scatter(self, input: T, dim: int, index: T, src: Any, *, reduce: str | None = None) -> T:
        if not self.is_live(index) or reduce is not None:
            return super().scatter(input, dim, index, src, reduce=reduce)
        _, _, rows = self._at(input, dim, index)
        there = rows.sum(dim % input.ndim).movedim(-1, dim % input.ndim)  # 1 at a place that is written, else 0
        put = self._scattered(input, dim, index, src) if self._is_tensor(src) else there * src
        if self._has_minus_infinity(input):
            return put + (1 - there) * MASKED
        return self._beside(input if input.grad_fn is None and not bool(input.any()) else input * (1 - there), put)

    def _scattered(self, input: T, dim: int, index: T, src: T) -> T:
        letters, axis, rows = self._at(input, dim, index)
        moved = letters.replace(axis, "p")
        return self.torch.einsum(f"{moved},{moved}{axis}->{letters}", src.to(rows.dtype), rows)

    def _at(self, input: T, dim: int, index: T) -> tuple[str, str, T]:
        """The letters of the axes, that of the places, and [the place is j]."""
        others = [
            (n, m) for k, (n, m) in enumerate(zip(input.shape, index.shape, strict=True)) if k != dim % input.ndim
        ]
        if any(n != m for n, m in others):
            raise Uncomposed("has fewer places than there are rows", "give as many along the other axes")
        letters = AXES[: input.ndim]
        return letters, letters[dim % input.ndim], self.rows_at(index, input.shape[dim], self._kind(input))

    def indexed(self, input: T, index: Any) -> T:
        """Of several lists of places, which follow each other, the places in all of these axes as one."""
        index = index if isinstance(index, tuple) else (index,)
        if not any(map(self.is_live, index)):
            return super().indexed(input, index)
        lists = [k for k, x in enumerate(index) if self._is_tensor(x) or isinstance(x, list)]
        whole = all(isinstance(x, slice) and x == slice(None) for k, x in enumerate(index) if k not in lists)
        if not whole or lists != [*range(lists[0], lists[-1] + 1)]:
            raise Uncomposed("has computed places beside others", "use gather, or one list of places")
        first, shape = lists[0], input.shape
        own = [x if self._is_tensor(x) else self.torch.tensor(x) for x in index[first : lists[-1] + 1]]
        places = own[0]
        for k, each in enumerate(own[1:], start=first + 1):
            places = places * shape[k] + each
        flat = input.reshape(*shape[:first], -1, *shape[lists[-1] + 1 :])
        made = self.index_select(flat, first, places.reshape(-1))
        return made.reshape(*shape[:first], *places.shape, *shape[lists[-1] + 1 :])

    def _kind(self, x: T) -> Any:
        return x.dtype if x.is_floating_point() else self.torch.get_default_dtype()


NAMES = BEFORE | {name for name in vars(Ranked) if not name.startswith(("_", "rows_"))} - {"names", "place_of"}
