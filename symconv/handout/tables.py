"""A tensor as tables whose cells have colours, and which of its entries are read for which of another."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from math import prod

from symconv.array import Index, Shape, indices
from symconv.derivation.operation import Equation
from symconv.derivation.tensors import gradient
from symconv.formula.compose import numeral
from symconv.handout.numerals import in_decimals
from symconv.handout.pen import Pen
from symconv.handout.pictures import ColouredTable, Math
from symconv.worked.dependencies import index_maps

SliceNames = Callable[[Index], Math]  # of a slice, by its first indices
Goes = Mapping[str, Mapping[int, tuple[int, ...]]]  # tensor -> its entry -> the entries that it is read for, by number


def goes(pen: Pen, equation: Equation) -> Goes:
    """Of every tensor that an equation reads, which of its entries goes into which entries of what is written."""
    known = {**pen.shapes, **{gradient(t): shape for t, shape in pen.shapes.items()}}
    found: dict[str, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for each in index_maps(equation, known):
        for written, read in each.pairs():
            found[each.read][read].add(written)
    return {t: {k: tuple(sorted(to)) for k, to in sorted(entries.items())} for t, entries in found.items()}


def squeezed(shape: Shape) -> Shape:
    """Without its axes of one entry, which no index in print has."""
    return tuple(n for n in shape if n != 1)


def place_of(number: int, shape: Shape) -> Index:
    """The index of an entry that is counted in row-major order."""
    return tuple(number // prod(shape[k + 1 :]) % n for k, n in enumerate(shape))


def number_of(at: Index, shape: Shape) -> int:
    """The reverse."""
    return sum(i * prod(shape[k + 1 :]) for k, i in enumerate(at))


def tables(
    named: SliceNames, shape: Shape, cells: Sequence[Math], colours: Sequence[int], framed: Collection[int] = ()
) -> tuple[ColouredTable, ...]:
    """One for each slice of a tensor of more than two axes; a vector lies."""
    short = squeezed(shape)
    rows, columns = (1, 1, *short)[-2:]
    out = []
    for k, at in enumerate(indices(short[:-2])):
        own = range(k * rows * columns, (k + 1) * rows * columns)
        lines = [own[r * columns : (r + 1) * columns] for r in range(rows)]
        out.append(
            ColouredTable(
                named(at),
                tuple(tuple(cells[n] for n in line) for line in lines),
                tuple(tuple(colours[n] for n in line) for line in lines),
                tuple(divmod(n - own.start, columns) for n in framed if n in own),
            )
        )
    return tuple(out)


def sliced(pen: Pen, name: Math) -> SliceNames:
    """The name itself, or with the first indices of a slice."""
    return lambda at: pen.part(name, at) if at else name


def cell(x: float) -> Math:
    """A number to four decimals."""
    short = f"{x:.4f}"
    return numeral(in_decimals(x) or short if float(short) else "0")
