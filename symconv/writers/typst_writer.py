"""A document as Typst: each kind of block has one macro in blocks.typ.jinja, named here, and a view made for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial

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
    Part,
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
from symconv.handout.pictures import Figure, Math, Rich
from symconv.language import Language
from symconv.prose import Prose, prose
from symconv.render import Templates
from symconv.writers.code_layout import CodeView, lay_out as lay_out_code
from symconv.writers.typst_figures import below, typst_figure
from symconv.writers.typst_text import coloured, display, equation, left_side, plain_text, remark, rich
from symconv.writers.views import COLUMN_GAP, Macro, joined, kept, links, mm, must_fit, on_paper, shown, worked_lines

HEAD_GAP, TEXT_GAP = 2.0, 0.6  # mm below a step's heading: to a formula or a figure, to text
SIDES = {"l": "left", "c": "center", "r": "right"}


@cache
def templates(language: str) -> Templates:
    """The templates of documents in a language, in which their formulas are said."""
    forms: dict[str, Callable[..., str]] = {"rich": rich, "math": equation, "lhs": left_side, "rhs": display}
    said = tuple((name, partial(form, language=language)) for name, form in forms.items())
    return Templates((*said, ("plain", plain_text)), braces=True)


def write_typst(document: Document) -> str:
    """The document's .typ file: stands alone, needs the fonts of the typst package and of manimgx-fonts-cjk only."""
    write = _Writer(document, prose(document.language))
    parts = tuple(_part(write, part) for part in document.parts)
    header = tuple(" ".join(line.split()) for line in document.header)
    language = Language.of(document.language)
    return templates(document.language).render(
        "handout.typ.jinja", page=PAGE, document=document, language=language, header=header, parts=parts
    )


@dataclass(frozen=True)
class _PartView:
    number: int
    title: Rich
    fresh: bool
    gap: str
    body: str


def _part(write: "_Writer", part: Part) -> _PartView:
    gap = 4.8 if isinstance(_first(part.blocks), Step) else 1.8
    return _PartView(part.number, part.title, part.fresh, mm(gap), write.blocks(part.blocks))


def _first(blocks: tuple[Block, ...]) -> Block | None:
    """The first block that prints something."""
    return next((b for b in blocks if not isinstance(b, Explorer | Need)), None)


@dataclass(frozen=True)
class _LineView:
    lhs: Math
    rhs: Math
    rule: Rich
    mark: str
    note: Rich
    continued: bool
    kept: bool  # no page break after it


@dataclass(frozen=True)
class _ChainView:
    lines: tuple[_LineView, ...]


@dataclass(frozen=True)
class _SlotView:
    width: str
    figure: str
    below: str


@dataclass(frozen=True)
class _FigureRowView:
    rows: tuple[tuple[_SlotView, ...], ...]
    gap: str
    note: Rich


@dataclass(frozen=True)
class _BesideView:
    body: str
    figure: str
    note: Rich
    rule: Rich
    mark: str


@dataclass(frozen=True)
class _ColumnView:
    width: str
    align: str


@dataclass(frozen=True)
class _TableView:
    columns: tuple[_ColumnView, ...]
    header: tuple[Rich, ...]
    rows: tuple[tuple[str, ...], ...]
    note: Rich
    ruled: bool


@dataclass(frozen=True)
class _StepView:
    title: Rich
    gap: str
    links: tuple[tuple[str, Math, str], ...]
    body: str


@dataclass(frozen=True)
class _Writer:
    """Turns blocks into Typst; knows the document for its chain."""

    document: Document
    say: Prose

    @property
    def language(self) -> str:
        return self.document.language

    def label(self, figure: Figure) -> str:
        """What a figure shows, for those who do not see it."""
        return plain_text(shown(self.say, figure))

    def blocks(self, blocks: tuple[Block, ...]) -> str:
        return "".join(self.block(block) for block in blocks)

    def block(self, block: Block) -> str:
        entry = MACROS.get(type(block))
        if entry is None:
            raise Broken(f"no macro for a {type(block).__name__}\n  add one to MACROS in typst_writer.py")
        return templates(self.document.language).macro("blocks.typ.jinja", entry.name, entry.view(self, block))


def view_chain(_: _Writer, block: Chain | Asked) -> _ChainView:
    """Each line says whether the next one stays with it."""
    lines = zip(block.lines, (*joined(block.lines)[1:], False), strict=True)
    return _ChainView(tuple(_LineView(x.lhs, x.rhs, x.rule, x.mark, x.note, x.continued, keep) for x, keep in lines))


def view_worked(write: _Writer, block: Worked) -> _ChainView:
    return view_chain(write, Chain(tuple(line for w in block.lines for line in worked_lines(w))))


def view_beside(write: _Writer, block: Beside) -> _BesideView:
    figure = typst_figure(draw(block.figure), write.label(block.figure), write.language) if block.figure else ""
    return _BesideView(write.blocks(block.blocks), figure, block.note, block.rule, block.mark)


def view_figure_row(write: _Writer, block: FigureRow) -> _FigureRowView:
    rowed, labels = lay_out(block.figures), map(write.label, block.figures)
    rows = tuple(tuple(
        _SlotView(mm(rowed.slot), typst_figure(d, next(labels), write.language), below(d, write.language)) for d in row
    ) for row in rowed.rows)  # fmt: skip
    return _FigureRowView(rows, mm(rowed.gap), block.note)


def view_table(write: _Writer, block: Table) -> _TableView:
    """Columns of fixed widths, which must fit."""
    must_fit(block)
    columns = tuple(_ColumnView(mm(c.width), SIDES[c.align]) for c in block.columns)
    rows = tuple(
        tuple(cell(c, text, write.language) for c, text in zip(block.columns, row, strict=True)) for row in block.rows
    )
    return _TableView(columns, block.header, rows, block.note, block.ruled)


def cell(column: Column, text: str, language: str) -> str:
    """One cell of a table, finished."""
    body = f"#{equation(text, language)};" if column.math and text else rich(text, language)
    body = f"#text(fill: soft)[{body}];" if column.soft else body
    return f"#pad(right: {mm(COLUMN_GAP)}mm)[{body}]" if column.align == "l" and not column.math else body


def view_listing(_: _Writer, block: Listing) -> CodeView:
    """Rows of lines with their note, each kept with the next where that one is not to begin a page."""
    view = lay_out_code(block, lambda code, text: remark(code) if text else coloured(code))
    after = [*(row.kept for row in view.rows[1:]), False]
    return replace(view, rows=tuple(replace(row, kept=keep) for row, keep in zip(view.rows, after, strict=True)))


def view_step(write: _Writer, block: Step) -> _StepView:
    """What is said first below a heading stays with what follows it."""
    first, *rest = block.blocks or (None,)
    blocks = (replace(first, keep=True), *rest) if isinstance(first, Paragraph) and rest else block.blocks
    gap = TEXT_GAP if isinstance(_first(blocks), Paragraph) else HEAD_GAP
    shown = links(write.document.chain, block.locator, block.direction)
    marked = tuple((x.mark, x.symbol, mm(x.width)) for x in shown)
    return _StepView(block.title, mm(gap), marked, write.blocks(blocks))


MACROS: Mapping[type, Macro] = {
    Paragraph: Macro("paragraph", kept),
    Bullets: Macro("bullets"),
    Chain: Macro("chain", view_chain),
    Asked: Macro("chain", view_chain),
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
