"""The gradient of the first parameter in numbers: one entry along every path to the loss, then all of them."""

from sympy import Expr, Integer, Mul

from symconv.array import Array
from symconv.derivation.index import Entry, rebuild
from symconv.formula.compose import (
    ABOUT,
    DOT,
    DOTS,
    EMPTY,
    EQUALS,
    PLUS,
    THIN,
    added,
    bracketed,
    coloured,
    equals,
    gradient,
    multiplied,
)
from symconv.formula.nodes import row
from symconv.formula.width import letters
from symconv.handout.chains import COLUMN, chained
from symconv.handout.document import Beside, Block, Line, Paragraph, Passage
from symconv.handout.numerals import decimal, number, rounded
from symconv.handout.pen import Pen
from symconv.handout.pictures import GradWindow, Math, WeighedWindow
from symconv.handout.sliding import under
from symconv.handout.told import left_out
from symconv.worked.paths import Path, paths
from symconv.worked.recognise import is_convolution
from symconv.worked.stages import Stage

MOST_PATHS, MOST_TERMS = 4, 9


def first_entry(pen: Pen, stage: Stage) -> list[Block]:
    """The first parameter's first entry along every path, if there are few."""
    entry = _entry(pen, stage)
    along = paths(pen.study, entry)
    if not 0 < len(along) <= MOST_PATHS:
        return []
    text = pen.say("backward.u_first_text", entry=pen.printer(entry), left_out=left_out(pen, stage))
    blocks = (Paragraph(text), chained(_path_lines(pen, entry, along)))
    return [Passage(pen.say("backward.u_first", entry=pen.printer(entry)), blocks, (pen.letter(stage.output),), "bw")]


def _entry(pen: Pen, stage: Stage) -> Entry:
    weight = stage.parameters[0]
    return Entry(weight, *(Integer(0) for _ in pen.shapes[weight]))


def all_entries(pen: Pen, stage: Stage) -> Passage:
    """The same entry from the final equation; then the whole table, and what it is."""
    weight = stage.parameters[0]
    key = "u_all" if first_entry(pen, stage) else "u_only"
    title = pen.say(f"backward.{key}", parameter=pen.letter(weight), mark=pen.marks["bw", weight])
    return Passage(title, _whole(pen, stage, _entry(pen, stage)), (pen.letter(stage.output),), "bw")


def _path_lines(pen: Pen, entry: Entry, along: tuple[Path, ...]) -> tuple[Line, ...]:
    """Every factor of the chain in symbols, then in numbers, then their sum."""
    result = pen.study.exact_gradients[entry.tensor][tuple(int(i) for i in entry.at)]
    lines: list[Line] = []
    left = gradient(pen.printer.plain(entry))
    for k, path in enumerate(along):
        rule = pen.say("backward.all_paths") if not k else ""
        first, *rest = _product(pen, path, COLUMN - letters(row(left, EQUALS)))
        lines.append(Line(EMPTY if k else left, row(PLUS if k else EQUALS, first), rule, continued=bool(k)))
        lines += [Line(EMPTY, row(DOT, r), continued=True) for r in rest]
    for k, path in enumerate(along):
        numbers = multiplied(bracketed(number(v), "Big") for v in path.numbers)
        rule = pen.say("backward.each_factor") if not k else ""
        lines.append(Line(EMPTY, row(PLUS if k else EQUALS, numbers), rule, continued=bool(k)))
    near = () if pen.relation_of(result) == EQUALS else (ABOUT, coloured("bw", rounded(result)))
    return (*lines, Line(EMPTY, equals(coloured("bw", number(result)), *near)))


def _product(pen: Pen, path: Path, room: float) -> list[Math]:
    """The factors of a path, as many on a line as fit."""
    rows: list[Math] = []
    for factor in map(pen.printer, path.factors):
        if rows and letters(rows[-1]) + letters(factor) + 1 <= room:
            rows[-1] = row(rows[-1], DOT, factor)
        else:
            rows.append(factor)
    return rows


def _whole(pen: Pen, stage: Stage, entry: Entry) -> tuple[Block, ...]:
    weight, given = entry.tensor, stage.input
    mark = pen.marks["bw", weight]
    d = pen.study.derivations[weight]
    at = {i: Integer(0) for i, _ in d.ranges}
    here = rebuild(d.equation.value, at)
    first, *rest = _expanded(pen, here)
    lines = [Line(pen.printer(rebuild(d.entry, at)), equals(first))]
    lines += [Line(EMPTY, piece, continued=True) for piece in rest]
    lines += [Line(EMPTY, _substituted(pen, here))] if pen.each(here) else []
    lines += _table(pen, stage, weight)
    figure = _windows(pen, stage, weight, given)
    blocks: list[Block] = [Beside((chained(lines),), figure, pen.say("backward.u_figure", input=pen.letter(given)))
                           if figure else chained(lines)]  # fmt: skip
    options = is_convolution(d, stage)
    if options is not None:
        text = pen.say("backward.recognised_options") if options else ""
        blocks.append(
            Paragraph(
                pen.say(
                    "backward.recognised",
                    mark=mark,
                    gradient=pen.printer.inline_gradient(stage.output),
                    input=pen.letter(given),
                    options=text,
                )
            )
        )
    return tuple(blocks)


def _expanded(pen: Pen, e: Expr) -> list[Math]:
    """The sum written out, a few terms on each line; 0 where every term reads the padding."""
    terms = _with_dots([pen.printer(t) for t in pen.each(e) or [Integer(0)]])
    rows = [terms[k : k + 3] for k in range(0, MOST_TERMS, 3) if terms[k:]]
    rows[-1] += terms[MOST_TERMS:]
    return [row(PLUS if k else EMPTY, added(r)) for k, r in enumerate(rows)]


def _with_dots(terms: list[Math]) -> list[Math]:
    """The first terms of a long sum, and dots."""
    return terms if len(terms) <= MOST_TERMS else [*terms[:MOST_TERMS], DOTS]


def _substituted(pen: Pen, e: Expr) -> Math:
    """The same sum in numbers, gradients rounded."""
    terms = pen.each(e)
    result = sum((pen.exact_term(t) for t in terms), Integer(0))
    met = [pen.exact_term(f) for t in terms for f in Mul.make_args(t)]
    first, last = (pen.relation(Array.of(xs)) for xs in (met, [*met, result]))
    numbers = added(_with_dots([pen.rounded_term(t) for t in terms]))
    return row(first, numbers, last, coloured("bw", rounded(result)))


def _table(pen: Pen, stage: Stage, weight: str) -> list[Line]:
    """dL/dU whole; where one window alone counts, as a number times that window."""
    gradients = pen.study.exact_gradients
    left = gradient(pen.letter(weight))
    single = [(at, g) for at, g in gradients[stage.output].items() if g != 0]
    relation = pen.relation(gradients[weight])
    every = row(relation, pen.rounded(gradients[weight], "bw"))
    if len(single) != 1:
        return [Line(left, every)]
    at, g = single[0]
    window = under(pen.study.exact_values[stage.input], pen.window(stage), at)
    if pen.habits.rotated:  # the kernel that learns is the turned one
        window = Array(window.shape, window.entries[::-1])
    return [Line(left, equals(coloured("bw", number(g)), THIN, pen.exact(window))), Line(EMPTY, every)]


def _windows(pen: Pen, stage: Stage, weight: str, given: str) -> GradWindow | None:
    """The windows of the input, each with its weight; only where they lie undilated inside the input and are few."""
    layer = pen.window(stage)
    rows, columns = pen.shapes[weight]
    out = pen.study.exact_gradients[stage.output]
    plain = all(d == 1 for d in layer.dilation) and not any(map(any, layer.padding))
    if pen.habits.rotated or not plain or out.shape[1] != 1 or len(out.entries) > 5 or pen.shapes[given][1] > 4:
        return None
    weighed = tuple(
        WeighedWindow(at[0] * layer.stride[0], 0, rows, columns, decimal(g), g != 0) for at, g in out.items()
    )
    return GradWindow(pen.grid(pen.study.exact_values[given]), pen.letter(given), weighed)
