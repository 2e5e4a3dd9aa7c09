"""Statements in a row become loops: neighbours share them where neither reads what the other writes."""

from symconv.code.listing import Line, Loop, Node
from symconv.code.lower import lower
from symconv.code.program import backward, forward
from symconv.code.schedule import Schedule
from symconv.derivation.derive import gradients
from symconv.derivation.equations import conv

FLAT = conv(2, channels=False)


def loops(nodes: tuple[Node, ...]) -> list[Loop]:
    return [n for n in nodes if isinstance(n, Loop)]


def test_three_gradients_share_the_loops_of_the_definition() -> None:
    nodes = lower(backward(FLAT, gradients(FLAT)), Schedule("ij"))
    (rows,) = loops(nodes)
    (columns,) = loops(rows.body)
    written = [n.code.partition(" += ")[0] for n in columns.body if isinstance(n, Line) and " += " in n.code]
    assert written == ["dXp[rows, cols]", "dK", "dbias[0]"]


def test_a_loop_does_not_swallow_what_it_writes_and_another_reads() -> None:
    """The padded gradient is complete only after the loops: what is taken out of it stands behind them."""
    nodes = lower(backward(FLAT, gradients(FLAT)), Schedule("ij"))
    place = [isinstance(n, Loop) for n in nodes].index(True)
    after = [n.code for n in nodes[place + 1 :] if isinstance(n, Line)]
    assert after == ["dX = dXp[pt : pt + H, pl : pl + W]"]


def test_what_a_loop_needs_is_made_just_before_it() -> None:
    nodes = lower(forward(FLAT), Schedule("ij"))
    place = [isinstance(n, Loop) for n in nodes].index(True)
    assert isinstance(nodes[place - 1], Line) and nodes[place - 1].code == "Y = X.new_zeros(Ho, Wo)"


def test_a_loop_over_blocks_says_where_each_ends() -> None:
    op = conv(2)
    nodes = lower(forward(op), Schedule("n", "i", matmul=True, fused=True, window="gcabnij"))
    (images,) = loops(nodes)
    (rows,) = loops(images.body)
    assert rows.head.code == "for i in range(0, Ho, block):" and rows.head.comment == "output rows i to end"
    assert isinstance(rows.body[0], Line) and rows.body[0].code == "end = min(i + block, Ho)"


def test_a_name_is_set_at_the_top_of_the_loop_it_depends_on() -> None:
    (rows,) = loops(lower(forward(FLAT), Schedule("ij")))
    (columns,) = loops(rows.body)
    assert isinstance(rows.body[0], Line) and rows.body[0].code.startswith("rows = slice(i*sh")
    assert isinstance(columns.body[0], Line) and columns.body[0].code.startswith("cols = slice(j*sw")
