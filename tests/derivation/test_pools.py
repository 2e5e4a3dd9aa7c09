"""Means of windows against plain loops that know nothing of the equations."""

from collections.abc import Mapping
from fractions import Fraction
from itertools import islice, product
from random import Random

import pytest
from sympy import Symbol

from symconv.array import Array, indices
from symconv.derivation.operation import Operation
from symconv.derivation.pools import avg_pool, global_avg_pool, global_max_pool, max_pool
from symconv.verification.worlds import numbers, size_sets

Index = tuple[int, ...]


def mean(operation: Operation, sizes: Mapping[Symbol, int], x: Array, out: Index, counts: str) -> Fraction:
    """One window's mean; `counts` says which places do: those "inside", in the "padding" as well, or "all"."""

    def of(key: str) -> Index:
        return tuple(sizes[s] for s in dict(operation.options)[key])

    kernel, stride, pads = of("kernel"), of("stride"), of("padding")
    lead, place = out[: -len(kernel)], out[-len(kernel) :]
    shape = x.shape[-len(kernel) :]
    total, count = Fraction(0), 0
    for tap in product(*map(range, kernel)):
        at = tuple(i * s + a - p for i, s, a, p in zip(place, stride, tap, pads[::2], strict=True))
        inside = all(0 <= k < n for k, n in zip(at, shape, strict=True))
        padded = all(-lo <= k < n + hi for k, n, lo, hi in zip(at, shape, pads[::2], pads[1::2], strict=True))
        total += x[(*lead, *at)] if inside else 0
        count += inside if counts == "inside" else padded if counts == "padding" else 1
    return total / count


CASES = {
    "inside": avg_pool(2, "c", count_padding=False),
    "padding": avg_pool(1, "nc", overhang=True),
    "all": avg_pool(2, "nc"),
}


@pytest.mark.parametrize("counts", CASES)
def test_a_mean_is_the_sum_over_the_count(counts: str) -> None:
    operation = CASES[counts]
    for k, sizes in enumerate(islice(size_sets(operation), 6)):
        world = numbers(operation, sizes, Random(k), {})
        made = world.tensors["h"]
        for at in indices(made.shape):
            assert made[at] == mean(operation, sizes, world.tensors["P"], at, counts)


def test_the_loop_sees_the_other_count() -> None:
    operation = CASES["inside"]
    found = []
    for k, sizes in enumerate(islice(size_sets(operation), 6)):
        world = numbers(operation, sizes, Random(k), {})
        made = world.tensors["h"]
        found += [made[at] != mean(operation, sizes, world.tensors["P"], at, "all") for at in indices(made.shape)]
    assert any(found)


@pytest.mark.parametrize("lead", ["", "c", "nc"])
def test_global_pools_keep_what_lies_in_front(lead: str) -> None:
    for operation, of in (
        (global_avg_pool(2, lead), lambda x: Fraction(sum(x), len(x))),
        (global_max_pool(2, lead), max),
    ):
        sizes = next(size_sets(operation))
        world = numbers(operation, sizes, Random(1), {})
        x, h = world.tensors["P"], world.tensors["h"]
        assert h.shape[-2:] == (1, 1)
        for at in indices(h.shape):
            assert h[at] == of([x[k] for k in indices(x.shape) if k[:-2] == at[:-2]])


def test_a_maximum_of_channels_is_one_for_each() -> None:
    assert str(max_pool(1, "nc").equation.entry) == "h[n, c, j]"
