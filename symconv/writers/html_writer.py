"""A document as one HTML page: no network, no remote script; each kind of block has one macro in blocks.html.jinja."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

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
    Part,
    Sliding,
    Step,
    Switch,
    Table,
    Verified,
    Worked,
)
from symconv.handout.figures import draw, lay_out
from symconv.handout.figures_sliding import slider
from symconv.handout.pictures import Figure, Math, Rich
from symconv.handout.prose import Prose, prose
from symconv.render import Templates, template_folder
from symconv.writers.code_layout import grouped
from symconv.writers.html_explorer import ExplorerView, explorer_view
from symconv.writers.html_text import code, escape, plain_text, rich, spoken, with_indices
from symconv.writers.mathml import mathml
from symconv.writers.svg import svg, svg_slider
from symconv.writers.views import Macro, worked_lines

HTML = Templates((("rich", rich), ("math", mathml), ("plain", plain_text)))
WIDE = 120  # mm
LANGUAGE = {"en": "en", "zh": "zh-Hans"}


def write_html(document: Document) -> str:
    """The document's page: MathML, SVG, its own style and script inside; without the script all of it can be read."""
    write = _Writer(document, prose(document.language))
    parts = tuple(_part(write, part) for part in document.parts)
    return HTML.render(
        "page.html.jinja", language=LANGUAGE[document.language], say=write.say, title=document.title,
        subtitle=document.subtitle, heading=document.heading, author=document.author, parts=parts, font=font,
    )  # fmt: skip


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
    inside = _Writer(write.document, write.say, name)
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
    part: str = ""
    indices: tuple[str, ...] = ()

    def blocks(self, blocks: tuple[Block, ...]) -> str:
        return "".join(self.block(block) for block in blocks)

    def block(self, block: Block) -> str:
        entry = MACROS.get(type(block))
        if entry is None:
            raise Broken(f"no macro for a {type(block).__name__}\n  add one to MACROS in html_writer.py")
        return HTML.macro("blocks.html.jinja", entry.name, entry.view(self, block))

    def name(self, block: Step | Explorer) -> str:
        """An anchor for a step: its part and its place there."""
        part = next(p for p in self.document.parts if f"part-{p.number}" == self.part)
        place = next(k for k, x in enumerate(_titled(part.blocks), start=1) if x is block)
        return f"{self.part}-{place}"

    def display(self, math: Math) -> str:
        element = mathml(math, display=True)
        return with_indices(element, self.indices) if self.indices else element


# ------------------------------------------------------------------------------------------------ formulas
@dataclass(frozen=True)
class LineView:
    """A line with those that continue it: pieces that wrap where there is no room, and what stands beside them."""

    lhs: str
    pieces: tuple[str, ...]
    margins: tuple[Line, ...]
    inner: bool  # a step on the way, which may be folded


def view_chain(write: _Writer, block: Chain) -> tuple[LineView, ...]:
    return chain_views(block, write.display)


def chain_views(block: Chain, display: Callable[[Math], str]) -> tuple[LineView, ...]:
    """A line is on the way if it and its neighbours belong to one left-hand side."""
    groups: list[list[Line]] = []
    for line in block.lines:
        groups.append([line]) if not line.continued or not groups else groups[-1].append(line)
    starts = [k for k, group in enumerate(groups) if group[0].lhs] + [len(groups)]
    inner = {k for a, b in pairwise(starts) for k in range(a + 1, b - 1)}
    return tuple(_line(group, k in inner, display) for k, group in enumerate(groups))


def _line(group: list[Line], inner: bool, display: Callable[[Math], str]) -> LineView:
    first, *more = group
    pieces = [first.rhs] + ["{}" + x.rhs if x.rhs[:1] in "+-" else x.rhs for x in more]  # an operation, not a sign
    margins = tuple(x for x in group if x.mark or x.rule or x.note)
    return LineView(display(first.lhs) if first.lhs else "", tuple(map(display, pieces)), margins, inner)


def view_worked(write: _Writer, block: Worked) -> tuple[LineView, ...]:
    return tuple(line for w in block.lines for line in view_chain(write, Chain(worked_lines(w))))


# ------------------------------------------------------------------------------------------------ figures
@dataclass(frozen=True)
class _FigureView:
    svg: str
    below: tuple[LineView, ...]
    wide: bool  # scrolled rather than shrunk where there is little room


@dataclass(frozen=True)
class _RowView:
    figures: tuple[_FigureView, ...]
    note: Rich


@dataclass(frozen=True)
class _BesideView:
    body: str
    svg: str
    note: Rich
    rule: Rich
    mark: str


@dataclass(frozen=True)
class _SlidingView:
    still: str
    caption: Rich
    svg: str
    sums: tuple[tuple[str, tuple[LineView, ...]], ...]
    say: Prose
    last: int


def label(write: _Writer, figure: Figure) -> str:
    """What a figure shows, for those who do not see it."""
    names = getattr(figure, "names", None) or ((figure.name,) if hasattr(figure, "name") else ())
    return plain_text(write.say(f"page.{type(figure).__name__}", names=", ".join(f"${n}$" for n in names)))


def view_figure_row(write: _Writer, block: FigureRow) -> _RowView:
    drawings = [d for row in lay_out(block.figures).rows for d in row]
    views = tuple(
        _FigureView(svg(d, label(write, f)), view_worked(write, Worked((d.below,))) if d.below else (), d.width > WIDE)
        for d, f in zip(drawings, block.figures, strict=True)
    )
    return _RowView(views, block.note)


def view_beside(write: _Writer, block: Beside) -> _BesideView:
    picture = svg(draw(block.figure), label(write, block.figure)) if block.figure else ""
    return _BesideView(write.blocks(block.blocks), picture, block.note, block.rule, block.mark)


def view_sliding(write: _Writer, block: Sliding) -> _SlidingView:
    still = write.blocks(block.on_paper)
    if len(block.windows) < 2 or not all(w.products and w.worked for w in block.windows):
        return _SlidingView(still, "", "", (), write.say, 0)
    sums = tuple((spoken(w.worked.lhs), view_worked(write, Worked((w.worked,)))) for w in block.windows if w.worked)
    picture = svg_slider(slider(block.windows, block.channels), label(write, block.windows[0]))
    return _SlidingView(still, block.caption, picture, sums, write.say, len(block.windows) - 1)


# ------------------------------------------------------------------------------------------------ tables and code
@dataclass(frozen=True)
class _TableView:
    header: tuple[Rich, ...]
    rows: tuple[tuple[tuple[str, str], ...], ...]  # class, content
    note: Rich
    ruled: bool


def view_table(_: _Writer, block: Table) -> _TableView:
    def cell(column: Column, text: str) -> tuple[str, str]:
        kind = " ".join([column.align, *(["soft"] if column.soft else [])])
        return kind, mathml(text) if column.math and text else rich(text)

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
        note = rich(group[0].note)
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
    marks = {symbol: block.direction for symbol in block.locator}
    links = tuple((marks.get(symbol, "off"), mathml(symbol)) for symbol in write.document.chain) if marks else ()
    return _StepView(block.title, write.name(block), links, write.blocks(block.blocks))


@dataclass(frozen=True)
class _SwitchView:
    label: str
    steps: tuple[_StepView, ...]


def view_switch(write: _Writer, block: Switch) -> _SwitchView:
    inside = _Writer(write.document, write.say, write.part, block.indices)
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
