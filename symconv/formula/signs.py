"""The signs of formulas: each with its command in LaTeX, and its class."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Class = Literal["letter", "large", "operation", "relation", "opening", "closing", "comma", "inner"]


@dataclass(frozen=True, slots=True)
class Form:
    """How a sign is written: in LaTeX, in Typst, where that differs from the character itself; and what it is."""

    latex: str
    kind: Class
    typst: str = ""


SIGNS: Mapping[str, Form] = {
    "+": Form("+", "operation"),
    "\u2212": Form("-", "operation"),
    "\u22c5": Form(r"\cdot", "operation"),
    "\u00d7": Form(r"\times", "operation"),
    "\u2217": Form("*", "operation"),
    "\u2299": Form(r"\odot", "operation"),
    "\u2218": Form(r"\circ", "operation"),
    "\u00b1": Form(r"\pm", "operation"),
    "\u2213": Form(r"\mp", "operation"),
    "/": Form("/", "letter", "slash"),
    "=": Form("=", "relation"),
    "\u2260": Form(r"\ne", "relation"),
    "\u2248": Form(r"\approx", "relation"),
    "<": Form("<", "relation"),
    ">": Form(">", "relation"),
    "\u2264": Form(r"\le", "relation"),
    "\u2265": Form(r"\ge", "relation"),
    "\u2208": Form(r"\in", "relation"),
    "\u2223": Form(r"\mid", "relation", "divides"),
    "\u2192": Form(r"\to", "relation"),
    "\u2190": Form(r"\leftarrow", "relation"),
    "\u21a6": Form(r"\mapsto", "relation"),
    ":": Form(":", "relation"),
    ",": Form(",", "comma", "comma"),
    ";": Form(";", "comma", "semi"),
    "\u2211": Form(r"\sum", "large"),
    "\u220f": Form(r"\prod", "large"),
    "\u222b": Form(r"\int", "large"),
    "\u2026": Form(r"\dots", "inner"),
    "\u22ef": Form(r"\cdots", "inner"),
    "\u22ee": Form(r"\vdots", "letter"),
    "\u2202": Form(r"\partial", "letter"),
    "\u2207": Form(r"\nabla", "letter"),
    "\u221e": Form(r"\infty", "letter"),
    "%": Form(r"\%", "letter"),
    "#": Form(r"\#", "letter", r"\#"),
    "!": Form("!", "closing"),
    ".": Form(".", "letter"),
    "|": Form("|", "letter", "bar.v"),
    "\u2016": Form(r"\|", "letter", "bar.v.double"),
    "?": Form("?", "closing"),
    "(": Form("(", "opening", "paren.l"),
    ")": Form(")", "closing", "paren.r"),
    "[": Form("[", "opening", "bracket.l"),
    "]": Form("]", "closing", "bracket.r"),
    "{": Form(r"\{", "opening", "brace.l"),
    "}": Form(r"\}", "closing", "brace.r"),
    "\u230a": Form(r"\lfloor", "opening", "floor.l"),
    "\u230b": Form(r"\rfloor", "closing", "floor.r"),
    "\u2308": Form(r"\lceil", "opening", "ceil.l"),
    "\u2309": Form(r"\rceil", "closing", "ceil.r"),
}
PAIRS: Mapping[str, str] = {"(": ")", "[": "]", "{": "}", "\u230a": "\u230b", "\u2308": "\u2309"}
ALSO: Mapping[str, str] = {  # further commands that mean the same
    r"\leq": "\u2264", r"\geq": "\u2265", r"\neq": "\u2260", r"\ldots": "\u2026", r"\lt": "<", r"\gt": ">",
    r"\ast": "\u2217", r"\rightarrow": "\u2192", r"\vert": "|",
}  # fmt: skip
GREEK: Mapping[str, str] = {  # a letter's name, in LaTeX and said: the letter
    "alpha": "\u03b1", "beta": "\u03b2", "gamma": "\u03b3", "delta": "\u03b4", "epsilon": "\u03f5", "zeta": "\u03b6",
    "eta": "\u03b7", "theta": "\u03b8", "iota": "\u03b9", "kappa": "\u03ba", "lambda": "\u03bb", "mu": "\u03bc",
    "nu": "\u03bd", "xi": "\u03be", "pi": "\u03c0", "rho": "\u03c1", "sigma": "\u03c3", "tau": "\u03c4",
    "phi": "\u03d5", "chi": "\u03c7", "psi": "\u03c8", "omega": "\u03c9", "varepsilon": "\u03b5", "varphi": "\u03c6",
    "Gamma": "\u0393", "Delta": "\u0394", "Theta": "\u0398", "Lambda": "\u039b", "Xi": "\u039e", "Pi": "\u03a0",
    "Sigma": "\u03a3", "Phi": "\u03a6", "Psi": "\u03a8", "Omega": "\u03a9", "ell": "\u2113",
}  # fmt: skip
NAMES: Mapping[str, str] = {char: name for name, char in GREEK.items()}
FUNCTIONS = ("log", "exp", "max", "min", "tanh", "ln", "sin", "cos")  # that LaTeX has a command for
LIMITS = ("max", "min")  # of these, what is below stands under them
SPACES: Mapping[str, float] = {  # by its command in LaTeX: its width, em
    ",": 1 / 6, ":": 2 / 9, ";": 5 / 18, "!": -1 / 6, " ": 1 / 4, "quad": 1.0, "qquad": 2.0,
}  # fmt: skip
ACCENTS: Mapping[str, str] = {"hat": "^", "bar": "\u00af", "tilde": "~", "vec": "\u2192", "dot": "\u02d9"}
FONTS: Mapping[str, str] = {"mathit": "italic", "mathrm": "upright", "mathbf": "bold", "mathbb": "double"}
HAN = re.compile("[\u2e80-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff]")
