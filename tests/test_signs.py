"""The table of signs: every command, and in every language every name, means one sign only."""

from collections import Counter

import pytest

from symconv.formula.signs import ALSO, GREEK, NAMES, PAIRS, SIGNS
from symconv.formula.speech import TONGUES


def test_every_command_means_one_sign() -> None:
    commands = Counter([form.latex for form in SIGNS.values()] + list(ALSO))
    assert set(commands.values()) == {1} and set(ALSO.values()) <= SIGNS.keys()
    assert {NAMES[char] for char in GREEK.values()} == set(GREEK)
    assert all(SIGNS[a].kind == "opening" and SIGNS[b].kind == "closing" for a, b in PAIRS.items())


@pytest.mark.parametrize("language", TONGUES)
def test_every_name_is_of_one_sign(language: str) -> None:
    tongue = TONGUES[language]
    said = Counter([*tongue.signs.values(), *tongue.greek.values(), tongue.end, tongue.capital, tongue.at])
    assert [name for name, times in said.items() if times > 1] == []
