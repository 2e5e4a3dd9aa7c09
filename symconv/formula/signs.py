"""The signs of formulas: each with its command in LaTeX, its class, and how it is said in English and Chinese."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Class = Literal["letter", "large", "operation", "relation", "opening", "closing", "comma", "inner"]


@dataclass(frozen=True, slots=True)
class Form:
    """How a sign is written: in LaTeX, in Typst, where that differs from the character itself; what it is; its name."""

    latex: str
    kind: Class
    english: str
    chinese: str
    typst: str = ""


SIGNS: Mapping[str, Form] = {
    "+": Form("+", "operation", "plus", "加"),
    "\u2212": Form("-", "operation", "minus", "减"),
    "\u22c5": Form(r"\cdot", "operation", "times", "乘"),
    "\u00d7": Form(r"\times", "operation", "by", "乘以"),
    "\u2217": Form("*", "operation", "star", "星号"),
    "\u2299": Form(r"\odot", "operation", "times entrywise", "逐项乘"),
    "\u2218": Form(r"\circ", "operation", "circle", "圆圈"),
    "\u00b1": Form(r"\pm", "operation", "plus or minus", "加减"),
    "\u2213": Form(r"\mp", "operation", "minus or plus", "减加"),
    "/": Form("/", "letter", "divided by", "除以", "slash"),
    "=": Form("=", "relation", "equals", "等于"),
    "\u2260": Form(r"\ne", "relation", "is not", "不等于"),
    "\u2248": Form(r"\approx", "relation", "is about", "约等于"),
    "<": Form("<", "relation", "is less than", "小于"),
    ">": Form(">", "relation", "is greater than", "大于"),
    "\u2264": Form(r"\le", "relation", "is at most", "不大于"),
    "\u2265": Form(r"\ge", "relation", "is at least", "不小于"),
    "\u2208": Form(r"\in", "relation", "in", "属于"),
    "\u2223": Form(r"\mid", "relation", "divides", "整除", "divides"),
    "\u2192": Form(r"\to", "relation", "to", "到"),
    "\u2190": Form(r"\leftarrow", "relation", "comes from", "来自"),
    "\u21a6": Form(r"\mapsto", "relation", "becomes", "变为"),
    ":": Form(":", "relation", "colon", "冒号"),
    ",": Form(",", "comma", ",", "，", "comma"),
    ";": Form(";", "comma", "semicolon", "分号", "semi"),
    "\u2211": Form(r"\sum", "large", "sum", "求和"),
    "\u220f": Form(r"\prod", "large", "product", "求积"),
    "\u222b": Form(r"\int", "large", "integral", "积分"),
    "\u2026": Form(r"\dots", "inner", "and so on", "等等"),
    "\u22ef": Form(r"\cdots", "inner", "and further on", "省略"),
    "\u22ee": Form(r"\vdots", "letter", "and further down", "竖省略"),
    "\u2202": Form(r"\partial", "letter", "partial", "偏"),
    "\u2207": Form(r"\nabla", "letter", "nabla", "梯度算子"),
    "\u221e": Form(r"\infty", "letter", "infinity", "无穷"),
    "%": Form(r"\%", "letter", "percent", "百分号"),
    "#": Form(r"\#", "letter", "number sign", "井号", r"\#"),
    "!": Form("!", "closing", "factorial", "阶乘"),
    ".": Form(".", "letter", "point", "点"),
    "|": Form("|", "letter", "bar", "竖线", "bar.v"),
    "\u2016": Form(r"\|", "letter", "double bar", "双竖线", "bar.v.double"),
    "?": Form("?", "closing", "question mark", "问号"),
    "(": Form("(", "opening", "open paren", "左括号", "paren.l"),
    ")": Form(")", "closing", "close paren", "右括号", "paren.r"),
    "[": Form("[", "opening", "open bracket", "左方括号", "bracket.l"),
    "]": Form("]", "closing", "close bracket", "右方括号", "bracket.r"),
    "{": Form(r"\{", "opening", "open brace", "左花括号", "brace.l"),
    "}": Form(r"\}", "closing", "close brace", "右花括号", "brace.r"),
    "\u230a": Form(r"\lfloor", "opening", "floor of", "左取整", "floor.l"),
    "\u230b": Form(r"\rfloor", "closing", "close floor", "右取整", "floor.r"),
    "\u2308": Form(r"\lceil", "opening", "ceiling of", "左上取整", "ceil.l"),
    "\u2309": Form(r"\rceil", "closing", "close ceiling", "右上取整", "ceil.r"),
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
