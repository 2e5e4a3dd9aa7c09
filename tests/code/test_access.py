"""The axis rule: how an entry is written under some loops."""

import pytest
from lowered import programs

from symconv.code.access import access, aligned, permuted, summed
from symconv.code.draft import CodeDraft, DraftLine
from symconv.code.schedule import Schedule, pick
from symconv.code.scheduled import Scheduled
from symconv.derivation.index import Entry
from symconv.errors import NotSupported

FORWARD, _ = programs(2, True)
n, g, o, i, j = pick("ngoij", FORWARD.extents)


def entry(tensor: str) -> Entry:
    return next(e for t in FORWARD.terms for e in t.entries if e.tensor == tensor)


def written(tensor: str, loops: str) -> tuple[str, dict[str, str]]:
    """The entry inside these loops, and the text of each name in it."""
    line = DraftLine(CodeDraft(Scheduled(FORWARD, Schedule(loops))), pick(loops, FORWARD.extents))
    text = access(line, entry(tensor))
    return text, {name: known.text for name, known in line.names.items()}


@pytest.mark.parametrize(
    ("loops", "text", "names"),
    [
        ("ngocijab", "K[k, c, a, b]", {"k": "g*Og + o"}),
        ("ngoij", "K[k]", {"k": "g*Og + o"}),
        ("g", "K[outputs]", {"outputs": "slice(g*Og, (g + 1)*Og)"}),
        ("ab", "Kg[..., a, b]", {}),
        ("", "Kg", {}),
    ],
)
def test_a_pair_is_a_number_a_slice_or_two_axes(loops: str, text: str, names: dict[str, str]) -> None:
    assert written("K", loops) == (text, names)


@pytest.mark.parametrize(
    ("loops", "text", "names"),
    [
        ("ngoij", "Xp[n, channels, rows, cols]", {
            "channels": "slice(g*Cg, (g + 1)*Cg)", "rows": "slice(i*sh, i*sh + kh*dh, dh)",
            "cols": "slice(j*sw, j*sw + kw*dw, dw)",
        }),
        ("ab", "Xg[..., rows, cols]", {
            "rows": "slice(a*dh, a*dh + Ho*sh, sh)", "cols": "slice(b*dw, b*dw + Wo*sw, sw)",
        }),
    ],
)  # fmt: skip
def test_a_slice_steps_as_its_index_does(loops: str, text: str, names: dict[str, str]) -> None:
    assert written("Xp", loops) == (text, names)


def test_two_vectorised_indices_in_one_subscript_are_no_slice() -> None:
    with pytest.raises(NotSupported, match=r"i\*sh \+ a\*dh has 2 vectorised indices"):
        written("Xp", "ngocjb")


def test_axes_are_lined_up_and_missing_ones_marked() -> None:
    assert aligned("x", (i, j), (n, i, j)) == "x", "broadcasting fills in front by itself"
    assert aligned("x", (n, j), (n, i, j)) == "x[:, None, :]"
    assert aligned("x", (j, n), (n, i, j)) == "x.permute(1, 0)[:, None, :]"
    assert aligned("x", (), (n, i)) == "x"


def test_one_axis_of_many_is_moved_rather_than_all_permuted() -> None:
    assert permuted((g, o, n, i), (n, g, o, i)) == ".movedim(2, 0)"
    assert permuted((g, o, n, i), (i, n, o, g)) == ".permute(3, 2, 1, 0)"


def test_a_sum_over_all_axes_names_none() -> None:
    assert [summed("x", axes, 3) for axes in ([], [1], [0, 2], [0, 1, 2])] == [
        "x",
        "x.sum(1)",
        "x.sum((0, 2))",
        "x.sum()",
    ]
