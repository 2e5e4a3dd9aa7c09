"""A study as a handout: the chapters in order, in one language, ready for a writer."""

from collections.abc import Mapping
from dataclasses import replace

from symconv.array import Index
from symconv.code.listing import Emitted
from symconv.derivation.derivation import Derivation
from symconv.derivation.tensors import is_copy, original
from symconv.handout.chains import printed
from symconv.handout.chapters import (
    backward as chapter_backward,
    code as chapter_code,
    forward as chapter_forward,
    general as chapter_general,
    gradients as chapter_gradients,
    layers as chapter_layers,
    learning as chapter_learning,
    network as chapter_network,
    rules as chapter_rules,
    traces as chapter_traces,
)
from symconv.handout.document import Block, Document, Paragraph, Part, Verified
from symconv.handout.explored import explorer
from symconv.handout.options import PLAIN, Options
from symconv.handout.pen import Pen
from symconv.networks.network import CrossEntropy, load, shapes, windows_of
from symconv.text.prose import Prose, prose
from symconv.text.rich_text import literal
from symconv.verification.verify import OWN, Report
from symconv.worked.derived import Derived, rotate_kernels
from symconv.worked.textbook import textbook

Entries = tuple[tuple[str, Index], ...]
DRAWN = ("conv", "relu", "max_pool", "global_max_pool", "linear", "softmax", "cross_entropy")  # kinds with figures
Cases = dict[str, tuple[int, int]]
BUILT_IN = "toy-cnn"
ITEM = r"$\circ$ "


def handout(
    study: Derived, report: Report, emitted: Mapping[str, Emitted], language: str, cases: Cases | None,
    entries: Entries = (), options: Options = PLAIN,
) -> Document:  # fmt: skip
    """The whole handout. `report` is what was verified of the study and, if it has a convolution, of the general one;
    `emitted` the three forms of the code, `cases` what was checked of it; `entries` the entries to trace to the loss,
    by default the first of every parameter. In brief, it has the ends of each derivation, and the code as a loop."""
    say = prose(language)
    pen = Pen(study, say, options)
    own = _drawn(pen) if by_hand(study) and not entries else _any(pen, entries)
    parts = (*own, *(_general(pen, emitted, cases) if convolves(study) else ()))
    parts = (*parts[:-1], _with(parts[-1], (_verified(say, pen, report),)))
    parts += () if options.brief else (chapter_rules.chapter(pen, _shown(pen)),)
    parts = tuple(replace(part, number=k) for k, part in enumerate(parts, start=1))
    name = say("title.main") if built_in(pen) else say("title.named", name=literal(study.network.name))
    name = literal(options.title) or name
    line = tuple(map(pen.letter, _line(study)))
    author = literal(options.author)
    sub = say("title.sub" if study.parameters else "title.sub_fixed")
    return Document(name, sub, language, line, parts, options.heading, author=author)


def _line(study: Derived) -> tuple[str, ...]:
    """The tensors on the way to the loss: what is given, the parameters that several layers hold, every output."""
    outputs = dict.fromkeys(s.output for s in study.stages if not is_copy(s.output))
    further = (each.name for each in study.network.tensors)
    held = (original(s.output) for s in study.stages if is_copy(s.output))
    return tuple(dict.fromkeys((study.network.input.name, *further, *(t for t in held if t not in outputs), *outputs)))


def built_in(pen: Pen) -> bool:
    """Whether the handout is about the network that comes with symconv."""
    return pen.study.network in (load(BUILT_IN), rotate_kernels(load(BUILT_IN)))


def _general(pen: Pen, emitted: Mapping[str, Emitted], cases: Cases | None) -> tuple[Part, ...]:
    """The convolution in code, and with any stride, padding and dilation; both count as the code does, turn no kernel
    and have two dimensions, which is said where the book or the network does otherwise."""
    say, forms = pen.say, chapter_code.FORMS[:1] if pen.options.brief else chapter_code.FORMS
    parts = [chapter_code.chapter(pen, emitted, cases, forms)]
    parts += [] if pen.options.brief else [chapter_general.chapter(say, _simple(pen))]
    reminders = [say("code.from_zero")] if pen.habits.first else []
    reminders += [say("code.not_rotated")] if pen.habits.rotated else []
    windows = windows_of(pen.study.network).values()
    reminders += [say("code.two_dimensions")] if any(len(x.kernel) != 2 for x in windows if not x.transposed) else []
    reminders += [say("code.not_transposed")] if any(x.transposed for x in windows) else []
    reminder = (Paragraph(say.join(reminders)),) if reminders else ()
    return tuple(replace(part, blocks=(*reminder, *part.blocks)) for part in parts)


def _simple(pen: Pen) -> bool:
    """Whether every convolution of the network moves by one, without padding or dilation."""
    convs = [window for window in windows_of(pen.study.network).values() if not window.transposed]
    return all({*x.stride, *x.dilation} == {1} and not any(map(any, x.padding)) for x in convs)


def by_hand(study: Derived) -> bool:
    """Whether every number can be shown and every window drawn: one image without channels, layer after layer."""
    loss = study.network.loss
    single = isinstance(loss, CrossEntropy) and isinstance(loss.target, int) and not loss.label_smoothing
    return (
        single
        and study.exact
        and not study.network.batch
        and not study.network.tensors
        and all(s.kind in DRAWN for s in study.stages)
        and all(len(shape) < 3 for shape in shapes(study.network).values())
    )


def convolves(study: Derived) -> bool:
    """Whether the convolution for any sizes, and its code, belong in the handout."""
    return any(s.kind == "conv" for s in study.stages)


def _drawn(pen: Pen) -> tuple[Part, ...]:
    """Every step with its figures; no update where there is no parameter."""
    back = chapter_backward.chapter(pen)
    return (
        chapter_network.chapter(pen), chapter_forward.chapter(pen), _with(back, explorer(pen)),
        *((chapter_learning.chapter(pen),) if pen.study.parameters else ()),
    )  # fmt: skip


def _with(part: Part, more: tuple[Block, ...]) -> Part:
    return replace(part, blocks=(*part.blocks, *more))


def _any(pen: Pen, entries: Entries) -> tuple[Part, ...]:
    """Each kind of layer once, tensors up to a readable size, and single entries traced: of the parameters, if there
    are some, and whatever entries are asked for."""
    parts = [
        chapter_layers.chapter_network(pen), chapter_layers.chapter_forward(pen), chapter_gradients.chapter(pen),
        *([chapter_traces.chapter(pen, entries)] if entries or pen.study.parameters else []),
    ]  # fmt: skip
    parts[-1] = _with(parts[-1], explorer(pen))
    return (*parts, *((chapter_traces.learning(pen),) if pen.study.parameters else ()))


def _shown(pen: Pen) -> tuple[Derivation, ...]:
    """The derivations that the handout prints."""
    own = (pen.study.derivations[t] for s in pen.study.stages for t in pen.derived(s))
    return (*own, *(textbook().printed if convolves(pen.study) else ()))


def _verified(say: Prose, pen: Pen, report: Report) -> Verified:
    """How many equations the handout prints and how each was verified: counts only, so that files stay the same."""
    kinds = report.by_kind
    equations = sum(len(printed(d)) for d in _shown(pen))
    general = kinds["numbers"] + kinds["digits"]
    mine = kinds[OWN]
    own = say("verified.own", own=mine) if mine else say("verified.code")
    exact, rounded = kinds["numbers"], kinds["digits"]
    how = "numbers" if exact and rounded else "digits" if rounded else "exact"
    lines = (
        say("verified.printed", printed=equations, steps=general),
        ITEM + say(f"verified.{how}", numbers=exact, digits=rounded, conditions=_conditions(say, kinds)),
        *([ITEM + say("verified.symbols", symbols=kinds["symbols"])] if kinds["symbols"] else []),
        ITEM + own,
        say("verified.dual"),
    )
    return Verified(say("verified.box"), lines)


def _conditions(say: Prose, kinds: Mapping[str, int]) -> str:
    """What was seen of the conditions, of which there may be none that can be false, or none at all."""
    seen, implied = kinds["conditions seen both ways"], kinds["conditions implied"]
    both = say("verified.seen", both=seen) if seen else ""
    return both + (say("verified.implied" if seen else "verified.all_implied", implied=implied) if implied else "")
