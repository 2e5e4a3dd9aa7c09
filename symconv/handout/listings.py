"""Python in a handout, line by line, each with what it does."""

from dataclasses import dataclass

from symconv.handout.pictures import Rich


@dataclass(frozen=True)
class CodeLine:
    """A line of code: its number (0: none), its indent in spaces, the code, what it does.

    `joined`: the note of the line above speaks of this one too. `text`: no code but a docstring's line.
    """

    number: int
    indent: int
    code: str
    note: Rich = ""
    joined: bool = False
    text: bool = False


@dataclass(frozen=True)
class Listing:
    """Python, line by line, explained beside it; long lines wrap, and it may go on over the page."""

    lines: tuple[CodeLine, ...]


def listing(source: str, notes: dict[int, Rich], first: int = 1) -> Listing:
    """Python source as a Listing. `notes[k]` explains line k and those after it up to the next line with a note.

    Line numbers start at `first`; an empty note ends the one before it. Blank lines become white space.
    """
    lines: list[CodeLine] = []
    inside = False
    for number, line in enumerate(source.rstrip("\n").split("\n"), start=first):
        body = line.strip()
        quotes = body.count('"""')
        text = inside or quotes > 0
        inside ^= quotes == 1
        joined = number not in notes and bool(lines) and bool(body) and bool(lines[-1].code)
        lines.append(CodeLine(number, len(line) - len(line.lstrip()), body, notes.get(number, ""), joined, text))
    return Listing(tuple(lines))
