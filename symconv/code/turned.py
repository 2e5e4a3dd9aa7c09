"""The order of a tensor's axes in memory, where a schedule wants one of them innermost."""

from symconv.code.sheet import CodeDraft, Statement


def turned(sheet: CodeDraft, tensor: str) -> None:
    """The tensor copied so that the axis that the schedule wants innermost lies there."""
    axis = sheet.innermost(tensor)
    if axis is None:
        return
    rank = len(sheet.shapes[tensor])
    there = (*range(axis), *range(axis + 1, rank), axis)
    back = (*range(axis), rank - 1, *range(axis, rank - 1))
    text = f"{tensor}.permute{there}.contiguous().permute{back}"
    comment = f"the axis of {sheet.schedule.last} innermost in memory"
    _laid_out(sheet, tensor, text, comment, setup=True)


def turned_back(sheet: CodeDraft, tensor: str) -> None:
    """A result as it is expected: in the order of its axes."""
    if sheet.innermost(tensor) is not None:
        _laid_out(sheet, tensor, f"{tensor}.contiguous()", "its axes in order again", setup=False)


def _laid_out(sheet: CodeDraft, tensor: str, text: str, comment: str, setup: bool) -> None:
    detail = (("tensor", tensor),)
    sheet.statements.append(
        Statement(
            (), tensor, "=", text, "layout", tensor, frozenset({tensor}), setup=setup, comment=comment, detail=detail
        )
    )
