"""A document as LaTeX: each kind of block has one macro in blocks.tex.jinja, named here, and a view made for it."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from symconv import latex_text
from symconv.errors import Broken
from symconv.handout.document import (
    Beside,
    Block,
    Bullets,
    Chain,
    Column,
    Document,
    Explorer,
    FigureRow,
    Line,
    Listing,
    Need,
    PageBreak,
    Paragraph,
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
from symconv.render import Templates
from symconv.rich_text import has_han
from symconv.writers import code_layout
from symconv.writers.tikz import below, mm, tikz

LINKS = 7  # tensors that the locator in the margin has room for
LATEX = Templates((("rich", latex_text.rich), ("math", latex_text.math), ("plain", latex_text.plain_text)), braces=True)
TABLE_ROWS = 26  # a longer table is set in pieces, so that a page can end between them


def write_latex(document: Document) -> str:
    """The document's .tex file: stands alone, needs standard packages only, compiles with `latexmk -xelatex`."""
    write = _Writer(document)
    parts = tuple(_PartView(p.number, p.title, p.fresh, write.blocks(p.blocks)) for p in document.parts)
    header = tuple(latex_text_line(line) for line in document.header)
    texts = (document.title, document.subtitle, *document.heading, *(p.title + p.body for p in parts))
    han = document.language == "zh" or any(map(has_han, texts))
    return LATEX.render("handout.tex.jinja", page=PAGE, document=document, header=header, parts=parts, han=han)


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


def view_paragraph(_: _Writer, block: Paragraph) -> Paragraph:
    return replace(block, keep=block.keep or block.text.rstrip().endswith((":", "\uff1a")))


def view_chain(_: _Writer, block: Chain) -> _ChainView:
    """A page may end between two lines, but not after the first, before the last, or inside a broken line."""
    last = len(block.lines) - 1
    return _ChainView(
        tuple(
            _LineView(x.lhs, x.rhs, x.rule, x.mark, x.note, x.continued, k > 0 and (k in (1, last) or x.continued))
            for k, x in enumerate(block.lines)
        )
    )


def view_worked(write: _Writer, block: Worked) -> _ChainView:
    lines: list[Line] = []
    for line in block.lines:
        lines.append(Line(line.lhs, "=" + line.symbols))
        lines += [Line("", row if k else "=" + row, continued=k > 0) for k, row in enumerate(line.numbers)]
        if line.result:
            lines.append(Line("", rf"{line.relation}\res{{{line.result}}}"))
    return view_chain(write, Chain(tuple(lines)))


def view_beside(write: _Writer, block: Beside) -> _BesideView:
    drawing = draw(block.figure) if block.figure else None
    return _BesideView(write.blocks(block.blocks), tikz(drawing) if drawing else "", block.note, block.rule, block.mark)


def view_figure_row(_: _Writer, block: FigureRow) -> _FigureRowView:
    rowed = lay_out(block.figures)
    rows = tuple(tuple(_SlotView(mm(rowed.slot), tikz(d), below(d)) for d in row) for row in rowed.rows)
    return _FigureRowView(rows, mm(rowed.gap), block.note)


def view_table(write: _Writer, block: Table) -> _TableView:
    """Columns as fixed boxes; their widths must fit, as TeX would not report it."""
    if (total := sum(c.width for c in block.columns)) > PAGE.main - (0 if block.ruled else 6):
        raise Broken(f"a table's columns are {total} mm wide, the main column {PAGE.main} mm (6 less without rules)")
    columns = "".join(map(column, block.columns))
    header = "&".join(rf"\tablehead{{{latex_text.rich(h)}}}" for h in block.header)
    rows = tuple(
        " & ".join(
            f"${latex_text.math(cell)}$" if c.math and cell else latex_text.rich(cell)
            for c, cell in zip(block.columns, row, strict=True)
        )
        for row in block.rows
    )
    each = math.ceil(len(rows) / math.ceil(len(rows) / TABLE_ROWS)) if rows else 1
    chunks = tuple(rows[k : k + each] for k in range(0, len(rows), each))
    stretch = {"en": "1.08", "zh": ".97"}[write.document.language]
    return _TableView(columns, header, chunks, block.note, block.ruled, stretch)


def column(c: Column) -> str:
    """A column for \\begin{tabular}."""
    side = {"l": r"\raggedright", "c": r"\centering", "r": r"\raggedleft"}[c.align]
    colour = r"\leavevmode\color{soft}" if c.soft else ""
    return rf">{{{side}\arraybackslash{colour}}}p{{{mm(c.width)}mm}}"


def view_listing(_: _Writer, block: Listing) -> code_layout.CodeView:
    return code_layout.lay_out(block)


def view_step(write: _Writer, block: Step) -> _StepView:
    return _StepView(
        block.title, locator(write.document.chain, block.locator, block.direction), write.blocks(block.blocks)
    )


def locator(chain: tuple[Math, ...], marked: tuple[Math, ...], direction: str) -> str:
    """The chain in miniature; of a longer one the part around the marked links, dots where it goes on."""
    if not marked:
        return ""
    if strangers := [m for m in marked if m not in chain]:
        raise Broken(f"the locator names {strangers}, which the chain {chain} does not hold")
    first = min(chain.index(m) for m in marked)
    start = max(0, min(first - 2, len(chain) - LINKS)) if len(chain) > LINKS else 0
    shown = list(chain[start : start + LINKS])
    marks = [direction if symbol in marked else "off" for symbol in shown]
    if start:
        shown[0], marks[0] = r"\cdots", "off"
    if start + LINKS < len(chain):
        shown[-1], marks[-1] = r"\cdots", "off"
    links = "".join(rf"\link{{{m}}}{{{s}}}" for m, s in zip(marks, shown, strict=True))
    return rf"\locator{{{links}}}"


def on_paper(write: _Writer, block: Sliding | Explorer | Switch) -> str:
    """What is moved or touched on a screen, as it stands still."""
    if isinstance(block, Explorer):
        return ""
    return write.blocks(block.steps if isinstance(block, Switch) else block.on_paper)


def as_it_is(_: _Writer, block: Block) -> Block:
    return block


@dataclass(frozen=True)
class Macro:
    """The macro of a kind of block, and what makes its view."""

    name: str
    view: Callable[[_Writer, Any], object] = as_it_is


MACROS: Mapping[type, Macro] = {
    Paragraph: Macro("paragraph", view_paragraph),
    Bullets: Macro("bullets"),
    Chain: Macro("chain", view_chain),
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
