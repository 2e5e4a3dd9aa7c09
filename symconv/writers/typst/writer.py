"""A document as Typst: each kind of block has one macro in blocks.typ.jinja, named here, and a view made for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial

from symconv.handout.document import (
    Asked,
    Block,
    Chain,
    Column,
    Document,
    Explorer,
    Need,
    Paragraph,
    Part,
    Passage,
    Table,
    Worked,
)
from symconv.handout.figures.shapes import Drawing
from symconv.handout.layout import PAGE
from symconv.handout.listings import Listing
from symconv.handout.pictures import Figure, Math, Rich
from symconv.language import Language
from symconv.text.prose import Prose, prose
from symconv.text.render import Templates
from symconv.writers.code_layout import CodeView, lay_out
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
from symconv.writers.typst.figures import below, typst_figure
from symconv.writers.typst.text import coloured, display, equation, left_side, plain_text, remark, rich
from symconv.writers.views import Macro, links, mm, printed_by, shown

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
    write = TypstWriter(document, prose(document.language))
    parts = tuple(_part(write, part) for part in document.parts)
    header = tuple(" ".join(line.split()) for line in document.header)
    language = Language.of(document.language)
    return templates(document.language).render(
        "handout.typ.jinja", page=PAGE, document=document, language=language, header=header, parts=parts
    )


def _part(write: "TypstWriter", part: Part) -> PartView:
    gap = 4.8 if isinstance(_first(part.blocks), Passage) else 1.8
    return PartView(part.number, part.title, part.fresh, write.blocks(part.blocks), mm(gap))


def _first(blocks: tuple[Block, ...]) -> Block | None:
    """The first block that prints something."""
    return next((b for b in blocks if not isinstance(b, Explorer | Need)), None)


@dataclass(frozen=True)
class TypstColumn:
    width: str
    align: str


@dataclass(frozen=True)
class TypstTable:
    columns: tuple[TypstColumn, ...]
    header: tuple[Rich, ...]
    rows: tuple[tuple[str, ...], ...]
    note: Rich
    ruled: bool


@dataclass(frozen=True)
class TypstWriter:
    """Turns blocks into Typst; knows the document for its chain."""

    document: Document
    say: Prose

    @property
    def language(self) -> str:
        return self.document.language

    def blocks(self, blocks: tuple[Block, ...]) -> str:
        form = templates(self.language)
        return "".join(printed_by(MACROS, self, block, form, "blocks.typ.jinja") for block in blocks)

    def picture(self, figure: Figure, drawing: Drawing) -> str:
        """The drawing, and what the figure shows for those who do not see it."""
        return typst_figure(drawing, plain_text(shown(self.say, figure)), self.language)

    def below(self, drawing: Drawing) -> str:
        return below(drawing, self.language)


def view_chain(_: TypstWriter, block: Chain | Asked) -> Chain:
    """Each line says whether the next one stays with it."""
    return kept_chain(block.lines, (*joined(block.lines)[1:], False))


def view_worked(write: TypstWriter, block: Worked) -> Chain:
    return view_chain(write, worked_chain(block))


def view_table(write: TypstWriter, block: Table) -> TypstTable:
    """Columns of fixed widths, which must fit."""
    must_fit(block)
    columns = tuple(TypstColumn(mm(c.width), SIDES[c.align]) for c in block.columns)
    rows = tuple(
        tuple(cell(c, text, write.language) for c, text in zip(block.columns, row, strict=True)) for row in block.rows
    )
    return TypstTable(columns, block.header, rows, block.note, block.ruled)


def cell(column: Column, body: Rich | Math, language: str) -> str:
    """One cell of a table, finished."""
    text = rich(body, language) if isinstance(body, str) else f"#{equation(body, language)};"
    text = f"#text(fill: soft)[{text}];" if column.soft else text
    return f"#pad(right: {mm(COLUMN_GAP)}mm)[{text}]" if column.align == "l" and not column.math else text


def view_listing(_: TypstWriter, block: Listing) -> CodeView:
    """Rows of lines with their note, each kept with the next where that one is not to begin a page."""
    view = lay_out(block, lambda code, text: remark(code) if text else coloured(code))
    after = [*(row.kept for row in view.rows[1:]), False]
    return replace(view, rows=tuple(replace(row, kept=keep) for row, keep in zip(view.rows, after, strict=True)))


def view_step(write: TypstWriter, block: Passage) -> StepView:
    """What is said first below a heading stays with what follows it."""
    first, *rest = block.blocks or (None,)
    blocks = (replace(first, keep=True), *rest) if isinstance(first, Paragraph) and rest else block.blocks
    gap = TEXT_GAP if isinstance(_first(blocks), Paragraph) else HEAD_GAP
    near = links(write.document.chain, block.locator, block.direction)
    discs = "".join(f'("{x.mark}", {equation(x.symbol, write.language)}, {mm(x.width)}mm),' for x in near)
    return StepView(block.title, f"locator({discs})" if near else "", write.blocks(blocks), mm(gap))


MACROS: Mapping[type, Macro] = {
    **PAPER,
    Chain: Macro("chain", view_chain),
    Asked: Macro("chain", view_chain),
    Worked: Macro("chain", view_worked),
    Table: Macro("table", view_table),
    Listing: Macro("code_listing", view_listing),
    Passage: Macro("step", view_step),
}
