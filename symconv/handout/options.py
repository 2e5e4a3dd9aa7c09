"""What a lecturer may choose about a handout: its heading, how much of each derivation it prints, how, and by which
templates."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, fields

from symconv.errors import Broken, Fault, refuse
from symconv.handout.habits import USUAL, Habits
from symconv.networks.exact import show
from symconv.text import latex_text
from symconv.text.rich_text import literal

DETAILS = ("full", "brief")
LONGEST = 200  # characters of a heading


@dataclass(frozen=True)
class Options:
    """A heading's texts, plain and on one line, "" for none; `detail`: every step, or each derivation's ends only;
    `notation`: how the book at hand writes; `templates`: the folder of one's own, "" for none, only to be named;
    `accessible`: a PDF that can be read aloud, whatever else is installed (no text that is written says so).

    Raises SpecError for what cannot be printed.
    """

    title: str = ""
    course: str = ""
    author: str = ""
    date: str = ""
    detail: str = "full"
    notation: Habits = USUAL
    templates: str = ""
    accessible: bool = False

    def __post_init__(self) -> None:
        refuse(self._faults())

    def _faults(self) -> Iterator[Fault]:
        for name in ("title", "course", "author", "date"):
            text = getattr(self, name)
            if len(text) > LONGEST or not text.isprintable() or text.isspace():
                remedy = f"give one line of at most {LONGEST} printable characters"
                yield Fault(f"--{name}", f"{show(text)} does not fit a heading", remedy)
            elif strange := _strange(text):
                yield Fault(f"--{name}", f"the fonts of the handout have no {strange!r}", "leave it out, or spell it")
        if self.detail not in DETAILS:
            yield Fault("--detail", f"{show(self.detail)} is not known", f"give {' or '.join(DETAILS)}")
        if not self.templates.isprintable():
            yield Fault("--templates", f"{show(self.templates)} cannot be named in a file", "rename the folder")

    @property
    def brief(self) -> bool:
        return self.detail == "brief"

    @property
    def heading(self) -> tuple[str, ...]:
        """What stands below the title, as rich text."""
        return tuple(literal(text) for text in (self.course, self.author, self.date) if text)

    def words(self) -> str:
        """The options as one would type them, with a space in front; "" for none."""
        given = [
            (f.name, getattr(self, f.name))
            for f in fields(self)
            if f.name != "accessible" and getattr(self, f.name) != f.default
        ]
        given = [(name, value if isinstance(value, str) else value.words()) for name, value in given]
        return "".join(f" --{name}{'=' if value[0] == '-' else ' '}{shlex.quote(value)}" for name, value in given)


def _strange(text: str) -> str:
    """The first character that cannot be typeset, if there is one."""
    for char in text:
        try:
            latex_text.escape(char)
        except Broken:
            return char
    return ""


PLAIN = Options()
