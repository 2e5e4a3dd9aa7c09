"""The command line: reads arguments, calls the study, prints. What a command needs is imported inside it, so that
`symconv --version` answers at once."""

import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from typing import NoReturn

from cyclopts import CycloptsError

from symconv.commands import (
    code as cli_code,
    course as cli_course,
    handout as cli_handout,
    layers as cli_layers,
    streams,
)
from symconv.commands.app import app
from symconv.commands.terminal import FAILED, INTERRUPTED, WELL, WRONG, complain, print_rows
from symconv.errors import Broken, SymconvError
from symconv.networks.exact import show_path
from symconv.stopping import Stopped, stoppable

COMMANDS = (cli_handout, cli_code, cli_course, cli_layers)  # imported for the commands that they hold


@app.command
def doctor() -> int:
    """Say what is installed (TeX, torch, fonts), and how to get the rest."""
    from symconv.commands.doctor import examine

    items = examine()
    print_rows([(item.name, item.found or "missing", item.purpose) for item in items])
    for remedy in dict.fromkeys(item.remedy for item in items if not item.found):
        wanted = ", ".join(item.name for item in items if not item.found and item.remedy == remedy)
        print(f"\nto get {wanted}:\n  {remedy}")
    return WELL


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs one command line and exits: 0 all well, 1 a check failed or files are stale, 2 wrong usage or input, or
    nowhere to write to; 130, 143 and 129 where Ctrl-C, SIGTERM or SIGHUP ended it."""
    if not streams.fill():
        complain(["stdout is closed: give it a file or a terminal, or > /dev/null"])
        sys.exit(WRONG)
    streams.fit_width()
    status, stdout = WELL, streams.Stdout(sys.stdout)
    try:
        with redirect_stdout(stdout), stoppable():
            status = _run(list(sys.argv[1:] if arguments is None else arguments))
            stdout.flush()
    except Stopped as stop:
        status = stop.status
    except KeyboardInterrupt:
        status = INTERRUPTED
    except streams.Unwritable as error:
        if str(error):
            complain([f"stdout cannot be written: {error}"])
            status = WRONG
    streams.settle()
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
    except OSError as error:  # no room for temporary files, a disk that is gone
        complain([f"{show_path(error.filename or 'the system')}: {error.strerror or error}"])
        return WRONG
    return status if isinstance(status, int) else WELL
