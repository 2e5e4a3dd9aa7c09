"""Any schedule of any Terms computes what the equation says, or is refused: bit-equal to torch on integers."""

from dataclasses import replace

import pytest
import torch
from depth import few
from lowered import Case, cases, differing, flat, programs, random_schedules, transposed_cases

from symconv.code.forms import FORMS
from symconv.code.listing import CodeNode, CodeStatement, Loop, fold, printed, split_commas
from symconv.code.lower import lower
from symconv.code.program import Program
from symconv.code.schedule import Schedule
from symconv.errors import NotSupported

GRADIENTS = ("dX", "dK", "dbias")
SCHEDULES = {  # name: with channels, schedule
    **{name: (form.channels, form.schedule) for name, form in FORMS.items()},
    "gemm, images in turn": (True, Schedule("n", "tij", True, True, window="gcorabntij", spread="rab")),
    "gemm, one product": (True, Schedule("", "", True, True, window="gcorabntij", spread="rab")),
    "taps by matrices": (True, Schedule("rab", matmul=True)),
    "every index": (True, Schedule("ngotijcrab")),
    "einsum of windows": (True, Schedule()),
}


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize("name", SCHEDULES)
def test_forward_and_derived_backward_equal_torch(name: str, dims: int) -> None:
    """The mechanism's guard: one lowering serves the operation and its gradients, in every dimension."""
    channels, schedule = SCHEDULES[name]
    forward, backward = programs(dims, channels)
    for case in cases(dims) if dims < 3 or name != "every index" else list(cases(dims))[:1]:
        case = case if channels else flat(case)
        assert differing(forward, schedule, case, channels, ("Y",)) == [], case
        assert differing(backward, schedule, case, channels, GRADIENTS) == [], case


@pytest.mark.parametrize("count", few([8, 30], 8))
def test_random_schedules_are_right_or_refused(count: int) -> None:
    """Found two bugs that no named form touches."""
    forward, backward = programs(2, True)
    assert equal(forward, backward, list(cases(2))[:2], count, seed=20) >= count * 5 / 3


@pytest.mark.parametrize("count", few([8, 30], 8))
def test_random_schedules_of_the_transposed_convolution(count: int) -> None:
    forward, backward = programs(2, True, transposed=True)
    assert equal(forward, backward, list(transposed_cases()), count, seed=21, places="hw") >= count * 4 / 3


def equal(forward: Program, backward: Program, cases: list[Case], schedules: int, seed: int, places: str = "ij") -> int:
    """How many programs of so many schedules were bit-equal to torch; the others were refused with a message."""
    count = 0
    for schedule in random_schedules(schedules, seed, places):
        for program, names in ((forward, ("Y",)), (backward, GRADIENTS)):
            try:
                wrong = [x for case in cases for x in differing(program, schedule, case, True, names)]
            except NotSupported as error:
                assert "schedule" in str(error) or "order" in str(error)
                continue
            assert wrong == [], schedule
            count += 1
    return count


def test_an_empty_batch_is_an_empty_result() -> None:
    forward, _ = programs(2, True)
    case = Case((5, 6), (2, 3), (1, 2), ((1, 0), (0, 1)), (1, 1), batch=0)
    for name in ("batched", "gemm", "taps"):
        assert differing(forward, SCHEDULES[name][1], case, True, ("Y",)) == []


# ------------------------------------------------------------------------------------------------ the pair of rules
def written(nodes: tuple[CodeNode, ...], tensor: str) -> list[str]:
    return [line.strip() for line in printed(nodes) if line.strip().startswith(tensor)]


def test_a_first_write_that_meets_every_entry_once_is_an_assignment() -> None:
    forward, backward = programs(2, True)
    assert written(lower(forward, FORMS["batched"].schedule), "Y[n, k")[0].startswith("Y[n, k, i, j] = torch.sum")
    taps = lower(backward, Schedule("rab"))
    assert any(line.startswith("dKg[..., a, b] = ") for line in written(taps, "dKg["))


def test_a_write_that_meets_an_entry_twice_adds() -> None:
    _, backward = programs(2, False)
    nodes = lower(backward, FORMS["loop"].schedule)
    assert written(nodes, "dXp[rows") == ["dXp[rows, cols] += dY[i, j] * K"]
    assert written(nodes, "dK ")[1:] == ["dK += dY[i, j] * Xp[rows, cols]"]


def test_the_term_under_fewer_loops_comes_first_and_is_not_overwritten() -> None:
    """Either rule alone would hide the loss of the other: here the bias is written before the loops, then added to."""
    forward, _ = programs(2, True)
    lines = written(lower(forward, Schedule("rab")), "Y")
    assert lines[:2] == ["Y = X.new_empty(N, O, Ho, Wo)", "Y[:] = bias[:, None, None]"]
    assert all("+=" in line for line in lines[2:] if "unflatten" not in line)
    turned = replace(forward, terms=forward.terms[::-1])
    assert printed(lower(turned, Schedule("rab"))) == printed(lower(forward, Schedule("rab")))


@pytest.mark.parametrize(("field", "letters"), [("fill", "ia"), ("fill", "jb")])
def test_loops_that_leave_a_window_are_refused(field: str, letters: str) -> None:
    forward, _ = programs(2, True)
    with pytest.raises(NotSupported, match=f"{field}='{letters}' leaves two indices in one subscript"):
        lower(forward, Schedule(**{field: letters}))  # type: ignore[arg-type]


def test_spread_loops_that_leave_a_window_are_refused() -> None:
    _, backward = programs(2, True)
    with pytest.raises(NotSupported, match="spread='a' leaves two indices"):
        lower(backward, Schedule(spread="a"))


# ------------------------------------------------------------------------------------------------ the look
def test_loops_say_what_they_count_and_slices_what_they_hold() -> None:
    forward, _ = programs(2, True)
    heads = [n.head for n in walk(lower(forward, FORMS["batched"].schedule))]
    assert [h.comment for h in heads] == [
        "image n", "group g", "output channel o of the group", "output row i", "output column j",
    ]  # fmt: skip
    text = "\n".join(printed(lower(forward, FORMS["batched"].schedule)))
    assert "rows = slice(i*sh, i*sh + kh*dh, dh)  # i*sh + a*dh, a = 0..kh-1" in text


def walk(nodes: tuple[CodeNode, ...]) -> list[Loop]:
    return [x for n in nodes if isinstance(n, Loop) for x in (n, *walk(n.body))]


@pytest.mark.parametrize("name", ["loop", "flatten", "batched", "taps", "gemm", "taps by matrices"])
def test_no_statement_is_long(name: str) -> None:
    channels, schedule = SCHEDULES[name]
    for program in programs(2, channels):
        lines = [line for line in printed(lower(program, schedule)) if not line.lstrip().startswith("#")]
        assert [line for line in lines if len(line) > 88] == []


def test_a_long_line_is_opened_at_its_longest_bracket() -> None:
    assert fold('f("a, b", ' + "x" * 90 + ")", 1) == ["    f(", '        "a, b",', f"        {'x' * 90},", "    )"]
    assert fold("(" + "x" * 90 + ")", 0) == ["(", "    " + "x" * 90, ")"]  # no comma: it would make a tuple
    assert split_commas('a, (b, c), "d, e"') == ["a", "(b, c)", '"d, e"']


def test_a_comment_stands_behind_its_line_or_above() -> None:
    assert printed([CodeStatement("a = 1", "extent", "one")]) == ["    a = 1  # one"]
    assert printed([CodeStatement("a = 1", "extent", "x" * 90)]) == ["    # " + "x" * 90, "    a = 1"]
