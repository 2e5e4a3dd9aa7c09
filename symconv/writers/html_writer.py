"""A document as one HTML page: no network, no remote script; each kind of block has one macro in blocks.html.jinja."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, partial

from symconv.errors import Broken
from symconv.formula.nodes import Node
from symconv.grading.typed import rule
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
from symconv.handout.pictures import Rich
from symconv.language import Language, template_folder
from symconv.prose import Prose, prose
from symconv.render import Templates
from symconv.writers.code_layout import grouped
from symconv.writers.html_blanks import view_asked
from symconv.writers.html_explorer import ExplorerView, explorer_view
from symconv.writers.html_figures import view_beside, view_chain, view_figure_row, view_sliding, view_worked
from symconv.writers.html_small import slim
from symconv.writers.html_text import code, element, escape, formula, plain_text, rich, with_indices
from symconv.writers.views import Macro, links


@cache
def html(language: str) -> Templates:
    """The templates of pages in a language, in which their formulas are said."""
    said = {"language": language}
    return Templates((("rich", partial(rich, **said)), ("math", partial(formula, **said)), ("plain", plain_text)))


def write_html(document: Document, small: bool = False) -> str:
    """The document's page: MathML, SVG, its own style and script inside; without the script all of it can be read.

    `small`: without fonts, contents and locators, what belongs to sliders, explorers and listings, and words for its
    formulas, which would be a seventh of it: a screen reader that knows MathML says them by itself.
    """
    document = replace(document, chain=()) if small else document
    write = _Writer(document, prose(document.language), "" if small else document.language)
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
class _PartView:
    number: int
    title: Rich
    name: str
    entries: tuple[tuple[str, Rich, bool], ...]  # of the contents: anchor, title, whether it needs the script
    body: str


def _part(write: "_Writer", part: Part) -> _PartView:
    name = f"part-{part.number}"
    inside = replace(write, part=name)
    entries = tuple((inside.name(x), x.title, isinstance(x, Explorer)) for x in _titled(part.blocks))
    return _PartView(part.number, part.title, name, entries, inside.blocks(part.blocks))


def _titled(blocks: tuple[Block, ...]) -> list[Step | Explorer]:
    """What the contents list of a part."""
    found: list[Step | Explorer] = []
    for block in blocks:
        found += [block] if isinstance(block, Step | Explorer) else ()
        found += _titled(block.blocks if isinstance(block, Step) else block.steps if isinstance(block, Switch) else ())
    return found


@dataclass(frozen=True)
class _Writer:
    """Turns blocks into HTML; `indices` are the letters to be coloured alike."""

    document: Document
    say: Prose
    spoken: str  # the language in which formulas are said, "" for none
    part: str = ""
    indices: tuple[str, ...] = ()

    def blocks(self, blocks: tuple[Block, ...]) -> str:
        return "".join(self.block(block) for block in blocks)

    def block(self, block: Block) -> str:
        entry = MACROS.get(type(block))
        if entry is None:
            raise Broken(f"no macro for a {type(block).__name__}\n  add one to MACROS in html_writer.py")
        return html(self.spoken).macro("blocks.html.jinja", entry.name, entry.view(self, block))

    def name(self, block: Step | Explorer) -> str:
        """An anchor for a step: its part and its place there."""
        part = next(p for p in self.document.parts if f"part-{p.number}" == self.part)
        place = next(k for k, x in enumerate(_titled(part.blocks), start=1) if x is block)
        return f"{self.part}-{place}"

    def display(self, tree: Node) -> str:
        written = element(tree, self.spoken, display=True)
        return with_indices(written, self.indices) if self.indices else written


# ------------------------------------------------------------------------------------------------ tables and code
@dataclass(frozen=True)
class _TableView:
    header: tuple[Rich, ...]
    rows: tuple[tuple[tuple[str, str], ...], ...]  # class, content
    note: Rich
    ruled: bool


def view_table(write: _Writer, block: Table) -> _TableView:
    language = write.spoken

    def cell(column: Column, text: str) -> tuple[str, str]:
        kind = " ".join([column.align, *(["soft"] if column.soft else [])])
        return kind, formula(text, language) if column.math and text else rich(text, language)

    rows = tuple(tuple(map(cell, block.columns, row)) for row in block.rows)
    return _TableView(block.header, rows, block.note, block.ruled)


@dataclass(frozen=True)
class _CodeView:
    number: str
    indent: int
    code: str
    text: bool


@dataclass(frozen=True)
class _CodeRowView:
    lines: tuple[_CodeView, ...]
    note: str


def view_listing(write: _Writer, block: Listing) -> tuple[_CodeRowView, ...]:
    rows = []
    for group in grouped(block.lines):
        lines = tuple(
            _CodeView(str(x.number or ""), x.indent, escape(x.code) if x.text else code(x.code, write.indices), x.text)
            for x in group
        )
        note = rich(group[0].note, write.spoken)
        rows.append(_CodeRowView(lines, with_indices(note, write.indices) if write.indices else note))
    return tuple(rows)


# ------------------------------------------------------------------------------------------------ steps
@dataclass(frozen=True)
class _StepView:
    title: Rich
    name: str
    locator: tuple[tuple[str, str], ...]
    body: str


def view_step(write: _Writer, block: Step) -> _StepView:
    chain = write.document.chain  # a small page has none
    near = links(chain, block.locator, block.direction) if chain else ()
    locator = tuple((link.mark, formula(link.symbol, write.spoken)) for link in near)
    return _StepView(block.title, write.name(block), locator, write.blocks(block.blocks))


@dataclass(frozen=True)
class _SwitchView:
    label: str
    steps: tuple[_StepView, ...]


def view_switch(write: _Writer, block: Switch) -> _SwitchView:
    inside = replace(write, indices=block.indices)
    return _SwitchView(write.say("page.forms"), tuple(view_step(inside, step) for step in block.steps))


@dataclass(frozen=True)
class _ExplorerView:
    name: str
    inside: ExplorerView


def view_explorer(write: _Writer, block: Explorer) -> _ExplorerView:
    return _ExplorerView(write.name(block), explorer_view(block, write.say))


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
    Step: Macro("step", view_step),
    Switch: Macro("switch", view_switch),
}
