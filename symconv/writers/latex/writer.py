"""A document as LaTeX: each kind of block has one macro in blocks.tex.jinja, named here, and a view made for it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from symconv.handout.document import Asked, Block, Chain, Column, Document, Passage, Table, Worked
from symconv.handout.figures.shapes import Drawing
from symconv.handout.layout import PAGE
from symconv.handout.listings import Listing
from symconv.handout.pictures import Figure, Math
from symconv.language import Language
from symconv.text import latex_text
from symconv.text.render import Templates
from symconv.text.rich_text import has_han
from symconv.writers import code_layout
from symconv.writers.latex.tikz import below, tikz
from symconv.writers.paper_views import (
    COLUMN_GAP,
    PAPER,
    PartView,
    StepView,
    joined,
    kept_chain,
    must_fit,
    worked_chain,
)
from symconv.writers.views import DISC, Macro, links, mm, printed_by

LATEX = Templates((("rich", latex_text.rich), ("math", latex_text.math), ("plain", latex_text.plain_text)), braces=True)
TABLE_ROWS, PIECE = 16, 6  # a longer table is set in pieces of some rows, so that a page can end between them


def write_latex(document: Document, han: bool = False) -> str:
    """The document's .tex file: stands alone, needs standard packages only, compiles with `latexmk -xelatex`.

    `han`: with the fonts for Chinese, even where nothing in the document is.
    """
    write = LatexWriter(document)
    parts = tuple(PartView(p.number, p.title, p.fresh, write.blocks(p.blocks)) for p in document.parts)
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
class Tabular:
    r"""A table as \begin{tabular}, in chunks between which a page may end."""

    columns: str
    header: str
    chunks: tuple[tuple[str, ...], ...]
    note: str
    ruled: bool
    stretch: str


@dataclass(frozen=True)
class LatexWriter:
    """Turns blocks into LaTeX; knows the document for its chain and its language."""

    document: Document

    def blocks(self, blocks: tuple[Block, ...]) -> str:
        return "".join(printed_by(MACROS, self, block, LATEX, "blocks.tex.jinja") for block in blocks)

    def picture(self, _: Figure, drawing: Drawing) -> str:
        return tikz(drawing)

    def below(self, drawing: Drawing) -> str:
        return below(drawing)


def view_chain(_: LatexWriter, block: Chain | Asked) -> Chain:
    return kept_chain(block.lines, joined(block.lines), reaches=isinstance(block, Asked))


def view_worked(write: LatexWriter, block: Worked) -> Chain:
    return view_chain(write, worked_chain(block))


def view_table(write: LatexWriter, block: Table) -> Tabular:
    """Columns as fixed boxes; their widths must fit, as TeX would not report it."""
    must_fit(block)
    columns = "".join(map(column, block.columns))
    header = "&".join(rf"\tablehead{{{latex_text.rich(h)}}}" for h in block.header)
    rows = tuple(
        " & ".join(latex_text.rich(cell) if isinstance(cell, str) else f"${latex_text.math(cell)}$" for cell in row)
        for row in block.rows
    )
    pieces = math.ceil(len(rows) / PIECE) if len(rows) > TABLE_ROWS else 1
    each = math.ceil(len(rows) / pieces) or 1
    chunks = tuple(rows[k : k + each] for k in range(0, len(rows), each))
    stretch = ".97" if Language.of(write.document.language).han else "1.08"
    return Tabular(columns, header, chunks, block.note, block.ruled, stretch)


def column(c: Column) -> str:
    """A column for \\begin{tabular}; words keep some white on their right."""
    side = {"l": r"\raggedright", "c": r"\centering", "r": r"\raggedleft"}[c.align]
    colour = r"\leavevmode\color{soft}" if c.soft else ""
    gap = COLUMN_GAP if c.align == "l" and not c.math else 0
    room = rf"@{{\hspace{{{mm(gap)}mm}}}}" if gap else ""
    return rf">{{{side}\arraybackslash{colour}}}p{{{mm(c.width - gap)}mm}}{room}"


def view_listing(_: LatexWriter, block: Listing) -> code_layout.CodeView:
    return code_layout.lay_out(block, python)


def python(code: str, text: bool) -> str:
    """A piece of a listing, or of a docstring in it."""
    return rf"\comment{{{latex_text.code(code)}}}" if text else latex_text.coloured(code)


def view_step(write: LatexWriter, block: Passage) -> StepView:
    return StepView(
        block.title, locator(write.document.chain, block.locator, block.direction), write.blocks(block.blocks)
    )


def locator(chain: tuple[Math, ...], marked: tuple[Math, ...], direction: str) -> str:
    """The chain in miniature."""
    wide = {True: "", False: "[{}]"}
    shown = "".join(
        rf"\link{wide[x.width == DISC].format(mm(x.width))}{{{x.mark}}}{{{latex_text.math(x.symbol)}}}"
        for x in links(chain, marked, direction)
    )
    return rf"\locator{{{shown}}}" if shown else ""


MACROS: Mapping[type, Macro] = {
    **PAPER,
    Chain: Macro("chain", view_chain),
    Asked: Macro("chain", view_chain),
    Worked: Macro("chain", view_worked),
    Table: Macro("table", view_table),
    Listing: Macro("code_listing", view_listing),
    Passage: Macro("step", view_step),
}
