"""Commands that make a handout."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from symconv.commands.app import GENERATED, Force, Lang, NetworkArgument, Out, app, forced, languages, text
from symconv.commands.terminal import FAILED, WELL, complain, print_rows, progress, report_refused, report_written
from symconv.errors import SpecError

if TYPE_CHECKING:
    from symconv.handout.options import Options


@Parameter(name="*")
@dataclass(frozen=True)
class Heading:
    """What stands at the top of anything handed out, and how it is written."""

    title: Annotated[str, text("the title")] = ""
    course: Annotated[str, text("the course, below the title")] = ""
    author: Annotated[str, text("who hands it out")] = ""
    date: Annotated[str, text("the day, as you write it")] = ""
    notation: Annotated[
        str,
        Parameter(
            show_default=False,
            help="how your book writes, words with commas: brackets, subscripts or numbers (U[0,0], u_00, u_1);"
            " zero or one (the first index); partial or delta (the gradient of a layer's output);"
            " correlation or convolution (which turns the kernel)",
        ),
    ] = ""
    templates: Annotated[
        Path | None, Parameter(show_default=False, help="a folder of templates that take the place of symconv's own")
    ] = None

    def options(self, detail: str, accessible: bool = False) -> "Options":
        from symconv.handout.habits import habits
        from symconv.handout.options import Options

        given = self.title, self.course, self.author, self.date
        return Options(*given, detail, habits(self.notation), _named(self.templates), accessible)


@Parameter(name="*")
@dataclass(frozen=True)
class HandoutFlags(Heading):
    """What a lecturer may choose about a handout."""

    detail: Annotated[Literal["full", "brief"], Parameter(help="every step, or each derivation's ends only")] = "full"
    accessible: Annotated[
        bool,
        Parameter(negative="", show_default=False, help="PDFs that can be read aloud (PDF/UA-1), set without TeX"),
    ] = False


CHOICES = HandoutFlags()
LEVEL = 2  # of an exercise: every entry


@app.command
def build(network: NetworkArgument = "toy-cnn", /, *, out: Out = GENERATED, lang: Lang = "all", force: Force = False,
          choices: HandoutFlags = CHOICES) -> int:  # fmt: skip
    """Derive, verify, write handouts and code, check against PyTorch, print a summary."""
    from symconv.build import build as build_all
    from symconv.networks.network import load
    from symconv.text.render import own_templates

    given, options = load(network), choices.options(choices.detail, choices.accessible)
    with progress() as say, own_templates(choices.templates):
        built = build_all(given, out, languages(lang), force, say, options)
    print_rows(built.summary)
    report_refused(built.written, out, forced("build"))
    complain(built.problems)
    return WELL if built.ok else FAILED


@app.command
def handout(
    network: NetworkArgument = "toy-cnn",
    /,
    *,
    lang: Lang = "all",
    format: Annotated[
        Literal["tex", "pdf", "html", "ipynb"], Parameter(help="tex, html, ipynb, or pdf: by TeX where it is found")
    ] = "tex",
    entry: Annotated[
        tuple[str, ...],
        Parameter(
            negative="",
            show_default=False,
            help="an entry to trace to the loss, as conv1.weight[0,0,1,2]; may be repeated",
        ),
    ] = (),
    exercise: Annotated[
        bool,
        Parameter(
            negative="", show_default=False, help="an exercise with blanks and its solution in the handout's place"
        ),
    ] = False,
    level: Annotated[
        int | None,
        Parameter(
            show_default=False,
            help="of the exercise: 1 asks for every product, 2 for every entry, 3 for whole gradients; default 2",
        ),
    ] = None,
    out: Out = GENERATED,
    force: Force = False,
    choices: HandoutFlags = CHOICES,
) -> int:
    """Write the handout only; or, of a small network, an exercise and its solution."""
    from symconv.build import handouts
    from symconv.exercises import exercises
    from symconv.files import files
    from symconv.networks.network import load
    from symconv.text.render import own_templates

    given, options = load(network), choices.options(choices.detail, choices.accessible)
    _only_with("--level", level is not None, exercise, "--exercise")
    _only_with("--entry", bool(entry), not exercise, "no --exercise")
    with progress() as say, own_templates(choices.templates):
        if exercise:
            texts = exercises.exercises(given, languages(lang), format, LEVEL if level is None else level, options, say)
        else:
            texts = handouts(given, languages(lang), (format,), entry, options, say)
    content = {Path(given.name) / name: text for name, text in texts.items()}
    return report_written(files.write(content, out, force), out, forced("handout"))


def _only_with(option: str, given: bool, fits: bool, other: str) -> None:
    if given and not fits:
        raise SpecError(f"{option} goes with {other}\n  leave one of them out, or see symconv handout --help")


def _named(folder: Path | None) -> str:
    """A folder as a generated file may name it: as it was given, without what is only true of this computer."""
    return "" if folder is None else folder.name if folder.is_absolute() else folder.as_posix()
