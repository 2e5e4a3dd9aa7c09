"""The languages: each is a file of templates/locale/, which says what the language is and all that is said in it.

They are found by listing that folder. The English file is the model: every other one has its tables, keys and @names.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from symconv.errors import Broken, Fault, SpecError, refuse

PACKAGE = Path(__file__).parent
PLACEHOLDER = re.compile(r"@([a-z_]+)")
MODEL = "en"


def template_folder(package: Path = PACKAGE) -> Path:
    """symconv/_templates in an installed wheel, templates/ beside the package in a checkout."""
    for folder in (package / "_templates", package.parent / "templates"):
        if folder.is_dir():
            return folder
    raise Broken(f"no templates in {package} or beside it\n  install symconv again")


LANGUAGES = tuple(sorted(path.stem for path in (template_folder() / "locale").glob("[a-z]*.toml")))


@dataclass(frozen=True)
class Language:
    """What is particular to handouts in a language: the table [language] of its file, where each line is explained."""

    code: str
    tag: str
    region: str
    hyphens: str
    space: str
    han: bool

    @staticmethod
    @cache
    def of(code: str) -> "Language":
        """SpecError for a language that is not there, or whose table is not as the model's."""
        said = table(code, "language")
        if not f"{said['tag']}-".startswith(f"{code}-"):
            raise SpecError(f"{place(code)}: language.tag: {said['tag']} is another language\n  begin it with {code}")
        return Language(code, **said)

    @property
    def of_pdf(self) -> str:
        """Its name in a PDF."""
        return f"{self.code}-{self.region}" if self.region else self.code


def place(code: str) -> str:
    """A language's file, as messages call it."""
    return f"templates/locale/{code}.toml"


@cache
def catalogue(code: str) -> Mapping[str, Any]:
    """All of a language's file; SpecError where it cannot be read."""
    if code not in LANGUAGES:
        raise SpecError(f"language: {code} is not there\n  there are: {', '.join(LANGUAGES)}")
    try:
        return tomllib.loads((template_folder() / "locale" / f"{code}.toml").read_text(encoding="utf-8"))
    except ValueError as error:  # of TOML or of UTF-8
        raise SpecError(f"{place(code)}: {error}") from error


def table(code: str, name: str) -> Mapping[str, Any]:
    """One table of a language's file, whole: SpecError names all that is not as in the model."""
    refuse(unlike(code, name))
    said: Mapping[str, Any] = catalogue(code)[name]
    return said


def unlike(code: str, name: str) -> Iterator[Fault]:
    """Where a table of a language's file is not as the model's."""
    yield from _unlike(catalogue(code).get(name), catalogue(MODEL).get(name), name, place(code))


def _unlike(found: Any, model: Any, key: str, file: str) -> Iterator[Fault]:
    """Other keys, another type, a list of another length, other @names."""
    where = f"{file}: {key}"
    if model is None:
        yield Fault(where, f"is not in {place(MODEL)}", "take it out")
    elif found is None:
        yield Fault(where, "is missing", f"write it as in {place(MODEL)}")
    elif type(found) is not type(model) or (isinstance(model, list) and len(found) != len(model)):
        yield Fault(where, "is of another kind", f"write it as in {place(MODEL)}: {model!r}")
    elif isinstance(model, dict):
        for inner in {**model, **found}:
            yield from _unlike(found.get(inner), model.get(inner), f"{key}.{inner}", file)
    elif isinstance(model, str):
        for lost in sorted(placeholders(model) - placeholders(found)):
            yield Fault(where, f"@{lost} is missing", "its place is where the sentence speaks of it")
        for strange in sorted(placeholders(found) - placeholders(model)):
            yield Fault(where, f"nothing fills @{strange}", "take it out")


def placeholders(text: str) -> set[str]:
    """The names that a sentence expects."""
    return set(PLACEHOLDER.findall(text))
