"""The window that slides over a picture, in a browser: every place, its sum, and where the window is."""

import re
from collections.abc import Iterator
from fractions import Fraction

from browse_explorer import SEEN
from playwright.sync_api import Locator

Faults = Iterator[str]

FLAT = r"""e => {
  const flat = (n) => n.nodeName === "mfrac" ? [...n.children].map(flat).join("/")
    : n.children?.length ? [...n.childNodes].map(flat).join("") : n.textContent;
  return flat(e).replaceAll("\u2212", "-").trim();
}"""
FLATS = f"es => es.map({FLAT})"


def number(text: str) -> Fraction:
    """A number of a picture or a formula, exactly."""
    return Fraction(text.replace(" ", ""))


def added(text: str) -> Fraction:
    """Products of numbers, added: `=1/2·1+(-1)·0`."""
    total = Fraction(0)
    for term in text.lstrip("=").split("+"):
        value = Fraction(1)
        for factor in term.split("\u22c5"):
            value *= number(factor.strip("()"))
        total += value
    return total


def seen(parts: Locator) -> list[int]:
    """Which of these are seen."""
    found: list[int] = parts.evaluate_all(f"es => es.flatMap((e, k) => ({SEEN})(e) ? [k] : [])")
    return found


def shown(box: Locator, kind: str) -> list[int]:
    """Which of the groups of a kind are seen."""
    return seen(box.locator(kind))


def place(box: Locator, k: int) -> tuple[list[str], tuple[float, float], Fraction]:
    """What is wrong at a place, where the window is in the picture's units, and the sum less its products."""
    found = [f"{kind} {shown(box, kind)} shown" for kind in (".place", ".sum") if shown(box, kind) != [k]]
    group, line = box.locator(".place").nth(k), box.locator(".sum").nth(k)
    numbers = list(map(number, group.locator("text, foreignObject math").evaluate_all(FLATS)))
    products = group.locator("path.s-hair:not([data-cell])").count()
    rows = line.locator(".rhs math").evaluate_all(FLATS)
    values = "".join(row for row in rows[:-1] if not re.search("[A-Za-z\u2211]", row))
    result = number(rows[-1].lstrip("="))
    if not added(values) == result == numbers[-1]:
        found.append(f"{values} = {added(values)}, the sum says {result}, the output {numbers[-1]}")
    name = line.get_attribute("data-name")
    if box.locator("input").get_attribute("aria-valuetext") != name or box.locator("input").input_value() != str(k):
        found.append(f"{name} is not announced")
    x, y = box.locator(".glide").last.evaluate(
        "g => { const s = g.ownerSVGElement, a = s.getBoundingClientRect(), b = g.getBoundingClientRect(),"
        " z = a.width / s.viewBox.baseVal.width; return [(b.x - a.x) / z, (b.y - a.y) / z]; }"
    )
    return [f"place {k}: {text}" for text in found], (x, y), result - sum(numbers[:products])


def slider(box: Locator) -> Faults:
    """Every place by keyboard: one place and one sum at a time, both saying the same, the window where it should be."""
    ways = (box.locator(".glide").first.get_attribute("data-steps") or "").split()
    steps = [tuple(map(float, way.split(","))) for way in ways]
    cell = box.locator("path.s-hair").first.evaluate("p => [p.getBBox().width, p.getBBox().height]")
    if any(abs(d - size * round(d / size)) > 0.2 for step in steps for d, size in zip(step, cell, strict=True)):
        yield f"the window does not stop on cells: {ways}"
    box.locator("input").focus()
    box.locator("input").press("Home")
    offsets, start = set(), (0.0, 0.0)
    for k, (right, down) in enumerate(steps):
        if k:
            box.locator("input").press("ArrowRight")
        found, at, offset = place(box, k)
        yield from found
        offsets.add(offset)
        start = at if k == 0 else start
        if max(abs(at[0] - start[0] - right), abs(at[1] - start[1] - down)) > 0.5:
            yield f"place {k}: the window is not moved by {right}, {down}"
    if len(offsets) > 1:
        yield f"the products do not add up to the sums: {sorted(map(str, offsets))} remain"
    on, back = box.locator(".on"), box.locator(".back")
    if on.is_enabled() or not back.is_enabled():
        yield "the last place has a next one"
    back.click()
    yield from place(box, len(steps) - 2)[0]
    on.click()
    yield from place(box, len(steps) - 1)[0]
