"""The command line: reads arguments, calls the study, prints. What a command needs is imported inside it, so that
`symconv --version` answers at once."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

from cyclopts import App, CycloptsError, Parameter

from symconv import __version__
from symconv.errors import Broken, SpecError, SymconvError
from symconv.terminal import (
    FAILED,
    INTERRUPTED,
    WELL,
    WRONG,
    complain,
    print_rows,
    progress,
    report_refused,
    report_written,
)

if TYPE_CHECKING:
    from symconv.handout.options import Options

LANGUAGES = ("en", "zh")
GENERATED = Path("generated")
BENCHMARKS = Path("benchmarks")
BATCHES = (1, 8)

Network = Annotated[str, Parameter(help="toy-cnn (built in), or a path to a TOML file")]
Out = Annotated[Path, Parameter(help="the folder to write to")]
Lang = Annotated[Literal["en", "zh", "all"], Parameter(help="the language of the handout")]
Force = Annotated[bool, Parameter(negative="", show_default=False, help="overwrite files that were edited by hand")]


def _text(what: str) -> Parameter:
    return Parameter(show_default=False, help=what)


@Parameter(name="*")
@dataclass(frozen=True)
class Choices:
    """What a lecturer may choose about a handout."""

    title: Annotated[str, _text("the handout's title")] = ""
    course: Annotated[str, _text("the course, below the title")] = ""
    author: Annotated[str, _text("who hands it out")] = ""
    date: Annotated[str, _text("the day, as you write it")] = ""
    detail: Annotated[Literal["full", "brief"], Parameter(help="every step, or each derivation's ends only")] = "full"
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


CHOICES = Choices()
Folded = Annotated[str | None, Parameter(show_default=False, help="2, or 3x5 for one number per direction")]

app = App(
    name="symconv",
    help="Derives, verifies, explains and emits backpropagation through a convolutional network.",
    version=f"symconv {__version__}",
    help_format="plaintext",
    suppress_keyboard_interrupt=False,
)


@app.command
def build(network: Network = "toy-cnn", /, *, out: Out = GENERATED, lang: Lang = "all", force: Force = False,
          choices: Choices = CHOICES) -> int:  # fmt: skip
    """Derive, verify, write handouts and code, check against PyTorch, print a summary."""
    from symconv import study
    from symconv.networks.network import load
    from symconv.render import own_templates

    given, options = load(network), _options(choices)
    with progress() as say, own_templates(choices.templates):
        built = study.build(given, out, _languages(lang), force, say, options)
    print_rows(built.summary)
    report_refused(built.written, out, _forced("build"))
    complain(built.problems)
    return WELL if built.ok else FAILED


@app.command
def handout(
    network: Network = "toy-cnn",
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
    out: Out = GENERATED,
    force: Force = False,
    choices: Choices = CHOICES,
) -> int:
    """Write the handout only."""
    from symconv import files, study
    from symconv.networks.network import load
    from symconv.render import own_templates

    given, options = load(network), _options(choices)
    with progress() as say, own_templates(choices.templates):
        texts = study.handouts(given, _languages(lang), (format,), entry, options, say)
    content = {Path(given.name) / name: text for name, text in texts.items()}
    return report_written(files.write(content, out, force), out, _forced("handout"))


def _options(choices: Choices) -> "Options":
    from symconv.handout.habits import habits
    from symconv.handout.options import Options

    given = choices.title, choices.course, choices.author, choices.date, choices.detail
    return Options(*given, habits(choices.notation), _named(choices.templates))


def _named(folder: Path | None) -> str:
    """A folder as a generated file may name it: as it was given, without what is only true of this computer."""
    return "" if folder is None else folder.name if folder.is_absolute() else folder.as_posix()


def _forced(command: str) -> str:
    """The way to overwrite a file that was edited by hand."""
    return f"the same symconv {command} with --force"


@app.command
def generate(
    *,
    op: Annotated[str | None, Parameter(help="one operation only, for example conv3d")] = None,
    form: Annotated[
        str | None, Parameter(help="one form only, of conv2d without --op: loop, flatten, batched, taps, gemm")
    ] = None,
    kernel: Folded = None,
    stride: Folded = None,
    padding: Annotated[str | None, Parameter(show_default=False, help="2, or 3x5, or same, or valid")] = None,
    dilation: Folded = None,
    groups: Annotated[str | None, Parameter(show_default=False, help="a number")] = None,
    output_padding: Folded = None,
    out: Annotated[Path | None, Parameter(help="the folder to write to; default generated", show_default=False)] = None,
    check: Annotated[
        bool, Parameter(negative="", show_default=False, help="write nothing; exit 1 with a diff if files are stale")
    ] = False,
    force: Force = False,
) -> int:
    """Write the convolution code only: all of it, one operation or form, or one case with its options folded in.

    With --form and any of --kernel, --stride, --padding, --dilation, --groups, --output-padding the code is for that
    case alone, and goes to the terminal unless --out names a folder; options that are not given are PyTorch's defaults,
    and a kernel that is not given may be of any size.
    """
    from symconv import files, study

    given = {
        "kernel": kernel, "stride": stride, "padding": padding, "output_padding": output_padding,
        "dilation": dilation, "groups": groups,
    }  # fmt: skip
    options = {name: _numbers(name, value) for name, value in given.items() if value is not None}
    content = {Path(name): text for name, text in study.code(op, form, options).items()}
    if options and out is None and not check:
        print("".join(content.values()), end="")
        return WELL
    out = out or GENERATED
    if not check:
        return report_written(files.write(content, out, force), out, _forced("generate"))
    everything = op is form is None and not options
    stale = files.difference(content, out, owned=("*.py",) if everything else (), command=study.GENERATE)
    print(stale or f"{out} is up to date", end="" if stale else "\n")
    return FAILED if stale else WELL


def _numbers(name: str, text: str) -> tuple[int, ...] | str:
    """`3x5` as (3, 5), `2` as (2,); a word is left as it is."""
    parts = text.split("x")
    if all(part.isascii() and part.isdigit() and len(part) < 7 for part in parts):
        return tuple(map(int, parts))
    if text.isascii() and text.isalpha():
        return text
    wanted = "give a whole number, or one per direction as in 3x5"
    raise SpecError(f"--{name.replace('_', '-')}: {text[:40]!a} does not fit\n  {wanted}")


@app.command
def check(
    network: Network = "toy-cnn",
    /,
    *,
    json: Annotated[
        bool, Parameter(negative="", show_default=False, help="for machines, with the measured numbers")
    ] = False,
) -> int:
    """Check the emitted code and every value and gradient against PyTorch."""
    from symconv import study
    from symconv.networks.network import load

    given = load(network)
    with progress() as say:
        say("checking against PyTorch")
        report = study.check(given)
    if json:
        print(report.to_json())
    else:
        marked = [
            (r.group, r.case, r.what, "ok" if r.passed else "FAILED", _measured(r.measured), r.criterion)
            for r in report.rows
        ]
        print_rows(marked, ("group", "case", "what", "", "measured", "criterion"))
        passed = sum(r.passed for r in report.rows)
        print(f"{passed} of {len(report.rows)} checks passed")
    return WELL if report.passed else FAILED


@app.command
def grade(
    network: Network,
    answers: Annotated[Path, Parameter(help='a TOML file: below [gradients] or [values] lines as U = [["0.29", 0]]')],
    /,
) -> int:
    """Compare a student's gradients and values with the exact ones, and name the mistake that makes the wrong ones.

    Fractions and integers are exact; a decimal is right for every number that rounds to it.
    """
    from symconv import study
    from symconv.grading.grade import grade_file
    from symconv.networks.network import load

    given = load(network)
    with progress() as say:
        say("grading")
        found = grade_file(study.derive(given), answers)
    print(found)
    return WELL if found else FAILED


def _measured(x: float | str) -> str:
    return x if isinstance(x, str) else f"{x:.3g}"


@app.command
def bench(
    *,
    net: Annotated[
        tuple[str, ...],
        Parameter(
            negative="", show_default=False, help="one of resnet50, vgg16, mobilenet_v2, lenet5; may be repeated"
        ),
    ] = (),
    batch: Annotated[tuple[int, ...], Parameter(negative="", help="images in a batch; may be repeated")] = BATCHES,
    seconds: Annotated[float, Parameter(help="how long each comparison is repeated")] = 1.0,
    out: Annotated[
        Path | None,
        Parameter(
            show_default=False, help="the folder for figures and picture; default benchmarks, or none for a part"
        ),
    ] = None,
    derive: Annotated[
        bool, Parameter(negative="", show_default=False, help="what deriving and verifying costs instead; some seconds")
    ] = False,
    force: Force = False,
) -> int:
    """Time the emitted convolutions beside PyTorch's, layer by layer, on one thread: all in a quarter of an hour.

    Prints tables, and writes convolution.json and convolution.png; with --net or --batch only where --out names a
    folder. With --derive: the CPU time of deriving and verifying three networks, and of SymPy's own diff of the whole
    loss where that finishes; nothing is written.
    """
    if derive:
        return _bench_derive()
    from symconv import files, seals
    from symconv.bench.bench import run
    from symconv.bench.chart import chart, matplotlib_or_hint

    for images in batch:
        _fits("--batch", images, 1, 4096)
    _fits("--seconds", seconds, 0, 3600)
    matplotlib_or_hint()
    with progress() as say:
        found = run(net, batch, seconds, say)
    for title, heads, rows in found.tables():
        print(f"\n{title}")
        print_rows(rows if sys.stdout.isatty() else [heads, *rows], heads)
    if out is None and (net or batch != BATCHES):
        return WELL
    out = out or BENCHMARKS
    content: dict[Path, str | bytes] = {
        Path("convolution.json"): seals.sealed_json(found.to_json(), "symconv bench"),
        Path("convolution.png"): chart(found),
    }
    print()
    return report_written(files.write(content, out, force), out, _forced("bench"))


def _bench_derive() -> int:
    from symconv.costs import HEADS, run

    with progress() as say:
        rows = [cost.row() for cost in run(say)]
    print_rows(rows if sys.stdout.isatty() else [HEADS, *rows], HEADS)
    return WELL


def _fits(option: str, number: float, least: int, most: int) -> None:
    if not least <= number <= most:
        raise SpecError(f"{option}: {number:g} does not fit\n  give a number from {least} to {most}")


@app.command
def doctor() -> int:
    """Say what is installed (TeX, torch, fonts), and how to get the rest."""
    from symconv.doctor import examine

    items = examine()
    print_rows([(item.name, item.found or "missing", item.purpose) for item in items])
    for remedy in dict.fromkeys(item.remedy for item in items if not item.found):
        wanted = ", ".join(item.name for item in items if not item.found and item.remedy == remedy)
        print(f"\nto get {wanted}:\n  {remedy}")
    return WELL


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs one command line and exits: 0 all well, 1 a check failed or files are stale, 2 wrong usage or input."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal without the sign still gets the message
    try:
        status = _run(list(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()
    except KeyboardInterrupt:
        status = INTERRUPTED
    except BrokenPipeError:  # the reader, such as `head`, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = WELL
    sys.exit(status)


def _run(arguments: list[str]) -> int:
    try:
        status = app(arguments, exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as error:
        complain([f"{error}", "symconv --help lists what there is"])
        return WRONG
    except Broken as error:
        complain([f"{error}", "this is a fault of symconv itself: please report it"])
        return FAILED
    except SymconvError as error:
        complain([str(error)])
        return WRONG
    return status if isinstance(status, int) else WELL


def _languages(lang: str) -> tuple[str, ...]:
    return LANGUAGES if lang == "all" else (lang,)
