"""A study as a handout: the chapters in order, in one language, ready for a writer."""

from symconv import (
    chapter_backward,
    chapter_code,
    chapter_forward,
    chapter_general,
    chapter_learning,
    chapter_network,
)
from symconv.derived import Derived
from symconv.document import Document, Part, Verified
from symconv.latex import letter
from symconv.pen import Pen, printed
from symconv.prose import Prose, prose
from symconv.textbook import textbook
from symconv.verify import Report

Cases = dict[str, tuple[int, int]]
BUILT_IN = "toy-cnn"


def handout(study: Derived, report: Report, language: str, cases: Cases | None) -> Document:
    """The whole handout. `report` is what was verified of the study and of the general convolution; `cases` what was
    checked of the emitted code."""
    say = prose(language)
    pen = Pen(study, say)
    parts = (
        chapter_network.chapter(pen), chapter_forward.chapter(pen), chapter_backward.chapter(pen),
        chapter_learning.chapter(pen), chapter_code.chapter(say, cases), chapter_general.chapter(say),
    )  # fmt: skip
    last = Part(parts[-1].number, parts[-1].title, (*parts[-1].blocks, _verified(say, pen, report)))
    numbered = tuple(Part(k + 1, p.title, p.blocks) for k, p in enumerate((*parts[:-1], last)))
    title = say("title.main") if study.network.name == BUILT_IN else say("title.named", name=study.network.name)
    line = [s.output for s in study.line]
    return Document(title, say("title.sub"), language, tuple(map(letter, (study.network.input.name, *line))), numbered)


def _verified(say: Prose, pen: Pen, report: Report) -> Verified:
    """How many equations the handout prints and how each was verified: counts only, so that files stay the same."""
    kinds, book = report.by_kind, textbook()
    shown = [pen.study.derivations[t] for s in pen.study.line for t in pen.derived(s)]
    equations = sum(len(printed(d)) for d in (*shown, book.kernel, book.bias, book.flipped))
    general = kinds["numbers"] + kinds["digits"]
    lines = (
        say("verified.printed", printed=equations, steps=general),
        say("verified.numbers", numbers=kinds["numbers"], digits=kinds["digits"],
            both=kinds["conditions seen both ways"], implied=kinds["conditions implied"]),
        say("verified.symbols", symbols=kinds["symbols"]),
        say("verified.own", own=kinds["own sizes"]),
        say("verified.dual"),
    )  # fmt: skip
    return Verified(say("verified.box"), lines)
