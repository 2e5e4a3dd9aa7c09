"""Part 3: the backward pass, from the loss to the first kernel, every line with its rule, then the numbers."""

from dataclasses import replace

from sympy import Expr, Mul

from symconv.derivation.derivation import Derivation
from symconv.derivation.index import Entry, Iverson, Sum, Winner
from symconv.derivation.tensors import is_copy, is_gradient
from symconv.formula.compose import (
    ABOUT,
    COMMA,
    EMPTY,
    EQUALS,
    MINUS,
    equals,
    fenced,
    listed,
    numeral,
    whole,
)
from symconv.formula.nodes import Matrix, row, walk
from symconv.formula.width import letters
from symconv.handout.applied import LOG
from symconv.handout.chains import COLUMN, chained
from symconv.handout.chapters.first_parameter import all_entries, first_entry
from symconv.handout.document import Block, Bullets, FigureRow, Line, Paragraph, Part, Passage
from symconv.handout.numerals import decimal
from symconv.handout.pen import Pen, single_winner
from symconv.handout.pictures import (
    BackLink,
    BackNode,
    BackParameter,
    BackwardPicture,
    Math,
)
from symconv.handout.symbols import PLACE, delta
from symconv.text.rich_text import inline
from symconv.worked.stages import LOSS, PROBABILITIES, Stage
from symconv.worked.winners import winners

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
            blocks += first_entry(pen, stage)
        for tensor in pen.derived(stage):
            blocks.append(_step(pen, stage, tensor))
            if stage == first and stage.kind == "conv" and tensor == stage.parameters[0]:
                blocks.append(all_entries(pen, stage))
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
