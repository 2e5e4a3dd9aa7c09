"""Names that stay apart: each property over drawn names, and what a translation may not take."""

from itertools import count

from hypothesis import given, strategies as st

from symconv.names import apart

WORDS = st.lists(st.text("ab-_", min_size=1, max_size=4), max_size=12)


def fits(name: str) -> bool:
    return "-" not in name


def translated(name: str):  # type: ignore[no-untyped-def]
    plain = name.replace("-", "_")
    return (plain + "_" * marks for marks in count())


@given(WORDS)
def test_what_fits_is_kept_and_all_are_apart(words: list[str]) -> None:
    found = apart(dict(enumerate(words)), fits, translated)
    assert list(found) == list(range(len(words)))
    assert len(set(found.values())) == len(words)
    assert all(map(fits, found.values()))
    first = {name: key for key, name in reversed(list(enumerate(words))) if fits(name)}
    assert all(found[key] == name for name, key in first.items())


def test_a_translation_comes_after_every_name_that_fits() -> None:
    assert apart({1: "a-b", 2: "a_b"}, fits, translated) == {1: "a_b_", 2: "a_b"}
    assert apart({1: "a"}, fits, translated, taken=("a",)) == {1: "a_"}


def test_an_ending_must_be_free_as_well() -> None:
    assert apart({1: "n-", 2: "n_.mean"}, fits, translated, endings={1: (".mean",)}) == {1: "n__", 2: "n_.mean"}
