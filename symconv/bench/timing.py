"""Calls timed side by side: what disturbs one disturbs the other, so that their ratio holds where seconds do not."""

import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from time import perf_counter

Thunk = Callable[[], object]
SAMPLE = 2e-3  # seconds: a shorter call is repeated within its sample
LEAST = 5  # rounds, however long they take


@dataclass(frozen=True)
class Paired:
    """Seconds of one call, for each round, by name."""

    seconds: Mapping[str, tuple[float, ...]]

    def typical(self, name: str) -> float:
        """The median over the rounds, in seconds."""
        return median(self.seconds[name])

    def ratio(self, name: str, to: str) -> float:
        """The median of the rounds' ratios, without a unit."""
        return median(a / b for a, b in zip(self.seconds[name], self.seconds[to], strict=True))


def paired(calls: Mapping[str, Thunk], seconds: float, clock: Callable[[], float] = perf_counter) -> Paired:
    """All calls in each round, the last first in every other one, until `seconds` are over; no garbage is collected."""
    times = {name: _repeated(call, _repeats(call, clock), clock) for name, call in calls.items()}
    found: dict[str, list[float]] = {name: [] for name in calls}
    end, number = clock() + seconds, 0
    gc.disable()
    try:
        while number < LEAST or clock() < end:
            for name in list(calls)[:: -1 if number % 2 else 1]:
                found[name].append(times[name]())
            number += 1
    finally:
        gc.enable()
    return Paired({name: tuple(values) for name, values in found.items()})


def _repeats(call: Thunk, clock: Callable[[], float]) -> int:
    """How often a call fits into a sample; it has run twice then, and is warm."""
    call()
    start = clock()
    call()
    return max(1, round(SAMPLE / max(clock() - start, SAMPLE / 1000)))


def _repeated(call: Thunk, times: int, clock: Callable[[], float]) -> Callable[[], float]:
    def sample() -> float:
        start = clock()
        for _ in range(times):
            call()
        return (clock() - start) / times

    return sample
