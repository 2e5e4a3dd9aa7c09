"""A program under a schedule: which indices are loops and which are axes, and what is all of a tensor."""

from dataclasses import replace

from hypothesis import given, strategies as st
from lowered import programs
from sympy import Expr, Symbol

from symconv.code.draft import CodeDraft, DraftLine
from symconv.code.program import Program
from symconv.code.schedule import Schedule, pick
from symconv.code.scheduled import Scheduled
from symconv.derivation.index import Entry

FORWARD, _ = programs(2, True)
LETTERS = "ngoijcab"


def indices(letters: str) -> tuple[Symbol, ...]:
    return pick(letters, FORWARD.extents)


def entry(tensor: str, program: Program = FORWARD) -> Entry:
    return next(x for t in (*program.terms, *program.placing) for x in t.entries if x.tensor == tensor)


def at(tensor: str, axis: int) -> Expr:
    return entry(tensor).at[axis]


@given(st.permutations(LETTERS), st.integers(0, len(LETTERS)))
def test_every_index_of_an_entry_is_a_loop_or_an_axis(letters: list[str], count: int) -> None:
    loops = "".join(letters[:count])
    known = Scheduled(FORWARD, Schedule(loops))
    for term in FORWARD.terms:
        path = CodeDraft(known).path(term, known.loops)
        assert "".join(map(str, path)) == "".join(i for i in loops if term.has(*indices(i)))
        for x in term.entries:
            axes = known.free(x, path)
            assert {*axes} | {i for i in path if x.has(i)} == {i for i in indices(LETTERS) if x.has(i)}
            assert not {*axes} & {*path}


def test_an_index_that_runs_in_blocks_is_in_the_path_and_still_an_axis() -> None:
    known = Scheduled(FORWARD, Schedule("n", "ij"))
    assert (known.loops, known.block) == (indices("ni"), *indices("i"))
    assert known.free(entry("Y"), known.loops) == indices("goij")
    inside, before = (DraftLine(CodeDraft(known), path) for path in (known.loops, indices("n")))
    assert [[*map(str, line.bounds(*indices(i)))] for line, i in ((inside, "i"), (inside, "j"), (before, "i"))] == [
        ["i", "end"], ["0", "Wo"], ["0", "Ho"],
    ]  # fmt: skip
    assert known.sizes([indices("ij"), indices("go")], known.loops) == ["-1", "O"]
    assert known.sizes([indices("ij"), indices("g"), ()]) == ["Ho*Wo", "groups", "1"]


def test_a_pair_two_in_a_window_and_one_alone() -> None:
    known, pair, window, alone = Scheduled(FORWARD, Schedule()), at("Y", 1), at("Xp", 2), at("Y", 2)
    assert [(known.paired(e), known.single(e)) for e in (pair, window, alone)] == [
        (True, True), (False, False), (False, True),
    ]  # fmt: skip
    assert not known.paired(pair, indices("g")), "a loop leaves one of the two"
    backwards = replace(FORWARD, extents=dict(reversed(FORWARD.extents.items())))
    assert Scheduled(backwards, Schedule()).on(pair) == indices("go"), "the axis is split as its number says"
    assert known.overlaps(entry("Xp"), ()) and not known.overlaps(entry("Xp"), indices("ij"))


def test_an_entry_that_is_all_of_its_tensor() -> None:
    known = Scheduled(FORWARD, Schedule("ngo"))
    inside = FORWARD.placing[0].target  # Xp[n, m, h + pt, w + pl]
    assert [known.whole(x) for x in (entry("Y"), entry("K"), inside)] == [True, True, False]
    assert [known.covers(x) for x in (entry("Y"), inside, Entry("bias", *indices("n")))] == [True, False, False]
    flat = Scheduled(programs(2, False)[0], Schedule())
    assert flat.covers(Entry("bias", 0)) and not flat.whole(Entry("bias", 0)), "bias has one entry, and no index"


def test_the_axis_that_the_schedule_wants_innermost() -> None:
    known = Scheduled(FORWARD, Schedule(last="c"))
    assert known.innermost("K") == 1 and known.innermost("Y") is None
    assert Scheduled(FORWARD, Schedule(last="b")).innermost("K") is None, "there it lies"


def test_a_tensor_made_on_the_way_has_an_axis_for_each_index() -> None:
    known = Scheduled(FORWARD, Schedule())
    windows = Entry("windows", *indices("ia"))
    assert known.shape_text(windows) == "Ho, kh" and known.shape_text(entry("K")) == "O, Cg, kh, kw"
    assert known.whole(windows) and known.covers(windows)


def test_what_lies_in_a_column_beside_a_block() -> None:
    assert Scheduled(FORWARD, Schedule("n", "ij")).columns == indices("nij")
    assert Scheduled(FORWARD, Schedule("n")).columns == ()
