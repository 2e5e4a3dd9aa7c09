"""Part 4: the update, the forward pass once more, and the loss before and after."""

from collections.abc import Mapping

from symconv.array import Array
from symconv.derivation.tensors import updated
from symconv.formula.compose import (
    COMMA,
    DOT,
    EMPTY,
    MINUS,
    QUAD,
    THIN,
    coloured,
    equals,
    gradient,
    vector,
)
from symconv.formula.nodes import Styled, row
from symconv.formula.width import letters
from symconv.handout.chains import chained
from symconv.handout.document import Block, Column, Line, Paragraph, Part, Passage, Table
from symconv.handout.numerals import decimal, number, rounded
from symconv.handout.pen import Pen
from symconv.handout.pictures import Math
from symconv.handout.symbols import ALPHA, PLACE
from symconv.worked.numbers import number as exact
from symconv.worked.stages import LOSS, Stage
from symconv.worked.winners import winners

NARROW = 2  # columns of a matrix that may stand beside two more


CELL = 24  # letters that a cell of the table holds


def chapter(pen: Pen) -> Part:
    say = pen.say
    update = Passage(say("learning.update"), (Paragraph(say("learning.update_text")), chained(_updates(pen))))
    again = Passage(say("learning.again"), _again(pen), (pen.letter(LOSS),), tensor=LOSS)
    return Part(4, say("part.learning"), (update, again))


def _updates(pen: Pen) -> tuple[Line, ...]:
    study = pen.study
    rule = pen.say("learning.rate", rate=number(exact(study.network.learning_rate)))
    lines: list[Line] = []
    for k, p in enumerate(study.parameters):
        old, slope, new = study.exact_values[p], study.exact_gradients[p], study.updated[p]
        before, after = pen.relation(old, slope), pen.relation(old, slope, new)
        numbers = pen.rounded(old, upright=True), MINUS, _rate(pen), pen.rounded(slope, "bw", upright=True)
        step = row(descent(pen.letter(p)), before, *numbers)
        result = row(after, pen.rounded(new, "res", upright=True))
        left, mark, narrow = pen.letter(updated(p)), pen.marks["up", p], _columns(new) <= NARROW
        lines.append(Line(left, row(step, result) if narrow else step, "" if k else rule, mark))
        lines += [] if narrow else [Line(EMPTY, result)]
    return tuple(lines)


def descent(name: Math) -> Math:
    """What a parameter becomes: the right-hand side of its update."""
    return equals(name, MINUS, ALPHA, THIN, gradient(name))


def _rate(pen: Pen) -> Math:
    rate = exact(pen.study.network.learning_rate)
    return EMPTY if rate == 1 else row(number(rate), DOT)


def _columns(values: Array) -> int:
    return values.shape[-1] if values.shape else 1


def _again(pen: Pen) -> tuple[Block, ...]:
    """A table of every tensor before and after, and what became of the loss and of the winner."""
    old, new = pen.study.exact_values, pen.study.after
    header = ("", pen.say("learning.before"), pen.say("learning.after"))
    shown = [s.output for s in pen.study.stages if len(old[s.output].entries) <= 4]
    columns = (Column(12, math=True), Column(46, math=True), Column(52, math=True))
    rows = tuple((pen.letter(t), _row(pen, t, old), _row(pen, t, new, "res" if t == LOSS else "")) for t in shown)
    return Table(columns, rows, header, note=_moved(pen)), Paragraph(_fell(pen))


def _row(pen: Pen, tensor: str, values: Mapping[str, Array], colour: str = "") -> Math:
    entries = [decimal(x) for x in values[tensor].entries]
    every = entries[0] if len(entries) == 1 else vector(entries)
    every = coloured(colour, Styled("narrow", every) if letters(every) > CELL else every)
    place = _single(pen, tensor, values)
    return row(every, COMMA, QUAD, PLACE, equals(place)) if place else every


def _pools(pen: Pen) -> list[Stage]:
    """The pooling layers that have one winner."""
    return [s for s in pen.study.stages if "max_pool" in s.kind and len(pen.study.exact_values[s.output].entries) == 1]


def _single(pen: Pen, tensor: str, values: Mapping[str, Array]) -> Math | None:
    stage = next((s for s in _pools(pen) if s.output == tensor), None)
    if stage is None:
        return None
    (place,) = winners(stage, values)
    return pen.at(stage.input, place)


def _moved(pen: Pen) -> str:
    pools = _pools(pen)
    if not pools:
        return ""
    before, after = (_single(pen, pools[0].output, v) for v in (pen.study.exact_values, pen.study.after))
    key = "learning.stayed" if before == after else "learning.moved"
    return pen.say(key, place=PLACE, before=before, after=after)


def _fell(pen: Pen) -> str:
    before, after = (v[LOSS][()] for v in (pen.study.exact_values, pen.study.after))
    difference = (after - before).evalf(30)
    key = "loss_same" if after == before else "loss_fell" if difference < 0 else "loss_rose"
    return pen.say(f"learning.{key}", before=rounded(before), after=rounded(after))
