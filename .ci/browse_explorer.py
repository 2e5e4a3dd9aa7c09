"""What depends on what, on a page: in tables and in fields, each entry that is pointed at marks all that it should."""

import json
import re
from collections.abc import Iterator
from itertools import product
from typing import Any

from playwright.sync_api import Locator

TABLES = 3  # in which the arrow keys are tried
Faults = Iterator[str]
Links = list[list[int]]

# Whether an element is seen; of a picture's groups Chromium's own test says so even where they are not displayed.
SEEN = (
    "e => e.checkVisibility({visibilityProperty: true, opacityProperty: true})"
    " && getComputedStyle(e).display !== 'none'"
)


def reached(k: int, links: Links) -> set[int]:
    """All that can be come to from k."""
    found: set[int] = set()
    edge = set(links[k])
    while edge:
        found |= edge
        edge = {at for k in edge for at in links[k]} - found
    return found - {k}


# Every entry in the tables, then in the figures: [number, element].
DRAWN = """box => {
  const paths = new Map(), cells = [], drawn = [], key = (grid, cell) => `${grid} ${cell}`;
  for (const p of document.querySelectorAll("svg path[data-cell]")) {
    const name = key(p.dataset.grid, p.dataset.cell);
    paths.set(name, [...(paths.get(name) ?? []), p]);
  }
  for (const grid of box.querySelectorAll("[data-grid]"))
    [...grid.querySelectorAll("[data-k]")].forEach((cell, at) => {
      cells.push([Number(cell.dataset.k), cell]);
      for (const p of paths.get(key(grid.dataset.grid, at)) ?? []) drawn.push([Number(cell.dataset.k), p]);
    });
  return [...cells, ...drawn];
}"""
# How each is marked, and what is said: now, or when each of these entries has the focus.
MARKED = """(box, [drawn, focused]) => {
  const of = (e) => ["me", "source", "target", "far"].filter((c) => e.classList.contains(c)).join(" ");
  const now = () => [drawn.map(([k, e]) => of(e)), box.querySelector(".said").textContent];
  return focused ? focused.map((k) => (box.querySelector(`[data-k="${k}"]`).focus(), now())) : now();
}"""


class Drawn:
    """The entries of a box, in its tables and in the figures, and how each should be marked."""

    def __init__(self, box: Locator, reads: Links, used: Links, names: dict[int, str]) -> None:
        self.box, self.reads, self.used, self.names = box, reads, used, names
        self.elements = box.evaluate_handle(DRAWN)
        self.numbers: list[int] = self.elements.evaluate("drawn => drawn.map(([k]) => k)")
        self.words: dict[str, str] = box.evaluate("e => ({...e.dataset})")

    def focused(self) -> Faults:
        """Every entry with the focus, all of them at one go: a picture of the page for each takes long."""
        states = self.box.evaluate(MARKED, [self.elements, list(self.names)])
        for k, state in zip(self.names, states, strict=True):
            yield from self.marks(k, state)

    def now(self, entry: Locator) -> Faults:
        """This entry, which something points at."""
        yield from self.marks(number_of(entry), self.box.evaluate(MARKED, [self.elements, None]))

    def marks(self, k: int, state: tuple[list[str], str]) -> Faults:
        """Whether k is marked, and all that it is computed from and goes into, in tables and figures alike."""
        expected = {k: "me"}
        for kind, links in (("source", self.reads), ("target", self.used)):
            expected |= {at: kind + ("" if at in links[k] else " far") for at in reached(k, links)}
        marked, said = state
        for at, kinds in zip(self.numbers, marked, strict=True):
            if kinds != expected.get(at, ""):
                yield f"{self.names[k]}: {self.names[at]} is marked {kinds!r}, not {expected.get(at, '')!r}"
        parts = (
            f"{self.words[some]} {', '.join(self.names[at] for at in links[k])}" if links[k] else self.words[none]
            for some, none, links in (("from", "given", self.reads), ("into", "end", self.used))
        )
        if said != f"{self.names[k]}: {'; '.join(parts)}":
            yield f"{self.names[k]}: {said!r} is said"


def number_of(entry: Locator) -> int:
    return int(entry.get_attribute("data-k") or "")


def links_of(graph: dict[str, Any]) -> tuple[Links, Links]:
    """For every entry those that it is computed from, and those that are computed from it."""
    reads, used = ([set[int]() for _ in range(graph["count"])] for _ in range(2))
    for to, from_, factors in graph["links"]:
        for pairs in product(*(list(zip(flat[::2], flat[1::2], strict=True)) for flat in factors)):
            written, read = to + sum(w for w, _ in pairs), from_ + sum(r for _, r in pairs)
            reads[written].add(read)
            used[read].add(written)
    return [sorted(x) for x in reads], [sorted(x) for x in used]


def explorer(box: Locator) -> Faults:
    """What can be pointed at, in tables or in fields."""
    graph = json.loads(box.locator(".graph").text_content() or "")
    if box.locator(".said").get_attribute("aria-live") != "polite":
        yield "what is said is not announced"
    yield from (fields if graph["fields"] else tables)(box, graph)


def tables(box: Locator, graph: dict[str, Any]) -> Faults:
    """Every entry by focus, one of each tensor by pointing at it and at its cell in a figure; the arrow keys."""
    reads, used = links_of(graph)
    cells = box.locator("[data-k]")
    names = {int(k): name for k, name in cells.evaluate_all("es => es.map(e => [e.dataset.k, e.dataset.name])")}
    if sorted(names) != list(range(len(reads))) or len(set(names.values())) < len(reads):
        yield "entries have no number or no name of their own"
        return
    drawn = Drawn(box, reads, used, names)
    box.page.mouse.move(0, 0)  # where it rests on nothing while the page scrolls
    yield from drawn.focused()
    grids = box.locator(".cells").all()
    for k, grid in enumerate(grids):
        last = grid.locator("[data-k]").last
        last.hover()
        yield from drawn.now(last)
        if k < TABLES or grid is grids[-1]:
            yield from arrows(grid)
    for grid in box.locator("[data-grid]").all():
        paths = box.page.locator(f'figure path[data-grid="{grid.get_attribute("data-grid")}"][data-cell="0"]')
        first = next((p for p in paths.all() if p.evaluate(SEEN)), None)
        if first:
            box.page.mouse.move(0, 0)
            first.hover()
            yield from drawn.now(grid.locator("[data-k]").first)


def arrows(grid: Locator) -> Faults:
    """The arrow keys move to the neighbours, and one entry at a time can be reached by Tab."""
    cells, columns = grid.locator("[data-k]"), int(grid.evaluate("e => e.style.getPropertyValue('--columns')"))
    at, count = 0, cells.count()
    cells.first.focus()
    ahead, back = (("ArrowRight", 1), ("ArrowDown", columns)), (("ArrowUp", -columns), ("ArrowLeft", -1))
    for key, step in (*ahead, *back, *back):
        grid.page.keyboard.press(key)
        at = at + step if 0 <= at + step < count else at
        where = cells.evaluate_all(
            "es => [es.indexOf(document.activeElement), es.filter(e => e.tabIndex === 0).length]"
        )
        if where != [at, 1]:
            yield f"{key} leads to entry {where[0]} of {count}, not {at}"


# The colours of every square of every field, and what is said; as one text: number by number it takes seconds.
SQUARES = """box => [JSON.stringify([...box.querySelectorAll("canvas")].map((c) => {
  const paper = new OffscreenCanvas(c.width, c.height).getContext("2d", {willReadFrequently: true}), found = [];
  paper.drawImage(c, 0, 0);
  const data = paper.getImageData(0, 0, c.width, c.height).data;
  const colour = (k) => (data[k] * 256 + data[k + 1]) * 256 + data[k + 2];
  for (let k = 0; k < data.length; k += 4) found.push(data[k + 3] ? colour(k) : -1);
  return [c.width, found];
})), box.querySelector(".said").textContent]"""
MOST_COUNT = 5_000  # entries of a graph that is followed to its ends


def squares(box: Locator, graph: dict[str, Any]) -> tuple[list[int], str]:
    """The colour of every entry, -1 where there is none, found by where its square must lie, and what is said."""
    drawn, said = box.evaluate(SQUARES)
    colours: list[int] = []
    for (width, pixels), field in zip(json.loads(drawn), graph["fields"], strict=True):
        for k in range(len(field["numbers"])):
            x, y = square(k, field, width)
            colours.append(pixels[y * width + x])
    return colours, said


def table(field: dict[str, Any]) -> tuple[int, int]:
    """Rows and columns of a field's tables."""
    shape, count = field["shape"], len(field["numbers"])
    return (shape[-2], shape[-1]) if len(shape) > 1 else (-(-count // 40), min(count, 40))


def square(k: int, field: dict[str, Any], width: int) -> tuple[int, int]:
    """Where entry k lies, in squares, between each two tables one left free."""
    rows, columns = table(field)
    across = (width + 1) // (columns + 1)
    page, (row, column) = k // (rows * columns), divmod(k % (rows * columns), columns)
    return page % across * (columns + 1) + column, page // across * (rows + 1) + row


def fields(box: Locator, graph: dict[str, Any]) -> Faults:
    """The middle entry of some fields by pointing, its neighbour by an arrow key: what changes its colour is what it is
    computed from and what is computed from it, and the numbers of both are said."""
    canvases = box.locator("canvas").all()
    if len(canvases) != len(graph["fields"]):
        yield f"{len(canvases)} fields are drawn, not {len(graph['fields'])}"
        return
    plain, _ = squares(box, graph)
    if -1 in plain:
        yield "a square is not drawn"
    reads, used = links_of(graph)
    tried = 8 if graph["count"] <= MOST_COUNT else 3
    for field, canvas in list(zip(graph["fields"], canvases, strict=True))[:: -(-len(canvases) // tried)]:
        k = len(field["numbers"]) // 2
        width, height = (int(canvas.evaluate(f"e => e.{side}")) for side in ("width", "height"))
        size = canvas.evaluate("e => e.clientWidth") / width
        x, y = square(k, field, width)
        canvas.hover(position={"x": (x + 0.5) * size, "y": (y + 0.5) * size})
        yield from lights(box, graph, plain, field["begin"] + k, (reads, used))
        canvas.focus()
        canvas.press("ArrowLeft")
        yield from lights(box, graph, plain, field["begin"] + max(k - 1, 0), (reads, used))
        if y >= height:
            yield "a square lies outside its field"


def lights(box: Locator, graph: dict[str, Any], plain: list[int], k: int, links: tuple[Links, Links]) -> Faults:
    colours, said = squares(box, graph)
    lit = {at for at, (now, before) in enumerate(zip(colours, plain, strict=True)) if now != before}
    direct = {k, *links[0][k], *links[1][k]}
    if graph["count"] <= MOST_COUNT and lit != (expected := {k} | reached(k, links[0]) | reached(k, links[1])):
        yield f"entry {k} lights {len(lit)} squares, not {len(expected)}"
    if not direct <= lit:
        yield f"entry {k} does not light {sorted(direct - lit)[:5]}"
    words = box.evaluate("e => ({...e.dataset})")
    before, _, after = said.partition(f"; {words['into'] if links[1][k] else words['end']}")
    scalars = {field["begin"] for field in graph["fields"] if not field["shape"]}
    for part, found in ((before.partition(": ")[2], links[0][k]), (after, links[1][k])):
        named = sum(int(count or 1) for count in re.findall(r"\](?: \((\d+)\))?", part))
        if named != len({*found} - scalars):
            yield f"entry {k}: {said!r} is said of {len(links[0][k])} and {len(links[1][k])} entries"
