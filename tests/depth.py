"""How deep the tests go. A plain `pytest` makes every kind of check on a few instances; the marker `deep` stands on the
further networks, cases and seeds that are checked in the same way, and on hypothesis tests with all their examples:
`pytest -m deep` runs these, `pytest -m ""` everything."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import settings

SHALLOW = "not deep"  # what pyproject.toml selects
SHARE, LEAST = 5, 2  # one example in so many, and at least these
MANY = 8  # cases of a test: of more, every other is a deep one, where the test does not say itself which are

_deep = False


def configure(markers: str) -> None:
    """To be called with the markers asked for before a test is imported: examples are counted then."""
    global _deep
    _deep = markers != SHALLOW
    settings.register_profile("symconv", deadline=None, max_examples=examples(100))  # how long one takes is no fault
    settings.load_profile("symconv")


def examples(count: int) -> int:
    """So many examples when deep, otherwise a share of them."""
    return count if _deep else max(count // SHARE, min(count, LEAST))


def mark(item: pytest.Item) -> None:
    """When deep, a hypothesis test has more examples than in a plain run, so it is a deep one as well."""
    if _deep and getattr(getattr(item, "function", None), "is_hypothesis_test", False):
        item.add_marker("deep")


def thin(items: Iterable[pytest.Item]) -> None:
    """Of a test with many cases, every other is for a deep run."""
    cases = defaultdict[str, list[pytest.Item]](list)
    for item in items:
        cases[item.nodeid.partition("[")[0]].append(item)
    for alike in cases.values():
        if len(alike) > MANY and not any(item.get_closest_marker("deep") for item in alike):
            for item in alike[1::2]:
                item.add_marker("deep")


def few(cases: Iterable[Any], *kept: Any) -> list[Any]:
    """The cases to parametrize with, where only those kept are in a plain run; a case for several names is a tuple."""
    cases = list(cases)
    assert kept and all(case in cases for case in kept), "what is kept is a case"
    return [case if case in kept else _marked(case) for case in cases]


def spread(cases: Iterable[Any], count: int) -> list[Any]:
    """So many cases for a plain run, from the first one on at equal distances."""
    cases = list(cases)
    step = max(1, len(cases) // count)
    return [case if k % step == 0 and k < step * count else _marked(case) for k, case in enumerate(cases)]


def _marked(case: Any) -> Any:
    return pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=pytest.mark.deep)
