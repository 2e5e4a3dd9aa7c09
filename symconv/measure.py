"""About how wide text prints: for placing things, never for cutting them."""

import re

from symconv.rich_text import HAN

NARROW, WIDE = frozenset(" .,:;'|il()[]"), frozenset("MW")


def width(text: str, points: float) -> float:
    """A generous estimate, in mm, of the width of rich text at a font size: for placing, never for cutting."""
    shown = re.sub(r"\[[fb]w:|[\]$*`]", "", _shown(text))
    return 0.3515 * points * sum(map(_ems, shown))


def _ems(char: str) -> float:
    if HAN.match(char):
        return 1.0
    return 0.28 if char in NARROW else 0.9 if char in WIDE else 0.53


def _shown(text: str) -> str:
    """About the characters that a reader sees of a formula: commands become one sign, braces none."""
    text = re.sub(r"\\(?:left|right|[bB]igg?[lr]?|mathrm|mathbf|text|fw|bw|res|displaystyle)(?![a-zA-Z])", "", text)
    text = re.sub(r"\\[td]?frac\s*(?:\{([^{}]*)\}|(\d))\s*(?:\{([^{}]*)\}|(\d))", _longer, text)
    text = re.sub(r"\\(?:cdot|times|approx|leq|geq|quad)(?![a-zA-Z])", "mm", text)
    text = re.sub(r"\\(?:log|exp|max|min)(?![a-zA-Z])", "max", text)
    text = re.sub(r"\\[,;:! ]", " ", text)
    return re.sub(r"[{}^_&]", "", re.sub(r"\\[a-zA-Z]+\s?", "m", re.sub(r"(?<=[\w)\]} ])([-+=])", r"m\1", text)))


def _longer(match: re.Match[str]) -> str:
    return max((part for part in match.groups() if part), key=len)
