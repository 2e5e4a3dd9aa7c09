"""An explorer on a page: tables of buttons or fields of squares, and what depends on what as JSON for the script."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate, chain, count

from symconv.formula.compose import stacked
from symconv.handout.document import Explorer, Link, NumberField, Shown
from symconv.handout.pictures import Math, Rich
from symconv.text.prose import Prose
from symconv.writers.html.text import spoken


@dataclass(frozen=True)
class ExplorerView:
    title: Rich
    text: Rich
    tensors: tuple["TensorView", ...]
    graph: str
    say: Prose


@dataclass(frozen=True)
class TensorView:
    """`rows` holds for every entry its number, what is read aloud and what is shown; a field has none."""

    name: Math
    label: str
    gradient: bool
    rows: tuple[tuple[tuple[int, str, Math], ...], ...]


def explorer_view(block: Explorer, say: Prose) -> ExplorerView:
    numbers = count()
    tensors = tuple(_tensor(t, numbers) for t in block.tensors)
    return ExplorerView(block.title, block.text, tensors, json.dumps(_graph(block), separators=(",", ":")), say)


def _tensor(tensor: Shown | NumberField, numbers: Iterator[int]) -> TensorView:
    label = spoken(tensor.name)
    if isinstance(tensor, NumberField):
        return TensorView(tensor.name, label, tensor.gradient, ())
    rows = tuple(tuple((next(numbers), spoken(name), stacked(entry)) for name, entry in row) for row in tensor.rows)
    return TensorView(tensor.name, label, tensor.gradient, rows)


def _graph(block: Explorer) -> dict[str, object]:
    """How many entries there are, the number that indices begin with, what is computed from what, and every field."""
    begin = accumulate((t.count for t in block.tensors), initial=0)
    fields = [_field(t, k) for t, k in zip(block.tensors, begin, strict=False) if isinstance(t, NumberField)]
    entries = sum(t.count for t in block.tensors)
    return {"count": entries, "first": block.first, "links": [*map(_link, block.links)], "fields": fields}


def _link(link: Link) -> list[object]:
    return [link.to, link.from_, [_flat(pairs) for pairs in link.factors]]


def _flat(pairs: Iterable[tuple[int, int]]) -> list[int]:
    return [*chain.from_iterable(pairs)]


def _field(field: NumberField, begin: int) -> dict[str, object]:
    return {"begin": begin, "shape": field.shape, "digits": field.digits, "numbers": field.numbers}
