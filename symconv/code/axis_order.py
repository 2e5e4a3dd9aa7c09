"""The order of a tensor's axes in memory, where a schedule wants one of them innermost."""

from symconv.code.draft import CodeDraft, DraftLine


def laid_out(draft: CodeDraft, tensor: str) -> None:
    """The tensor copied so that the axis that the schedule wants innermost lies there."""
    known = draft.scheduled
    axis = known.innermost(tensor)
    if axis is None:
        return
    rank = len(known.program.shapes[tensor])
    there = (*range(axis), *range(axis + 1, rank), axis)
    back = (*range(axis), rank - 1, *range(axis, rank - 1))
    text = f"{tensor}.permute{there}.contiguous().permute{back}"
    _copied(draft, tensor, text, f"the axis of {known.schedule.last} innermost in memory", setup=True)


def laid_back(draft: CodeDraft, tensor: str) -> None:
    """A result as it is expected: in the order of its axes."""
    if draft.scheduled.innermost(tensor) is not None:
        _copied(draft, tensor, f"{tensor}.contiguous()", "its axes in order again", setup=False)


def _copied(draft: CodeDraft, tensor: str, text: str, comment: str, setup: bool) -> None:
    """The tensor under its own name, which is made no second time."""
    detail = (("tensor", tensor),)
    DraftLine(draft, ()).state((tensor, "=", text), "layout", tensor, frozenset({tensor}), setup, comment, detail)
