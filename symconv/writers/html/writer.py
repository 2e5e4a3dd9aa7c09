"""A document as one HTML page: no network, no remote script; each kind of block has one macro in blocks.html.jinja."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, partial

from symconv.formula.nodes import Node
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
    Need,
    PageBreak,
    Paragraph,
    Part,
    Passage,
    Room,
    Sliding,
    Switch,
    Table,
    Verified,
    Worked,
)
from symconv.handout.figures.shapes import Drawing
from symconv.handout.listings import Listing
from symconv.handout.pictures import Figure, Math, Rich
from symconv.language import Language, template_folder
from symconv.text.prose import Prose, prose
from symconv.text.render import Templates
from symconv.text.typed import rule
from symconv.writers.code_layout import grouped
from symconv.writers.html.blanks import view_asked
from symconv.writers.html.explorer import ExplorerView, explorer_view
from symconv.writers.html.figures import view_chain, view_figure_row, view_sliding, view_worked
from symconv.writers.html.small import slim
from symconv.writers.html.svg import svg
from symconv.writers.html.text import code, element, escape, plain_text, rich, with_indices
from symconv.writers.views import Macro, links, printed_by, shown, view_beside


@cache
def html(language: str) -> Templates:
    """The templates of pages in a language, in which their formulas are said."""
    said = {"language": language}
    return Templates((("rich", partial(rich, **said)), ("math", partial(element, **said)), ("plain", plain_text)))


def write_html(document: Document, small: bool = False) -> str:
    """The document's page: MathML, SVG, its own style and script inside; without the script all of it can be read.

    `small`: without fonts, contents and locators, what belongs to sliders, explorers and listings, and words for its
    formulas, which would be a seventh of it: a screen reader that knows MathML says them by itself.
    """
    document = replace(document, chain=()) if small else document
    write = HtmlWriter(document, prose(document.language), "" if small else document.language)
    parts = tuple(_part(write, part) for part in document.parts)
    page = html(write.spoken).render(
        "sheet.html.jinja" if small else "page.html.jinja",
        language=Language.of(document.language), say=write.say, title=document.title, subtitle=document.subtitle,
        heading=document.heading, author=document.author, parts=parts, font=font,
        blanks=bool(document.blanks), key=document.key, reader=rule(),
    )  # fmt: skip
    return slim(page) if small else page


@cache
def font(name: str) -> str:
    """A font of the page (templates/fonts) in base 64, to stand inside it."""
    return b64encode((template_folder() / "fonts" / f"symconv-{name}.woff2").read_bytes()).decode()


@dataclass(frozen=True)
class HtmlPart:
    number: int
    title: Rich
    name: str
    entries: tuple[tuple[str, Rich, bool], ...]  # of the contents: anchor, title, whether it needs the script
    body: str


def _part(write: "HtmlWriter", part: Part) -> HtmlPart:
    name = f"part-{part.number}"
    inside = replace(write, part=name)
    entries = tuple((inside.name(x), x.title, isinstance(x, Explorer)) for x in _titled(part.blocks))
    return HtmlPart(part.number, part.title, name, entries, inside.blocks(part.blocks))


def _titled(blocks: tuple[Block, ...]) -> list[Passage | Explorer]:
    """What the contents list of a part."""
    found: list[Passage | Explorer] = []
    for block in blocks:
        found += [block] if isinstance(block, Passage | Explorer) else ()
        found += _titled(
            block.blocks if isinstance(block, Passage) else block.steps if isinstance(block, Switch) else ()
        )
    return found


@dataclass(frozen=True)
class HtmlWriter:
    """Turns blocks into HTML; `indices` are the letters to be coloured alike."""

    document: Document
    say: Prose
    spoken: str  # the language in which formulas are said, "" for none
    part: str = ""
    indices: tuple[str, ...] = ()

    def blocks(self, blocks: tuple[Block, ...]) -> str:
        form = html(self.spoken)
        return "".join(printed_by(MACROS, self, block, form, "blocks.html.jinja") for block in blocks)

    def picture(self, figure: Figure, drawing: Drawing) -> str:
        return svg(drawing, self.label(figure))

    def label(self, figure: Figure) -> str:
        """What a figure shows, for those who do not see it."""
        return plain_text(shown(self.say, figure))

    def name(self, block: Passage | Explorer) -> str:
        """An anchor for a step: its part and its place there."""
        part = next(p for p in self.document.parts if f"part-{p.number}" == self.part)
        place = next(k for k, x in enumerate(_titled(part.blocks), start=1) if x is block)
        return f"{self.part}-{place}"

    def display(self, tree: Node) -> str:
        written = element(tree, self.spoken, display=True)
        return with_indices(written, self.indices) if self.indices else written


# ------------------------------------------------------------------------------------------------ tables and code
@dataclass(frozen=True)
class HtmlTable:
    header: tuple[Rich, ...]
    rows: tuple[tuple[tuple[str, str], ...], ...]  # class, content
    note: Rich
    ruled: bool


def view_table(write: HtmlWriter, block: Table) -> HtmlTable:
    language = write.spoken

    def cell(column: Column, body: Rich | Math) -> tuple[str, str]:
        kind = " ".join([column.align, *(["soft"] if column.soft else [])])
        return kind, rich(body, language) if isinstance(body, str) else element(body, language)

    rows = tuple(tuple(map(cell, block.columns, row)) for row in block.rows)
    return HtmlTable(block.header, rows, block.note, block.ruled)


@dataclass(frozen=True)
class HtmlCodeLine:
    number: str
    indent: int
    code: str
    text: bool


@dataclass(frozen=True)
class HtmlCodeRow:
    lines: tuple[HtmlCodeLine, ...]
    note: str


def view_listing(write: HtmlWriter, block: Listing) -> tuple[HtmlCodeRow, ...]:
    rows, letters = [], write.indices
    for group in grouped(block.lines):
        lines = tuple(
            HtmlCodeLine(
                str(x.number or ""), x.indent, escape(x.code) if x.text else code(x.code, write.indices), x.text
            )
            for x in group
        )
        note = rich(group[0].note, write.spoken)
        rows.append(HtmlCodeRow(lines, with_indices(note, letters) if letters else note))
    return tuple(rows)


# ------------------------------------------------------------------------------------------------ steps
@dataclass(frozen=True)
class HtmlStep:
    title: Rich
    name: str
    locator: tuple[tuple[str, str], ...]
    body: str


def view_step(write: HtmlWriter, block: Passage) -> HtmlStep:
    chain = write.document.chain  # a small page has none
    near = links(chain, block.locator, block.direction) if chain else ()
    locator = tuple((link.mark, element(link.symbol, write.spoken)) for link in near)
    return HtmlStep(block.title, write.name(block), locator, write.blocks(block.blocks))


@dataclass(frozen=True)
class HtmlSwitch:
    label: str
    steps: tuple[HtmlStep, ...]


def view_switch(write: HtmlWriter, block: Switch) -> HtmlSwitch:
    inside = replace(write, indices=block.indices)
    return HtmlSwitch(write.say("page.forms"), tuple(view_step(inside, step) for step in block.steps))


@dataclass(frozen=True)
class NamedExplorer:
    name: str
    inside: ExplorerView


def view_explorer(write: HtmlWriter, block: Explorer) -> NamedExplorer:
    return NamedExplorer(write.name(block), explorer_view(block, write.say))


MACROS: Mapping[type, Macro] = {
    Paragraph: Macro("paragraph"),
    Bullets: Macro("bullets"),
    Chain: Macro("chain", view_chain),
    Asked: Macro("chain", view_asked),
    Room: Macro("nothing"),
    Worked: Macro("chain", view_worked),
    Beside: Macro("beside", view_beside),
    FigureRow: Macro("figure_row", view_figure_row),
    Sliding: Macro("sliding", view_sliding),
    Explorer: Macro("explorer", view_explorer),
    Table: Macro("table", view_table),
    Listing: Macro("listing", view_listing),
    Verified: Macro("verified"),
    PageBreak: Macro("nothing"),
    Need: Macro("nothing"),
    Passage: Macro("step", view_step),
    Switch: Macro("switch", view_switch),
}
