"""Part 3: the backward pass, from the loss to the first kernel, every line with its rule, then the numbers."""

from dataclasses import replace

from sympy import Expr, Integer, Mul

from symconv.array import Array
from symconv.derivation.derivation import Derivation
from symconv.derivation.index import Entry, Iverson, Sum, Winner, rebuild
from symconv.derivation.tensors import is_copy, is_gradient
from symconv.handout.as_text import decimal, letters_in, number, rounded
from symconv.handout.document import Beside, Block, Bullets, FigureRow, Line, Paragraph, Part, Passage
from symconv.handout.pen import COLUMN, Pen, chained, single_winner
from symconv.handout.pictures import BackLink, BackNode, BackParameter, BackwardPicture, GradWindow, WeighedWindow
from symconv.handout.sliding import under
from symconv.handout.told import left_out
from symconv.worked.paths import Path, paths
from symconv.worked.recognise import is_convolution
from symconv.worked.stages import LOSS, PROBABILITIES, Stage
from symconv.worked.winners import PLACE, winners

MOST_PATHS = 4
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
    named = [s.output for s in pen.study.stages if pen.tex.by_letter(s.output) and not is_copy(s.output)]
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
        word = rf"{pen.say('layer.softmax')}, $-\log$" if last else pen.say(f"layer.{stage.kind}")
        links.append(BackLink(word, _local(pen, stage) if k else "", parameters))
    return BackwardPicture(
        tuple(_node(pen, n, k) for k, n in enumerate(names)), tuple(links),
        pen.say("backward.values"), pen.say("backward.gradients"),
    )  # fmt: skip


def _node(pen: Pen, name: str, place: int) -> BackNode:
    values = pen.study.exact_values[name]
    texts = tuple(_short(v) for v in values.entries)
    if not place:
        return BackNode(pen.letter(name))
    if name == LOSS:
        return BackNode(pen.letter(name), texts)
    gradients = pen.study.exact_gradients[name]
    return BackNode(
        pen.letter(name), texts, tuple(decimal(g) for g in gradients.entries), pen.marks["bw", name],
        rf"\delta^{{{pen.letter(name)}}}" if pen.tex.by_letter(name) else "",
    )  # fmt: skip


def _short(x: Expr) -> str:
    return str(x) if x.is_Rational else decimal(x)


def _local(pen: Pen, stage: Stage) -> str:
    """What the gradient meets on its way back: the factors beside it in the derived gradient, where they are short."""
    e = pen.study.derivations[stage.input].equation.value
    factors = Mul.make_args(e.body if isinstance(e, Sum) else e)
    rest = Mul(*(f for f in factors if f not in _gradients(e) and not isinstance(f, Iverson)))
    tex = replace(pen.tex, place=PLACE) if single_winner(pen, stage) else pen.tex
    text = tex(rest)
    if letters_in(text) > LABEL:
        named = [f"${pen.letter(p)}$" for p in stage.parameters[:1]]
        return pen.say("backward.winner") if rest.atoms(Winner) else "".join(named)
    return f"${text}$"


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
    text = replace(pen.tex, place=PLACE)(d.equation.value)
    return (Line("", "=" + text, pen.say("rule.place", place=PLACE)),)


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
    left, note = pen.tex.gradient_of(tensor), _note(pen, stage, tensor)
    relation = pen.relation(values)
    exact = "=" + pen.exact(values, "bw")
    if relation == "=":
        return (Line(left, exact, note=note),)
    rounded = rf"\approx{pen.rounded(values, 'bw')}"
    if sum(map(letters_in, (left, exact, rounded))) > COLUMN or "mat" in exact:
        return (Line(left, rounded, note=note),)
    return (Line(left, exact + rounded, note=note),)


def _note(pen: Pen, stage: Stage, tensor: str) -> str:
    """ReLU's mask, or where the winner was."""
    values = pen.study.exact_values
    if stage.kind == "relu" and len(values[tensor].entries) <= 6:
        mask = ",".join(str(int(bool(v > 0))) for v in values[tensor].entries)
        return pen.say("backward.mask", mask=f"({mask})")
    if pen.study.derivations[tensor].steps[-1].after.atoms(Winner) and len(values[stage.output].entries) == 1:
        (place,) = winners(stage, values)
        return rf"${PLACE}={pen.at(tensor, place)}$"
    return pen.say("backward.with_numbers")


# ------------------------------------------------------------------------------------------------ the first parameter
def _first_entry(pen: Pen, stage: Stage) -> list[Block]:
    """The first parameter's first entry along every path, if there are few."""
    entry = _entry(pen, stage)
    along = paths(pen.study, entry)
    if not 0 < len(along) <= MOST_PATHS:
        return []
    text = pen.say("backward.u_first_text", entry=pen.tex(entry), left_out=left_out(pen, stage))
    blocks = (Paragraph(text), chained(_path_lines(pen, entry, along)))
    return [Passage(pen.say("backward.u_first", entry=pen.tex(entry)), blocks, (pen.letter(stage.output),), "bw")]


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
    left = rf"\dL{{{pen.tex.plain(entry)}}}"
    for k, path in enumerate(along):
        rule = pen.say("backward.all_paths") if not k else ""
        first, *rest = _product(pen, path, COLUMN - letters_in(left + "="))
        lines.append(Line("" if k else left, ("+" if k else "=") + first, rule, continued=bool(k)))
        lines += [Line("", rf"\cdot {r}", continued=True) for r in rest]
    for k, path in enumerate(along):
        factors = [number(v) for v in path.numbers]
        text = r"\cdot".join(rf"\Bigl({f}\Bigr)" if f.startswith("-") else f for f in factors)
        rule = pen.say("backward.each_factor") if not k else ""
        lines.append(Line("", ("+" if k else "=") + text, rule, continued=bool(k)))
    exact = rf"=\bw{{{number(result)}}}"
    return (*lines, Line("", exact + ("" if pen.relation_of(result) == "=" else rf"\approx\bw{{{rounded(result)}}}")))


def _product(pen: Pen, path: Path, room: float) -> list[str]:
    """The factors of a path, as many on a line as fit."""
    rows: list[str] = []
    for factor in map(pen.tex, path.factors):
        if rows and letters_in(rows[-1]) + letters_in(factor) + 1 <= room:
            rows[-1] += r"\cdot" + factor
        else:
            rows.append(factor)
    return rows


def _whole(pen: Pen, stage: Stage, entry: Entry) -> tuple[Block, ...]:
    weight, given = entry.tensor, stage.input
    mark = pen.marks["bw", weight]
    d = pen.study.derivations[weight]
    at = {i: Integer(0) for i, _ in d.ranges}
    here = rebuild(d.equation.value, at)
    lines = [Line(pen.tex(rebuild(d.entry, at)), "=" + piece) if not k
             else Line("", piece, continued=True) for k, piece in enumerate(_expanded(pen, here))]  # fmt: skip
    lines.append(Line("", _substituted(pen, here)))
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
                    gradient=pen.tex.inline_gradient(stage.output),
                    input=pen.letter(given),
                    options=text,
                )
            )
        )
    return tuple(blocks)


def _expanded(pen: Pen, e: Expr) -> list[str]:
    """The sum written out, a few terms on each line."""
    terms = pen.each(e)
    texts = [pen.tex(t) for t in terms][:9]
    rows = [texts[k : k + 3] for k in range(0, len(texts), 3)]
    more = r"+\dots" if len(terms) > 9 else ""
    return [("+" if k else "") + "+".join(r) + (more if k == len(rows) - 1 else "") for k, r in enumerate(rows)]


def _substituted(pen: Pen, e: Expr) -> str:
    """The same sum in numbers, gradients rounded."""
    terms = pen.each(e)[:9]
    out = "+".join(pen.rounded_term(t) for t in terms)
    result = sum((pen.exact_term(t) for t in pen.each(e)), Integer(0))
    dots = r"+\dots" if len(pen.each(e)) > 9 else ""
    met = [pen.exact_term(f) for t in pen.each(e) for f in Mul.make_args(t)]
    first, last = (pen.relation(Array.of(xs)) for xs in (met, [*met, result]))
    return rf"{first} {out}{dots}{last}\bw{{{rounded(result)}}}"


def _table(pen: Pen, stage: Stage, weight: str) -> list[Line]:
    """dL/dU whole; where one window alone counts, as a number times that window."""
    gradients = pen.study.exact_gradients
    left = rf"\dL{{{pen.letter(weight)}}}"
    single = [(at, g) for at, g in gradients[stage.output].items() if g != 0]
    relation = pen.relation(gradients[weight])
    whole = f"{relation}{pen.rounded(gradients[weight], 'bw')}"
    if len(single) != 1:
        return [Line(left, whole)]
    at, g = single[0]
    window = under(pen.study.exact_values[stage.input], pen.layer(stage), at)
    if pen.habits.rotated:  # the kernel that learns is the turned one
        window = Array(window.shape, window.entries[::-1])
    return [Line(left, rf"=\bw{{{number(g)}}}\,{pen.exact(window)}"), Line("", whole)]


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
