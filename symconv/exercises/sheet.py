"""The handout with blanks: what a student computes on one network, step by step, and the same worked out."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from symconv.derivation.tensors import gradient, original, updated
from symconv.errors import NotSupported, SpecError
from symconv.exercises.drawn import BlankAnswer, DrawnNumber, Numbering
from symconv.exercises.tasks import ENTRIES, PRODUCTS, WHOLE, Tasks
from symconv.formula.compose import EMPTY, equals, vector
from symconv.formula.nodes import row
from symconv.handout.chains import chained
from symconv.handout.chapters import (
    backward as chapter_backward,
    forward as chapter_forward,
    learning as chapter_learning,
    network as chapter_network,
)
from symconv.handout.document import (
    Asked,
    Block,
    Chain,
    Document,
    FigureRow,
    Line,
    Paragraph,
    Part,
    Passage,
    Room,
    symbol_table,
)
from symconv.handout.handout import DRAWN, built_in, by_hand
from symconv.handout.numerals import number
from symconv.handout.options import PLAIN, Options
from symconv.handout.pen import Pen, single_winner
from symconv.handout.pictures import NetworkPicture, OperationPicture
from symconv.handout.symbols import PLACE
from symconv.networks.network import CrossEntropy, shapes
from symconv.text.prose import prose
from symconv.text.rich_text import literal
from symconv.worked.derived import Derived
from symconv.worked.exactness import why_not
from symconv.worked.numbers import number as exact
from symconv.worked.stages import COPIES, LOSS, PROBABILITIES, TARGET, Stage

LEVELS = (PRODUCTS, ENTRIES, WHOLE)
MOST = 400  # blanks of a sheet
WORK = 55  # mm to work on, where nothing between is asked for


@dataclass(frozen=True)
class Sheet:
    """A document with the numbers that are put into it and the answers that its blanks ask for, each by its place."""

    document: Document
    drawn: tuple[DrawnNumber, ...]
    answers: tuple[BlankAnswer, ...]


def sheet(
    study: Derived, language: str, level: int, solved: bool, options: Options = PLAIN, heading: tuple[str, ...] = ()
) -> Sheet:
    """The exercise of a level, or its solution with every number between; `heading`: what stands below the title, such
    as a student's name. The solution is the same for every level. Its numbers are those of no network yet.

    NotSupported for a network that is not worked by hand, and for a level that asks too much of it.
    """
    refuse(study, level)
    pen = Pen(study, prose(language), options)
    writer = _ExerciseWriter(pen, Tasks(pen, Numbering(), level, solved))
    parts = (writer.network(), writer.forward(), writer.backward(), writer.learning())
    say, numbering = pen.say, writer.tasks.numbering
    if len(numbering.answers) > MOST:
        raise NotSupported(f"level {level} asks for {len(numbering.answers)} numbers of {study.network.name}, more than"
                           f" {MOST}\n  give a higher level, or a smaller network")  # fmt: skip
    kind = "solution" if solved else "exercise"
    name = literal(options.title) or _title(pen, kind)
    subtitle = say("exercise.solved" if solved else f"exercise.level{level}")
    line = (study.network.input.name, *(each.name for each in study.network.tensors), *(s.output for s in study.stages))
    document = Document(
        name, subtitle, language, tuple(map(pen.letter, line)), parts, (*options.heading, *heading),
        author=literal(options.author), running=" ".join(heading), blanks=tuple(a.label for a in numbering.answers),
    )  # fmt: skip
    return Sheet(document, tuple(numbering.drawn), tuple(numbering.answers))


def _title(pen: Pen, kind: str) -> str:
    what = (
        pen.say("exercise.built_in")
        if built_in(pen)
        else pen.say("exercise.named", name=literal(pen.study.network.name))
    )
    return pen.say(f"exercise.{kind}", what=what)


def refuse(study: Derived, level: int) -> None:
    """SpecError or NotSupported, where there is no such exercise."""
    if level not in LEVELS:
        raise SpecError(f"--level: {level} does not fit\n  give {', '.join(map(str, LEVELS[:-1]))} or {LEVELS[-1]}")
    if not by_hand(study):
        raise NotSupported(
            f"{study.network.name}: there is no exercise for this network: {'; '.join(_reasons(study))}\n"
            "  there is one for a single image without channels through conv, relu, max_pool, global_max_pool and"
            " linear layers to the cross entropy of one target, with few enough products"
        )


def _reasons(study: Derived) -> Iterator[str]:
    """What of a network no exercise has."""
    network, loss = study.network, study.network.loss
    if network.batch:
        yield "its input is a batch"
    for tensor, shape in shapes(network).items():
        if len(shape) - (network.batch and tensor not in study.parameters) > 2:
            yield f"it has channels, or more than rows and columns ({tensor} is {'x'.join(map(str, shape))})"
            break
    if network.tensors:
        yield f"{network.tensors[0].name} is given besides its input"
    shared = [t for s in study.stages if s.kind == COPIES and (t := original(s.output)) in study.parameters]
    if shared and not network.tensors:
        yield f"{shared[0]} is held by several layers"
    others = [f"{x.name} ({x.kind})" for x in network.layers if x.kind not in DRAWN]
    if others:
        kind = "is another kind of layer" if len(others) == 1 else "are other kinds of layers"
        yield f"{', '.join(others)} {kind}"
    if not isinstance(loss, CrossEntropy):
        yield f"its loss is {loss.kind}"
    elif loss.target is None:
        yield "its target is given by probabilities"
    if isinstance(loss, CrossEntropy) and loss.label_smoothing:
        yield "its target is smoothed (label_smoothing)"
    if not others and (why := why_not(study.stages)):
        yield why


@dataclass(frozen=True)
class _ExerciseWriter:
    pen: Pen
    tasks: Tasks

    @property
    def brief(self) -> bool:
        return self.pen.options.brief

    @property
    def told(self) -> bool:
        """Whether each step is laid out, with its equation."""
        return self.tasks.solved or self.tasks.level != WHOLE

    # ------------------------------------------------------------------------------------------------ the network
    def network(self) -> Part:
        pen, say = self.pen, self.pen.say
        boxes = say("exercise.boxes" if self.tasks.level == PRODUCTS else "exercise.box")
        how = () if self.tasks.solved else (Paragraph(say.join([boxes, say("exercise.how")])),)
        told = [say("exercise.notation", indices=chapter_network.indices_told(pen))] if self.brief else []
        notation = Paragraph(say.join([*told, say("exercise.logarithm")]))
        note = say("network.symbols_note", indices=chapter_network.indices_told(pen))
        table = symbol_table(chapter_network.symbols(pen), note)
        blocks: tuple[Block, ...] = (
            Paragraph(chapter_network.intro(pen)),
            FigureRow((self._picture(),)),
            *(() if self.brief else (Passage(say("network.symbols"), (table,)),)),
            Passage(say("network.numbers"), (*self._given(), notation, *how)),
        )
        return Part(1, say("part.network"), blocks)

    def _picture(self) -> NetworkPicture:
        """The network's picture, which names no class: the target differs from one network of the shape to the next."""
        picture = chapter_network.picture(self.pen)
        loss = OperationPicture(self.pen.say("layer.cross_entropy"))
        return replace(picture, operations=(*picture.operations[:-1], loss))

    def _given(self) -> tuple[Block, ...]:
        pen, study = self.pen, self.pen.study
        further = (each.name for each in study.network.tensors if not each.learns)
        names = (study.network.input.name, *further, *study.parameters)
        lines = tuple(Line(pen.letter(t), equals(self.tasks.table(t, pen.shapes[t], given=True))) for t in names)
        classes = pen.shapes[TARGET][0]
        truth = vector(self.tasks.number(TARGET, (k,)) for k in range(classes))
        rate = number(exact(study.network.learning_rate))
        target = self.tasks.target()
        return Chain(lines), Paragraph(pen.say("network.target", target=target, truth=truth, rate=rate))

    # ------------------------------------------------------------------------------------------------ forward
    def forward(self) -> Part:
        stages = self.pen.study.stages
        if self.told:
            blocks: tuple[Block, ...] = tuple(self._stage(s) for s in stages)
        else:
            lines = tuple(self.tasks.whole(t) for t in (PROBABILITIES, LOSS))
            equations = (line for s in self.pen.study.stages for line in self._definition(s))
            blocks = (
                chained(equations),
                Paragraph(self.pen.say("exercise.forward")),
                Room(WORK),
                Asked(lines),
            )
        return Part(2, self.pen.say("part.forward"), blocks)

    def _stage(self, stage: Stage) -> Passage:
        pen = self.pen
        kind = "loss" if stage.output == LOSS else stage.kind
        equation = chained(self._definition(stage))
        asked = Asked((*self.tasks.of(stage), *self.tasks.place(stage)))
        return Passage(pen.say(f"forward.{kind}"), (equation, asked), (pen.letter(stage.output),))

    def _definition(self, stage: Stage) -> tuple[Line, ...]:
        return (chapter_forward.definition(self.pen, stage, ""), *self._place(stage))

    def _place(self, stage: Stage) -> tuple[Line, ...]:
        """The winner's place, where it has a name: the way back needs it."""
        if not single_winner(self.pen, stage):
            return ()
        return (Line(PLACE, row(*map(equals, chapter_forward.winner(self.pen, stage)))),)

    # ------------------------------------------------------------------------------------------------ backward
    def backward(self) -> Part:
        pen = self.pen
        if self.told:
            blocks: tuple[Block, ...] = (*chapter_backward.letters_of_gradients(pen), *self._gradients())
        else:
            blocks = (Paragraph(pen.say("exercise.backward")), *self._wholes())
        return Part(3, pen.say("part.backward"), blocks)

    def _gradients(self) -> Iterator[Block]:
        pen = self.pen
        for stage in reversed(pen.study.stages):
            for tensor in pen.derived(stage):
                if tensor != pen.study.network.input.name:  # nothing learns from it
                    d = pen.study.derivations[tensor]
                    lines = pen.chain(d, pen.marks["bw", tensor])
                    result = Line(
                        pen.printer(d.entry), equals(self.tasks.printer(d.equation.value)), mark=lines[-1].mark
                    )
                    blocks = (chained((result,) if self.brief else lines), Asked(self.tasks.tensor(d.equation)))
                    yield Passage(chapter_backward.title(pen, stage, tensor), blocks, (pen.letter(stage.output),), "bw")

    def _wholes(self) -> Iterator[Block]:
        for parameter in reversed(self.pen.study.parameters):
            yield Room(WORK)
            yield Asked((self.tasks.whole(gradient(parameter)),))

    # ------------------------------------------------------------------------------------------------ learning
    def learning(self) -> Part:
        pen, say = self.pen, self.pen.say
        updates = tuple(line for p in pen.study.parameters for line in self._update(p))
        after = [s.output for s in pen.study.stages] if self.told else [LOSS]
        again = tuple(self.tasks.whole(updated(t)) for t in after)
        room = () if self.told else (Room(WORK),)
        blocks = (
            Passage(say("learning.update"), (Paragraph(say("learning.update_text")), *room, Asked(updates))),
            Passage(
                say("learning.again"), (Paragraph(say("exercise.again")), *room, Asked(again)), (pen.letter(LOSS),)
            ),
        )
        return Part(4, say("part.learning"), blocks)

    def _update(self, p: str) -> tuple[Line, ...]:
        whole = self.tasks.whole(updated(p))
        rule = chapter_learning.descent(self.pen.letter(p))
        return Line(whole.lhs, rule, mark=self.pen.marks["up", p]), Line(EMPTY, whole.rhs)
