"""The sentences of a handout, one catalogue for each language: templates/locale/{en,zh}.toml."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

from symconv import latex_text
from symconv.errors import Broken, SpecError
from symconv.formula.read import read
from symconv.render import own_text, template_folder
from symconv.rich_text import formulas

LANGUAGES = ("en", "zh")
ACTIVATION = "activation"  # the table of functions of one number, a line for each; its parts and their keys elsewhere:
PARTS = {"name": "layer.{}", "meaning": "meaning.{}", "told": "told.{}", "kink": "backward.kink_{}"}
PLACEHOLDER = re.compile(r"@([a-z_]+)")


@dataclass(frozen=True)
class Prose:
    """`say("part.forward")`; `say("network.conv", weight="U", ...)` fills in what the sentence names with @."""

    language: str
    sentences: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        if key not in self.sentences:
            raise Broken(f"the {self.language} catalogue has no sentence {key!r}")
        text = self.sentences[key]
        missing = placeholders(text) - values.keys()
        if missing:
            raise Broken(f"{self.language}, {key}: nothing is given for {sorted(missing)}")
        return PLACEHOLDER.sub(lambda m: str(values[m[1]]), text)

    def join(self, sentences: Iterable[str]) -> str:
        """Sentences one after another; Chinese sets no space between them."""
        return ("" if self.language == "zh" else " ").join(s for s in sentences if s)


def placeholders(text: str) -> set[str]:
    """The names that a sentence expects."""
    return set(PLACEHOLDER.findall(text))


def prose(language: str) -> Prose:
    """The catalogue of a language; sentences of the user's own (`locale/<language>.toml`) take the place of ours."""
    ours, own = _catalogue(language), own_text(f"locale/{language}.toml")
    return Prose(language, {**ours, **_checked(own, language, ours)}) if own else Prose(language, ours)


@cache
def _catalogue(language: str) -> Mapping[str, str]:
    return _sentences((template_folder() / "locale" / f"{language}.toml").read_text(encoding="utf-8"))


def _sentences(text: str) -> dict[str, str]:
    """By table and key; the sentences of one activation, which share a line, by the tables of their kind."""
    data = tomllib.loads(text)
    found = {f"{group}.{key}": sentence for group, texts in data.items() for key, sentence in texts.items()}
    for kind, parts in data.get(ACTIVATION, {}).items():
        if isinstance(parts, dict):
            del found[f"{ACTIVATION}.{kind}"]
            found |= {part_key(kind, part): sentence for part, sentence in parts.items()}
    return found


def part_key(kind: str, part: str) -> str:
    """What a sentence on an activation's line is called elsewhere."""
    return PARTS.get(part, f"{ACTIVATION}.{{}}.{part}").format(kind)


def _checked(text: str, language: str, ours: Mapping[str, str]) -> dict[str, str]:
    """A user's sentences; SpecError for a key that we do not have, or a placeholder that nothing fills."""
    place = f"--templates: locale/{language}.toml"
    try:
        found = _sentences(text)
    except (tomllib.TOMLDecodeError, AttributeError) as error:
        said = error if isinstance(error, tomllib.TOMLDecodeError) else "a sentence stands outside a table"
        raise SpecError(
            f"{place}: {said}\n  give tables of sentences, as in the file that comes with symconv"
        ) from error
    for key, sentence in found.items():
        if key not in ours or not isinstance(sentence, str):
            raise SpecError(f"{place}: {key} is no sentence of a handout\n  {_near(key, ours)}")
        if strange := placeholders(sentence) - placeholders(ours[key]):
            known = ", ".join(f"@{x}" for x in sorted(placeholders(ours[key])))
            there = f"there is {known}" if known else "this sentence has no names to fill"
            raise SpecError(f"{place}: {key}: nothing fills @{min(strange)}\n  {there}")
        if fault := _fault(sentence):
            raise SpecError(f"{place}: {key}: {fault}")
    return found


def _fault(sentence: str) -> str:
    """What keeps a sentence from being printed: a mark that does not close, a character without a form, a formula that
    not every format can hold."""
    text = PLACEHOLDER.sub("x", sentence)
    try:
        latex_text.rich(text)
        for formula in formulas(text):
            read(formula)
    except Broken as error:
        first, _, second = str(error).partition("\n  ")
        return f"{first}: {second}" if "cannot be read" in first else first
    return ""


def _near(key: str, ours: Mapping[str, str]) -> str:
    near = get_close_matches(key, ours, 3)
    return f"near it are {', '.join(near)}" if near else "its keys are those of the file that comes with symconv"
