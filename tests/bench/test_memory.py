"""Peak memory of one call, in a process of its own."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from symconv.bench import memory
from symconv.bench.growth import square
from symconv.bench.memory import Fresh, _extra, extra, fresh_processes
from symconv.bench.workload import OURS, TORCH, workload

MIB = 2**20
INEXACT = 2**19  # proc(5): the kernel adds up its counts in batches of pages, of each processor for itself


@pytest.fixture(scope="module")
def pool() -> Iterator[Fresh]:
    with fresh_processes() as processes:
        assert processes is not None, "this test needs Linux"
        yield processes


def test_a_result_counts(pool: Fresh) -> None:
    """A 1 x 1 convolution of 16 channels, 256 x 256, makes 4 MiB and no copy."""
    layer = replace(square("gemm", 256, 16), kernel=(1, 1), padding=(0, 0))
    for who in (OURS, TORCH):
        assert 4 * MIB - INEXACT <= extra(pool, workload("gemm", layer, 1), who) < 8 * MIB


def after_a_peak() -> int:
    """In a process that has had more memory before, and given it back."""
    spare = b"x" * (64 * MIB)
    del spare
    return _extra(workload("gemm", replace(square("gemm", 256, 16), kernel=(1, 1), padding=(0, 0)), 1), OURS, False)


def test_an_earlier_peak_hides_nothing(pool: Fresh) -> None:
    assert 4 * MIB - INEXACT <= pool.submit(after_a_peak).result() < 8 * MIB


def test_columns_count_though_they_are_gone_afterwards(pool: Fresh) -> None:
    """All windows of a 256 x 256 map are 9 maps in the rows of `flatten`."""
    work = workload("flatten", square("flatten", 256, 1), 1)
    assert extra(pool, work, OURS) >= 9 * 256 * 256 * 4 - INEXACT


def test_gradients(pool: Fresh) -> None:
    work = workload("gemm", square("gemm", 128, 16), 1)
    assert extra(pool, work, OURS, gradients=True) >= 128 * 128 * 16 * 4 - INEXACT


def test_where_a_peak_cannot_be_read_nothing_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "CLEAR", memory.CLEAR.parent / "no such file")
    with fresh_processes() as processes:
        assert processes is None
