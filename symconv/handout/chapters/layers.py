"""Parts 1 and 2 for any network: its tensors, the given numbers, and the forward pass layer by layer."""

import math

from symconv.derivation.tensors import is_copy, original
from symconv.formula.compose import COMMA, EMPTY, QQUAD, equals, in_turn, listed, whole
from symconv.formula.nodes import row
from symconv.formula.width import LETTER, letters
from symconv.handout.chains import chained
from symconv.handout.chapters.network import indices_told, picture, rate, straight
from symconv.handout.document import Block, Column, FigureRow, Line, Paragraph, Part, Passage, Table
from symconv.handout.figures.chain import in_rows
from symconv.handout.layout import PAGE
from symconv.handout.numerals import extents, number
from symconv.handout.pen import Pen
from symconv.handout.pictures import Math, Rich
from symconv.handout.places import before_and_after
from symconv.handout.shown import numbers, side_by_side
from symconv.handout.sliding import sliding
from symconv.handout.symbols import ALPHA, letter
from symconv.handout.told import as_it_is, each, facts, loss_as_it_is, noun
from symconv.networks.layers.resampling import ROLES
from symconv.networks.losses import CrossEntropy
from symconv.worked.numbers import number as exact
from symconv.worked.stages import LOSS, PROBABILITIES, TARGET, Stage

MARK, TEXT = 14, 32  # mm of the last column, and of words at least
LAST = Column(MARK, soft=True)
OF_KIND = {"bias": "bias_layer"}  # a kind that is also a role
MOST_CLASSES = 8  # of a batch that are told
MOST_RANGES = 4  # of indices, on one line
GIVEN = ("weight", "bias", "constant", *ROLES)  # roles of what stands among the given numbers
STATISTICS = ("mean", "variance")  # operands of batch norm that are given, or made of the batch


def chapter_network(pen: Pen) -> Part:
    say = pen.say
    note = say("any.symbols_note", indices=indices_told(pen))
    blocks: tuple[Block, ...] = (
        Paragraph(_intro(pen)),
        *((FigureRow((row,)) for row in in_rows(picture(pen))) if straight(pen) else ()),
        Passage(
            say("network.symbols"),
            (symbol_table(_rows(pen), note),),
        ),
        Passage(say("network.numbers"), (_given(pen), Paragraph(_last(pen)))),
    )
    return Part(1, say("part.network"), blocks)


def symbol_table(rows: tuple[tuple[Math, Math, Rich, Rich], ...], note: Rich) -> Table:
    """The symbols in columns as wide as the widest of them and of their shapes; the words have what is left."""
    room = PAGE.main - MARK - TEXT
    formulas = [row[0] for row in rows], [row[1] for row in rows]
    symbol, shape = (max(20, math.ceil(LETTER * max(map(letters, column))) + 2) for column in formulas)
    symbol = min(symbol, room - min(shape, room // 2))
    shape = min(shape, room - symbol)
    columns = Column(symbol, math=True), Column(shape, math=True), Column(PAGE.main - MARK - symbol - shape), LAST
    return Table(columns, rows, note=note, ruled=True)


def _intro(pen: Pen) -> str:
    count = len(pen.study.network.layers)
    return pen.say(
        "any.intro" if count != 1 else "any.intro_single", layers=count, input=pen.letter(pen.study.network.input.name)
    )


def stages_to_tell(pen: Pen) -> list[Stage]:
    """The stages that have something to say forward: a copy is the tensor itself."""
    return [s for s in pen.study.stages if not is_copy(s.output)]


def _rows(pen: Pen) -> tuple[tuple[Math, Math, Rich, Rich], ...]:
    """(symbol, shape, meaning, where it is defined) in forward order."""
    say, given = pen.say, pen.say("network.given")
    name = pen.study.network.input.name
    rows = [(pen.letter(name), _shape(pen, name), say("symbol.input"), given)]
    for each_ in pen.study.network.tensors:
        text = say("meaning.weight" if each_.learns else "symbol.further")
        rows.append((pen.letter(each_.name), _shape(pen, each_.name), text, given))
    known = {s.output for s in pen.study.stages} | {name, *(x.name for x in pen.study.network.tensors)}
    for stage in stages_to_tell(pen):
        for role, tensor in stage.operation.roles:
            if role in (*GIVEN, *STATISTICS) and original(tensor) not in known:
                rows.append(
                    (
                        pen.letter(original(tensor)),
                        _shape(pen, original(tensor)),
                        say(f"meaning.{role if role not in STATISTICS else each(pen, role, stage.input)}"),
                        given,
                    )
                )
        kind = OF_KIND.get(stage.kind) or _sided(pen, stage) or as_it_is(pen, stage)
        kind = f"batch_{kind}" if stage.kind in STATISTICS else kind  # made of the batch, not given
        text = say(f"meaning.{kind}", **words(pen, stage))
        rows.append((pen.letter(stage.output), _shape(pen, stage.output), text, f"({pen.marks['fw', stage.output]})"))
    if TARGET in pen.study.given:
        rows.append((letter(TARGET), _shape(pen, TARGET), say("meaning.target"), given))
    return (*dict.fromkeys(rows), *([(ALPHA, whole(1), say("symbol.alpha"), given)] if pen.study.parameters else []))


def _sided(pen: Pen, stage: Stage) -> str:
    """A matrix product that has its input on the right; "" for all else."""
    return "matmul_left" if stage.kind == "matmul" and getattr(pen.layer(stage), "left", False) else ""


def words(pen: Pen, stage: Stage) -> dict[str, Math]:
    """What a sentence about a stage may name."""
    named = {role: pen.letter(original(tensor)) for role, tensor in stage.operation.roles}
    parts = listed((pen.letter(original(t)) for t in stage.operation.operands), COMMA)
    second = next((named[role] for role in ("other", "weight", "constant") if role in named), EMPTY)
    own = {"output": pen.letter(stage.output), "number": pen.letter.number, "parts": parts}
    return {"weight": EMPTY, "other": second, **named, **own}


def _shape(pen: Pen, tensor: str) -> Math:
    return extents(pen.shapes[tensor] or (1,))


def _given(pen: Pen) -> Block:
    return chained(side_by_side(line for name, x in pen.study.given.items() for line in numbers(pen, name, x)))


def _last(pen: Pen) -> str:
    how = pen.say(f"any.{loss_as_it_is(pen)}")
    return pen.say.join([how, _classes(pen), _smoothing(pen), rate(pen)])


def _classes(pen: Pen) -> str:
    """The class, or the classes, that are the truth; "" where it is no class, or there are many."""
    loss = pen.study.network.loss
    if not isinstance(loss, CrossEntropy):
        return ""
    classes = (loss.target,) if isinstance(loss.target, int) else loss.target or ()
    if not 0 < len(classes) <= MOST_CLASSES:
        return ""
    key = "any.target" if len(classes) == 1 else "any.targets"
    return pen.say(key, target=", ".join(str(pen.number(k)) for k in classes))


def _smoothing(pen: Pen) -> str:
    """What label smoothing takes from the target, where there is some."""
    loss = pen.study.network.loss
    if not isinstance(loss, CrossEntropy) or not loss.label_smoothing:
        return ""
    share, classes = number(exact(loss.label_smoothing)), pen.shapes[TARGET][-1]
    return pen.say("any.smoothing" if classes > 1 else "any.smoothing_of_one", share=share, classes=classes)


def chapter_forward(pen: Pen) -> Part:
    told: set[str] = set()
    drawn: set[str] = set()
    held: set[str] = set()
    steps: list[Block] = [] if pen.study.exact else [Paragraph(pen.say("any.rounded"))]
    for stage in stages_to_tell(pen):
        new = [key for key in facts(pen, stage) if key not in told]
        again = pen.say("any.held_before", **words(pen, stage)) if held & {*map(original, stage.parameters)} else ""
        held |= {*map(original, stage.parameters)}
        figure = () if stage.kind in drawn else before_and_after(pen, stage)
        steps.append(_step(pen, stage, new, again, figure))
        told.update(new)
        drawn |= {stage.kind} if figure else set()
    return Part(2, pen.say("part.forward"), tuple(steps))


def _step(pen: Pen, stage: Stage, new: list[str], again: str, figure: tuple[Block, ...]) -> Passage:
    """The layer's equation with its constants, and its numbers; what is `new` about it is told first, and whether its
    parameters stood in a layer before. The figure of a kind stands with its first layer."""
    equation = pen.equations[stage.output]
    free = pen.indices_of(equation)
    right = equals(pen.bounded(equation.value))
    lines = [Line(pen.printer(equation.entry), right, "", pen.marks["fw", stage.output])]
    some = (free[k : k + MOST_RANGES] for k in range(0, len(free), MOST_RANGES))
    lines += [Line(EMPTY, row(QQUAD, in_turn(ranges)), continued=True) for ranges in some]
    values = pen.study.values_to_show[stage.output]
    lines += numbers(pen, stage.output, values, "res", below=lines[0].lhs)
    told = pen.say.join([*(pen.say(f"told.{key}", **words(pen, stage)) for key in new), again])
    blocks: tuple[Block, ...] = (*([Paragraph(told, keep=True)] if told else []), chained(lines))
    blocks += tuple(sliding(pen, stage, pen.window(stage))) if stage.kind == "conv" else figure
    called = noun(pen, stage.kind)
    title = pen.say("any.step", layer=called, output=pen.letter(stage.output))
    shown = stage.output in (LOSS, PROBABILITIES)
    title = called[:1].upper() + called[1:] if shown else title
    return Passage(title, blocks, (pen.letter(stage.output),), tensor=stage.output)
