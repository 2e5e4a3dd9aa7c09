"""Models whose formulas a test writes as LaTeX: `with_trees` reads every one where the class has a formula."""

from collections.abc import Iterable
from dataclasses import fields, is_dataclass, replace
from typing import Any, get_args, get_type_hints

from symconv.formula.read import read
from symconv.handout.document import Table
from symconv.handout.pictures import Math

FORMULA = frozenset(get_args(Math))


def with_trees(value: Any, kind: Any = None) -> Any:
    """The same, each text that stands for a formula as its tree; a cell is one if its column's are."""
    if isinstance(value, str):
        return read(value) if frozenset(get_args(kind)) == FORMULA else value
    if isinstance(value, Table):
        return replace(value, rows=tuple(tuple(_cells(value, row)) for row in value.rows))
    if isinstance(value, tuple):
        inner = [k for k in get_args(kind) if k is not ...]
        kinds = inner if len(inner) == len(value) else inner[:1] * len(value) or [None] * len(value)
        return tuple(with_trees(part, k) for part, k in zip(value, kinds, strict=True))
    if is_dataclass(value) and not isinstance(value, type) and not isinstance(value, Math):
        hints = get_type_hints(type(value))
        return replace(value, **{f.name: with_trees(getattr(value, f.name), hints[f.name]) for f in fields(value)})
    return value


def _cells(table: Table, row: Iterable[Any]) -> list[Any]:
    return [read(x) if c.math and x and isinstance(x, str) else x for c, x in zip(table.columns, row, strict=True)]
