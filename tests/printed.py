r"""A solution read back from its LaTeX: what is printed for each entry, every line of it computed once more.

`read(tex)` gives for each left-hand side, such as `\dL{S[0]}`, the parts of its equation: numbers, or None for what
holds letters.
"""

import math
import re
from collections.abc import Callable, Iterator

from symconv.errors import Broken

LINE = re.compile(r"\\(chainline|chaincont)(?=\{)")
REACH = r"\hskip0pt minus30mm"  # of a row that may stand in the margin
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


def replaced(math: str, name: str, form: Callable[..., str], count: int = 1) -> str:
    r"""Every `\name{..}..` of `count` arguments as `form` of them, which must not hold it again."""
    command = re.compile(rf"\\{name}(?![A-Za-z])\s*")
    while found := command.search(math):
        given, at = [], found.end()
        for _ in range(count):
            text, at = argument(math, at)
            given.append(text)
        math = math[: found.start()] + form(*given) + math[at:]
    return math


def argument(math: str, at: int) -> tuple[str, int]:
    """The group, command or sign at this place, without its braces, and where what follows begins."""
    while math[at : at + 1] == " ":
        at += 1
    if math[at : at + 1] != "{":
        single = re.compile(r"\\[A-Za-z]+|\\.|[^{}]").match(math, at)
        if single is None:
            raise Broken(f"an argument is missing in {math!r}")
        return single[0], single.end()
    depth = 0
    for token in re.compile(r"\\.|[{}]").finditer(math, at):
        depth += {"{": 1, "}": -1}.get(token[0], 0)
        if depth == 0:
            return math[at + 1 : token.start()], token.end()
    raise Broken(f"a brace does not close in {math!r}")


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
