"""About how wide text prints: for placing things, never for cutting them."""

from symconv.formula.read import read
from symconv.formula.width import letters
from symconv.text.rich_text import HAN, Forms, written

NARROW, WIDE = frozenset(" .,:;'|il()[]"), frozenset("MW")
EM = 0.53  # of a letter in a formula


def width(text: str, points: float) -> float:
    """A generous estimate, in mm, of the width of rich text at a font size: for placing, never for cutting."""
    ems: list[float] = []

    def words(plain: str) -> str:
        ems.append(sum(map(_ems, plain)))
        return ""

    def formula(math: str) -> str:
        ems.append(EM * letters(read(math)))
        return ""

    forms: Forms = {"math": formula, "code": words, **dict.fromkeys(("stress", "fw", "bw", "break", "gap"), str)}
    written(text, forms, words)
    return 0.3515 * points * sum(ems)


def _ems(char: str) -> float:
    if HAN.match(char):
        return 1.0
    return 0.28 if char in NARROW else 0.9 if char in WIDE else 0.53
