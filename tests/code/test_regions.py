"""Windows: a tensor with one axis per index, where two vectorised indices meet in one subscript."""

from dataclasses import replace

import pytest
import torch
from lowered import Case, differing, programs

from symconv.code.draft import CodeDraft
from symconv.code.listing import printed
from symconv.code.lower import lower
from symconv.code.program import backward, forward
from symconv.code.regions import spread
from symconv.code.schedule import Schedule
from symconv.code.scheduled import Scheduled
from symconv.derivation.derive import gradients
from symconv.derivation.transposed import conv_transpose

FORWARD, BACKWARD = programs(2, True)


def text(schedule: Schedule, backward: bool = False) -> str:
    return "\n".join(printed(lower(BACKWARD if backward else FORWARD, schedule)))


def test_a_view_has_the_jacobian_of_the_subscripts_as_its_strides() -> None:
    """Xp[i sh + a dh]: one step of i is sh steps of the tensor, one of a is dh."""
    lines = text(Schedule(window="ijab"))
    assert "# windows[i, j, a, b, n, g, c] = Xp[n, g*Cg + c, i*sh + a*dh, j*sw + b*dw]" in lines
    assert "(sh*step_h, sw*step_w, dh*step_h, dw*step_w, step_n, Cg*step_c, step_c)" in lines


def test_the_schedule_says_in_which_order_the_axes_lie() -> None:
    assert "windows[n, g, c, a, b, i, j] =" in text(Schedule(window="ngcabij"))
    assert "windows[n, g, c, i, a, j, b] =" in text(Schedule())


def test_loops_fill_a_window_where_the_schedule_says_so() -> None:
    lines = text(Schedule(fill="ij", window="ijab"))
    assert "regions[i, j] = " in lines and "as_strided" not in lines


def test_windows_are_added_back_by_loops_over_the_kernel() -> None:
    lines = text(Schedule(), backward=True)
    assert "for a in range(kh):" in lines and "for b in range(kw):" in lines and "for i" not in lines


@pytest.mark.parametrize("schedule", [Schedule(), Schedule(fill="ij")])
def test_each_term_is_added_back_through_windows_of_its_own(schedule: Schedule) -> None:
    """What the first has put there would be added once more with the second."""
    draft = CodeDraft(Scheduled(BACKWARD, schedule))
    one = next(t for t in BACKWARD.terms if t.target.tensor == "dXp")
    other = replace(one, number=-one.number)
    parts = [spread(draft, term, ()) for term in (one, other, one)]
    names = [filled.target.tensor for filled, _ in parts]
    assert all(back.target == one.target and back.factors == (filled.target,) for filled, back in parts)
    assert names[0] == names[2] != names[1]


def test_the_view_begins_where_its_tensor_does() -> None:
    """An operand may be a slice of a larger one: its offset is kept."""
    schedule = Schedule("n", matmul=True, fused=True, window="gcabij")
    torch.manual_seed(0)
    case = Case((6, 7), (2, 3), (2, 1), ((0, 0), (0, 0)), (1, 2))
    assert differing(FORWARD, schedule, case, True, ("Y",)) == []


def test_no_letter_of_a_users_name_is_taken_for_a_mark() -> None:
    """`dense` is no gradient, and `map` is no padded tensor."""
    op = conv_transpose(2, output="dense", weight="map")
    lines = "\n".join(printed(lower(forward(op), Schedule())))
    assert "    windows = torch.einsum" in lines and "    mapg = map.unflatten(0" in lines
    back = "\n".join(printed(lower(backward(op, gradients(op)), Schedule("ab"))))
    assert "    ddenseg = ddensep.unflatten(1" in back and "    dmapg = dmap.unflatten(0" in back
