"""The document model: what a handout says, as frozen data, before it is LaTeX or anything else.

`Rich` is text with inline markup (see rich_text.py); `Math` is a formula as a tree (see formula/nodes.py).
"""

from dataclasses import dataclass

from symconv.formula.nodes import Direction
from symconv.handout.listings import Listing
from symconv.handout.pictures import Figure, Math, Rich, Window, WorkedLine
from symconv.language import LANGUAGES


@dataclass(frozen=True)
class Paragraph:
    """Running text, with an optional note beside it in the margin. `keep`: no page break after it.

    A paragraph that ends with a colon is kept with what follows anyway.
    """

    text: Rich
    note: Rich = ""
    keep: bool = False


@dataclass(frozen=True)
class Bullets:
    """Short statements, one under the other."""

    items: tuple[Rich, ...]


@dataclass(frozen=True)
class Line:
    """One line of an equation chain. `rhs` begins with its relation sign; with an operator, if `continued`.

    `mark` is the equation's number, `rule` the name of what licenses the line, `note` a reminder that is no rule.
    """

    lhs: Math
    rhs: Math
    rule: Rich = ""
    mark: str = ""
    note: Rich = ""
    continued: bool = False


@dataclass(frozen=True)
class Chain:
    """Equation lines whose relation signs align, each with its rule in the margin."""

    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Asked:
    """Equation lines with blanks in which a student writes: in a right-hand side, outside of fractions, or as the
    entries of a matrix."""

    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Room:
    """White paper to work on; nothing on a screen."""

    millimetres: int


@dataclass(frozen=True)
class Worked:
    """Substitution lines, symbols = numbers = result, aligned over all of them."""

    lines: tuple[WorkedLine, ...]


@dataclass(frozen=True)
class Beside:
    """Blocks in the main column with a figure (at most 42 mm wide) and a note in the margin; stays on one page."""

    blocks: tuple["Block", ...]
    figure: Figure | None = None
    note: Rich = ""
    rule: Rich = ""
    mark: str = ""


@dataclass(frozen=True)
class FigureRow:
    """Figures over the full width, as many side by side as fit, further ones in rows below."""

    figures: tuple[Figure, ...]
    note: Rich = ""


@dataclass(frozen=True)
class Sliding:
    """Every position of a kernel's window, in order: a slider on a screen, the first `printed` figures on paper.

    `more` says on paper that there are further ones, `caption` what the slider shows. `channels`: the windows of each
    further input channel.
    """

    windows: tuple[Window, ...]
    printed: int
    more: Rich = ""
    channels: tuple[tuple[Window, ...], ...] = ()
    caption: Rich = ""

    @property
    def on_paper(self) -> tuple["Block", ...]:
        if not self.printed:
            return ()
        figures = FigureRow(self.windows[: self.printed])
        return (figures, Paragraph(self.more)) if len(self.windows) > self.printed else (figures,)


@dataclass(frozen=True)
class Shown:
    """A tensor in an Explorer: its name, its entries row by row, each with its own name and its number."""

    name: Math
    rows: tuple[tuple[tuple[Math, Math], ...], ...]
    gradient: bool = False

    @property
    def count(self) -> int:
        return sum(map(len, self.rows))


@dataclass(frozen=True)
class NumberField:
    """A tensor in an Explorer that is too large to be listed: its numbers row by row, rounded to `digits` decimals and
    written without the point; axes of extent 1 are left out of its shape."""

    name: Math
    shape: tuple[int, ...]
    numbers: tuple[int, ...]
    digits: int
    gradient: bool = False

    @property
    def count(self) -> int:
        return len(self.numbers)


@dataclass(frozen=True)
class Link:
    """That entries of one tensor in an Explorer are computed from entries of another: one pair (to, from) of every
    factor, added to the numbers of the tensors' first entries, `to` and `from_`, gives two such entries."""

    to: int
    from_: int
    factors: tuple[tuple[tuple[int, int], ...], ...]


@dataclass(frozen=True)
class Explorer:
    """Which entries an entry is computed from: something to touch on a screen, nothing on paper.

    Entries are numbered through all tensors, row by row; `first` is the number that printed indices begin with.
    """

    title: Rich
    text: Rich
    tensors: tuple[Shown | NumberField, ...]
    links: tuple[Link, ...]
    first: int = 0


@dataclass(frozen=True)
class Column:
    """A table's column: width in mm, alignment l, c or r, whether its cells are formulas, and whether they are soft."""

    width: float
    align: str = "l"
    math: bool = False
    soft: bool = False


@dataclass(frozen=True)
class Table:
    """Rows of cells in the main column (116 mm), a note in the margin; `ruled`: a rule above and below."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Rich | Math, ...], ...]
    header: tuple[Rich, ...] = ()
    note: Rich = ""
    ruled: bool = False

    def __post_init__(self) -> None:
        for row in (*self.rows, *([self.header] if self.header else [])):
            if len(row) != len(self.columns):
                raise ValueError(f"the row {row} has {len(row)} cells for {len(self.columns)} columns")


@dataclass(frozen=True)
class Verified:
    """The box at the end: what was verified, and how."""

    title: Rich
    lines: tuple[Rich, ...]


@dataclass(frozen=True)
class PageBreak:
    """A new page here."""


@dataclass(frozen=True)
class Need:
    """A new page unless this much room (mm) is left."""

    millimetres: int


@dataclass(frozen=True)
class Passage:
    """A heading, one thing to do; `locator` names the tensors of the chain it is about, `direction` "fw" or "bw".

    `tensor`: by its own name, what it computes (direction "fw") or whose gradient it derives ("bw"); "" if neither.
    """

    title: Rich
    blocks: tuple["Block", ...]
    locator: tuple[Math, ...] = ()
    direction: Direction = "fw"
    tensor: str = ""


@dataclass(frozen=True)
class Switch:
    """Ways to do one thing: one at a time on a screen, one after another on paper.

    `indices` are the letters that its formulas and listings share.
    """

    steps: tuple[Passage, ...]
    indices: tuple[str, ...] = ()


Block = (
    Paragraph | Bullets | Chain | Asked | Room | Worked | Beside | FigureRow | Sliding | Explorer | Table | Listing
    | Verified | PageBreak | Need | Passage | Switch
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """A numbered part. It starts a page where less than 70 mm of one are left, or always if `fresh`."""

    number: int
    title: Rich
    blocks: tuple[Block, ...]
    fresh: bool = False


@dataclass(frozen=True)
class Document:
    """A handout. `chain`: the tensors of the locator, in forward order; `language`: one of LANGUAGES.

    `heading`: what stands below the subtitle, such as course, author and date; `author` once more, for a file's
    own fields.
    """

    title: Rich
    subtitle: Rich
    language: str
    chain: tuple[Math, ...]
    parts: tuple[Part, ...]
    heading: tuple[Rich, ...] = ()
    header: tuple[str, ...] = ()  # comment lines at the top of the file, such as the provenance
    author: Rich = ""
    blanks: tuple[Math, ...] = ()  # what each blank asks for, by its number
    running: Rich = ""  # beside the title at the head of every page but the first, such as a student's name
    key: str = ""  # what a page knows about the answers, as text for its script

    def __post_init__(self) -> None:
        if self.language not in LANGUAGES:
            raise ValueError(f"the language {self.language!r} is not there: there are {', '.join(LANGUAGES)}")


SYMBOL_COLUMNS = (Column(15, math=True), Column(19, math=True), Column(66), Column(16, soft=True))


def symbol_table(rows: tuple[tuple[Math, Math, Rich, Rich], ...], note: Rich = "") -> Table:
    """Rows of (symbol, shape, meaning, where it is defined)."""
    return Table(SYMBOL_COLUMNS, rows, note=note, ruled=True)
