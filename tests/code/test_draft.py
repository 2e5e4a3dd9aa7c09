"""The draft: one name for one thing, tensors made where they are needed, statements that only ever follow."""

import pytest
from lowered import programs
from sympy import Symbol

from symconv.code.draft import CodeDraft, DraftLine
from symconv.code.program import Program, forward
from symconv.code.schedule import Schedule, pick
from symconv.code.scheduled import Scheduled
from symconv.derivation.equations import max_pool
from symconv.derivation.index import Entry

FORWARD, BACKWARD = programs(2, True)
PLAIN = Schedule()


def indices(letters: str) -> tuple[Symbol, ...]:
    return pick(letters, FORWARD.extents)


def draft(program: Program, schedule: Schedule = PLAIN, **names: list[str]) -> CodeDraft:
    return CodeDraft(Scheduled(program, schedule), **names)


def test_a_term_stands_in_the_loops_in_which_a_tensor_of_it_is_made() -> None:
    written = draft(FORWARD, Schedule("ng"))
    (placing,) = FORWARD.placing
    assert written.path(placing, indices("o")) == ()
    written.local["X"] = indices("o")
    assert written.path(placing, indices("o")) == indices("o")


# ------------------------------------------------------------------------------------------------ names
def test_a_name_has_one_meaning() -> None:
    """No tensor of a user is in the way: not X, not the extent Wo, not what another function of the file is called."""
    written = draft(FORWARD, taken=["rows"])
    assert [written.claim(name, "mine") for name in ("X", "Wo", "i", "rows", "new", "new")] == [
        "X_", "Wo_", "i_", "rows_", "new", "new",
    ]  # fmt: skip
    assert written.claim("new", "yours") == "new_" and str(written.end) == "end"
    assert written.make("Ho", "1", "view") == "Ho_"


def test_the_same_tensor_is_made_once_and_another_gets_a_number() -> None:
    written = draft(FORWARD)
    assert [written.make("Kg", text, "view", base="K") for text in ("K[0]", "K[1]", "K[0]")] == ["Kg", "Kg2", "Kg"]
    assert [s.code for s in written.statements] == ["Kg = K[0]", "Kg2 = K[1]"]
    assert written.statements[0].reads == {"K"}
    written.make("kernel_rows", "Kg2.reshape(O, -1)", "reshape", base="Kg2")
    assert [written.root(x) for x in ("kernel_rows", "Kg2", "K")] == ["K"] * 3


def test_what_is_made_in_a_loop_is_made_again_once_the_loop_is_left() -> None:
    written, n = draft(FORWARD, Schedule("n")), indices("n")
    for path in (n, n, (), n):
        if path:
            DraftLine(written, n).put("part", "X[n]", "view")
        else:
            DraftLine(written, ()).state(("Y", "+=", "1"), "add", "Y", frozenset())
    assert [s.code for s in written.statements] == ["part = X[n]", "Y += 1", "part = X[n]"]
    assert DraftLine(written, indices("no")).prefix(Entry("part", *n)) == n
    assert DraftLine(written, ()).put("part", "X[n]", "view") == "part2", "outside of the loop it is another"


# ------------------------------------------------------------------------------------------------ room and blocks
def test_room_is_made_once_for_each_tensor() -> None:
    written = draft(BACKWARD)
    for tensor, fill in (("dK", "zeros"), ("dK", "empty"), ("dXp", "empty")):
        written.room(Entry(tensor), fill)
    assert [s.code for s in written.statements] == [
        "dK = X.new_zeros(O, Cg, kh, kw)", "dXp = X.new_empty(N, C, Hp, Wp)",
    ]  # fmt: skip


def test_room_for_windows_does_not_forget_of_what_they_are() -> None:
    written = draft(FORWARD)
    written.base["regions"] = "Xp"
    written.room(Entry("regions", *indices("ia")))
    assert written.statements[0].code == "regions = X.new_zeros(Ho, kh)" and written.root("regions") == "Xp"


def test_room_in_which_another_axis_lies_innermost() -> None:
    written = draft(FORWARD, Schedule(last="c"))
    written.room(Entry("K"))
    assert written.statements[0].value == "X.new_zeros(O, kh, kw, Cg).permute(0, 3, 1, 2)"


def test_around_a_maximum_there_is_nothing_large() -> None:
    written = draft(forward(max_pool(2)))
    written.room(Entry("Pp"))
    assert written.statements[0].value == 'P.new_full((Hp, Wp), float("-inf"))'


@pytest.mark.parametrize(
    ("loops", "block", "text"),
    [("n", "ij", "max(1, 2048//Wo)"), ("", "n", "max(1, 2048//(Ho*Wo))"), ("ni", "j", "2048"), ("n", "n", "")],
)
def test_a_block_is_as_long_as_makes_so_many_columns(loops: str, block: str, text: str) -> None:
    written = draft(FORWARD, Schedule(loops, block))
    written.open_block()
    written.open_block()
    assert [s.value for s in written.statements] == [text] * bool(text)
