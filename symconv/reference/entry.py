"""What is told of one layer or one loss, all of it made of its example: the equations as they are derived, its options
as its class has them, and of what is refused the message itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from symconv.derivation.derivation import Derivation
from symconv.derivation.tensors import is_copy, original
from symconv.derivation.traits import has_kink
from symconv.errors import Broken, Fault, SymconvError
from symconv.formula.compose import vector
from symconv.formula.nodes import Node
from symconv.handout.chapters.gradients import kink
from symconv.handout.chapters.layers import words
from symconv.handout.pen import Pen
from symconv.handout.printer import Printer
from symconv.handout.told import facts, noun
from symconv.networks.network import Network, from_text
from symconv.reference.examples import EXAMPLES, INPUT, REFUSED, Change, Example
from symconv.reference.options import USAGE, LayerKey, options
from symconv.reference.torch_names import names_of
from symconv.text.prose import Prose
from symconv.worked.derived import Derived, derived
from symconv.worked.stages import LOSS, PROBABILITIES, Stage, stages_of


@dataclass(frozen=True)
class Equality:
    """`left = right`."""

    left: Node
    right: Node


@dataclass(frozen=True)
class Brief:
    """A layer on one line: its key in a file, what it is called, and its equation in the example."""

    kind: str
    noun: str
    equation: Equality


@dataclass(frozen=True)
class Reference:
    """All of it. `told`, `usage` and `kinks` are rich text; `shapes` are those of the tensors, `extents` what follows
    of them; `gradients` are the last lines of the derivations; `refused` pairs a line of a file with what is said of
    it."""

    kind: str
    noun: str
    told: str
    equations: tuple[Equality, ...]
    shapes: tuple[Equality, ...]
    extents: tuple[Equality, ...]
    gradients: tuple[Equality, ...]
    kinks: tuple[str, ...]
    usage: str
    options: tuple[tuple[LayerKey, tuple[Node, ...]], ...]  # with the letters that it has in the equations
    refused: tuple[tuple[str, str], ...]
    torch: tuple[str, ...]
    example: str


def brief(kind: str, say: Prose) -> Brief:
    """With the example's own numbers put in; only the forward pass is composed."""
    example, network = _network(kind)
    pen = Pen(Derived(network, stages_of(network), {}, {}), say)
    stage = _stages(pen, example)[-1]
    equation = pen.equations[stage.output]
    return Brief(kind, noun(pen, kind), Equality(pen.printer(equation.entry), pen.printer(equation.value)))


def entry(kind: str, say: Prose) -> Reference:
    """For any sizes; its sentences in the language of `say`."""
    example, network = _network(kind)
    pen = Pen(derived(network), say)
    stages = _stages(pen, example)
    printer = _general(pen)
    last = stages[-1].operation
    own_first = stages if example.of_loss else [stages[-1], *stages[:-1]]
    told = dict.fromkeys((key, stage) for stage in own_first for key in facts(pen, stage))
    kinks = dict.fromkeys(kink(s) for s in stages if has_kink(s.operation.equation.value))
    return Reference(
        kind, noun(pen, kind),
        say.join(say(f"told.{key}", **words(pen, stage)) for key, stage in told),
        tuple(_equality(printer, s.operation.equation) for s in stages),
        tuple(dict.fromkeys(
            Equality(printer.names(original(t)), vector(map(printer, shape))) for t, shape in last.shapes if shape
        )),
        tuple(Equality(printer(n), Printer({}, floors=True)(value)) for n, value in last.derived),
        tuple(_equality(printer, d.equation) for d in _derivations(pen, example, stages)),
        tuple(say(f"backward.{key}") for key in kinks),
        say.join(say(f"usage.{key}") for key in USAGE.get(kind, ())),
        tuple((option, _letters(stages[-1], option, printer)) for option in options(kind, say, _plain(example))),
        tuple(_refused(example, change) for change in REFUSED.get(kind, ())),
        names_of(kind), example.text(),
    )  # fmt: skip


def _network(kind: str) -> tuple[Example, Network]:
    example = EXAMPLES[kind]
    return example, from_text(example.text(), kind)


def _general(pen: Pen) -> Printer:
    """Prints equations for any sizes: an axis that has one entry in the example is there."""
    return Printer({}, frozenset(pen.study.parameters), names=pen.letter)


def _equality(printer: Printer, equation: Any) -> Equality:
    return Equality(printer(equation.entry), printer(equation.value))


def _stages(pen: Pen, example: Example) -> list[Stage]:
    """Those of what it is an example of, in forward order."""
    of_loss = (LOSS, PROBABILITIES)
    told = (s for s in pen.study.stages if not is_copy(s.output) and not _is_sum_of_copies(s))
    return [s for s in told if (s.output in of_loss) == example.of_loss]


def _is_sum_of_copies(stage: Stage) -> bool:
    """Whether the stage only hands a tensor to its readers."""
    return any(is_copy(t) for t in stage.operation.outputs)


def _derivations(pen: Pen, example: Example, told: list[Stage]) -> Iterator[Derivation]:
    """In the order of the way back: of a tensor that several read, the gradients of the copies, then their sum."""
    for stage in reversed(pen.study.stages):
        if stage in told or (_is_sum_of_copies(stage) and not example.of_loss):
            yield from (pen.study.general[t] for t in pen.derived(stage) if t in pen.study.general)


def _letters(stage: Stage, option: LayerKey, printer: Printer) -> tuple[Node, ...]:
    """What an option is called in the equation."""
    return tuple(map(printer, dict(stage.operation.options).get(option.key, ())))


def _plain(example: Example) -> object:
    """The layer, or the loss, with no stride given: what then stands in its place, as in that of other options."""
    network = from_text(example.without("stride").text(), example.kind)
    return network.loss if example.of_loss else network.layers[0]


def _refused(example: Example, change: Change) -> tuple[str, str]:
    """The line, and the first thing that is said of it: what is wrong, and what would work."""
    table, key, value = change
    line = f"{table} {key} = {value}" if table == INPUT else f"{key} = {value}"
    try:
        derived(from_text(example.with_line(*change).text(), example.kind)).require_domains()
    except SymconvError as error:
        return line, _said(error.faults[0], key)
    raise Broken(f"reference of {example.kind}: {line} is not refused\n  take it out of REFUSED")


def _said(fault: Fault, key: str) -> str:
    """On one line; the place where it is another key than that of the line."""
    place = fault.place.rpartition(".")[2] if "(" not in fault.place else ""
    lines = str(Fault("" if place.startswith(key) else place, fault.problem, fault.remedy)).splitlines()
    return "; ".join(line.strip() for line in lines)
