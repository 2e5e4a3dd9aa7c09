"""The signs of formulas: each with its command in LaTeX, its class, and how it is said in English and Chinese."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

SignClass = Literal["letter", "large", "operation", "relation", "opening", "closing", "comma", "inner"]


@dataclass(frozen=True, slots=True)
class SignForm:
    """How a sign is written: in LaTeX, in Typst, where that differs from the character itself; what it is; its name."""

    latex: str
    kind: SignClass
    english: str
    chinese: str
    typst: str = ""


SIGNS: Mapping[str, SignForm] = {
    "+": SignForm("+", "operation", "plus", "加"),
    "\u2212": SignForm("-", "operation", "minus", "减"),
    "\u22c5": SignForm(r"\cdot", "operation", "times", "乘"),
    "\u00d7": SignForm(r"\times", "operation", "by", "乘以"),
    "\u2217": SignForm("*", "operation", "star", "星号"),
    "\u2299": SignForm(r"\odot", "operation", "times entrywise", "逐项乘"),
    "\u2218": SignForm(r"\circ", "operation", "circle", "圆圈"),
    "\u00b1": SignForm(r"\pm", "operation", "plus or minus", "加减"),
    "\u2213": SignForm(r"\mp", "operation", "minus or plus", "减加"),
    "/": SignForm("/", "letter", "divided by", "除以", "slash"),
    "=": SignForm("=", "relation", "equals", "等于"),
    "\u2260": SignForm(r"\ne", "relation", "is not", "不等于"),
    "\u2248": SignForm(r"\approx", "relation", "is about", "约等于"),
    "<": SignForm("<", "relation", "is less than", "小于"),
    ">": SignForm(">", "relation", "is greater than", "大于"),
    "\u2264": SignForm(r"\le", "relation", "is at most", "不大于"),
    "\u2265": SignForm(r"\ge", "relation", "is at least", "不小于"),
    "\u2208": SignForm(r"\in", "relation", "in", "属于"),
    "\u2223": SignForm(r"\mid", "relation", "divides", "整除", "divides"),
    "\u2192": SignForm(r"\to", "relation", "to", "到"),
    "\u2190": SignForm(r"\leftarrow", "relation", "comes from", "来自"),
    "\u21a6": SignForm(r"\mapsto", "relation", "becomes", "变为"),
    ":": SignForm(":", "relation", "colon", "冒号"),
    ",": SignForm(",", "comma", ",", "，", "comma"),
    ";": SignForm(";", "comma", "semicolon", "分号", "semi"),
    "\u2211": SignForm(r"\sum", "large", "sum", "求和"),
    "\u220f": SignForm(r"\prod", "large", "product", "求积"),
    "\u222b": SignForm(r"\int", "large", "integral", "积分"),
    "\u2026": SignForm(r"\dots", "inner", "and so on", "等等"),
    "\u22ef": SignForm(r"\cdots", "inner", "and further on", "省略"),
    "\u22ee": SignForm(r"\vdots", "letter", "and further down", "竖省略"),
    "\u2202": SignForm(r"\partial", "letter", "partial", "偏"),
    "\u2207": SignForm(r"\nabla", "letter", "nabla", "梯度算子"),
    "\u221e": SignForm(r"\infty", "letter", "infinity", "无穷"),
    "%": SignForm(r"\%", "letter", "percent", "百分号"),
    "#": SignForm(r"\#", "letter", "number sign", "井号", r"\#"),
    "!": SignForm("!", "closing", "factorial", "阶乘"),
    ".": SignForm(".", "letter", "point", "点"),
    "|": SignForm("|", "letter", "bar", "竖线", "bar.v"),
    "\u2016": SignForm(r"\|", "letter", "double bar", "双竖线", "bar.v.double"),
    "?": SignForm("?", "closing", "question mark", "问号"),
    "(": SignForm("(", "opening", "open paren", "左括号", "paren.l"),
    ")": SignForm(")", "closing", "close paren", "右括号", "paren.r"),
    "[": SignForm("[", "opening", "open bracket", "左方括号", "bracket.l"),
    "]": SignForm("]", "closing", "close bracket", "右方括号", "bracket.r"),
    "{": SignForm(r"\{", "opening", "open brace", "左花括号", "brace.l"),
    "}": SignForm(r"\}", "closing", "close brace", "右花括号", "brace.r"),
    "\u230a": SignForm(r"\lfloor", "opening", "floor of", "左取整", "floor.l"),
    "\u230b": SignForm(r"\rfloor", "closing", "close floor", "右取整", "floor.r"),
    "\u2308": SignForm(r"\lceil", "opening", "ceiling of", "左上取整", "ceil.l"),
    "\u2309": SignForm(r"\rceil", "closing", "close ceiling", "右上取整", "ceil.r"),
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
