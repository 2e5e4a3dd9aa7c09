"""Commands for those who teach a class."""

import shlex
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from symconv.commands.app import Force, NetworkArgument, OneLanguage, app, forced
from symconv.commands.handout import LEVEL, Heading
from symconv.commands.terminal import FAILED, WELL, complain, counting, progress, report_edited, report_written
from symconv.errors import SpecError

if TYPE_CHECKING:
    from symconv.worksheets.batches import Crew
    from symconv.worksheets.job import Job
    from symconv.worksheets.roster import Roster

HEADING = Heading()


@app.command
def grade(
    network: NetworkArgument,
    answers: Annotated[Path, Parameter(help='a TOML file: below [gradients] or [values] lines as U = [["0.29", 0]]')],
    /,
    *,
    tolerance: Annotated[
        float | None,
        Parameter(
            show_default=False,
            help="how far a number may be off, as a part of its tensor's largest entry; default what rounding takes",
        ),
    ] = None,
    lang: Annotated[OneLanguage, Parameter(help="the language of what is said")] = "en",
) -> int:
    """Compare a student's gradients and values with the exact ones, and name the mistake that makes the wrong ones.

    Numbers are written as on an exercise's page: 5/2, 2 1/2, 2.5 or 2,5; "" or "?" is not given. Fractions and integers
    are exact; a decimal is right for every number that rounds to it. What rounding on the way takes with four decimals,
    or a last digit that is cut off, is right as well, and said. The exit code is 0 where all is given and right.
    """
    from symconv import study
    from symconv.grading.grade import grade_file
    from symconv.networks.network import load

    given = load(network)
    with progress() as say:
        say("grading")
        found = grade_file(study.derive(given), answers, tolerance, lang)
    print(found)
    return WELL if found else FAILED


@app.command
def worksheets(
    roster: Annotated[Path, Parameter(help="a CSV file with a column id and, if you like, a column name")],
    /,
    *,
    out: Annotated[Path, Parameter(help="the folder to write to")],
    network: Annotated[
        str, Parameter(help="the shape: toy-cnn, or a path to a TOML file; its numbers are drawn anew")
    ] = "toy-cnn",
    level: Annotated[int, Parameter(help="1 asks for every product, 2 for every entry, 3 for whole gradients")] = LEVEL,
    lang: Annotated[OneLanguage, Parameter(help="the language of the sheets")] = "en",
    format: Annotated[
        tuple[Literal["html", "tex", "pdf"], ...],
        Parameter(negative="", help="html (a page that checks itself), tex or pdf; may be repeated"),
    ] = ("html",),
    workers: Annotated[
        int | None, Parameter(show_default=False, help="how many processes make sheets; default one for each core")
    ] = None,
    scheduler: Annotated[
        str | None,
        Parameter(show_default=False, help="a Dask scheduler's address: its workers make the sheets"),
    ] = None,
    force: Force = False,
    heading: Heading = HEADING,
) -> int:
    """Make an exercise and its solution for each student of a class, and one answer key.

    Each student's numbers are drawn from the id: the same id gives the same sheet everywhere, and `symconv new --seed
    ID` its network.

    Stopped at any point, even killed, the same command goes on from there. What is made already stays: after a change
    of the roster only new students' sheets are made. A row that cannot be used is named, and the others are made.
    """
    from symconv.networks.network import load
    from symconv.text.render import own_templates
    from symconv.worksheets.class_job import class_job
    from symconv.worksheets.cluster import cluster
    from symconv.worksheets.processes import cores, processes
    from symconv.worksheets.roster import open_roster

    if scheduler is not None and workers is not None:
        raise SpecError("--workers: a cluster has its own workers\n  give --scheduler alone")
    students, shape, options = open_roster(roster), load(network), heading.options("brief")
    with progress() as say, own_templates(heading.templates):
        job = class_job(shape, lang, format, level, options, say)
    crew = processes(cores() if workers is None else workers) if scheduler is None else cluster(scheduler)
    return make_class(job, students, out, crew, force)


def make_class(job: "Job", students: "Roster", out: Path, crew: AbstractContextManager["Crew"], force: bool) -> int:
    """Runs the job for the class, and says what became of it."""
    from symconv.worksheets.run import GO_ON, Watcher, run

    try:
        with counting("students") as step:
            outcome = run(job, students, out, crew, Watcher(lambda line: complain([line]), step), force)
    except KeyboardInterrupt:
        complain([f"stopped: {GO_ON}"])
        raise
    report_edited(outcome.edited, out, forced("worksheets"))
    complain([*outcome.meetings, *([outcome.stopped] if outcome.stopped else [])])
    bad = f", {outcome.bad} {'row' if outcome.bad == 1 else 'rows'} bad" if outcome.bad else ""
    print(f"{outcome.made} made, {outcome.unchanged} unchanged{bad}: {out}")
    return WELL if outcome.well else FAILED


@app.command
def new(
    network: NetworkArgument = "toy-cnn",
    /,
    *,
    seed: Annotated[str, Parameter(help="any text, such as 7 or a student's id: it decides the numbers")],
    out: Annotated[Path | None, Parameter(show_default=False, help="the file to write; default the terminal")] = None,
    force: Force = False,
) -> int:
    """Draw a network of the same shape whose numbers are pleasant to compute with by hand.

    The same seed gives the same network everywhere. The file names the criteria that its numbers meet.
    """
    from symconv.files import files, seals
    from symconv.networks.exact import show_path
    from symconv.networks.network import load
    from symconv.sampling.draw import Drawer, text
    from symconv.worked.derived import derived

    given = load(network)
    with progress() as say:
        say("drawing")
        drawn = Drawer(derived(given)).draw(seed)
    content = seals.sealed(text(drawn), _new(show_path(network), seed), ".toml")
    if out is None:
        print(content, end="")
        return WELL
    if not out.name:
        raise SpecError(f"--out: {out} does not fit\n  give the name of a file, such as my-net.toml")
    return report_written(files.write({Path(out.name): content}, out.parent, force), out.parent, forced("new"))


def _new(network: str, seed: str) -> str:
    """The command that draws the network again; as that of a build, it names the file and no folder."""
    given = [f"--seed={seed}"] if seed.startswith("-") else ["--seed", seed]
    return shlex.join(["symconv", "new", *([Path(network).name] if network != "toy-cnn" else []), *given])
