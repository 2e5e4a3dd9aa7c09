"""All documents of the tests' networks, and every formula and sentence in them."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, get_args, get_type_hints

from studies import FEW, NETWORKS, study

from symconv.code.emit import emitted
from symconv.formula.latex import latex
from symconv.handout.document import Document
from symconv.handout.handout import handout
from symconv.handout.pictures import Math, Rich
from symconv.text.prose import LANGUAGES
from symconv.text.rich_text import formulas as formulas_in
from symconv.verification.verify import Report

OF = {"some": FEW, "all": tuple(NETWORKS)}


def documents(name: str) -> tuple[Document, ...]:
    """The network's handout in every language."""
    return tuple(document(name, language) for language in LANGUAGES)


@cache
def document(name: str, language: str) -> Document:
    """The network's handout."""
    return handout(study(name), Report(), emitted(), language, None)


@cache
def formulas(of: str) -> tuple[str, ...]:
    """Every formula of these networks' handouts as LaTeX, once, those within sentences too."""
    return tuple(sorted({*map(latex, trees(of))}.union(*map(formulas_in, sentences(of)))))


@cache
def trees(of: str) -> tuple[Math, ...]:
    """Every formula of these networks' handouts that stands for itself, once."""
    return tuple(dict.fromkeys(x for x in _parts(of) if isinstance(x, Math)))


@cache
def sentences(of: str) -> tuple[str, ...]:
    """Every piece of rich text of these networks' handouts, once."""
    return tuple(sorted({x for x in _parts(of) if isinstance(x, str)}))


def _parts(of: str) -> Iterator[Math | Rich]:
    """Of some networks, one language after the other: their formulas are the same."""
    for k, name in enumerate(OF[of]):
        languages = LANGUAGES if of == "all" else LANGUAGES[k % len(LANGUAGES) :][:1]
        for language in languages:
            yield from inside(document(name, language))


def inside(value: Any, kind: Any = Rich) -> Iterator[Math | Rich]:
    """The formulas and the sentences in a value of a declared kind: of all texts only some are sentences."""
    if isinstance(value, Math):
        yield from (value,) if value else ()
    elif is_dataclass(value):
        hints = get_type_hints(type(value), include_extras=True)
        for field in fields(value):
            yield from inside(getattr(value, field.name), hints[field.name])
    elif isinstance(value, tuple):
        inner = [k for k in get_args(kind) if k is not ...]
        for part in value:
            yield from inside(part, inner[0] if len(set(inner)) == 1 else None)
    elif isinstance(value, str) and value and (kind is Rich or Rich in get_args(kind)):
        yield value


def every(kind: type, block: Any) -> Iterator[Any]:
    """All parts of a document of one kind."""
    if isinstance(block, kind):
        yield block
    if is_dataclass(block):
        for f in fields(block):
            yield from every(kind, getattr(block, f.name))
    elif isinstance(block, tuple):
        for b in block:
            yield from every(kind, b)
