"""Part 2: the forward pass, one layer after another, each with its equation and its numbers."""

from collections.abc import Callable

from sympy import Expr, Symbol

from symconv.array import indices
from symconv.derivation.index import Entry, MaxOver
from symconv.formula.compose import (
    ABOUT,
    COMMA,
    EMPTY,
    EQUALS,
    LARGEST,
    MINUS,
    PLUS,
    SLASH,
    THIN,
    added,
    coloured,
    equals,
    fenced,
    numeral,
    scripts,
    vector,
    whole,
)
from symconv.formula.nodes import Fraction, Sign, row
from symconv.formula.width import letters
from symconv.handout.applied import ZERO
from symconv.handout.chains import COLUMN, chained
from symconv.handout.document import Beside, Block, FigureRow, Line, Paragraph, Part, Passage, Sliding
from symconv.handout.numerals import EULER, extents, number
from symconv.handout.pen import Pen
from symconv.handout.pictures import Figure, Math, PoolFigure
from symconv.handout.sliding import so_far, window
from symconv.handout.symbols import PLACE
from symconv.handout.terms import candidates
from symconv.networks.layers.conv_window import ConvWindow
from symconv.networks.layers.layers import MaxPool
from symconv.networks.network import CrossEntropy
from symconv.text.rich_text import inline
from symconv.worked.derived import short_loss
from symconv.worked.numbers import fixed
from symconv.worked.stages import LOSS, PROBABILITIES, TARGET, Stage
from symconv.worked.winners import winners

ONE, PERCENT = whole(1), Sign("%")
MOST_WINDOWS, FEW_WINDOWS = 12, 4  # figures of a layer; of one whose input is wide
NARROW = 6  # columns of an input of which many figures can be read
MOST_SUMS, MOST_LETTERS, MOST_IN_A_LINE = 3, 56, 6  # of a linear layer: sums on one line, and their terms


def chapter(pen: Pen) -> Part:
    steps = tuple(STEPS[s.kind](pen, s) for s in pen.study.stages)
    return Part(2, pen.say("part.forward"), steps)


def _step(pen: Pen, stage: Stage, title: str, *blocks: Block) -> Passage:
    return Passage(pen.say(f"forward.{title}"), blocks, (pen.letter(stage.output),), tensor=stage.output)


def definition(pen: Pen, stage: Stage, rule: str, note: str = "") -> Line:
    """The layer's equation, with its number."""
    equation = pen.equations[stage.output]
    return Line(pen.printer(equation.entry), pen.definition(equation), rule, pen.marks["fw", stage.output], note)


# ------------------------------------------------------------------------------------------------ convolution
def conv(pen: Pen, stage: Stage) -> Passage:
    layer = pen.window(stage)
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


def _conv_text(pen: Pen, stage: Stage, layer: ConvWindow) -> str:
    bias = pen.layer(stage).bias
    say, key = pen.say, "forward.conv_rotated" if pen.habits.rotated else "forward.conv_text"
    return say.join([
        say(key, kernel=pen.letter(layer.weight), input=pen.letter(stage.input), output=pen.letter(stage.output)),
        say("forward.conv_padding", input=pen.letter(stage.input)) if any(map(any, layer.padding)) else "",
        say("forward.conv_dilation", dilation=_pair(layer.dilation)) if any(d > 1 for d in layer.dilation) else "",
        say("forward.conv_bias", bias=pen.letter(bias.name)) if bias else "",
    ])  # fmt: skip


def _pair(numbers: tuple[int, ...]) -> str:
    r"""$2$, or $2\times3$ where the directions differ."""
    return inline(_once(numbers))


def _once(numbers: tuple[int, ...]) -> Math:
    return whole(numbers[0]) if len(set(numbers)) == 1 else extents(numbers)


def _pads(padding: tuple[tuple[int, int], ...]) -> str:
    """$1$, or $(1,0)$ and $(1,1)$ where sides differ: what lies before and behind, for each direction."""
    if len({p for pair in padding for p in pair}) == 1:
        return f"${padding[0][0]}$"
    return ", ".join(f"${lo}$" if lo == hi else f"$({lo},{hi})$" for lo, hi in padding)


def _places(pen: Pen, stage: Stage, layer: ConvWindow) -> str:
    """stride 1, no padding: 4-2+1=3 places."""
    padded = [n + lo + hi for n, (lo, hi) in zip(pen.read(stage), layer.padding, strict=True)]
    counts: list[str] = []
    words = ("forward.rows", "forward.columns")
    for word, n, k, s, d, out in zip(
        words, padded, layer.kernel, layer.stride, layer.dilation, pen.shapes[stage.output], strict=True
    ):
        span = d * (k - 1) + 1
        moves = row(whole(n), MINUS, whole(span))
        steps = moves if s == 1 else fenced(row(fenced(moves), SLASH, whole(s)), "\u230a")
        if out > 1 or not counts:
            counts.append(pen.say(word, count=row(steps, PLUS, ONE, equals(whole(out)))))
    padding = (
        pen.say("forward.padding", padding=_pads(layer.padding))
        if any(map(any, layer.padding))
        else pen.say("forward.no_padding")
    )
    return pen.say(
        "forward.places", stride=_once(layer.stride), padding=padding, counts=pen.say("forward.and").join(counts)
    )


# ------------------------------------------------------------------------------------------------ ReLU
def relu(pen: Pen, stage: Stage) -> Passage:
    before, after = pen.study.exact_values[stage.input], pen.study.exact_values[stage.output]
    shown = after.shape and sum(n != 1 for n in after.shape) < 2 and len(after.entries) <= 4
    middle = EMPTY
    if shown:
        middle = equals(_vector([row(LARGEST, fenced(row(ZERO, COMMA, number(x)))) for x in before.entries]))
    line = Line(pen.letter(stage.output), row(middle, equals(pen.exact(after, "res"))))
    return _step(pen, stage, "relu", chained((definition(pen, stage, pen.say("forward.entrywise")), line)))


def _vector(entries: list[Math]) -> Math:
    return entries[0] if len(entries) == 1 else vector(entries, "big")


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
        middle = equals(LARGEST, vector(entries, "big")) if len(entries) <= 6 else EMPTY
        lines.append(Line(EMPTY, row(middle, equals(pen.exact(result, "res")))))
        lines.append(Line(PLACE, row(*map(equals, winner(pen, stage)), equals(coloured("res", place)))))
        rule = pen.say("forward.pool_place", place=PLACE)
    else:
        lines.append(Line(pen.letter(stage.output), equals(pen.exact(result, "res"))))
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


def winner(pen: Pen, stage: Stage) -> list[Math]:
    """What the place of the winner is: arg max of the entries; nothing where the window holds one entry only."""
    return [pen.printer.argmax(largest) for largest in pen.equations[stage.output].value.atoms(MaxOver)]


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
    sums = [[term for terms in r for term in terms] or [ZERO] for r in rows]
    lines = [definition(pen, stage, pen.say("forward.linear_rule"))]
    right = row(equals(_vector([*map(added, sums)])), equals(pen.exact(values, "res")))
    if len(sums) <= MOST_SUMS and letters(right) <= MOST_LETTERS:
        lines.append(Line(pen.letter(stage.output), right))
    else:
        for (k,), (first, *others) in zip(indices(values.shape), map(_in_rows, sums), strict=True):
            lines.append(Line(pen.entry(stage.output, k), equals(first)))
            lines += [Line(EMPTY, row(PLUS, other), continued=True) for other in others]
            lines.append(Line(EMPTY, equals(coloured("res", number(values[k,])))))
    return _step(pen, stage, "linear", chained(lines))


def _in_rows(terms: list[Math]) -> list[Math]:
    """A sum, a few terms on each line."""
    return [added(terms[k : k + MOST_IN_A_LINE]) for k in range(0, len(terms), MOST_IN_A_LINE)]


def softmax(pen: Pen, stage: Stage) -> Passage:
    values, logits = pen.study.exact_values[stage.output], pen.study.exact_values[stage.input]
    lines = [definition(pen, stage, pen.say("forward.softmax_rule"))]
    powers = [EULER if z == 1 else scripts(EULER, above=_on_one_line(z)) for z in logits.entries]
    ratios = equals(vector([Fraction(p, added(powers)) for p in powers], "Big")) if len(powers) > 1 else EMPTY
    name, exact, near = pen.letter(stage.output), equals(pen.exact(values, "res")), row(ABOUT, pen.rounded(values))
    if pen.relation(values) == EQUALS:  # one class: its probability is 1
        lines.append(Line(name, row(ratios, exact)))
        return _step(pen, stage, "softmax", chained(lines))
    ways = ((ratios, exact, near), (ratios, exact), (exact, near))
    fitting = [way for way in ways if letters(row(*way)) <= COLUMN - letters(name)]
    lines.append(Line(name, row(*fitting[0]) if fitting else row(ABOUT, pen.rounded(values, "res"))))
    if fitting and near not in fitting[0]:
        lines.append(Line(EMPTY, near))
    return _step(pen, stage, "softmax", chained(lines))


def _on_one_line(x: Expr) -> Math:
    """A number in an exponent: 5/2 without a bar."""
    return numeral(str(x)) if x.is_Rational else number(x)


def cross_entropy(pen: Pen, stage: Stage) -> Passage:
    values, loss_layer, short = pen.study.exact_values, pen.study.network.loss, short_loss(pen.study)
    assert isinstance(loss_layer, CrossEntropy) and isinstance(loss_layer.target, int) and short
    target, truth = loss_layer.target, pen.printer.plain(Entry(TARGET, Symbol("k", integer=True)))
    loss = values[LOSS][()]
    y = values[PROBABILITIES][(target,)]
    percent = inline(row(numeral(fixed(100 * y, 0)), THIN, PERCENT))
    note = "loss_note_exact" if (100 * y).is_Integer else "loss_note"
    near = () if loss.is_Rational else (ABOUT, numeral(fixed(loss)))
    lines = (
        definition(pen, stage, pen.say("forward.loss_rule")),
        Line(EMPTY, equals(pen.printer(short.equation.value)),
             pen.say("rule.one_hot", entry=truth, target=pen.number(target))),
        Line(EMPTY, equals(coloured("res", number(loss)), *near),
             note=pen.say(f"forward.{note}", target=pen.number(target), percent=percent)),
    )  # fmt: skip
    text = pen.say("forward.loss_text")
    return _step(pen, stage, "loss", Paragraph(text), chained(lines))


STEPS: dict[str, Callable[[Pen, Stage], Passage]] = {
    "conv": conv, "relu": relu, "max_pool": pool, "global_max_pool": pool, "linear": linear,
    "softmax": softmax, "cross_entropy": cross_entropy,
}  # fmt: skip
