r"""Where a formula may go on to the next line, and about how wide it prints: text only, no mathematics."""

import re
from itertools import product

CONDITIONS = (r"\,[\,0\le", r"\,[\,s_", r"\,[\,(")
NEXT = r",\ "  # between the entries of a list
STRONG = (*CONDITIONS, r"\approx", r"\,\tdL")
WEAK = (r"\,[\,", r"\,\dL", r"\,\dd", r"\,\sum")
ANY = (r"\,", r"\Bigl(")  # between two factors, and between a derivative and what it is of
PLACE = r"=\operatorname"  # the place of a maximum, within its brackets
OPENING, CLOSING = ("{", "[", r"\begin", r"\left"), ("}", "]", r"\end", r"\right")


def broken(text: str, width: float) -> tuple[str, ...]:
    """A formula on lines of at most `width` letters where it can be broken; a row of conditions stays together.

    Lines end before relations, signs and conditions; what is still too wide for one, before gradients and sums, then
    before any factor; what is in round brackets stays together if it can.
    """
    if letters_in(text) <= width:
        return (text,)
    pieces = [text]
    for whole, before in product((True, False), (STRONG, STRONG + WEAK, STRONG + WEAK + ANY)):
        pieces = [
            part
            for piece in pieces
            for part in ([piece] if letters_in(piece) <= width else breakable(piece, before, whole))
        ]
    return tuple(line.removesuffix(r"\ ") for line in _filled(_rows(pieces), width))


def _filled(rows: list[list[str]], width: float) -> list[str]:
    """Pieces on lines, as many on each as fit; a row that fits no line any more begins a new one."""
    lines = [""]
    for row in rows:
        whole = letters_in("".join(row))
        for k, part in enumerate(["".join(row)] if whole <= width else row):
            starts = k == 0 and len(row) > 1 and letters_in(lines[-1]) + whole > width
            if lines[-1] and (starts or letters_in(lines[-1]) + letters_in(part) > width):
                lines.append("")
            lines[-1] += part
    return lines


def _rows(pieces: list[str]) -> list[list[str]]:
    """Consecutive conditions in one row, every other piece in a row of its own."""
    rows: list[list[str]] = []
    for piece in pieces:
        if rows and piece.startswith(CONDITIONS) and rows[-1][0].startswith(CONDITIONS):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return rows


def breakable(text: str, before: tuple[str, ...] = STRONG, whole: bool = False) -> list[str]:
    r"""The text in pieces, each of which may begin a line: at a relation, a + or -, or what is in `before`, where it
    stands in no braces or brackets.

    \bigl( and \bigr) do not stretch, so a line may end between them; round brackets count only if these are to stay
    `whole`. What follows a \qquad is a remark, kept in one piece.
    """
    pieces, depth, at, remark = [""], 0, 0, False
    while at < len(text):
        here = text[at:]
        remark = remark or here.startswith(r"\qquad")
        inside = before[-len(ANY) :] == ANY and here.startswith(PLACE)
        if (
            (depth == 0 or inside)
            and not remark
            and pieces[-1] != ""
            and (inside or _may_begin(here, pieces[-1], before))
        ):
            pieces.append("")
        command = COMMAND.match(text, at)
        step = command[0] if command else here[0]
        pieces[-1] += step
        at += len(step)
        depth += (step in (*OPENING, *"("[:whole])) - (step in (*CLOSING, *")"[:whole]))
    return pieces


def _may_begin(here: str, behind: str, before: tuple[str, ...]) -> bool:
    if BARE.search(behind):
        return False
    if here.startswith(before):
        return True
    if here.startswith(r"\sum") and behind.endswith("}") and WEAK[0] in before:  # the derivative of a sum
        return True
    if behind.endswith(NEXT):  # one of several entries: only where nothing else helps
        return before[-len(ANY) :] == ANY
    sign = here[0] in "+-" and not behind.endswith(("(", "=", ",", ">", r"\approx ", r"\approx", r"\cdot"))
    return sign or (here[0] == "=" and not behind.endswith(("<", ">")))


def letters_in(text: str) -> float:
    """A rough width of a formula, in letters: of a fraction the wider part, of a matrix its columns."""
    total, at = 0.0, 0
    while at < len(text):
        command = COMMAND.match(text, at)
        if command is None:
            unary = text[at] == "-" and (at == 0 or text[at - 1] in "({[,")
            total += UNARY if unary else SIGNS.get(text[at], 1.0)
            at += 1
            continue
        at, name = command.end(), command[0]
        if name == r"\narrow":
            part, at = _braces(text, at)
            total += letters_in(part) * NARROW
        elif text.startswith(r"\begin{mat}", command.start()):
            end = text.index(r"\end{mat}", at)
            total += _matrix_width(text[at + 5 : end])
            at = end + len(r"\end{mat}")
        elif name in FRACTIONS:
            parts = []
            for _ in range(FRACTIONS[name]):
                part, at = _braces(text, at)
                parts.append(letters_in(part))
            total += SMALL * max(parts) if name == r"\tfrac" else max(parts) + (1.5 if name != r"\frac" else 0.5)
        elif name in "_^":
            part, at = _braces(text, at)
            total += _below(part) if text[: command.start()].endswith(UNDER) else letters_in(part) * SMALL
        else:
            total += WIDTHS.get(name, 1.0)
    return total


def _below(part: str) -> float:
    """By how much what stands below an operator is wider than it."""
    rows = part.removeprefix(r"\substack{").removesuffix("}").split(r"\\") if "substack" in part else [part]
    return max(0.0, SMALL * max(map(letters_in, rows)) - 4.5)


def _matrix_width(body: str) -> float:
    rows = [[letters_in(cell) for cell in row.split("&")] for row in body.split(r"\\")]
    return 1.5 + sum(max(row[k] for row in rows if k < len(row)) + 1.2 for k in range(max(map(len, rows))))


BARE = re.compile(  # no end of a line: a sum without what it adds, a number without what it multiplies
    r"\\sum(?:_\{[^{}]*\})?(?:\^\{[^{}]*\})? ?$|^(?:=|\\approx)? ?[+-]?(?:\d+|\\half|\\tfrac\{\d+\}\{\d+\})$"
)
UNDER = (r"\sum", r"\max", "max}")
COMMAND = re.compile(r"\\(?:[A-Za-z]+|.)|[_^]")
SMALL = 0.6
UNARY = 1.5
NARROW = 0.8
SIGNS = {
    **dict.fromkeys("{} &", 0.0),
    **dict.fromkeys("+-", 2.3),
    **dict.fromkeys("=<>", 2.5),
    **dict.fromkeys("[](),.", 0.6),
}
FRACTIONS = {r"\dL": 1, r"\dd": 2, r"\frac": 2, r"\tfrac": 2}
WIDTHS = {
    r"\,": 0.4, r"\ ": 0.6, r"\qquad": 4, r"\bw": 0, r"\fw": 0, r"\res": 0, r"\tdL": 4.8, r"\sum": 3, r"\max": 3,
    r"\log": 2.5, r"\le": 2.5, r"\approx": 2.5, r"\mid": 2,
    r"\sqrt": 1.6, r"\Phi": 1.4, r"\in": 2, r"\times": 2.3, r"\cdot": 1.4,
    r"\operatorname": 0, r"\mathit": 0, r"\mathrm": 0, r"\mathbf": 0,
    r"\bigl": 0.3, r"\bigr": 0.3, r"\Bigl": 0.3, r"\Bigr": 0.3,
}  # fmt: skip


def _braces(text: str, at: int) -> tuple[str, int]:
    """The group in braces, or the single sign, that begins at a place, and where it ends."""
    if at >= len(text) or text[at] != "{":
        return text[at : at + 1], at + 1
    depth = 0
    for end in range(at, len(text)):
        depth += (text[end] == "{") - (text[end] == "}")
        if depth == 0:
            return text[at + 1 : end], end + 1
    return text[at + 1 :], len(text)
