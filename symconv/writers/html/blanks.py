"""Blanks on a page: fields between formulas, for MathML holds none; and brackets around a table of them."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from symconv.errors import Broken
from symconv.formula.nodes import Blank, Fenced, Matrix, Node, opened, parts_of, row, walk
from symconv.handout.document import Asked, Chain
from symconv.handout.layout import RESULT
from symconv.handout.pictures import Math
from symconv.writers.html.figures import LineView, PageWriter, chain_views
from symconv.writers.html.text import spoken


def view_asked(page: PageWriter, block: Asked) -> tuple[LineView, ...]:
    return chain_views(Chain(block.lines), partial(with_blanks, display=page.display, labels=page.document.blanks))


def with_blanks(tree: Math, display: Callable[[Node], str], labels: Sequence[Math]) -> str:
    """A formula as HTML, each blank in it a field."""
    pieces, between = [], list[Node]()
    for part in _laid_open(tree):
        if not _asks(part):
            between.append(part)
            continue
        pieces += [display(row(*between))] if between else []
        pieces.append(_table(part, display, labels) if isinstance(part, Matrix) else _field(part, labels))
        between = []
    return "".join([*pieces, *([display(row(*between))] if between else [])])


def _asks(tree: Node) -> bool:
    return any(isinstance(x, Blank) for x in walk(tree))


def _laid_open(tree: Node) -> Iterator[Node]:
    """The parts of a row, and of what stands in brackets in it and asks for something."""
    for part in parts_of(tree):
        if isinstance(part, Fenced) and _asks(part):
            yield from _laid_open(row(*opened(part)))
        else:
            yield part


def _table(table: Matrix, display: Callable[[Node], str], labels: Sequence[Math]) -> str:
    cells = "".join(with_blanks(cell, display, labels) for cells in table.rows for cell in cells)
    return f'<span class="matrix" style="--n:{len(table.rows[0])}">{cells}</span>'


def _field(blank: Node, labels: Sequence[Math]) -> str:
    if not isinstance(blank, Blank):
        raise Broken(f"a blank stands inside a {type(blank).__name__}, where a page has no room for it")
    said = f' aria-label="{spoken(labels[blank.number])}"'
    size = " short" if blank.width < RESULT else ""
    return f'<input class="answer{size}"{said}>'
