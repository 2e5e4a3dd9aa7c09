"""A document as LaTeX: each kind of block has one macro in blocks.tex.jinja, named here, and a view made for it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from symconv import latex_text
from symconv.errors import Broken
from symconv.handout.document import (
    Asked,
    Beside,
    Block,
    Bullets,
    Chain,
    Column,
    Document,
    Explorer,
    FigureRow,
    Listing,
    Need,
    PageBreak,
    Paragraph,
    Room,
    Sliding,
    Step,
    Switch,
    Table,
    Verified,
    Worked,
)
from symconv.handout.figures import draw, lay_out
from symconv.handout.layout import PAGE
from symconv.handout.pictures import Math
from symconv.language import Language
from symconv.render import Templates
from symconv.rich_text import has_han
from symconv.writers import code_layout
from symconv.writers.tikz import below, tikz
from symconv.writers.views import COLUMN_GAP, DISC, Macro, joined, kept, links, mm, must_fit, on_paper, worked_lines

LATEX = Templates((("rich", latex_text.rich), ("math", latex_text.math), ("plain", latex_text.plain_text)), braces=True)
REACH = r"\hskip0pt minus30mm"
TABLE_ROWS, PIECE = 16, 6  # a longer table is set in pieces of some rows, so that a page can end between them


def write_latex(document: Document, han: bool = False) -> str:
    """The document's .tex file: stands alone, needs standard packages only, compiles with `latexmk -xelatex`.

    `han`: with the fonts for Chinese, even where nothing in the document is.
    """
    write = _Writer(document)
    parts = tuple(_PartView(p.number, p.title, p.fresh, write.blocks(p.blocks)) for p in document.parts)
    header = tuple(latex_text_line(line) for line in document.header)
    texts = (document.title, document.subtitle, *document.heading, *(p.title + p.body for p in parts))
    language = Language.of(document.language)
    han = han or language.han or any(map(has_han, texts))
    return LATEX.render(
        "handout.tex.jinja", page=PAGE, document=document, language=language, header=header, parts=parts, han=han
    )


def latex_text_line(line: str) -> str:
    """A line for a TeX comment: it must not end early."""
    return " ".join(line.split())


@dataclass(frozen=True)
class _PartView:
    number: int
    title: str
    fresh: bool
    body: str


@dataclass(frozen=True)
class _LineView:
    lhs: Math
    rhs: Math
    rule: str
    mark: str
    note: str
    continued: bool
    kept: bool  # no page break before it


@dataclass(frozen=True)
class _ChainView:
    lines: tuple[_LineView, ...]


@dataclass(frozen=True)
class _SlotView:
    width: str
    tikz: str
    below: str


@dataclass(frozen=True)
class _FigureRowView:
    rows: tuple[tuple[_SlotView, ...], ...]
    gap: str
    note: str


@dataclass(frozen=True)
class _BesideView:
    body: str
    tikz: str
    note: str
    rule: str
    mark: str


@dataclass(frozen=True)
class _TableView:
    columns: str
    header: str
    chunks: tuple[tuple[str, ...], ...]
    note: str
    ruled: bool
    stretch: str


@dataclass(frozen=True)
class _StepView:
    title: str
    locator: str
    body: str


@dataclass(frozen=True)
class _Writer:
    """Turns blocks into LaTeX; knows the document for its chain and its language."""

    document: Document

    def blocks(self, blocks: tuple[Block, ...]) -> str:
        return "".join(self.block(block) for block in blocks)

    def block(self, block: Block) -> str:
        entry = MACROS.get(type(block))
        if entry is None:
            raise Broken(f"no macro for a {type(block).__name__}\n  add one to MACROS in latex_writer.py")
        return LATEX.macro("blocks.tex.jinja", entry.name, entry.view(self, block))


def view_chain(_: _Writer, block: Chain) -> _ChainView:
    lines = zip(block.lines, joined(block.lines), strict=True)
    return _ChainView(tuple(_LineView(x.lhs, x.rhs, x.rule, x.mark, x.note, x.continued, keep) for x, keep in lines))


def view_asked(write: _Writer, block: Asked) -> _ChainView:
    """A row may reach into the margin, where nothing stands beside it."""
    return view_chain(write, Chain(tuple(x if x.mark else replace(x, rhs=x.rhs + REACH) for x in block.lines)))


def view_worked(write: _Writer, block: Worked) -> _ChainView:
    return view_chain(write, Chain(tuple(line for w in block.lines for line in worked_lines(w))))


def view_beside(write: _Writer, block: Beside) -> _BesideView:
    drawing = draw(block.figure) if block.figure else None
    return _BesideView(write.blocks(block.blocks), tikz(drawing) if drawing else "", block.note, block.rule, block.mark)


def view_figure_row(_: _Writer, block: FigureRow) -> _FigureRowView:
    rowed = lay_out(block.figures)
    rows = tuple(tuple(_SlotView(mm(rowed.slot), tikz(d), below(d)) for d in row) for row in rowed.rows)
    return _FigureRowView(rows, mm(rowed.gap), block.note)


def view_table(write: _Writer, block: Table) -> _TableView:
    """Columns as fixed boxes; their widths must fit, as TeX would not report it."""
    must_fit(block)
    columns = "".join(map(column, block.columns))
    header = "&".join(rf"\tablehead{{{latex_text.rich(h)}}}" for h in block.header)
    rows = tuple(
        " & ".join(
            f"${latex_text.math(cell)}$" if c.math and cell else latex_text.rich(cell)
            for c, cell in zip(block.columns, row, strict=True)
        )
        for row in block.rows
    )
    pieces = math.ceil(len(rows) / PIECE) if len(rows) > TABLE_ROWS else 1
    each = math.ceil(len(rows) / pieces) or 1
    chunks = tuple(rows[k : k + each] for k in range(0, len(rows), each))
    stretch = ".97" if Language.of(write.document.language).han else "1.08"
    return _TableView(columns, header, chunks, block.note, block.ruled, stretch)


def column(c: Column) -> str:
    """A column for \\begin{tabular}; words keep some white on their right."""
    side = {"l": r"\raggedright", "c": r"\centering", "r": r"\raggedleft"}[c.align]
    colour = r"\leavevmode\color{soft}" if c.soft else ""
    gap = COLUMN_GAP if c.align == "l" and not c.math else 0
    room = rf"@{{\hspace{{{mm(gap)}mm}}}}" if gap else ""
    return rf">{{{side}\arraybackslash{colour}}}p{{{mm(c.width - gap)}mm}}{room}"


def view_listing(_: _Writer, block: Listing) -> code_layout.CodeView:
    return code_layout.lay_out(block, python)


def python(code: str, text: bool) -> str:
    """A piece of a listing, or of a docstring in it."""
    return rf"\comment{{{latex_text.code(code)}}}" if text else latex_text.coloured(code)


def view_step(write: _Writer, block: Step) -> _StepView:
    return _StepView(
        block.title, locator(write.document.chain, block.locator, block.direction), write.blocks(block.blocks)
    )


def locator(chain: tuple[Math, ...], marked: tuple[Math, ...], direction: str) -> str:
    """The chain in miniature."""
    wide = {True: "", False: "[{}]"}
    shown = "".join(
        rf"\link{wide[x.width == DISC].format(mm(x.width))}{{{x.mark}}}{{{x.symbol}}}"
        for x in links(chain, marked, direction)
    )
    return rf"\locator{{{shown}}}" if shown else ""


MACROS: Mapping[type, Macro] = {
    Paragraph: Macro("paragraph", kept),
    Bullets: Macro("bullets"),
    Chain: Macro("chain", view_chain),
    Asked: Macro("chain", view_asked),
    Room: Macro("room"),
    Worked: Macro("chain", view_worked),
    Beside: Macro("beside", view_beside),
    FigureRow: Macro("figure_row", view_figure_row),
    Table: Macro("table", view_table),
    Listing: Macro("code_listing", view_listing),
    Verified: Macro("verified"),
    PageBreak: Macro("page_break"),
    Need: Macro("need"),
    Step: Macro("step", view_step),
    Sliding: Macro("still", on_paper),
    Explorer: Macro("still", on_paper),
    Switch: Macro("still", on_paper),
}
