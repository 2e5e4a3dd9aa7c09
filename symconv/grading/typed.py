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
SPACES = "\t\n\r\v\f\u00a0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
UNSEEN = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
VULGAR = {
    "¼": "1/4", "½": "1/2", "¾": "3/4", "⅐": "1/7", "⅑": "1/9", "⅒": "1/10", "⅓": "1/3", "⅔": "2/3", "⅕": "1/5",
    "⅖": "2/5", "⅗": "3/5", "⅘": "4/5", "⅙": "1/6", "⅚": "5/6", "⅛": "1/8", "⅜": "3/8", "⅝": "5/8", "⅞": "7/8",
}  # fmt: skip
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
    """The rule as JSON, in ASCII, for templates/reader.js."""
    forms = {"longest": LONGEST, "signs": SIGNS, "blank": BLANK, "ratio": RATIO, "decimal": DECIMAL}
    return json.dumps(forms, separators=(",", ":"))


def _plain(text: str) -> str:
    return _GAP.sub(" ", "".join(SIGNS.get(sign, sign) for sign in text)).strip(" ")


def _signed(sign: str, size: Fraction) -> Fraction:
    return -size if sign == "-" else size
