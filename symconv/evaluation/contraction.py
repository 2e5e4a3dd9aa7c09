"""Sums of products of entries as contractions: large float tensors by way of NumPy's einsum, and so of BLAS.

Each factor is written out over its own indices only, 0 where a condition on them does not hold: of a convolution's
input that is im2col (Chellapilla, Puri and Simard, High performance convolutional neural networks for document
processing, 2006).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import prod, sqrt
from typing import Any

import numpy as np
from sympy import Expr, Mul, Symbol

from symconv.derivation.index import Entry, Iverson, Range, Sum
from symconv.evaluation.places import Points, Surroundings, holds, position
from symconv.evaluation.points import values
from symconv.evaluation.rows import FloatArray, Mask, Vector
from symconv.evaluation.uncertain import UNIT, Uncertain, expected, uncertain, variances
from symconv.evaluation.vectors import Reals, cancelled, floats

LARGEST = 8_000_000  # numbers of a factor written out

Factor = tuple[Entry | None, list[Expr], list[Symbol]]  # an entry, or 1, the conditions that go with it, their indices


def contracted(
    e: Expr, ranges: Sequence[Range], sizes: Mapping[str, int], world: Surroundings
) -> Reals | Uncertain | None:
    """The vector of e at every value of its free indices, in row-major order; None where e is no such sum, or where a
    factor would be too large."""
    body, inner = (e.body, e.ranges) if isinstance(e, Sum) else (e, ())
    share, body = body.as_independent(*(i for i, _ in (*ranges, *inner)), Entry, Iverson, as_Add=False)
    extents = {i: int(position(n, Points(sizes, 1))) for i, n in (*ranges, *inner)}
    found = _factors(body, extents)
    if any(prod(extents[i] for i in letters) > LARGEST for *_, letters in found) or not found:
        return None
    places = {i: k for k, i in enumerate(extents)}
    axes, free = [[places[i] for i in letters] for *_, letters in found], [places[i] for i, _ in ranges]

    def product(tables: Iterable[FloatArray]) -> FloatArray:
        each: list[Any] = [x for pair in zip(tables, axes, strict=True) for x in pair]
        total: FloatArray = np.einsum(*each, free, optimize=True)
        return total.ravel()

    tables = [_table(factor, extents, sizes, world) for factor in found]
    total, size = product(tables), product(map(np.abs, tables))
    constant = values(share, Points(sizes, 1), world)
    entries = {k: entry for k, (entry, *_) in enumerate(found) if entry}
    if not any(isinstance(world.tensor(entry.tensor).entries, Uncertain) for entry in entries.values()):
        return Reals(cancelled(total, size) * floats(constant))
    squares, off = [x**2 for x in tables], {k: _table(found[k], extents, sizes, world, variances) for k in entries}
    arrived = sum(product([*squares[:k], off[k], *squares[k + 1 :]]) for k in entries)
    addends = prod(n for i, n in extents.items() if places[i] not in free)
    lost = sqrt(addends - 1 + len(entries) - 1) * UNIT * size
    return uncertain(Uncertain(total, np.sqrt(arrived + lost**2)) * constant)


def _factors(body: Expr, extents: Mapping[Symbol, int]) -> list[Factor]:
    """The entries, each with the conditions on its indices, then the other conditions, then what no factor depends on;
    none where there are other factors."""
    factors = Mul.make_args(body)
    conditions = [f for f in factors if isinstance(f, Iverson)]
    entries = [f for f in factors if isinstance(f, Entry)]
    if len(conditions) + len(entries) < len(factors):
        return []
    found, left = list[Factor](), conditions
    for x in entries:
        own = [c for c in left if c.free_symbols & extents.keys() <= x.free_symbols]
        left = [c for c in left if c not in own]
        found.append((x, own, [i for i in extents if i in x.free_symbols]))
    found += [(None, [c], [i for i in extents if i in c.free_symbols]) for c in left]
    met = {i for *_, letters in found for i in letters}
    return [*found, *((None, [], [i]) for i in extents if i not in met)] if entries else []


def _table(factor: Factor, extents: Mapping[Symbol, int], sizes: Mapping[str, int], world: Surroundings,
           of: Callable[[Vector], FloatArray] = expected) -> FloatArray:  # fmt: skip
    """A factor at every value of its indices, an axis for each: its numbers, or what else there is `of` them."""
    entry, conditions, letters = factor
    axes = np.ix_(*(np.arange(extents[i]) for i in letters))
    here = Points({**sizes, **{i.name: x for i, x in zip(letters, axes, strict=True)}}, 1)
    shape = tuple(extents[i] for i in letters)
    held: Mask = np.ones((1,) * len(shape), dtype=bool)
    for c in conditions:
        held = held & holds(c, here)
    if entry is None:
        return np.broadcast_to(held, shape).astype(float)
    tensor, place = world.tensor(entry.tensor), np.zeros((1,) * len(shape), dtype=np.int64)
    for i, n in zip(entry.at, tensor.shape, strict=True):
        k = np.asarray(position(i, here))
        if np.any(held & ((k < 0) | (k >= n))):
            raise IndexError(f"a subscript of {entry} lies outside the shape {tensor.shape}")
        place = place * n + np.clip(k, 0, n - 1)
    return np.where(held, of(tensor.entries)[np.broadcast_to(place, shape)], 0.0)
