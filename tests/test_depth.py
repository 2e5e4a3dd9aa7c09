"""What a plain run leaves out is marked, said in the README and made in CI."""

import tomllib
from pathlib import Path

import depth
import pytest
from depth import examples, few, spread
from hypothesis import given, settings, strategies as st

ROOT = Path(__file__).parents[1]
EXAMPLES = examples(50)


def deep(case: object) -> bool:
    return "deep" in {mark.name for mark in getattr(case, "marks", ())}


def test_a_few_of_all_cases_are_plain() -> None:
    assert [deep(case) for case in few("abc", "b")] == [True, False, True]
    assert [case.values for case in few([(1, 2), (3, 4)], (3, 4))[:1]] == [(1, 2)]
    assert [deep(case) for case in spread(range(7), 3)] == [False, True, False, True, False, True, True]
    assert not any(map(deep, spread("ab", 9)))


class Item:
    """Stands in for a collected test."""

    def __init__(self, nodeid: str, *markers: str) -> None:
        self.nodeid, self.markers = nodeid, {*markers}

    def get_closest_marker(self, name: str) -> str | None:
        return name if name in self.markers else None

    def add_marker(self, name: str) -> None:
        self.markers.add(name)


def test_of_many_cases_every_other_is_plain() -> None:
    many, several = [Item(f"a.py::many[{n}]") for n in range(9)], [Item(f"a.py::several[{n}]") for n in range(8)]
    chosen = [Item(f"a.py::chosen[{n}]", *["deep"] * (n == 3)) for n in range(9)]
    depth.thin([*many, *several, *chosen])  # type: ignore[list-item]
    assert [n for n, item in enumerate(many) if not item.markers] == [0, 2, 4, 6, 8]
    assert not any(item.markers for item in several)
    assert [n for n, item in enumerate(chosen) if item.markers] == [3]


def test_what_is_kept_has_to_be_a_case() -> None:
    for kept in ("", "d"):
        with pytest.raises(AssertionError):
            few("abc", *kept)


@settings(max_examples=EXAMPLES)
@given(st.integers())
def test_all_examples_are_made_where_the_test_is_deep(request: pytest.FixtureRequest, _: int) -> None:
    assert (50 if deep_too(request.node) else 10) == EXAMPLES


def deep_too(item: pytest.Item) -> bool:
    return item.get_closest_marker("deep") is not None


def test_the_few_examples_are_a_share_of_the_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(depth, "_deep", False)
    assert [examples(n) for n in (1, 2, 5, 12, 60, 400)] == [1, 2, 2, 2, 12, 80]
    monkeypatch.setattr(depth, "_deep", True)
    assert examples(60) == 60


def test_the_readme_and_ci_have_the_command() -> None:
    options = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["pytest"]["ini_options"]
    assert f"-m '{depth.SHALLOW}'" in options["addopts"]
    assert "`pytest -m deep`" in (ROOT / "README.md").read_text("utf-8")
    assert 'inside test "pytest -m deep"' in (ROOT / ".ci" / "run").read_text("utf-8")
