r"""Blanks on a page: fields between formulas, for MathML holds none; and brackets around a table of them."""

import re
from collections.abc import Callable, Sequence
from functools import partial

from symconv.handout.document import Asked, Chain
from symconv.handout.drawn import BLANK
from symconv.handout.pictures import Math
from symconv.handout.tasks import RESULT
from symconv.writers.html_figures import LineView, Page, chain_views
from symconv.writers.html_text import spoken

TABLE = re.compile(r"\\begin\{mat\}((?:(?!\\end\{mat\}).)*)\\end\{mat\}", re.S)


def view_asked(page: Page, block: Asked) -> tuple[LineView, ...]:
    return chain_views(Chain(block.lines), partial(with_blanks, display=page.display, labels=page.document.blanks))


def with_blanks(math: Math, display: Callable[[Math], str], labels: Sequence[Math]) -> str:
    """A formula as HTML, each blank in it a field."""
    if not BLANK.search(math):
        return display(math)
    whole = TABLE.search(math)
    if whole and BLANK.search(whole[1]):
        before, after = (with_blanks(m, display, labels) if m else "" for m in TABLE.split(math, 1)[::2])
        return f"{before}{_table(whole[1], display, labels)}{after}"
    pieces = BLANK.split(math)  # formula, number, width, formula, ...
    fields = [_field(int(k), int(width), labels) for k, width in zip(pieces[1::3], pieces[2::3], strict=True)]
    between = [display(piece) if piece else "" for piece in pieces[::3]]
    return between[0] + "".join(f + m for f, m in zip(fields, between[1:], strict=True))


def _table(body: str, display: Callable[[Math], str], labels: Sequence[Math]) -> str:
    rows = [row.split("&") for row in body.split(r"\\")]
    cells = "".join(with_blanks(cell, display, labels) for row in rows for cell in row)
    return f'<span class="matrix" style="--n:{len(rows[0])}">{cells}</span>'


def _field(number: int, width: int, labels: Sequence[Math]) -> str:
    said = f' aria-label="{spoken(labels[number])}"'
    size = " short" if width < RESULT else ""
    return f'<input class="answer{size}"{said}>'
