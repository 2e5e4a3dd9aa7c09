"""What depends on what, for a page to point at: every tensor's numbers, and what each entry is computed from."""

from collections.abc import Iterator
from itertools import accumulate
from math import prod

from mpmath import floor, log10, nint

from symconv.array import Array, indices
from symconv.derivation.index import Entry
from symconv.derivation.tensors import gradient, is_copy, without_gradient
from symconv.handout.document import Explorer, Link, NumberField, Shown
from symconv.handout.numerals import in_cell
from symconv.handout.pen import Pen
from symconv.handout.pictures import Math
from symconv.networks.network import shapes
from symconv.worked.dependencies import dependencies

MOST_LISTED, MOST_LISTED_READS = 600, 20_000  # entries of which each has a place of its own on a page
MOST, MOST_READS = 200_000, 5_000_000  # what a page can carry, and a browser follow at once
DECIMALS, SIGNIFICANT = 4, 4  # kept of a field's numbers; of its largest at least


def explorer(pen: Pen) -> tuple[Explorer, ...]:
    """One explorer, with every number where they are few and exact, else with fields; none for a very large network."""
    names = _names(pen)
    sizes = [prod(_shape(pen, name)) for name in names]
    if sum(sizes) > MOST or 0 in sizes:
        return ()
    maps = dependencies(pen.study)
    reads = sum(m.count for m in maps)
    if reads > MOST_READS:
        return ()
    listed = pen.study.exact and sum(sizes) <= MOST_LISTED and reads <= MOST_LISTED_READS
    begin = dict(zip(names, accumulate(sizes, initial=0), strict=False))
    links = tuple(Link(begin[m.written], begin[m.read], m.factors) for m in maps)
    tensors = tuple(x for name in names for x in (_slices(pen, name) if listed else [_field(pen, name)]))
    text = pen.say("page.explorer_text" if listed else "page.fields_text")
    return (Explorer(pen.say("page.explorer"), text, tensors, links, pen.habits.first),)


def _names(pen: Pen) -> list[str]:
    """Every tensor, then every gradient, in forward order; a copy of a tensor is none of its own."""
    given = shapes(pen.study.network)
    return [*given, *(gradient(t) for t in pen.study.derivations if not is_copy(t))]


def _shape(pen: Pen, name: str) -> tuple[int, ...]:
    return pen.shapes[without_gradient(name)]


def _printed(pen: Pen, name: str) -> Math:
    tensor = without_gradient(name)
    return pen.letter(tensor) if tensor == name else pen.printer.inline_gradient(tensor)


def _values(pen: Pen, name: str) -> Array:
    tensor = without_gradient(name)
    return (pen.study.values_to_show if tensor == name else pen.study.gradients_to_show)[tensor]


def _slices(pen: Pen, name: str) -> Iterator[Shown]:
    """A tensor's numbers in tables: one for all values of its indices but the last two."""
    shape, values = _shape(pen, name), _values(pen, name)
    columns = shape[-1] if len(shape) > 1 else 1
    for at in indices(shape[:-2]):
        whole = _printed(pen, name)
        if any(n > 1 for n in shape[:-2]):
            whole = pen.part(whole, at)
        places = [(*at, *inner) for inner in indices(shape[len(at) :])]
        cells = tuple((pen.printer(Entry(name, *place)), in_cell(values[place])) for place in places)
        rows = tuple(cells[k : k + columns] for k in range(0, len(cells), columns))
        yield Shown(whole, rows, name != without_gradient(name))


def _field(pen: Pen, name: str) -> NumberField:
    numbers = pen.study.floats[name].entries
    largest = max(map(abs, numbers), default=0)
    digits = max(DECIMALS, SIGNIFICANT - 1 - int(floor(log10(largest)))) if largest else 0
    shape = tuple(n for n in _shape(pen, name) if n != 1)
    rounded = tuple(round(x * 10**digits) if isinstance(x, float) else int(nint(x * 10**digits)) for x in numbers)
    return NumberField(_printed(pen, name), shape, rounded, digits, name != without_gradient(name))
