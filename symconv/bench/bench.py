"""`symconv bench`: the emitted convolutions beside PyTorch's own, layer by layer, in time and in memory."""

from collections.abc import Callable, Iterable
from pathlib import Path
from platform import machine
from types import ModuleType

from symconv.bench.growth import grows_with, growth, shape
from symconv.bench.layer_shapes import layers
from symconv.bench.memory import Fresh, extra, fresh_processes
from symconv.bench.results import BACKWARD, CHANNELS_LAST, DIRECTIONS, FORWARD, Benchmark, Measured
from symconv.bench.timing import Paired, paired
from symconv.bench.workload import OURS, TORCH, Workload, backward, best_form, forward, one_thread, workload
from symconv.check.check import torch_or_hint
from symconv.code.forms import FORMS


def run(nets: Iterable[str], batches: Iterable[int], seconds: float, progress: Callable[[str], None]) -> Benchmark:
    """Times every layer of these networks (all, without a name), then how every form grows; one thread.

    Each comparison takes `seconds`, a fourth of that for how forms grow, but at least five rounds. SpecError for an
    unknown network, NotSupported without torch.
    """
    chosen, batches = layers(*dict.fromkeys(nets)), tuple(dict.fromkeys(batches))
    torch = torch_or_hint("the benchmark")
    restore = one_thread(torch)
    try:
        with fresh_processes() as pool:
            works = [workload(best_form(layer), layer, batch) for layer in chosen for batch in batches]
            measured = [_measured(w, seconds, torch, pool, f"{k} of {len(works)}", progress)
                        for k, w in enumerate(works, 1)]  # fmt: skip
            growths = [growth(form, of, seconds / 4, torch, progress) for form in FORMS for of in grows_with(form)]
            memory = {form: _memory_of(form, pool, progress) for form in FORMS} if pool else {}
    finally:
        restore()
    return Benchmark(_machine(torch), tuple(measured), tuple(growths), memory)


# ------------------------------------------------------------------------------------------------ one layer
def _measured(
    work: Workload, seconds: float, torch: ModuleType, pool: Fresh | None, place: str, progress: Callable[[str], None]
) -> Measured:  # fmt: skip
    name = f"{place}: {work.layer.net} {work.layer.name}, batch {work.batch}"
    times: dict[str, Paired] = {}
    for direction in DIRECTIONS:
        progress(f"{name}, {direction}")
        calls = backward if BACKWARD in direction else forward
        times[direction] = paired(calls(work, torch, CHANNELS_LAST in direction), seconds)
    memory = {}
    if pool:
        progress(f"{name}, memory")
        memory = {d: {who: extra(pool, work, who, d == BACKWARD) for who in (OURS, TORCH)} for d in (FORWARD, BACKWARD)}
    return Measured(
        work.layer, work.form, work.batch,
        {d: t.ratio(OURS, TORCH) for d, t in times.items()},
        {d: {who: 1000 * t.typical(who) for who in (OURS, TORCH)} for d, t in times.items()},
        memory,
    )  # fmt: skip


def _memory_of(form: str, pool: Fresh, progress: Callable[[str], None]) -> dict[str, int]:
    progress(f"{form}, memory")
    work = workload(form, shape(form), 1)
    return {who: extra(pool, work, who) for who in (OURS, TORCH)}


def _machine(torch: ModuleType) -> dict[str, object]:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    name = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), machine())
    return {"cpu": name, "torch": torch.__version__, "threads": 1, "dtype": "float32"}
