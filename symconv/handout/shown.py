"""How the numbers of any tensor are shown: whole while one can read them, else by their count and range."""

from collections.abc import Iterable

from symconv.array import Array, Seen, indices
from symconv.evaluation.arithmetic import wide
from symconv.formula.compose import ABOUT, COLON, COMMA, EMPTY, EQUALS, QQUAD, WORD, begins
from symconv.formula.nodes import Group, Words, row
from symconv.formula.read import read
from symconv.formula.width import letters
from symconv.handout.chains import COLUMN
from symconv.handout.document import Line
from symconv.handout.numerals import extents
from symconv.handout.pen import Pen
from symconv.handout.pictures import Math, Rich
from symconv.text.rich_text import inline

MOST_ENTRIES, MOST_COLUMNS, MOST_SLICES = 36, 6, 4


def numbers(
    pen: Pen, name: str, values: Array, colour: str = "", left: Math = EMPTY, below: Math = EMPTY
) -> tuple[Line, ...]:
    """`name = numbers`, a table for each slice of a tensor of more than two axes; `below`: the left side of an equation
    in whose chain they stand."""
    left = left or pen.letter(name)
    if len(values.shape) > 2:
        values = Array(tuple(n for n in values.shape if n != 1), values.entries)
    slices = list(indices(values.shape[:-2]))
    wide = bool(values.shape) and values.shape[-1] > MOST_COLUMNS
    if len(values.entries) > MOST_ENTRIES or len(slices) > MOST_SLICES or wide:
        return summary(pen, values, left)
    lines = []
    for at in slices:
        part = values.nested()
        for k in at:
            part = part[k]
        shown = pen.part(left, at) if at else left
        table = Array.of(part)
        entries = pen.rounded(table, colour)
        if letters(shown) + letters(entries) > COLUMN + 8:
            return summary(pen, values, left)
        lines.append(Line(shown, row(pen.relation(table), entries)))
    return side_by_side(lines, below)


def side_by_side(lines: Iterable[Line], below: Math = EMPTY) -> tuple[Line, ...]:
    """Short lines of numbers, as many on one as it holds; `below`: as for `numbers`."""
    lines = list(lines)
    room = COLUMN - max(letters(left) for left in (below, *(line.lhs for line in lines))) - 2
    out: list[Line] = []
    for line in lines:
        last = out[-1] if out else Line(EMPTY, EMPTY)
        more = row(last.rhs, COMMA, QQUAD, line.lhs, line.rhs)
        alone = not (last.lhs and line.lhs) or begins(line.rhs, COLON) or begins(last.rhs, COLON)
        if alone or letters(more) > room:
            out.append(line)
        else:
            out[-1] = Line(last.lhs, more)
    return tuple(out)


def summary(pen: Pen, values: Array, left: Math) -> tuple[Line, ...]:
    """The count, the least and the greatest of many numbers, or what all of them are, on two lines where one does not
    hold them; a single number that is too long, in short."""
    numbers = values.entries.rough if isinstance(values.entries, Seen) else [wide(x) for x in values.entries]
    least, most = (pen.short(x) for x in (min(numbers), max(numbers)))
    if len(numbers) == 1:
        return (Line(left, row(EQUALS if pen.exactly(values.entries[0]) else ABOUT, least)),)
    shape = inline(extents(values.shape))
    key = "summary" if least != most else "alike" if all(map(pen.exactly, values.entries)) else "about_alike"
    text = pen.say(f"shown.{key}", count=len(numbers), shape=shape, least=inline(least), most=inline(most))
    right = row(COLON, WORD, _mixed(text))
    if letters(left) + letters(right) <= COLUMN - 2 or not text.startswith("$"):
        return (Line(left, right),)
    shown, words, rest = text.removeprefix("$").split("$", 2)  # the shape, words, and what begins with a number
    head, tail = f"${shown}${words}", f"${rest}"
    return (Line(left, row(COLON, WORD, _mixed(head.rstrip()))), Line(EMPTY, _mixed(tail), continued=True))


def _mixed(text: Rich) -> Math:
    """Words and formulas in one line of mathematics; a number keeps its sign close."""
    parts = text.split("$")
    return row(*(Group(read(part)) if k % 2 else _words(part) for k, part in enumerate(parts) if part))


def _words(part: str) -> Math:
    before, after = (WORD if part[at] == " " else EMPTY for at in (0, -1))
    return row(before, Words(part.strip()), after) if part.strip() else before
