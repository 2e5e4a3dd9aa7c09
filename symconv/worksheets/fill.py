r"""Pages and LaTeX files written once for many networks: the text around the numbers, and how each number is put in.

A document whose formulas hold `\drawn{k}` is written as any other; what is left of these in the text is found here.
Filling in is then joining strings.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

from symconv.exercises import drawn
from symconv.formula.latex import latex
from symconv.formula.nodes import DRAWN, SAID
from symconv.formula.speech import speech
from symconv.formula.typst import typst
from symconv.handout.pictures import Math
from symconv.text import latex_text
from symconv.writers.html.small import MINUS
from symconv.writers.html.text import element, escape, spoken
from symconv.writers.typst import text as typst_text

SHOWN, SPOKEN = "[\U000f0000-\U000ffffd]", "[\U00100000-\U0010fffd]"
IN_HTML = re.compile(rf"<mi>(?P<math>{SHOWN})</mi>|(?P<label>{SHOWN})|(?P<said>{SPOKEN})")
IN_TYPST = re.compile(f"(?P<math>{SHOWN})|(?P<said>{SPOKEN})")
IN_LATEX = re.compile(r"\\drawn\{(?P<math>\d+)\}")
Writing = Mapping[str, Callable[..., str]]  # of a kind of place: of a number, or of a word
WORD = "symconv-{}-here"  # for a text that is not known yet, in a document


@dataclass(frozen=True)
class TextTemplate:
    """A text with places: `pieces` around them; of each place its kind and the number or the word that goes there."""

    pieces: tuple[str, ...]
    places: tuple[tuple[str, int | str], ...]
    write: Writing

    def filled(self, numbers: Sequence[Math], words: Mapping[str, str]) -> str:
        """The text with the numbers and the words put in."""
        write = self.write
        parts = [self.pieces[0]]
        for (kind, what), after in zip(self.places, self.pieces[1:], strict=True):
            parts.append(write[kind](numbers[what] if isinstance(what, int) else words[what]))
            parts.append(after)
        return "".join(parts)


def html_form(page: str, words: Sequence[str], language: str) -> TextTemplate:
    """A page; the numbers in what is read aloud are said in its language."""
    write: Writing = {
        "math": _element, "label": spoken, "said": partial(_said, language), "word": escape, "raw": str,
    }  # fmt: skip
    return _form(page, IN_HTML, words, write, _number)


def latex_form(text: str, words: Sequence[str]) -> TextTemplate:
    write: Writing = {"math": _latex, "word": latex_text.escape, "raw": str}
    return _form(text, IN_LATEX, words, write, int)


def typst_form(text: str, words: Sequence[str], language: str) -> TextTemplate:
    """A document; the numbers in what is read aloud are said in its language."""
    write: Writing = {"math": _typst, "said": partial(_said, language), "word": typst_text.escape, "raw": str}
    return _form(text, IN_TYPST, words, write, _number)


def _number(sign: str) -> int:
    """Which number a private sign stands for."""
    return ord(sign) - (SAID if ord(sign) >= SAID else DRAWN)


@lru_cache(maxsize=65536)
def _latex(number: Math) -> str:
    return latex(drawn.grouped(number))


@lru_cache(maxsize=65536)
def _typst(number: Math) -> str:
    return typst(drawn.grouped(number))


@lru_cache(maxsize=65536)
def _said(language: str, number: Math) -> str:
    return escape(speech(number, language))


def _form(
    text: str, numbers: re.Pattern[str], words: Sequence[str], write: Writing,
    read: Callable[[str], int],
) -> TextTemplate:  # fmt: skip
    named = "|".join(re.escape(WORD.format(w)) for w in words)
    pattern = re.compile(f"{numbers.pattern}|(?P<word>{named})" if words else numbers.pattern)
    pieces, places, at = [], [], 0
    for found in pattern.finditer(text):
        kind = found.lastgroup or ""
        what: int | str = read(found[kind]) if kind != "word" else found[0][len("symconv-") : -len("-here")]
        pieces.append(text[at : found.start()])
        places.append(("raw" if what == "key" else kind, what))
        at = found.end()
    return TextTemplate((*pieces, text[at:]), tuple(places), write)


@lru_cache(maxsize=65536)
def _element(number: Math) -> str:
    """A number as MathML, without the element around it."""
    inner = re.sub(r"^<math[^>]*>|</math>$", "", element(drawn.grouped(number)))
    inner = inner.replace(*MINUS)
    return re.sub(r'<mo lspace="0"(?: rspace="0")?>([=≈])</mo>', r"<mo>\1</mo>", inner)
