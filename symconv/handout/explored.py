"""What depends on what, for a page to point at: every tensor's numbers, and what each entry is computed from."""

from itertools import groupby

from symconv.array import indices
from symconv.derivation.index import Entry
from symconv.handout.document import Explorer, Shown
from symconv.handout.latex import SIGN, in_cell, letter
from symconv.handout.pen import Pen
from symconv.networks.network import shapes
from symconv.worked.dependencies import Cell, dependencies, small

MOST_CELLS, MOST_READS = 600, 20_000  # what can still be pointed at, and be carried by a page

Slice = tuple[str, bool, tuple[int, ...]]  # a tensor or its gradient, and all indices but the last two


def explorer(pen: Pen) -> tuple[Explorer, ...]:
    """One explorer, or none where there are too many entries or no exact numbers."""
    study = pen.study
    if not study.exact or not small(study):
        return ()
    reads = dependencies(study)
    cells = tuple(reads)
    if len(cells) > MOST_CELLS or sum(map(len, reads.values())) > MOST_READS:
        return ()
    number = {cell: k for k, cell in enumerate(cells)}
    tensors = tuple(_shown(pen, slice_, len(list(group))) for slice_, group in groupby(cells, _slice))
    links = tuple(tuple(number[source] for source in reads[cell]) for cell in cells)
    return (Explorer(pen.say("page.explorer"), pen.say("page.explorer_text"), tensors, links),)


def _slice(cell: Cell) -> Slice:
    return cell.tensor, cell.gradient, cell.at[:-2]


def _shown(pen: Pen, slice_: Slice, count: int) -> Shown:
    """One table of a tensor's numbers: all of it, or one of its slices."""
    tensor, gradient, at = slice_
    values = (pen.study.exact_gradients if gradient else pen.study.exact_values)[tensor]
    shape = shapes(pen.study.network)[tensor]
    places = [(*at, *inner) for inner in indices(shape[len(at) :])]
    assert len(places) == count, slice_
    columns = shape[-1] if len(shape) > 1 else 1
    whole = pen.tex.inline_gradient(tensor) if gradient else letter(tensor)
    name = pen.habits.entry(whole, [str(pen.number(k)) for k in at]) if any(n > 1 for n in shape[:-2]) else whole
    texts = [pen.tex(Entry((SIGN if gradient else "") + tensor, *place)) for place in places]
    cells = tuple(zip(texts, (in_cell(values[place]) for place in places), strict=True))
    return Shown(name, "", tuple(cells[k : k + columns] for k in range(0, count, columns)), gradient)
