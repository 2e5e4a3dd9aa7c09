"""Nested lists as the entries of a tensor: of another depth where an axis has one place, and not all of them given."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from math import prod

from symconv.array import Shape
from symconv.grading.precision import is_blank


@dataclass(frozen=True)
class Layout:
    """What stands at each place of a shape, in row-major order; None where nothing is given.

    `shape`: the tensor's own without some of its axes of one place, or for a transposed matrix.
    """

    shape: Shape
    transposed: bool
    leaves: tuple[object, ...]


def unwrapped(node: object) -> object:
    """A tensor or an array as nested lists of numbers; anything else as it is."""
    return node.tolist() if hasattr(node, "tolist") else node


def transposed_shape(shape: Shape) -> Shape:
    """A matrix's shape the other way round; any other shape as it is."""
    return shape[::-1] if len(shape) == 2 else shape


def laid_out(node: object, shape: Shape) -> Layout | None:
    """The entries of a tensor as they are given, None where they do not fit: whole if they can be, else with what is
    missing; as the tensor is rather than transposed, and so always where all are blank."""
    found = next(_layouts(unwrapped(node), shape), None)
    blank = found is not None and all(leaf is None for leaf in found.leaves)
    return Layout(shape, False, (None,) * prod(shape)) if blank else found


def _layouts(node: object, shape: Shape) -> Iterator[Layout]:
    """All ways to read the lists, the likeliest first."""
    for whole in (True, False):
        for given, turns in (*((s, False) for s in _shapes(shape)), (transposed_shape(shape), True)):
            leaves = _leaves(node, given, whole)
            if leaves is not None:
                yield Layout(given, turns, leaves)


def _shapes(shape: Shape) -> Iterator[Shape]:
    """The shape, and without some axes of one place: S[0], S[1], S[2] for S[0, 0], S[1, 0], S[2, 0]."""
    ones = [k for k, n in enumerate(shape) if n == 1]
    yield shape
    for left_out in range(len(ones), 0, -1):
        for gone in combinations(ones, left_out):
            yield tuple(n for k, n in enumerate(shape) if k not in gone)


def _leaves(node: object, shape: Shape, whole: bool) -> tuple[object, ...] | None:
    """What stands at each place, None where the lists do not fit; `whole`: a list has all of its entries."""
    node = unwrapped(node)
    if is_blank(node) and (not shape or not whole):
        return (None,) * prod(shape)
    if not shape:
        return None if isinstance(node, list | tuple) else (node,)
    if not isinstance(node, list | tuple) or len(node) > shape[0] or (whole and len(node) < shape[0]):
        return None
    rows: list[object] = []
    for x in node:
        row = _leaves(x, shape[1:], whole)
        if row is None:
            return None
        rows += row
    return (*rows, *(None,) * (prod(shape) - len(rows)))
