"""What a page knows about the answers to its blanks: the right numbers, and those that come out of classic mistakes.

It is veiled, so that nobody reads it by accident; who wants to can read it: a page for oneself, no examination.
"""

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from string import ascii_lowercase, ascii_uppercase, digits

from symconv.array import Array
from symconv.exercises.drawn import BlankAnswer
from symconv.grading.slack import slack
from symconv.worked.machine import Real

RINGS = (ascii_lowercase, ascii_uppercase, digits)
VEIL = {ord(a): b for ring in RINGS for a, b in zip(ring, ring[len(ring) // 2 :] + ring, strict=False)}
DIGITS, ROUNDED = 7, 5  # decimals of a right number, and of a wrong one: more than anybody types
Mistakes = Mapping[str, Sequence[tuple[str, Array]]]  # of each tensor: in words, and the numbers that it gives


def key(answers: Sequence[BlankAnswer], values: Sequence[Real], carried: Sequence[Real], mistakes: Mistakes) -> str:
    """The key as text for the page's script; `values` are the right numbers, `carried` what they come out as where each
    number on the way is rounded to four decimals."""
    said: dict[str, int] = {}
    tensors = {t: k for k, t in enumerate(dict.fromkeys(a.tensor for a in answers if a.tensor))}
    sizes: dict[str, float] = {}
    for a, x in zip(answers, values, strict=True):
        sizes[a.tensor] = max(sizes.get(a.tensor, 0.0), abs(float(x)))
    wrong = [_wrong(a, x, mistakes.get(a.tensor, ()), said) for a, x in zip(answers, values, strict=True)]
    content = {
        "right": [_exact(x) if isinstance(x, int | Fraction) else _short(x) for x in values],
        "slack": [_slack(a, x, y, sizes) for a, x, y in zip(answers, values, carried, strict=True)],
        "tensor": [tensors.get(a.tensor, -1) for a in answers], "wrong": wrong, "said": [*said],
    }  # fmt: skip
    return veiled(json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"))


def _wrong(
    answer: BlankAnswer, right: Real, mistakes: Sequence[tuple[str, Array]], said: dict[str, int]
) -> list[list[float]]:
    """Each other number that a mistake gives at this place, with the words for it."""
    found = []
    for words, array in mistakes:
        number = _short(array[answer.at], ROUNDED)
        if abs(number - float(right)) > 1e-3:
            found.append([number, said.setdefault(words, len(said))])
    return found


def _exact(x: Real) -> float | int:
    return int(x) if x == int(x) else float(x)


def _slack(answer: BlankAnswer, right: Real, carried: Real, sizes: Mapping[str, float]) -> float | int:
    """How far an answer may be off, 0 for an exact one; a product belongs to no tensor, so it has a size of its own."""
    size = Fraction(sizes[answer.tensor] if answer.tensor else max(1.0, abs(float(right))))
    off = slack(right, carried, size)
    return float(f"{float(off):.1e}") if off else 0


def _short(x: Real, digits: int = DIGITS) -> float | int:
    number = round(float(x), digits)
    return int(number) if number == int(number) else number


def veiled(text: str) -> str:
    """Every letter 13 and every digit 5 places on: the same once more undoes it, as templates/blanks.js does."""
    return text.translate(VEIL)
