"""A study as a handout: the chapters in order, in one language, ready for a writer."""

from collections.abc import Mapping

from symconv.code.listing import Emitted
from symconv.handout import (
    chapter_backward,
    chapter_code,
    chapter_forward,
    chapter_general,
    chapter_learning,
    chapter_network,
)
from symconv.handout.document import Document, Part, Verified
from symconv.handout.latex import letter
from symconv.handout.pen import Pen, printed
from symconv.handout.prose import Prose, prose
from symconv.latex_text import literal
from symconv.networks.network import load
from symconv.verification.verify import Report
from symconv.worked.derived import Derived
from symconv.worked.textbook import textbook

Cases = dict[str, tuple[int, int]]
BUILT_IN = "toy-cnn"
ITEM = r"$\circ$ "


def handout(
    study: Derived, report: Report, emitted: Mapping[str, Emitted], language: str, cases: Cases | None
) -> Document:
    """The whole handout. `report` is what was verified of the study and of the general convolution; `emitted` the
    three forms of the code, `cases` what was checked of it."""
    say = prose(language)
    pen = Pen(study, say)
    parts = (
        chapter_network.chapter(pen), chapter_forward.chapter(pen), chapter_backward.chapter(pen),
        chapter_learning.chapter(pen), chapter_code.chapter(say, emitted, cases), chapter_general.chapter(say),
    )  # fmt: skip
    last = Part(parts[-1].number, parts[-1].title, (*parts[-1].blocks, _verified(say, pen, report)))
    own = study.network == load(BUILT_IN)
    title = say("title.main") if own else say("title.named", name=literal(study.network.name))
    line = tuple(letter(t) for t in (study.network.input.name, *(s.output for s in study.line)))
    return Document(title, say("title.sub"), language, line, (*parts[:-1], last))


def _verified(say: Prose, pen: Pen, report: Report) -> Verified:
    """How many equations the handout prints and how each was verified: counts only, so that files stay the same."""
    kinds, book = report.by_kind, textbook()
    shown = [pen.study.derivations[t] for s in pen.study.line for t in pen.derived(s)]
    equations = sum(len(printed(d)) for d in (*shown, book.kernel, book.bias, book.flipped))
    general = kinds["numbers"] + kinds["digits"]
    lines = (
        say("verified.printed", printed=equations, steps=general),
        ITEM + say("verified.numbers", numbers=kinds["numbers"], digits=kinds["digits"],
            both=kinds["conditions seen both ways"], implied=kinds["conditions implied"]),
        ITEM + say("verified.symbols", symbols=kinds["symbols"]),
        ITEM + say("verified.own", own=kinds["own sizes"]),
        say("verified.dual"),
    )  # fmt: skip
    return Verified(say("verified.box"), lines)
