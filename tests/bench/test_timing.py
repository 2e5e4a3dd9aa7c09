"""Paired timing, by a clock that the calls themselves advance."""

import pytest

from symconv.bench.timing import LEAST, paired


class Clock:
    """Seconds that pass only while a call runs."""

    def __init__(self) -> None:
        self.now = 0.0
        self.ran: list[str] = []

    def __call__(self) -> float:
        return self.now

    def call(self, name: str, seconds: float) -> None:
        self.ran.append(name)
        self.now += seconds


def test_the_ratio_is_that_of_the_costs() -> None:
    clock = Clock()
    found = paired({"a": lambda: clock.call("a", 0.3), "b": lambda: clock.call("b", 0.1)}, 5, clock)
    assert found.ratio("a", "b") == pytest.approx(3)
    assert found.typical("b") == pytest.approx(0.1)


def test_rounds_alternate_their_order_and_go_on_for_the_time_given() -> None:
    clock = Clock()
    found = paired({"a": lambda: clock.call("a", 1), "b": lambda: clock.call("b", 1)}, 20, clock)
    assert "".join(clock.ran[4:]) == "abba" * 5
    assert len(found.seconds["a"]) == len(found.seconds["b"]) == 10


def test_there_are_rounds_enough_for_a_median_however_long_they_take() -> None:
    clock = Clock()
    assert len(paired({"a": lambda: clock.call("a", 100)}, 0, clock).seconds["a"]) == LEAST


def test_one_slow_round_moves_no_median() -> None:
    clock, costs = Clock(), iter([1.0, 1.0, 1.0, 1.0, 90.0, 1.0, 1.0])
    found = paired({"a": lambda: clock.call("a", next(costs))}, 0, clock)
    assert max(found.seconds["a"]) == 90
    assert found.typical("a") == 1


def test_a_short_call_is_repeated_within_its_sample() -> None:
    clock = Clock()
    found = paired({"a": lambda: clock.call("a", 1e-5)}, 0, clock)
    assert len(clock.ran) == 2 + 200 * LEAST
    assert found.typical("a") == pytest.approx(1e-5)
