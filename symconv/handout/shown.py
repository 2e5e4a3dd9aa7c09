"""How the numbers of any tensor are shown: whole while one can read them, else by their count and range."""

from symconv.array import Array, Seen, indices
from symconv.evaluation.arithmetic import wide
from symconv.handout.as_text import entry, letters_in
from symconv.handout.document import Line
from symconv.handout.pen import COLUMN, Pen

MOST_ENTRIES, MOST_COLUMNS, MOST_SLICES = 36, 6, 4


def numbers(pen: Pen, name: str, values: Array, colour: str = "", left: str = "") -> tuple[Line, ...]:
    """`name = numbers`, a table for each slice of a tensor of more than two axes."""
    left = left or pen.letter(name)
    slices = list(indices(values.shape[:-2]))
    wide = bool(values.shape) and values.shape[-1] > MOST_COLUMNS
    if len(values.entries) > MOST_ENTRIES or len(slices) > MOST_SLICES or wide:
        return summary(pen, values, left)
    lines = []
    for at in slices:
        part = values.nested()
        for k in at:
            part = part[k]
        shown = entry(pen.habits, left, [*map(pen.number, at)]) if any(n > 1 for n in values.shape[:-2]) else left
        table = Array.of(part)
        text = pen.rounded(table, colour)
        if letters_in(shown) + letters_in(text) > COLUMN + 8:
            return summary(pen, values, left)
        lines.append(Line(shown, pen.relation(table) + text))
    return tuple(lines)


def summary(pen: Pen, values: Array, left: str) -> tuple[Line, ...]:
    """The count, the least and the greatest of many numbers, or what all of them are, on two lines where one does not
    hold them; a single number that is too long, in short."""
    numbers = values.entries.rough if isinstance(values.entries, Seen) else [wide(x) for x in values.entries]
    least, most = (pen.short(x) for x in (min(numbers), max(numbers)))
    if len(numbers) == 1:
        return (Line(left, ("=" if pen.exactly(values.entries[0]) else r"\approx ") + least),)
    shape = r"\times".join(map(str, values.shape))
    key = "summary" if least != most else "alike" if all(map(pen.exactly, values.entries)) else "about_alike"
    text = pen.say(f"shown.{key}", count=len(numbers), shape=f"${shape}$", least=f"${least}$", most=f"${most}$")
    whole = Line(left, r":\ " + _mixed(text))
    if letters_in(left) + letters_in(whole.rhs) <= COLUMN - 2 or not text.startswith("$"):
        return (whole,)
    shown, words, rest = text.removeprefix("$").split("$", 2)  # the shape, words, and what begins with a number
    head, tail = f"${shown}${words}", f"${rest}"
    return (Line(left, r":\ " + _mixed(head.rstrip())), Line("", _mixed(tail), continued=True))


def _mixed(text: str) -> str:
    """Words and formulas in one line of mathematics; a number keeps its sign close."""
    parts = text.split("$")
    return "".join(f"{{{part}}}" if k % 2 else _words(part) for k, part in enumerate(parts) if part)


def _words(part: str) -> str:
    before, after = (r"\ " if part[at] == " " else "" for at in (0, -1))
    return rf"{before}\text{{{part.strip()}}}{after}" if part.strip() else before
