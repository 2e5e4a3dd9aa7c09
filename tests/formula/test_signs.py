"""The table of signs: every command means one sign only."""

from collections import Counter

from symconv.formula.signs import ALSO, GREEK, NAMES, PAIRS, SIGNS


def test_every_command_means_one_sign() -> None:
    commands = Counter([form.latex for form in SIGNS.values()] + list(ALSO))
    assert set(commands.values()) == {1} and set(ALSO.values()) <= SIGNS.keys()
    assert {NAMES[char] for char in GREEK.values()} == set(GREEK)
    assert all(SIGNS[a].kind == "opening" and SIGNS[b].kind == "closing" for a, b in PAIRS.items())
