r"""A solution read back from its LaTeX: what is printed for each entry, every line of it computed once more.

`read(tex)` gives for each left-hand side, such as `\dL{S[0]}`, the parts of its equation: numbers, or None for what
holds letters.
"""

import math
import re
from collections.abc import Iterator

from symconv.macros import argument, replaced

from symconv.writers.latex_writer import REACH

LINE = re.compile(r"\\(chainline|chaincont)(?=\{)")
SAME = re.compile(r"=|\\approx")
FORMS = {
    "frac": ("(({})/({}))", 2), "tfrac": ("(({})/({}))", 2), "bw": ("({})", 1), "res": ("({})", 1),
    "power": ("exp({})", 1),
}  # fmt: skip
SIGNS = (
    (r"\half", "(1/2)"), (r"\cdot", "*"), (r"\bigl", ""), (r"\bigr", ""), (r"\log", "log"), (r"\max", "max"),
    ("\\,", ""), ("\\ ", ""), ("{", "("), ("}", ")"),
)  # fmt: skip
KNOWN = {"exp": math.exp, "log": math.log, "max": max, "__builtins__": {}}


def lines(tex: str) -> Iterator[tuple[str, str]]:
    """(left, right) of every line of a formula; a line that goes on has no left-hand side."""
    for found in LINE.finditer(tex):
        left, at = argument(tex, found.end()) if found[1] == "chainline" else ("", found.end())
        yield left, argument(tex, at)[0].replace(REACH, "")


def read(tex: str) -> dict[str, list[float | None]]:
    equations: dict[str, str] = {}
    last = ""
    for left, right in lines(tex):
        last = left or last
        equations[last] = right if left else equations[last] + right
    numbers = {left: right for left, right in equations.items() if "sum" not in right and "operatorname" not in right}
    return {left: [computed(part) for part in SAME.split(right) if part] for left, right in numbers.items()}


def computed(part: str) -> float | None:
    """The value of a part of an equation that holds numbers only."""
    text = part.replace("e^", r"\power")
    for name, (form, count) in FORMS.items():
        text = replaced(text, name, form.format, count)
    for sign, python in SIGNS:
        text = text.replace(sign, python)
    if re.search(r"[A-Za-z\\\[\]&]", re.sub(r"exp|log|max", "", text)):
        return None
    value = eval(text.strip(), KNOWN)
    return None if isinstance(value, tuple) else float(value)  # a row of numbers is none
