"""The sheet: which indices are loops and which are axes, one name for one thing, tensors made where they are needed."""

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st
from lowered import programs
from sympy import Expr, Symbol

from symconv.code.program import Program, forward
from symconv.code.schedule import Schedule, pick
from symconv.code.sheet import CodeDraft, Statement
from symconv.derivation.equations import max_pool
from symconv.derivation.index import Entry

FORWARD, BACKWARD = programs(2, True)
LETTERS = "ngoijcab"


def indices(letters: str) -> tuple[Symbol, ...]:
    return pick(letters, FORWARD.extents)


def entry(tensor: str, program: Program = FORWARD) -> Entry:
    return next(x for t in (*program.terms, *program.placing) for x in t.entries if x.tensor == tensor)


def at(tensor: str, axis: int) -> Expr:
    return entry(tensor).at[axis]


# ------------------------------------------------------------------------------------------------ indices
@given(st.permutations(LETTERS), st.integers(0, len(LETTERS)))
def test_every_index_of_an_entry_is_a_loop_or_an_axis(letters: list[str], count: int) -> None:
    loops = "".join(letters[:count])
    sheet = CodeDraft(FORWARD, Schedule(loops))
    for term in FORWARD.terms:
        path = sheet.path(term, sheet.loops)
        assert "".join(map(str, path)) == "".join(i for i in loops if term.has(*indices(i)))
        for x in term.entries:
            axes = sheet.free(x, path)
            assert {*axes} | {i for i in path if x.has(i)} == {i for i in indices(LETTERS) if x.has(i)}
            assert not {*axes} & {*path}


def test_a_term_stands_in_the_loops_in_which_a_tensor_of_it_is_made() -> None:
    sheet = CodeDraft(FORWARD, Schedule("ng"))
    (placing,) = FORWARD.placing
    assert sheet.path(placing, indices("o")) == ()
    sheet.local["X"] = indices("o")
    assert sheet.path(placing, indices("o")) == indices("o")


def test_an_index_that_runs_in_blocks_is_in_the_path_and_still_an_axis() -> None:
    sheet = CodeDraft(FORWARD, Schedule("n", "ij"))
    assert (sheet.loops, sheet.block) == (indices("ni"), *indices("i"))
    assert sheet.free(entry("Y"), sheet.loops) == indices("goij")
    assert [*map(str, sheet.bounds(*indices("i"), sheet.loops))] == ["i", "end"]
    assert [*map(str, sheet.bounds(*indices("j"), sheet.loops))] == ["0", "Wo"]
    assert [*map(str, sheet.bounds(*indices("i"), indices("n")))] == ["0", "Ho"]
    assert sheet.sizes([indices("ij"), indices("go")], sheet.loops) == ["-1", "O"]
    assert sheet.sizes([indices("ij"), indices("g"), ()]) == ["Ho*Wo", "groups", "1"]


def test_a_pair_two_in_a_window_and_one_alone() -> None:
    sheet, pair, window, alone = CodeDraft(FORWARD, Schedule()), at("Y", 1), at("Xp", 2), at("Y", 2)
    assert [(sheet.paired(e), sheet.single(e)) for e in (pair, window, alone)] == [
        (True, True), (False, False), (False, True),
    ]  # fmt: skip
    assert not sheet.paired(pair, indices("g")), "a loop leaves one of the two"
    turned = replace(FORWARD, extents=dict(reversed(FORWARD.extents.items())))
    assert CodeDraft(turned, Schedule()).on(pair) == indices("go"), "the axis is split as its number says"
    assert sheet.overlaps(entry("Xp"), ()) and not sheet.overlaps(entry("Xp"), indices("ij"))


def test_an_entry_that_is_all_of_its_tensor() -> None:
    sheet = CodeDraft(FORWARD, Schedule("ngo"))
    inside = FORWARD.placing[0].target  # Xp[n, m, h + pt, w + pl]
    assert [sheet.whole(x) for x in (entry("Y"), entry("K"), inside)] == [True, True, False]
    assert [sheet.covers(x) for x in (entry("Y"), inside, Entry("bias", *indices("n")))] == [True, False, False]
    flat = CodeDraft(programs(2, False)[0], Schedule())
    assert flat.covers(Entry("bias", 0)) and not flat.whole(Entry("bias", 0)), "bias has one entry, and no index"


# ------------------------------------------------------------------------------------------------ names
def test_a_name_has_one_meaning() -> None:
    """No tensor of a user is in the way: not X, not the extent Wo, not what another function of the file is called."""
    sheet = CodeDraft(FORWARD, Schedule(), taken=["rows"])
    assert [sheet.claim(name, "mine") for name in ("X", "Wo", "i", "rows", "new", "new")] == [
        "X_", "Wo_", "i_", "rows_", "new", "new",
    ]  # fmt: skip
    assert sheet.claim("new", "yours") == "new_" and str(sheet.end) == "end"
    assert sheet.make("Ho", "1", "view") == "Ho_"


def test_the_same_tensor_is_made_once_and_another_gets_a_number() -> None:
    sheet = CodeDraft(FORWARD, Schedule())
    assert [sheet.make("Kg", text, "view", base="K") for text in ("K[0]", "K[1]", "K[0]")] == ["Kg", "Kg2", "Kg"]
    assert [s.code for s in sheet.statements] == ["Kg = K[0]", "Kg2 = K[1]"]
    assert sheet.statements[0].reads == {"K"}
    sheet.make("kernel_rows", "Kg2.reshape(O, -1)", "reshape", base="Kg2")
    assert [sheet.root(x) for x in ("kernel_rows", "Kg2", "K")] == ["K"] * 3


def test_what_is_made_in_a_loop_is_made_again_once_the_loop_is_left() -> None:
    sheet, n = CodeDraft(FORWARD, Schedule("n")), indices("n")
    for path in (n, n, (), n):
        if path:
            sheet.put(path, "part", "X[n]", "view")
        else:
            sheet.statements.append(Statement((), "Y", "+=", "1", "add"))
    assert [s.code for s in sheet.statements] == ["part = X[n]", "Y += 1", "part = X[n]"]
    assert sheet.prefix(Entry("part", *n), indices("no")) == n
    assert sheet.put((), "part", "X[n]", "view") == "part2", "outside of the loop it is another"


# ------------------------------------------------------------------------------------------------ room and blocks
def test_room_is_made_once_for_each_tensor() -> None:
    sheet = CodeDraft(BACKWARD, Schedule())
    for tensor, fill in (("dK", "zeros"), ("dK", "empty"), ("dXp", "empty")):
        sheet.room(tensor, fill)
    assert [s.code for s in sheet.statements] == [
        "dK = X.new_zeros(O, Cg, kh, kw)", "dXp = X.new_empty(N, C, Hp, Wp)",
    ]  # fmt: skip


def test_room_in_which_another_axis_lies_innermost() -> None:
    sheet = CodeDraft(FORWARD, Schedule(last="c"))
    sheet.room("K")
    assert sheet.innermost("K") == 1 and sheet.innermost("Y") is None
    assert sheet.statements[0].value == "X.new_zeros(O, kh, kw, Cg).permute(0, 3, 1, 2)"
    assert CodeDraft(FORWARD, Schedule(last="b")).innermost("K") is None, "there it lies"


def test_around_a_maximum_there_is_nothing_large() -> None:
    sheet = CodeDraft(forward(max_pool(2)), Schedule())
    sheet.room("Pp")
    assert sheet.statements[0].value == 'P.new_full((Hp, Wp), float("-inf"))'


@pytest.mark.parametrize(
    ("loops", "block", "text"),
    [("n", "ij", "max(1, 2048//Wo)"), ("", "n", "max(1, 2048//(Ho*Wo))"), ("ni", "j", "2048"), ("n", "n", "")],
)
def test_a_block_is_as_long_as_makes_so_many_columns(loops: str, block: str, text: str) -> None:
    sheet = CodeDraft(FORWARD, Schedule(loops, block))
    sheet.open_block()
    sheet.open_block()
    assert [s.value for s in sheet.statements] == [text] * bool(text)
