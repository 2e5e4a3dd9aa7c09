"""Part 3: the backward pass, from the loss to the first kernel, every line with its rule, then the numbers."""

from dataclasses import replace

from sympy import Expr, Integer, Mul

from symconv.array import Array
from symconv.derivation.derivation import Derivation
from symconv.derivation.index import Entry, Iverson, Sum, Winner, rebuild
from symconv.derivation.tensors import is_copy, is_gradient
from symconv.formula.compose import (
    ABOUT,
    COMMA,
    DOT,
    DOTS,
    EMPTY,
    EQUALS,
    MINUS,
    PLUS,
    THIN,
    added,
    bracketed,
    coloured,
    equals,
    fenced,
    gradient,
    listed,
    multiplied,
    numeral,
    whole,
)
from symconv.formula.nodes import Matrix, row, walk
from symconv.formula.width import letters
from symconv.handout.chains import COLUMN, chained
from symconv.handout.document import Beside, Block, Bullets, FigureRow, Line, Paragraph, Part, Passage
from symconv.handout.numerals import decimal, number, rounded
from symconv.handout.pen import Pen, single_winner
from symconv.handout.pictures import (
    BackLink,
    BackNode,
    BackParameter,
    BackwardPicture,
    GradWindow,
    Math,
    WeighedWindow,
)
from symconv.handout.printer import LOG
from symconv.handout.sliding import under
from symconv.handout.symbols import PLACE, delta
from symconv.handout.told import left_out
from symconv.text.rich_text import inline
from symconv.worked.paths import Path, paths
from symconv.worked.recognise import is_convolution
from symconv.worked.stages import LOSS, PROBABILITIES, Stage
from symconv.worked.winners import winners

MOST_PATHS, MOST_TERMS = 4, 9
LABEL = 14  # letters below an arrow of the picture


def chapter(pen: Pen) -> Part:
    say = pen.say
    stages = [s for s in reversed(pen.study.stages) if s.output != PROBABILITIES]
    intro = Paragraph(say("backward.intro_brief" if pen.options.brief else "backward.intro", end=end(pen)), keep=True)
    blocks: list[Block] = [intro, FigureRow((picture(pen),)), *_conventions(pen)]
    blocks += letters_of_gradients(pen)
    first = next((s for s in pen.study.stages if s.parameters), None)
    for stage in stages:
        if stage == first:
            blocks += _first_entry(pen, stage)
        for tensor in pen.derived(stage):
            blocks.append(_step(pen, stage, tensor))
            if stage == first and stage.kind == "conv" and tensor == stage.parameters[0]:
                blocks.append(_all_entries(pen, stage))
    return Part(3, say("part.backward"), tuple(blocks))


def end(pen: Pen) -> str:
    """Where the way back ends: at the input, where there are no parameters."""
    return pen.say("backward.end_parameters" if pen.study.parameters else "backward.end_input")


def letters_of_gradients(pen: Pen) -> list[Block]:
    """What a gradient's letter stands for, if there are such letters."""
    named = [s.output for s in pen.study.stages if pen.printer.by_letter(s.output) and not is_copy(s.output)]
    return [Paragraph(pen.say("backward.delta", tensor=pen.letter(named[0])))] if named else []


def _conventions(pen: Pen) -> tuple[Block, ...]:
    kinds = {s.kind for s in pen.study.stages}
    items = [pen.say("backward.kink_relu")] if "relu" in kinds else []
    items += [pen.say("backward.kink_max")] if kinds & {"max_pool", "global_max_pool"} else []
    return (Paragraph(pen.say("backward.kinks"), keep=True), Bullets(tuple(items))) if items else ()


# ------------------------------------------------------------------------------------------------ the picture
def picture(pen: Pen) -> BackwardPicture:
    """Input -> layers -> L, without y: the loss is differentiated from the scores at once."""
    stages = [s for s in pen.study.stages if s.output != PROBABILITIES]
    names = (pen.study.network.input.name, *(s.output for s in stages))
    links = []
    for k, stage in enumerate(stages):
        parameters = tuple(BackParameter(pen.letter(p), pen.marks["bw", p]) for p in stage.parameters)
        last = stage.output == LOSS
        word = f"{pen.say('layer.softmax')}, {inline(row(MINUS, LOG))}" if last else pen.say(f"layer.{stage.kind}")
        links.append(BackLink(word, _local(pen, stage) if k else "", parameters))
    return BackwardPicture(
        tuple(_node(pen, n, k) for k, n in enumerate(names)), tuple(links),
        pen.say("backward.values"), pen.say("backward.gradients"),
    )  # fmt: skip


def _node(pen: Pen, name: str, place: int) -> BackNode:
    values = tuple(_short(v) for v in pen.study.exact_values[name].entries)
    if not place:
        return BackNode(pen.letter(name))
    if name == LOSS:
        return BackNode(pen.letter(name), values)
    gradients = pen.study.exact_gradients[name]
    return BackNode(
        pen.letter(name), values, tuple(decimal(g) for g in gradients.entries), pen.marks["bw", name],
        delta(pen.letter(name)) if pen.printer.by_letter(name) else EMPTY,
    )  # fmt: skip


def _short(x: Expr) -> Math:
    return numeral(str(x)) if x.is_Rational else decimal(x)


def _local(pen: Pen, stage: Stage) -> str:
    """What the gradient meets on its way back: the factors beside it in the derived gradient, where they are short."""
    e = pen.study.derivations[stage.input].equation.value
    factors = Mul.make_args(e.body if isinstance(e, Sum) else e)
    rest = Mul(*(f for f in factors if f not in _gradients(e) and not isinstance(f, Iverson)))
    printer = replace(pen.printer, place=PLACE) if single_winner(pen, stage) else pen.printer
    met = printer(rest)
    if letters(met) > LABEL:
        named = [inline(pen.letter(p)) for p in stage.parameters[:1]]
        return pen.say("backward.winner") if rest.atoms(Winner) else "".join(named)
    return inline(met)


def _gradients(e: Expr) -> set[Entry]:
    return {x for x in e.atoms(Entry) if is_gradient(x.tensor)}


# ------------------------------------------------------------------------------------------------ one derivation
def _step(pen: Pen, stage: Stage, tensor: str) -> Passage:
    d = pen.study.derivations[tensor]
    first = next((s for s in pen.study.stages if s.parameters), None)
    later = stage == first and stage.kind == "conv" and tensor == stage.parameters[0]
    numbers = () if later else _numbers(pen, stage, tensor)
    lines = (*pen.chain(d, pen.marks["bw", tensor]), *_named_place(pen, stage, d), *numbers)
    blocks: tuple[Block, ...] = (chained(lines),)
    if tensor == pen.study.network.input.name:
        blocks = (Paragraph(pen.say("backward.input_text")), *blocks)
    return Passage(title(pen, stage, tensor), blocks, (pen.letter(stage.output),), "bw", tensor)


def _named_place(pen: Pen, stage: Stage, d: Derivation) -> tuple[Line, ...]:
    """The result of a pooling with one window once more, with the name of the winner's place."""
    if not single_winner(pen, stage) or not d.equation.value.atoms(Winner):
        return ()
    value = replace(pen.printer, place=PLACE)(d.equation.value)
    return (Line(EMPTY, equals(value), pen.say("rule.place", place=PLACE)),)


def title(pen: Pen, stage: Stage, tensor: str) -> str:
    say = pen.say
    if stage.output == LOSS:
        return say("backward.from_loss")
    if tensor in stage.parameters:
        return say("backward.parameter", parameter=pen.letter(tensor))
    if tensor == pen.study.network.input.name:
        return say("backward.input", input=pen.letter(tensor))
    return say(
        "backward.through",
        layer=say(f"through.{stage.kind}"),
        output=pen.letter(stage.output),
        input=pen.letter(tensor),
    )


def _numbers(pen: Pen, stage: Stage, tensor: str) -> tuple[Line, ...]:
    """dL/d(tensor) with the network's numbers: exactly where that is short, then rounded."""
    values = pen.study.exact_gradients[tensor]
    left, note = pen.printer.gradient_of(tensor), _note(pen, stage, tensor)
    relation = pen.relation(values)
    exact = equals(pen.exact(values, "bw"))
    if relation == EQUALS:
        return (Line(left, exact, note=note),)
    near = row(ABOUT, pen.rounded(values, "bw"))
    if sum(map(letters, (left, exact, near))) > COLUMN or any(isinstance(x, Matrix) for x in walk(exact)):
        return (Line(left, near, note=note),)
    return (Line(left, row(exact, near), note=note),)


def _note(pen: Pen, stage: Stage, tensor: str) -> str:
    """ReLU's mask, or where the winner was."""
    values = pen.study.exact_values
    if stage.kind == "relu" and len(values[tensor].entries) <= 6:
        mask = listed((whole(int(bool(v > 0))) for v in values[tensor].entries), COMMA)
        return pen.say("backward.mask", mask=fenced(mask))
    if pen.study.derivations[tensor].steps[-1].after.atoms(Winner) and len(values[stage.output].entries) == 1:
        (place,) = winners(stage, values)
        return inline(row(PLACE, equals(pen.at(tensor, place))))
    return pen.say("backward.with_numbers")


# ------------------------------------------------------------------------------------------------ the first parameter
def _first_entry(pen: Pen, stage: Stage) -> list[Block]:
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


def _all_entries(pen: Pen, stage: Stage) -> Passage:
    """The same entry from the final equation; then the whole table, and what it is."""
    weight = stage.parameters[0]
    key = "u_all" if _first_entry(pen, stage) else "u_only"
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
    lines.append(Line(EMPTY, _substituted(pen, here)))
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
    """The sum written out, a few terms on each line."""
    terms = _with_dots([pen.printer(t) for t in _each(pen, e)])
    rows = [terms[k : k + 3] for k in range(0, MOST_TERMS, 3) if terms[k:]]
    rows[-1] += terms[MOST_TERMS:]
    return [row(PLUS if k else EMPTY, added(r)) for k, r in enumerate(rows)]


def _each(pen: Pen, e: Expr) -> list[Expr]:
    """The terms of a sum, 0 if there are none."""
    return pen.each(e) or [Integer(0)]


def _with_dots(terms: list[Math]) -> list[Math]:
    """The first terms of a long sum, and dots."""
    return terms if len(terms) <= MOST_TERMS else [*terms[:MOST_TERMS], DOTS]


def _substituted(pen: Pen, e: Expr) -> Math:
    """The same sum in numbers, gradients rounded."""
    terms = _each(pen, e)
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
    window = under(pen.study.exact_values[stage.input], pen.layer(stage), at)
    if pen.habits.rotated:  # the kernel that learns is the turned one
        window = Array(window.shape, window.entries[::-1])
    return [Line(left, equals(coloured("bw", number(g)), THIN, pen.exact(window))), Line(EMPTY, every)]


def _windows(pen: Pen, stage: Stage, weight: str, given: str) -> GradWindow | None:
    """The windows of the input, each with its weight; only where they lie undilated inside the input and are few."""
    layer = pen.layer(stage)
    rows, columns = pen.shapes[weight]
    out = pen.study.exact_gradients[stage.output]
    plain = all(d == 1 for d in layer.dilation) and not any(map(any, layer.padding))
    if pen.habits.rotated or not plain or out.shape[1] != 1 or len(out.entries) > 5 or pen.shapes[given][1] > 4:
        return None
    weighed = tuple(
        WeighedWindow(at[0] * layer.stride[0], 0, rows, columns, decimal(g), g != 0) for at, g in out.items()
    )
    return GradWindow(pen.grid(pen.study.exact_values[given]), pen.letter(given), weighed)
