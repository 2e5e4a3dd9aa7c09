"""The command line's program, and what several commands take."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter

from symconv import __version__
from symconv.language import LANGUAGES

if TYPE_CHECKING:
    OneLanguage = str
    EveryLanguage = str
else:
    OneLanguage = Literal[LANGUAGES]
    EveryLanguage = Literal[(*LANGUAGES, "all")]
GENERATED = Path("generated")

NetworkArgument = Annotated[str, Parameter(help="toy-cnn (built in), or a path to a TOML file")]
Out = Annotated[Path, Parameter(help="the folder to write to")]
Lang = Annotated[EveryLanguage, Parameter(help="the language of the handout")]
Force = Annotated[bool, Parameter(negative="", show_default=False, help="overwrite files that were edited by hand")]


def text(what: str) -> Parameter:
    return Parameter(show_default=False, help=what)


app = App(
    name="symconv",
    help="Derives, verifies, explains and emits backpropagation through a convolutional network.",
    version=f"symconv {__version__}",
    help_format="plaintext",
    suppress_keyboard_interrupt=False,
)


def forced(command: str) -> str:
    """The way to overwrite a file that was edited by hand."""
    return f"the same symconv {command} with --force"


def languages(lang: str) -> tuple[str, ...]:
    return LANGUAGES if lang == "all" else (lang,)
