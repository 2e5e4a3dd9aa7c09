"""Numbers from a seed: pinned for ever, each as likely as the others; what may be a seed, and its name."""

from collections import Counter
from hashlib import sha256

import pytest
from hypothesis import given, strategies as st

from symconv.errors import SpecError
from symconv.networks.fields import NETWORK
from symconv.sampling.stream import LONGEST, Stream, checked, word


def test_the_numbers_of_a_seed_never_change() -> None:
    """If this fails, every sheet ever handed out would come out differently: mend the code, not the test."""
    stream = Stream("7")
    assert [stream.below(7) for _ in range(20)] == [5, 3, 4, 0, 1, 5, 1, 3, 6, 0, 1, 0, 4, 2, 5, 2, 2, 6, 2, 1]
    assert [stream.below(n) for n in (2, 9, 256, 257, 10**6, 1)] == [1, 3, 121, 236, 197311, 0]
    assert Stream("张三").below(1000) == 218


def test_the_bytes_are_those_of_the_hash() -> None:
    stream = Stream("ada")
    blocks = b"".join(sha256(f"{k} ada".encode()).digest() for k in range(4))
    assert bytes(stream.below(256) for _ in range(128)) == blocks


def test_a_number_of_two_bytes_goes_over_the_end_of_a_block() -> None:
    stream = Stream("ada")
    blocks = b"".join(sha256(f"{k} ada".encode()).digest() for k in range(2))
    _ = [stream.below(256) for _ in range(31)]
    assert stream.below(65536) == int.from_bytes(blocks[31:33], "big")


@given(st.integers(1, 10**9), st.integers(0, 10**6))
def test_a_number_is_below(n: int, seed: int) -> None:
    stream = Stream(str(seed))
    assert all(0 <= stream.below(n) < n for _ in range(3))


def test_every_number_is_as_likely() -> None:
    """Of 7,000 numbers below 7 each is drawn 1000 times, give or take five standard deviations of 29.3."""
    stream = Stream("fair")
    found = Counter(stream.below(7) for _ in range(7000))
    assert all(abs(found[k] - 1000) < 147 for k in range(7))


def test_other_seeds_give_other_numbers() -> None:
    streams = (Stream(str(k)) for k in range(200))
    assert len({tuple(stream.below(256) for _ in range(8)) for stream in streams}) == 200


# ------------------------------------------------------------------------------------------------ seeds
@pytest.mark.parametrize("seed", ["7", " ", "ada.lovelace@example.org", "张三", "é", "x" * LONGEST])
def test_a_seed_is_any_text(seed: str) -> None:
    assert checked(seed) == seed


@pytest.mark.parametrize(
    ("seed", "said"),
    [
        ("", "the seed is empty"),
        ("x" * (LONGEST + 1), "201 characters"),
        ("a\nb", "cannot be printed"),
        ("\ud800", "cannot be printed"),
        ("\u202e7", "cannot be printed"),
    ],
)
def test_a_bad_seed_is_refused(seed: str, said: str) -> None:
    with pytest.raises(SpecError, match=said) as caught:
        Stream(seed)
    assert len(str(caught.value).splitlines()) == 2 and str(caught.value).isascii()


@pytest.mark.parametrize(
    ("seed", "name"),
    [
        ("7", "7"),
        ("s1234567", "s1234567"),
        ("A_b-1", "A_b-1"),
        ("ada@example.org", "ada-example-org-cfe00dde"),
        ("张三", "1d841bc0"),
        ("-7", "7-a770d327"),
        ("a--b", "a-b-90827a2e"),
    ],
)
def test_a_seed_is_part_of_a_name(seed: str, name: str) -> None:
    assert word(seed) == name


SEEDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=60)


@given(SEEDS, SEEDS)
def test_two_seeds_have_two_names_that_are_allowed(one: str, other: str) -> None:
    assert NETWORK.fullmatch(f"toy-{word(one)}") and len(word(one)) <= 40
    assert (word(one) == word(other)) == (one == other)
