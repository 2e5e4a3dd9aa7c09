"""A document as a Jupyter notebook: its text in Markdown cells, below each step the code that computes it."""

import base64
import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import nbformat
from nbformat import v4

from symconv.errors import Broken
from symconv.formula.compose import EMPTY, QUAD, equals
from symconv.formula.nodes import Group, row
from symconv.handout.document import (
    Asked,
    Beside,
    Block,
    Bullets,
    Chain,
    Document,
    Explorer,
    FigureRow,
    Line,
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
from symconv.handout.figures.figures import draw, lay_out
from symconv.handout.figures.shapes import Drawing
from symconv.handout.listings import Listing
from symconv.handout.pictures import Figure, WorkedLine
from symconv.networks.network import Network
from symconv.text.prose import Prose, prose
from symconv.worked.exactness import why_not
from symconv.worked.stages import stages_of
from symconv.writers.html.svg import svg_image
from symconv.writers.html.text import plain_text
from symconv.writers.notebook.code import CodeCells
from symconv.writers.notebook.markdown import ROW, beside, cell, display, formula, quote, rich
from symconv.writers.views import as_result, shown

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
FOLDED = 120  # lines of a network's text: a longer one is folded in the notebook
SIDE = {"l": ":--", "c": ":-:", "r": "--:"}
Cell = tuple[str, str]  # markdown or code, its source


def write_notebook(document: Document, network: Network) -> str:
    """The document's notebook, not executed, in nbformat 4.5; `network` is the one that the document is about."""
    notebook = v4.new_notebook(metadata={"kernelspec": KERNEL, "language_info": {"name": "python"}})
    notebook.cells = list(_cells(document, network))
    nbformat.validate(notebook)
    return str(nbformat.writes(notebook)) + "\n"


def _cells(document: Document, network: Network) -> Iterator[Any]:
    """The cells with their names: `start-1`, `part-2-07`."""
    write = MarkdownWriter(document, prose(document.language))
    code = CodeCells(network, write.say, not why_not(stages_of(network)))
    sections = {"start": [("markdown", _title(write)), *(("code", c) for c in code.start())]}
    sections |= {f"part-{part.number}": list(_part(write, code, part)) for part in document.parts}
    sections["end"] = [("code", code.cell("check"))]
    for name, cells in sections.items():
        for k, (kind, source) in enumerate(cells, start=1):
            yield _cell(f"{name}-{k:02}", kind, source)


def _cell(name: str, kind: str, source: str) -> Any:
    if kind == "markdown":
        return v4.new_markdown_cell(source, id=name)
    folded = source.count("\n") > FOLDED
    return v4.new_code_cell(source, id=name, metadata={"jupyter": {"source_hidden": True}} if folded else {})


def _title(write: "MarkdownWriter") -> str:
    document, say = write.document, write.say
    intro = (rich(say("notebook.intro")), rich(say("notebook.needs")))
    heading = [" \u00b7 ".join(map(rich, document.heading))] if document.heading else []
    return "\n\n".join([f"# {rich(document.title)}", f"<em>{rich(document.subtitle)}</em>", *heading, *intro])


def _part(write: "MarkdownWriter", code: CodeCells, part: Part) -> Iterator[Cell]:
    """Each step in a cell of its own, what computes it below; after the derivations their verification."""
    known = len(code.derived)
    text = [f"## {part.number}. {rich(part.title)}"]
    for block in part.blocks:
        steps = block.steps if isinstance(block, Switch) else (block,) if isinstance(block, Passage) else ()
        if steps and text:
            yield "markdown", "\n\n".join(text)
            text = []
        for step in steps:
            yield "markdown", write.block(step)
            yield from (("code", source) for source in code.after(step))
        text += [] if steps else [t for t in [write.block(block)] if t]
    if text:
        yield "markdown", "\n\n".join(text)
    if len(code.derived) > known:
        yield "code", code.cell("verify")


# ------------------------------------------------------------------------------------------------ text
@dataclass(frozen=True)
class MarkdownWriter:
    """Turns blocks into Markdown, paragraphs with an empty line between them."""

    document: Document
    say: Prose

    def blocks(self, blocks: tuple[Block, ...]) -> str:
        return "\n\n".join(text for block in blocks if (text := self.block(block)))

    def block(self, block: Block) -> str:
        write = WRITERS.get(type(block))
        if write is None:
            raise Broken(f"no Markdown for a {type(block).__name__}\n  add a function to WRITERS in notebook/writer.py")
        return write(self, block)


def _noted(text: str, note: str) -> str:
    """What stands in the margin on paper, as a quotation below."""
    return "\n\n".join([text, quote(rich(note))] if note else [text])


def paragraph(_: MarkdownWriter, block: Paragraph) -> str:
    return _noted(rich(block.text), block.note)


def bullets(_: MarkdownWriter, block: Bullets) -> str:
    return "\n".join(f"- {rich(item)}" for item in block.items)


# ------------------------------------------------------------------------------------------------ formulas
def chain(_: MarkdownWriter, block: Chain | Asked) -> str:
    return display(map(_row, block.lines))


def _row(line: Line) -> str:
    """Left side & relation and right side && number, rule, reminder."""
    indent = r"\quad{}" if line.continued else ""
    mark = rf"\text{{({line.mark})}}" if line.mark else ""
    margin = r"\enspace ".join(x for x in (mark, beside(line.rule), beside(line.note)) if x)
    return f"{formula(line.lhs)} &{indent}{formula(line.rhs)}" + (rf" &&\quad {margin}" if margin else "")


def worked(write: MarkdownWriter, block: Worked) -> str:
    return display(row for line in block.lines for row in _sum(line))


def _sum(line: WorkedLine) -> Iterator[str]:
    """symbols = numbers = result, a row each; the sum of numbers may take several."""
    rights = [equals(line.symbols)] if line.symbols else []
    rights += [row(QUAD, Group(EMPTY), x) if k else equals(x) for k, x in enumerate(line.numbers)]
    rights += [row(line.relation, as_result(line.result))] if line.result else []
    for k, right in enumerate(rights):
        yield f"{'' if k else formula(line.lhs)} &{formula(right)}"


# ------------------------------------------------------------------------------------------------ figures
def beside_figure(write: MarkdownWriter, block: Beside) -> str:
    number = [f"({block.mark})"] if block.mark else []
    rule = " ".join([*number, *([rich(block.rule)] if block.rule else [])])
    figure = [image(write, block.figure, draw(block.figure))] if block.figure else []
    margin = [quote(line) for line in (rule, rich(block.note)) if line]
    return "\n\n".join([write.blocks(block.blocks), *figure, *margin])


def figure_row(write: MarkdownWriter, block: FigureRow) -> str:
    """Side by side; figures with a sum each in a row of a table, their sums beside them."""
    drawings = [drawing for row in lay_out(block.figures).rows for drawing in row]
    pictures = [image(write, f, d) for f, d in zip(block.figures, drawings, strict=True)]
    if not any(d.below for d in drawings):
        return _noted("\n".join(pictures), block.note)
    sums = [_inline(d.below) if d.below else "" for d in drawings]
    rows = [f"| {picture} | {text} |" for picture, text in zip(pictures, sums, strict=True)]
    return _noted("\n".join(["| | |", "|:--|:--|", *rows]), block.note)


def _inline(line: WorkedLine) -> str:
    """A worked sum for a table's cell."""
    return rf"$\begin{{aligned}} {ROW.join(_sum(line))} \end{{aligned}}$".replace("\n", "")


def image(write: MarkdownWriter, figure: Figure, drawing: Drawing) -> str:
    """The picture inside the text. Not as an attachment: JupyterLab shows no SVG among these (its issue 10464)."""
    label = plain_text(shown(write.say, figure))
    data = base64.b64encode(_xml(svg_image(drawing)).encode()).decode()
    return f'<img alt="{label}" src="data:image/svg+xml;base64,{data}">'


def _xml(text: str) -> str:
    """HTML's names for signs as the signs themselves: an image that stands alone is XML, which knows five of them."""
    return re.sub(r"&(?!(?:amp|lt|gt|quot|apos);)[A-Za-z]\w*;", lambda m: html.unescape(m[0]), text)


def still(write: MarkdownWriter, block: Sliding | Switch) -> str:
    """What is moved or chosen on a screen, one after another."""
    return write.blocks(block.steps if isinstance(block, Switch) else block.on_paper)


# ------------------------------------------------------------------------------------------------ tables, code, steps
def table(_: MarkdownWriter, block: Table) -> str:
    heads = block.header or ("",) * len(block.columns)
    lines = [map(cell, heads), (SIDE[c.align] for c in block.columns)]
    lines += [(cell(x) if isinstance(x, str) else f"${formula(x)}$" for x in cells) for cells in block.rows]
    return _noted("\n".join(f"| {' | '.join(line)} |" for line in lines), block.note)


def listing(_: MarkdownWriter, block: Listing) -> str:
    """The code, its explained lines numbered; the explanations below."""
    notes = [line.note for line in block.lines if line.note]
    lines, count = [], 0
    for line in block.lines:
        count += bool(line.note)
        lines.append((" " * line.indent + line.code + (f"  # ({count})" if line.note else "")).rstrip())
    said = "\n".join(f"{k}. {rich(note)}" for k, note in enumerate(notes, start=1))
    return "\n".join(["```python", *lines, "```"]) + (f"\n\n{said}" if said else "")


def verified(_: MarkdownWriter, block: Verified) -> str:
    return quote("\n\n".join([f"**{rich(block.title)}**", *map(rich, block.lines)]))


def step(write: MarkdownWriter, block: Passage) -> str:
    return f"### {rich(block.title)}\n\n{write.blocks(block.blocks)}".rstrip()


def nothing(_: MarkdownWriter, block: Explorer | PageBreak | Need | Room) -> str:
    return ""


WRITERS: Mapping[type, Callable[..., str]] = {
    Paragraph: paragraph,
    Bullets: bullets,
    Chain: chain,
    Asked: chain,
    Room: nothing,
    Worked: worked,
    Beside: beside_figure,
    FigureRow: figure_row,
    Sliding: still,
    Explorer: nothing,
    Table: table,
    Listing: listing,
    Verified: verified,
    PageBreak: nothing,
    Need: nothing,
    Passage: step,
    Switch: still,
}
