"""Peak memory of one call, measured where it shows: in a process of its own, by the kernel's own count of its pages.

PyTorch's counters do not see the scratch memory of the libraries below it, and a process that has worked before has
memory to spare that a new one must ask for. Linux only: its /proc can set the count of the peak back. The kernel adds
its counts up in batches of pages, so a small tensor's size is told to some hundred KiB only.
"""

import gc
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

from symconv.bench.layer_shapes import LayerShape
from symconv.bench.workload import Workload, backward, forward, one_thread
from symconv.check.check import torch_or_hint

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
PEAK_TO_NOW = "5"  # proc(5): sets the peak resident set size to the current one
KIB = 1024
Fresh = ProcessPoolExecutor


@contextmanager
def fresh_processes() -> Iterator[Fresh | None]:
    """Processes that do one task each, with torch imported but never used; None where a peak cannot be read."""
    if not _readable():
        yield None
        return
    context = get_context("forkserver")
    context.set_forkserver_preload(["torch", __name__])
    with ProcessPoolExecutor(1, context, max_tasks_per_child=1) as pool:
        yield pool


def _readable() -> bool:
    """Whether this system lets a process set its peak back and read it."""
    try:
        CLEAR.write_text(PEAK_TO_NOW)
        return _kib("VmHWM") > 0
    except (OSError, StopIteration):
        return False


def extra(pool: Fresh, work: Workload, name: str, gradients: bool = False) -> int:
    """Bytes that one call of `name` (ours, torch) adds at its peak, its result included."""
    return pool.submit(_extra, work, name, gradients).result()


def _extra(work: Workload, name: str, gradients: bool) -> int:
    torch = torch_or_hint()
    one_thread(torch)
    calls = backward if gradients else forward
    calls(replace(work, layer=_small(work.layer), batch=1), torch)[name]()  # what is loaded once is no part of a call
    call = calls(work, torch)[name]
    gc.collect()
    CLEAR.write_text(PEAK_TO_NOW)
    before = _kib("VmHWM")
    result = call()
    after = _kib("VmHWM")
    del result
    return (after - before) * KIB


def _small(layer: LayerShape) -> LayerShape:
    """The same options on the least input that fits them."""
    rows, cols = ((k - 1) * d + 1 for k, d in zip(layer.kernel, layer.dilation, strict=True))
    return replace(layer, C=layer.groups, O=layer.groups, size=(rows, cols))


def _kib(key: str) -> int:
    line = next(x for x in STATUS.read_text().splitlines() if x.startswith(f"{key}:"))
    return int(line.split()[1])
