"""Part 2: the forward pass, one layer after another, each with its equation and its numbers."""

from collections.abc import Callable

from sympy import Expr, Symbol

from symconv.array import indices
from symconv.derivation.index import Entry, MaxOver
from symconv.handout.as_text import letters_in, number
from symconv.handout.document import Beside, Block, FigureRow, Line, Paragraph, Part, Passage, Sliding
from symconv.handout.pen import COLUMN, Pen, chained
from symconv.handout.pictures import Figure, PoolFigure
from symconv.handout.sliding import so_far, window
from symconv.handout.terms import candidates
from symconv.networks.network import Conv, CrossEntropy, MaxPool
from symconv.worked.derived import short_loss
from symconv.worked.numbers import fixed
from symconv.worked.stages import LOSS, PROBABILITIES, TARGET, Stage
from symconv.worked.winners import PLACE, winners

MOST_WINDOWS, FEW_WINDOWS = 12, 4  # figures of a layer; of one whose input is wide
NARROW = 6  # columns of an input of which many figures can be read
TIMES, NEXT = r"\times", r",\ "


def chapter(pen: Pen) -> Part:
    steps = tuple(STEPS[s.kind](pen, s) for s in pen.study.stages)
    return Part(2, pen.say("part.forward"), steps)


def _step(pen: Pen, stage: Stage, title: str, *blocks: Block) -> Passage:
    return Passage(pen.say(f"forward.{title}"), blocks, (pen.letter(stage.output),), tensor=stage.output)


def definition(pen: Pen, stage: Stage, rule: str, note: str = "") -> Line:
    """The layer's equation, with its number."""
    equation = pen.equations[stage.output]
    free = pen.indices_of(equation)
    right = "=" + pen.bounded(equation.value) + (rf",\qquad {free}" if free else "")
    return Line(pen.tex(equation.entry), right, rule, pen.marks["fw", stage.output], note)


# ------------------------------------------------------------------------------------------------ convolution
def conv(pen: Pen, stage: Stage) -> Passage:
    layer = pen.layer(stage)
    assert isinstance(layer, Conv)
    figures = tuple(window(pen, stage, layer, at) for at in indices(pen.shapes[stage.output]))
    return _step(
        pen, stage, "conv", Paragraph(_conv_text(pen, stage, layer)),
        chained((definition(pen, stage, _places(pen, stage, layer)),)),
        Sliding(figures, _most(pen, stage), pen.say("forward.more")),
    )  # fmt: skip


def _most(pen: Pen, stage: Stage) -> int:
    """How many figures of a layer's windows are printed: fewer where the input is wide."""
    return MOST_WINDOWS if pen.size(pen.read(stage))[1] <= NARROW else FEW_WINDOWS


def _drawn(pen: Pen, stage: Stage, figures: tuple[Figure, ...]) -> tuple[Block, ...]:
    """The first windows. Where some are left out, that is said."""
    most = _most(pen, stage)
    more = (Paragraph(pen.say("forward.more")),) if len(figures) > most else ()
    return (FigureRow(figures[:most]), *more)


def _conv_text(pen: Pen, stage: Stage, layer: Conv) -> str:
    say, key = pen.say, "forward.conv_rotated" if pen.habits.rotated else "forward.conv_text"
    return say.join([
        say(key, kernel=pen.letter(layer.weight.name), input=pen.letter(stage.input), output=pen.letter(stage.output)),
        say("forward.conv_padding", input=pen.letter(stage.input)) if any(map(any, layer.padding)) else "",
        say("forward.conv_dilation", dilation=_pair(layer.dilation)) if any(d > 1 for d in layer.dilation) else "",
        say("forward.conv_bias", bias=pen.letter(layer.bias.name)) if layer.bias else "",
    ])  # fmt: skip


def _pair(numbers: tuple[int, ...]) -> str:
    r"""$2$, or $2\times3$ where the directions differ."""
    return f"${numbers[0] if len(set(numbers)) == 1 else TIMES.join(map(str, numbers))}$"


def _pads(padding: tuple[tuple[int, int], ...]) -> str:
    """$1$, or $(1,0)$ and $(1,1)$ where sides differ: what lies before and behind, for each direction."""
    if len({p for pair in padding for p in pair}) == 1:
        return f"${padding[0][0]}$"
    return ", ".join(f"${lo}$" if lo == hi else f"$({lo},{hi})$" for lo, hi in padding)


def _places(pen: Pen, stage: Stage, layer: Conv) -> str:
    """stride 1, no padding: 4-2+1=3 places."""
    padded = [n + lo + hi for n, (lo, hi) in zip(pen.read(stage), layer.padding, strict=True)]
    counts: list[str] = []
    words = ("forward.rows", "forward.columns")
    for word, n, k, s, d, out in zip(
        words, padded, layer.kernel, layer.stride, layer.dilation, pen.shapes[stage.output], strict=True
    ):
        span = d * (k - 1) + 1
        text = f"{n}-{span}+1={out}" if s == 1 else rf"\lfloor({n}-{span})/{s}\rfloor+1={out}"
        if out > 1 or not counts:
            counts.append(pen.say(word, count=text))
    padding = (
        pen.say("forward.padding", padding=_pads(layer.padding))
        if any(map(any, layer.padding))
        else pen.say("forward.no_padding")
    )
    stride = _pair(layer.stride).strip("$")
    return pen.say("forward.places", stride=stride, padding=padding, counts=pen.say("forward.and").join(counts))


# ------------------------------------------------------------------------------------------------ ReLU
def relu(pen: Pen, stage: Stage) -> Passage:
    before, after = pen.study.exact_values[stage.input], pen.study.exact_values[stage.output]
    shown = after.shape and sum(n != 1 for n in after.shape) < 2 and len(after.entries) <= 4
    middle = ""
    if shown:
        middle = "=" + _listed([rf"\max(0,{number(x)})" for x in before.entries])
    line = Line(pen.letter(stage.output), middle + "=" + pen.exact(after, "res"))
    return _step(pen, stage, "relu", chained((definition(pen, stage, pen.say("forward.entrywise")), line)))


def _listed(texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else r"\bigl(" + r",\ ".join(texts) + r"\bigr)"


# ------------------------------------------------------------------------------------------------ max pooling
def pool(pen: Pen, stage: Stage) -> Passage:
    values = pen.study.exact_values
    result = values[stage.output]
    places = winners(stage, values)
    single = len(result.entries) == 1
    defined = definition(pen, stage, "")
    lines = [defined]
    if single:
        entries = [number(values[stage.input][at]) for at in _window_entries(pen, stage)]
        place = pen.at(stage.input, places[0])
        middle = r"=\max\bigl(" + r",\ ".join(entries) + r"\bigr)" if len(entries) <= 6 else ""
        lines.append(Line("", middle + "=" + pen.exact(result, "res")))
        lines.append(Line(PLACE, f"={winner(pen, stage)}" + rf"\res{{{place}}}"))
        rule = pen.say("forward.pool_place", place=PLACE)
    else:
        lines.append(Line(pen.letter(stage.output), "=" + pen.exact(result, "res")))
        rule = pen.say("forward.pool_places")
    figures = tuple(_pool_figure(pen, stage, k, place) for k, place in enumerate(places))
    lines[0] = Line(defined.lhs, defined.rhs, "" if single else rule, "" if single else defined.mark)
    blocks: tuple[Block, ...] = (Paragraph(pen.say("forward.pool_text")), chained(lines))
    if single:
        return _step(pen, stage, stage.kind, Beside(blocks, figures[0], rule=rule, mark=defined.mark))
    return _step(pen, stage, stage.kind, *blocks, *_drawn(pen, stage, figures))


def _window_entries(pen: Pen, stage: Stage) -> list[tuple[int, ...]]:
    """The entries of the input that a single window holds, in the order in which they are compared."""
    return [tuple(int(i) for i in x.at) for x in candidates(pen.equations[stage.output].value)]


def winner(pen: Pen, stage: Stage) -> str:
    """What the place of the winner is: arg max of the entries; nothing where the window holds one entry only."""
    for largest in pen.equations[stage.output].value.atoms(MaxOver):
        return rf"\operatorname*{{arg\,max}}_{{{pen.tex.under(largest)}}}{pen.tex(largest.body)}="
    return ""


def _pool_figure(pen: Pen, stage: Stage, k: int, winner: tuple[int, ...]) -> PoolFigure:
    """The window of output entry k and its winner; the tensor before a ReLU is shown as well if it is narrow."""
    values, given = pen.study.exact_values, stage.input
    at = list(indices(pen.shapes[stage.output]))[k]
    row, column, rows, columns = _pooled(pen, stage, at)
    before = next((s for s in pen.study.stages if s.output == given and s.kind == "relu"), None)
    narrow = before is not None and pen.size(pen.shapes[given])[1] == 1
    names = ((before.input,) if narrow and before else ()) + (given, stage.output)
    labels = ((pen.say("layer.relu"),) if narrow else ()) + ("max",)
    first = pen.grid(values[before.input]) if narrow and before else ()
    shown = so_far(pen.grid(values[stage.output]), at[0], at[1])
    return PoolFigure(
        pen.grid(values[given]), shown, (row, column, rows, columns), (winner[0], winner[1]),
        tuple(pen.letter(n) for n in names), labels, first, (at[0], at[1]),
    )  # fmt: skip


def _pooled(pen: Pen, stage: Stage, at: tuple[int, ...]) -> tuple[int, int, int, int]:
    """(row, column, rows, columns) of the part of a window that lies inside the input."""
    shape = pen.read(stage)
    layer = pen.layer(stage)
    if not isinstance(layer, MaxPool):
        return 0, 0, shape[0], shape[1]
    first, count = [], []
    for i, n, k, s, (lo, _), d in zip(
        at, shape, layer.kernel, layer.stride, layer.padding, layer.dilation, strict=True
    ):
        start = i * s - lo
        begin, end = max(start, 0), min(start + d * (k - 1) + 1, n)
        first.append(begin)
        count.append(end - begin)
    return first[0], first[1], count[0], count[1]


# ------------------------------------------------------------------------------------------------ linear, softmax, loss
def linear(pen: Pen, stage: Stage) -> Passage:
    values = pen.study.exact_values[stage.output]
    equation = pen.equations[stage.output]
    rows = [
        pen.terms(equation.value, {i: k for i in equation.entry.at if i.is_Symbol}) for (k,) in indices(values.shape)
    ]
    sums = ["+".join(t for row in r for t in row) or "0" for r in rows]
    lines = [definition(pen, stage, pen.say("forward.linear_rule"))]
    if all(len(s) < 40 for s in sums) and len(sums) <= 3 and sum(map(len, sums)) < 110:
        lines.append(Line(pen.letter(stage.output), f"={_listed(sums)}={pen.exact(values, 'res')}"))
    else:
        for (k,), text in zip(indices(values.shape), sums, strict=True):
            entry = pen.entry(stage.output, k)
            parts = text.split("+")
            lines.append(Line(entry, "=" + "+".join(parts[:6])))
            lines += [Line("", "+" + "+".join(parts[m : m + 6]), continued=True) for m in range(6, len(parts), 6)]
            lines.append(Line("", rf"=\res{{{number(values[k,])}}}"))
    return _step(pen, stage, "linear", chained(lines))


def softmax(pen: Pen, stage: Stage) -> Passage:
    values, logits = pen.study.exact_values[stage.output], pen.study.exact_values[stage.input]
    lines = [definition(pen, stage, pen.say("forward.softmax_rule"))]
    powers = [rf"e^{{{_inline(z)}}}" if z != 1 else "e" for z in logits.entries]
    fractions = rf"=\Bigl({NEXT.join(_over(p, powers) for p in powers)}\Bigr)" if len(powers) > 1 else ""
    if pen.relation(values) == "=":  # one class: its probability is 1
        lines.append(Line(pen.letter(stage.output), f"{fractions}={pen.exact(values, 'res')}"))
        return _step(pen, stage, "softmax", chained(lines))
    exact, rounded = f"={pen.exact(values, 'res')}", rf"\approx{pen.rounded(values)}"
    room = COLUMN - letters_in(pen.letter(stage.output))
    right = [t for t in (fractions + exact + rounded, fractions + exact, exact + rounded) if letters_in(t) <= room]
    lines.append(Line(pen.letter(stage.output), right[0] if right else rf"\approx{pen.rounded(values, 'res')}"))
    if right and not right[0].endswith(rounded):
        lines.append(Line("", rounded))
    return _step(pen, stage, "softmax", chained(lines))


def _inline(x: Expr) -> str:
    """A number in an exponent: 5/2 on one line."""
    return str(x) if x.is_Rational else number(x)


def _over(power: str, powers: list[str]) -> str:
    return rf"\frac{{{power}}}{{{'+'.join(powers)}}}"


def cross_entropy(pen: Pen, stage: Stage) -> Passage:
    values, loss_layer, short = pen.study.exact_values, pen.study.network.loss, short_loss(pen.study)
    assert isinstance(loss_layer, CrossEntropy) and isinstance(loss_layer.target, int) and short
    target, truth = loss_layer.target, pen.tex.plain(Entry(TARGET, Symbol("k", integer=True)))
    loss = values[LOSS][()]
    y = values[PROBABILITIES][(target,)]
    percent, note = rf"${fixed(100 * y, 0)}\,\%$", "loss_note_exact" if (100 * y).is_Integer else "loss_note"
    lines = (
        definition(pen, stage, pen.say("forward.loss_rule")),
        Line("", "=" + pen.tex(short.equation.value), pen.say("rule.one_hot", entry=truth, target=pen.number(target))),
        Line("", rf"=\res{{{number(loss)}}}" + ("" if loss.is_Rational else rf"\approx {fixed(loss)}"),
             note=pen.say(f"forward.{note}", target=pen.number(target), percent=percent)),
    )  # fmt: skip
    text = pen.say("forward.loss_text")
    return _step(pen, stage, "loss", Paragraph(text), chained(lines))


STEPS: dict[str, Callable[[Pen, Stage], Passage]] = {
    "conv": conv, "relu": relu, "max_pool": pool, "global_max_pool": pool, "linear": linear,
    "softmax": softmax, "cross_entropy": cross_entropy,
}  # fmt: skip
