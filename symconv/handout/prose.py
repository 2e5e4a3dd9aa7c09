"""The sentences of a handout, one catalogue for each language: templates/locale/{en,zh}.toml."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from symconv.errors import Broken
from symconv.render import template_folder

LANGUAGES = ("en", "zh")
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


@cache
def prose(language: str) -> Prose:
    """The catalogue of a language."""
    data = tomllib.loads((template_folder() / "locale" / f"{language}.toml").read_text(encoding="utf-8"))
    return Prose(language, {f"{group}.{key}": text for group, texts in data.items() for key, text in texts.items()})
