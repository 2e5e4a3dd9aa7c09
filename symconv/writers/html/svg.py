"""Drawings as SVG: inside a page, where its style colours them, or as an image that stands alone."""

from collections.abc import Mapping, Sequence

from symconv.formula.compose import digits
from symconv.handout.figures.shapes import Drawing
from symconv.handout.figures.sliding import Slider
from symconv.text.measure import PT
from symconv.writers.html.text import element as formula, rich, spoken
from symconv.writers.marks import MAIN, Disc, Mark, Polyline, Text
from symconv.writers.sketch import Sketch, layers, sketch

SCALE = 4.4  # CSS pixels of a millimetre of the printed page
PALETTE: Mapping[str, str] = {  # as in the LaTeX preamble
    "ink": "#1b1e22", "soft": "#626870", "faint": "#91959b", "hair": "#c4c9cf", "param": "#eceef1", "white": "#fff",
    "now": "#0b4f8a", "nowtint": "#d6e6f4", "grad": "#bf4b00", "gradtint": "#fbe3d2",
    "hue1": "#c3e6dc", "hue2": "#ddd2f0", "hue3": "#f6ecb4", "hue4": "#f4c9d6",
}  # fmt: skip
LEAST = 0.65  # of its size: where there is less room, a slider's picture is scrolled
XHTML = 'xmlns="http://www.w3.org/1999/xhtml"'


def svg(drawing: Drawing, label: str) -> str:
    """The drawing for a page; `label` says what it shows to those who do not see it."""
    sheet = sketch(drawing)
    body = "".join(map(element, sheet.marks))
    return f'<svg class="fig" role="img" aria-label="{label}" {_size(sheet)}>{body}</svg>'


def svg_slider(slider: Slider, label: str) -> str:
    """All places of a sliding window in one picture: the script of the page shows one of them at a time.

    Group `glide` is moved by its `data-steps`; of the groups `place` one is shown.
    """
    sheet, groups = layers((slider.still, slider.gliding, *slider.places), slider.cells)
    still, gliding, *places = groups
    steps = " ".join(f"{px(x)},{px(y)}" for x, y in slider.steps)
    glide = f'<g class="glide" data-steps="{steps}">'
    parts = [_under(still, True), f"{glide}{_under(gliding, True)}</g>", _under(still, False)]
    parts += [f"{glide}{_under(gliding, False)}</g>"]
    parts += [f'<g class="place">{"".join(map(element, marks))}</g>' for marks in places]
    least = f'style="min-width:{px(LEAST * sheet.width)}px"'
    return f'<svg class="fig" role="img" aria-label="{label}" {least} {_size(sheet)}>{"".join(parts)}</svg>'


def _under(marks: Sequence[Mark], under: bool) -> str:
    """The marks under the numbers, or the others."""
    return "".join(element(m) for m in marks if (m.layer < MAIN) == under)


def svg_image(drawing: Drawing) -> str:
    """The drawing as a file of its own: colours, fonts and a white ground inside."""
    sheet = sketch(drawing)
    body = "".join(map(element, sheet.marks)).replace('<div class="m', f'<div {XHTML} class="m')
    namespaces = 'xmlns="http://www.w3.org/2000/svg"'
    rules = [*STYLE, *(f".s-{n}{{stroke:{c}}}" for n, c in PALETTE.items())]
    rules += [f".f-{n},.sc text.c-{n}{{fill:{c}}}.sc .c-{n}{{color:{c}}}" for n, c in PALETTE.items()]
    rules += [f".bw{{color:{PALETTE['grad']}}}", f".fw{{color:{PALETTE['now']}}}"]
    style = f"<style>{''.join('.sc ' + rule for rule in rules)}</style>"  # a style inside a page holds for all of it
    ground = '<rect width="100%" height="100%" fill="#fff"/>'
    math = body.replace("<math", '<math xmlns="http://www.w3.org/1998/Math/MathML"')
    return f'<svg class="sc" {namespaces} {_size(sheet)}>{style}{ground}{math}</svg>'


STYLE = (
    "path{fill:none}", "circle{fill:none}",
    "text{font-family:serif;text-anchor:middle;dominant-baseline:central}",
    ".m{display:flex;align-items:center;height:100%;white-space:nowrap;line-height:1;font-family:serif}",
    ".m.middle{justify-content:center}", ".m.end{justify-content:flex-end}",
)  # fmt: skip


def _size(sheet: Sketch) -> str:
    width, height = px(sheet.width), px(sheet.height)
    return f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'


def px(millimetres: float) -> str:
    """A length in pixels, at most one decimal, never -0."""
    text = f"{millimetres * SCALE:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def element(mark: Mark) -> str:
    """A mark as an element; its colours are classes."""
    if isinstance(mark, Polyline):
        return _path(mark)
    if isinstance(mark, Disc):
        x, y = mark.at
        line = f'class="s-{mark.stroke} f-white" stroke-width="{px(mark.width)}"'
        return f'<circle {line} cx="{px(x)}" cy="{px(y)}" r="{px(mark.radius)}"/>'
    return _text(mark)


def _path(mark: Polyline) -> str:
    classes = [f"s-{mark.stroke}"] * bool(mark.stroke) + [f"f-{mark.fill}"] * bool(mark.fill)
    given = [f'class="{" ".join(classes)}"']
    if mark.stroke:
        given.append(f'stroke-width="{px(mark.width)}"')
    if mark.dashes:
        given.append(f'stroke-dasharray="{" ".join(map(px, mark.dashes))}"')
    if mark.cell:
        given.append(f'data-grid="{spoken(mark.cell[0])}" data-cell="{mark.cell[1]}"')
    return f'<path {" ".join(given)} d="{_line(mark)}"/>'


def _line(mark: Polyline) -> str:
    """A rectangle by its sides, any other line by its points."""
    points = [(px(x), px(y)) for x, y in mark.points]
    if mark.closed and len(points) == 4:
        (a, b), (c, d), (e, f), (g, h) = points
        if (b, c, f, g) == (d, e, h, a):
            return f"M{a} {b}H{c}V{f}H{a}z"
    return "M" + "L".join(f"{x} {y}" for x, y in points) + ("z" if mark.closed else "")


def _text(mark: Text) -> str:
    size = px(mark.points * PT)
    x, y = mark.at
    if not isinstance(mark.body, str) and mark.anchor == "middle" and (number := digits(mark.body)):
        shown = number.replace("-", "\u2212")
        return f'<text class="c-{mark.colour}" font-size="{size}" x="{px(x)}" y="{px(y)}">{shown}</text>'
    return _foreign(mark, size)


def _foreign(mark: Text, size: str) -> str:
    """Anything typeset, in a box wide and high enough around its place."""
    x, y = mark.at
    width, height = 1.25 * mark.width + 2, 2.6 * mark.points * PT
    start = x - width * {"start": 0.0, "middle": 0.5, "end": 1.0}[mark.anchor]
    inside = f"<span>{rich(mark.body)}</span>" if isinstance(mark.body, str) else formula(mark.body)
    style = f'style="font-size:{size}px"'
    box = f'x="{px(start)}" y="{px(y - height / 2)}" width="{px(width)}" height="{px(height)}"'
    return f'<foreignObject {box}><div class="m {mark.anchor} c-{mark.colour}" {style}>{inside}</div></foreignObject>'
