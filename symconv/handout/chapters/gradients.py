"""Part 3 for any network: each kind of layer is derived line by line; a later one that differs in names and constants
only, by its result."""

from symconv.derivation.index import MaxOver
from symconv.derivation.pattern import pattern
from symconv.derivation.tensors import is_copy, original
from symconv.derivation.traits import has_kink
from symconv.formula.compose import equals
from symconv.formula.width import letters
from symconv.handout.chains import COLUMN, chained, in_lines
from symconv.handout.chapters.backward import end, letters_of_gradients
from symconv.handout.document import Block, Bullets, Line, Paragraph, Part, Passage
from symconv.handout.pen import Pen
from symconv.handout.shown import numbers
from symconv.worked.stages import COPIES, LOSS, Stage


def chapter(pen: Pen) -> Part:
    say = pen.say
    blocks: list[Block] = []
    seen: dict[str, str] = {}
    for stage in reversed(pen.study.stages):
        for tensor in pen.derived(stage):
            if tensor in pen.study.derivations:
                blocks.append(_step(pen, stage, tensor, seen))
    intro = say("any.backward_brief" if pen.options.brief else "any.backward", end=end(pen))
    again = say("any.only_result") if len(seen) < len(blocks) else ""
    first = Paragraph(say.join([intro, again]))
    return Part(3, say("part.backward"), (first, *_conventions(pen), *letters_of_gradients(pen), *blocks))


def _conventions(pen: Pen) -> tuple[Block, ...]:
    keys = dict.fromkeys(kink(s) for s in pen.study.stages if has_kink(s.operation.equation.value))
    items = tuple(pen.say(f"backward.{key}") for key in keys)
    return (Paragraph(pen.say("backward.kinks"), keep=True), Bullets(items)) if items else ()


def kink(stage: Stage) -> str:
    """The key of the sentence on the derivative where the layer has none."""
    return "kink_max" if stage.operation.equation.value.has(MaxOver) else f"kink_{stage.kind}"


def _step(pen: Pen, stage: Stage, tensor: str, seen: dict[str, str]) -> Passage:
    d = pen.study.derivations[tensor]
    # an axis of one entry, a stride or a padding changes more than constants: it is derived by itself
    key = pattern(stage.operation, (d,), {}, constants=False)
    mark = pen.marks["bw", tensor]
    if key in seen:
        lines = result(pen, tensor, mark)
        blocks: tuple[Block, ...] = (Paragraph(pen.say("any.as_before", mark=seen[key])), chained(lines))
    else:
        blocks = (chained(pen.chain(d, mark)),)
        seen[key] = mark
    values = pen.study.gradients_to_show[tensor]
    shown = numbers(pen, tensor, values, "bw", pen.printer.gradient_of(tensor))
    return Passage(
        _title(pen, stage, tensor), (*blocks, chained(shown)), (pen.letter(original(stage.output)),), "bw", tensor
    )


def result(pen: Pen, tensor: str, mark: str) -> tuple[Line, ...]:
    """The last line of a derivation alone."""
    d = pen.study.derivations[tensor]
    left = pen.printer(d.entry)
    return in_lines(left, pen.printer.broken(d.equation.value, COLUMN - letters(equals(left))), mark=mark)


def _title(pen: Pen, stage: Stage, tensor: str) -> str:
    say = pen.say
    name = pen.letter(original(tensor))
    if stage.output == LOSS:
        return say("any.from_loss", input=name)
    if stage.kind == COPIES:
        return say("any.copies", input=name)
    if tensor in stage.parameters:
        if is_copy(tensor):
            return say("any.held", parameter=name, output=pen.letter(original(stage.output)))
        return say("backward.parameter", parameter=name)
    key = "any.along" if is_copy(tensor) else "any.through"
    return say(key, layer=say(f"layer.{stage.kind}"), output=pen.letter(original(stage.output)), input=name)
