"""A small immutable n-dimensional array whose entries may be of any exact type."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod
from typing import Any

Shape = tuple[int, ...]
Index = tuple[int, ...]

MANY = 200_000  # entries: their places take 40 MB


class Places(dict[Shape, Any]):
    """Entries by index; one outside the shape raises IndexError."""

    def __missing__(self, at: Shape) -> Any:
        raise IndexError(f"{at} lies outside the shape")


class Seen(Sequence[Any]):
    """Entries that are made when they are looked at, of many of which few are; `rough` holds each as a float."""

    def __init__(self, rough: Sequence[float], made: Callable[[int], object]) -> None:
        self.rough, self._made = rough, made

    def __len__(self) -> int:
        return len(self.rough)

    def __getitem__(self, k: int | slice) -> Any:
        return tuple(map(self._made, range(len(self))[k])) if isinstance(k, slice) else self._made(range(len(self))[k])


@dataclass(frozen=True)
class Array:
    """Entries in row-major order. A scalar has shape () and one entry."""

    shape: Shape
    entries: tuple[Any, ...] | Seen

    def __post_init__(self) -> None:
        if len(self.entries) != prod(self.shape):
            raise ValueError(f"{len(self.entries)} entries do not fill the shape {self.shape}")

    @staticmethod
    def of(nested: object) -> "Array":
        """From nested lists or tuples, (2, 3) for two rows of three; raises ValueError where rows differ in length."""
        if not isinstance(nested, list | tuple):
            return Array((), (nested,))
        parts = [Array.of(x) for x in nested]
        shapes = {p.shape for p in parts}
        if len(shapes) > 1:
            raise ValueError("rows of different lengths")
        return Array((len(parts), *(shapes.pop() if shapes else ())), tuple(e for p in parts for e in p.entries))

    @staticmethod
    def build(shape: Iterable[int], entry: Callable[[Shape], object]) -> "Array":
        """The array whose entry at each index is `entry(index)`."""
        shape = tuple(shape)
        return Array(shape, tuple(entry(at) for at in indices(shape)))

    def __getitem__(self, at: Shape) -> Any:
        """The entry at a full index; a negative or too large number raises IndexError."""
        if len(at) != len(self.shape):
            raise IndexError(f"{at} does not index the shape {self.shape}")
        flat = 0
        for k, n in zip(at, self.shape, strict=True):
            if not 0 <= k < n:
                raise IndexError(f"{at} lies outside the shape {self.shape}")
            flat = flat * n + k
        return self.entries[flat]

    @cached_property
    def places(self) -> "Places | Array":
        """The entries by their full index, for many reads; of a large array, or one that makes its entries when they
        are looked at, the array itself, which takes no room."""
        return Places(self.items()) if len(self.entries) <= MANY and isinstance(self.entries, tuple) else self

    def __getstate__(self) -> dict[str, object]:
        """What goes to another process: not the places."""
        return {"shape": self.shape, "entries": self.entries}

    def items(self) -> Iterator[tuple[Shape, Any]]:
        """Each index, of as many numbers as the shape has, with its entry, in row-major order."""
        return zip(indices(self.shape), self.entries, strict=True)

    def map(self, function: Callable[[Any], Any]) -> "Array":
        """The same shape with `function` of each entry."""
        return Array(self.shape, tuple(function(e) for e in self.entries))

    def replace(self, at: Shape, entry: object) -> "Array":
        """The same array with one entry exchanged; one outside the shape changes nothing."""
        return Array(self.shape, tuple(entry if k == at else e for k, e in self.items()))

    def nested(self) -> Any:
        """The entries as nested lists; the bare entry for a scalar."""
        if not self.shape:
            return self.entries[0]
        step = prod(self.shape[1:])
        return [Array(self.shape[1:], self.entries[k * step : (k + 1) * step]).nested() for k in range(self.shape[0])]


Tensors = Mapping[str, Array]  # by name


def indices(shape: Iterable[int]) -> Iterator[Shape]:
    """Every index of an array of this shape, in row-major order; the empty index for shape ()."""
    return product(*(range(n) for n in shape))
