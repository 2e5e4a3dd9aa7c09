r"""Formulas beyond TeX: the handout's own macros written out, so that other programs read them too.

`bw`, `fw` and `res` stay: they are colours, and each writer has its own way to colour.
"""

import re
from collections.abc import Callable, Mapping

from symconv.errors import Broken

COLOURS: Mapping[str, str] = {"bw": "bw", "fw": "fw", "res": "fw"}  # macro: direction
MACROS: Mapping[str, tuple[int, str]] = {  # name: how many arguments, what it stands for (as in the LaTeX preamble)
    "dL": (1, r"\bw{\frac{\partial L}{\partial #1}}"),
    "tdL": (1, r"\bw{\partial L/\partial #1}"),
    "dd": (2, r"\frac{\partial #1}{\partial #2}"),
    "half": (0, r"\tfrac{1}{2}"),
    "narrow": (1, "#1"),  # smaller type only: nothing where formulas can be scrolled or shrunk
}


def expanded(math: str) -> str:
    r"""The formula without the handout's macros but its colours; `mat` is a `bmatrix`."""
    for name, (count, body) in MACROS.items():
        math = replaced(math, name, lambda *given, b=body: _filled(b, given), count)
    return math.replace(r"\begin{mat}", r"\begin{bmatrix}").replace(r"\end{mat}", r"\end{bmatrix}")


GREEK: Mapping[str, str] = {  # the letters by which a tensor may be called
    "alpha": "\u03b1", "beta": "\u03b2", "gamma": "\u03b3", "theta": "\u03b8", "phi": "\u03c6", "psi": "\u03c8",
    "omega": "\u03c9", "sigma": "\u03c3", "lambda": "\u03bb", "mu": "\u03bc", "delta": "\u03b4", "epsilon": "\u03b5",
}  # fmt: skip


def bare(math: str) -> str:
    """What is left of a formula without its commands, Greek letters by their names: for a bookmark."""
    words = re.sub(r"\\([a-zA-Z]+|.)\s*", lambda m: m[1] if m[1] in (*GREEK, "_") else "", math)
    return re.sub(r"[{}$]", "", words)


DRAWN = 0xF0000  # a private sign for each number that is not known yet


def signs_for_drawn(math: str) -> str:
    r"""Every `\drawn{k}` as a sign of its own, which `put_in` finds again in what is written."""
    return replaced(math, "drawn", lambda k: chr(DRAWN + int(k)))


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


def _filled(body: str, given: tuple[str, ...]) -> str:
    for k, text in enumerate(given, start=1):
        body = body.replace(f"#{k}", text)
    return body
