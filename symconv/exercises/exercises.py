"""A network as an exercise and its solution, in each language: the handout with blanks, and every number worked out."""

from dataclasses import dataclass, replace
from functools import cached_property

import mpmath

from symconv.array import Array
from symconv.errors import SpecError
from symconv.evaluation.arithmetic import DIGITS
from symconv.exercises import page_key
from symconv.exercises.drawn import Values, filled
from symconv.exercises.page_mistakes import mistakes_in, mistakes_of
from symconv.exercises.sheet import Sheet, refuse, sheet
from symconv.files import formats
from symconv.grading.suspects import Ways
from symconv.handout.document import Document
from symconv.handout.options import PLAIN, Options
from symconv.networks.network import Network
from symconv.study import Progress, Study, command_of, derive, verified
from symconv.worked.machine import by_hand_machine

FORMATS = ("tex", "pdf", "html")
KINDS = ("exercise", "solution")


def exercises(
    network: Network, languages: tuple[str, ...], format: str, level: int, options: Options = PLAIN,
    progress: Progress = lambda what: None,
) -> dict[str, str | bytes]:  # fmt: skip
    """File name -> exercise and solution in each language. SpecError for another format, NotSupported for a network
    that is not worked by hand."""
    if format not in FORMATS:
        raise SpecError(
            f"--format: there is no exercise as {format}\n  give {', '.join(FORMATS[:-1])} or {FORMATS[-1]}"
        )
    progress("deriving")
    study = derive(network, rotated=options.notation.rotated)
    refuse(study, level)
    progress("verifying")
    verified(study)
    worked = SheetNumbers(study)
    command = command_of(network).replace("build", "handout", 1) + f" --exercise --level {level}" + options.words()
    content: dict[str, str | bytes] = {}
    for language in languages:
        for kind in KINDS:
            progress(f"writing {kind}.{language}.{format}")
            made = sheet(study, language, level, kind == "solution", options)
            name, document = f"{kind}.{language}.{format}", worked.document(made)
            content[name] = formats.written(document, network, command, format, options.accessible)
    return content


@dataclass(frozen=True)
class SheetNumbers:
    """The numbers of one network, to be put into its sheets."""

    study: Study

    @cached_property
    def ways(self) -> Ways:
        return Ways(self.study)

    @cached_property
    def numbers(self) -> dict[str, Array]:
        with mpmath.workdps(DIGITS + 5):
            return self.ways.machine.whole(self.study.network)

    @cached_property
    def carried(self) -> dict[str, Array]:
        """The same, each number on the way rounded to the decimals that are carried by hand."""
        return by_hand_machine(self.study).whole(self.study.network)

    def document(self, made: Sheet) -> Document:
        """The sheet with its numbers and, where it has blanks, with what a page knows about the answers."""
        values = Values()
        with mpmath.workdps(DIGITS + 5):
            document = filled(made.document, values.written(made.drawn, self.numbers))
            if not made.answers:
                return document
            right, carried = (values.of((a.value for a in made.answers), x) for x in (self.numbers, self.carried))
            mistakes = mistakes_of(self.ways, self.numbers, mistakes_in(document.language))
        return replace(document, key=page_key.key(made.answers, right, carried, mistakes))
