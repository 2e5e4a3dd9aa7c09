"""Statements in a row become loops: neighbours share them where neither reads what the other writes."""

from pathlib import Path

import pytest

from symconv.code.draft import CodeDraft, DraftLine
from symconv.code.listing import CodeNode, CodeStatement, Loop
from symconv.code.lower import lower
from symconv.code.nest import nest
from symconv.code.program import backward, forward
from symconv.code.schedule import Schedule
from symconv.code.scheduled import Scheduled
from symconv.code.training import source
from symconv.derivation.derive import gradients
from symconv.derivation.equations import conv
from symconv.networks.network import load
from symconv.study import derive

FLAT = conv(2, channels=False)


def loops(nodes: tuple[CodeNode, ...]) -> list[Loop]:
    return [n for n in nodes if isinstance(n, Loop)]


def test_three_gradients_share_the_loops_of_the_definition() -> None:
    nodes = lower(backward(FLAT, gradients(FLAT)), Schedule("ij"))
    (rows,) = loops(nodes)
    (columns,) = loops(rows.body)
    written = [n.code.partition(" += ")[0] for n in columns.body if isinstance(n, CodeStatement) and " += " in n.code]
    assert written == ["dXp[rows, cols]", "dK", "dbias[0]"]


def test_a_loop_does_not_swallow_what_it_writes_and_another_reads() -> None:
    """The padded gradient is complete only after the loops: what is taken out of it stands behind them."""
    nodes = lower(backward(FLAT, gradients(FLAT)), Schedule("ij"))
    place = [isinstance(n, Loop) for n in nodes].index(True)
    after = [n.code for n in nodes[place + 1 :] if isinstance(n, CodeStatement)]
    assert after == ["dX = dXp[pt : pt + H, pl : pl + W]"]


@pytest.mark.parametrize(("reads", "count"), [("X", 1), ("Y", 2), ("view", 2)])
def test_neighbours_share_a_loop_unless_one_reads_what_the_other_writes(reads: str, count: int) -> None:
    program = forward(FLAT)
    draft = CodeDraft(Scheduled(program, Schedule("i")))
    draft.base["view"] = "Y"
    line = DraftLine(draft, draft.scheduled.loops)
    line.state(("Y[i]", "+=", "1"), "add", "Y", frozenset())
    line.state(("Z[i]", "+=", f"{reads}[i]"), "add", "Z", frozenset({reads}))
    assert len(loops(nest(draft))) == count


def test_what_a_loop_needs_is_made_just_before_it() -> None:
    nodes = lower(forward(FLAT), Schedule("ij"))
    place = [isinstance(n, Loop) for n in nodes].index(True)
    assert isinstance(nodes[place - 1], CodeStatement) and nodes[place - 1].code == "Y = X.new_zeros(Ho, Wo)"


def test_a_loop_over_blocks_says_where_each_ends() -> None:
    op = conv(2)
    nodes = lower(forward(op), Schedule("n", "i", matmul=True, fused=True, window="gcabnij"))
    (images,) = loops(nodes)
    (rows,) = loops(images.body)
    assert rows.head.code == "for i in range(0, Ho, block):" and rows.head.comment == "output rows i to end"
    assert isinstance(rows.body[0], CodeStatement) and rows.body[0].code == "end = min(i + block, Ho)"


def test_a_name_is_set_at_the_top_of_the_loop_it_depends_on() -> None:
    (rows,) = loops(lower(forward(FLAT), Schedule("ij")))
    (columns,) = loops(rows.body)
    assert isinstance(rows.body[0], CodeStatement) and rows.body[0].code.startswith("rows = slice(i*sh")
    assert isinstance(columns.body[0], CodeStatement) and columns.body[0].code.startswith("cols = slice(j*sw")


FILLED = {  # lines of emitted training steps: room is made only for what is not filled at once
    "toy-cnn": [
        "    P = torch.relu(S[:, 0]).reshape(3, 1)", "    dh = torch.sum(dz * W[:, 0]).reshape(1, 1)",
        "    dX = X.new_zeros(4, 3)",  # added to in a loop
    ],
    "max-pool-ceil-batch": [
        "    dh2 = dh3.clone()", "    dh1_h3 = dh3.clone()",  # a copy, as a part of dh3 would be a view of it
        "    h3 = (h1[0, 0] + h2[0, 0]).reshape(1, 1, 2)", "    z = torch.sum(h4[0, 0] * W[0]).reshape(1, 1)",
    ],
    "conv-transpose-of-a-column": [
        "    h4 = h3.new_zeros(2, 1, 4, 2)",  # filled in part
        "    dX = torch.einsum(\"nghab, gab -> ngh\", dh1g, W1[:, 0]).reshape(2, 2, 5, 1)",
    ],
    "conv-of-one-place-padded": ["    dh1[:] = 1/10 * dh2[:, 0, 0][:, None, None]"],  # one value for many entries
    "avg-pool-of-a-row": ["    dP = (2 * P[0, 0] - 2 * t[0, 0]).reshape(1, 1)", "    dXp[: 2, : 2] = 1/4 * dP[0, 0]"],
}  # fmt: skip


@pytest.mark.parametrize("name", FILLED)
def test_room_is_made_only_for_what_is_not_filled_at_once(name: str) -> None:
    file = Path(__file__).parents[1] / "faults" / f"{name}.toml"
    lines = source(derive(load(str(file) if file.exists() else name))).splitlines()
    assert [line for line in FILLED[name] if line not in lines] == []
