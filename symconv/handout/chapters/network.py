"""Part 1: the network in one picture, its symbols, and the given numbers."""

from dataclasses import replace
from math import prod

from sympy import Symbol

from symconv.derivation.index import Entry
from symconv.formula.compose import COMMA, EMPTY, MINUS, QQUAD, THICK, equals
from symconv.formula.nodes import row
from symconv.formula.width import letters
from symconv.handout.applied import LOG
from symconv.handout.chains import COLUMN, chained
from symconv.handout.document import Block, FigureRow, Line, Paragraph, Part, Passage, symbol_table
from symconv.handout.numerals import extents, number
from symconv.handout.pen import Pen, single_winner
from symconv.handout.pictures import Math, NetworkPicture, OperationPicture, Rich, TensorPicture
from symconv.handout.symbols import ALPHA, PLACE, letter
from symconv.handout.told import noun
from symconv.networks.network import CrossEntropy
from symconv.text.rich_text import inline
from symconv.worked.numbers import number as exact
from symconv.worked.stages import COPIES, LOSS, PROBABILITIES, TARGET, Stage

MOST_CELLS = 28  # of an outline, along its longer side


def chapter(pen: Pen) -> Part:
    say = pen.say
    note = say("network.symbols_note", indices=indices_told(pen))
    blocks: tuple[Block, ...] = (
        Paragraph(intro(pen), _legend(pen)),
        FigureRow((picture(pen),)),
        Passage(
            say("network.symbols"),
            (symbol_table(symbols(pen), note),),
        ),
        Passage(say("network.numbers"), _numbers(pen)),
    )
    return Part(1, say("part.network"), blocks)


def _legend(pen: Pen) -> str:
    """What colours mean; grey only where something learns."""
    return "\n".join([pen.say("network.legend"), *([pen.say("network.legend_learn")] if pen.study.parameters else [])])


def intro(pen: Pen) -> str:
    """One sentence for each layer."""
    say, network = pen.say, pen.study.network
    rows, columns = pen.size(network.input.value.shape)
    size = say("network.table", rows=rows, columns=columns) if columns > 1 else say("network.vector", rows=rows)
    out = [say("network.intro", input=pen.letter(network.input.name), size=size)]
    for stage in pen.study.stages:
        if stage.kind in ("softmax", "cross_entropy"):
            continue
        weight = pen.letter(stage.parameters[0]) if stage.parameters else EMPTY
        given, output = pen.letter(stage.input), pen.letter(stage.output)
        kind = _kind(pen, stage)
        single = stage.kind == "linear" and pen.shapes[stage.output] == (1,)
        sentence = say(
            "network.linear_single" if single else f"network.{kind}",
            weight=weight,
            input=given,
            output=output,
            classes=pen.shapes[stage.output][0],
        )
        if sentence not in out:
            out.append(sentence)
    return pen.say.join([*out, say("network.loss")])


def _kind(pen: Pen, stage: Stage) -> str:
    """The layer's kind; a linear layer that does not give the scores is a hidden one, one window the whole input."""
    last = pen.study.network.layers[-1].name
    if single_winner(pen, stage):
        return "global_max_pool"
    return "linear_hidden" if stage.kind == "linear" and stage.output != last else stage.kind


def picture(pen: Pen) -> NetworkPicture:
    """Input -> layers -> y -> L, the parameters above their arrows."""
    stages = [s for s in pen.study.stages if s.output != LOSS]
    tensors = (pen.study.network.input.name, *(s.output for s in stages), LOSS)
    operations = tuple(
        OperationPicture(noun(pen, s.kind), tuple(_tensor(pen, p, batch=False) for p in s.parameters)) for s in stages
    )
    return NetworkPicture(tuple(_tensor(pen, t) for t in tensors), (*operations, OperationPicture(_loss(pen))))


def straight(pen: Pen) -> bool:
    """Whether every layer reads the one before and nothing else, so that the network is one chain of tensors: none that
    is read twice, as by a skip connection."""
    if any(s.kind == COPIES for s in pen.study.stages):
        return False
    inputs = [s.input for s in pen.study.stages]
    return inputs == [pen.study.network.input.name, *(s.output for s in pen.study.stages[:-1])] or _from_scores(pen)


def _from_scores(pen: Pen) -> bool:
    """The loss reads the scores, not the probabilities that are shown between them."""
    before = [s for s in pen.study.stages if s.output not in (LOSS, PROBABILITIES)]
    return [s.input for s in before] == [pen.study.network.input.name, *(s.output for s in before[:-1])]


def indices_told(pen: Pen) -> str:
    """Where indices start, and that one is left out which can take one value only, with an example if there is one."""
    say, first = pen.say, pen.number(0)
    start = say("network.from_one" if first else "network.from_zero")
    i = Symbol("i", integer=True)
    for stage in pen.study.stages:
        shape = pen.shapes.get(stage.output, ())
        if len(shape) == 2 and shape[0] > shape[1] == 1:
            short, whole = (
                tex.plain(Entry(stage.output, i, 0)) for tex in (pen.printer, replace(pen.printer, shapes={}))
            )
            return say.join([start, say("network.left_out", first=first, short=short, whole=whole), _numbered(pen)])
    return say.join([start, say("network.left_out_all", first=first), _numbered(pen)])


def _numbered(pen: Pen) -> str:
    """That single numbers count entries row by row, if they do, on the second row of a parameter."""
    table = next((t for t in pen.study.parameters if len(s := pen.shapes[t]) == 2 and min(s) > 1), "")
    if pen.habits.entries != "numbers" or not table:
        return ""
    places = replace(pen.printer, habits=replace(pen.habits, entries="subscripts"))
    return pen.say("network.numbered", number=pen.entry(table, 1, 0), place=places.plain(Entry(table, 1, 0)))


def _loss(pen: Pen) -> str:
    """What leads to the loss: for one target the logarithm of its probability, else the loss's name."""
    loss = pen.study.network.loss
    if isinstance(loss, CrossEntropy) and isinstance(loss.target, int) and not loss.label_smoothing:
        return inline(row(MINUS, LOG, pen.entry(PROBABILITIES, loss.target)))
    return noun(pen, loss.kind)


def _target(pen: Pen) -> int:
    loss = pen.study.network.loss
    assert isinstance(loss, CrossEntropy) and isinstance(loss.target, int)
    return loss.target


def _tensor(pen: Pen, name: str, batch: bool = True) -> TensorPicture:
    """A tensor's outline: its last two axes, the others one behind the other; of a large one in proportion."""
    shape = pen.shapes[name]
    image = shape[1:] if batch and pen.study.network.batch and len(shape) > 1 else shape
    rows, columns = pen.size(image[-2:])
    scale = min(1.0, MOST_CELLS / max(rows, columns))
    return TensorPicture(
        pen.letter(name), pen.shape(name), max(1, round(scale * rows)), max(1, round(scale * columns)), prod(image[:-2])
    )


def symbols(pen: Pen) -> tuple[tuple[Math, Math, Rich, Rich], ...]:
    """(symbol, shape, meaning, where it is defined) in forward order."""
    say, given = pen.say, pen.say("network.given")
    first = pen.study.network.input.name
    rows = [(pen.letter(first), pen.shape(first), say("symbol.input"), given)]
    for stage in pen.study.stages:
        for role, tensor in stage.operation.roles:
            if role in ("weight", "bias"):
                rows.append((pen.letter(tensor), pen.shape(tensor), say(f"symbol.{stage.kind}_{role}"), given))
        if stage.output not in (PROBABILITIES, LOSS):
            text = say(f"symbol.{_kind(pen, stage)}", input=pen.letter(stage.input))
            symbol = pen.letter(stage.output)
            if single_winner(pen, stage):
                symbol, text = row(symbol, COMMA, THICK, PLACE), say("symbol.pool_place")
            rows.append((symbol, pen.shape(stage.output), text, f"({pen.marks['fw', stage.output]})"))
    for name in (PROBABILITIES, TARGET, LOSS):
        where = given if name == TARGET else f"({pen.marks['fw', name]})"
        rows.append((letter(name), pen.shape(name), say(f"symbol.{name}"), where))
    return (*rows, *([(ALPHA, extents((1, 1)), say("symbol.alpha"), given)] if pen.study.parameters else []))


def _numbers(pen: Pen) -> tuple[Block, ...]:
    say, values, study = pen.say, pen.study.exact_values, pen.study
    lines: list[Line] = []
    for name in (study.network.input.name, *study.parameters):
        left, right = pen.letter(name), equals(pen.exact(values[name], upright=True))
        last = row(lines[-1].lhs, lines[-1].rhs) if lines else EMPTY
        if lines and letters(last) + letters(row(left, right)) < COLUMN - 6:
            lines[-1] = replace(lines[-1], rhs=row(lines[-1].rhs, COMMA, QQUAD, left, right))
        else:
            lines.append(Line(left, right))
    chain = chained(lines)
    truth = pen.exact(values[TARGET])
    target = say("network.target", target=pen.number(_target(pen)), truth=truth)
    return chain, Paragraph(say.join([target, rate(pen)]))


def rate(pen: Pen) -> str:
    """The learning rate, where there is something to learn."""
    text = number(exact(pen.study.network.learning_rate))
    return pen.say("any.rate", rate=text) if pen.study.parameters else ""
