"""The signs of formulas: each with its command in LaTeX, and its class."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

SignClass = Literal["letter", "large", "operation", "relation", "opening", "closing", "comma", "inner"]


@dataclass(frozen=True, slots=True)
class SignForm:
    """How a sign is written: in LaTeX, in Typst, where that differs from the character itself; and what it is."""

    latex: str
    kind: SignClass
    typst: str = ""


SIGNS: Mapping[str, SignForm] = {
    "+": SignForm("+", "operation"),
    "\u2212": SignForm("-", "operation"),
    "\u22c5": SignForm(r"\cdot", "operation"),
    "\u00d7": SignForm(r"\times", "operation"),
    "\u2217": SignForm("*", "operation"),
    "\u2299": SignForm(r"\odot", "operation"),
    "\u2218": SignForm(r"\circ", "operation"),
    "\u00b1": SignForm(r"\pm", "operation"),
    "\u2213": SignForm(r"\mp", "operation"),
    "/": SignForm("/", "letter", "slash"),
    "=": SignForm("=", "relation"),
    "\u2260": SignForm(r"\ne", "relation"),
    "\u2248": SignForm(r"\approx", "relation"),
    "<": SignForm("<", "relation"),
    ">": SignForm(">", "relation"),
    "\u2264": SignForm(r"\le", "relation"),
    "\u2265": SignForm(r"\ge", "relation"),
    "\u2208": SignForm(r"\in", "relation"),
    "\u2223": SignForm(r"\mid", "relation", "divides"),
    "\u2192": SignForm(r"\to", "relation"),
    "\u2190": SignForm(r"\leftarrow", "relation"),
    "\u21a6": SignForm(r"\mapsto", "relation"),
    ":": SignForm(":", "relation"),
    ",": SignForm(",", "comma", "comma"),
    ";": SignForm(";", "comma", "semi"),
    "\u2211": SignForm(r"\sum", "large"),
    "\u220f": SignForm(r"\prod", "large"),
    "\u222b": SignForm(r"\int", "large"),
    "\u2026": SignForm(r"\dots", "inner"),
    "\u22ef": SignForm(r"\cdots", "inner"),
    "\u22ee": SignForm(r"\vdots", "letter"),
    "\u2202": SignForm(r"\partial", "letter"),
    "\u2207": SignForm(r"\nabla", "letter"),
    "\u221e": SignForm(r"\infty", "letter"),
    "%": SignForm(r"\%", "letter"),
    "#": SignForm(r"\#", "letter", r"\#"),
    "!": SignForm("!", "closing"),
    ".": SignForm(".", "letter"),
    "|": SignForm("|", "letter", "bar.v"),
    "\u2016": SignForm(r"\|", "letter", "bar.v.double"),
    "?": SignForm("?", "closing"),
    "(": SignForm("(", "opening", "paren.l"),
    ")": SignForm(")", "closing", "paren.r"),
    "[": SignForm("[", "opening", "bracket.l"),
    "]": SignForm("]", "closing", "bracket.r"),
    "{": SignForm(r"\{", "opening", "brace.l"),
    "}": SignForm(r"\}", "closing", "brace.r"),
    "\u230a": SignForm(r"\lfloor", "opening", "floor.l"),
    "\u230b": SignForm(r"\rfloor", "closing", "floor.r"),
    "\u2308": SignForm(r"\lceil", "opening", "ceil.l"),
    "\u2309": SignForm(r"\rceil", "closing", "ceil.r"),
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
