"""Code on paper: which lines share a note, where a long line wraps, how wide the columns are."""

from collections.abc import Callable
from dataclasses import dataclass

from symconv.handout.layout import PAGE
from symconv.handout.listings import CodeLine, Listing
from symconv.writers.views import mm

NARROWEST, WIDEST = 72.0, 98.0  # mm: the code's column beside its notes
ALONE = 158.0  # mm: where no line has a note
GROUP = 4  # lines tied to a note by one row, which does not break across pages; the rest follow freely
OPERATORS = frozenset("+-*/@%#")
WORDS = ("if ", "else ", "and ", "or ", "for ")
HANGING = 4  # characters: the further indent of a wrapped line, as of a body


@dataclass(frozen=True)
class PrintedLine:
    """A line as printed: number ("" for a wrapped part), indent in characters, code in the page's language."""

    number: str
    indent: int
    code: str


@dataclass(frozen=True)
class CodeRow:
    """Lines that share one note; no lines: white space. `kept`: no page break before it."""

    lines: tuple[PrintedLine, ...]
    note: str
    kept: bool


@dataclass(frozen=True)
class CodeView:
    """A listing for the template; `width` is the code's column in mm."""

    width: str
    rows: tuple[CodeRow, ...]


Show = Callable[[str, bool], str]  # a piece of code in the language of the page; whether it is a docstring's


def lay_out(listing: Listing, show: Show) -> CodeView:
    """Rows of lines with their note; the code's column as wide as its lines need, within limits."""
    width = column_width(listing.lines)
    room = int(width / PAGE.code_character)
    groups = grouped(listing.lines)
    rows = []
    for k, group in enumerate(groups):
        lines = tuple(part for line in group if line.code for part in printed(line, room, show))
        kept = k in (1, len(groups) - 1)
        rows.append(CodeRow(lines, group[0].note, kept and k > 0))
    return CodeView(mm(round(width, 1)), tuple(rows))


def column_width(lines: tuple[CodeLine, ...]) -> float:
    if not any(line.note for line in lines):
        return ALONE
    longest = max(line.indent + len(line.code) for line in lines) + 1
    return min(max(longest * PAGE.code_character, NARROWEST), WIDEST)


def grouped(lines: tuple[CodeLine, ...]) -> list[list[CodeLine]]:
    """Each line with the joined ones below it, where it has a note that they share."""
    groups: list[list[CodeLine]] = []
    for line in lines:
        if line.joined and groups and groups[-1][0].note and len(groups[-1]) < GROUP:
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def printed(line: CodeLine, room: int, show: Show) -> list[PrintedLine]:
    """The line in as many parts as it needs in `room` characters."""
    first, *more = wrapped(line.code, room - line.indent)
    parts = [PrintedLine(str(line.number or ""), line.indent, show(first, line.text))]
    hanging = line.indent + (0 if line.text else hang(line.code))
    return parts + [PrintedLine("", hanging, show(part, line.text)) for part in more]


def hang(code: str) -> int:
    """The further indent of a wrapped line's parts: twice as much where a body, indented itself, follows."""
    return 2 * HANGING if code.endswith(":") else HANGING


def wrapped(code: str, room: int) -> list[str]:
    """Parts of at most `room` characters, the later ones shorter by the hanging indent; see `break_at`."""
    parts, further = [], hang(code)
    while len(code) > room:
        cut = break_at(code, room)
        if not cut:
            break
        parts.append(code[:cut].rstrip())
        code = code[cut:].lstrip()
        room = room - further if len(parts) == 1 else room
    return [*parts, code]


def break_at(code: str, room: int) -> int:
    """The last of the best spaces to break at; before 40 % of the room a break looks torn. 0: there is none.

    Best is outside brackets, after a comma or before an operator; never inside a string if that can be helped.
    """
    depth, quote, best = 0, "", (-1000, 0)
    for k, char in enumerate(code[: room + 1]):
        if char in "\"'" and quote in ("", char):
            quote = "" if quote else char
        depth += 0 if quote else (char in "([{") - (char in ")]}")
        if char == " " and k >= 0.4 * room:
            joint = code[k - 1] == "," or code[k + 1 : k + 2] in OPERATORS or code[k + 1 :].startswith(WORDS)
            best = max(best, (-2 * depth - (0 if joint else 3) - (100 if quote else 0), k))
    return best[1]
