"""Commands for those who teach a class."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from symconv.cli_app import Network, app
from symconv.terminal import FAILED, WELL, progress


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
