"""Where entries stand: of a layer that moves, joins or repeats them, tables whose cells have the same colours before
and after it. Every place is read from the index map of the layer's own equation or, backward, of the gradient's."""

from collections.abc import Sequence
from dataclasses import replace
from math import prod

from sympy import Expr, Integer

from symconv.array import Array, Index
from symconv.derivation.derivation import Derivation
from symconv.derivation.index import Entry, Sum, rebuild
from symconv.derivation.tensors import is_gradient, original, without_gradient
from symconv.formula.compose import COMMA, DOTS, EQUALS, listed
from symconv.handout.document import Block, FigureRow, Paragraph
from symconv.handout.figures.places import fits
from symconv.handout.numerals import in_cell
from symconv.handout.pen import Pen
from symconv.handout.pictures import ColouredTable, Math, PlacesPicture, Rich
from symconv.handout.summands import summands
from symconv.handout.tables import Goes, SliceNames, cell, goes, number_of, place_of, sliced, squeezed, tables
from symconv.networks.layers.arithmetic import ARITHMETIC
from symconv.networks.layers.cuts import CUTS
from symconv.networks.layers.flow import Flatten
from symconv.networks.layers.joins import JOINS
from symconv.networks.layers.shape import SHAPES
from symconv.worked.stages import Stage

MOVES = frozenset((Flatten.kind, *(x.kind for x in (*SHAPES, *CUTS))))
JOINED = frozenset(x.kind for x in JOINS)
TWO = frozenset(x.kind for x in ARITHMETIC)
MOST_ENTRIES, MOST_TABLES = 100, 8  # of what is drawn in a row
MOST_EQUAL = 4  # places of one entry that are named


def before_and_after(pen: Pen, stage: Stage) -> tuple[Block, ...]:
    """The figure of a layer that moves or joins entries, or has some go with several; nothing of any other layer."""
    if stage.kind in MOVES | JOINED:
        return _moved(pen, stage)
    return _repeated(pen, stage) if stage.kind in TWO else ()


def back_again(pen: Pen, stage: Stage, tensor: str) -> tuple[Block, ...]:
    """The same of a gradient that is cut out of the output's, or is the sum of what comes back from several places."""
    if stage.kind in JOINED:
        return _cut(pen, stage)
    return _added(pen, stage, tensor) if stage.kind in TWO | MOVES else ()


def _figure(text: Rich, picture: PlacesPicture) -> tuple[Block, ...]:
    """Nothing where the tables are too many or too wide to be read."""
    for each in (picture.read, picture.made):
        if len(each) > MOST_TABLES or sum(len(t.rows) * len(t.rows[0]) for t in each) > MOST_ENTRIES:
            return ()
    return (Paragraph(text, keep=True), FigureRow((picture,))) if fits(picture) else ()


# ------------------------------------------------------------------------------------------------ forward
def _moved(pen: Pen, stage: Stage) -> tuple[Block, ...]:
    read, made = list(dict.fromkeys(map(original, stage.operation.operands))), stage.output
    to = goes(pen, pen.equations[made])
    followed = _to_follow(pen, stage, to)
    if followed is None:
        return ()
    tensor, number = followed
    colours = _colours(pen, read, made, to)
    sources = [x for t in read for x in _values(pen, t, colours[t], [number] * (t == tensor))]
    equal = [_entry(pen, made, k) for k in to[tensor][number]]
    equal = equal if len(equal) <= MOST_EQUAL else [*equal[: MOST_EQUAL - 1], DOTS]
    text = pen.say(
        "places.moved",
        input=listed(map(pen.letter, read), COMMA),
        output=pen.letter(made),
        entry=listed([*equal, _entry(pen, tensor, number)], EQUALS),
    )
    return _figure(text, PlacesPicture(tuple(sources), _values(pen, made, colours[made], to[tensor][number])))


def _colours(pen: Pen, read: Sequence[str], made: str, to: Goes) -> dict[str, list[int]]:
    """Of every entry: a tensor that is joined to others has its own, one by itself a colour for each slice. What is not
    read has none."""
    out = {t: [0] * prod(pen.shapes[t]) for t in (*read, made)}
    for number, tensor in enumerate(read, start=1):
        slice_ = prod(squeezed(pen.shapes[tensor])[1:])
        for k, results in to.get(tensor, {}).items():
            out[tensor][k] = number if len(read) > 1 else k // slice_ + 1
            for n in results:
                out[made][n] = out[tensor][k]
    return out


def _to_follow(pen: Pen, stage: Stage, to: Goes) -> tuple[str, int] | None:
    """An entry, by its tensor and its number, that stands elsewhere afterwards: of the last tensor, and behind its
    first slice rather than in it; None where all stand where they stood."""
    after = squeezed(pen.shapes[stage.output])
    for tensor in reversed([original(t) for t in stage.operation.operands]):
        before = squeezed(pen.shapes[tensor])
        elsewhere = [
            k
            for k, places in to.get(tensor, {}).items()
            if any(place_of(n, after) != place_of(k, before) for n in places)
        ]
        if elsewhere:
            return tensor, next((k for k in elsewhere if k >= prod(before[1:])), elsewhere[0])
    return None


def _repeated(pen: Pen, stage: Stage) -> tuple[Block, ...]:
    """Of two tensors the smaller one, and in the larger one what each of its entries goes with."""
    sizes = {original(t): prod(pen.shapes.get(original(t), ())) for t in stage.operation.operands}
    whole = prod(pen.shapes[stage.output])
    small = next((t for t, n in sizes.items() if 1 < n < whole), "")
    if not small:
        return ()
    large = next((t for t, n in sizes.items() if n == whole), stage.output)
    to = goes(pen, pen.equations[stage.output])[small]
    text = pen.say("places.repeated", small=pen.letter(small), large=pen.letter(large))
    after = {n: k + 1 for k, places in to.items() for n in places}
    colours = [after[n] for n in range(whole)]
    own = [k + 1 for k in range(sizes[small])]
    return _figure(text, PlacesPicture(_values(pen, small, own), _values(pen, large, colours)))


def _values(pen: Pen, tensor: str, colours: Sequence[int], framed: Sequence[int] = ()) -> tuple[ColouredTable, ...]:
    return _of(pen, pen.letter(tensor), pen.study.values_to_show[tensor], colours, framed)


def _of(
    pen: Pen, name: Math, values: Array, colours: Sequence[int], framed: Sequence[int] = ()
) -> tuple[ColouredTable, ...]:
    return tables(sliced(pen, name), values.shape, list(map(in_cell, values.entries)), colours, framed)


def _entry(pen: Pen, tensor: str, number: int) -> Math:
    return pen.entry(tensor, *place_of(number, pen.shapes[tensor]))


# ------------------------------------------------------------------------------------------------ backward
def _cut(pen: Pen, stage: Stage) -> tuple[Block, ...]:
    """The gradient of a joined tensor in the colours of its parts, and the parts."""
    read, made = stage.operation.operands, stage.output
    colours = _colours(pen, list(dict.fromkeys(map(original, read))), made, goes(pen, pen.equations[made]))
    slopes, name = pen.study.gradients_to_show, pen.printer.inline_gradient
    parts = [x for t in read for x in _of(pen, name(t), slopes[t], colours[original(t)])]
    whole = _of(pen, name(made), slopes[made], colours[made])
    return _figure(pen.say("places.cut", gradient=name(made)), PlacesPicture(tuple(parts), whole, "bw"))


def _added(pen: Pen, stage: Stage, tensor: str) -> tuple[Block, ...]:
    """The terms of a gradient's sums, each at the place of the output's gradient that is in it, in one colour those of
    one entry; nothing where an entry's gradient is no such sum."""
    d = pen.study.derivations[tensor]
    shape, whole = pen.shapes[original(tensor)], pen.shapes[stage.output]
    term = _term(d)
    if term is None or not 1 < prod(shape) < prod(whole):
        return ()
    slope = next(x for x in term.atoms(Entry) if is_gradient(x.tensor))
    colours, numbers = [0] * prod(whole), [0.0] * prod(whole)
    for k in range(prod(shape)):
        for x, factors in summands(pen, d, place_of(k, shape)):
            at = next(f.at for f in factors if isinstance(f, Entry) and f.tensor == slope.tensor)
            numbers[number_of(tuple(map(int, at)), whole)] += x
    for n, entries in goes(pen, d.equation)[slope.tensor].items():
        colours[n] = entries[0] + 1
    name = pen.printer.inline_gradient(tensor)
    sums = _of(pen, name, pen.study.gradients_to_show[tensor], [k + 1 for k in range(prod(shape))])
    terms = tables(_slices_of(pen, term, slope), whole, list(map(cell, numbers)), colours)
    text = pen.say("places.added", term=_inline(pen, term), gradient=name)
    return _figure(text, PlacesPicture(sums, terms, "bw", added=True))


def _term(d: Derivation) -> Expr | None:
    """What a gradient's equation sums, where it is one sum."""
    sums = d.equation.value.atoms(Sum)
    if len(sums) != 1:
        return None
    (whole,) = sums
    return d.equation.value.xreplace({whole: whole.body})


def _slices_of(pen: Pen, term: Expr, slope: Entry) -> SliceNames:
    """A term with the first indices of a slice of the gradient in it."""
    free = [i for i, n in zip(slope.at, pen.shapes[without_gradient(slope.tensor)], strict=True) if n != 1]

    def named(at: Index) -> Math:
        put = {i: Integer(k) for i, k in zip(free, at, strict=False) if i.is_Symbol}
        return _inline(pen, rebuild(term, put))

    return named


def _inline(pen: Pen, term: Expr) -> Math:
    """A term on one line of text."""
    slopes = {x: pen.printer.entry(x, inline=True) for x in term.atoms(Entry) if is_gradient(x.tensor)}
    return replace(pen.printer, short={**pen.printer.short, **slopes})(term)
