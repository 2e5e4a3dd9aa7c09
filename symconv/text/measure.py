"""About how wide text prints: for placing things, never for cutting them."""

from symconv.formula.nodes import Node
from symconv.formula.read import read
from symconv.formula.width import letters
from symconv.text.rich_text import HAN, Forms, written

NARROW, WIDE = frozenset(" .,:;'|il()[]"), frozenset("MW")
EM = 0.5  # of a letter in a formula


PT = 0.3515  # mm


def width(text: str | Node, points: float) -> float:
    """A generous estimate, in mm, of the width of rich text or of a formula at a font size: for placing, never for
    cutting."""
    return PT * points * (_of_text(text) if isinstance(text, str) else EM * letters(text))


def _of_text(text: str) -> float:
    """In ems."""
    ems: list[float] = []

    def words(plain: str) -> str:
        ems.append(sum(map(_ems, plain)))
        return ""

    def formula(math: str) -> str:
        ems.append(EM * letters(read(math)))
        return ""

    forms: Forms = {"math": formula, "code": words, **dict.fromkeys(("stress", "fw", "bw", "break", "gap"), str)}
    written(text, forms, words)
    return sum(ems)


def _ems(char: str) -> float:
    if HAN.match(char):
        return 1.0
    return 0.28 if char in NARROW else 0.9 if char in WIDE else 0.53
