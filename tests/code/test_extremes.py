"""Maxima over windows, their winners, and sums of exponentials: the text, and torch's own numbers, ties included."""

from typing import Any

import pytest
import torch
from depth import examples
from hypothesis import given, settings, strategies as st
from pointwise import pointwise

from symconv.code.draft import CodeDraft, DraftLine
from symconv.code.extremes import text_of
from symconv.code.listing import printed
from symconv.code.lower import lower
from symconv.code.pieces import Exponentials
from symconv.code.program import Program, backward, forward
from symconv.code.regions import window
from symconv.code.schedule import Schedule
from symconv.code.scheduled import Scheduled
from symconv.derivation.derive import gradients
from symconv.derivation.equations import Operation, cross_entropy, global_max_pool, max_pool
from symconv.derivation.index import Entry
from symconv.errors import Broken
from symconv.text.notation import Reader


def programs(op: Operation) -> tuple[Program, Program]:
    return forward(op), backward(op, gradients(op))


def outside(program: Program, order: str = "") -> DraftLine:
    """A line outside of all loops; `order` is that of a window's axes."""
    return DraftLine(CodeDraft(Scheduled(program, Schedule(window=order))), ())


def text(program: Program, name: str, order: str = "") -> tuple[str, str]:
    """The text of a piece of the program, and the indices of its axes."""
    line, piece = outside(program, order), program.pieces[name]
    x, filling = window(line.draft, piece.entry) if line.scheduled.overlaps(piece.entry, ()) else (piece.entry, None)
    assert filling is None, "strided windows need no statement of their own"
    found, axes = text_of(piece, line, x)
    return found, "".join(map(str, axes))


HOT = "torch.nn.functional.one_hot"


@pytest.mark.parametrize(
    ("op", "name", "order", "found", "axes"),
    [
        (max_pool(2), "max(P)", "", "windows.amax((1, 3))", "ij"),
        (max_pool(2), "max(P)", "abij", "windows.amax((0, 1))", "ij"),
        (max_pool(1), "max(P)", "", "windows.amax(1)", "j"),
        (global_max_pool(2), "max(P)", "", "P.amax()", ""),
        (max_pool(1), "winner(P)", "", f"{HOT}(windows.argmax(-1), kw)", "jb"),
        (max_pool(2), "winner(P)", "ijab", f"{HOT}(windows.flatten(2).argmax(-1), kh*kw).reshape(Ho, Wo, kh, kw)",
         "ijab"),
        (max_pool(2), "winner(P)", "abij",
         f"{HOT}(windows.permute(2, 3, 0, 1).flatten(2).argmax(-1), kh*kw).reshape(Ho, Wo, kh, kw)", "ijab"),
        (global_max_pool(2), "winner(P)", "", f"{HOT}(P.flatten().argmax(0), H*W).reshape(H, W)", "ab"),
        (cross_entropy(), "logsumexp(z)", "", "torch.logsumexp(z, 0)", ""),
        (cross_entropy(), "softmax(z)", "", "torch.softmax(z, 0)", "k"),
    ],
)  # fmt: skip
def test_texts(op: Operation, name: str, order: str, found: str, axes: str) -> None:
    program = next(p for p in programs(op) if name in p.pieces)
    assert text(program, name, order) == (found, axes)


def test_exponentials_are_summed_over_one_axis_of_several() -> None:
    line = outside(forward(pointwise("relu", "ij")))
    i, j = line.scheduled.extents
    S = Entry("S", i, j)
    assert [text_of(Exponentials(S, x, "softmax"), line, S) for x in (i, j)] == [
        ("torch.softmax(S, 0)", (i, j)), ("torch.softmax(S, 1)", (i, j)),
    ]  # fmt: skip
    assert text_of(Exponentials(S, j, "logsumexp"), line, S) == ("torch.logsumexp(S, 1)", (i,))


def test_what_has_no_text_is_a_fault_of_ours() -> None:
    with pytest.raises(Broken, match="no text is known for 7"):
        text_of(7, outside(forward(max_pool(1))), Entry("P", 0))  # type: ignore[arg-type]


@pytest.mark.parametrize("fill", ["", "ij"])
def test_a_piece_in_a_product_is_a_tensor_and_a_function_stays_in_its_place(fill: str) -> None:
    pool, applied = programs(max_pool(2))[1], programs(pointwise("relu", "ij"))[0]
    lines = [line.strip() for line in printed(lower(pool, Schedule(fill=fill)))]
    made = next(k for k, line in enumerate(lines) if line.startswith("winner ="))
    padded = next(k for k, line in enumerate(lines) if line.startswith("Pp["))
    assert padded < made, "it is made behind the line that fills Pp"
    assert lines[made + 2] == ").reshape(Ho, Wo, kh, kw)" and " = dh[:, None, :, None] * winner." in lines[made + 3]
    assert printed(lower(applied, Schedule(fill=fill))) == ["    P = torch.relu(S)"]


# ------------------------------------------------------------------------------------------------ against torch
THERE, BACK = programs(max_pool(2, output="Y"))  # not h: its gradient would be spelt as a dilation


def run(program: Program, sizes: dict[str, int], **tensors: torch.Tensor) -> dict[str, Any]:
    """The printed lines, with a number for each extent and option."""
    space: dict[str, Any] = {"torch": torch, **sizes, **tensors}
    for symbol, value in program.facts:
        space[str(symbol)] = eval(Reader(program.order)(value), {}, space)
    exec("\n".join(line[4:] for line in printed(lower(program, Schedule()))), space)
    return space


@settings(max_examples=examples(50))
@given(st.data())
def test_of_several_equal_entries_torchs_receives_the_gradient(data: st.DataObject) -> None:
    """Entries from 0 to 2: most windows have a tie."""
    small = st.tuples(st.integers(1, 3), st.integers(1, 3))
    kernel, stride, dilation, more = (data.draw(small) for _ in range(4))
    padding = tuple(data.draw(st.integers(0, k // 2)) for k in kernel)
    H, W = ((k - 1) * d + n for k, d, n in zip(kernel, dilation, more, strict=True))
    entries = data.draw(st.lists(st.integers(0, 2), min_size=H * W, max_size=H * W))
    P = torch.tensor(entries, dtype=torch.float64).reshape(H, W).requires_grad_()
    Y = torch.nn.functional.max_pool2d(P[None], kernel, stride, padding, dilation)[0]
    dY = torch.arange(1, Y.numel() + 1).double().reshape(Y.shape)

    names = ["H", "W", "kh", "kw", "sh", "sw", "dh", "dw", "pt", "pl", "pb", "pr"]
    sizes = dict(zip(names, (H, W, *kernel, *stride, *dilation, *padding, *padding), strict=True))
    assert torch.equal(run(THERE, sizes, P=P.detach())["Y"], Y)
    assert torch.equal(run(BACK, sizes, P=P.detach(), dY=dY)["dP"], torch.autograd.grad(Y, P, dY)[0])
