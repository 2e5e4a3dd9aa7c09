"""What a page knows about the answers: the numbers, the mistakes that give others; nobody reads it by chance."""

import json
import re
from fractions import Fraction
from pathlib import Path

import mpmath
import pytest
from hypothesis import given, strategies as st

from symconv.array import Array
from symconv.derivation.index import Entry
from symconv.exercises.drawn import BlankAnswer
from symconv.exercises.page_key import key, veiled

ROOT = Path(__file__).parents[2]
S = Entry("S", 0)
ANSWERS = (
    BlankAnswer(S, "s_0", "S", (0,)),
    BlankAnswer(S * S, "s_0 s_0"),
    BlankAnswer(Entry("S", 1), "s_1", "S", (1,)),
)
VALUES = (Fraction(5, 2), Fraction(25, 4), mpmath.e)
CARRIED = (Fraction(5, 2), Fraction(25, 4), mpmath.mpf("2.7183"))


def known(**mistakes: list[tuple[str, Array]]) -> dict[str, object]:
    found: dict[str, object] = json.loads(veiled(key(ANSWERS, VALUES, CARRIED, mistakes)))
    return found


def test_the_right_numbers_and_whether_they_are_exact() -> None:
    found = known()
    assert found["right"] == [2.5, 6.25, pytest.approx(2.7182818)] and found["slack"] == [0, 0, 5.4e-4]
    assert found["tensor"] == [0, -1, 0] and found["wrong"] == [[], [], []] and found["said"] == []


def test_an_answer_may_be_off_by_what_is_lost_on_the_way() -> None:
    far = json.loads(veiled(key(ANSWERS, VALUES, (*CARRIED[:2], mpmath.mpf("2.7283")), {})))
    assert far["slack"] == [0, 0, pytest.approx(0.03, rel=0.02)]


def test_an_exact_number_is_not_rounded() -> None:
    third = json.loads(veiled(key(ANSWERS[:1], (Fraction(1, 3),), (Fraction(1, 3),), {})))
    assert third["right"] == [1 / 3] and third["slack"] == [0]


def test_a_mistake_stands_where_it_gives_another_number() -> None:
    flipped = ("it is flipped </script>", Array((2,), (Fraction(1, 3), mpmath.e)))
    negative = ("the sign is turned", Array((2,), (Fraction(-5, 2), -mpmath.e)))
    found = known(S=[flipped, negative])
    assert found["wrong"] == [[[0.33333, 0], [-2.5, 1]], [], [[-2.71828, 1]]]
    assert found["said"] == ["it is flipped </script>", "the sign is turned"]
    assert "<" not in key(ANSWERS, VALUES, CARRIED, {"S": [flipped]})


@given(st.text())
def test_the_veil_is_its_own_way_back(text: str) -> None:
    assert veiled(veiled(text)) == text


def test_the_script_turns_the_same_signs() -> None:
    assert veiled("Abz 059,é") == "Nom 504,é"
    script = (ROOT / "templates" / "blanks.js").read_text(encoding="utf-8")
    rings = re.search(r"rings = \[(.*?)\]", script)
    assert rings and json.loads(f"[{rings[1]}]") == [
        "abcdefghijklmnopqrstuvwxyz",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "0123456789",
    ]
