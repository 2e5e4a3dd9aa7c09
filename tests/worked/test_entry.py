"""Entries as people write them, and every way to write none."""

import pytest
from any_networks import grouped

from symconv.errors import SpecError
from symconv.study import derive
from symconv.worked.entry import chosen_entries

STUDY = derive(grouped())


def test_entries_are_read() -> None:
    found = chosen_entries(STUDY, ["K[3,0,1,2]", "K[3,1,2]", " kb[ 0 ] ", "R[1,3,4,1]"])
    assert found == (("K", (3, 0, 1, 2)), ("K", (3, 0, 1, 2)), ("kb", (0,)), ("R", (1, 3, 4, 1)))


@pytest.mark.parametrize(
    "text, message",
    [
        ("K", '--entry: "K" is no entry\n  write for example "C[0,0,0,0]"'),
        ("K[-1,0,0,0]", "is no entry"),
        ("K[0,0,0,3]", '--entry: "K[0,0,0,3]" lies outside K of 4x1x2x3\n  the last is K[3,0,1,2]'),
        ("K[0]", '--entry: "K[0]" has 1 index, K of 4x1x2x3 needs 4\n  write for example "K[0,0,0,0]"'),
        ("kb[ 0, 0 ]", '"kb[ 0, 0 ]" has 2 indices, kb of 4 needs 1\n  write for example "kb[0]"'),
        ("K[]", '"K[]" has no indices, K of 4x1x2x3 needs 4'),
        ("kbb[0]", 'did you mean "kb"'),
        ("t[0,0]", "has no gradient here\n  there are: C, K, M, R, W, X, b, f, kb, z"),
        ("__import__('os')[0]", "is no entry"),
    ],
)
def test_what_is_no_entry_is_named(text: str, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        chosen_entries(STUDY, [text])
    assert message in str(caught.value)
