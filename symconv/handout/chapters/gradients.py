"""Part 3 for any network: each kind of layer is derived line by line; a later one that differs in names and constants
only, by its result."""

from dataclasses import dataclass, replace

from symconv.derivation.derivation import Derivation
from symconv.derivation.index import MaxOver
from symconv.derivation.pattern import pattern
from symconv.derivation.tensors import is_copy, original, reader
from symconv.derivation.traits import has_kink
from symconv.formula.compose import COMMA, equals, listed
from symconv.formula.width import letters
from symconv.handout.chains import COLUMN, chained, in_lines
from symconv.handout.chapters.backward import end, letters_of_gradients
from symconv.handout.document import Block, Bullets, Line, Paragraph, Part, Passage
from symconv.handout.pen import Pen
from symconv.handout.places import back_again
from symconv.handout.shown import numbers
from symconv.worked.stages import COPIES, LOSS, Stage

MOST_NAMED = 12  # of the tensors without a gradient


def chapter(pen: Pen) -> Part:
    say = pen.say
    blocks: list[Block] = []
    seen: dict[str, Earlier] = {}
    drawn: set[str] = set()
    for stage in reversed(pen.study.stages):
        for tensor in pen.derived(stage):
            if tensor in pen.study.derivations:
                figure = () if stage.kind in drawn else back_again(pen, stage, tensor)
                blocks.append(_step(pen, stage, tensor, seen, figure))
                drawn |= {stage.kind} if figure else set()
    intro = say("any.backward_brief" if pen.options.brief else "any.backward", end=end(pen))
    again = say("any.only_result") if len(seen) < len(blocks) else ""
    first = Paragraph(say.join([intro, again, _copies_told(pen), _unreached(pen)]))
    return Part(3, say("part.backward"), (first, *_conventions(pen), *letters_of_gradients(pen), *blocks))


def _unreached(pen: Pen) -> str:
    """Which tensors have no gradient, by the first of them where they are many; "" where all have one."""
    names = [pen.letter(t) for t in pen.unreached if not is_copy(t) or original(t) not in pen.unreached]
    if not names:
        return ""
    key = "any.unreached" if len(names) <= MOST_NAMED else "any.unreached_many"
    return pen.say(key, tensors=listed(names[:MOST_NAMED], COMMA), count=len(names))


def _copies_told(pen: Pen) -> str:
    """What the name of a copy means, on the first one; "" where there is none."""
    name = next((s.output for s in pen.study.stages if s.kind == COPIES), "")
    if not name:
        return ""
    read_by = pen.letter(reader(name)[0])
    return pen.say("any.copy", copy=pen.letter(name), tensor=pen.letter(original(name)), reader=read_by)


def _conventions(pen: Pen) -> tuple[Block, ...]:
    keys = dict.fromkeys(kink(s) for s in pen.study.stages if pen.derived(s) and has_kink(s.operation.equation.value))
    items = tuple(pen.say(f"backward.{key}") for key in keys)
    return (Paragraph(pen.say("backward.kinks"), keep=True), Bullets(items)) if items else ()


def kink(stage: Stage) -> str:
    """The key of the sentence on the derivative where the layer has none."""
    return "kink_max" if stage.operation.equation.value.has(MaxOver) else f"kink_{stage.kind}"


@dataclass(frozen=True)
class Earlier:
    """A derivation that was printed: the number of its result, and all of it but the tensors' names."""

    mark: str
    whole: str


def _step(pen: Pen, stage: Stage, tensor: str, seen: dict[str, Earlier], figure: tuple[Block, ...]) -> Passage:
    d = pen.study.derivations[tensor]
    mark = pen.marks["bw", tensor]
    key, whole = (COPIES, "") if stage.kind == COPIES else _patterns(stage, tensor, d)
    if key in seen:
        like = "any.the_same" if seen[key].whole == whole else "any.as_before"
        lines = result(pen, tensor, mark)
        blocks: tuple[Block, ...] = (Paragraph(pen.say(like, mark=seen[key].mark)), chained(lines))
    else:
        blocks = (chained(pen.chain(d, mark)),)
        seen[key] = Earlier(mark, whole)
    blocks = (*_shared(pen, stage), *blocks)
    values = pen.study.gradients_to_show[tensor]
    shown = numbers(pen, tensor, values, "bw", pen.printer.gradient_of(tensor))
    blocks = (*blocks, chained(shown), *figure)
    return Passage(_title(pen, stage, tensor), blocks, (pen.letter(original(stage.output)),), "bw", tensor)


def _patterns(stage: Stage, tensor: str, d: Derivation) -> tuple[str, str]:
    """A derivation without the names of its tensors, and without its constants or with them. An axis of one entry, a
    stride or a padding changes more than constants: it is derived by itself."""
    others = (t for t in stage.operation.operands if t != tensor)
    roles = (("own", tensor), *((f"other{k}", t) for k, t in enumerate(others)))
    by_place = replace(stage.operation, roles=roles)  # two addends are alike, whichever is called the input
    without, whole = (pattern(by_place, (d,), {}, constants=constants) for constants in (False, True))
    return without, whole


def _shared(pen: Pen, stage: Stage) -> tuple[Block, ...]:
    """Of a parameter that several layers hold: that its gradient adds over them; of the first one, what that is called
    where the layers are time steps."""
    shared = [s for s in pen.study.stages if s.kind == COPIES and s.input in pen.study.parameters]
    if stage not in shared:
        return ()
    layers = listed((pen.letter(reader(t)[0]) for t in stage.operation.outputs), COMMA)
    text = pen.say("any.one_parameter", parameter=pen.letter(stage.input), layers=layers)
    return (Paragraph(pen.say.join([text, pen.say("any.steps") if stage == shared[-1] else ""])),)


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
        shared = stage.input in pen.study.parameters
        return say("any.shared", parameter=name) if shared else say("any.copies", input=name)
    if tensor in stage.parameters:
        if is_copy(tensor):
            return say("any.held", parameter=name, output=pen.letter(original(stage.output)))
        return say("backward.parameter", parameter=name)
    key = "any.along" if is_copy(tensor) else "any.through"
    return say(key, layer=say(f"layer.{stage.kind}"), output=pen.letter(original(stage.output)), input=name)
