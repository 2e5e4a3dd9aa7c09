"""All documents of the tests' networks, and every formula and sentence in them."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, get_args, get_type_hints

from studies import FEW, NETWORKS, study

from symconv.code.emit import emitted
from symconv.handout.document import Document, Table
from symconv.handout.handout import handout
from symconv.handout.pictures import Math, Rich
from symconv.text.prose import LANGUAGES
from symconv.text.rich_text import formulas as formulas_in
from symconv.verification.verify import Report

OF = {"some": FEW, "all": tuple(NETWORKS)}


@cache
def documents(name: str) -> tuple[Document, ...]:
    """The network's handout in every language."""
    return tuple(handout(study(name), Report(), emitted(), language, None) for language in LANGUAGES)


@cache
def formulas(of: str) -> tuple[str, ...]:
    """Every formula of these networks' handouts, once, those within sentences too."""
    found = {text for kind, text in _texts(of) if kind is Math}
    return tuple(sorted(found.union(*map(formulas_in, sentences(of)))))


@cache
def sentences(of: str) -> tuple[str, ...]:
    """Every piece of rich text of these networks' handouts, once."""
    return tuple(sorted({text for kind, text in _texts(of) if kind is Rich}))


def _texts(of: str) -> Iterator[tuple[Any, str]]:
    for name in OF[of]:
        for document in documents(name):
            yield from _inside(document)


def _inside(value: Any, kind: Any = None) -> Iterator[tuple[Any, str]]:
    """The texts in a value of a declared kind: Math and Rich are told apart by their annotations only."""
    if is_dataclass(value):
        if isinstance(value, Table):
            yield from _cells(value)
            return
        hints = get_type_hints(type(value), include_extras=True)
        for field in fields(value):
            yield from _inside(getattr(value, field.name), hints[field.name])
    elif isinstance(value, tuple):
        inner = [k for k in get_args(kind) if k is not ...]
        for part in value:
            yield from _inside(part, inner[0] if len(set(inner)) == 1 else None)
    elif isinstance(value, str) and value and kind in (Math, Rich):
        yield kind, value


def _cells(table: Table) -> Iterator[tuple[Any, str]]:
    for row in table.rows:
        yield from ((Math if c.math else Rich, cell) for c, cell in zip(table.columns, row, strict=True) if cell)
    yield from ((Rich, text) for text in (*table.header, table.note) if text)
