"""Commands for those who teach a class."""

import shlex
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from symconv.cli_app import Force, Network, app, forced
from symconv.errors import SpecError
from symconv.terminal import FAILED, WELL, progress, report_written


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


@app.command
def new(
    network: Network = "toy-cnn",
    /,
    *,
    seed: Annotated[str, Parameter(help="any text, such as 7 or a student's id: it decides the numbers")],
    out: Annotated[Path | None, Parameter(show_default=False, help="the file to write; default the terminal")] = None,
    force: Force = False,
) -> int:
    """Draw a network of the same shape whose numbers are pleasant to compute with by hand.

    The same seed gives the same network everywhere. The file names the criteria that its numbers meet.
    """
    from symconv import files, seals
    from symconv.drawing.draw import Drawer, text
    from symconv.networks.exact import show_path
    from symconv.networks.network import load
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
    """The command that draws the network again; it names no folder that only this computer has."""
    named = Path(network).name if Path(network).is_absolute() else network
    given = [f"--seed={seed}"] if seed.startswith("-") else ["--seed", seed]
    return shlex.join(["symconv", "new", *([named] if named != "toy-cnn" else []), *given])
