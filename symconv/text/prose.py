"""The sentences of a handout, in each language: of templates/locale/CODE.toml all but what it says of itself."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any

from symconv.errors import Broken, SpecError
from symconv.formula.latex import latex
from symconv.formula.nodes import Node
from symconv.formula.read import read
from symconv.language import LANGUAGES as LANGUAGES, PLACEHOLDER, Language, catalogue, place, placeholders
from symconv.text import latex_text
from symconv.text.render import own_text
from symconv.text.rich_text import formulas

FACTS = ("language", "speech")  # tables without sentences of a handout: no one else may change them
ACTIVATION = "activation"  # the table of functions of one number, a line for each; its parts and their keys elsewhere:
PARTS = {"name": "layer.{}", "meaning": "meaning.{}", "told": "told.{}", "kink": "backward.kink_{}"}


@dataclass(frozen=True)
class Prose:
    """`say("part.forward")`; `say("network.conv", weight=..., ...)` fills in what the sentence names with @: a text, a
    number, or a formula, of which the sentence has the dollars."""

    language: str
    sentences: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        if key not in self.sentences:
            every = "pytest tests/test_language.py names all that a language lacks"
            raise Broken(f"{place(self.language)} has no sentence {key!r}\n  {every}")
        text = self.sentences[key]
        missing = placeholders(text) - values.keys()
        if missing:
            raise Broken(f"{place(self.language)}: {key}: nothing is given for {sorted(missing)}")
        return PLACEHOLDER.sub(lambda m: _text(values[m[1]]), text)

    def join(self, sentences: Iterable[str]) -> str:
        """Sentences one after another, with what the language sets between them."""
        return Language.of(self.language).space.join(s for s in sentences if s)


def _text(value: object) -> str:
    return latex(value) if isinstance(value, Node) else str(value)


def prose(language: str) -> Prose:
    """The catalogue of a language; sentences of the user's own (`locale/<language>.toml`) take the place of ours."""
    ours, own = _ours(language), own_text(f"locale/{language}.toml")
    return Prose(language, {**ours, **_checked(own, language, ours)}) if own else Prose(language, ours)


@cache
def _ours(language: str) -> Mapping[str, str]:
    return _sentences({name: table for name, table in catalogue(language).items() if name not in FACTS})


def _sentences(data: Mapping[str, Any]) -> dict[str, str]:
    """By table and key; the sentences of one activation, which share a line, by the tables of their kind."""
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
    where = f"--templates: locale/{language}.toml"
    try:
        data = tomllib.loads(text)
        for name in FACTS:
            if (known := catalogue(language).get(name)) != data.pop(name, known):
                raise SpecError(f"{where}: [{name}] stays symconv's own\n  take it out, or leave it as it was")
        found = _sentences(data)
    except (tomllib.TOMLDecodeError, AttributeError) as error:
        said = error if isinstance(error, tomllib.TOMLDecodeError) else "a sentence stands outside a table"
        raise SpecError(
            f"{where}: {said}\n  give tables of sentences, as in the file that comes with symconv"
        ) from error
    for key, sentence in found.items():
        if key not in ours or not isinstance(sentence, str):
            raise SpecError(f"{where}: {key} is no sentence of a handout\n  {_near(key, ours)}")
        if strange := placeholders(sentence) - placeholders(ours[key]):
            known = ", ".join(f"@{x}" for x in sorted(placeholders(ours[key])))
            there = f"there is {known}" if known else "this sentence has no names to fill"
            raise SpecError(f"{where}: {key}: nothing fills @{min(strange)}\n  {there}")
        if fault := _fault(sentence):
            raise SpecError(f"{where}: {key}: {fault}")
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
