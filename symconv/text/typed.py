"""A number as a person writes it: one rule for files of answers, read here, and a page's fields (templates/reader.js).

The rule is data: signs that stand for others, and a regular expression for each form. Nothing that is written is ever
evaluated.
"""

import json
import re
from dataclasses import dataclass
from fractions import Fraction

from symconv.networks.exact import DIGITS, PART

LONGEST = 3 * DIGITS + 20  # signs of a number: three parts, with what stands between
WIDE = "".join(map(chr, range(0xFF10, 0xFF1A)))  # full-width digits, as an input method for Chinese writes them
SPACES = "\t\n\r\u00a0\u2002\u2003\u2009\u202f\u3000"
UNSEEN = "\u200b\u200e\u200f\ufeff"
VULGAR = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4"}
SIGNS = {
    **{wide: str(k) for k, wide in enumerate(WIDE)},
    "\uff0b": "+", **dict.fromkeys("\u2212\u2010\u2011\u2013\ufe63\uff0d", "-"),
    **dict.fromkeys("\u2044\u2215\uff0f", "/"), **dict.fromkeys("\uff0e\u3002\uff61", "."), "\uff0c": ",",
    "\uff1f": "?", **dict.fromkeys(SPACES, " "), **dict.fromkeys(UNSEEN, ""),
    **{sign: f" {text}" for sign, text in VULGAR.items()},
}  # fmt: skip
# Once the signs are exchanged, spaces are single and none is at an end:
BLANK = r"\?*"  # nothing is given
RATIO = rf"([+-]?) ?(?:({PART}) )?({PART}) ?/ ?({PART})"  # 5/2, and 2 1/2
DECIMAL = rf"([+-]?) ?(?:({PART})(?:[.,]([0-9]{{0,{DIGITS}}}))?|[.,]({PART}))"  # 2, 2.5, 2,5 and .5
_BLANK, _RATIO, _DECIMAL, _GAP = map(re.compile, (BLANK, RATIO, DECIMAL, " +"))
WORKS = (
    'write an integer, a decimal such as "2.5" or "2,5", or a fraction such as "5/2" or "2 1/2"; no exponent, at most'
    f" {DIGITS} digits per part"
)


@dataclass(frozen=True)
class Typed:
    """A number with its decimals, 0 for an integer and a fraction."""

    value: Fraction
    decimals: int


def is_blank(text: str) -> bool:
    """Whether nothing is given: no sign at all, or question marks."""
    return len(text) <= LONGEST and _BLANK.fullmatch(_plain(text)) is not None


def read(text: str) -> Typed | None:
    """The number that is written, None for anything else."""
    if len(text) > LONGEST:
        return None
    plain = _plain(text)
    ratio = _RATIO.fullmatch(plain)
    if ratio:
        sign, whole, top, bottom = ratio.groups()
        return Typed(_signed(sign, int(whole or 0) + Fraction(int(top), int(bottom))), 0) if int(bottom) else None
    decimal = _DECIMAL.fullmatch(plain)
    if not decimal:
        return None
    sign, whole, behind, alone = decimal.groups()
    decimals = behind or alone or ""
    return Typed(_signed(sign, Fraction(int((whole or "0") + decimals), 10 ** len(decimals))), len(decimals))


def remedy(text: str) -> str:
    """What would work in place of a text that is no number."""
    divided = len(text) <= LONGEST and _RATIO.fullmatch(_plain(text))
    return "give a denominator other than 0" if divided else WORKS


def rule() -> str:
    """The rule as JSON, for templates/reader.js: what is seen as it is, what is not escaped."""
    meant: dict[str, str] = {}
    for sign, meaning in SIGNS.items():
        meant[meaning] = meant.get(meaning, "") + sign
    forms = {"longest": LONGEST, "signs": meant, "blank": BLANK, "ratio": RATIO, "decimal": DECIMAL}
    text = json.dumps(forms, ensure_ascii=False, separators=(",", ":"))
    return "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in text)


def _plain(text: str) -> str:
    return _GAP.sub(" ", "".join(SIGNS.get(sign, sign) for sign in text)).strip(" ")


def _signed(sign: str, size: Fraction) -> Fraction:
    return -size if sign == "-" else size
