"""What the writers share: the table of macros, and what is the same of a block in every language it is written in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from symconv.errors import Broken
from symconv.formula.compose import EMPTY, LIKE_THESE, coloured, equals
from symconv.formula.latex import latex
from symconv.formula.nodes import Coloured, row
from symconv.handout.document import Beside, Block, Line
from symconv.handout.figures.figures import draw
from symconv.handout.figures.shapes import Drawing
from symconv.handout.layout import PAGE
from symconv.handout.pictures import Figure, Math, Rich, WorkedLine
from symconv.text import measure
from symconv.text.prose import Prose
from symconv.text.render import Templates
from symconv.text.rich_text import inline

LINKS = 7  # tensors that the locator in the margin has room for at most
DISC, BETWEEN = 4.4, 1.6  # mm: around a symbol in the locator, and from one to the next


class Writer(Protocol):
    """Turns blocks, and the drawings of figures, into text."""

    def blocks(self, blocks: tuple[Block, ...]) -> str: ...

    def picture(self, figure: Figure, drawing: Drawing) -> str: ...


def as_it_is(_: object, block: Block) -> Block:
    return block


@dataclass(frozen=True)
class Macro:
    """The macro of a kind of block, and what makes its view."""

    name: str
    view: Callable[..., object] = as_it_is


def printed_by(macros: Mapping[type, Macro], write: Writer, block: Block, templates: Templates, file: str) -> str:
    """A block as the macro of its kind, in a file of the templates, prints it."""
    entry = macros.get(type(block))
    if entry is None:
        raise Broken(f"no macro for a {type(block).__name__} in {file}\n  add one, and its name to the writer's MACROS")
    return templates.macro(file, entry.name, entry.view(write, block))


def mm(value: float) -> str:
    """A length without its unit, at most two decimals, never -0."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def worked_lines(w: WorkedLine) -> tuple[Line, ...]:
    """symbols = numbers = result, as lines of a chain."""
    lines = [Line(EMPTY, equals(w.symbols))] if w.symbols else []
    lines += [Line(EMPTY, x if k else equals(x), continued=k > 0) for k, x in enumerate(w.numbers)]
    if w.result:
        lines.append(Line(EMPTY, row(w.relation, as_result(w.result))))
    return (Line(w.lhs, lines[0].rhs), *lines[1:])


def as_result(number: Math) -> Math:
    """In the colour of a result."""
    return number if isinstance(number, Coloured) else coloured("res", number)


def shown(say: Prose, figure: Figure) -> Rich:
    """What a figure shows, for those who do not see it."""
    names = getattr(figure, "names", None) or ((figure.name,) if hasattr(figure, "name") else ())
    return say(f"page.{type(figure).__name__}", names=", ".join(map(inline, names)))


@dataclass(frozen=True)
class BesideView:
    """Blocks, finished, and what stands beside them."""

    body: str
    figure: str
    note: Rich
    rule: Rich
    mark: str


def view_beside(write: Writer, block: Beside) -> BesideView:
    figure = write.picture(block.figure, draw(block.figure)) if block.figure else ""
    return BesideView(write.blocks(block.blocks), figure, block.note, block.rule, block.mark)


@dataclass(frozen=True)
class LocatorLink:
    """A tensor in the locator: how it is marked ("off", "fw" or "bw"), its symbol, the width of its disc, mm."""

    mark: str
    symbol: Math

    @property
    def width(self) -> float:
        width = measure.width(self.symbol, PAGE.label)  # generous: a subscript is smaller
        return DISC if width <= 1.1 * DISC else width + 2


def links(chain: tuple[Math, ...], marked: tuple[Math, ...], direction: str) -> tuple[LocatorLink, ...]:
    """The chain's links with how each is marked; of a longer chain as much around those as the margin has room for,
    dots where it goes on."""
    if not marked:
        return ()
    if strangers := [m for m in marked if m not in chain]:
        named = ", ".join(map(latex, chain))
        raise Broken(f"the locator names {latex(strangers[0])}, which the chain {named} does not hold")
    parts = (_around(chain, marked, direction, count) for count in range(LINKS, 0, -1))
    fitting = (part for part in parts if sum(link.width + BETWEEN for link in part) - BETWEEN <= PAGE.side)
    return next(fitting, tuple(LocatorLink(direction, m) for m in marked))


def _around(chain: tuple[Math, ...], marked: tuple[Math, ...], direction: str, count: int) -> tuple[LocatorLink, ...]:
    """So many links around those that are marked."""
    first = min(chain.index(m) for m in marked)
    start = max(0, min(first - min(2, (count - 1) // 2), len(chain) - count))
    shown = [LocatorLink(direction if symbol in marked else "off", symbol) for symbol in chain[start : start + count]]
    if start:
        shown[0] = DOTS
    if start + count < len(chain):
        shown[-1] = DOTS
    return tuple(shown)


DOTS = LocatorLink("off", LIKE_THESE)
