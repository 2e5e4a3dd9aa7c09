"""Letters give way to a user's names, and never run out."""

from string import ascii_lowercase

from hypothesis import given, strategies as st

from symconv.derivation.letters import CANDIDATES, Letters


def test_each_letter_stands_for_itself_where_nothing_is_taken() -> None:
    letters = Letters()
    assert [letters.index(x).name for x in "ngocijabhw"] == list("ngocijabhw")


def test_a_users_name_wins_and_the_letter_takes_its_next_candidate() -> None:
    letters = Letters({"h", "W"})
    assert letters.index("h").name == "r"
    assert letters.index("w").name == "w"
    assert letters.extent("W").name == "W_"


def test_no_symbol_is_handed_out_twice() -> None:
    letters = Letters()
    assert [letters.index("i").name for _ in range(3)] == ["i", "l", "r"]
    assert [letters.extent("H").name for _ in range(3)] == ["H", "H_", "H__"]


def test_indices_and_paddings_may_be_0_extents_may_not() -> None:
    letters = Letters()
    for made in (letters.index("i"), letters.amount("pt")):
        assert made.is_integer and made.is_nonnegative and made.is_positive is None
    assert letters.extent("H").is_integer and letters.extent("Ho").is_positive


def test_every_letter_is_its_own_first_candidate() -> None:
    assert all(candidates.startswith(letter) for letter, candidates in CANDIDATES.items())


def test_a_user_who_takes_the_whole_alphabet_gets_marked_letters() -> None:
    letters = Letters(ascii_lowercase)
    assert letters.index("i").name == "i_"
    assert letters.index("i").name == "i__"


@given(st.sets(st.sampled_from(ascii_lowercase)))
def test_indices_never_meet_a_taken_name(taken: set[str]) -> None:
    letters = Letters(taken)
    made = [letters.index(x).name for x in CANDIDATES]
    assert len(set(made)) == len(CANDIDATES)
    assert not set(made) & taken
